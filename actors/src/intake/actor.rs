//! The intake's messages, and what it does about each.

mod aside;

use super::IntakeParts;
use super::addresses::Addresses;
use super::careful::Careful;
use super::reading::read;
use super::waiting::Waiting;
use crate::Office;
use dashoffice_domain::ids::{ConversationId, MessageId, NumberId, ThreadId};
use dashoffice_domain::item::{Arrived, Inbound, Said};
use dashoffice_domain::ports::{InboxRow, InboxSource, NumberRow, Reading, Unavailable};
use dashoffice_domain::{Entity, Item};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{End, NotTaken, Order, Provenance, Settled, Take, task};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use uuid::Uuid;

/// Rows read at a time.
pub(super) const PAGE: u32 = 500;
/// Rows offered at a time to a slot that was full.
const REFILL: usize = 32;
/// Covers hints that were lost.
const BACKSTOP: Duration = Duration::from_secs(1);
/// Rows whose end should have been heard of by now are looked at.
const OVERDUE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) enum IntakeTold {
    /// Rows that were just accepted, in order.
    Arrived(Vec<InboxRow>),
    Settled(Settled<Office>),
    Released(Entity),
    /// What is known of numbers is not to be believed any more.
    NumbersChanged,
    /// Time to look whether a hint was lost.
    Look,
}

#[derive(Debug)]
pub(crate) struct IntakeActor;

pub(crate) struct Arguments {
    pub(super) parts: IntakeParts,
    /// What this process found at its start has been handled: nobody has to be careful any more.
    pub(super) care_is_over: Arc<AtomicBool>,
}

pub(crate) struct Desk {
    pub(super) parts: IntakeParts,
    /// The highest position that was read.
    seen: i64,
    pub(super) waiting: Waiting,
    addresses: Addresses,
    numbers: HashMap<NumberId, NumberRow>,
    settled: mpsc::UnboundedSender<Settled<Office>>,
    pub(super) care_is_over: Arc<AtomicBool>,
    /// At a careful start: what was found and is still to be admitted.
    pub(super) careful: Option<Careful>,
}

impl Actor for IntakeActor {
    type Msg = IntakeTold;
    type State = Desk;
    type Arguments = Arguments;

    async fn pre_start(&self, myself: ActorRef<IntakeTold>, arguments: Arguments) -> Result<Desk, ActorProcessingErr> {
        let (settled, mut endings) = mpsc::unbounded_channel();
        let (told, deaf) = (myself.clone(), myself.clone());
        // Without it no end is heard of: the next actor begins with a scan.
        let fallen = move || deaf.kill();
        task::spawn_or("intake endings", fallen, async move {
            while let Some(ending) = endings.recv().await {
                if told.cast(IntakeTold::Settled(ending)).is_err() {
                    return;
                }
            }
        });
        myself.send_interval(BACKSTOP, || IntakeTold::Look);
        myself.cast(IntakeTold::Look)?;
        let careful = arguments.parts.rescue.is_careful() && !arguments.care_is_over.load(Ordering::Acquire);
        Ok(Desk {
            parts: arguments.parts,
            seen: 0,
            waiting: Waiting::default(),
            addresses: Addresses::default(),
            numbers: HashMap::new(),
            settled,
            care_is_over: arguments.care_is_over,
            careful: careful.then(Careful::default),
        })
    }

    async fn handle(
        &self,
        _: ActorRef<IntakeTold>,
        told: IntakeTold,
        desk: &mut Desk,
    ) -> Result<(), ActorProcessingErr> {
        reach("intake", "handle");
        let done = match told {
            IntakeTold::Arrived(rows) => desk.arrived(rows).await,
            IntakeTold::Settled(settled) => desk.settled(settled).await,
            IntakeTold::Released(entity) => desk.released(entity).await,
            IntakeTold::NumbersChanged => {
                desk.numbers.clear();
                Ok(())
            }
            IntakeTold::Look => desk.look().await,
        };
        if let Err(Unavailable { .. }) = done {
            // Everything is in the store, and will be looked for when it is back.
            desk.parts.weather.wait().await;
            desk.start_over();
        }
        Ok(())
    }
}

impl Desk {
    /// Forgets where it was: the next look begins at the first row. Rows in slots are known there and not taken twice.
    pub(super) fn start_over(&mut self) {
        self.seen = 0;
        self.waiting = Waiting::default();
        if let Some(careful) = &mut self.careful {
            careful.found = None;
        }
    }

