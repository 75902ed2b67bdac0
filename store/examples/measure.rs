//! Measures the way of a message through the store: one delivery, one commit that consumes it, in a closed loop of N at once.
//!
//! `cargo run --profile ci -p dashoffice-store --example measure -- sqlite|URL [at once] [messages]`

use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{ConversationRow, MessageRow, Preview};
use dashoffice_domain::conversation::{ConversationState, Owner};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{AppId, ContactId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId};
use dashoffice_domain::ports::{Arrival, Delivery, Refuge, Secret};
use dashoffice_domain::{Entity, Event, Row, Timestamp, conversation};
use dashoffice_runtime::{Commit, Draft, Journal as _, Outcome, StateRow, Take};
use dashoffice_store::{Config, LeaseTimes, Office, Provision, Store};
use futures_util::StreamExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, Instant};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const NUMBER: NumberId = NumberId(Uuid::from_u128(2));
/// How many rows of the inbox have been taken; a fresh database is assumed.
static CONSUMED: AtomicI64 = AtomicI64::new(0);
const NOW: i64 = 1_800_000_000_000_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a tool that prints what it measured")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().unwrap_or_else(|| "sqlite".to_owned());
    let at_once: usize = arguments.next().map_or(1, |n| n.parse().expect("a number"));
    let messages: u128 = arguments.next().map_or(2000, |n| n.parse().expect("a number"));
    let data_dir = std::env::temp_dir().join(format!("dashoffice-measure-{}", std::process::id()));
    let config = if place == "sqlite" {
        Config::Sqlite { data_dir: data_dir.clone() }
    } else {
        Config::Postgres { url: Secret(place.clone()), lease: LeaseTimes::default() }
    };
    let instance = Uuid::from_u128(u128::from(std::process::id()));
    let store = Store::open(config, instance, Arc::new(|| NOW)).await.expect("the store opens");
    let term = store.own().await.expect("the store is ours");
    let token = format!("measure-{instance}");
    let app = Provision::App {
        tenant: TENANT,
        id: AppId(instance),
        provider: "cloud".into(),
        app_secret: Secret(String::new()),
        verify_token: Secret(String::new()),
        url_token: Secret(token.clone()),
    };
    store.provision(app).await.expect("it is there");
    let inbox = store.app_by_token(&token).await.expect("readable").expect("it is there").inbox;
    // Warm: statements are prepared, pages are in the cache.
    for n in 0..50 {
        one(&store, inbox.as_ref(), instance, term, n).await;
    }
    let before = store.inspect();
    let begun = Instant::now();
    let took: Vec<Duration> = futures_util::stream::iter(50..50 + messages)
        .map(|n| {
            let (store, inbox) = (store.clone(), inbox.clone());
            async move {
                let begun = Instant::now();
                one(&store, inbox.as_ref(), instance, term, n).await;
                begun.elapsed()
            }
        })
        .buffer_unordered(at_once)
        .collect()
        .await;
    let whole = begun.elapsed();
    let after = store.inspect();
    let mut took = took;
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize];
    println!(
        "{messages} messages, {at_once} at once: {:.0}/s, two commits each: p50 {:?}, p99 {:?}; {} transactions, {:.1} jobs each",
        messages as f64 / whole.as_secs_f64(),
        at(0.5),
        at(0.99),
        after.transactions - before.transactions,
        (after.jobs - before.jobs) as f64 / (after.transactions - before.transactions) as f64,
    );
    store.close().await;
    std::fs::remove_dir_all(data_dir).ok();
}

/// A message comes in and is consumed by its thread's first commit.
async fn one(store: &Store, inbox: &dyn Refuge, instance: Uuid, term: i64, n: u128) {
    let id = |kind: u128| Uuid::from_u128((instance.as_u128() << 64) + (kind << 48) + n);
    let raw = format!("{{\"id\":\"wamid.{n}\",\"text\":{{\"body\":\"{}\"}}}}", "bom dia ".repeat(20)).into_bytes();
    let arrival = Arrival { number: NUMBER, dedupe_key: id(0).to_string(), raw };
    let delivery =
        Delivery { arrivals: vec![arrival], received_at: Timestamp(NOW), correlation: id(1), ..Delivery::default() };
    inbox.keep(delivery).await.expect("it is accepted");
    let (thread, conversation, message) = (ThreadId(id(2)), ConversationId(id(3)), MessageId(id(4)));
    let rows = vec![
        Row::Conversation(conversation::Row::Contact {
            id: ContactId(id(5)),
            name: Some("Ana".into()),
            username: None,
            seen_at: Timestamp(NOW),
        }),
        Row::Conversation(conversation::Row::Conversation(Box::new(conversation_row(
            conversation,
            thread,
            ContactId(id(5)),
        )))),
        Row::Conversation(conversation::Row::Message(Box::new(MessageRow {
            id: message,
            thread,
            conversation,
            number: NUMBER,
            direction: Direction::Inbound,
            status: Status::Received,
            content: Content::text("bom dia ".repeat(20)),
            provider_message_id: Some(format!("wamid.{}", id(0))),
            reply_to: None,
            author: None,
            said_at: Timestamp(NOW),
            recorded_at: Timestamp(NOW),
            context: dashoffice_domain::conversation::context::MessageContext::default(),
        }))),
    ];
    let event = Event::Conversation(conversation::Event::MessageReceived { conversation, message, window_until: NOW });
    // Positions have no gaps: when n deliveries are on disk, so is the n-th row.
    let position = CONSUMED.fetch_add(1, SeqCst) + 1;
    let commit = Commit::<Office> {
        tenant: TENANT.0,
        entity: Entity::Thread(thread),
        expected_sequence: Some(0),
        term,
        take: vec![Take::Inbox(position)],
        guard: None,
        events: vec![Draft { id: id(6), owner_epoch: 1, event }],
        state: Some(StateRow { sequence: 1, schema_version: 1, body: vec![b'x'; 600] }),
        rows,
        timers: vec![],
        tells: vec![],
        command_result: None,
        at: NOW,
        actor: Principal::SYSTEM,
        cause: id(1),
        correlation: id(1),
    };
    let outcome = store.commit(commit).await;
    assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
}

fn conversation_row(id: ConversationId, thread: ThreadId, contact: ContactId) -> ConversationRow {
    let queue = QueueId(Uuid::nil());
    ConversationRow {
        last_message: None,
        unread: 0,
        last_agent: None,
        changed_at: Timestamp(0),
        excluded: Vec::new(),
        reply_clock: None,
        pauses: Vec::new(),
        id,
        thread,
        number: NUMBER,
        contact,
        state: ConversationState::Queued,
        owner: Owner::Queue { queue },
        owner_epoch: 1,
        queue,
        opened_at: Timestamp(NOW),
        enqueued_at: Timestamp(NOW),
        closed_at: None,
        last_message_at: Timestamp(NOW),
        last_direction: Direction::Inbound,
        preview: Some(Preview { text: "bom dia".into(), kind: "text".into() }),
        waiting_since: Some(Timestamp(NOW)),
        window_until: None,
        unanswered: 1,
    }
}
