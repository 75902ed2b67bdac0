//! Tasks of the office that panic: nobody is forgotten for it, and what cannot be mended is said (F3).

use crate::bench::{ANA, Bench, TENANT};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn f3_who_passes_the_feed_on_falls_and_a_chat_that_was_in_hand_is_given_out_all_the_same() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.feed_falls.store(1, Relaxed);
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    assert_eq!(bench.feed_falls.load(Relaxed), 0, "it has fallen");
    let message = bench.replies(ANA, thread).await;
    bench.until(async |bench| bench.posts().contains(&message).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn f3_a_feed_that_keeps_falling_ends_the_office_and_says_so() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.feed_falls.store(1_000, Relaxed);
    let writing = async {
        for n in 0.. {
            bench.says(n, &n.to_string()).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let fell = tokio::select! {
        fell = bench.office.falls() => fell,
        () = writing => unreachable!("they write for ever"),
    };
    assert_eq!(fell, "feed");
}

#[tokio::test(start_paused = true)]
async fn a3_an_office_that_is_opened_anew_in_the_same_process_counts_as_no_death_of_it() {
    let mut bench = Bench::usual().await;
    let careful = |bench: &Bench| bench.office.inspect_tenant(TENANT, 1).unwrap().safe_mode;
    for _ in 0..5 {
        bench.loses_the_store_for(Duration::from_secs(1)).await;
        assert!(!careful(&bench), "nothing has died");
    }
    for dead in [1, 2] {
        bench.dies_for(Duration::from_secs(1)).await;
        assert_eq!(careful(&bench), dead == 2, "two ends without a word are a loop");
    }
}