    async fn arrived(&mut self, rows: Vec<InboxRow>) -> Result<(), Unavailable> {
        if self.careful.is_some() {
            return Ok(());
        }
        for row in rows {
            // A hint of rows between may have been lost, whatever came with this one.
            if row.position > self.seen + 1 {
                self.scan().await?;
            }
            if row.position > self.seen {
                self.take_up(row).await?;
            }
        }
        Ok(())
    }

    /// Reads on from the last row seen.
    pub(super) async fn scan(&mut self) -> Result<(), Unavailable> {
        loop {
            let rows = self.parts.reads.unconsumed(self.seen, PAGE).await?;
            let is_last = rows.len() < PAGE as usize;
            for row in rows {
                self.take_up(row).await?;
            }
            if is_last {
                self.parts.inboxes_read.reached_the_end(self.parts.reads.tenant());
                return Ok(());
            }
        }
    }

    pub(super) async fn take_up(&mut self, row: InboxRow) -> Result<(), Unavailable> {
        let position = row.position;
        reach("intake", "take_up");
        if !self.waiting.knows(position)
            && let Some((entity, order)) = self.placed(row).await?
        {
            if self.waiting.add(entity, position) {
                self.offer(entity, order).await?;
            } else if self.waiting.is_held(entity) {
                self.flag(vec![position], true).await?;
            }
        }
        self.seen = self.seen.max(position);
        Ok(())
    }

    /// `true`: there may be room for more.
    async fn offer(&mut self, entity: Entity, order: Order<Office>) -> Result<bool, Unavailable> {
        let tenant = self.parts.reads.tenant();
        let Entity::Thread(thread) = entity else {
            return self.park_unserved(entity, &order).await.map(|()| true);
        };
        match self.parts.conversations.deliver(tenant, thread, order) {
            Ok(()) => {
                reach("intake", "offered");
                self.waiting.offered(entity);
                Ok(true)
            }
            // It asks for more when something of it has ended; when we drain, the rows wait for the next process.
            Err(NotTaken::Busy | NotTaken::Draining) => Ok(false),
            Err(NotTaken::Quarantined) => {
                self.hold(entity).await?;
                Ok(false)
            }
        }
    }

    /// Finds out where a row belongs. `None`: nobody can, and it was put aside.
    async fn placed(&mut self, row: InboxRow) -> Result<Option<(Entity, Order<Office>)>, Unavailable> {
        let InboxRow { position, source, received_at, correlation, .. } = row;
        let (entity, item) = match source {
            InboxSource::Tell { entity, item } => match serde_json::from_slice(&item) {
                Ok(item) => (entity, item),
                Err(error) => return self.park(position, Some(entity), error.to_string()).await.map(|()| None),
            },
            InboxSource::Provider { number, raw } => {
                let Some(number) = self.number(number).await? else {
                    return self.park(position, None, "its number is not connected".to_owned()).await.map(|()| None);
                };
                let (inbound, raw) = match read(&self.parts.channels, &number, &raw) {
                    Reading::Understood(inbound) => (inbound, None),
                    Reading::Partly(inbound) => (inbound, Some(raw)),
                    Reading::Unreadable { reason } => return self.park(position, None, reason).await.map(|()| None),
                };
                let (thread, item) = self.arrival(position, &number, inbound, raw, received_at).await?;
                (Entity::Thread(thread), item)
            }
        };
        let provenance = Provenance { actor: Uuid::nil(), cause: correlation, correlation };
        let order = Order::taken(item, provenance, Take::Inbox(position), Some(self.settled.clone()));
        Ok(Some((entity, order)))
    }

    async fn arrival(
        &mut self,
        position: i64,
        number: &NumberRow,
        inbound: Inbound,
        raw: Option<Vec<u8>>,
        received_at: dashoffice_domain::Timestamp,
    ) -> Result<(ThreadId, Item), Unavailable> {
        let inbound = self.with_what_it_changes(position, number.id, inbound).await?;
        let ids = &self.parts.ids;
        let found = self.addresses.find(&*self.parts.reads, ids, number.id, position, &inbound, received_at).await?;
        let arrived = Arrived {
            number: number.id,
            queue: number.queue,
            inbound,
            received_at,
            contact: found.contact,
            claims: found.claims,
            possible_duplicate: found.possible_duplicate,
            message: MessageId(ids.next()),
            conversation: ConversationId(ids.next()),
            raw,
        };
        Ok((found.thread, Item::Arrived(Box::new(arrived))))
    }

