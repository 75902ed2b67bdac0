//! What reads touch: however many conversations and messages a tenant has, a read costs what it shows.
//!
//! A house is filled with eight thousand conversations, of which a few hundred are open and one is long. Each statement of each
//! read is then asked what it touched: rows of every step of PostgreSQL's plan, steps of SQLite's machine. Whatever walks through a
//! table of the tenant touches at least twice what is allowed.

mod tags;

use super::{AuditFilter, ConversationFilter, Cursor, LiveTopic, LiveWanted, Order, TenantScope, Visibility, Whose};
use crate::projection::AuditRecord;
use crate::records::{
    AddressRecord, ContactRecord, Cursor as Positions, MessageRecord, Tables, ThreadRecord, TimerRecord,
};
use crate::sql::recorder::{fill, recorded, touched};
use crate::sql::{Connection, Pool};
use crate::{Config, LeaseTimes, Office, Store};
use dashoffice_domain::Event;
use dashoffice_domain::channel::SendPlace;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{ConversationRow, ConversationState, MessageRow, Owner, Preview, TAG};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{
    AgentId, ContactId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId, UserId,
};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::{Entity, Timestamp, conversation};
use dashoffice_runtime::{Envelope, Journal as _};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

const NOON: i64 = 1_800_000_000_000_000;
const TENANT: TenantId = TenantId(Uuid::from_u128(0xA1));
const NUMBER: NumberId = NumberId(Uuid::from_u128(0x101));
const QUEUE: QueueId = QueueId(Uuid::from_u128(0x201));
const CHATS: u128 = 8_000;
/// One in so many is open.
const OPEN: u128 = 20;
/// Messages of the first conversation; every other one has two.
const LONG: u128 = 6_000;
const AGENTS: u128 = 40;
/// Lines of the audit.
const DEEDS: u128 = 20_000;
/// More than any page with all that stands on its lines, or all that is open; at most half of a walk through a table.
const STEPS: i64 = 40_000;
const ROWS: i64 = 4_000;

#[tokio::test]
async fn a_read_touches_what_it_shows_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::Sqlite { data_dir: folder.path().to_owned() };
    let store = Store::open(config, Uuid::from_u128(1), Arc::new(|| NOON)).await.unwrap();
    let file = format!("sqlite://{}", folder.path().join("dashoffice.db").display());
    let writes = Pool::Sqlite(SqlitePoolOptions::new().max_connections(1).connect(&file).await.unwrap());
    fill(writes.acquire().await.unwrap(), &house()).await.unwrap();
    every_read(&store, STEPS).await;
}

