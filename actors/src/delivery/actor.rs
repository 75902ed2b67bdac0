//! The delivery's messages: what joins a lane, what has ended, and when to look.

use super::lanes::Lanes;
use super::limit::Limit;
use super::posting::{Ended, send};
use super::{DeliveryParts, DeliverySettings};
use crate::Office;
use dashmap::DashSet;
use dashoffice_domain::ids::{MessageId, NumberId, ThreadId};
use dashoffice_domain::message::Status;
use dashoffice_domain::outgoing::{Class, Outgoing, SendState};
use dashoffice_domain::ports::Unavailable;
use dashoffice_domain::{Event, Row, Span, Timestamp};
use dashoffice_runtime::{Published, task};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Rows of the outbox read at a time.
const PAGE: u32 = 10_000;
/// Covers news that was lost.
const BACKSTOP: Duration = Duration::from_secs(5);
/// Before a message is looked at again whose task panicked.
const AFTER_A_FALL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) enum DeliveryTold {
    /// Rows that were just committed, and messages there is news of.
    Committed {
        queued: Vec<(ThreadId, MessageId, Class)>,
        news_of: Vec<MessageId>,
    },
    Ended {
        thread: ThreadId,
        message: MessageId,
        how: How,
    },
    /// Read the outbox.
    Look,
    /// A pause has ended: the one that was to end then.
    Go(Instant),
}

/// [`Ended`], as it travels.
#[derive(Debug)]
pub(crate) struct How(Ended);

#[derive(Debug)]
pub(crate) struct DeliveryActor;

pub(crate) struct Arguments {
    pub(super) parts: DeliveryParts,
    pub(super) under_way: Arc<DashSet<MessageId>>,
}

pub(crate) struct Desk {
    parts: DeliveryParts,
    lanes: Lanes,
    limit: Limit,
    /// Messages on their way, also those a predecessor sent off.
    under_way: Arc<DashSet<MessageId>>,
    /// Lanes that wait for news of a message.
    held_by: HashMap<MessageId, ThreadId>,
    /// The whole number rests until then.
    stopped_until: Option<Instant>,
    /// A `Go` is on its way for then.
    goes_at: Option<Instant>,
}

/// What in a committed batch concerns this number.
pub(super) fn of_interest(number: NumberId, batch: &Published<Office>) -> Option<DeliveryTold> {
    let queued: Vec<_> = batch
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::SendQueued(outgoing) if outgoing.number == number => {
                Some((outgoing.thread, outgoing.message, outgoing.class))
            }
            _ => None,
        })
        .collect();
    let news = batch.events.iter().filter_map(|envelope| match &envelope.event {
        // Our own word that we do not know is no news.
        Event::StatusChanged { message, status, .. } if *status >= Status::Sent => Some(*message),
        _ => None,
    });
    let news_of: Vec<_> = news.collect();
    (!queued.is_empty() || !news_of.is_empty()).then_some(DeliveryTold::Committed { queued, news_of })
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
        let DeliverySettings { per_second, .. } = arguments.parts.settings;
        myself.cast(DeliveryTold::Look)?;
        myself.send_interval(BACKSTOP, || DeliveryTold::Look);
        Ok(Desk {
            parts: arguments.parts,
            lanes: Lanes::default(),
            limit: Limit::per_second(per_second),
            under_way: arguments.under_way,
            held_by: HashMap::new(),
            stopped_until: None,
            goes_at: None,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<DeliveryTold>,
        told: DeliveryTold,
        desk: &mut Desk,
    ) -> Result<(), ActorProcessingErr> {
        match told {
            DeliveryTold::Committed { queued, news_of } => {
                for (thread, message, class) in queued {
                    desk.lanes.join(thread, message, class);
                }
                for message in news_of {
                    if let Some(thread) = desk.held_by.remove(&message) {
                        desk.lanes.resume(thread);
                    }
                }
            }
            DeliveryTold::Ended { thread, message, how: How(ended) } => desk.ended(thread, message, ended),
            DeliveryTold::Look => {
                // Weather: the next look comes by itself.
                let _ = desk.look().await;
            }
            // One that was overtaken by a sooner one wakes nobody, or they would become ever more.
            DeliveryTold::Go(at) if desk.goes_at != Some(at) => return Ok(()),
            DeliveryTold::Go(_) => desk.goes_at = None,
        }
        desk.go(&myself);
        Ok(())
    }
}

