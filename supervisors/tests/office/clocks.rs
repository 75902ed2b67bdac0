//! Honest clocks: nobody is held to a time in which nobody could do anything (B5).

use crate::bench::{ANA, Bench, TENANT};
use dashoffice_domain::channel::outgoing::{ErrorClass, Posted, SendError, StatusNews};
use dashoffice_domain::conversation::ReplyClock;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::routing::OnDisconnect;
use dashoffice_domain::{Span, Timestamp};
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

/// The clock as the row says it, if one runs.
async fn runs(bench: &Bench) -> Option<ReplyClock> {
    bench.store.tenant_reads(TENANT).routing().await.unwrap().chats[0].reply_clock
}

#[tokio::test(start_paused = true)]
async fn a_chat_taken_back_with_one_agent_online_is_offered_again_after_the_pause() {
    let bench = assigned().await;
    is_taken_back(&bench).await;
    let taken_back = bench.now();
    assert_eq!(bench.assigned().await.1, ANA);
    let waited = bench.now().since(taken_back);
    assert!((Span::seconds(9)..Span::millis(10_500)).contains(&waited), "by a clock, and not by a sweep: {waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_reply_does_not_stop_the_clock() {
    let bench = assigned().await;
    let (thread, _) = bench.assigned().await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    let refused = Posted::Refused { error: SendError::new(131_026, ErrorClass::Recipient, "not on WhatsApp") };
    bench.answers_with([(Duration::from_secs(2), refused)]);
    bench.replies(ANA, thread).await;
    assert_eq!(runs(&bench).await, None, "it is under way");
    let clock = bench.until(async |bench| runs(bench).await).await;
    assert!(
        bench.now().since(clock.began_at) < Span::seconds(3)
            && clock.due_at.since(clock.began_at) == Span::seconds(180)
    );
    // The next one is taken, and fails later, by a status.
    let message = bench.replies(ANA, thread).await;
    let status = |bench: &Bench| bench.messages().into_iter().find(|known| known.id == message).unwrap().status;
    bench.until(async |bench| (status(bench) == Status::Sent).then_some(())).await;
    assert_eq!(runs(&bench).await, None);
    let error = SendError::new(131_026, ErrorClass::Recipient, "not on WhatsApp");
    bench.tells(StatusNews { error: Some(error), ..bench.news_of(message, Status::Failed) }).await;
    bench.until(async |bench| runs(bench).await).await;
    is_taken_back(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_writing_is_not_taken_for_absent_and_writing_is_no_commit_a_key() {
    let bench = assigned().await;
    let chat = bench.store.tenant_reads(TENANT).routing().await.unwrap().chats[0].id;
    let set = |bench: &Bench| {
        let all = bench.store.journal_of(TENANT);
        all.iter().filter(|event| event.event.kind() == "reply_clock_set").count()
    };
    let types = async |seconds: u64| {
        for _ in 0..seconds / 3 {
            bench.office.router(TENANT).unwrap().types(ANA, chat);
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
    };
    types(240).await;
    assert_eq!(bench.assigned().await.1, ANA, "a minute after its time");
    let commits = set(&bench);
    assert!((2..=9).contains(&commits), "{commits}");
    let began_at = runs(&bench).await.unwrap().began_at;
    types(180).await;
    let ended = bench.store.journal_of(TENANT).into_iter().find(|event| event.event.kind() == "offer_ended").unwrap();
    assert!(Timestamp(ended.at).since(began_at) < Span::seconds(362), "the clock's own time once more, and no longer");
}
