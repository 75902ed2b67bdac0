//! One message on its way: `sending` is committed, then it is posted, then the outcome is committed (A7).

use super::DeliveryParts;
use super::breaker::Heard;
use crate::Office;
use dashoffice_domain::channel::outgoing::{ErrorClass, Posted, SendError, SendState};
use dashoffice_domain::channel::{LANE_WAITS, SendRow};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{Post, Unavailable};
use dashoffice_domain::{Entity, Event, Row, Span, Timestamp, channel, conversation};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Commit, Draft, Outcome as Recorded};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How a message's way ended, for its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It left the outbox, or was not there any more.
    Gone,
    /// Nobody knows whether it arrived.
    Unknown,
    /// It stays, and may go after this long.
    Later(Duration),
    /// It stays for so long that its lane goes on without it.
    Aside,
    /// It stays, and so does everything else of this number for this long.
    Rests(Duration),
    /// It stays at the head of its lane; the breaker says when anything goes.
    Stays,
}

/// What became of a message, and what that told of the provider; `None`: it was not asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) ended: Ended,
    pub(super) heard: Option<Heard>,
}

impl From<Ended> for Outcome {
    fn from(ended: Ended) -> Self {
        Self { ended, heard: None }
    }
}

/// The longest a message that is tried again keeps its lane waiting between attempts. A provider that asks for more is heeded,
/// and the message steps aside: what is behind it goes first.
const LONGEST_WAIT: Span = LANE_WAITS;

/// Takes one message from `pending` to its end. Once the office that sent it off is over, nothing begins any more: what was posted
/// before is recorded all the same, since an outcome is a fact.
pub(super) async fn send(parts: &DeliveryParts, message: MessageId) -> Outcome {
    reach("post", "begin");
    // The attempt whose start got no answer: it may be recorded or not.
    let mut unanswered = None;
    let row = loop {
        if parts.life.is_over() {
            give_back(parts, message, unanswered).await;
            return Ended::Gone.into();
        }
        match parts.reads.send(message).await {
            Err(Unavailable { .. }) => parts.weather.wait().await,
            Ok(None) => return Ended::Gone.into(),
            Ok(Some(row)) => match row.state {
                SendState::Pending => {
                    if is_too_old(&row, parts) {
                        let error = SendError::new(SendError::GAVE_UP, ErrorClass::Retry, "the number could not send");
                        return record(
                            parts,
                            &row,
                            Posted::Refused { error: gave_up(parts, &error) },
                            Known::ByReading,
                        )
                        .await
                        .into();
                    }
                    if let Some(wait) = waits(&row, parts) {
                        return if row.steps_aside() { Ended::Aside } else { Ended::Later(wait) }.into();
                    }
                    reach("post", "before_start");
                    match start(parts, &row).await {
                        Start::Recorded => break row,
                        Start::Refused => unanswered = None,
                        Start::Unanswered => unanswered = Some(row.attempts + 1),
                    }
                }
                // Left behind by a process that ended; reconciled by a status or a person.
                SendState::Unknown => return Ended::Unknown.into(),
                // We said so ourselves just now, and the answer to it was lost: nothing has been posted yet.
                SendState::Sending if unanswered == Some(row.attempts) => break row,
                // Somebody else said so and is gone: it may have been posted.
                SendState::Sending => return record(parts, &row, Posted::Unknown, Known::ByReading).await.into(),
            },
        }
    };
    reach("post", "started");
    let post = Post { message, to: row.to.clone(), content: row.content.clone(), reply_to: row.reply_to.clone() };
    let posted = AssertUnwindSafe(parts.channel.post(parts.line.clone(), post)).catch_unwind().await;
    let posted = posted.unwrap_or_else(|_| {
        tracing::error!(message.id = %message, "an adapter panicked while posting");
        Posted::Unknown
    });
    let heard = Some(heard(&posted));
    reach("post", "answered");
    let ended = record(parts, &row, posted, Known::AsFact).await;
    reach("post", "recorded");
    Outcome { ended, heard }
}

/// What a post told of the provider, whatever it meant for the message.
fn heard(posted: &Posted) -> Heard {
    match posted {
        Posted::TryLater { error, .. } if error.class == ErrorClass::Retry => Heard::Failed,
        Posted::Unknown => Heard::Failed,
        Posted::ChannelStopped { reason, .. } => Heard::Stopped(*reason),
        Posted::Accepted { .. } => Heard::Accepted,
        Posted::Refused { .. } | Posted::TryLater { .. } | Posted::Throttled { .. } => Heard::Answered,
    }
}

fn is_too_old(row: &SendRow, parts: &DeliveryParts) -> bool {
    is_expired(row.queued_at, Timestamp(parts.clock.now()), parts.settings.now().gives_up_after)
}

/// Whether a message that was said then is not tried any more.
pub(super) fn is_expired(queued_at: Timestamp, now: Timestamp, gives_up_after: Duration) -> bool {
    u128::from(now.since(queued_at).0.max(0).cast_unsigned()) >= gives_up_after.as_micros()
}

