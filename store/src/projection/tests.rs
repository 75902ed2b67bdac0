//! What a projection comes to is what a fold of the whole journal comes to, wherever it was interrupted, and it is in nobody's way.

use super::*;
use crate::memory::{Fault, Memory};
use crate::writer::Subscription;
use dashoffice_domain::conversation::{self, Owner, OwnerReason};
use dashoffice_domain::ids::{AgentId, ConversationId, MessageId, QueueId, TenantId, ThreadId};
use dashoffice_domain::{Entity, Event};
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use dashoffice_runtime::{Commit, Draft, Journal as _, Outcome, StateRow, Unavailable};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::task::JoinHandle;

const TENANT: TenantId = TenantId(Uuid::from_u128(0xA1));
const AGENT: AgentId = AgentId(Uuid::from_u128(7));
const STEPS: [&str; 4] = ["read", "received", "folded", "written"];

/// A process over a store in memory, and who keeps its projections.
struct Process {
    store: Memory,
    runner: JoinHandle<()>,
    threads: u128,
}

impl Process {
    async fn new(seed: u64) -> Self {
        let store = Memory::new(seed, Arc::new(|| 0));
        store.own().await.unwrap();
        Self { runner: store.keep_projections(), store, threads: 0 }
    }

    async fn restarted(&mut self) {
        self.runner.abort();
        self.store = self.store.restart().await.unwrap();
        self.runner = self.store.keep_projections();
    }

    /// Something that is told of, or something that is not; the process may die of it, and another follows.
    async fn commits(&mut self, is_told: bool) {
        self.threads += 1;
        let commit = self.store.commit(commit(self.threads, self.store.term().unwrap(), is_told));
        tokio::select! {
            _ = commit => {}
            () = self.store.crashed() => self.restarted().await,
        }
    }

    /// All is folded, in this process or the next.
    async fn comes_to_rest(&mut self) {
        loop {
            let head = self.store.journal_of(TENANT).last().map_or(0, |event| event.position);
            let store = self.store.clone();
            tokio::select! {
                () = store.projected("audit", TENANT, head) => return,
                () = store.crashed() => self.restarted().await,
            }
        }
    }

    fn is_as_the_journal_says(&self) {
        let folded: Vec<AuditRecord> =
            self.store.journal_of(TENANT).iter().flat_map(audit::AUDIT.fold).map(|Row::Audit(row)| row).collect();
        // What events come to nothing after the last row is folded, and not written.
        assert_eq!(self.store.audit_of(TENANT), folded);
    }
}

fn commit(thread: u128, term: i64, is_told: bool) -> Commit<Office> {
    let (thread, conversation) = (ThreadId(Uuid::from_u128(thread)), ConversationId(Uuid::from_u128(thread)));
    let event = if is_told {
        let (from, to) = (Owner::Queue { queue: QueueId(Uuid::nil()) }, Owner::Agent { agent: AGENT });
        conversation::Event::OwnerChanged { conversation, from, to, reason: OwnerReason::Picked, clock: None }
    } else {
        let message = MessageId(Uuid::nil());
        conversation::Event::ReadUpTo { conversation, message, inbound: 1, by: AGENT }
    };
    let mut commit = Commit::of_fact(TENANT.0, Entity::Thread(thread), term, 0, thread.0);
    commit.expected_sequence = Some(0);
    commit.events = vec![Draft { id: thread.0, owner_epoch: 1, event: Event::Conversation(event) }];
    commit.state = Some(StateRow { sequence: 1, schema_version: 1, body: Vec::new() });
    commit
}

