//! What the live socket shows: rows that belong together, read in one transaction that says what it is as of.

use super::{ContactView, ConversationView, MessageView, TenantScope};
use super::{conversation, conversation_columns, message, message_columns};
use crate::Store;
use crate::sql::{Connection, Error, decode, values};
use dashoffice_domain::contact::Identifier;
use dashoffice_domain::event::OwnerReason;
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId};
use dashoffice_domain::message::Status;
use dashoffice_domain::routing::{Chosen, QueueSettings};
use dashoffice_domain::thread::Owner;
use dashoffice_domain::{Event, Timestamp};
use dashoffice_runtime::{Envelope, Unavailable};
use std::collections::{BTreeMap, BTreeSet};

/// A line of the list with everything that is shown of it.
#[derive(Clone, Debug)]
pub struct LineView {
    pub conversation: ConversationView,
    pub contact: ContactView,
    /// Of the last message, where it is still there.
    pub last_status: Option<Status>,
    /// The agent who had it before, where it was asked for or nobody has it.
    pub last_agent: Option<AgentId>,
}

/// A message and the id of the one it answers, where that is known.
#[derive(Clone, Debug)]
pub struct SaidView {
    pub message: MessageView,
    pub reply_to: Option<MessageId>,
}

/// Rows to read together.
#[derive(Clone, Debug, Default)]
pub struct LiveWanted {
    pub conversations: BTreeSet<ConversationId>,
    /// Those of them whose last agent is asked for.
    pub last_agents: BTreeSet<ConversationId>,
    pub messages: BTreeSet<MessageId>,
    pub altered: BTreeSet<(ThreadId, String)>,
}

/// What was found; every conversation of a message is there too.
#[derive(Clone, Debug, Default)]
pub struct LiveNews {
    pub as_of: i64,
    pub conversations: Vec<LineView>,
    pub messages: Vec<SaidView>,
    pub altered: Vec<((ThreadId, String), MessageId)>,
}

/// Who looks: what they see besides their own.
#[derive(Clone, Debug)]
pub struct Watcher {
    pub agent: Option<AgentId>,
    pub reads_all: bool,
    pub queues: BTreeSet<QueueId>,
}

/// A topic to be read whole.
#[derive(Clone, Debug)]
pub enum Topic {
    /// Every conversation they see that is not closed; of those that are not theirs at most so many.
    Inbox { watcher: Watcher, most: usize },
    /// One conversation with its newest messages, at most so many.
    Conversation { id: ConversationId, messages: u32 },
}

/// A topic as it was.
#[derive(Clone, Debug, Default)]
pub struct TopicView {
    pub as_of: i64,
    /// Newest first; at most one for a conversation.
    pub lines: Vec<LineView>,
    /// There are more lines, or older messages.
    pub truncated: bool,
    /// Newest first.
    pub messages: Vec<SaidView>,
    /// Changes of owner, openings and closings, oldest first.
    pub history: Vec<Envelope<crate::Office>>,
    pub directory: DirectoryView,
}

/// Numbers, queues and agents with the figures that rows tell.
#[derive(Clone, Debug, Default)]
pub struct DirectoryView {
    pub numbers: Vec<NumberView>,
    pub queues: Vec<QueueSettings>,
    pub agents: Vec<AgentView>,
}

#[derive(Clone, Debug)]
pub struct NumberView {
    pub id: NumberId,
    pub name: String,
    pub provider: String,
    pub display_phone_number: String,
    pub queue: QueueId,
    pub waiting: i64,
    pub active: i64,
    pub sends_waiting: i64,
}

#[derive(Clone, Debug)]
pub struct AgentView {
    pub id: AgentId,
    /// Empty for an agent who is no user.
    pub name: String,
    pub chosen: Chosen,
    pub reason: Option<String>,
    pub since: Timestamp,
    pub capacity_units: i64,
    pub active: i64,
    pub oldest_unanswered_since: Option<Timestamp>,
}

