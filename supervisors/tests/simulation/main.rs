//! A whole office over the store in memory, with customers, agents and a provider, on a clock that leaps; the process dies at any
//! step, answers are lost, hints are dropped or doubled, the store goes away. Every run has a seed, and prints it when it fails.
#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

mod provider;
mod world;

use std::time::Duration;
use world::{Mischief, World};

/// Runs one seeded day, and checks everything at its end.
fn run(seed: u64, mischief: Mischief) {
    // The provider panics on purpose, a thousand times: only what we check is worth a line.
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains(provider::ON_PURPOSE) {
            eprintln!("{panic}");
        }
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(async {
            let mut world = World::begin(seed, mischief).await;
            let day = tokio::time::timeout(Duration::from_secs(24 * 3600), world.day());
            day.await.expect("the day ends");
            world.check();
        });
    }));
    if let Err(panic) = done {
        eprintln!("the failing seed is {seed} with {mischief:?}");
        std::panic::resume_unwind(panic);
    }
}

fn seeds(name: &str, by_default: u64) -> std::ops::Range<u64> {
    #[expect(clippy::disallowed_methods, reason = "how many runs a drill makes is its caller's to say")]
    let asked = std::env::var(name).ok().and_then(|text| text.parse().ok());
    0..asked.unwrap_or(by_default)
}

#[test]
fn a_quiet_day_loses_nothing_and_answers_everybody() {
    for seed in 0..5 {
        run(seed, Mischief::default());
    }
}

#[test]
fn a1_to_a8_whatever_dies_at_any_step_nothing_is_lost_doubled_or_out_of_order() {
    for seed in seeds("SIMULATIONS", 60) {
        run(1_000 + seed, Mischief { deaths: 8, lost_answers: 15, hints: 40, absences: 2, provider: 0.1 });
    }
}

#[test]
fn a_store_that_comes_and_goes_parks_and_quarantines_nobody() {
    for seed in 0..20 {
        run(50_000 + seed, Mischief { absences: 20, ..Mischief::default() });
    }
}

#[test]
fn a_provider_that_fails_in_every_way_is_never_sent_the_same_thing_twice() {
    for seed in 0..20 {
        run(90_000 + seed, Mischief { deaths: 4, provider: 0.5, ..Mischief::default() });
    }
}
