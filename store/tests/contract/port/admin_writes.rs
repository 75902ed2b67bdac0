//! What the kernel has the store do beside commits (A3).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::ids::OfferId;
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Item, Span};
use dashoffice_runtime::{Outcome, ParkReason, Take, TimerChange};
use dashoffice_store::Feed;
use uuid::Uuid;

const HOUR: i64 = 3_600_000_000;

for_every_store!(
    a3_tries_are_counted_durably,
    a3_a_parked_row_is_gone_from_the_inbox,
    a3_a_parked_timer_is_removed_with_its_own_token_only,
    a9_whoever_sets_clocks_tells_when_the_first_runs_out,
    a3_unclean_starts_are_counted_and_clean_ones_are_not,
    b5_clocks_on_people_are_moved_by_the_time_in_which_nothing_was_at_work_and_others_are_not,
);

async fn b5_clocks_on_people_are_moved_by_the_time_in_which_nothing_was_at_work_and_others_are_not(desk: Desk) {
    const ON_PEOPLE: &[&str] = &["offer", "first_reply"];
    let mut set = Vec::new();
    for kind in ["offer", "first_reply", "window"] {
        let thread = fresh();
        let entity = Entity::Thread(thread);
        let mut commit = desk.thread_commit(thread, 0);
        commit.timers = vec![TimerChange::Set { entity, kind: kind.into(), token: Uuid::from_u128(1), due_at: NOON }];
        desk.committed(commit).await;
        set.push(thread);
    }
    let due = async |desk: &Desk, until: i64| {
        let (due, _) = desk.journal().due_timers(until, 10).await.unwrap();
        let mut due: Vec<_> = due.into_iter().map(|timer| (timer.kind, timer.due_at - NOON)).collect();
        due.sort();
        due
    };
    assert_eq!(desk.journal().shift_timers(ON_PEOPLE, NOON - HOUR).await.unwrap(), 0, "nobody was at work before");
    desk.journal().alive(NOON - HOUR / 2).await.unwrap();
    let desk = desk.restart().await;
    assert_eq!(desk.journal().shift_timers(ON_PEOPLE, NOON + HOUR / 2).await.unwrap(), HOUR);
    assert_eq!(
        desk.journal().shift_timers(ON_PEOPLE, NOON + HOUR / 2).await.unwrap(),
        0,
        "no time is given back twice"
    );
    assert_eq!(desk.journal().shift_timers(ON_PEOPLE, NOON).await.unwrap(), 0, "a clock set back moves nothing");
    assert_eq!(due(&desk, NOON).await, [("window".to_owned(), 0)]);
    let all = [("first_reply".to_owned(), HOUR), ("offer".to_owned(), HOUR), ("window".to_owned(), 0)];
    assert_eq!(due(&desk, NOON + HOUR).await, all);
    let token = Take::Timer { entity: Entity::Thread(set[0]), kind: "offer".into(), token: Uuid::from_u128(1) };
    assert!(desk.journal().still_there(TENANT.0, token).await.unwrap(), "it is the same clock");
    let mut told = desk.reads(TENANT).unconsumed(0, 10).await.unwrap().into_iter().map(|row| match row.source {
        InboxSource::Tell { entity, item } => (entity, serde_json::from_slice(&item).unwrap()),
        source @ InboxSource::Provider { .. } => panic!("{source:?}"),
    });
    let mut told: Vec<(Entity, Item)> = told.by_ref().collect();
    let mut standing = vec![];
    for thread in &set[..2] {
        let item = Item::ClockStood { token: OfferId(Uuid::from_u128(1)), by_us: Span(HOUR) };
        standing.push((Entity::Thread(*thread), item));
    }
    told.sort_by_key(|(entity, _)| *entity);
    standing.sort_by_key(|(entity, _)| *entity);
    assert_eq!(told, standing, "whoever shows the clock hears of it, once");
}