#[tokio::test]
async fn a_read_touches_what_it_shows_on_postgresql() {
    #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
    let server = std::env::var("DASHOFFICE_TEST_POSTGRES");
    let server = server.expect("tests on PostgreSQL need a server: run them through scripts/with-postgres");
    let name = format!("touch_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let config = Config::Postgres { url: Secret(url.clone()), lease: LeaseTimes::default() };
    let store = Store::open(config, Uuid::from_u128(1), Arc::new(|| NOON)).await.unwrap();
    let writes = Pool::Postgres(PgPoolOptions::new().max_connections(1).connect(&url).await.unwrap());
    fill(writes.acquire().await.unwrap(), &house()).await.unwrap();
    every_read(&store, ROWS).await;
}

/// Asks each statement of each read what it touches.
async fn every_read(store: &Store, most: i64) {
    let mut db = store.reads().acquire().await.unwrap();
    let scope = TenantScope::looked_up(TENANT);
    let mut too_much = Vec::new();
    macro_rules! read {
        ($name:expr, $read:expr) => {
            let name: String = $name.into();
            let said = recorded(async {
                let _ = $read.await.unwrap();
            })
            .await;
            too_much.extend(those_of(&mut db, &name, said, most).await);
        };
    }
    for (name, filter) in lists() {
        for visibility in [Visibility::All, Visibility::Of(agent(1))] {
            for after in [None, Some(Cursor { key: NOON + 3_000_000, id: Uuid::nil() })] {
                let name = format!("{name}, {visibility:?}, {after:?}");
                read!(name, store.conversations(scope, visibility, &filter, after, 50));
            }
        }
    }
    for visibility in [Visibility::All, Visibility::Of(agent(1))] {
        read!(format!("contacts {visibility:?}"), store.contacts(scope, visibility, None, None, 50));
        let after = Some(Cursor { key: NOON + 3_000_000, id: Uuid::nil() });
        read!(format!("more contacts {visibility:?}"), store.contacts(scope, visibility, None, after, 50));
        read!("contact", store.contact(scope, visibility, ContactId(id(3, 7))));
        read!("conversation", store.conversation(scope, visibility, ConversationId(id(5, 0))));
        read!("messages", store.messages(scope, visibility, ConversationId(id(5, 0)), None, 50));
        let before = Some(Cursor { key: 2_000, id: Uuid::nil() });
        read!("older messages", store.messages(scope, visibility, ConversationId(id(5, 0)), before, 50));
        read!("message", store.message(scope, visibility, MessageId(id(6, 9))));
        read!("by provider's id", store.messages_by_provider_id(scope, visibility, "wamid.9"));
        read!("history", store.history(scope, visibility, ConversationId(id(5, 0)), None, 50));
        let who = Identifier { kind: IdentifierKind::WaId, value: "5511900000040".into() };
        read!(
            "open conversation with",
            store.open_conversation_with(scope, visibility, NUMBER, std::slice::from_ref(&who))
        );
        let inbox = LiveTopic::Inbox { visibility, own: agent(1), most: 200 };
        read!("inbox", store.live_topic(scope, inbox));
    }
    let chat = LiveTopic::Conversation { id: ConversationId(id(5, 0)), messages: 50 };
    // Of the long one: counted in the index, hence a walk, but a short one.
    read!("read mark", store.read_mark(scope, ConversationId(id(5, 0)), 3_000));
    read!("chat", store.live_topic(scope, chat));
    let wanted = LiveWanted {
        conversations: (0..50).map(|n| ConversationId(id(5, n))).collect(),
        last_agents: BTreeSet::from([ConversationId(id(5, 0))]),
        contacts: BTreeSet::from([ConversationId(id(5, 1))]),
        messages: (0..50).map(|n| MessageId(id(6, n))).collect(),
        altered: BTreeSet::from([(ThreadId(id(4, 0)), "wamid.9".to_owned())]),
    };
    read!("news", store.live_news(scope, &wanted));
    read!("directory", store.directory(scope));
    read!("jobs", store.jobs(scope, Timestamp(NOON)));
    read!("who", store.who(scope, UserId(id(7, 1))));
    for (name, filter) in audits() {
        for before in [None, Some((Timestamp(NOON + 3_000_000), 3_000))] {
            read!(format!("audit {name}, {before:?}"), store.audit(scope, &filter, before, 50));
        }
    }
    let reads = store.tenant_reads(TENANT);
    read!("routing", reads.routing());
    read!("awaiting", reads.awaiting(100));
    read!("numbers", reads.numbers());
    read!("inbox rows", reads.unconsumed(0, 100));
    read!("sends", reads.sends(NUMBER, SendPlace::default(), 100));
    read!("read marks", reads.read_marks(NUMBER, 100));
    read!("media", reads.media_jobs(100));
    let known = vec![Identifier { kind: IdentifierKind::WaId, value: "5511900000040".into() }];
    read!("threads", reads.threads_of(NUMBER, known.clone()));
    read!("state", store.load(TENANT.0, Entity::Thread(ThreadId(id(4, 0)))));
    read!("last event", store.last_at(TENANT.0));
    read!("timers", store.due_timers(NOON, 100));
    for (name, filter) in tags::lists() {
        for after in [None, Some(tags::place(&filter))] {
            read!(format!("tags {name}, {after:?}"), store.records(scope, &TAG, &filter, after.as_ref(), 50));
        }
    }
    assert!(too_much.is_empty(), "more than {most}:\n{}", too_much.join("\n"));
}

async fn those_of(
    db: &mut Connection,
    name: &str,
    said: Vec<(String, Vec<crate::sql::Value>)>,
    most: i64,
) -> Vec<String> {
    assert!(!said.is_empty(), "{name} said nothing");
    let mut found = Vec::new();
    for (sql, args) in said {
        let touches = touched(db, &sql, args).await.unwrap();
        if touches > most {
            found.push(format!("{touches}: {name}: {sql}"));
        }
    }
    found
}

/// Every way in which somebody narrows the list.
fn lists() -> Vec<(String, ConversationFilter)> {
    let states = [vec![], vec![ConversationState::Queued, ConversationState::Active], vec![ConversationState::Closed]];
    let narrow: [(&str, ConversationFilter); 8] = [
        ("all", ConversationFilter::default()),
        ("mine", ConversationFilter { whose: Whose::Agent(agent(1)), ..Default::default() }),
        ("waiting", ConversationFilter { whose: Whose::Queue, ..Default::default() }),
        ("of a queue", ConversationFilter { queue: Some(QUEUE), ..Default::default() }),
        ("of a number", ConversationFilter { number: Some(NUMBER), ..Default::default() }),
        ("of a contact", ConversationFilter { contact: Some(ContactId(id(3, 7))), ..Default::default() }),
        ("of a thread", ConversationFilter { thread: Some(ThreadId(id(4, 7))), ..Default::default() }),
        ("of an agent", ConversationFilter { agent: Some(agent(2)), ..Default::default() }),
    ];
    let mut lists = Vec::new();
    for (name, filter) in narrow {
        for states in &states {
            let filter = ConversationFilter { states: states.clone(), ..filter.clone() };
            lists.push((format!("{name} {states:?}"), filter.clone()));
            // Nobody waits who is closed, and all that ever waited is no page.
            if states.first() == Some(&ConversationState::Queued) {
                let waiting = ConversationFilter { order: Order::Waiting, ..filter };
                lists.push((format!("{name} {states:?} by waiting"), waiting));
            }
        }
    }
    lists
}

/// Every way in which somebody narrows the audit.
fn audits() -> [(&'static str, AuditFilter); 6] {
    let all = AuditFilter::default();
    let kind = Some("conversation".to_owned());
    [
        ("all", all.clone()),
        ("of a kind", AuditFilter { kind: kind.clone(), ..all.clone() }),
        ("of a thing", AuditFilter { kind, id: Some(id(5, 7)), ..all.clone() }),
        ("of somebody", AuditFilter { actor: Some(agent(1).0), ..all.clone() }),
        ("of what was done", AuditFilter { what: Some("declined".to_owned()), ..all.clone() }),
        ("of a while", AuditFilter { from: Some(Timestamp(NOON)), until: Some(Timestamp(NOON + 5_000_000)), ..all }),
    ]
}

fn id(kind: u128, n: u128) -> Uuid {
    Uuid::from_u128(kind << 96 | n)
}

fn agent(n: u128) -> AgentId {
    AgentId(id(7, n))
}

fn house() -> Tables {
    let mut house = Tables::default();
    house.tenants.put(TENANT.0, "Padaria".to_owned());
    let mut positions = 0;
    let mut messages = 0;
    for n in 0..CHATS {
        let at = Timestamp(NOON + n as i64 * 1_000);
        let (thread, contact) = (ThreadId(id(4, n)), ContactId(id(3, n)));
        house
            .contacts
            .put((TENANT.0, contact), ContactRecord { name: Some(format!("Ana {n}")), username: None, seen_at: at });
        house.threads.put((TENANT.0, thread), ThreadRecord { number: NUMBER, contact, created_at: at });
        let identifier = Identifier { kind: IdentifierKind::WaId, value: format!("55119{n:08}") };
        house.put_address(
            (TENANT.0, NUMBER, identifier),
            AddressRecord { thread, contact, seen_at: at, retired_at: None },
        );
        let conversation = ConversationId(id(5, n));
        let many = if n == 0 { LONG } else { 2 };
        for sequence in 1..=many as i64 {
            positions += 1;
            house.events.push(event(thread, positions, sequence));
        }
        for _ in 0..many {
            positions += 1;
            let row = message(MessageId(id(6, messages)), thread, conversation, messages);
            house.put_message(TENANT.0, row.id, MessageRecord::of(&row, positions));
            messages += 1;
        }
        let last = MessageId(id(6, messages - 1));
        house.conversations.put((TENANT.0, conversation), line(n, conversation, thread, contact, last));
        let timer = TimerRecord { token: id(8, n), due_at: Timestamp(NOON + 60_000_000 + n as i64) };
        house.timers.put((TENANT.0, Entity::Thread(thread), "window".to_owned()), timer);
    }
    tags::fill(&mut house);
    for n in 0..DEEDS {
        let what = if n % 1_000 == 0 { "declined" } else { "picked" };
        let deed = AuditRecord {
            position: n as i64,
            kind: if n % 100 == 0 { "tag" } else { "conversation" }.to_owned(),
            id: id(5, n % CHATS),
            what: what.to_owned(),
            actor: agent(n % AGENTS).into(),
            at: Timestamp(NOON + n as i64 * 1_000),
            about: "{}".to_owned(),
        };
        house.audit.put((TENANT.0, n as i64), deed);
    }
    house.projections.put(("audit", TENANT.0), DEEDS as i64);
    house.cursors.put(TENANT.0, Positions { position: positions, inbox_position: 0 });
    house
}

fn event(thread: ThreadId, position: i64, sequence: i64) -> Envelope<Office> {
    Envelope {
        id: id(9, position as u128),
        tenant: TENANT.0,
        position,
        entity: Entity::Thread(thread),
        sequence,
        at: NOON + position,
        actor: Principal::User(UserId(id(7, 1))),
        cause: Uuid::nil(),
        correlation: Uuid::nil(),
        owner_epoch: 1,
        term: 1,
        event: Event::Conversation(conversation::Event::IdentifiersLinked { count: 1 }),
    }
}

fn message(id: MessageId, thread: ThreadId, conversation: ConversationId, n: u128) -> MessageRow {
    MessageRow {
        id,
        thread,
        conversation,
        number: NUMBER,
        direction: Direction::Inbound,
        status: Status::Received,
        content: Content::text("bom dia"),
        provider_message_id: Some(format!("wamid.{n}")),
        reply_to: None,
        author: None,
        said_at: Timestamp(NOON),
        recorded_at: Timestamp(NOON),
        context: dashoffice_domain::conversation::context::MessageContext::default(),
    }
}

/// Most are closed; of the open ones a third waits, and the agents have the rest.
fn line(n: u128, id: ConversationId, thread: ThreadId, contact: ContactId, last: MessageId) -> ConversationRow {
    let at = Timestamp(NOON + n as i64 * 1_000);
    let theirs = agent(n / OPEN % AGENTS);
    let (state, owner) = match n % OPEN {
        0 if (n / OPEN).is_multiple_of(3) => (ConversationState::Queued, Owner::Queue { queue: QUEUE }),
        0 => (ConversationState::Active, Owner::Agent { agent: theirs }),
        _ => (ConversationState::Closed, Owner::Nobody),
    };
    let open = state != ConversationState::Closed;
    ConversationRow {
        id,
        thread,
        number: NUMBER,
        contact,
        state,
        owner,
        owner_epoch: 1,
        queue: QUEUE,
        opened_at: at,
        enqueued_at: at,
        closed_at: (!open).then_some(at),
        last_message: Some(last),
        last_message_at: at,
        last_direction: Direction::Inbound,
        preview: Some(Preview { text: "bom dia".into(), kind: "text".into() }),
        waiting_since: open.then_some(at),
        window_until: None,
        unanswered: 1,
        unread: 1,
        last_agent: Some(theirs),
        changed_at: at,
        excluded: Vec::new(),
        reply_clock: None,
        pauses: Vec::new(),
    }
}
