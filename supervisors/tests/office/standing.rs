//! A number that cannot send: it rests, says so, is tried one message at a time, and goes on; and what was read is told beside it.

use crate::bench::{ANA, Bench, NUMBER, TENANT};
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Checked, ErrorClass, Posted, SendError, StatusNews};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{Command, Owner};
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::{Event, Span, Timestamp, channel};
use std::time::Duration;

const UNREACHABLE: NumberState = NumberState::Stopped { reason: StopReason::ProviderUnreachable };
const EXPIRED: NumberState = NumberState::Stopped { reason: StopReason::TokenExpired };

async fn chatting() -> (Bench, ThreadId) {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    (bench, thread)
}

/// What was recorded of the number, in order.
fn states(bench: &Bench) -> Vec<NumberState> {
    let told = bench.store.journal_of(TENANT).into_iter().filter_map(|event| match event.event {
        Event::Channel(channel::Event::NumberStateChanged { number, state }) if number == NUMBER => Some(state),
        _ => None,
    });
    told.collect()
}

async fn comes_to(bench: &Bench, wanted: &[NumberState]) {
    bench.until(async |bench| (states(bench) == wanted).then_some(())).await;
}

async fn ends(bench: &Bench, message: MessageId, wanted: Status) {
    let status = |bench: &Bench| bench.messages().into_iter().find(|known| known.id == message).unwrap().status;
    bench.until(async |bench| (status(bench) == wanted).then_some(())).await;
}

fn away() -> Posted {
    Posted::TryLater { after: Span::seconds(1), error: SendError::new(-1, ErrorClass::Retry, "nobody answered") }
}

fn expired() -> Posted {
    let error = SendError::new(190, ErrorClass::Account, "the token has expired");
    Posted::ChannelStopped { reason: StopReason::TokenExpired, error }
}

#[tokio::test(start_paused = true)]
async fn a7_a_provider_that_is_away_stops_the_number_and_its_first_answer_brings_it_back() {
    let (bench, thread) = chatting().await;
    comes_to(&bench, &[NumberState::Connected]).await;
    *bench.glass.checks.lock().unwrap() = Some(Checked::Away);
    bench.answers_with((0..12).map(|_| (Duration::ZERO, away())));
    let message = bench.replies(ANA, thread).await;
    comes_to(&bench, &[NumberState::Connected, UNREACHABLE]).await;
    ends(&bench, message, Status::Sent).await;
    comes_to(&bench, &[NumberState::Connected, UNREACHABLE, NumberState::Connected]).await;
    assert_eq!(bench.posts(), vec![message; 13], "each attempt was this message's, and none beside another");
}

#[tokio::test(start_paused = true)]
async fn a_number_whose_token_has_expired_says_so_also_when_nobody_writes() {
    let bench = Bench::usual().await;
    comes_to(&bench, &[NumberState::Connected]).await;
    let error = SendError::new(190, ErrorClass::Account, "the token has expired");
    *bench.glass.checks.lock().unwrap() = Some(Checked::Stopped { reason: StopReason::TokenExpired, error });
    bench.office.kill_stations();
    comes_to(&bench, &[NumberState::Connected, EXPIRED]).await;
    *bench.glass.checks.lock().unwrap() = None;
    comes_to(&bench, &[NumberState::Connected, EXPIRED, NumberState::Connected]).await;
}

#[tokio::test(start_paused = true)]
async fn a7_a_business_refusal_stops_nothing() {
    let (bench, thread) = chatting().await;
    let refused = Posted::Refused { error: SendError::new(131_026, ErrorClass::Recipient, "not on WhatsApp") };
    bench.answers_with((0..20).map(|_| (Duration::ZERO, refused.clone())));
    let mut last = None;
    for _ in 0..20 {
        last = Some(bench.replies(ANA, thread).await);
    }
    ends(&bench, last.unwrap(), Status::Failed).await;
    assert_eq!(states(&bench), [NumberState::Connected]);
}

