//! Honest clocks: nobody is held to a time in which nobody could do anything (B5).

use crate::bench::{ANA, Bench, TENANT};
use dashoffice_domain::Span;
use dashoffice_domain::routing::OnDisconnect;
use dashoffice_domain::thread::ReplyClock;
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use dashoffice_store::memory::Fault;
use std::time::Duration;

/// An office where a chat was just assigned, with three minutes to answer it.
async fn assigned() -> Bench {
    let bench = Bench::with(|queue| queue.on_disconnect = OnDisconnect::Keep).await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    assert_eq!(bench.assigned().await.1, ANA);
    bench
}

/// The clock as the row says it.
async fn shown(bench: &Bench) -> ReplyClock {
    bench.store.tenant_reads(TENANT).routing().await.unwrap().chats[0].reply_clock.unwrap()
}

async fn is_taken_back(bench: &Bench) {
    bench.until(async |bench| bench.owners().await[0].1.agent().is_none().then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn b5_who_was_down_for_an_hour_takes_no_chat_back_on_waking() {
    let mut bench = assigned().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    bench.dies_for(Duration::from_secs(3_600)).await;
    tokio::time::sleep(Duration::from_secs(110)).await;
    assert_eq!(bench.assigned().await.1, ANA, "two of the three minutes are left");
    let left = shown(&bench).await.due_at.since(bench.now());
    assert!((Span::seconds(5)..=Span::seconds(25)).contains(&left), "the row says so: {left:?}");
    let waking = bench.now();
    is_taken_back(&bench).await;
    assert!(bench.now().since(waking).0 <= 25_000_000, "and no more than that");
}

#[tokio::test(start_paused = true)]
async fn b5_while_the_store_cannot_write_nobody_runs_out_of_time() {
    let bench = assigned().await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(1_200) });
    tokio::time::sleep(Duration::from_secs(1_290)).await;
    assert_eq!(bench.assigned().await.1, ANA);
    let (clock, now) = (shown(&bench).await, bench.now());
    assert!(clock.due_at.since(clock.began_at) == Span::seconds(180), "it is as long as ever");
    is_taken_back(&bench).await;
    let late = bench.now().since(clock.due_at);
    assert!(clock.due_at > now && late < Span::seconds(2), "what was shown is what happened: {late:?}");
}

#[tokio::test(start_paused = true)]
async fn b5_on_waking_what_came_in_goes_before_what_has_run_out() {
    let mut bench = assigned().await;
    // A moment before the three minutes are over.
    tokio::time::sleep(Duration::from_millis(179_900)).await;
    bench.office.crash();
    bench.store.crash();
    bench.comes_back().await;
    bench.says(1, "2").await;
    // Whoever reads the inbox takes its time, and the clock runs out meanwhile.
    falls_at("intake", "handle", 2);
    bench.opens().await;
    is_taken_back(&bench).await;
    assert_eq!(falls_left("intake", "handle"), 0);
    bench.inbox_is_empty().await;
    let thread = |kind: &&str| ["message_received", "offer_ended"].contains(kind);
    let kinds: Vec<&str> =
        bench.store.journal_of(TENANT).iter().map(|event| event.event.kind()).filter(thread).collect();
    assert_eq!(kinds, ["message_received", "message_received", "offer_ended"]);
}
