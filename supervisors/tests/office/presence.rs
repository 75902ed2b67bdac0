//! Who is away is forgiven for a while, and no longer; who comes by a lease is there as long as they renew it (B4).

use crate::bench::{ANA, BIA, Bench, TENANT};
use dashoffice_actors::asking::Caller;
use dashoffice_actors::router::Router;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::Done;
use dashoffice_domain::ids::{AgentId, ThreadId};
use dashoffice_domain::routing::Strategy;
use std::time::Duration;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn passes(span: Duration) {
    tokio::time::sleep(span).await;
}

fn router(bench: &Bench) -> Router {
    bench.office.router(TENANT).unwrap().clone()
}

/// Who has the only chat.
async fn owner(bench: &Bench) -> Option<AgentId> {
    bench.owners().await[0].1.agent()
}

/// A chat that ana has and has not answered.
async fn hers() -> Bench {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    assert_eq!(bench.assigned().await.1, ANA);
    bench
}

/// A queue of which agents pick, with one chat in it that the router knows of.
async fn picking() -> (Bench, ThreadId) {
    let bench = Bench::with(|queue| queue.strategy = Strategy::Manual).await;
    bench.says(1, "1").await;
    let thread = bench.until(async |bench| Some(bench.owners().await.first()?.0)).await;
    let waits = |bench: &Bench| router(bench).board().borrow().queues.values().any(|queue| queue.waiting == 1);
    bench.until(async |bench| waits(bench).then_some(())).await;
    (bench, thread)
}

async fn picks(bench: &Bench, agent: AgentId, thread: ThreadId) -> Result<Done, Refusal> {
    let caller = Caller::of(agent, bench.ids.next(), &"pick");
    router(bench).pick(agent, thread, 1, caller).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn b4_after_a_start_whoever_does_not_come_back_keeps_their_chats_for_one_grace() {
    let mut bench = hers().await;
    bench.dies_for(seconds(5)).await;
    passes(seconds(50)).await;
    assert_eq!(owner(&bench).await, Some(ANA), "grace began anew with the start");
    passes(seconds(20)).await;
    assert_eq!(owner(&bench).await, None, "and ended, for nobody came");
}

#[tokio::test(start_paused = true)]
async fn b4_the_end_of_an_old_grace_takes_nothing_from_who_went_again() {
    let bench = hers().await;
    router(&bench).disconnected(ANA, ANA.0);
    passes(seconds(40)).await;
    router(&bench).connected(ANA, ANA.0);
    passes(seconds(1)).await;
    router(&bench).disconnected(ANA, ANA.0);
    passes(seconds(40)).await;
    assert_eq!(owner(&bench).await, Some(ANA), "forty seconds of sixty have passed");
    passes(seconds(25)).await;
    assert_eq!(owner(&bench).await, None);
}

#[tokio::test(start_paused = true)]
async fn b4_the_late_close_of_an_old_tab_begins_no_grace_anew() {
    let bench = hers().await;
    router(&bench).disconnected(ANA, ANA.0);
    passes(seconds(50)).await;
    router(&bench).disconnected(ANA, BIA.0);
    passes(seconds(15)).await;
    assert_eq!(owner(&bench).await, None, "she has been away for longer than her grace");
}

#[tokio::test(start_paused = true)]
async fn b4_who_is_there_by_a_lease_keeps_what_they_took_until_grace_after_it_has_ended() {
    let (bench, thread) = picking().await;
    assert_eq!(picks(&bench, ANA, thread).await, Err(Refusal::NOT_ROUTABLE));
    assert_eq!(owner(&bench).await, None);
    router(&bench).leases(ANA, seconds(60), false);
    assert!(matches!(picks(&bench, ANA, thread).await, Ok(Done::Picked { owner_epoch: 2, .. })));
    for _ in 0..12 {
        passes(seconds(50)).await;
        router(&bench).renews(ANA);
    }
    assert_eq!(owner(&bench).await, Some(ANA), "ten minutes of requests");
    bench.says(2, "2").await;
    let other =
        async |bench: &Bench| bench.owners().await.into_iter().map(|(chat, _)| chat).find(|chat| *chat != thread);
    let other = bench.until(other).await;
    let waits = |bench: &Bench| router(bench).board().borrow().queues.values().any(|queue| queue.waiting == 1);
    bench.until(async |bench| waits(bench).then_some(())).await;
    assert!(picks(&bench, ANA, other).await.is_ok(), "she is there for whatever else waits");
    let close = dashoffice_domain::conversation::Command::Close { by: ANA, seen: None };
    let closed = bench.office.conversations().command(TENANT, other, ANA, bench.ids.next(), close).await;
    closed.unwrap().unwrap();
    // A router that comes back knows the lease.
    bench.office.kill_stations();
    passes(seconds(50)).await;
    router(&bench).renews(ANA);
    passes(seconds(59 + 58)).await;
    assert_eq!(owner(&bench).await, Some(ANA), "a lease, and then the grace of her queue");
    passes(seconds(5)).await;
    assert_eq!(owner(&bench).await, None);
    router(&bench).renews(ANA);
    assert_eq!(picks(&bench, ANA, thread).await, Err(Refusal::NOT_ROUTABLE), "what has ended is renewed by nobody");
}

#[tokio::test(start_paused = true)]
async fn b4_a_lease_that_is_ended_counts_no_more_and_grace_begins() {
    let (bench, thread) = picking().await;
    router(&bench).leases(ANA, seconds(300), false);
    assert!(picks(&bench, ANA, thread).await.is_ok());
    router(&bench).ends_lease(ANA);
    passes(seconds(50)).await;
    assert_eq!(owner(&bench).await, Some(ANA));
    passes(seconds(20)).await;
    assert_eq!(owner(&bench).await, None);
}