/// Every state but closed, so that an index serves.
const OPEN: &str = "c.state IN ('bot', 'queued', 'offered', 'active', 'hold', 'snoozed', 'wrap_up')";
/// Changes of owner that are looked through for an agent.
const OWNERS_BACK: i64 = 16;
/// Lines of a conversation's history.
const LONGEST_HISTORY: i64 = 1_000;

const LINE: &str = concat!(
    "SELECT ",
    conversation_columns!(),
    ", p.seen_at, s.status FROM k CROSS JOIN conversation c \
     LEFT JOIN contact p ON p.tenant = c.tenant AND p.id = c.contact \
     LEFT JOIN message s ON s.tenant = c.tenant AND s.id = c.last_message WHERE c.tenant = k.tenant AND c.id = k.id"
);
const SAID: &str = concat!(
    "SELECT ",
    message_columns!(),
    ", r.id FROM k CROSS JOIN message m LEFT JOIN message r \
     ON r.tenant = m.tenant AND r.number = m.number AND r.provider_message_id = m.reply_to \
     WHERE m.tenant = k.tenant AND m.id = k.id"
);

impl Store {
    /// What a few commits speak of, as it is now: never before a commit that was told.
    pub async fn live_news(&self, scope: TenantScope, wanted: &LiveWanted) -> Result<LiveNews, Unavailable> {
        self.reading("reading what changed", async move |db| {
            db.together(async |db| live_news(db, scope.tenant(), wanted).await).await
        })
        .await
    }

    pub async fn live_topic(&self, scope: TenantScope, topic: &Topic) -> Result<TopicView, Unavailable> {
        self.reading("reading a snapshot", async move |db| {
            db.together(async |db| live_topic(db, scope.tenant(), topic).await).await
        })
        .await
    }

    pub async fn live_directory(&self, scope: TenantScope) -> Result<DirectoryView, Unavailable> {
        self.reading("reading the directory", async move |db| {
            db.together(async |db| directory(db, scope.tenant()).await).await
        })
        .await
    }
}

async fn position(db: &mut Connection, tenant: TenantId) -> Result<i64, Error> {
    let row = db.row("SELECT position FROM tenant_cursor WHERE tenant = $1", values![tenant]).await?;
    row.map_or(Ok(0), |row| row.columns().int())
}

async fn live_news(db: &mut Connection, tenant: TenantId, wanted: &LiveWanted) -> Result<LiveNews, Error> {
    let as_of = position(db, tenant).await?;
    let keys = wanted.altered.iter().map(|(thread, id)| values![tenant, *thread, id]).collect();
    let sql = "SELECT m.thread, m.provider_message_id, m.id FROM k CROSS JOIN thread t \
               INNER JOIN message m ON m.tenant = t.tenant AND m.number = t.number AND m.provider_message_id = k.name \
               WHERE t.tenant = k.tenant AND t.id = k.thread AND m.thread = k.thread";
    let mut altered = Vec::new();
    for row in db.rows_with(&["tenant", "thread", "name"], keys, sql).await? {
        let mut c = row.columns();
        altered.push(((c.id()?, c.text()?), c.id()?));
    }
    let mut messages: BTreeSet<MessageId> = altered.iter().map(|(_, message)| *message).collect();
    messages.extend(&wanted.messages);
    let messages = said(db, tenant, messages).await?;
    let mut ids = wanted.conversations.clone();
    ids.extend(messages.iter().map(|said| said.message.row.conversation));
    let mut conversations = lines(db, tenant, ids).await?;
    for line in &mut conversations {
        let row = &line.conversation.row;
        if row.owner == Owner::Nobody || wanted.last_agents.contains(&row.id) {
            line.last_agent = last_agent(db, tenant, row.thread).await?;
        }
    }
    Ok(LiveNews { as_of, conversations, messages, altered })
}

