//! The world of one run: the store on its disk, the process that dies and comes back, customers who insist, and the checks.

use crate::provider::Provider;
use dashoffice_actors::answerer::AnswererSettings;
use dashoffice_actors::feed::Heard;
use dashoffice_domain::ids::{AgentId, AppId, NumberId, QueueId, TenantId, ThreadId};
use dashoffice_domain::message::{Direction, Status};
use dashoffice_domain::outgoing::StatusNews;
use dashoffice_domain::ports::{Arrival, Channels, Delivery, Line, NumberRow, Secret};
use dashoffice_domain::routing::{CHAT_UNITS, QueueSettings};
use dashoffice_domain::thread::Owner;
use dashoffice_domain::{Event, Timestamp};
use dashoffice_runtime::{Clock, Ids, Journal, TokioClock};
use dashoffice_store::memory::{Chances, Memory};
use dashoffice_store::{Feed, Provision};
use dashoffice_supervisors::{Office, OfficeParts, OfficeSettings, TenantParts};
use futures_util::stream::unfold;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const QUEUE: QueueId = QueueId(Uuid::from_u128(2));
const NUMBER: NumberId = NumberId(Uuid::from_u128(3));
const APP: AppId = AppId(Uuid::from_u128(4));
const CUSTOMERS: usize = 12;
const MESSAGES: usize = 8;
const AGENTS: u128 = 3;

/// How bad a day it is: deaths, lost answers, dropped or doubled hints and absences in a thousand transactions; the share of posts
/// that fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mischief {
    pub(crate) deaths: u32,
    pub(crate) lost_answers: u32,
    pub(crate) hints: u32,
    pub(crate) absences: u32,
    pub(crate) provider: f64,
}

pub(crate) struct World {
    mischief: Mischief,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    provider: Arc<Provider>,
    /// The incarnation that lives now.
    store: Arc<Mutex<Memory>>,
    office: Option<Arc<Office>>,
    /// By customer, in order: what was answered 200.
    acknowledged: Arc<Mutex<BTreeMap<usize, Vec<String>>>>,
    seed: u64,
    deaths: u32,
}