    /// An edit whose message is not here, nor on its way, is a message of its own. If that one is recorded before the edit is, the edit's
    /// commit is a conflict, and the row comes back here.
    async fn with_what_it_changes(
        &mut self,
        position: i64,
        number: NumberId,
        mut inbound: Inbound,
    ) -> Result<Inbound, Unavailable> {
        if let Said::Message { .. } = inbound.what {
            self.waiting.brings(position, number, &inbound.provider_message_id);
        }
        if let Said::Edit { of, content } = inbound.what {
            let known =
                self.waiting.has_message(number, &of) || self.parts.reads.has_message(number, of.clone()).await?;
            inbound.what = if known { Said::Edit { of, content } } else { Said::EditAlone { of, content } };
        }
        Ok(inbound)
    }

    async fn number(&mut self, id: NumberId) -> Result<Option<NumberRow>, Unavailable> {
        if !self.numbers.contains_key(&id) {
            let numbers = self.parts.reads.numbers().await?;
            self.numbers = numbers.into_iter().map(|number| (number.id, number)).collect();
        }
        Ok(self.numbers.get(&id).cloned())
    }

    async fn settled(&mut self, settled: Settled<Office>) -> Result<(), Unavailable> {
        reach("intake", "settled");
        let Take::Inbox(position) = settled.take else { return Ok(()) };
        match settled.how {
            End::Done(_) => {
                if let Entity::Thread(thread) = settled.entity {
                    self.addresses.landed(thread, position);
                }
                self.waiting.settled(position);
            }
            End::Gone => {
                // Perhaps taken for another thread: what is believed of this one was never recorded.
                if let Entity::Thread(thread) = settled.entity {
                    self.addresses.forget(thread);
                }
                self.waiting.settled(position);
            }
            End::Parked => self.gone(position),
            End::Held => self.hold(settled.entity).await?,
            End::Returned => {
                if let Entity::Thread(thread) = settled.entity {
                    self.addresses.forget(thread);
                }
                // Perhaps it belongs elsewhere: everything is read again from the first row.
                self.start_over();
                if self.careful.is_none() {
                    return self.scan().await;
                }
            }
        }
        if self.careful.is_some() {
            return self.next_of_careful_start().await;
        }
        self.refill(settled.entity).await
    }

    /// A row is not there any more, by a commit of which nothing was heard, or put aside.
    fn gone(&mut self, position: i64) {
        if let Some(Entity::Thread(thread)) = self.waiting.settled(position) {
            self.addresses.lost(thread, position);
        }
    }

    /// Offers an entity what had no room before.
    async fn refill(&mut self, entity: Entity) -> Result<(), Unavailable> {
        loop {
            let positions = self.waiting.next(entity, REFILL);
            if positions.is_empty() {
                return Ok(());
            }
            let rows = self.parts.reads.inbox_rows(positions.clone()).await?;
            let gone: Vec<i64> =
                positions.into_iter().filter(|position| rows.iter().all(|row| row.position != *position)).collect();
            for position in gone {
                self.gone(position);
            }
            for row in rows {
                let position = row.position;
                match self.placed(row).await? {
                    None => self.gone(position),
                    Some((placed, order)) if placed == entity => {
                        if !self.offer(entity, order).await? {
                            return Ok(());
                        }
                    }
                    // It belongs to somebody else by now: read everything again, in order.
                    Some(_) => {
                        self.start_over();
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn released(&mut self, entity: Entity) -> Result<(), Unavailable> {
        let positions = self.waiting.release(entity);
        self.flag(positions, false).await?;
        self.refill(entity).await
    }

    /// The backstop: rows whose hint was lost, rows whose end was not heard of, slots that have room again.
    async fn look(&mut self) -> Result<(), Unavailable> {
        if self.careful.is_some() {
            return self.next_of_careful_start().await;
        }
        let overdue = self.waiting.since_before(Instant::now() - OVERDUE, PAGE as usize);
        if !overdue.is_empty() {
            let there = self.parts.reads.inbox_rows(overdue.clone()).await?;
            for position in overdue.into_iter().filter(|at| there.iter().all(|row| row.position != *at)) {
                self.gone(position);
            }
        }
        for entity in self.waiting.stalled() {
            self.refill(entity).await?;
        }
        self.scan().await
    }
}

/// The kernel's port says it in its own words.
pub(super) fn read_again(error: dashoffice_runtime::Unavailable) -> Unavailable {
    Unavailable { doing: error.doing, reason: error.reason }
}
