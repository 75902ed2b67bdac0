//! What the writer promises, whatever it writes to: A5, A11.

use super::*;
use crate::judge::TenantChanges;
use dashoffice_domain::Entity;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{AgentId, UserId};
use dashoffice_domain::ports::Delivery;
use dashoffice_runtime::{Commit, Outcome};
use futures_util::FutureExt as _;
use std::collections::VecDeque;
use std::sync::atomic::AtomicU32;
use tokio::sync::mpsc;

/// A ledger that does what the test says, when the test says so.
struct Told {
    answers: mpsc::UnboundedReceiver<Transacted>,
    batches: mpsc::UnboundedSender<usize>,
    poison: Option<Uuid>,
    /// How often it was tidied; there is always more to tidy.
    tidied: Arc<AtomicU32>,
}

/// Whoever writes for this tenant panics.
const DEADLY: Uuid = Uuid::from_u128(666);

impl Ledger for Told {
    fn transact<'a>(&'a mut self, jobs: &'a [Arc<Job>]) -> BoxFuture<'a, Transacted> {
        Box::pin(async move {
            self.batches.send(jobs.len()).expect("the test listens");
            assert!(jobs.iter().all(|job| job.tenant() != DEADLY), "told to fall");
            if let Some(poison) = self.poison {
                if jobs.iter().any(|job| job.tenant() == poison) {
                    return Transacted::Refused("poison".to_owned());
                }
                return committed(jobs.len());
            }
            self.answers.recv().await.expect("the test says what happens")
        })
    }

    fn tidy(&mut self, _: Timestamp) -> BoxFuture<'_, Tidied> {
        self.tidied.fetch_add(1, Relaxed);
        Box::pin(std::future::ready(Tidied::Done { orphan_statuses: None }))
    }

    fn waiting(&mut self) -> BoxFuture<'_, Option<Vec<Waiting>>> {
        Box::pin(std::future::ready(Some(Vec::new())))
    }
}

fn committed(jobs: usize) -> Transacted {
    let answer = Answer::Commit(Outcome::Committed { position: 1 });
    Transacted::Decided(vec![JobResult::quiet(answer); jobs])
}

fn commit(tenant: u128) -> Commit<Office> {
    Commit {
        tenant: Uuid::from_u128(tenant),
        entity: Entity::Agent(AgentId(Uuid::nil())),
        expected_sequence: None,
        term: 1,
        take: vec![],
        guard: None,
        events: vec![],
        state: None,
        rows: vec![],
        timers: vec![],
        tells: vec![],
        command_result: None,
        at: 0,
        actor: Principal::SYSTEM,
        cause: Uuid::nil(),
        correlation: Uuid::nil(),
    }
}

struct Bench {
    handle: Handle,
    say: mpsc::UnboundedSender<Transacted>,
    batches: mpsc::UnboundedReceiver<usize>,
    tidied: Arc<AtomicU32>,
}

fn bench(poison: Option<Uuid>) -> Bench {
    let (say, answers) = mpsc::unbounded_channel();
    let (told, batches) = mpsc::unbounded_channel();
    let tidied = Arc::<AtomicU32>::default();
    let ledger = Told { answers, batches: told, poison, tidied: tidied.clone() };
    let handle = start(ledger, Arc::new(|| 0), Admission::default());
    Bench { handle, say, batches, tidied }
}

#[tokio::test]
async fn a11_nobody_is_answered_before_the_commit_is_on_disk() {
    let mut bench = bench(None);
    let mut feed = bench.handle.subscribe();
    let mut asked = Box::pin(bench.handle.commit(commit(1)));
    let handle = bench.handle.clone();
    let mut accepted = Box::pin(async move { handle.keep(Uuid::from_u128(1), Delivery::default()).await });
    assert_eq!(bench.batches.recv().await, Some(1), "the transaction is under way");
    // The disk takes its time: however often anybody looks, there is no answer and no news.
    for _ in 0..100 {
        tokio::select! {
            biased;
            outcome = &mut asked => panic!("answered {outcome:?}"),
            receipt = &mut accepted => panic!("answered {receipt:?}"),
            () = tokio::task::yield_now() => {}
        }
        assert!(feed.try_next().is_none());
    }
    bench.say.send(committed(1)).unwrap();
    assert_eq!(asked.await, Outcome::Committed { position: 1 });
}