/// The reason of the last attempt, and that it was the last.
fn gave_up(parts: &DeliveryParts, last: &SendError) -> SendError {
    let minutes = parts.settings.now().gives_up_after.as_secs() / 60;
    let within = if minutes.is_multiple_of(60) { format!("{} h", minutes / 60) } else { format!("{minutes} min") };
    SendError { text: format!("not sent within {within}: {}", last.text), ..last.clone() }
}

fn waits(row: &SendRow, parts: &DeliveryParts) -> Option<Duration> {
    let wait = row.not_before?.since(Timestamp(parts.clock.now())).0;
    (wait > 0).then(|| Duration::from_micros(wait.cast_unsigned()))
}

/// What became of the word that a post begins.
enum Start {
    Recorded,
    /// It is not on disk, and never will be.
    Refused,
    /// It is on disk or never will be; which of both, its row tells by the number of attempts.
    Unanswered,
}

/// Commits `pending → sending`.
async fn start(parts: &DeliveryParts, row: &SendRow) -> Start {
    let message = row.outgoing.message;
    let rows = vec![Row::Channel(channel::Row::SendStarted { message })];
    match commit(parts, row, parts.life.term(), vec![Event::Channel(channel::Event::SendStarted { message })], rows)
        .await
    {
        Recorded::Committed { .. } => Start::Recorded,
        Recorded::Unavailable => {
            parts.weather.wait().await;
            Start::Refused
        }
        Recorded::Unknown => {
            // It may still land: look only when it has or has not.
            while parts.journal.barrier().await.is_err() {
                parts.weather.wait().await;
            }
            Start::Unanswered
        }
        Recorded::Conflict | Recorded::Rejected { .. } => Start::Refused,
    }
}

/// The office is over, and its last word here was that a post begins: if that stands, it has not begun, and the next office may.
async fn give_back(parts: &DeliveryParts, message: MessageId, unanswered: Option<i64>) {
    let Some(attempt) = unanswered else { return };
    let row = loop {
        match parts.reads.send(message).await {
            Ok(row) => break row,
            Err(Unavailable { .. }) => parts.weather.wait().await,
        }
    };
    if let Some(row) = row.filter(|row| row.state == SendState::Sending && row.attempts == attempt) {
        let error = SendError::new(SendError::NOT_BEGUN, ErrorClass::Retry, "the store was lost before it was posted");
        record(parts, &row, Posted::TryLater { after: Span(0), error }, Known::AsFact).await;
    }
}

/// How we came to know what is to be recorded, and hence whether it may be when the office is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The provider was asked: it stands, whoever owns the store by now.
    AsFact,
    /// From the row, under our own term: under another one it may be another's.
    ByReading,
}

/// Commits what the post came to. The outcome is a fact: it is kept until it stands in the store.
async fn record(parts: &DeliveryParts, row: &SendRow, posted: Posted, known: Known) -> Ended {
    let message = row.outgoing.message;
    let posted = match posted {
        Posted::TryLater { error, .. } | Posted::Throttled { error, .. } | Posted::ChannelStopped { error, .. }
            if is_too_old(row, parts) =>
        {
            Posted::Refused { error: gave_up(parts, &error) }
        }
        posted => posted,
    };
    let learned = learned(parts, row, &posted);
    let (event, update, ended) = match posted {
        Posted::Accepted { provider_message_id, .. } => (
            Some(Event::Channel(channel::Event::StatusChanged { message, status: Status::Sent, error_code: None })),
            Row::Channel(channel::Row::SendEnded {
                message,
                status: Status::Sent,
                provider_message_id: Some(provider_message_id),
                error: None,
            }),
            Ended::Gone,
        ),
        Posted::Refused { error } => (
            Some(Event::Channel(channel::Event::StatusChanged {
                message,
                status: Status::Failed,
                error_code: Some(error.code),
            })),
            Row::Channel(channel::Row::SendEnded {
                message,
                status: Status::Failed,
                provider_message_id: None,
                error: Some(error),
            }),
            Ended::Gone,
        ),
        Posted::Unknown => (
            Some(Event::Channel(channel::Event::StatusChanged { message, status: Status::Unknown, error_code: None })),
            Row::Channel(channel::Row::SendUnknown { message }),
            Ended::Unknown,
        ),
        Posted::TryLater { after, error } => {
            let wait = backed_off(after, row.attempts, parts.ids.fraction());
            let not_before = Timestamp(parts.clock.now()).plus(wait);
            let later = Ended::Later(Duration::from_micros(wait.0.cast_unsigned()));
            let ended = if wait > LANE_WAITS { Ended::Aside } else { later };
            let (event, update) = postponed(message, not_before, error);
            (Some(event), update, ended)
        }
        Posted::Throttled { after, error } => {
            let wait = backed_off(after, row.attempts, parts.ids.fraction());
            let not_before = Timestamp(parts.clock.now()).plus(wait);
            let rest = Duration::from_micros(wait.0.cast_unsigned());
            let (event, update) = postponed(message, not_before, error);
            (Some(event), update, Ended::Rests(rest))
        }
        Posted::ChannelStopped { error, .. } => {
            let not_before = Timestamp(parts.clock.now());
            let (event, update) = postponed(message, not_before, error);
            (Some(event), update, Ended::Stays)
        }
    };
    loop {
        let term = match known {
            Known::AsFact => parts.journal.term(),
            Known::ByReading if parts.life.is_over() => return Ended::Gone,
            Known::ByReading => Some(parts.life.term()),
        };
        let Some(term) = term else {
            parts.weather.wait().await;
            continue;
        };
        let rows = std::iter::once(update.clone()).chain(learned.clone()).collect();
        match commit(parts, row, term, event.clone().into_iter().collect(), rows).await {
            Recorded::Committed { .. } => return ended,
            // The store was lost and won again in the meantime.
            Recorded::Conflict => {}
            Recorded::Unavailable => parts.weather.wait().await,
            Recorded::Unknown => {
                if is_recorded(parts, &update, message).await {
                    return ended;
                }
            }
            Recorded::Rejected { reason } => {
                tracing::error!(message.id = %message, reason, "an outcome could not be recorded");
                return Ended::Unknown;
            }
        }
    }
}

