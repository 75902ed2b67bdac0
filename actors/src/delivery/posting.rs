//! One message on its way: `sending` is committed, then it is posted, then the outcome is committed (A7). When is the kernel's
//! (`dashoffice_runtime::jobs`); here stands what a post is, what it came to, and what is recorded of it.

use super::DeliveryParts;
use crate::Office;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{Class, ErrorClass, Outgoing, Posted, SendError, SendState};
use dashoffice_domain::channel::{LANE_WAITS, SendPlace, SendRow, WaitingSend};
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::ports::{Post, Unavailable};
use dashoffice_domain::{Entity, Event, Row, Span, Timestamp, channel, conversation};
use dashoffice_runtime::Micros;
use dashoffice_runtime::jobs::{
    AttemptResult, Came, Change, Facts, Kind, Limits, Listed, Page, Pause, Ran, Signal, Stands, State,
};
use std::time::Duration;

/// The longest a message that is tried again keeps its lane waiting between attempts. A provider that asks for more is heeded,
/// and the message steps aside: what is behind it goes first.
const LONGEST_WAIT: Span = LANE_WAITS;

/// The outbox of a number: a lane per conversation, agents before bots before campaigns.
pub(super) struct Sends(pub(super) DeliveryParts);

/// What the provider said of a message that it took.
pub(super) struct Accepted {
    provider_message_id: String,
    known_as: Vec<Identifier>,
}

/// A message that may go at once.
pub(super) fn queued(outgoing: &Outgoing) -> Listed<Sends> {
    listed(outgoing, Stands::Due(None))
}

fn listed(outgoing: &Outgoing, stands: Stands) -> Listed<Sends> {
    Listed { key: outgoing.message, lane: outgoing.thread, turn: outgoing.class, stands }
}

impl Kind for Sends {
    type Durable = Office;
    type Key = MessageId;
    type Lane = ThreadId;
    type Turn = Class;
    type Place = SendPlace;
    type Job = SendRow;
    type Done = Accepted;
    type Why = SendError;
    type Stop = StopReason;
    type Away = Unavailable;

    const NAME: &'static str = "sending";
    const ACTOR: &'static str = "delivery";
    const TASK: &'static str = "post";
    const UNREACHABLE: StopReason = StopReason::ProviderUnreachable;

    fn limits(&self) -> Limits {
        let settings = self.0.settings.now();
        Limits { at_once: settings.most_at_once, per_second: Some(settings.per_second) }
    }

    fn lane_waits(&self) -> Duration {
        Duration::from_micros(LANE_WAITS.0.cast_unsigned())
    }

    fn unknown_holds(&self) -> Duration {
        self.0.settings.now().unknown_holds
    }

    async fn list(&self, after: SendPlace, limit: u32) -> Result<Page<Self>, Unavailable> {
        let rows = self.0.reads.sends(self.0.number, after, limit).await?;
        let place = rows.last().map_or(after, |row| row.place);
        let is_all = rows.len() < limit as usize;
        Ok(Page { rows: rows.iter().filter_map(|row| self.waiting(row)).collect(), place, is_all })
    }

    async fn read(&self, message: MessageId) -> Result<Option<SendRow>, Unavailable> {
        self.0.reads.send(message).await
    }

    fn facts(&self, row: &SendRow) -> Facts {
        let state = match row.state {
            SendState::Pending => State::Pending,
            SendState::Sending => State::Running,
            SendState::Unknown => State::Unknown,
        };
        let due_at = row.not_before.map(|then| then.0);
        Facts { state, attempts: row.attempts, tries: 0, due_at, steps_aside: row.steps_aside() }
    }

    fn claim(&self, row: &SendRow) -> Option<Change<Office>> {
        let message = row.outgoing.message;
        let event = channel::Event::SendStarted { message };
        Some(change(row, event, vec![Row::Channel(channel::Row::SendStarted { message })]))
    }

    async fn run(&self, row: &SendRow) -> Ran<Self> {
        let message = row.outgoing.message;
        let post = Post { message, to: row.to.clone(), content: row.content.clone(), reply_to: row.reply_to.clone() };
        let posted = self.0.sender.post(self.0.line.clone(), post).await;
        let heard = Some(heard(&posted));
        Ran { came: came(posted), heard }
    }

    /// It may have been posted.
    fn broke(&self) -> Ran<Self> {
        Ran { came: Came::Unknown, heard: Some(Signal::Failed) }
    }

    fn not_begun(&self) -> Option<SendError> {
        Some(SendError::new(SendError::NOT_BEGUN, ErrorClass::Retry, "the store was lost before it was posted"))
    }

    fn gives_up(&self, row: &SendRow, now: Micros, last: Option<&SendError>) -> Option<SendError> {
        let gives_up_after = self.0.settings.now().gives_up_after;
        if !is_expired(row.queued_at, Timestamp(now), gives_up_after) {
            return None;
        }
        let never_tried = || SendError::new(SendError::GAVE_UP, ErrorClass::Retry, "the number could not send");
        Some(gave_up(last.cloned().unwrap_or_else(never_tried), gives_up_after))
    }

