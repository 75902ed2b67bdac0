//! Posts that outlive who sent them off: a number that is set up anew, an office that is opened anew in the same process. What counts is
//! what the provider saw.

use crate::bench::{ANA, APP, Bench, NUMBER, TENANT, number};
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Checked, ErrorClass, Posted, SendError};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::{Entity, Event, Row, Span, channel};
use dashoffice_runtime::{Commit, Journal as _, Outcome};
use dashoffice_store::Provision;
use dashoffice_store::memory::{Chances, Fault};
use std::time::Duration;
use tokio::time::Instant;

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

async fn ends(bench: &Bench, message: MessageId, wanted: Status) {
    let status = |bench: &Bench| bench.messages().into_iter().find(|known| known.id == message).unwrap().status;
    bench.until(async |bench| (status(bench) == wanted).then_some(())).await;
}

/// Every status the message was said to have.
fn told_of(bench: &Bench, message: MessageId) -> Vec<Status> {
    let told = bench.store.journal_of(TENANT).into_iter().filter_map(|event| match event.event {
        Event::Channel(channel::Event::StatusChanged { message: of, status, .. }) if of == message => Some(status),
        _ => None,
    });
    told.collect()
}

fn accepted(id: &str) -> Posted {
    Posted::Accepted { provider_message_id: id.into(), known_as: vec![] }
}

fn soon() -> Posted {
    Posted::TryLater { after: Span::seconds(1), error: SendError::new(131_000, ErrorClass::Retry, "not now") }
}

#[tokio::test(start_paused = true)]
async fn a7_a_post_that_hangs_while_its_number_is_set_up_anew_is_neither_repeated_nor_called_unknown_nor_waited_for() {
    let (bench, thread) = chatting().await;
    bench.answers_with([(Duration::from_secs(60), accepted("slow"))]);
    let first = bench.replies(ANA, thread).await;
    posted(&bench, 1).await;
    let set_up = Provision::Number { tenant: TENANT, app: APP, number: number(NUMBER, "new") };
    bench.store.provision(set_up).await.unwrap();
    let begun = Instant::now();
    bench.office.refresh(TENANT).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "nobody waits for a post that hangs");
    let second = bench.replies(ANA, thread).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(bench.posts(), [first], "what is behind it in its chat waits for it");
    assert_eq!(posted(&bench, 2).await, [first, second]);
    ends(&bench, second, Status::Sent).await;
    assert_eq!(told_of(&bench, first), [Status::Sent]);
    assert_eq!(*bench.glass.tokens.lock().unwrap(), ["t", "new"]);
}

#[tokio::test(start_paused = true)]
async fn a7_a_post_that_hangs_while_the_office_is_opened_anew_is_neither_repeated_nor_called_unknown() {
    for (answer, wanted) in [(accepted("slow"), 1), (soon(), 2)] {
        let (mut bench, thread) = chatting().await;
        bench.answers_with([(Duration::from_secs(60), answer)]);
        let first = bench.replies(ANA, thread).await;
        posted(&bench, 1).await;
        bench.loses_the_store_for(Duration::from_secs(3)).await;
        bench.comes(ANA).await;
        let second = bench.replies(ANA, thread).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(bench.posts(), [first], "it is on its way, and what is behind it waits");
        let mut all = vec![first; wanted];
        all.push(second);
        assert_eq!(posted(&bench, all.len()).await, all);
        ends(&bench, second, Status::Sent).await;
        assert_eq!(told_of(&bench, first), [Status::Sent]);
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn a7_whoever_waited_for_the_store_when_it_was_lost_posts_nothing_and_the_next_office_posts_it_once() {
    for fault in [
        Fault::Unavailable { lasts: Duration::from_secs(2) },
        Fault::AnswerLost { applied: true },
        Fault::AnswerLost { applied: false },
        Fault::DieBefore,
        Fault::DieAfter,
    ] {
        let (mut bench, thread) = chatting().await;
        // The first attempt is put off, so that the next begins at a moment that is known.
        bench.answers_with([(Duration::ZERO, soon())]);
        let message = bench.replies(ANA, thread).await;
        posted(&bench, 1).await;
        bench.store.next_fault(fault);
        let lost = matches!(fault, Fault::DieBefore | Fault::DieAfter);
        if lost {
            bench.store.crashed().await;
        } else {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
        }
        bench.loses_the_store_for(Duration::from_secs(1)).await;
        ends(&bench, message, Status::Sent).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(bench.posts(), [message, message], "{fault:?}");
        assert_eq!(told_of(&bench, message), [Status::Sent], "{fault:?}");
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn a7_whoever_was_refused_to_begin_posts_nothing_whatever_the_row_says_then() {
    let (bench, thread) = chatting().await;
    bench.answers_with([(Duration::ZERO, soon())]);
    let message = bench.replies(ANA, thread).await;
    posted(&bench, 1).await;
    // Somebody else is quicker by a moment: it stands in the writer while the row still says that nobody has begun.
    let pending =
        async |bench: &Bench| bench.store.tenant_reads(TENANT).send(message).await.unwrap().unwrap().not_before;
    let due = bench.until(async |bench| pending(bench).await).await;
    let left = due.since(bench.now()).0 - 1_000;
    tokio::time::sleep(Duration::from_micros(left.cast_unsigned())).await;
    bench.store.set_chances(Chances { slowest: Duration::from_secs(1), ..Chances::default() });
    let (term, now) = (bench.store.term().unwrap(), bench.now().0);
    let begins = Commit::of_fact(TENANT.0, Entity::Message(message), term, now, message.0);
    let begins =
        bench.store.commit(Commit { rows: vec![Row::Channel(channel::Row::SendStarted { message })], ..begins }).await;
    assert!(matches!(begins, Outcome::Committed { .. }), "{begins:?}");
    bench.store.set_chances(Chances::default());
    ends(&bench, message, Status::Unknown).await;
    assert_eq!(bench.posts(), [message], "the other one may have posted it, and nobody does so again");
}

#[tokio::test(start_paused = true)]
async fn what_was_found_of_a_number_before_the_store_was_lost_is_not_said_of_it_afterwards() {
    let (mut bench, _) = chatting().await;
    let error = SendError::new(190, ErrorClass::Account, "the token has expired");
    *bench.glass.checks.lock().unwrap() = Some(Checked::Stopped { reason: StopReason::TokenExpired, error });
    // Found by the delivery that comes now, while nothing can be recorded.
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(60) });
    bench.office.kill_stations();
    tokio::time::sleep(Duration::from_secs(10)).await;
    *bench.glass.checks.lock().unwrap() = None;
    bench.loses_the_store_for(Duration::from_secs(1)).await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    let found = bench.store.journal_of(TENANT).into_iter().filter_map(|event| match event.event {
        Event::Channel(channel::Event::NumberStateChanged { state, .. }) => Some(state),
        _ => None,
    });
    assert_eq!(found.collect::<Vec<_>>(), [NumberState::Connected], "the next office has found it well");
}
