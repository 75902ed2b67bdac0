//! A process of the toy world, with a host on a journal: started, crashed, started again.

use super::toy::{Adder, Shared, TENANT, Toy, ToyJournal, World};
use crate::behaviour::Provenance;
use crate::clock::{Clock, Ids, TokioClock};
use crate::commit::Take;
use crate::host::{Host, HostSettings, Question, Surroundings};
use crate::journal::Journal;
use crate::order::{AskError, NotTaken, Order, Settled};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// One process: a host over the journal, which outlives it.
pub(super) struct Process {
    pub(super) journal: Arc<ToyJournal>,
    pub(super) port: Arc<dyn Journal<World>>,
    pub(super) host: Host<World, Adder>,
    pub(super) releases: mpsc::UnboundedReceiver<(Uuid, u32)>,
    settled: mpsc::UnboundedSender<Settled<World>>,
    pub(super) endings: mpsc::UnboundedReceiver<Settled<World>>,
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(TokioClock::showing(1_700_000_000_000_000))
}

impl Process {
    pub(super) async fn fresh() -> Self {
        Self::over(Arc::default(), Adder { schema_version: 1 }, HostSettings::default()).await
    }

    pub(super) async fn over(journal: Arc<ToyJournal>, adder: Adder, settings: HostSettings) -> Self {
        let port: Arc<dyn Journal<World>> = Arc::new(Shared(Arc::clone(&journal)));
        let clock = clock();
        let around = Surroundings::new(Arc::clone(&port), Arc::clone(&clock), Arc::new(Ids::from_seed(clock, 7)));
        let (host, releases) = Host::start(around, adder, settings).await.unwrap();
        let (settled, endings) = mpsc::unbounded_channel();
        Self { journal, port, host, releases, settled, endings }
    }

    /// A row into the inbox, as a webhook's commit would write it. Its position.
    pub(super) fn store(&self, entity: u32, item: Toy) -> i64 {
        let mut shelf = self.journal.shelf();
        shelf.next_row += 1;
        let position = shelf.next_row;
        shelf.inbox.insert(position, (entity, item, 0, false));
        position
    }

    /// Hands a stored row to its entity.
    pub(super) fn hint(&self, position: i64) -> Result<(), NotTaken> {
        let Some((entity, item, ..)) = self.journal.shelf().inbox.get(&position).cloned() else { return Ok(()) };
        let order = Order::taken(item, Provenance::default(), Take::Inbox(position), Some(self.settled.clone()));
        self.host.deliver(TENANT, entity, order)
    }

    pub(super) fn arrives(&self, entity: u32, item: Toy) -> i64 {
        let position = self.store(entity, item);
        self.hint(position).expect("there is room");
        position
    }

    pub(super) async fn asks(&self, entity: u32, key: u128, item: Toy) -> Result<i64, AskError> {
        self.asks_with(entity, key, [0; 32], item).await
    }

    pub(super) async fn asks_with(
        &self,
        entity: u32,
        key: u128,
        fingerprint: [u8; 32],
        item: Toy,
    ) -> Result<i64, AskError> {
        let question = Question {
            principal: Uuid::nil(),
            key: Uuid::from_u128(key),
            fingerprint,
            item,
            provenance: Provenance::default(),
        };
        let answer = self.host.ask(TENANT, entity, question).await?;
        Ok(i64::from_le_bytes(answer.try_into().unwrap()))
    }

    /// Waits until the inbox is empty (of rows that are not held) and nothing is in a slot.
    pub(super) async fn is_quiet(&self) {
        let quiet = async {
            loop {
                let waiting = self.journal.shelf().inbox.values().filter(|row| !row.3).count();
                let snapshot = self.host.inspect();
                if waiting == 0 && snapshot.queued == 0 && snapshot.in_flight == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(10), quiet).await.expect("it becomes quiet");
    }

    /// What was added to an entity, in the order of its events.
    pub(super) fn added(&self, entity: u32) -> Vec<i64> {
        let shelf = self.journal.shelf();
        let events: Vec<_> = shelf.events.iter().filter(|event| event.entity == entity).collect();
        for (n, event) in events.iter().enumerate() {
            assert_eq!(event.sequence, n as i64 + 1, "sequences have no gaps");
        }
        events.iter().map(|event| event.event.0).collect()
    }
}
