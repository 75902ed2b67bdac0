//! The delivery's messages: what joins a lane, what has ended, and when to look.

use super::DeliveryParts;
use super::desk::Desk;
use super::marks::Told;
use super::posting::Outcome;
use crate::Office;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Checked, Class};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, NumberId, ThreadId};
use dashoffice_domain::{Event, Row, channel};
use dashoffice_runtime::Published;
use dashoffice_runtime::fail_point::reach;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::time::Duration;
use tokio::time::Instant;

/// Covers news that was lost.
pub(super) const BACKSTOP: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) enum DeliveryTold {
    /// Rows that were just committed, messages there is news of, and whether something was read.
    Committed {
        queued: Vec<(ThreadId, MessageId, Class)>,
        news_of: Vec<MessageId>,
        marks: bool,
        /// The provider failed a message of this number for a trouble of the number.
        refused: Option<(StopReason, i64)>,
    },
    Ended {
        thread: ThreadId,
        message: MessageId,
        how: How,
    },
    /// A round of read marks ended; `Some`: the next one not before this.
    MarksTold {
        wait: Option<Duration>,
        told: Told,
    },
    /// What the provider says of the number.
    Checked(Checked),
    /// Ask the provider about the number.
    Check,
    /// The number's state was recorded.
    Recorded(NumberState),
    /// Whoever was to record it fell.
    NotRecorded,
    /// Read the outbox.
    Look,
    /// A pause has ended: the one that was to end then.
    Go(Instant),
}

/// An [`Outcome`], as it travels.
#[derive(Debug)]
pub(crate) struct How(pub(super) Outcome);

#[derive(Debug)]
pub(crate) struct DeliveryActor;

pub(crate) struct Arguments {
    pub(super) parts: DeliveryParts,
}

/// What in a committed batch concerns this number.
pub(super) fn of_interest(number: NumberId, batch: &Published<Office>) -> Option<DeliveryTold> {
    let queued: Vec<_> = batch
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Channel(channel::Row::SendQueued(outgoing)) if outgoing.number == number => {
                Some((outgoing.thread, outgoing.message, outgoing.class))
            }
            _ => None,
        })
        .collect();
    let news = batch.events.iter().filter_map(|envelope| match &envelope.event {
        // Our own word that we do not know is no news.
        Event::Channel(channel::Event::StatusChanged { message, status, .. }) if *status >= Status::Sent => {
            Some(*message)
        }
        _ => None,
    });
    let news_of: Vec<_> = news.collect();
    let marks = batch
        .rows
        .iter()
        .any(|row| matches!(row, Row::Channel(channel::Row::ReadMark { number: of, .. }) if *of == number));
    let refused = batch.events.iter().rev().find_map(|envelope| match envelope.event {
        Event::Channel(channel::Event::NumberRefused { number: of, reason, error_code, .. }) if of == number => {
            Some((reason, error_code))
        }
        _ => None,
    });
    let concerns = marks || !queued.is_empty() || !news_of.is_empty() || refused.is_some();
    concerns.then_some(DeliveryTold::Committed { queued, news_of, marks, refused })
}

impl Actor for DeliveryActor {
    type Msg = DeliveryTold;
    type State = Desk;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<DeliveryTold>,
        arguments: Arguments,
    ) -> Result<Desk, ActorProcessingErr> {
        myself.cast(DeliveryTold::Look)?;
        myself.cast(DeliveryTold::Check)?;
        myself.send_interval(BACKSTOP, || DeliveryTold::Look);
        Ok(Desk::new(arguments.parts))
    }

    async fn handle(
        &self,
        myself: ActorRef<DeliveryTold>,
        told: DeliveryTold,
        desk: &mut Desk,
    ) -> Result<(), ActorProcessingErr> {
        reach("delivery", "handle");
        match told {
            DeliveryTold::Committed { queued, news_of, marks, refused } => {
                desk.committed(&queued, &news_of, marks);
                if let Some((reason, code)) = refused {
                    desk.refused(reason, code, &myself);
                }
            }
            DeliveryTold::Ended { thread, message, how: How(outcome) } => {
                desk.ended(thread, message, outcome, &myself);
            }
            DeliveryTold::MarksTold { wait, told } => desk.marks_told(wait, told),
            DeliveryTold::Check => desk.check(&myself),
            DeliveryTold::Checked(checked) => desk.checked(&checked, &myself),
            DeliveryTold::Recorded(state) => desk.recorded(state, &myself),
            DeliveryTold::NotRecorded => desk.not_recorded(&myself),
            DeliveryTold::Look => {
                // Weather: the next look comes by itself.
                let _ = desk.look(&myself).await;
            }
            // One that was overtaken by a sooner one wakes nobody, or they would become ever more.
            DeliveryTold::Go(at) if !desk.is_awaited(at) => return Ok(()),
            DeliveryTold::Go(_) => {}
        }
        desk.go(&myself);
        reach("delivery", "sent_off");
        Ok(())
    }
}
