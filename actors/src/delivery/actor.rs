//! The delivery's messages: what joins a lane, what has ended, and when to look.

use super::desk::Desk;
use super::marks::Marks;
use super::posting::Sends;
use super::{DeliveryParts, Shared};
use crate::Office;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Checked, Outgoing};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, NumberId};
use dashoffice_domain::{Event, Row, channel};
use dashoffice_runtime::Published;
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::jobs::{BACKSTOP, Told};
use ractor::{Actor, ActorProcessingErr, ActorRef};

pub(crate) enum DeliveryTold {
    /// Rows that were just committed, messages there is news of, and whether something was read.
    Committed {
        queued: Vec<Outgoing>,
        news_of: Vec<MessageId>,
        marks: bool,
        /// The provider failed a message of this number for a trouble of the number.
        refused: Option<(StopReason, i64)>,
    },
    Sends(Told<Sends>),
    Marks(Told<Marks>),
    /// What the provider says of the number.
    Checked(Checked),
    /// Ask the provider about the number.
    Check,
    /// The number's state was recorded.
    Recorded(NumberState),
    /// Whoever was to record it fell.
    NotRecorded,
    /// Read what there is to be sent and told.
    Look {
        missed: bool,
    },
}

impl From<Told<Sends>> for DeliveryTold {
    fn from(told: Told<Sends>) -> Self {
        Self::Sends(told)
    }
}

impl From<Told<Marks>> for DeliveryTold {
    fn from(told: Told<Marks>) -> Self {
        Self::Marks(told)
    }
}

#[derive(Debug)]
pub(crate) struct DeliveryActor;

pub(crate) struct Arguments {
    pub(super) parts: DeliveryParts,
    pub(super) shared: Shared,
}

/// What in a committed batch concerns this number.
pub(super) fn of_interest(number: NumberId, batch: &Published<Office>) -> Option<DeliveryTold> {
    let queued: Vec<_> = batch
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Channel(channel::Row::SendQueued(outgoing)) if outgoing.number == number => Some(outgoing.clone()),
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
        myself.cast(DeliveryTold::Look { missed: false })?;
        myself.cast(DeliveryTold::Check)?;
        myself.send_interval(BACKSTOP, || DeliveryTold::Look { missed: false });
        Ok(Desk::new(arguments.parts, &arguments.shared))
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
            DeliveryTold::Sends(told) => {
                let Ok(()) = desk.sends(told, &myself).await else { return Ok(()) };
            }
            DeliveryTold::Marks(told) => {
                let Ok(()) = desk.marks(told, &myself).await else { return Ok(()) };
            }
            DeliveryTold::Check => desk.check(&myself),
            DeliveryTold::Checked(checked) => desk.checked(&checked, &myself),
            DeliveryTold::Recorded(state) => desk.recorded(state, &myself),
            DeliveryTold::NotRecorded => desk.not_recorded(&myself),
            DeliveryTold::Look { missed } => desk.look(missed, &myself).await,
        }
        desk.go(&myself);
        reach("delivery", "sent_off");
        Ok(())
    }
}