#[tokio::test(start_paused = true)]
async fn c7_what_is_too_old_is_thrown_away_however_much_waits_to_be_written() {
    let mut bench = bench(None);
    let mut asked = vec![bench.handle.commit(commit(1))];
    for _ in 0..1_000 {
        bench.batches.recv().await.unwrap();
        // The next one waits before this one is answered: the writer never rests.
        asked.push(bench.handle.commit(commit(1)));
        tokio::time::sleep(Duration::from_millis(100)).await;
        bench.say.send(committed(1)).unwrap();
    }
    let tidied = bench.tidied.load(Relaxed);
    assert!((3..=5).contains(&tidied), "as often as at rest, in a hundred seconds: {tidied}");
}

#[tokio::test]
async fn a5_whatever_waits_goes_into_the_next_transaction_together() {
    let mut bench = bench(None);
    let first = bench.handle.commit(commit(1));
    assert_eq!(bench.batches.recv().await, Some(1), "nobody lingers");
    let rest: Vec<_> = (0..9).map(|_| bench.handle.commit(commit(1))).collect();
    bench.say.send(committed(1)).unwrap();
    assert_eq!(bench.batches.recv().await, Some(9));
    bench.say.send(committed(9)).unwrap();
    assert_eq!(first.await, Outcome::Committed { position: 1 });
    for asked in rest {
        assert_eq!(asked.await, Outcome::Committed { position: 1 });
    }
}

#[tokio::test]
async fn a5_a_refused_batch_is_halved_until_the_bad_job_stands_alone() {
    let bench = bench(Some(Uuid::from_u128(7)));
    let asked: Vec<_> = (0..16).map(|tenant| bench.handle.commit(commit(tenant))).collect();
    let outcomes = futures_util::future::join_all(asked).await;
    for (tenant, outcome) in outcomes.into_iter().enumerate() {
        if tenant == 7 {
            assert_eq!(outcome, Outcome::Rejected { reason: "poison".to_owned() });
        } else {
            assert_eq!(outcome, Outcome::Committed { position: 1 });
        }
    }
}

