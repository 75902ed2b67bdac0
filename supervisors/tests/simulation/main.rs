//! A whole office over the store in memory, with customers, agents and a provider, on a clock that leaps; the process dies at any
//! step, answers are lost, hints are dropped or doubled, the store goes away. Every run has a seed, and prints it when it fails.
#![expect(clippy::unwrap_used, reason = "helpers of tests, in files that clippy does not take for tests")]

mod acts;
mod checks;
mod crowd;
mod files;
#[path = "../office/in_hand.rs"]
mod in_hand;
mod places;
mod provider;
mod scene;
#[path = "../office/shelf.rs"]
mod shelf;
mod staff;
#[path = "../../../src/wiring/streams.rs"]
mod streams;
mod world;

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use world::{Mischief, World};

/// Runs seeded days side by side, one for each core at a time.
fn run_all(seeds: Range<u64>, mischief: Mischief) {
    // The provider panics on purpose, a thousand times: only what we check is worth a line.
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains(provider::ON_PURPOSE) {
            eprintln!("{panic}");
        }
    }));
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    run(seed, mischief);
                }
            });
        }
    });
}

/// Runs one seeded day, and checks everything at its end.
fn run(seed: u64, mischief: Mischief) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            let mut world = World::begin(seed, mischief).await;
            let day = tokio::time::timeout(Duration::from_secs(2 * 3600), world.day());
            day.await.expect("the day ends");
            world.check();
        });
    }));
    if let Err(panic) = done {
        eprintln!("the failing seed is {seed} with {mischief:?}");
        std::panic::resume_unwind(panic);
    }
}

/// How many days are tried; a drill tries more.
fn days(by_default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how many runs a drill makes is its caller's to say")]
    let asked = std::env::var("SIMULATIONS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(by_default)
}

#[test]
fn a_quiet_day_loses_nothing_and_answers_everybody() {
    run_all(0..5, Mischief::default());
}

#[test]
fn a1_to_a10_whatever_dies_at_any_step_nothing_is_lost_doubled_or_out_of_order() {
    run_all(1_000..1_000 + days(40), Mischief { deaths: 8, lost_answers: 15, hints: 40, absences: 2, provider: 0.1 });
}

#[test]
fn a_store_that_comes_and_goes_parks_and_quarantines_nobody() {
    run_all(50_000..50_012, Mischief { absences: 20, ..Mischief::default() });
}

#[test]
fn a_provider_that_fails_in_every_way_is_never_sent_the_same_thing_twice() {
    run_all(90_000..90_012, Mischief { deaths: 4, provider: 0.5, ..Mischief::default() });
}