impl Desk {
    /// Reads the outbox: what the feed did not tell, and what a predecessor knew.
    async fn look(&mut self) -> Result<(), Unavailable> {
        let wall = Timestamp(self.parts.clock.now());
        for row in self.parts.reads.sends(self.parts.number, PAGE).await? {
            let Outgoing { message, thread, class, .. } = row.outgoing;
            match row.state {
                // It steps aside until it is due.
                SendState::Pending if row.steps_aside() && row.not_before > Some(wall) => {}
                // One that is on its way keeps its place: a predecessor sent it off, and what is behind it waits for its end.
                SendState::Pending | SendState::Sending => self.lanes.join(thread, message, class),
                SendState::Unknown => self.hold_for(thread, message, wall.since(row.changed_at)),
            }
        }
        Ok(())
    }

    /// A message whose fate is unknown since a while holds what is behind it, if it does not yet and the while was short.
    fn hold_for(&mut self, thread: ThreadId, message: MessageId, since: Span) {
        let since = Duration::from_micros(since.0.max(0).cast_unsigned());
        let left = self.parts.settings.unknown_holds.saturating_sub(since);
        if !left.is_zero() && !self.lanes.knows(message) && self.lanes.hold(thread, Instant::now() + left) {
            self.held_by.insert(message, thread);
        }
    }

    fn ended(&mut self, thread: ThreadId, message: MessageId, ended: Ended) {
        let now = Instant::now();
        match ended {
            Ended::Gone => self.lanes.leave(thread, message),
            Ended::Unknown => {
                self.held_by.insert(message, thread);
                self.lanes.leave_and_pause(thread, message, now + self.parts.settings.unknown_holds);
            }
            Ended::Later(wait) => self.lanes.pause(thread, now + wait),
            // It comes back when it is due: the outbox has it.
            Ended::Aside => self.lanes.leave(thread, message),
            Ended::ChannelStopped(wait) => {
                tracing::error!(number.id = %self.parts.number, "the provider refuses this number: it rests");
                self.lanes.pause(thread, now + wait);
                self.stopped_until = Some(now + wait);
            }
        }
    }

    /// Sends off what may go.
    fn go(&mut self, myself: &ActorRef<DeliveryTold>) {
        let now = Instant::now();
        let mut next_at = self.lanes.next_at();
        if self.stopped_until.is_some_and(|until| until > now) {
            self.go_at(self.stopped_until, myself);
            return;
        }
        let free = self.parts.settings.most_at_once.saturating_sub(self.under_way.len());
        for (thread, message) in self.lanes.ready(now, free) {
            if self.under_way.contains(&message) {
                // A predecessor sent it off: its end will show in the outbox.
                self.lanes.pause(thread, now + BACKSTOP / 10);
                next_at = self.lanes.next_at();
                continue;
            }
            if let Err(wait) = self.limit.take() {
                next_at = Some(next_at.map_or(now + wait, |at| at.min(now + wait)));
                break;
            }
            self.lanes.begin(thread);
            self.send_off(thread, message, myself.clone());
        }
        self.held_by.retain(|_, thread| self.lanes.is_paused(*thread));
        self.go_at(next_at, myself);
    }

    fn go_at(&mut self, at: Option<Instant>, myself: &ActorRef<DeliveryTold>) {
        let Some(at) = at else { return };
        if self.goes_at.is_some_and(|sooner| sooner <= at) {
            return;
        }
        self.goes_at = Some(at);
        myself.send_after(at.saturating_duration_since(Instant::now()), move || DeliveryTold::Go(at));
    }

    fn send_off(&self, thread: ThreadId, message: MessageId, myself: ActorRef<DeliveryTold>) {
        self.under_way.insert(message);
        let leaving = Leaving { message, under_way: Arc::clone(&self.under_way) };
        let parts = self.parts.clone();
        let lane = myself.clone();
        // Whatever its row says is believed when it is looked at again.
        let fallen = move || {
            let _ = lane.cast(DeliveryTold::Ended { thread, message, how: How(Ended::Later(AFTER_A_FALL)) });
        };
        task::spawn_or("post", fallen, async move {
            let ended = send(&parts, message).await;
            drop(leaving);
            // Nobody there: the next actor reads the outbox.
            let _ = myself.cast(DeliveryTold::Ended { thread, message, how: How(ended) });
        });
    }
}

/// Marks a message as on its way for as long as its task lives, however that ends.
struct Leaving {
    message: MessageId,
    under_way: Arc<DashSet<MessageId>>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.under_way.remove(&self.message);
    }
}