#[tokio::test(start_paused = true)]
async fn a7_a_message_that_could_not_go_for_too_long_has_failed_even_while_its_number_is_stopped() {
    let (bench, thread) = chatting().await;
    let error = SendError::new(190, ErrorClass::Account, "the token has expired");
    *bench.glass.checks.lock().unwrap() = Some(Checked::Stopped { reason: StopReason::TokenExpired, error });
    bench.answers_with((0..5_000).map(|_| (Duration::ZERO, expired())));
    let messages = [bench.replies(ANA, thread).await, bench.replies(ANA, thread).await];
    tokio::time::sleep(Duration::from_mins(50)).await;
    let waiting = bench.messages().into_iter().filter(|known| messages.contains(&known.id));
    assert!(waiting.map(|known| known.status).all(|status| status != Status::Failed), "there is still time");
    for message in messages {
        ends(&bench, message, Status::Failed).await;
    }
    assert_eq!(bench.store.unfinished(TENANT).outbox, 0);
    assert!(!bench.posts().contains(&messages[1]), "the second was behind the first, and never tried");
}

#[tokio::test(start_paused = true)]
async fn a7_a_number_whose_account_is_refused_by_status_stops_and_is_tried_one_message_at_a_time() {
    let (bench, thread) = chatting().await;
    let fails = async |message: MessageId| {
        ends(&bench, message, Status::Sent).await;
        let error = SendError::new(131_042, ErrorClass::Account, "the account has a payment problem");
        let stops = Some(StopReason::PaymentProblem);
        bench.tells(StatusNews { error: Some(error), stops, ..bench.news_of(message, Status::Failed) }).await;
    };
    let unpaid = NumberState::Stopped { reason: StopReason::PaymentProblem };
    let first = bench.replies(ANA, thread).await;
    fails(first).await;
    comes_to(&bench, &[NumberState::Connected, unpaid]).await;
    let [second, third] = [bench.replies(ANA, thread).await, bench.replies(ANA, thread).await];
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(bench.posts(), [first], "what is said meanwhile waits, and does not fail");
    fails(second).await;
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(bench.posts(), [first, second], "that one was taken proves nothing");
    assert_eq!(states(&bench), [NumberState::Connected, unpaid]);
    ends(&bench, third, Status::Sent).await;
    comes_to(&bench, &[NumberState::Connected, unpaid, NumberState::Connected]).await;
    assert_eq!(bench.posts(), [first, second, third]);
}

