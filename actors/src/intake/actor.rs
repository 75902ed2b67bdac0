//! The intake's messages, and what it does about each.

mod dead_letters;
mod endings;

use super::IntakeParts;
use super::addresses::{Addresses, Found, Place};
use super::reading::read;
use super::safe_mode::SafeMode;
use super::short::Unstored;
use super::waiting::Waiting;
use super::way::{Brought, Hint, ShortWay, Shown};
use crate::Office;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{ConversationId, MessageId, NumberId};
use dashoffice_domain::item::{Arrived, Inbound, Said};
use dashoffice_domain::ports::{InboxRow, InboxSource, NumberRow, Reading, Unavailable};
use dashoffice_domain::{Entity, Item, Timestamp};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Departed, NotTaken, Order, Provenance, Settled, Take, Tick, task, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Rows read at a time.
pub(super) const PAGE: u32 = 500;
/// Covers hints that were lost.
const BACKSTOP: Duration = Duration::from_secs(1);
/// Rows whose end should have been heard of by now are looked at.
const OVERDUE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) enum IntakeMessage {
    /// Rows were accepted: read on.
    Arrived(Hint),
    /// Items of one body that are nowhere on disk yet, in order.
    Brought {
        items: Vec<Weak<Brought>>,
        shown: Shown,
    },
    Settled(Settled<Office>),
    Released(Entity),
    /// What is known of numbers is not to be believed any more.
    NumbersChanged,
    /// Time to look whether a hint was lost.
    Look(Option<Tick>),
}

#[derive(Debug)]
pub(crate) struct IntakeActor;

pub(crate) struct Arguments {
    pub(super) parts: IntakeParts,
    pub(super) short: Arc<ShortWay>,
    pub(super) departures: mpsc::UnboundedSender<Departed<Office>>,
    /// What this process found at its start has been handled: nobody has to be careful any more.
    pub(super) care_is_over: Arc<AtomicBool>,
}

pub(crate) struct IntakeState {
    pub(super) parts: IntakeParts,
    /// The highest position that was read.
    pub(super) seen: i64,
    pub(super) waiting: Waiting,
    pub(super) unstored: Unstored,
    pub(super) short: Arc<ShortWay>,
    pub(super) addresses: Addresses,
    numbers: HashMap<NumberId, NumberRow>,
    pub(super) settled: mpsc::UnboundedSender<Settled<Office>>,
    pub(super) departures: mpsc::UnboundedSender<Departed<Office>>,
    pub(super) care_is_over: Arc<AtomicBool>,
    /// Rows of which a process died when they were not rows yet, with the keys they had.
    pub(super) suspects: HashMap<i64, String>,
    /// While there is care: what was found and is still to be admitted.
    pub(super) safe_mode: Option<SafeMode>,
}

impl Actor for IntakeActor {
    type Msg = IntakeMessage;
    type State = IntakeState;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<IntakeMessage>,
        arguments: Arguments,
    ) -> Result<IntakeState, ActorProcessingErr> {
        let (settled, mut endings) = mpsc::unbounded_channel();
        let (message, deaf) = (myself.clone(), myself.clone());
        // Without it no end is heard of: the next actor begins with a scan.
        let fallen = move || deaf.kill();
        task::spawn_or("intake endings", fallen, async move {
            while let Some(ending) = endings.recv().await {
                if message.cast(IntakeMessage::Settled(ending)).is_err() {
                    return;
                }
            }
        });
        tick(&myself, BACKSTOP, |tick| IntakeMessage::Look(Some(tick)));
        myself.cast(IntakeMessage::Look(None))?;
        arguments.short.closes();
        let safe_mode =
            arguments.parts.crash_loop_guard.is_safe_mode() && !arguments.care_is_over.load(Ordering::Acquire);
        Ok(IntakeState {
            parts: arguments.parts,
            seen: 0,
            waiting: Waiting::default(),
            unstored: Unstored::default(),
            short: arguments.short,
            departures: arguments.departures,
            addresses: Addresses::default(),
            numbers: HashMap::new(),
            settled,
            care_is_over: arguments.care_is_over,
            suspects: HashMap::new(),
            safe_mode: safe_mode.then(SafeMode::default),
        })
    }

    async fn handle(
        &self,
        _: ActorRef<IntakeMessage>,
        message: IntakeMessage,
        state: &mut IntakeState,
    ) -> Result<(), ActorProcessingErr> {
        reach("intake", "handle");
        let done = match message {
            IntakeMessage::Arrived(hint) => {
                drop(hint);
                state.arrived().await
            }
            IntakeMessage::Brought { items, shown } => {
                let done = state.brought(items).await;
                drop(shown);
                done
            }
            IntakeMessage::Settled(settled) => state.settled(settled).await,
            IntakeMessage::Released(entity) => state.released(entity).await,
            IntakeMessage::NumbersChanged => {
                state.numbers.clear();
                Ok(())
            }
            IntakeMessage::Look(tick) => {
                drop(tick);
                state.look().await
            }
        };
        if let Err(Unavailable { .. }) = done {
            state.short.closes();
            // Everything is in the store, and will be looked for when it is back.
            state.parts.availability.wait().await;
            state.start_over();
        }
        Ok(())
    }
}

