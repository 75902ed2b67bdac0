//! The delivery's messages: what joins a lane, what has ended, and when to look.

use super::marks::Marks;
use super::posting::Sends;
use super::state::DeliveryState;
use super::{DeliveryParts, Shared};
use crate::Office;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Checked, Outgoing};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, NumberId};
use dashoffice_domain::{Event, Row, channel};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::jobs::{BACKSTOP, QueueMessage};
use dashoffice_runtime::{Published, Tick, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};

pub(crate) enum DeliveryMessage {
    /// Something waits in the backlog.
    Changed,
    Sends(QueueMessage<Sends>),
    Marks(QueueMessage<Marks>),
    /// What the provider says of the number.
    Checked(Checked),
    /// Ask the provider about the number.
    Check,
    /// The number's state was recorded.
    Recorded(NumberState),
    /// Whoever was to record it fell.
    NotRecorded,
    /// Time to read what there is to be sent and told.
    Tick(Tick),
}

/// Something that was just committed and concerns the number.
pub(super) enum Heed {
    Queued(Outgoing),
    /// There is news of this message.
    Moved(MessageId),
    /// A message was read by an agent.
    Read,
    /// The provider failed a message of this number for a trouble of the number.
    Refused {
        reason: StopReason,
        code: i64,
    },
}

impl From<QueueMessage<Sends>> for DeliveryMessage {
    fn from(message: QueueMessage<Sends>) -> Self {
        Self::Sends(message)
    }
}

impl From<QueueMessage<Marks>> for DeliveryMessage {
    fn from(message: QueueMessage<Marks>) -> Self {
        Self::Marks(message)
    }
}

#[derive(Debug)]
pub(crate) struct DeliveryActor;

pub(crate) struct Arguments {
    pub(super) parts: DeliveryParts,
    pub(super) shared: Shared,
}

/// What in a committed batch concerns this number: first what is to be sent, then what is known of it.
pub(super) fn of_interest(number: NumberId, batch: &Published<Office>) -> Vec<Heed> {
    let queued = batch.rows.iter().filter_map(|row| match row {
        Row::Channel(channel::Row::SendQueued(outgoing)) if outgoing.number == number => {
            Some(Heed::Queued(outgoing.clone()))
        }
        _ => None,
    });
    let moved = batch.events.iter().filter_map(|envelope| match &envelope.event {
        // Our own word that we do not know is no news.
        Event::Channel(channel::Event::StatusChanged { message, status, .. }) if *status >= Status::Sent => {
            Some(Heed::Moved(*message))
        }
        _ => None,
    });
    let is_read = batch
        .rows
        .iter()
        .any(|row| matches!(row, Row::Channel(channel::Row::ReadMark { number: of, .. }) if *of == number));
    let refused = batch.events.iter().rev().find_map(|envelope| match envelope.event {
        Event::Channel(channel::Event::NumberRefused { number: of, reason, error_code, .. }) if of == number => {
            Some(Heed::Refused { reason, code: error_code })
        }
        _ => None,
    });
    queued.chain(moved).chain(is_read.then_some(Heed::Read)).chain(refused).collect()
}

impl Actor for DeliveryActor {
    type Msg = DeliveryMessage;
    type State = DeliveryState;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<DeliveryMessage>,
        arguments: Arguments,
    ) -> Result<DeliveryState, ActorProcessingErr> {
        arguments.shared.backlog.missed();
        myself.cast(DeliveryMessage::Changed)?;
        myself.cast(DeliveryMessage::Check)?;
        tick(&myself, BACKSTOP, DeliveryMessage::Tick);
        Ok(DeliveryState::new(arguments.parts, &arguments.shared))
    }

    async fn handle(
        &self,
        myself: ActorRef<DeliveryMessage>,
        message: DeliveryMessage,
        state: &mut DeliveryState,
    ) -> Result<(), ActorProcessingErr> {
        reach("delivery", "handle");
        match message {
            DeliveryMessage::Changed => state.news(&myself).await,
            DeliveryMessage::Sends(message) => {
                let Ok(()) = state.sends(message, &myself).await else { return Ok(()) };
            }
            DeliveryMessage::Marks(message) => {
                let Ok(()) = state.marks(message, &myself).await else { return Ok(()) };
            }
            DeliveryMessage::Check => state.check(&myself),
            DeliveryMessage::Checked(checked) => state.checked(&checked, &myself),
            DeliveryMessage::Recorded(recorded) => state.recorded(recorded, &myself),
            DeliveryMessage::NotRecorded => state.not_recorded(&myself),
            DeliveryMessage::Tick(tick) => {
                drop(tick);
                state.look(&myself).await;
            }
        }
        state.go(&myself);
        reach("delivery", "sent_off");
        Ok(())
    }
}