async fn live_topic(db: &mut Connection, tenant: TenantId, topic: &Topic) -> Result<TopicView, Error> {
    let mut view = TopicView { as_of: position(db, tenant).await?, ..TopicView::default() };
    match topic {
        Topic::Inbox { watcher, most } => {
            view.directory = directory(db, tenant).await?;
            let (own, others) = visible(db, tenant, watcher, *most).await?;
            view.truncated = others.len() > *most;
            let ids = own.into_iter().chain(others.into_iter().take(*most)).collect();
            view.lines = lines(db, tenant, ids).await?;
            view.lines.sort_by_key(|line| {
                let row = &line.conversation.row;
                std::cmp::Reverse((row.last_message_at, row.id))
            });
        }
        Topic::Conversation { id, messages } => {
            view.lines = lines(db, tenant, BTreeSet::from([*id])).await?;
            let Some(line) = view.lines.first_mut() else { return Ok(view) };
            let thread = line.conversation.row.thread;
            line.last_agent = last_agent(db, tenant, thread).await?;
            let sql = "SELECT m.id FROM message m WHERE m.tenant = $1 AND m.conversation = $2 \
                       ORDER BY m.position DESC, m.id DESC LIMIT $3";
            let rows = db.rows(sql, values![tenant, *id, i64::from(*messages) + 1]).await?;
            let ids = rows.iter().map(|row| row.columns().id()).collect::<Result<Vec<MessageId>, Error>>()?;
            view.truncated = ids.len() > *messages as usize;
            view.messages = said(db, tenant, ids.into_iter().take(*messages as usize).collect()).await?;
            view.messages.sort_by_key(|said| std::cmp::Reverse((said.message.position, said.message.row.id)));
            view.history = history(db, tenant, thread, *id).await?;
        }
    }
    Ok(view)
}

/// The ids of what they see: their own, and of the others the newest, one more than `most` where there are more.
async fn visible(
    db: &mut Connection,
    tenant: TenantId,
    watcher: &Watcher,
    most: usize,
) -> Result<(BTreeSet<ConversationId>, Vec<ConversationId>), Error> {
    let mut own = BTreeSet::new();
    if let Some(agent) = watcher.agent {
        let sql = format!("SELECT c.id FROM conversation c WHERE c.tenant = $1 AND c.agent = $2 AND {OPEN}");
        for row in db.rows(sql, values![tenant, agent]).await? {
            own.insert(row.columns().id()?);
        }
        let sql = "SELECT c.id, c.owner FROM conversation c WHERE c.tenant = $1 AND c.state = 'offered'";
        for row in db.rows(sql, values![tenant]).await? {
            let mut c = row.columns();
            let (id, owner) = (c.id()?, decode::json::<Owner>(&mut c)?);
            if matches!(owner, Owner::Offered { agents, .. } if agents.contains(&agent)) {
                own.insert(id);
            }
        }
    }
    let limit = (most + own.len() + 1) as i64;
    let mut others: Vec<(Timestamp, ConversationId)> = Vec::new();
    let mut add = |rows: Vec<crate::sql::RecordRow>| -> Result<(), Error> {
        for row in rows {
            let mut c = row.columns();
            others.push((c.time()?, c.id()?));
        }
        Ok(())
    };
    if watcher.reads_all {
        let sql = format!(
            "SELECT c.last_message_at, c.id FROM conversation c WHERE c.tenant = $1 AND {OPEN} \
             ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2"
        );
        add(db.rows(sql, values![tenant, limit]).await?)?;
    } else {
        for queue in &watcher.queues {
            let sql = "SELECT c.last_message_at, c.id FROM conversation c WHERE c.tenant = $1 AND c.state = 'queued' \
                       AND c.queue = $2 ORDER BY c.last_message_at DESC, c.id DESC LIMIT $3";
            add(db.rows(sql, values![tenant, *queue, limit]).await?)?;
        }
    }
    others.sort_unstable_by(|one, other| other.cmp(one));
    let others = others.into_iter().map(|(_, id)| id).filter(|id| !own.contains(id)).take(most + 1).collect();
    Ok((own, others))
}