impl World {
    pub(crate) async fn begin(seed: u64, mischief: Mischief) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::showing(1_700_000_000_000_000));
        let ids = Arc::new(Ids::from_seed(Arc::clone(&clock), seed));
        let ticking = Arc::clone(&clock);
        let store = Memory::new(seed, Arc::new(move || ticking.now()));
        store.own().await.unwrap();
        provision(&store).await;
        store.set_chances(Chances {
            die_before: mischief.deaths,
            die_after: mischief.deaths,
            answer_lost: mischief.lost_answers,
            told_twice: mischief.hints,
            hint_twice: mischief.hints,
            hint_dropped: mischief.hints,
            unavailable: mischief.absences,
            slowest: Duration::from_millis(3),
        });
        let provider = Arc::new(Provider::new(seed, mischief.provider));
        let mut world = Self {
            mischief,
            clock,
            ids,
            provider,
            store: Arc::new(Mutex::new(store)),
            office: None,
            acknowledged: Arc::default(),
            seed,
            deaths: 0,
        };
        world.open().await;
        world
    }

    fn store(&self) -> Memory {
        self.store.lock().unwrap().clone()
    }

    /// Stands an office up over the living incarnation; it may die while it does.
    async fn open(&mut self) {
        loop {
            let store = self.store();
            let feed = Box::pin(unfold(store.subscribe(), |mut subscription| async {
                let heard = match subscription.next().await? {
                    Feed::Batch(batch) => Heard::Batch(Arc::unwrap_or_clone(batch)),
                    Feed::Lagged => Heard::Missed,
                };
                Some((heard, subscription))
            }));
            let arrivals = Box::pin(unfold(store.subscribe_arrivals(TENANT), |mut subscription| async {
                let rows = match subscription.next().await? {
                    Feed::Batch(rows) => Arc::unwrap_or_clone(rows),
                    Feed::Lagged => Vec::new(),
                };
                Some((rows, subscription))
            }));
            let journal: Arc<dyn Journal<dashoffice_actors::Office>> = Arc::new(store.clone());
            let answerer = AnswererSettings {
                agents: (0..AGENTS).map(agent).collect(),
                words: Arc::new(|_, lot| if lot % 2 == 0 { "claro" } else { "um momento" }.into()),
                pause: Duration::from_millis(400),
                closes_one_in: 3,
            };
            let parts = OfficeParts {
                instance: self.ids.next(),
                journal,
                tenants: vec![TenantParts { reads: store.tenant_reads(TENANT), arrivals, live: None }],
                feed,
                files: None,
                channels: Channels(vec![self.provider.clone()]),
                clock: Arc::clone(&self.clock),
                ids: Arc::clone(&self.ids),
                settings: OfficeSettings { answerer: Some(answerer), ..OfficeSettings::default() }.into(),
            };
            tokio::select! {
                opened = Office::open(parts) => if let Ok(office) = opened {
                    self.office = Some(office);
                    return;
                },
                () = store.crashed() => self.restart().await,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn restart(&mut self) {
        self.deaths += 1;
        if let Some(office) = self.office.take() {
            office.crash();
        }
        let dead = self.store();
        let next = dead.restart().await.unwrap();
        *self.store.lock().unwrap() = next;
    }

    /// Customers write, the provider reports, the process dies and comes back; then everything heals and comes to rest.
    pub(crate) async fn day(&mut self) {
        let customers: Vec<JoinHandle<()>> = (0..CUSTOMERS).map(|customer| self.customer(customer)).collect();
        let reporter = self.reporter();
        let mut chance = StdRng::seed_from_u64(self.seed);
        while !customers.iter().all(JoinHandle::is_finished) {
            self.live_on(Duration::from_millis(200)).await;
            if self.mischief.deaths > 0 && chance.random_bool(0.02) {
                self.store().crash();
            }
            if self.mischief.deaths > 0
                && chance.random_bool(0.02)
                && let Some(office) = &self.office
            {
                office.kill_stations();
            }
        }
        self.store().set_chances(Chances::default());
        for _ in 0..3_000 {
            self.live_on(Duration::from_millis(100)).await;
            let unfinished = self.store().unfinished(TENANT);
            if unfinished.inbox + unfinished.outbox == 0 {
                // Perhaps somebody still thinks about an answer.
                self.live_on(Duration::from_secs(6)).await;
                let unfinished = self.store().unfinished(TENANT);
                if unfinished.inbox + unfinished.outbox == 0 {
                    break;
                }
            }
        }
        reporter.abort();
    }

    async fn live_on(&mut self, span: Duration) {
        let store = self.store();
        tokio::select! {
            () = store.crashed() => {
                self.restart().await;
                self.open().await;
            }
            () = tokio::time::sleep(span) => {}
        }
    }

    /// Writes one message after the other; each is posted again until it is answered.
    fn customer(&self, customer: usize) -> JoinHandle<()> {
        let (store, acknowledged, clock) =
            (Arc::clone(&self.store), Arc::clone(&self.acknowledged), Arc::clone(&self.clock));
        let mut chance = StdRng::seed_from_u64(self.seed * 1_000 + customer as u64);
        dashoffice_runtime::task::spawn("customer", async move {
            for n in 0..MESSAGES {
                tokio::time::sleep(Duration::from_millis(chance.random_range(0..4_000))).await;
                let wamid = format!("in.{customer}.{n}");
                let said_at = Timestamp(clock.now() / 1_000_000 * 1_000_000);
                loop {
                    let delivery = Delivery {
                        arrivals: vec![Arrival {
                            number: NUMBER,
                            dedupe_key: wamid.clone(),
                            raw: Provider::item(customer, &wamid, said_at),
                        }],
                        received_at: Timestamp(clock.now()),
                        correlation: Uuid::from_u128(chance.random()),
                        ..Delivery::default()
                    };
                    let living = store.lock().unwrap().clone();
                    let answer =
                        tokio::time::timeout(Duration::from_secs(2), living.inbox(TENANT).accept(delivery)).await;
                    // Some answers are lost on their way back, and the provider posts again.
                    if matches!(answer, Ok(Ok(_))) && !chance.random_bool(0.1) {
                        acknowledged.lock().unwrap().entry(customer).or_default().push(wamid);
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(chance.random_range(10..300))).await;
                }
            }
        })
    }

    /// Sends the statuses of what the provider took, late, out of order and twice.
    fn reporter(&self) -> JoinHandle<()> {
        let (store, ledger, clock) =
            (Arc::clone(&self.store), Arc::clone(&self.provider.ledger), Arc::clone(&self.clock));
        let mut chance = StdRng::seed_from_u64(self.seed + 77);
        dashoffice_runtime::task::spawn("reporter", async move {
            let mut told = HashMap::<usize, u32>::new();
            loop {
                tokio::time::sleep(Duration::from_millis(chance.random_range(150..900))).await;
                let taken = ledger.lock().unwrap().taken.clone();
                if taken.is_empty() {
                    continue;
                }
                let which = chance.random_range(0..taken.len());
                let all = [Status::Sent, Status::Delivered, Status::Read];
                let status = all[chance.random_range(0..3)];
                let (message, wamid) = taken[which].clone();
                let news = StatusNews {
                    number: NUMBER,
                    provider_message_id: wamid,
                    message: chance.random_bool(0.7).then_some(message),
                    status,
                    at: Timestamp(clock.now()),
                    error: None,
                };
                let received_at = Timestamp(clock.now());
                let delivery = Delivery { statuses: vec![news], received_at, ..Delivery::default() };
                let living = store.lock().unwrap().clone();
                let answer = tokio::time::timeout(Duration::from_secs(2), living.inbox(TENANT).accept(delivery)).await;
                if matches!(answer, Ok(Ok(_))) {
                    *told.entry(which).or_default() += 1;
                }
            }
        })
    }

    /// Everything that was promised.
    pub(crate) fn check(&self) {
        let store = self.store();
        let unfinished = store.unfinished(TENANT);
        assert_eq!((unfinished.inbox, unfinished.outbox, unfinished.dead), (0, 0, 0), "everything came to its end");
        self.check_inbound(&store);
        Self::check_owners(&store);
        self.check_replies(&store);
    }

    fn check_inbound(&self, store: &Memory) {
        let mut stored: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut threads: HashMap<String, ThreadId> = HashMap::new();
        for message in store.messages_of(TENANT) {
            if message.direction == Direction::Inbound {
                let wamid = message.provider_message_id.expect("an inbound message has the provider's id");
                let (customer, n) = wamid.rsplit_once('.').expect("as we made it");
                stored.entry(customer.to_owned()).or_default().push(n.parse().unwrap());
                let thread = *threads.entry(customer.to_owned()).or_insert(message.thread);
                assert_eq!(thread, message.thread, "one customer, one thread");
            }
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        for (customer, wamids) in acknowledged.iter() {
            assert_eq!(wamids.len(), MESSAGES);
            let stored = stored.get(&format!("in.{customer}")).cloned().unwrap_or_default();
            assert_eq!(
                stored,
                (0..MESSAGES).collect::<Vec<_>>(),
                "A1, A2, I13: each once, in order (customer {customer})"
            );
        }
    }

    /// I1, I2, I4, I12, I17 by the journal alone.
    fn check_owners(store: &Memory) {
        let mut owners: HashMap<Uuid, (Owner, i64)> = HashMap::new();
        let mut sequences: HashMap<Uuid, i64> = HashMap::new();
        for (n, envelope) in store.journal_of(TENANT).iter().enumerate() {
            assert_eq!(envelope.position, n as i64 + 1, "positions have no gaps");
            let sequence = sequences.entry(envelope.entity.id()).or_default();
            *sequence += 1;
            assert_eq!(envelope.sequence, *sequence, "sequences have no gaps");
            let Event::OwnerChanged { from, to, .. } = &envelope.event else { continue };
            let known = owners.entry(envelope.entity.id()).or_insert((Owner::Nobody, 0));
            assert_eq!(&known.0, from, "I1, I17: from whoever had it");
            assert_eq!(envelope.owner_epoch, known.1 + 1, "I12: by one");
            *known = (to.clone(), envelope.owner_epoch);
            for n in 0..AGENTS {
                let held = owners.values().filter(|(owner, _)| owner.agent() == Some(agent(n))).count() as i64;
                assert!(held * CHAT_UNITS <= 100, "I4: never over capacity");
            }
        }
        assert_eq!(owners.len(), CUSTOMERS, "one thread a customer");
    }

    fn check_replies(&self, store: &Memory) {
        let ledger = self.provider.ledger.lock().unwrap();
        let mut taken = HashSet::new();
        for (message, _) in &ledger.taken {
            assert!(taken.insert(*message), "A7: the provider was given the same message twice");
        }
        let mut answered = HashSet::new();
        for message in store.messages_of(TENANT) {
            if message.direction == Direction::Inbound {
                continue;
            }
            answered.insert(message.thread);
            match message.status {
                Status::Sent | Status::Delivered | Status::Read => {
                    assert!(taken.contains(&message.id), "sent, says we, and the provider never had it");
                }
                Status::Failed => assert!(!taken.contains(&message.id), "failed, and the provider had it"),
                Status::Unknown => {
                    assert!(self.deaths > 0 || self.mischief.provider > 0.0, "unknown, though nobody died");
                }
                other => panic!("a reply ends {other:?}"),
            }
        }
        assert_eq!(answered.len(), CUSTOMERS, "every customer was answered");
    }
}

async fn provision(store: &Memory) {
    let number = NumberRow {
        id: NUMBER,
        provider: "glass".into(),
        display_name: "Ventas".into(),
        display_phone_number: "+55 11 0000".into(),
        queue: QUEUE,
        line: Line { provider_ref: "1".into(), access_token: Secret("t".into()), api_base: None },
        account_ref: None,
    };
    let settings = QueueSettings { members: (0..AGENTS).map(agent).collect(), ..QueueSettings::usual(QUEUE, "Ventas") };
    let app = Provision::App {
        tenant: TENANT,
        id: APP,
        provider: "glass".into(),
        app_secret: Secret("s".into()),
        verify_token: Secret("v".into()),
        url_token: Secret("u".into()),
    };
    let agents = (0..AGENTS).map(|n| Provision::Agent { tenant: TENANT, id: agent(n), capacity_units: 100 });
    let first =
        [Provision::Tenant { id: TENANT, name: "Loja".into() }, Provision::Queue { tenant: TENANT, settings }, app];
    let all = first.into_iter().chain(agents).chain([Provision::Number { tenant: TENANT, app: APP, number }]);
    for provision in all {
        store.provision(provision).await.unwrap();
    }
}

fn agent(n: u128) -> AgentId {
    AgentId(Uuid::from_u128(100 + n))
}