async fn a3_tries_are_counted_durably(desk: Desk) {
    desk.accept(body(&["a"])).await;
    assert_eq!(desk.journal().count_try(TENANT.0, 1).await.unwrap(), 1);
    assert_eq!(desk.journal().count_try(TENANT.0, 1).await.unwrap(), 2);
    let desk = desk.restart().await;
    assert_eq!(desk.journal().count_try(TENANT.0, 1).await.unwrap(), 3);
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap()[0].tries, 3);
    assert_eq!(desk.journal().count_try(TENANT.0, 99).await.unwrap(), 0, "nothing there");
}

async fn a3_a_parked_row_is_gone_from_the_inbox(desk: Desk) {
    desk.accept(body(&["bad", "good"])).await;
    let journal = desk.journal();
    let entity = Some(Entity::Agent(AGENT));
    for _ in 0..2 {
        let parked = journal.park(TENANT.0, Take::Inbox(1), entity, ParkReason::Fault, "panicked".into());
        parked.await.unwrap();
    }
    assert!(!journal.still_there(TENANT.0, Take::Inbox(1)).await.unwrap());
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(1);
    assert_eq!(desk.commit(commit).await, Outcome::Conflict);
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap().len(), 1);
    assert_eq!(desk.accept(body(&["bad"])).await.duplicates, 1, "the provider may repeat it");
    desk.hands.pass_seconds(31);
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(2);
    desk.committed(commit).await;
    desk.accept(body(&["next"])).await;
}

async fn a3_a_parked_timer_is_removed_with_its_own_token_only(desk: Desk) {
    let thread = fresh();
    let entity = Entity::Thread(thread);
    let (token, wrong) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut commit = desk.thread_commit(thread, 0);
    commit.timers = vec![TimerChange::Set { entity, kind: "sla".into(), token, due_at: NOON }];
    desk.committed(commit).await;
    let timer = |token| Take::Timer { entity, kind: "sla".into(), token };
    let journal = desk.journal();
    journal.park(TENANT.0, timer(wrong), None, ParkReason::Fault, String::new()).await.unwrap();
    assert!(journal.still_there(TENANT.0, timer(token)).await.unwrap());
    journal.park(TENANT.0, timer(token), None, ParkReason::Fault, String::new()).await.unwrap();
    assert!(!journal.still_there(TENANT.0, timer(token)).await.unwrap());
}

async fn a3_unclean_starts_are_counted_and_clean_ones_are_not(desk: Desk) {
    const MINUTE: i64 = 60_000_000;
    let window = 10 * MINUTE;
    let journal = desk.journal();
    let instances: Vec<Uuid> = (0..4).map(|_| fresh()).collect();
    assert_eq!(journal.started(instances[0], NOON, window).await.unwrap(), 0);
    assert_eq!(journal.started(instances[1], NOON + MINUTE, window).await.unwrap(), 1);
    journal.stopped(instances[1], NOON + 2 * MINUTE).await.unwrap();
    assert_eq!(journal.started(instances[2], NOON + 3 * MINUTE, window).await.unwrap(), 1);
    assert_eq!(journal.started(instances[3], NOON + 11 * MINUTE, window).await.unwrap(), 1, "the first is long ago");
}

async fn a9_whoever_sets_clocks_tells_when_the_first_runs_out(desk: Desk) {
    let mut feed = desk.subscribe();
    let journal = desk.journal();
    let mut told = Vec::new();
    for (due, cleared) in [(vec![NOON + HOUR, NOON], false), (vec![], true), (vec![], false)] {
        let thread = fresh();
        let (entity, mut commit) = (Entity::Thread(thread), desk.thread_commit(thread, 0));
        let set = due.into_iter().enumerate().map(|(place, due_at)| TimerChange::Set {
            entity,
            kind: format!("clock {place}"),
            token: Uuid::from_u128(7),
            due_at,
        });
        commit.timers = set.chain(cleared.then(|| TimerChange::Clear { entity, kind: "clock".into() })).collect();
        assert!(matches!(journal.commit(commit).await, Outcome::Committed { .. }));
        let Some(Feed::Batch(batch)) = feed.try_next() else { panic!("told before it is answered") };
        told.push(batch.due);
    }
    assert_eq!(told, [Some(NOON), None, None]);
}
