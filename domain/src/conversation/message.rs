//! One thing said, and how far it got: a status that only ever moves forward.

use crate::channel::outgoing::{ErrorClass, SendError};
use serde::{Deserialize, Serialize};

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Inbound,
    Outbound,
}

/// How far a message got. The order of the variants is the order of the lattice, but for `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// From a customer: here, and nothing further happens to it.
    Received,
    /// Decided, waiting for its turn.
    Queued,
    /// Recorded as about to be posted.
    Sending,
    /// Posted, perhaps: the answer was lost. Never blindly repeated (A7).
    Unknown,
    /// The provider has it.
    Sent,
    /// On the customer's phone.
    Delivered,
    Read,
    /// A voice note was played.
    Played,
    /// It will not arrive.
    Failed,
    /// Withdrawn before it was sent.
    Cancelled,
}

impl Status {
    /// What `self` becomes when `news` arrives: forward only, and a late failure never undoes a delivery.
    pub fn merged(self, news: Self) -> Self {
        use Status::{Cancelled, Delivered, Failed, Received};
        match (self, news) {
            (Received | Failed | Cancelled, _) => self,
            (_, Received) => self,
            (current, Failed | Cancelled) if current >= Delivered => current,
            (_, Failed) => Failed,
            (_, Cancelled) => Cancelled,
            (current, news) => current.max(news),
        }
    }

    /// What `self` becomes when the provider brings `news`, where `error` is why the message failed, if it did. As
    /// [`Self::merged`], but a person's word that it was not sent gives way to the proof that it was (A7).
    pub fn heard(self, error: Option<&SendError>, news: Self) -> Self {
        let declared = self == Self::Failed && error.is_some_and(Settled::is_reason);
        if declared && (Self::Sent..=Self::Played).contains(&news) { news } else { self.merged(news) }
    }

    /// Whether a message with this status may be said once more: it failed, or nobody knows whether it arrived.
    pub const fn may_be_said_again(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub const ALL: [Self; 10] = [
        Self::Received,
        Self::Queued,
        Self::Sending,
        Self::Unknown,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The status with this name; nothing for a name this version does not know.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// What a person says of a message whose fate nobody knows, and thereby becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// The customer has it.
    Sent,
    /// The customer does not have it.
    Failed,
    /// Nobody asked: it was said again, in a message of its own.
    Resent,
}

impl Settled {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Resent => "resent",
        }
    }

    /// What the message is from then on.
    pub const fn status(self) -> Status {
        match self {
            Self::Sent => Status::Sent,
            Self::Failed | Self::Resent => Status::Failed,
        }
    }

    /// Why it is shown as failed; who said so stands in the history.
    pub fn reason(self) -> Option<SendError> {
        match self {
            Self::Sent => None,
            Self::Failed => {
                Some(SendError::new(SendError::DECLARED, ErrorClass::Retry, "a person declared it not sent"))
            }
            Self::Resent => Some(SendError::new(SendError::SAID_AGAIN, ErrorClass::Retry, "it was said again instead")),
        }
    }

    /// Whether a person is the reason, and no provider.
    pub const fn is_reason(error: &SendError) -> bool {
        matches!(error.code, SendError::DECLARED | SendError::SAID_AGAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_outbound() -> impl Strategy<Value = Status> {
        prop::sample::select(vec![
            Status::Queued,
            Status::Sending,
            Status::Unknown,
            Status::Sent,
            Status::Delivered,
            Status::Read,
            Status::Played,
            Status::Failed,
        ])
    }

    proptest! {
        #[test]
        fn a_status_never_moves_back(news in prop::collection::vec(any_outbound(), 0..12)) {
            let mut current = Status::Queued;
            for status in news {
                let next = current.merged(status);
                if current == Status::Failed {
                    prop_assert_eq!(next, Status::Failed);
                } else {
                    prop_assert!(next >= current);
                }
                if current >= Status::Delivered && current < Status::Failed {
                    prop_assert!(next != Status::Failed, "a delivered message cannot fail");
                }
                current = next;
            }
        }

        #[test]
        fn hearing_the_same_news_twice_changes_nothing(a in any_outbound(), b in any_outbound()) {
            prop_assert_eq!(a.merged(b).merged(b), a.merged(b));
        }

        #[test]
        fn a7_after_a_persons_word_the_provider_has_the_last_one(
            settled in prop::sample::select(vec![Settled::Sent, Settled::Failed, Settled::Resent]),
            news in prop::collection::vec(any_outbound(), 0..8),
        ) {
            let (mut current, reason) = (Status::Unknown.merged(settled.status()), settled.reason());
            let mut error = reason.as_ref();
            prop_assert_eq!(current, settled.status());
            for status in news {
                let next = current.heard(error, status);
                let proof = (Status::Sent..=Status::Played).contains(&status);
                if proof && error.is_some() {
                    prop_assert_eq!(next, status, "a proof that it was sent is not lost");
                } else {
                    prop_assert_eq!(next, current.merged(status), "and everything else is as ever");
                }
                error = error.filter(|_| next == Status::Failed);
                current = next;
            }
        }

        #[test]
        fn a7_what_the_provider_refused_stays_refused(news in any_outbound(), code in 1..200_000i64) {
            let refused = SendError::new(code, ErrorClass::Never, "no");
            prop_assert_eq!(Status::Failed.heard(Some(&refused), news), Status::Failed);
            prop_assert_eq!(Status::Failed.heard(None, news), Status::Failed);
        }

        #[test]
        fn without_failures_the_order_of_news_does_not_matter(
            news in prop::collection::vec(any_outbound().prop_filter("no failure", |s| *s != Status::Failed), 0..8)
        ) {
            let forward = news.iter().fold(Status::Queued, |s, n| s.merged(*n));
            let backward = news.iter().rev().fold(Status::Queued, |s, n| s.merged(*n));
            prop_assert_eq!(forward, backward);
        }
    }

    #[test]
    fn every_status_is_found_by_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.name()), Some(status));
        }
        assert_eq!(Status::named("warning"), None);
    }
}
