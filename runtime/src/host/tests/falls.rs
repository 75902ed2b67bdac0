//! Tasks of the kernel that panic in the midst of their work: it is done all the same (F3).

use super::process::{Process, clock};
use super::toy::{Adder, TENANT, Toy};
use crate::commit::{Envelope, Micros};
use crate::fatal_signal::FatalSignal;
use crate::host::HostSettings;
use crate::timers::Timers;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use uuid::Uuid;

#[tokio::test(start_paused = true)]
async fn f3_who_brings_the_next_actor_falls_and_it_comes_all_the_same() {
    let process = Process::fresh().await;
    process.journal.shelf().falls_at = Some("count_try");
    process.arrives(1, Toy::Poison);
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [2]);
    assert_eq!(process.journal.shelf().dead.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a3_who_asks_for_the_store_falls_and_everybody_hears_that_it_is_back() {
    let process = Process::fresh().await;
    process.arrives(1, Toy::Add(1));
    process.is_quiet().await;
    process.journal.shelf().away = true;
    process.arrives(1, Toy::Add(2));
    tokio::time::sleep(Duration::from_secs(1)).await;
    process.journal.shelf().falls_at = Some("barrier");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(process.journal.shelf().falls_at, None, "it has fallen");
    process.journal.shelf().away = false;
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2]);
}

/// A clock that ran out one second ago, and how often it is handed to somebody who panics `falls` times.
async fn dispatched(falls: u32, fatal_signal: FatalSignal) -> u32 {
    let (process, clock) = (Process::fresh().await, clock());
    let due_at = clock.now() - 1_000_000;
    process.journal.shelf().timers.insert((1, "remind".into()), (Uuid::nil(), due_at));
    let handed = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&handed);
    let dispatch = Arc::new(move |_| {
        assert!(counted.fetch_add(1, Relaxed) >= falls, "told to fall");
        Some(Ok(()))
    });
    let _timers = Timers::start(Arc::clone(&process.port), clock, &[], dispatch, fatal_signal.clone());
    let handed = || handed.load(Relaxed);
    while handed() <= falls && fatal_signal.heard().is_none() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    handed()
}

#[tokio::test(start_paused = true)]
async fn a9_who_watches_the_clocks_falls_and_they_run_out_all_the_same() {
    let fatal_signal = FatalSignal::default();
    assert!(dispatched(3, fatal_signal.clone()).await > 3);
    assert_eq!(fatal_signal.heard(), None);
}

#[tokio::test(start_paused = true)]
async fn f3_if_the_clocks_cannot_be_watched_the_alarm_rings() {
    let fatal_signal = FatalSignal::default();
    dispatched(100, fatal_signal.clone()).await;
    assert_eq!(fatal_signal.heard(), Some("timers"));
}

#[tokio::test(start_paused = true)]
async fn b5_a_decision_is_never_before_the_last_event_of_its_tenant_whoever_that_was_of() {
    const AN_HOUR: Micros = 3_600_000_000;
    let process = Process::fresh().await;
    process.arrives(1, Toy::Add(1));
    process.is_quiet().await;
    let ahead = clock().now() + AN_HOUR;
    process.journal.shelf().events[0].at = ahead;
    // The clock has been set back by an hour, and a new process decides for somebody else of the tenant.
    let next = Process::over(Arc::clone(&process.journal), Adder { schema_version: 1 }, HostSettings::default()).await;
    next.arrives(2, Toy::Add(2));
    next.is_quiet().await;
    let at: Vec<Micros> = next.journal.shelf().events.iter().map(|event: &Envelope<_>| event.at).collect();
    assert_eq!(at, [ahead, ahead]);
}

#[tokio::test(start_paused = true)]
async fn f4_of_a_tenant_is_shown_how_much_there_is_and_who_suffers_first() {
    let process = Process::fresh().await;
    process.arrives(1, Toy::Add(1));
    process.is_quiet().await;
    let calm = process.host.inspect_tenant(TENANT, 10);
    assert_eq!((calm.resident, calm.of_interest), (1, 0), "who has nothing to do is of no interest");
    process.journal.shelf().away = true;
    for (entity, orders) in [(2, 1), (3, 3), (4, 2)] {
        for _ in 0..orders {
            process.arrives(entity, Toy::Add(1));
        }
    }
    let busy = process.host.inspect_tenant(TENANT, 2);
    assert_eq!(busy.slots.iter().map(|slot| slot.entity).collect::<Vec<_>>(), [3, 4], "the fullest first");
    assert_eq!((busy.of_interest, busy.queued + busy.in_flight), (3, 6));
    assert_eq!(process.host.inspect_tenant(Uuid::from_u128(2), 10).of_interest, 0, "another tenant's are not shown");
}