#[tokio::test(start_paused = true)]
async fn a7_a_failure_that_is_the_messages_own_stops_no_number() {
    let (bench, thread) = chatting().await;
    let message = bench.replies(ANA, thread).await;
    ends(&bench, message, Status::Sent).await;
    let error = SendError::new(131_026, ErrorClass::Recipient, "not on WhatsApp");
    bench.tells(StatusNews { error: Some(error), ..bench.news_of(message, Status::Failed) }).await;
    ends(&bench, message, Status::Failed).await;
    let second = bench.replies(ANA, thread).await;
    ends(&bench, second, Status::Sent).await;
    assert_eq!(states(&bench), [NumberState::Connected]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_waits_is_told_with_its_reason_and_until_when() {
    let (bench, thread) = chatting().await;
    let error = SendError::new(131_056, ErrorClass::Wait, "too many messages to this customer in a short time");
    bench.answers_with([(Duration::ZERO, Posted::TryLater { after: Span::seconds(60), error })]);
    let message = bench.replies(ANA, thread).await;
    let told = bench
        .until(async |bench| {
            bench.store.journal_of(TENANT).into_iter().find_map(|event| match event.event {
                Event::Channel(channel::Event::SendPostponed { message: of, until, error_code }) if of == message => {
                    Some((until, error_code))
                }
                _ => None,
            })
        })
        .await;
    assert_eq!(told.1, 131_056);
    let wait = Timestamp(told.0).since(bench.now());
    assert!(wait > Span::seconds(25) && wait <= Span::seconds(60), "{wait:?}");
    ends(&bench, message, Status::Sent).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_that_says_too_much_rests_as_a_whole_and_is_not_stopped() {
    let (bench, thread) = chatting().await;
    bench.says(2, "2").await;
    let other = bench
        .until(async |bench| {
            let chats = bench.owners().await;
            let others = chats.iter().filter(|(of, owner)| *of != thread && owner.agent() == Some(ANA));
            others.map(|(of, _)| *of).next()
        })
        .await;
    let error = SendError::new(130_429, ErrorClass::Wait, "the number has reached its throughput");
    bench.answers_with([(Duration::ZERO, Posted::Throttled { after: Span::seconds(10), error })]);
    let first = bench.replies(ANA, thread).await;
    bench.until(async |bench| (!bench.posts().is_empty()).then_some(())).await;
    let second = bench.replies(ANA, other).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(bench.posts(), [first], "another lane rests too");
    ends(&bench, second, Status::Sent).await;
    ends(&bench, first, Status::Sent).await;
    assert_eq!(states(&bench), [NumberState::Connected]);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_is_told_once_and_of_much_at_once_only_the_newest() {
    let (mut bench, thread) = chatting().await;
    let conversation = bench.store.tenant_reads(TENANT).routing().await.unwrap().chats[0].id;
    for n in 2..=5 {
        bench.says(1, &n.to_string()).await;
        bench.until(async |bench| (bench.heard()[&thread].len() == n).then_some(())).await;
        let last =
            bench.messages().into_iter().rfind(|known| known.provider_message_id == Some(n.to_string())).unwrap();
        let read = Command::Read { by: ANA, conversation, message: last.id, inbound: n as i64 };
        let done = bench.office.conversations().command(TENANT, thread, ANA, bench.ids.next(), read).await;
        done.unwrap().unwrap();
    }
    let marks = |bench: &Bench| bench.glass.marks.lock().unwrap().clone();
    let told = async |bench: &Bench| bench.store.tenant_reads(TENANT).read_marks(NUMBER, 9).await.unwrap().is_empty();
    bench.until(async |bench| told(bench).await.then_some(())).await;
    let first = marks(&bench);
    assert_eq!(first.last().map(String::as_str), Some("5"));
    assert!(first.len() < 4, "marks that were overtaken are not told: {first:?}");
    bench.replies(ANA, thread).await;
    bench.dies_for(Duration::from_secs(5)).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(marks(&bench), first, "there was nothing new to be marked");
    bench.comes(ANA).await;
    bench.says(1, "6").await;
    bench.until(async |bench| (bench.heard()[&thread].len() == 6).then_some(())).await;
    bench.replies(ANA, thread).await;
    bench.dies_for(Duration::from_secs(5)).await;
    bench.until(async |bench| told(bench).await.then_some(())).await;
    assert_eq!(marks(&bench).last().map(String::as_str), Some("6"), "a crash loses no mark");
}

#[tokio::test(start_paused = true)]
async fn marks_that_were_told_are_recorded_together_and_not_told_again_meanwhile() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    for customer in 1..=4 {
        bench.says(customer, &customer.to_string()).await;
    }
    let hers = |owners: &Vec<(ThreadId, Owner)>| owners.iter().filter(|(_, owner)| owner.agent() == Some(ANA)).count();
    let chats = bench.until(async |bench| Some(bench.owners().await).filter(|owners| hers(owners) == 4)).await;
    for (thread, _) in chats {
        bench.replies(ANA, thread).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let told = |bench: &Bench| {
        let mut marks = bench.glass.marks.lock().unwrap().clone();
        marks.sort();
        marks
    };
    let left = async |bench: &Bench| bench.store.tenant_reads(TENANT).read_marks(NUMBER, 9).await.unwrap().len();
    assert_eq!((told(&bench).as_slice(), left(&bench).await), (["1", "2", "3", "4"].map(String::from).as_slice(), 4));
    bench.until(async |bench| (left(bench).await == 0).then_some(())).await;
    assert_eq!(told(&bench).len(), 4, "each once");
}