#[tokio::test(start_paused = true)]
async fn whoever_falls_at_whichever_step_comes_to_what_the_journal_says() {
    for step in STEPS {
        for times in [1, 4] {
            let mut process = Process::new(1).await;
            falls_at("projection", step, times);
            for n in 0..200 {
                process.commits(n % 3 == 0).await;
                if n % 20 == 0 {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                if n == 110 {
                    // What was committed and not folded by then is in the journal, and nobody hears of it again.
                    process.restarted().await;
                }
            }
            process.comes_to_rest().await;
            process.is_as_the_journal_says();
            assert_eq!(falls_left("projection", step), 0, "it came by {step}");
        }
    }
}

/// What happens, one after the other.
#[derive(Clone, Debug)]
enum Step {
    Told,
    Untold,
    Waits(u64),
    Falls(&'static str),
    Meets(Fault),
    Rebuilt,
    Restarted,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = prop_oneof![
        Just(Fault::DieBefore),
        Just(Fault::DieAfter),
        any::<bool>().prop_map(|applied| Fault::AnswerLost { applied }),
        Just(Fault::ToldTwice),
        (1_u64..3_000).prop_map(|ms| Fault::Unavailable { lasts: Duration::from_millis(ms) }),
    ];
    let step = prop_oneof![
        6 => Just(Step::Told),
        6 => Just(Step::Untold),
        4 => (1_u64..400).prop_map(Step::Waits),
        2 => prop::sample::select(STEPS.to_vec()).prop_map(Step::Falls),
        3 => fault.prop_map(Step::Meets),
        1 => Just(Step::Rebuilt),
        1 => Just(Step::Restarted),
    ];
    prop::collection::vec(step, 1..60)
}

async fn lives(steps: Vec<Step>) {
    let mut process = Process::new(3).await;
    for step in steps {
        match step {
            Step::Told => process.commits(true).await,
            Step::Untold => process.commits(false).await,
            Step::Waits(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Step::Falls(step) => falls_at("projection", step, 1),
            Step::Meets(fault) => process.store.next_fault(fault),
            Step::Rebuilt => {
                let store = process.store.clone();
                tokio::select! {
                    _ = store.rebuild("audit", TENANT) => {}
                    () = store.crashed() => process.restarted().await,
                }
            }
            Step::Restarted => process.restarted().await,
        }
        if process.store.term().is_none() {
            process.restarted().await;
        }
    }
    process.comes_to_rest().await;
    process.is_as_the_journal_says();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_it_a_projection_is_a_fold_of_the_whole_journal(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(lives(steps));
    }
}

static IS_BROKEN: AtomicBool = AtomicBool::new(true);
/// Fails at what is not told, until it is mended.
static TOY: Projection = Projection { name: "toy", fold: breaks };
static BOTH: [&Projection; 2] = [&TOY, &audit::AUDIT];

fn breaks(envelope: &Envelope<Office>) -> Vec<Row> {
    let is_told = envelope.event.deed(envelope.entity).is_some();
    assert!(is_told || !IS_BROKEN.load(SeqCst), "told to fall");
    Vec::new()
}

#[tokio::test(start_paused = true)]
async fn a_projection_that_fails_stops_alone_is_shown_and_goes_on_when_it_is_mended() {
    let mut process = Process::new(1).await;
    process.runner.abort();
    let progress = Arc::<Progress>::default();
    process.runner = keep::keep_these(process.store.clone(), Arc::clone(&progress), &BOTH);
    process.commits(true).await;
    progress.comes_to(("toy", TENANT.0), 1).await;
    process.commits(false).await;
    process.commits(true).await;
    progress.comes_to(("audit", TENANT.0), 3).await;
    tokio::time::sleep(Duration::from_mins(2)).await;
    let lag = |name| progress.lag(name, 1_000_000);
    assert_eq!(lag("toy"), Lag { events: 2, oldest_us: 1_000_000, stopped: 1 });
    assert_eq!(lag("audit"), Lag::default());
    let commit = process.store.commit(commit(9, process.store.term().unwrap(), true));
    assert_eq!(commit.await, Outcome::Committed { position: 4 }, "nobody waits for it");
    IS_BROKEN.store(false, SeqCst);
    progress.comes_to(("toy", TENANT.0), 4).await;
    assert_eq!(lag("toy"), Lag::default());
    process.is_as_the_journal_says();
}

/// A store whose journal is read seldom: how often, is counted.
#[derive(Clone)]
struct Counted {
    store: Memory,
    reads: Arc<AtomicUsize>,
}

impl Source for Counted {
    fn is_ours(&self) -> bool {
        self.store.is_ours()
    }

    async fn heads(&self) -> Result<Vec<(Uuid, i64)>, Unavailable> {
        self.store.heads().await
    }

    async fn cursor(&self, projection: &'static str, tenant: Uuid) -> Result<i64, Unavailable> {
        self.store.cursor(projection, tenant).await
    }

    async fn journal(&self, tenant: Uuid, after: i64, limit: u32) -> Result<Vec<Recorded>, Unavailable> {
        self.reads.fetch_add(1, SeqCst);
        self.store.journal(tenant, after, limit).await
    }

    async fn project(&self, projected: Projected) -> Outcome {
        self.store.project(projected).await
    }

    async fn settled(&self) -> Result<(), Unavailable> {
        self.store.settled().await
    }

    fn subscribe(&self) -> Subscription {
        Source::subscribe(&self.store)
    }

    fn now(&self) -> i64 {
        Source::now(&self.store)
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_feed_brought_is_not_read_and_what_is_missed_is() {
    let mut process = Process::new(1).await;
    process.runner.abort();
    for _ in 0..10 {
        process.commits(true).await;
    }
    let (progress, reads) = (Arc::<Progress>::default(), Arc::<AtomicUsize>::default());
    let counted = Counted { store: process.store.clone(), reads: Arc::clone(&reads) };
    process.runner = keep::keep_these(counted, Arc::clone(&progress), &PROJECTIONS);
    progress.comes_to(("audit", TENANT.0), 10).await;
    let at_the_start = reads.load(SeqCst);
    assert!(at_the_start > 0, "nobody told of what had been before");
    for n in 0..500 {
        process.commits(n % 3 == 0).await;
        if n % 10 == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    progress.comes_to(("audit", TENANT.0), 510).await;
    assert_eq!(reads.load(SeqCst), at_the_start, "the feed brought all of it");
    // More at once than waits for anybody.
    for _ in 0..2_000 {
        process.commits(true).await;
    }
    progress.comes_to(("audit", TENANT.0), 2_510).await;
    assert!(reads.load(SeqCst) > at_the_start);
    process.is_as_the_journal_says();
}

#[tokio::test(start_paused = true)]
async fn what_comes_to_no_rows_is_hardly_written() {
    let mut process = Process::new(1).await;
    for n in 0..2_500 {
        process.commits(false).await;
        if n % 100 == 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    process.comes_to_rest().await;
    assert_eq!(process.store.inspect().low_jobs, 2, "once in a thousand events");
    process.commits(true).await;
    process.comes_to_rest().await;
    process.is_as_the_journal_says();
}