    fn wait(&self, asked: Micros, attempts: i64, fraction: f64) -> Micros {
        backed_off(Span(asked), attempts, fraction).0
    }

    fn outcome(&self, row: &SendRow, result: &AttemptResult<Self>) -> Option<Change<Office>> {
        let message = row.outgoing.message;
        let status = |status, error_code| channel::Event::StatusChanged { message, status, error_code };
        let (event, update) = match result {
            AttemptResult::Done(accepted) => {
                let ended = channel::Row::SendEnded {
                    message,
                    status: Status::Sent,
                    provider_message_id: Some(accepted.provider_message_id.clone()),
                    error: None,
                };
                let rows = std::iter::once(Row::Channel(ended)).chain(self.learned(row, accepted));
                return Some(change(row, status(Status::Sent, None), rows.collect()));
            }
            AttemptResult::Never(error) => {
                let (provider_message_id, code) = (None, Some(error.code));
                let (failed, error) = (Status::Failed, Some(error.clone()));
                let ended = channel::Row::SendEnded { message, status: failed, provider_message_id, error };
                (status(failed, code), ended)
            }
            AttemptResult::Unknown => (status(Status::Unknown, None), channel::Row::SendUnknown { message }),
            // Consoles are told why it waits and until when.
            AttemptResult::Later { at, why, .. } => {
                let row = channel::Row::SendPostponed { message, not_before: Timestamp(*at), error: why.clone() };
                (channel::Event::SendPostponed { message, until: *at, error_code: why.code }, row)
            }
        };
        Some(change(row, event, vec![Row::Channel(update)]))
    }
}

impl Sends {
    fn waiting(&self, row: &WaitingSend) -> Option<Listed<Self>> {
        let now = Timestamp(self.0.cx.clock.now());
        let stands = match row.state {
            SendState::Pending if is_expired(row.queued_at, now, self.0.settings.now().gives_up_after) => {
                Stands::GivenUp
            }
            // It steps aside until it is due.
            SendState::Pending if row.steps_aside() && row.not_before > Some(now) => return None,
            SendState::Pending => Stands::Due(row.not_before.map(|then| then.0)),
            // A predecessor sent it off, and what is behind it waits for its end.
            SendState::Sending => Stands::Due(None),
            SendState::Unknown => {
                let since = now.since(row.changed_at).0.max(0);
                Stands::Unknown { since: Duration::from_micros(since.cast_unsigned()) }
            }
        };
        Some(listed(&row.outgoing, stands))
    }

    /// What the provider called the customer and we did not.
    fn learned(&self, row: &SendRow, accepted: &Accepted) -> Vec<Row> {
        let (thread, number, at) = (row.outgoing.thread, row.outgoing.number, Timestamp(self.0.cx.clock.now()));
        let news = accepted.known_as.iter().filter(|identifier| !row.to.contains(identifier));
        news.map(|identifier| {
            Row::Conversation(conversation::Row::AddressLearned { thread, number, identifier: identifier.clone(), at })
        })
        .collect()
    }
}

/// Messages keep no state: the outbox row is the fence.
fn change(row: &SendRow, event: channel::Event, rows: Vec<Row>) -> Change<Office> {
    let Outgoing { message, owner_epoch, .. } = row.outgoing;
    let events = vec![Event::Channel(event)];
    Change { entity: Entity::Message(message), cause: message.0, owner_epoch, events, rows }
}

fn came(posted: Posted) -> Came<Sends> {
    match posted {
        Posted::Accepted { provider_message_id, known_as } => Came::Done(Accepted { provider_message_id, known_as }),
        Posted::Refused { error } => Came::Never(error),
        Posted::Unknown => Came::Unknown,
        Posted::TryLater { after, error } => Came::Later(Pause::Job(after.0), error),
        Posted::Throttled { after, error } => Came::Later(Pause::Queue(after.0), error),
        Posted::ChannelStopped { error, .. } => Came::Later(Pause::Breaker, error),
    }
}

/// What a post told of the provider, whatever it meant for the message.
fn heard(posted: &Posted) -> Signal<StopReason> {
    match posted {
        Posted::TryLater { error, .. } if error.class == ErrorClass::Retry => Signal::Failed,
        Posted::Unknown => Signal::Failed,
        Posted::ChannelStopped { reason, .. } => Signal::Stopped(*reason),
        Posted::Accepted { .. } => Signal::Accepted,
        Posted::Refused { .. } | Posted::TryLater { .. } | Posted::Throttled { .. } => Signal::Answered,
    }
}

/// Whether a message that was said then is not tried any more.
fn is_expired(queued_at: Timestamp, now: Timestamp, gives_up_after: Duration) -> bool {
    u128::from(now.since(queued_at).0.max(0).cast_unsigned()) >= gives_up_after.as_micros()
}

/// The reason of the last attempt, and that it was the last.
fn gave_up(last: SendError, gives_up_after: Duration) -> SendError {
    let minutes = gives_up_after.as_secs() / 60;
    let within = if minutes.is_multiple_of(60) { format!("{} h", minutes / 60) } else { format!("{minutes} min") };
    SendError { text: format!("not sent within {within}: {}", last.text), ..last }
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