#[tokio::test]
async fn a4_after_a_commit_without_an_answer_all_is_unknown_and_everybody_looks_again() {
    let mut bench = bench(None);
    let mut feed = bench.handle.subscribe();
    let asked = bench.handle.commit(commit(1));
    bench.batches.recv().await;
    bench.say.send(Transacted::Unknown("the disk is gone".to_owned())).unwrap();
    assert_eq!(asked.await, Outcome::Unknown);
    assert!(matches!(feed.try_next(), Some(Feed::Lagged)));
    let asked = bench.handle.commit(commit(1));
    assert_eq!(bench.batches.recv().await, Some(1), "the next one is tried, the last one is not repeated");
    bench.say.send(Transacted::Unavailable("away".to_owned())).unwrap();
    assert_eq!(asked.await, Outcome::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a5_a_writer_that_falls_is_followed_and_everybody_looks_again() {
    let mut bench = bench(None);
    let mut feed = bench.handle.subscribe();
    assert_eq!(bench.handle.commit(commit(DEADLY.as_u128())).await, Outcome::Unknown, "nobody knows");
    bench.batches.recv().await;
    let asked = bench.handle.commit(commit(1));
    assert_eq!(bench.batches.recv().await, Some(1));
    bench.say.send(committed(1)).unwrap();
    assert_eq!(asked.await, Outcome::Committed { position: 1 });
    assert!(matches!(feed.try_next(), Some(Feed::Lagged)));
    bench.handle.barrier().await.expect("there is a writer");
    bench.handle.end().await;
    assert_eq!(bench.handle.commit(commit(1)).await, Outcome::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_written_unseen_makes_everybodys_rights_be_read_again() {
    let mut bench = bench(None);
    let anybody = (TenantId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
    let handle = bench.handle.clone();
    let rights = handle.rights();
    let mut transacts = async |transacted: Transacted, settles: bool| {
        let before = rights.as_of();
        let asked = handle.clone();
        let asked: BoxFuture<'_, ()> = Box::pin(async move {
            if settles {
                drop(asked.admin_write("taking over", AdminWrite::SettleInterrupted { under_way: [].into() }).await);
            } else {
                drop(asked.commit(commit(1)).await);
            }
        });
        bench.say.send(transacted).unwrap();
        asked.await;
        bench.batches.recv().await;
        rights.changed_since(before, anybody)
    };
    let settled = || Transacted::Decided(vec![JobResult::quiet(Answer::Count(0))]);
    assert!(!transacts(committed(1), false).await, "nobody's changed");
    assert!(transacts(Transacted::Unknown("no answer".to_owned()), false).await, "it may be on disk");
    assert!(transacts(committed(1), false).await, "it may be on disk since");
    assert!(!transacts(committed(1), false).await);
    assert!(transacts(settled(), true).await, "another process owned the store before");
    let before = rights.as_of();
    assert_eq!(handle.commit(commit(DEADLY.as_u128())).await, Outcome::Unknown);
    handle.barrier().await.expect("another writer follows");
    assert!(rights.changed_since(before, anybody), "the one that fell may have written it");
}

#[tokio::test]
async fn a_closed_writer_decides_what_it_has_and_takes_nothing_more() {
    let mut bench = bench(None);
    let asked = bench.handle.commit(commit(1));
    bench.batches.recv().await;
    let ending = bench.handle.end();
    bench.say.send(committed(1)).unwrap();
    ending.await;
    assert_eq!(asked.await, Outcome::Committed { position: 1 });
    assert_eq!(bench.handle.commit(commit(1)).await, Outcome::Unavailable);
    assert!(bench.handle.barrier().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_low_lane_waits_while_others_write_and_never_for_more_than_its_patience() {
    let mut bench = bench(None);
    let handle = bench.handle.clone();
    let mut low = Box::pin(async move { handle.administer_low(vec![commit(1), commit(2)]).await });
    let mut asked = vec![bench.handle.commit(commit(1))];
    let began = Instant::now();
    while (&mut low).now_or_never().is_none() {
        bench.batches.recv().await.unwrap();
        // The next one waits before this one is answered: the writer never rests.
        asked.push(bench.handle.commit(commit(1)));
        tokio::time::sleep(Duration::from_millis(100)).await;
        bench.say.send(committed(1)).unwrap();
        tokio::task::yield_now().await;
    }
    let waited = began.elapsed();
    assert!(waited >= low::PATIENCE && waited < low::PATIENCE + Duration::from_millis(500), "{waited:?}");
    let seen = bench.handle.inspect(None);
    assert_eq!((seen.low_jobs, seen.low_waiting), (1, 0));
    assert!(seen.low_longest_wait_us >= 2_000_000, "{seen:?}");
    assert!(asked.len() > 15, "others were written meanwhile");
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_the_low_lane_when_the_writer_ends_is_answered_and_not_done() {
    let mut bench = bench(None);
    let asked = bench.handle.commit(commit(1));
    bench.batches.recv().await;
    // More than there is room for: some wait before the lane.
    let low: Vec<_> = (0..3 * ROOM)
        .map(|_| {
            let handle = bench.handle.clone();
            dashoffice_runtime::task::spawn("low", async move { handle.administer_low(vec![commit(1)]).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(bench.handle.inspect(None).low_waiting as usize, 3 * ROOM);
    let ending = bench.handle.end();
    bench.say.send(committed(1)).unwrap();
    ending.await;
    assert_eq!(asked.await, Outcome::Committed { position: 1 });
    for low in low {
        assert_eq!(low.await.unwrap(), Outcome::Unavailable);
    }
    assert!(bench.batches.try_recv().is_err(), "nothing of it was written");
}

#[test]
fn news_of_one_tenant_are_told_together_in_order() {
    let gone =
        |tenant: u128, position| TenantChanges { gone: vec![position], ..TenantChanges::of(Uuid::from_u128(tenant)) };
    let together: VecDeque<TenantChanges> = by_tenant([gone(1, 1), gone(2, 1), gone(1, 2)].into_iter()).into();
    assert_eq!(together.len(), 2);
    assert_eq!(together[0].gone, [1, 2]);
}
