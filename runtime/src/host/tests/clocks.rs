//! Durable clocks: they run out once, stand still while nobody could act, and wait for nobody who cannot take them (A9, B5).

use super::process::{Process, clock};
use super::toy::{TENANT, Toy};
use crate::fatal_signal::FatalSignal;
use crate::order::NotTaken;
use crate::timers::{Timers, order_for};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

#[tokio::test(start_paused = true)]
async fn a9_a_timer_wakes_a_sleeping_entity_once() {
    let process = Process::fresh().await;
    let host = process.host.clone();
    let _timers = Timers::start(
        Arc::clone(&process.port),
        clock(),
        &[],
        Arc::new(move |timer| {
            let order = order_for(&timer, Toy::Due);
            Some(host.deliver(timer.tenant, timer.entity, order))
        }),
        FatalSignal::default(),
    );
    process.arrives(1, Toy::RemindIn(3_600_000_000));
    process.is_quiet().await;
    tokio::time::sleep(Duration::from_secs(3_590)).await;
    assert_eq!((process.added(1), process.host.inspect().resident), (vec![], 0));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(process.added(1), [1_000]);
    assert!(process.journal.shelf().timers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn b5_clocks_on_people_stand_still_while_nothing_can_be_written() {
    let process = Process::fresh().await;
    let clock = clock();
    let set = |kind: &str, due_in: i64| {
        let due_at = clock.now() + due_in * 1_000_000;
        process.journal.shelf().timers.insert((1, kind.into()), (Uuid::nil(), due_at));
    };
    process.journal.shelf().alive_at = Some(clock.now() - 3_600_000_000);
    set("patience", -1_800);
    let (heard, mut rang) = tokio::sync::mpsc::unbounded_channel();
    let _timers = Timers::start(
        Arc::clone(&process.port),
        Arc::clone(&clock),
        &["patience"],
        Arc::new(move |timer| {
            heard.send(timer.kind).unwrap();
            Some(Ok(()))
        }),
        FatalSignal::default(),
    );
    let quiet = tokio::time::timeout(Duration::from_secs(1_795), rang.recv()).await;
    assert!(quiet.is_err(), "an hour down is an hour given back");
    assert_eq!(rang.recv().await.as_deref(), Some("patience"));
    process.journal.shelf().timers.clear();

    set("patience", 60);
    set("law", 60);
    tokio::time::sleep(Duration::from_secs(30)).await;
    process.journal.shelf().away = true;
    tokio::time::sleep(Duration::from_secs(600)).await;
    while rang.try_recv().is_ok() {}
    process.journal.shelf().away = false;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut kinds = std::iter::from_fn(|| rang.try_recv().ok());
    assert!(kinds.all(|kind| kind == "law"), "a legal clock runs on");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(std::iter::from_fn(|| rang.try_recv().ok()).any(|kind| kind == "patience"), "and the other one goes on");
}

#[tokio::test(start_paused = true)]
async fn a9_timers_nobody_can_take_hold_up_none_behind_them() {
    let process = Process::fresh().await;
    for entity in 1..=2_000 {
        process.journal.shelf().timers.insert((entity, "stuck".into()), (Uuid::nil(), 1));
    }
    process.journal.shelf().timers.insert((3_000, "free".into()), (Uuid::nil(), 2));
    let (heard, mut rang) = tokio::sync::mpsc::unbounded_channel();
    let _timers = Timers::start(
        Arc::clone(&process.port),
        clock(),
        &[],
        Arc::new(move |timer| {
            if timer.kind == "stuck" {
                return Some(Err(NotTaken::Quarantined));
            }
            heard.send(timer.entity).unwrap();
            Some(Ok(()))
        }),
        FatalSignal::default(),
    );
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), rang.recv()).await, Ok(Some(3_000)));
}

#[tokio::test(start_paused = true)]
async fn a9_a_timer_that_was_replaced_does_nothing() {
    let process = Process::fresh().await;
    process.arrives(1, Toy::RemindIn(60_000_000));
    process.is_quiet().await;
    let (due, _) = process.port.due_timers(i64::MAX, 10).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    process.arrives(1, Toy::RemindIn(120_000_000));
    process.is_quiet().await;
    process.host.deliver(TENANT, 1, order_for(&due[0], Toy::Due)).unwrap();
    process.is_quiet().await;
    assert_eq!(process.added(1), [0_i64; 0]);
    assert_eq!(process.journal.shelf().timers.len(), 1, "the one that replaced it stands");
}

#[tokio::test(start_paused = true)]
async fn a9_a_clock_that_is_set_brings_the_next_look_forward_only_if_it_runs_out_before() {
    let process = Process::fresh().await;
    let clock = clock();
    let (heard, mut rang) = tokio::sync::mpsc::unbounded_channel();
    let timers = Timers::start(
        Arc::clone(&process.port),
        Arc::clone(&clock),
        &[],
        Arc::new(move |timer| {
            heard.send(timer.kind).unwrap();
            Some(Ok(()))
        }),
        FatalSignal::default(),
    );
    tokio::time::sleep(Duration::from_millis(10)).await;
    let looked = timers.inspect().looks;
    let far = clock.now() + 3_600_000_000;
    process.journal.shelf().timers.insert((1, "far".into()), (Uuid::nil(), far));
    timers.set(far);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(timers.inspect().looks, looked, "somebody looks before that anyway");
    let near = clock.now() + 200_000;
    process.journal.shelf().timers.insert((1, "near".into()), (Uuid::nil(), near));
    timers.set(near);
    let in_time = tokio::time::timeout(Duration::from_millis(250), rang.recv()).await;
    assert_eq!(in_time.unwrap().as_deref(), Some("near"), "not only at the next look, which is later");
}