impl IntakeState {
    /// Forgets where it was: the next look begins at the first row. Rows in slots are known there and not taken twice.
    pub(super) fn start_over(&mut self) {
        self.short.closes();
        self.seen = 0;
        self.waiting = Waiting::default();
        if let Some(safe_mode) = &mut self.safe_mode {
            safe_mode.found = None;
        }
    }

    async fn arrived(&mut self) -> Result<(), Unavailable> {
        if self.safe_mode.is_some() || self.short.is_open() {
            return Ok(());
        }
        self.scan().await
    }

    /// Reads on from the last row seen.
    pub(super) async fn scan(&mut self) -> Result<(), Unavailable> {
        loop {
            let announced = self.short.announced();
            let rows = self.parts.reads.unconsumed(self.seen, PAGE).await?;
            let is_last = rows.len() < PAGE as usize;
            for row in rows {
                self.take_up(row).await?;
                if self.safe_mode.is_some() {
                    return self.next_in_safe_mode().await;
                }
            }
            if is_last {
                // Nothing is there any more, or for us, of what was announced before and was not found.
                self.seen = self.seen.max(announced.highest);
                self.short.opens(self.seen, announced.doubts);
                self.parts.inboxes_read.reached_the_end(self.parts.reads.tenant());
                return Ok(());
            }
        }
    }

    pub(super) async fn take_up(&mut self, row: InboxRow) -> Result<(), Unavailable> {
        let position = row.position;
        reach("intake", "take_up");
        if row.suspect.is_some() && self.safe_mode.is_none() {
            tracing::warn!(
                "something came again of which a process died: what is there is counted first, and it goes alone"
            );
            self.short.closes();
            self.safe_mode = Some(SafeMode::default());
            return Ok(());
        }
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
            Err(NotTaken::Busy | NotTaken::Closed | NotTaken::Draining) => Ok(false),
            Err(NotTaken::Quarantined) => {
                self.suspend(entity).await?;
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
                if let Said::Message { .. } = inbound.what {
                    self.waiting.brings(position, number.id, &inbound.provider_message_id);
                }
                let (found, arrived) = self.arrival(&number, inbound, raw, received_at).await?;
                self.addresses.believe(Place(position, 0), &found, arrived.inbound.profile_name.as_ref());
                (Entity::Thread(found.home.thread), Item::Arrived(arrived))
            }
        };
        let provenance = Provenance { actor: Principal::SYSTEM, cause: correlation, correlation };
        let order = Order::taken(item, provenance, Take::Inbox(position), Some(self.settled.clone()));
        Ok(Some((entity, order)))
    }

    /// Whose it is, and what they are handed.
    pub(super) async fn arrival(
        &mut self,
        number: &NumberRow,
        inbound: Inbound,
        raw: Option<Vec<u8>>,
        received_at: Timestamp,
    ) -> Result<(Found, Box<Arrived>), Unavailable> {
        let inbound = self.with_what_it_changes(number.id, inbound).await?;
        let ids = &self.parts.ids;
        let found = self.addresses.find(&*self.parts.reads, ids, number.id, &inbound, received_at).await?;
        let arrived = Arrived {
            number: number.id,
            queue: number.queue,
            inbound,
            received_at,
            contact: found.home.contact,
            claims: found.claims.clone(),
            possible_duplicate: found.possible_duplicate,
            message: MessageId(ids.next()),
            conversation: ConversationId(ids.next()),
            raw,
        };
        Ok((found, Box::new(arrived)))
    }

    /// An edit whose message is not here, nor on its way, is a message of its own. If that one is recorded before the edit is, the edit's
    /// commit is a conflict, and the row comes back here.
    async fn with_what_it_changes(&self, number: NumberId, mut inbound: Inbound) -> Result<Inbound, Unavailable> {
        if let Said::Edit { of, content } = inbound.what {
            let is_on_its_way = self.waiting.has_message(number, &of) || self.unstored.has_message(number, &of);
            let known = is_on_its_way || self.parts.reads.has_message(number, of.clone()).await?;
            inbound.what = if known { Said::Edit { of, content } } else { Said::EditAlone { of, content } };
        }
        Ok(inbound)
    }

    pub(super) async fn number(&mut self, id: NumberId) -> Result<Option<NumberRow>, Unavailable> {
        if !self.numbers.contains_key(&id) {
            let numbers = self.parts.reads.numbers().await?;
            self.numbers = numbers.into_iter().map(|number| (number.id, number)).collect();
        }
        Ok(self.numbers.get(&id).cloned())
    }

    async fn released(&mut self, entity: Entity) -> Result<(), Unavailable> {
        let positions = self.waiting.release(entity);
        self.flag(positions, false).await?;
        self.refill(entity).await
    }

    /// The backstop: rows whose hint was lost, rows whose end was not heard of, slots that have room again.
    async fn look(&mut self) -> Result<(), Unavailable> {
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
        if self.safe_mode.is_some() {
            return self.next_in_safe_mode().await;
        }
        self.scan().await
    }
}

/// The kernel's port says it in its own words.
pub(super) fn read_again(error: dashoffice_runtime::Unavailable) -> Unavailable {
    Unavailable { doing: error.doing, reason: error.reason }
}
