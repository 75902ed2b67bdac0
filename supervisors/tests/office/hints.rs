//! What was committed comes to whoever stands as a hint: nobody holds more of it than there is room for, nor anybody's words.

use crate::bench::{ANA, Bench, NUMBER, QUEUE, TENANT};
use dashoffice_actors::feed::FeedItem;
use dashoffice_domain::channel::outgoing::{Class, Outgoing};
use dashoffice_domain::conversation::{ConversationRow, ConversationState, Owner};
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::{Event, Row, channel, conversation};
use dashoffice_runtime::Published;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// More than waits for anybody.
const MANY: u128 = 12_000;

/// A batch of the tenant, told as if it had just been committed; nothing of it is in the store.
fn told(bench: &Bench, rows: Vec<Row>) -> Published<dashoffice_actors::Office> {
    let mut last = bench.store.journal_of(TENANT).pop().unwrap();
    last.position += 1;
    last.event = Event::Conversation(conversation::Event::IdentifiersLinked { count: 1 });
    Published { tenant: TENANT.0, events: vec![last], rows: Arc::new(rows), due: None }
}

fn waiting(like: &ConversationRow, n: u128) -> Row {
    let (id, thread) = (ConversationId(Uuid::from_u128(n)), ThreadId(Uuid::from_u128(n)));
    let (state, owner) = (ConversationState::Queued, Owner::Queue { queue: QUEUE });
    Row::Conversation(conversation::Row::Conversation(Box::new(ConversationRow {
        id,
        thread,
        state,
        owner,
        ..like.clone()
    })))
}

fn queued(n: u128) -> Row {
    let (message, thread) = (MessageId(Uuid::from_u128(n)), ThreadId(Uuid::from_u128(n)));
    Row::Channel(channel::Row::SendQueued(Outgoing {
        message,
        number: NUMBER,
        thread,
        class: Class::Agent,
        owner_epoch: 1,
    }))
}

/// Until the first `await` nobody else runs: it is as if everybody was held up.
#[tokio::test(start_paused = true)]
async fn f2_a_router_that_cannot_look_reads_its_index_anew_and_keeps_no_heap_of_what_it_was_told() {
    let bench = Bench::usual().await;
    bench.says(1, "1").await;
    bench.inbox_is_empty().await;
    let like = bench.store.chats_of(TENANT).pop().unwrap();
    let router = bench.office.router(TENANT).unwrap();
    for n in 0..MANY {
        let batch = told(&bench, vec![waiting(&like, n)]);
        let rows = Arc::downgrade(&batch.rows);
        router.hear(&FeedItem::Batch(batch));
        assert!(rows.upgrade().is_none(), "nobody holds what was written");
    }
    sleep(Duration::from_secs(2)).await;
    let board = router.board().borrow().clone();
    assert_eq!(board.queues[&QUEUE].waiting, 1, "what the store knows, and nothing else");
    bench.comes(ANA).await;
    assert_eq!(bench.assigned().await, (like.thread, ANA));
}

#[tokio::test(start_paused = true)]
async fn f2_a_delivery_that_cannot_look_reads_the_outbox() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    let delivery = bench.office.delivery(TENANT, NUMBER).unwrap();
    let batch = told(&bench, (0..MANY).map(queued).collect());
    delivery.hear(&FeedItem::Batch(batch));
    let said = bench.replies(ANA, thread).await;
    let posted = bench.until(async |bench| (bench.posts() == [said]).then_some(()));
    timeout(Duration::from_secs(1), posted).await.expect("it looks at once, and not only when it is time");
}
