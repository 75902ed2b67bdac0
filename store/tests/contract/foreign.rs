//! A database on which a newer version has been at work, read by this one after a roll-back (C2).

use crate::desk::*;
use dashoffice_domain::Entity;
use dashoffice_domain::identity::{Part, Principal};
use dashoffice_domain::ids::ThreadId;
use dashoffice_runtime::{Commit, Outcome, TimerChange};
use uuid::Uuid;

/// Each test on both databases.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::desk::Desk::sqlite().await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::desk::Desk::postgres().await).await;
            })*
        }
    };
}

on_both!(
    c2_events_of_unknown_kinds_are_left_out_and_take_their_place_in_the_page,
    c2_a_projection_passes_over_what_this_version_does_not_know,
    c2_clocks_and_orders_of_unknown_entities_wait_for_who_knows_them_and_stop_nobody,
    c2_who_did_something_is_read_whatever_version_wrote_it,
);

/// The last event of the tenant is followed by `n` more of its entity, of a kind that only a newer version knows.
fn later_events(n: u32) -> String {
    (0..n)
        .map(|_| {
            "INSERT INTO event (tenant, position, id, entity_kind, entity_id, sequence, kind, version, at, actor, cause, \
             correlation, owner_epoch, term, body) SELECT tenant, position + 1, id, entity_kind, entity_id, sequence + 1, \
             'blessed', version, at, actor, cause, correlation, owner_epoch, term, '{\"kind\":\"blessed\"}' \
             FROM event ORDER BY position DESC LIMIT 1; \
             UPDATE entity_state SET sequence = sequence + 1, schema_version = 99; \
             UPDATE tenant_cursor SET position = position + 1 WHERE position > 0; "
        })
        .collect()
}

async fn c2_events_of_unknown_kinds_are_left_out_and_take_their_place_in_the_page(desk: Desk) {
    let thread: ThreadId = fresh();
    desk.committed(desk.thread_commit(thread, 0)).await;
    desk.changes_behind_our_back(&later_events(5)).await;
    let desk = desk.restart().await;
    let entity = Entity::Thread(thread);
    let row = desk.journal().load(TENANT.0, entity).await.unwrap().unwrap();
    assert_eq!((row.sequence, row.schema_version), (6, 99));
    assert_eq!(
        desk.commit(desk.thread_commit(thread, 1)).await,
        Outcome::Conflict,
        "the last known one is not the last"
    );
    assert_eq!(desk.committed(desk.thread_commit(thread, 6)).await, SET_UP + 7);
    let sequences = async |after, limit| {
        let page = desk.journal().events(TENANT.0, entity, after, limit).await.unwrap();
        page.iter().map(|event| event.sequence).collect::<Vec<_>>()
    };
    assert_eq!(sequences(0, 3).await, [1], "a page is as long as what is there, known or not");
    assert_eq!(sequences(3, 3).await, [0_i64; 0]);
    assert_eq!(sequences(6, 3).await, [7]);
}

async fn c2_a_projection_passes_over_what_this_version_does_not_know(desk: Desk) {
    let thread: ThreadId = fresh();
    let before = desk.committed(desk.thread_commit(thread, 0)).await;
    desk.changes_behind_our_back(&later_events(2)).await;
    let unknown = format!("UPDATE event SET entity_kind = 'parade' WHERE position = {}", before + 2);
    desk.changes_behind_our_back(&unknown).await;
    let desk = desk.restart().await;
    desk.keep_projections();
    let position = desk.committed(desk.thread_commit(fresh(), 0)).await;
    assert_eq!(position, before + 3);
    assert_eq!(desk.audit(TENANT, position).await.len() as i64, SET_UP, "what was set up, and nothing else");
}

async fn c2_clocks_and_orders_of_unknown_entities_wait_for_who_knows_them_and_stop_nobody(desk: Desk) {
    let thread: ThreadId = fresh();
    let mut commit = desk.thread_commit(thread, 0);
    let entity = Entity::Thread(thread);
    let clock = TimerChange::Set { entity, kind: "reply".into(), token: Uuid::from_u128(9), due_at: NOON + 2 };
    commit.timers = vec![clock];
    desk.committed(commit).await;
    desk.accept(body(&["1", "2"])).await;
    desk.changes_behind_our_back(
        "INSERT INTO timer (tenant, entity_kind, entity_id, kind, token, due_at) \
         SELECT tenant, 'parade', entity_id, kind, token, due_at FROM timer; \
         UPDATE inbox SET number = NULL, entity_kind = 'parade', entity_id = correlation WHERE position = 1;",
    )
    .await;
    let desk = desk.restart().await;
    let (due, next) = desk.journal().due_timers(NOON + 2, 10).await.unwrap();
    assert_eq!(due.iter().map(|timer| timer.entity).collect::<Vec<_>>(), [entity]);
    assert_eq!(next, None);
    assert_eq!(desk.journal().due_timers(NOON, 10).await.unwrap().1, Some(NOON + 2));
    desk.journal().alive(NOON).await.unwrap();
    assert_eq!(desk.journal().shift_timers(&["reply"], NOON + 5).await, Ok(5));
    let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.position).collect::<Vec<_>>(),
        [2, 3],
        "and the thread hears that its clock stood"
    );
    let mut commit = desk.thread_commit(thread, 1);
    commit.take = [take(2), take(3)].concat();
    desk.committed(commit).await;
    // It has waited for an hour, and nobody at the door is told to come back for it.
    desk.hands.pass_seconds(3_600);
    let desk = desk.restart().await;
    desk.hands.pass_seconds(60);
    desk.accept(body(&["3"])).await;
}

async fn c2_who_did_something_is_read_whatever_version_wrote_it(desk: Desk) {
    let thread: ThreadId = fresh();
    let (entity, id) = (Entity::Thread(thread), Uuid::from_u128(5));
    let device = Principal::Unknown { kind: "device".into(), id };
    let file = Principal::System(Part::OfficeFile);
    let all = [Principal::User(id.into()), Principal::SYSTEM, file, Principal::Bot(id.into()), device.clone()];
    for (sequence, actor) in all.iter().enumerate() {
        desk.committed(Commit { actor: actor.clone(), ..desk.thread_commit(thread, sequence as i64) }).await;
    }
    let actors = async |desk: &Desk| {
        let events = desk.journal().events(TENANT.0, entity, 0, 10).await.unwrap();
        events.into_iter().map(|event| event.actor).collect::<Vec<_>>()
    };
    assert_eq!(actors(&desk).await, all);
    // What a version without kinds writes is a user's or the system's; and for these nothing is written that it did not.
    desk.changes_behind_our_back(
        "UPDATE event SET actor_kind = NULL WHERE actor_kind IN ('bot', 'system:office_file')",
    )
    .await;
    let id = Principal::User(id.into());
    assert_eq!(actors(&desk).await, [id.clone(), Principal::SYSTEM, Principal::SYSTEM, id, device]);
    let named = "UPDATE event SET actor_kind = 'seen' WHERE actor_kind IS NULL";
    desk.changes_behind_our_back(named).await;
    let seen = actors(&desk).await.iter().filter(|actor| actor.kind() == "seen").count();
    assert_eq!(seen, 4, "neither users nor the system have a kind beside their id");
}
