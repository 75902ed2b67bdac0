//! What leaves: each lane in order, nothing twice, nobody behind a message that cannot go (A7).

use crate::bench::{ANA, Bench};
use dashoffice_domain::Span;
use dashoffice_domain::channel;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{ErrorClass, Posted, SendError};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_store::memory::Fault;
use std::time::Duration;

async fn chatting() -> (Bench, ThreadId) {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    (bench, thread)
}

async fn posted(bench: &Bench, most: usize) -> Vec<MessageId> {
    bench.until(async |bench| Some(bench.posts()).filter(|posts| posts.len() >= most)).await
}

fn status_of(bench: &Bench, message: MessageId) -> Status {
    bench.messages().into_iter().find(|known| known.id == message).unwrap().status
}

fn later(after: Span) -> Posted {
    Posted::TryLater { after, error: SendError::new(131_049, ErrorClass::Wait, "not now") }
}

fn accepted(id: &str) -> Posted {
    Posted::Accepted { provider_message_id: id.into(), known_as: vec![] }
}

#[tokio::test(start_paused = true)]
async fn a7_what_is_behind_a_post_under_way_waits_for_it_through_a_restart_of_the_delivery() {
    let (bench, thread) = chatting().await;
    bench.answers_with([(Duration::from_secs(15), accepted("slow"))]);
    let first = bench.replies(ANA, thread).await;
    posted(&bench, 1).await;
    bench.office.kill_stations();
    let second = bench.replies(ANA, thread).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(bench.posts(), [first], "the first is still on its way");
    assert_eq!(posted(&bench, 2).await, [first, second]);
    assert_eq!(status_of(&bench, first), Status::Sent);
}

#[tokio::test(start_paused = true)]
async fn a7_a_message_the_provider_puts_off_for_long_steps_aside_and_goes_when_it_is_due() {
    let (mut bench, thread) = chatting().await;
    bench.answers_with([(Duration::ZERO, later(Span::minutes(30)))]);
    let first = bench.replies(ANA, thread).await;
    let second = bench.replies(ANA, thread).await;
    assert_eq!(posted(&bench, 2).await, [first, second]);
    bench.dies_for(Duration::from_secs(60)).await;
    bench.comes(ANA).await;
    let third = bench.replies(ANA, thread).await;
    assert_eq!(posted(&bench, 3).await, [first, second, third], "nor does it block its lane after a restart");
    tokio::time::sleep(Duration::from_secs(28 * 60)).await;
    assert_eq!(bench.posts().len(), 3, "the provider's word is heeded");
    tokio::time::sleep(Duration::from_secs(4 * 60)).await;
    assert_eq!(bench.posts(), [first, second, third, first]);
    assert_eq!(status_of(&bench, first), Status::Sent);
}

#[tokio::test(start_paused = true)]
async fn a7_a_message_that_is_tried_again_soon_keeps_its_place() {
    let (bench, thread) = chatting().await;
    bench.answers_with([(Duration::ZERO, later(Span::seconds(6))), (Duration::ZERO, later(Span::seconds(6)))]);
    let first = bench.replies(ANA, thread).await;
    let second = bench.replies(ANA, thread).await;
    assert_eq!(posted(&bench, 4).await, [first, first, first, second]);
}

#[tokio::test(start_paused = true)]
async fn a7_an_unknown_message_holds_its_lane_for_a_while_also_when_the_delivery_or_the_process_is_new() {
    for process in [false, true] {
        let (mut bench, thread) = chatting().await;
        bench.answers_with([(Duration::from_secs(1), Posted::Unknown)]);
        let first = bench.replies(ANA, thread).await;
        let second = bench.replies(ANA, thread).await;
        bench.until(async |bench| (status_of(bench, first) == Status::Unknown).then_some(())).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        if process {
            bench.dies_for(Duration::from_secs(1)).await;
        } else {
            bench.office.kill_stations();
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(bench.posts(), [first], "nobody knows yet whether it arrived");
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert_eq!(bench.posts(), [first, second]);
    }
}

#[tokio::test(start_paused = true)]
async fn a7_a_number_the_provider_stops_rests_and_then_goes_on() {
    let (bench, thread) = chatting().await;
    let error = SendError::new(190, ErrorClass::Account, "the token has expired");
    bench.answers_with([(Duration::ZERO, Posted::ChannelStopped { reason: StopReason::TokenExpired, error })]);
    let first = bench.replies(ANA, thread).await;
    let second = bench.replies(ANA, thread).await;
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(bench.posts(), [first]);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(bench.posts(), [first, first, second]);
}

#[tokio::test(start_paused = true)]
async fn a4_an_outcome_whose_record_was_answered_by_nobody_is_recorded_once() {
    let (bench, thread) = chatting().await;
    bench.answers_with([(Duration::from_secs(1), accepted("once"))]);
    let message = bench.replies(ANA, thread).await;
    posted(&bench, 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    bench.store.next_fault(Fault::AnswerLost { applied: true });
    tokio::time::sleep(Duration::from_secs(5)).await;
    let said = bench.store.journal_of(crate::bench::TENANT).into_iter().filter(
        |event| matches!(&event.event, dashoffice_domain::Event::Channel(channel::Event::StatusChanged { message: of, .. }) if *of == message),
    );
    assert_eq!(said.count(), 1);
    assert_eq!(status_of(&bench, message), Status::Sent);
}
