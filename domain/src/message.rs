//! One thing said, and how far it got: a status that only ever moves forward.

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

    /// The status with this name; nothing for a name this version does not know.
    pub fn named(name: &str) -> Option<Self> {
        const ALL: [Status; 10] = [
            Status::Received,
            Status::Queued,
            Status::Sending,
            Status::Unknown,
            Status::Sent,
            Status::Delivered,
            Status::Read,
            Status::Played,
            Status::Failed,
            Status::Cancelled,
        ];
        ALL.into_iter().find(|status| status.name() == name)
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
        for status in [
            Status::Received,
            Status::Queued,
            Status::Sending,
            Status::Unknown,
            Status::Sent,
            Status::Delivered,
            Status::Read,
            Status::Played,
            Status::Failed,
            Status::Cancelled,
        ] {
            assert_eq!(Status::named(status.name()), Some(status));
        }
        assert_eq!(Status::named("warning"), None);
    }
}
