//! What may not have arrived, once a person has said what became of it (A7).

use crate::bench::{ANA, Bench, NUMBER, TENANT};
use dashoffice_domain::channel::outgoing::{Posted, StatusNews};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{Command, Done, ResendCommand, SettleCommand};
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::ports::Delivery;
use dashoffice_domain::refusal::Refusal;
use dashoffice_domain::time::Span;
use dashoffice_runtime::AskError;
use std::time::Duration;

fn status_of(bench: &Bench, message: MessageId) -> Status {
    bench.messages().into_iter().find(|known| known.id == message).unwrap().status
}

/// A chat of ana's whose last message may have arrived, and one behind it.
async fn lost() -> (Bench, ThreadId, MessageId, MessageId) {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    bench.answers_with([(Duration::ZERO, Posted::Unknown)]);
    let first = bench.replies(ANA, thread).await;
    bench.until(async |bench| (status_of(bench, first) == Status::Unknown).then_some(())).await;
    let second = bench.replies(ANA, thread).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(bench.posts(), [first], "the second waits for news of the first");
    (bench, thread, first, second)
}

impl Bench {
    async fn orders(&self, thread: ThreadId, command: Command) -> Result<Done, Refusal> {
        self.office.conversations().command(TENANT, thread, ANA, self.ids.next(), command).await.unwrap()
    }

    async fn settles(&self, thread: ThreadId, message: MessageId, arrived: bool) -> Result<Done, Refusal> {
        let conversation = ConversationId(thread.0);
        self.orders(thread, Command::Settle(SettleCommand { by: ANA, message, conversation, arrived })).await
    }

    async fn resends(&self, thread: ThreadId, of: MessageId) -> Result<Done, Refusal> {
        let (conversation, message) = (ConversationId(thread.0), MessageId(self.ids.next()));
        let content = Content::text("claro");
        let resend = ResendCommand { by: ANA, of, conversation, message, content, reply_to: None };
        self.orders(thread, Command::Resend(Box::new(resend))).await
    }
}

#[tokio::test(start_paused = true)]
async fn a7_a_persons_word_frees_the_lane_at_once_and_posts_nothing_again() {
    for arrived in [true, false] {
        let (bench, thread, first, second) = lost().await;
        let since = bench.now();
        bench.settles(thread, first, arrived).await.unwrap();
        bench.until(async |bench| (bench.posts().len() == 2).then_some(())).await;
        assert!(bench.now().since(since) < Span::seconds(5), "well before the lane would have gone on by itself");
        assert_eq!(bench.posts(), [first, second]);
        assert_eq!(status_of(&bench, first), if arrived { Status::Sent } else { Status::Failed });
        for arrived in [true, false] {
            assert_eq!(bench.settles(thread, first, arrived).await, Err(Refusal::NOT_UNKNOWN));
        }
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(bench.posts(), [first, second]);
    }
}

#[tokio::test(start_paused = true)]
async fn a7_what_is_said_again_leaves_once_in_its_turn_also_after_a_restart() {
    let (mut bench, thread, first, second) = lost().await;
    let Done::Queued { message: again, .. } = bench.resends(thread, first).await.unwrap() else { panic!("not queued") };
    assert_ne!(again, first);
    let twice = bench.resends(thread, first).await.unwrap();
    assert!(matches!(twice, Done::Queued { message, .. } if message == again), "a double click makes one message");
    bench.until(async |bench| (bench.posts().len() == 3).then_some(())).await;
    assert_eq!(bench.posts(), [first, second, again]);
    assert_eq!((status_of(&bench, first), status_of(&bench, again)), (Status::Failed, Status::Sent));
    bench.dies_for(Duration::from_secs(1)).await;
    bench.comes(ANA).await;
    let twice = bench.resends(thread, first).await.unwrap();
    assert!(matches!(twice, Done::Queued { message, .. } if message == again), "nor does a restart forget it");
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(bench.posts(), [first, second, again]);
}

#[tokio::test(start_paused = true)]
async fn a7_what_arrived_after_all_while_a_person_decided_is_not_said_again() {
    let (bench, thread, first, second) = lost().await;
    let news = StatusNews {
        number: NUMBER,
        provider_message_id: "out.late".into(),
        message: Some(first),
        status: Status::Delivered,
        at: bench.now(),
        error: None,
        stops: None,
        pricing: None,
        recipient: None,
    };
    let told = Delivery { statuses: vec![news], received_at: bench.now(), ..Delivery::default() };
    bench.door(TENANT).accept(told).await.unwrap();
    let conversations = bench.office.conversations();
    let (conversation, message) = (ConversationId(thread.0), MessageId(bench.ids.next()));
    let content = Content::text("claro");
    let resend = ResendCommand { by: ANA, of: first, conversation, message, content, reply_to: None };
    let command = Command::Resend(Box::new(resend));
    let answer = conversations.command(TENANT, thread, ANA, bench.ids.next(), command).await;
    assert_eq!(answer, Err(AskError::Busy), "nothing was decided on what they had seen");
    bench.until(async |bench| (bench.posts().len() == 2).then_some(())).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.posts(), [first, second]);
    // And the chat goes on.
    let third = bench.replies(ANA, thread).await;
    bench.until(async |bench| (bench.posts() == [first, second, third]).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn a7_a_proof_that_came_before_the_answer_was_lost_holds_nobody() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    bench.answers_with([(Duration::from_secs(3), Posted::Unknown)]);
    let first = bench.replies(ANA, thread).await;
    bench.until(async |bench| (bench.posts().len() == 1).then_some(())).await;
    let second = bench.replies(ANA, thread).await;
    let news = StatusNews {
        number: NUMBER,
        provider_message_id: "wamid.1".into(),
        message: Some(first),
        status: Status::Delivered,
        at: bench.now(),
        error: None,
        stops: None,
        pricing: None,
        recipient: None,
    };
    let delivery = Delivery { statuses: vec![news], received_at: bench.now(), ..Delivery::default() };
    bench.door(TENANT).accept(delivery).await.unwrap();
    let since = bench.now();
    bench.until(async |bench| (bench.posts().len() == 2).then_some(())).await;
    assert!(bench.now().since(since) < Span::seconds(10), "nothing is uncertain about the first");
    assert_eq!((bench.posts(), status_of(&bench, first)), (vec![first, second], Status::Delivered));
}
