//! Many at once: no gaps, no mixing, nobody harmed by somebody else's bad job (A4, A5).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::{TenantId, ThreadId};
use dashoffice_domain::{Entity, Row, conversation};
use dashoffice_runtime::{Commit, Outcome};
use dashoffice_store::{Feed, Office};
use std::collections::BTreeMap;
use uuid::Uuid;

for_every_store!(
    a5_positions_have_no_gaps_however_many_commit_at_once,
    a5_one_bad_job_harms_nobody_else,
    a4_behind_the_barrier_everything_before_is_decided,
    a4_a_commit_nobody_waits_for_still_lands,
    e_batches_are_told_in_the_order_of_positions,
);

fn tenants() -> Vec<TenantId> {
    (1..=4).map(|n| TenantId(Uuid::from_u128(0xD000 + n))).collect()
}

fn of(tenant: TenantId, mut commit: Commit<Office>) -> Commit<Office> {
    commit.tenant = tenant.0;
    commit
}

async fn a5_positions_have_no_gaps_however_many_commit_at_once(desk: Desk) {
    let journal = desk.journal();
    let mut commits = Vec::new();
    for _ in 0..100 {
        for tenant in tenants() {
            commits.push(journal.commit(of(tenant, desk.thread_commit(fresh(), 0))));
            let mut stale = of(tenant, desk.thread_commit(fresh(), 0));
            stale.term -= 1;
            commits.push(journal.commit(stale));
        }
    }
    let outcomes = futures_util::future::join_all(commits).await;
    let mut positions: Vec<i64> = outcomes
        .into_iter()
        .filter_map(|outcome| match outcome {
            Outcome::Committed { position } => Some(position),
            Outcome::Conflict => None,
            other => panic!("{other:?}"),
        })
        .collect();
    positions.sort_unstable();
    let expected: Vec<i64> = (1..=100).flat_map(|position| [position; 4]).collect();
    assert_eq!(positions, expected);
}

async fn a5_one_bad_job_harms_nobody_else(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    // Two messages with one id of the provider, in separate commits: the database itself must say no to the second.
    let mut rows = Vec::new();
    for _ in 0..2 {
        let mut row = message_row(fresh(), thread, conversation, Direction::Outbound);
        row.provider_message_id = Some("wamid.same".into());
        rows.push(Row::Conversation(conversation::Row::Message(Box::new(row))));
    }
    let (first, second) = (rows.remove(0), rows.remove(0));
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![first];
    desk.committed(commit).await;
    let journal = desk.journal();
    let mut commits = Vec::new();
    for n in 0..40 {
        let mut commit = desk.thread_commit(fresh(), 0);
        if n == 17 {
            commit.rows = vec![second.clone()];
        }
        commits.push(journal.commit(commit));
    }
    let outcomes = futures_util::future::join_all(commits).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match (n, outcome) {
            (17, outcome) => assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}"),
            (n, outcome) => assert!(matches!(outcome, Outcome::Committed { .. }), "{n}: {outcome:?}"),
        }
    }
    assert_eq!(desk.committed(desk.thread_commit(fresh(), 0)).await, SET_UP + 2 + 39 + 1);
}

async fn a4_behind_the_barrier_everything_before_is_decided(desk: Desk) {
    let journal = desk.journal();
    let threads: Vec<ThreadId> = (0..600).map(|_| fresh()).collect();
    let commits: Vec<_> = threads.iter().map(|thread| journal.commit(desk.thread_commit(*thread, 0))).collect();
    journal.barrier().await.unwrap();
    for thread in &threads {
        let state = journal.load(TENANT.0, Entity::Thread(*thread)).await.unwrap();
        assert_eq!(state.map(|state| state.sequence), Some(1));
    }
    drop(commits);
}

async fn a4_a_commit_nobody_waits_for_still_lands(desk: Desk) {
    let thread = fresh();
    let journal = desk.journal();
    drop(journal.commit(desk.thread_commit(thread, 0)));
    journal.barrier().await.unwrap();
    assert!(journal.load(TENANT.0, Entity::Thread(thread)).await.unwrap().is_some());
}

async fn e_batches_are_told_in_the_order_of_positions(desk: Desk) {
    let mut feed = desk.subscribe();
    let journal = desk.journal();
    let mut commits = Vec::new();
    for _ in 0..50 {
        for tenant in tenants() {
            let thread = fresh();
            let mut commit = of(tenant, desk.thread_commit(thread, 0));
            commit.rows = vec![address(&thread.0.to_string(), thread)];
            commits.push(journal.commit(commit));
        }
    }
    futures_util::future::join_all(commits).await;
    let (mut heard, mut rows) = (BTreeMap::<Uuid, Vec<i64>>::new(), 0);
    while let Some(next) = feed.try_next() {
        let Feed::Batch(batch) = next else { panic!("lagged") };
        rows += batch.rows.len();
        for event in &batch.events {
            assert_eq!(event.tenant, batch.tenant);
            heard.entry(batch.tenant).or_default().push(event.position);
        }
    }
    assert_eq!(rows, 200);
    assert_eq!(heard.len(), 4);
    for positions in heard.into_values() {
        assert_eq!(positions, (1..=50).collect::<Vec<i64>>(), "told before it was answered, in order, once");
    }
}