async fn lines(db: &mut Connection, tenant: TenantId, ids: BTreeSet<ConversationId>) -> Result<Vec<LineView>, Error> {
    let keys = ids.into_iter().map(|id| values![tenant, id]).collect();
    let mut found = Vec::new();
    for row in db.rows_with(&["tenant", "id"], keys, LINE).await? {
        let mut c = row.columns();
        let (line, seen_at) = (conversation(&mut c)?, c.time_or_null()?);
        let last_status = if c.is_null()? { None } else { Some(decode::named(&mut c, Status::named)?) };
        found.push((line, seen_at.unwrap_or_default(), last_status));
    }
    let contacts: BTreeSet<ContactId> = found.iter().map(|(line, ..)| line.row.contact).collect();
    let keys = contacts.into_iter().map(|contact| values![tenant, contact]).collect();
    let sql = "SELECT a.contact, a.kind, a.value FROM k CROSS JOIN address a \
               WHERE a.tenant = k.tenant AND a.contact = k.contact";
    let mut known: BTreeMap<ContactId, BTreeSet<Identifier>> = BTreeMap::new();
    for row in db.rows_with(&["tenant", "contact"], keys, sql).await? {
        let mut c = row.columns();
        known.entry(c.id()?).or_default().insert(decode::identifier(&mut c)?);
    }
    let line = |(conversation, seen_at, last_status): (ConversationView, Timestamp, Option<Status>)| {
        let id = conversation.row.contact;
        let identifiers = known.get(&id).map(|known| known.iter().cloned().collect()).unwrap_or_default();
        let contact = ContactView { id, name: conversation.contact_name.clone(), seen_at, identifiers };
        LineView { conversation, contact, last_status, last_agent: None }
    };
    Ok(found.into_iter().map(line).collect())
}

async fn said(db: &mut Connection, tenant: TenantId, ids: BTreeSet<MessageId>) -> Result<Vec<SaidView>, Error> {
    let keys = ids.into_iter().map(|id| values![tenant, id]).collect();
    let rows = db.rows_with(&["tenant", "id"], keys, SAID).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            Ok(SaidView { message: message(&mut c)?, reply_to: c.id_or_null()? })
        })
        .collect()
}