/// It waits, and consoles are told why and until when.
fn postponed(message: MessageId, not_before: Timestamp, error: SendError) -> (Event, Row) {
    let event = Event::Channel(channel::Event::SendPostponed { message, until: not_before.0, error_code: error.code });
    (event, Row::Channel(channel::Row::SendPostponed { message, not_before, error }))
}

/// What the provider called the customer and we did not.
fn learned(parts: &DeliveryParts, row: &SendRow, posted: &Posted) -> Vec<Row> {
    let Posted::Accepted { known_as, .. } = posted else { return Vec::new() };
    let (thread, number, at) = (row.outgoing.thread, row.outgoing.number, Timestamp(parts.clock.now()));
    let news = known_as.iter().filter(|identifier| !row.to.contains(identifier));
    news.map(|identifier| {
        Row::Conversation(conversation::Row::AddressLearned { thread, number, identifier: identifier.clone(), at })
    })
    .collect()
}

/// Whether a record whose answer was lost stands: looked for once it has landed or never will (A4).
async fn is_recorded(parts: &DeliveryParts, update: &Row, message: MessageId) -> bool {
    loop {
        if parts.journal.barrier().await.is_ok()
            && let Ok(row) = parts.reads.send(message).await
        {
            let leaves = matches!(update, Row::Channel(channel::Row::SendEnded { .. }));
            return row.is_none_or(|row| !leaves && row.state != SendState::Sending);
        }
        parts.weather.wait().await;
    }
}

/// The provider's wait, doubled with each attempt, spread by jitter, and no longer than a lane may wait; but a provider that asks
/// for more than that gets it, and a little more.
fn backed_off(after: Span, attempts: i64, fraction: f64) -> Span {
    if after > LANE_WAITS {
        return Span((after.0 as f64 * (1.0 + fraction / 20.0)) as i64);
    }
    let doubled = after.0.saturating_mul(1_i64 << attempts.clamp(0, 12)).clamp(100_000, LONGEST_WAIT.0);
    Span((doubled as f64 * (0.5 + fraction / 2.0)) as i64)
}

async fn commit(parts: &DeliveryParts, row: &SendRow, term: i64, events: Vec<Event>, rows: Vec<Row>) -> Recorded {
    let message = row.outgoing.message;
    let drafts = events.into_iter();
    let owner_epoch = row.outgoing.owner_epoch;
    let events = drafts.map(|event| Draft { id: parts.ids.next(), owner_epoch, event }).collect();
    let (tenant, now) = (parts.reads.tenant().0, parts.clock.now());
    // Messages keep no state: the outbox row is the fence.
    let fact = Commit::<Office>::of_fact(tenant, Entity::Message(message), term, now, message.0);
    let commit = Commit { events, rows, ..fact };
    parts.journal.commit(commit).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a7_waits_grow_with_each_attempt_up_to_what_a_lane_may_wait_and_a_provider_that_asks_for_more_gets_it() {
        assert_eq!(backed_off(Span::seconds(1), 0, 1.0), Span::seconds(1));
        assert_eq!(backed_off(Span::seconds(1), 3, 1.0), Span::seconds(8));
        assert_eq!(backed_off(Span::seconds(1), 3, 0.0), Span::seconds(4));
        assert_eq!(backed_off(Span::seconds(1), 12, 1.0), LANE_WAITS);
        assert_eq!(backed_off(Span::hours(24), 5, 0.0), Span::hours(24));
        assert!(backed_off(Span::hours(24), 5, 1.0) <= Span::hours(26));
    }
}
