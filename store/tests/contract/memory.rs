//! Crash points: each does what it says, and nothing that was committed is lost (A3, A4).

use crate::desk::*;
use dashoffice_domain::Entity;
use dashoffice_runtime::{Journal as _, Outcome};
use dashoffice_store::Feed;
use dashoffice_store::memory::{Chances, Fault, Memory};
use futures_util::FutureExt as _;
use std::time::Duration;

fn memory(desk: &Desk) -> Memory {
    match &desk.kept {
        Kept::Memory(memory) => memory.clone(),
        Kept::Sql(_) => unreachable!("it was asked for in memory"),
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_process_that_dies_before_the_commit_leaves_no_trace_and_one_after_it_loses_nothing() {
    for (fault, on_disk) in [(Fault::DieBefore, false), (Fault::DieAfter, true)] {
        let desk = Desk::memory().await;
        let store = memory(&desk);
        let thread = fresh();
        store.next_fault(fault);
        let mut commit = Box::pin(store.commit(desk.thread_commit(thread, 0)));
        tokio::select! {
            outcome = &mut commit => panic!("answered by a dead process: {outcome:?}"),
            () = store.crashed() => {}
        }
        assert_eq!(store.term(), None);
        assert!(commit.now_or_never().is_none(), "never answered");
        let read = store.load(TENANT.0, Entity::Thread(thread));
        assert!(tokio::time::timeout(Duration::from_hours(1), read).await.is_err(), "a dead process reads nothing");
        let next = store.restart().await.unwrap();
        assert_eq!(next.term(), Some(2));
        let state = next.load(TENANT.0, Entity::Thread(thread)).await.unwrap();
        assert_eq!(state.is_some(), on_disk, "{fault:?}");
        assert_eq!(next.journal_of(TENANT).len(), SET_UP as usize + usize::from(on_disk));
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_process_that_loses_the_store_and_owns_it_anew_is_answered_by_what_the_store_is_then() {
    for (fault, on_disk) in [(Fault::DieBefore, false), (Fault::DieAfter, true)] {
        let desk = Desk::memory().await;
        let old = memory(&desk);
        let thread = fresh();
        old.next_fault(fault);
        let mut under_way = Box::pin(old.commit(desk.thread_commit(thread, 0)));
        let later = desk.thread_commit(fresh(), 0);
        tokio::select! {
            outcome = &mut under_way => panic!("answered by nobody: {outcome:?}"),
            () = old.crashed() => {}
        }
        let mut asked_meanwhile = Box::pin(old.load(TENANT.0, Entity::Thread(thread)));
        assert!((&mut asked_meanwhile).now_or_never().is_none(), "not before it is owned");
        let next = old.reopen([].into()).await.unwrap();
        assert_eq!(under_way.await, Outcome::Unknown);
        assert_eq!(asked_meanwhile.await.unwrap().is_some(), on_disk, "{fault:?}");
        assert_eq!((old.term(), next.term()), (Some(2), Some(2)));
        assert_eq!(old.commit(later.clone()).await, Outcome::Conflict, "under the term that was");
        let again = dashoffice_runtime::Commit { term: 2, ..later };
        assert!(matches!(old.commit(again).await, Outcome::Committed { .. }), "as one store, whoever asks");
        assert_eq!(old.barrier().await, Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a4_an_unknown_commit_may_or_may_not_be_on_disk_and_everybody_looks_again() {
    for applied in [false, true] {
        let desk = Desk::memory().await;
        let store = memory(&desk);
        let (mut feed, arrivals) = (store.subscribe(), store.subscribe_arrivals(TENANT));
        let thread = fresh();
        store.next_fault(Fault::AnswerLost { applied });
        assert_eq!(store.commit(desk.thread_commit(thread, 0)).await, Outcome::Unknown);
        assert!(matches!(feed.try_next(), Some(Feed::Lagged)));
        assert!(arrivals.has_changed().unwrap());
        let state = store.load(TENANT.0, Entity::Thread(thread)).await.unwrap();
        assert_eq!(state.is_some(), applied);
        let again = store.commit(desk.thread_commit(thread, 0)).await;
        assert_eq!(again == Outcome::Conflict, applied, "the fence tells");
    }
}

#[tokio::test(start_paused = true)]
async fn news_may_come_twice_and_hints_may_not_come_at_all() {
    let desk = Desk::memory().await;
    let store = memory(&desk);
    let (mut feed, arrivals) = (store.subscribe(), store.subscribe_arrivals(TENANT));
    let heard = |feed: &mut dashoffice_store::Subscription| {
        std::iter::from_fn(|| feed.try_next()).filter(|next| matches!(next, Feed::Batch(_))).count()
    };
    store.next_fault(Fault::ToldTwice);
    desk.committed(desk.thread_commit(fresh(), 0)).await;
    assert_eq!(heard(&mut feed), 2);
    store.next_fault(Fault::HintDropped);
    desk.accept(body(&["unheard"])).await;
    assert!(!arrivals.has_changed().unwrap());
    assert_eq!(arrivals.borrow().highest, 1, "what was announced is known all the same");
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap().len(), 1, "and the row is there");
}

#[tokio::test(start_paused = true)]
async fn a3_a_store_that_is_away_comes_back() {
    let desk = Desk::memory().await;
    let store = memory(&desk);
    store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(5) });
    assert_eq!(store.commit(desk.thread_commit(fresh(), 0)).await, Outcome::Unavailable);
    assert_eq!(store.commit(desk.thread_commit(fresh(), 0)).await, Outcome::Unavailable);
    assert!(store.count_try(TENANT.0, 1).await.is_err());
    tokio::time::sleep(Duration::from_secs(5)).await;
    desk.committed(desk.thread_commit(fresh(), 0)).await;
}

/// What a run with faults comes to: outcomes in order, and the journal at the end.
async fn run(seed: u64) -> (Vec<String>, usize) {
    let hands = Hands::at(NOON);
    let mut store = Memory::new(seed, hands.clock());
    store.own().await.unwrap();
    store.set_chances(Chances {
        die_before: 30,
        die_after: 30,
        answer_lost: 50,
        unavailable: 50,
        slowest: Duration::from_millis(5),
        ..Chances::default()
    });
    let mut outcomes = Vec::new();
    for n in 0..300 {
        let mut commit = Desk::unplaced_commit(dashoffice_domain::ids::ThreadId(uuid::Uuid::from_u128(n)));
        commit.term = store.term().unwrap();
        tokio::select! {
            biased;
            outcome = store.commit(commit) => outcomes.push(format!("{outcome:?}")),
            () = store.crashed() => {
                outcomes.push("died".to_owned());
                let next = store.restart().await.unwrap();
                store = next;
            }
        }
    }
    let journal = store.journal_of(TENANT);
    let positions: Vec<i64> = journal.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=journal.len() as i64).collect::<Vec<_>>(), "no gaps");
    let committed = outcomes.iter().filter(|outcome| outcome.starts_with("Committed")).count();
    assert!(journal.len() >= committed, "nothing acknowledged is lost");
    (outcomes, journal.len())
}

#[tokio::test(start_paused = true)]
async fn a_run_with_faults_is_replayed_from_its_seed() {
    let first = run(42).await;
    assert!(first.0.iter().any(|outcome| outcome == "died"));
    assert_eq!(first, run(42).await);
    assert_ne!(first, run(43).await);
}