/// The agent who had a thread's conversation before it went to whoever has it now.
async fn last_agent(db: &mut Connection, tenant: TenantId, thread: ThreadId) -> Result<Option<AgentId>, Error> {
    let sql = "SELECT body FROM event WHERE tenant = $1 AND entity_kind = 'thread' AND entity_id = $2 \
               AND kind = 'owner_changed' ORDER BY sequence DESC LIMIT $3";
    for row in db.rows(sql, values![tenant, thread, OWNERS_BACK]).await? {
        match decode::json::<Event>(&mut row.columns()) {
            Ok(Event::OwnerChanged { from: Owner::Agent { agent }, .. }) => return Ok(Some(agent)),
            Ok(Event::OwnerChanged { reason: OwnerReason::Opened, .. }) => return Ok(None),
            // Another owner, or a kind that a newer version wrote.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

async fn history(
    db: &mut Connection,
    tenant: TenantId,
    thread: ThreadId,
    conversation: ConversationId,
) -> Result<Vec<Envelope<crate::Office>>, Error> {
    let sql = "SELECT id, tenant, position, entity_kind, entity_id, sequence, at, actor, cause, correlation, owner_epoch, \
               term, body FROM event WHERE tenant = $1 AND entity_kind = 'thread' AND entity_id = $2 AND kind IN \
               ('conversation_opened', 'conversation_reopened', 'owner_changed', 'conversation_closed') \
               ORDER BY sequence DESC LIMIT $3";
    let rows = db.rows(sql, values![tenant, thread, LONGEST_HISTORY]).await?;
    let mut found = Vec::new();
    for row in rows.iter().rev() {
        found.extend(crate::store::envelope(row)?.filter(|line| match &line.event {
            Event::ConversationOpened { conversation: of }
            | Event::ConversationReopened { conversation: of }
            | Event::ConversationClosed { conversation: of, .. }
            | Event::OwnerChanged { conversation: of, .. } => *of == conversation,
            _ => false,
        }));
    }
    Ok(found)
}

async fn directory(db: &mut Connection, tenant: TenantId) -> Result<DirectoryView, Error> {
    let queues = db.rows("SELECT settings FROM queue WHERE tenant = $1 ORDER BY name, id", values![tenant]).await?;
    let queues = queues.iter().map(|row| decode::json(&mut row.columns())).collect::<Result<_, Error>>()?;
    let numbers = numbers(db, tenant).await?;
    Ok(DirectoryView { numbers, queues, agents: agents(db, tenant).await? })
}

async fn numbers(db: &mut Connection, tenant: TenantId) -> Result<Vec<NumberView>, Error> {
    let sql = format!(
        "SELECT c.number, COUNT(*) FILTER (WHERE c.state IN ('queued', 'offered')), \
         COUNT(*) FILTER (WHERE c.agent IS NOT NULL) FROM conversation c WHERE c.tenant = $1 AND {OPEN} GROUP BY c.number"
    );
    let mut talks: BTreeMap<NumberId, (i64, i64)> = BTreeMap::new();
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        talks.insert(c.id()?, (c.int()?, c.int()?));
    }
    let sql = "SELECT o.number, COUNT(*) FROM outbox o WHERE o.tenant = $1 GROUP BY o.number";
    let mut sends: BTreeMap<NumberId, i64> = BTreeMap::new();
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        sends.insert(c.id()?, c.int()?);
    }
    let sql = "SELECT n.id, n.display_name, a.provider, n.display_phone_number, n.queue FROM number n \
               INNER JOIN provider_app a ON a.tenant = n.tenant AND a.id = n.app WHERE n.tenant = $1 \
               ORDER BY n.display_name, n.id LIMIT 500";
    let rows = db.rows(sql, values![tenant]).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            let id = c.id()?;
            let (waiting, active) = talks.get(&id).copied().unwrap_or_default();
            Ok(NumberView {
                id,
                name: c.text()?,
                provider: c.text()?,
                display_phone_number: c.text()?,
                queue: c.id()?,
                waiting,
                active,
                sends_waiting: sends.get(&id).copied().unwrap_or_default(),
            })
        })
        .collect()
}

async fn agents(db: &mut Connection, tenant: TenantId) -> Result<Vec<AgentView>, Error> {
    let sql = format!(
        "SELECT c.agent, COUNT(*), MIN(c.waiting_since) FROM conversation c \
         WHERE c.tenant = $1 AND c.agent IS NOT NULL AND {OPEN} GROUP BY c.agent"
    );
    let mut talks: BTreeMap<AgentId, (i64, Option<Timestamp>)> = BTreeMap::new();
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        talks.insert(c.id()?, (c.int()?, c.time_or_null()?));
    }
    let sql = "SELECT a.id, u.name, a.chosen, a.reason, a.since, a.capacity_units FROM agent a \
               LEFT JOIN app_user u ON u.tenant = a.tenant AND u.id = a.id WHERE a.tenant = $1 ORDER BY a.id LIMIT 500";
    let rows = db.rows(sql, values![tenant]).await?;
    rows.iter()
        .map(|row| {
            let mut c = row.columns();
            let id = c.id()?;
            let (active, oldest_unanswered_since) = talks.get(&id).copied().unwrap_or_default();
            Ok(AgentView {
                id,
                name: c.text_or_null()?.unwrap_or_default(),
                chosen: decode::named(&mut c, Chosen::named)?,
                reason: c.text_or_null()?,
                since: c.time()?,
                capacity_units: c.int()?,
                active,
                oldest_unanswered_since,
            })
        })
        .collect()
}
