//! The audit as a projection: it follows what is committed, goes on after a start, and is made anew.

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::conversation::{Owner, OwnerReason, TAG};
use dashoffice_domain::ids::{ConversationId, ThreadId};
use dashoffice_domain::record::{Expect, Value, Wish, propose};
use dashoffice_domain::{Event, Timestamp, conversation};
use dashoffice_store::{Decided, Known, Wanted};
use uuid::Uuid;

for_every_store!(
    d_the_audit_follows_what_is_committed_and_goes_on_after_a_start,
    d_a_tenants_audit_is_its_own,
    d_what_is_made_anew_is_what_it_was,
);

async fn tags(desk: &Desk, name: &str) {
    let id = fresh();
    let mut wanted = Wanted::default();
    wanted.tenant(TENANT);
    let values = vec![Value::text(name), Value::text("red"), Value::Boolean(true), Value::Boolean(false)];
    let decide = |_: &Known, at| {
        let change = propose(&TAG, id, None, Expect::New, Wish::Put(values.clone()), Timestamp(at));
        change.map(|change| vec![Decided::of(TENANT, change.into_iter().collect())])
    };
    desk.administer(&wanted, decide).await.unwrap();
}

/// Somebody picks a conversation, and reads it.
async fn picks(desk: &Desk, conversation: ConversationId) -> i64 {
    let thread: ThreadId = fresh();
    let mut commit = desk.thread_commit(thread, 0);
    let picked = conversation::Event::OwnerChanged {
        conversation,
        from: Owner::Queue { queue: QUEUE },
        to: Owner::Agent { agent: AGENT },
        reason: OwnerReason::Picked,
        clock: None,
    };
    commit.events[0].event = Event::Conversation(picked);
    desk.committed(commit).await;
    desk.committed(desk.thread_commit(thread, 1)).await
}

const SET_UP_TELLS: [(&str, &str); 5] =
    [("tenant", "renamed"), ("queue", "created"), ("app", "created"), ("number", "created"), ("number", "created")];

fn with_set_up(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = SET_UP_TELLS.iter().chain(more);
    all.map(|(kind, what)| ((*kind).to_owned(), (*what).to_owned())).collect()
}

async fn d_the_audit_follows_what_is_committed_and_goes_on_after_a_start(desk: Desk) {
    desk.keep_projections();
    let conversation = fresh();
    let position = picks(&desk, conversation).await;
    assert_eq!(desk.audit(TENANT, position).await, with_set_up(&[("conversation", "picked")]));
    let desk = desk.restart().await;
    tags(&desk, "Vendas").await;
    desk.keep_projections();
    let position = picks(&desk, fresh()).await;
    let told = [("conversation", "picked"), ("tag", "created"), ("conversation", "picked")];
    assert_eq!(desk.audit(TENANT, position).await, with_set_up(&told));
}

async fn d_a_tenants_audit_is_its_own(desk: Desk) {
    desk.keep_projections();
    let position = picks(&desk, fresh()).await;
    desk.audit(TENANT, position).await;
    assert_eq!(desk.audit(OTHER_TENANT, SET_UP).await, with_set_up(&[]));
}

async fn d_what_is_made_anew_is_what_it_was(desk: Desk) {
    desk.keep_projections();
    let position = picks(&desk, fresh()).await;
    let before = desk.audit(TENANT, position).await;
    if !matches!(desk.place, Place::Nowhere) {
        // Something went, something is wrong, and something stands where nothing is told of.
        let sql = format!(
            "DELETE FROM audit WHERE position = 2; UPDATE audit SET what = 'burnt' WHERE position = 3; \
             INSERT INTO audit SELECT tenant, {position}, kind, id, 'haunted', actor, actor_kind, at, about FROM audit \
             WHERE position = 1;"
        );
        desk.changes_behind_our_back(&sql).await;
        assert_ne!(desk.audit(TENANT, position).await, before);
    }
    desk.rebuild("audit").await;
    // Whoever wants to know that it is there again waits for what comes after.
    let position = picks(&desk, Uuid::from_u128(5).into()).await;
    let mut expected = before;
    expected.push(("conversation".to_owned(), "picked".to_owned()));
    assert_eq!(desk.audit(TENANT, position).await, expected);
}
