//! What the live socket shows: rows that belong together, read in one transaction that says what it is as of.

use super::directory::directory;
use super::visibility::{Query, Side};
use super::{ContactView, ConversationView, Directory, HistoryLine, MessageView, Shown, TenantScope, Visibility};
use super::{contacts, conversations, history, messages};
use crate::Store;
use crate::sql::{Connection, Error, decode, values};
use dashoffice_domain::Event;
use dashoffice_domain::conversation;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::conversation::OwnerReason;
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, MessageId, ThreadId};
use dashoffice_runtime::Unavailable;
use std::collections::{BTreeMap, BTreeSet};

/// A line of the list and its contact, whoever may see it.
#[derive(Clone, Debug)]
pub struct LineView {
    pub conversation: ConversationView,
    /// `None`: erased, or not asked for.
    pub contact: Option<ContactView>,
    /// The agent who had it before it went to whoever has it now; read where it was asked for or nobody has it.
    pub last_agent: Option<AgentId>,
}

/// Rows to read together.
#[derive(Clone, Debug, Default)]
pub struct LiveWanted {
    pub conversations: BTreeSet<ConversationId>,
    /// Those of them whose last agent is asked for.
    pub last_agents: BTreeSet<ConversationId>,
    /// Conversations whose contact is asked for; they are read as well.
    pub contacts: BTreeSet<ConversationId>,
    pub messages: BTreeSet<MessageId>,
    /// Messages known by the provider's id within a thread.
    pub altered: BTreeSet<(ThreadId, String)>,
}

/// What was found; every conversation of a message is there too.
#[derive(Clone, Debug, Default)]
pub struct LiveChanges {
    pub conversations: Vec<LineView>,
    pub messages: Vec<MessageView>,
    pub altered: Vec<((ThreadId, String), MessageId)>,
}

/// A topic to be read whole.
#[derive(Clone, Copy, Debug)]
pub enum LiveTopic {
    /// Every conversation that is not closed and that `visibility` shows: all of one's own, of the others at most so many.
    Inbox { visibility: Visibility, own: AgentId, most: usize },
    /// One conversation with its newest messages, at most so many, whoever may see it.
    Conversation { id: ConversationId, messages: u32 },
}

/// A topic as it was.
#[derive(Clone, Debug, Default)]
pub struct TopicView {
    /// Newest first; at most one for a conversation.
    pub lines: Vec<LineView>,
    /// There are more lines, or older messages.
    pub truncated: bool,
    /// Newest first.
    pub messages: Vec<MessageView>,
    /// Newest first.
    pub history: Vec<HistoryLine>,
    /// Of an inbox.
    pub directory: Directory,
}

/// Changes of owner that are looked through for an agent.
const OWNERS_BACK: i64 = 16;
/// Lines of a conversation's history.
const LONGEST_HISTORY: i64 = 1_000;

impl Store {
    /// What a few commits speak of, as it is now: never before a commit that was told. Who had a conversation last is read of one
    /// moment with who has it; nearly always nobody asks for that, and a transaction would only cost.
    pub async fn live_news(&self, scope: TenantScope, wanted: &LiveWanted) -> Result<LiveChanges, Unavailable> {
        self.reading("reading what changed", async |db| {
            if wanted.last_agents.is_empty() && wanted.altered.is_empty() {
                let news = news(db, scope, wanted).await?;
                if news.conversations.iter().all(|line| line.conversation.row.owner != Owner::Nobody) {
                    return Ok(news);
                }
            }
            db.together(async |db| news(db, scope, wanted).await).await
        })
        .await
    }

    /// The position of the tenant's last event.
    pub async fn live_position(&self, scope: TenantScope) -> Result<i64, Unavailable> {
        Ok(self.showing("reading the position", scope, async |_| Ok(())).await?.as_of)
    }

    pub async fn live_topic(&self, scope: TenantScope, topic: LiveTopic) -> Result<Shown<TopicView>, Unavailable> {
        let shown = self.showing("reading a snapshot", scope, async |db| match topic {
            LiveTopic::Inbox { visibility, own, most } => inbox(db, scope, visibility, own, most).await,
            LiveTopic::Conversation { id, messages } => conversation(db, scope, id, messages).await,
        });
        let mut shown = shown.await?;
        shown.what.directory.is_fixed_by(&self.fixed(), scope);
        Ok(shown)
    }
}

/// Messages come before the conversations that decide who may see them: whoever may is never judged by an older moment.
async fn news(db: &mut Connection, scope: TenantScope, wanted: &LiveWanted) -> Result<LiveChanges, Error> {
    let keys = wanted.altered.iter().map(|(thread, id)| values![scope.tenant(), *thread, id]).collect();
    let sql = "SELECT m.thread, m.provider_message_id, m.id FROM k CROSS JOIN thread t \
               INNER JOIN message m ON m.tenant = t.tenant AND m.number = t.number AND m.provider_message_id = k.name \
               WHERE t.tenant = k.tenant AND t.id = k.thread AND m.thread = k.thread";
    let mut altered = Vec::new();
    for row in db.rows_with(&["tenant", "thread", "name"], keys, sql).await? {
        let mut c = row.columns();
        altered.push(((c.id()?, c.text()?), c.id()?));
    }
    let mut ids = wanted.messages.clone();
    ids.extend(altered.iter().map(|(_, message)| *message));
    let messages = messages::these(db, scope, ids).await?;
    let mut ids = wanted.conversations.clone();
    ids.extend(messages.iter().map(|message| message.row.conversation));
    ids.extend(&wanted.contacts);
    let mut conversations = lines(db, scope, ids).await?;
    for line in &mut conversations {
        let row = &line.conversation.row;
        if row.owner == Owner::Nobody || wanted.last_agents.contains(&row.id) {
            line.last_agent = last_agent(db, scope, row.thread).await?;
        }
    }
    let asked = |line: &&LineView| wanted.contacts.contains(&line.conversation.row.id);
    let people: BTreeSet<ContactId> =
        conversations.iter().filter(asked).map(|line| line.conversation.row.contact).collect();
    let people = contacts::these(db, scope, people).await?;
    let people: BTreeMap<ContactId, ContactView> = people.into_iter().map(|person| (person.id, person)).collect();
    for line in &mut conversations {
        line.contact = people.get(&line.conversation.row.contact).cloned();
    }
    Ok(LiveChanges { conversations, messages, altered })
}

async fn lines(
    db: &mut Connection,
    scope: TenantScope,
    ids: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<LineView>, Error> {
    let found = conversations::these(db, scope, ids).await?;
    Ok(found.into_iter().map(|conversation| LineView { conversation, contact: None, last_agent: None }).collect())
}

async fn inbox(
    db: &mut Connection,
    scope: TenantScope,
    visibility: Visibility,
    own: AgentId,
    most: usize,
) -> Result<TopicView, Error> {
    let mut mine = BTreeSet::new();
    let sql = "SELECT c.id FROM conversation c WHERE c.tenant = $1 AND c.agent = $2 AND c.state <> 'closed'";
    for row in db.rows(sql, values![scope.tenant(), own]).await? {
        mine.insert(row.columns().id()?);
    }
    let mut query = Query::of("SELECT c.id FROM conversation c WHERE c.tenant = $1", scope);
    query.seen_on(Side::Open, db, scope, visibility).await?;
    query.and(" ORDER BY c.last_message_at DESC, c.id DESC LIMIT ?", values![(most + mine.len() + 1) as i64]);
    let mut others = Vec::new();
    for row in query.rows(db).await? {
        others.extend(Some(row.columns().id()?).filter(|id| !mine.contains(id)));
    }
    let truncated = others.len() > most;
    let mut lines = lines(db, scope, mine.into_iter().chain(others.into_iter().take(most))).await?;
    lines.sort_by_key(|line| std::cmp::Reverse((line.conversation.row.last_message_at, line.conversation.row.id)));
    Ok(TopicView { lines, truncated, directory: directory(db, scope).await?, ..TopicView::default() })
}

async fn conversation(
    db: &mut Connection,
    scope: TenantScope,
    id: ConversationId,
    most: u32,
) -> Result<TopicView, Error> {
    let wanted = LiveWanted { contacts: BTreeSet::from([id]), ..LiveWanted::default() };
    let lines = news(db, scope, &wanted).await?.conversations;
    let Some(line) = lines.first() else { return Ok(TopicView::default()) };
    let history = history::lines(db, scope, line.conversation.row.thread, id, i64::MAX, LONGEST_HISTORY).await?;
    let mut messages = messages::newest(db, scope, id, most).await?;
    let truncated = messages.len() > most as usize;
    messages.truncate(most as usize);
    Ok(TopicView { lines, truncated, messages, history, ..TopicView::default() })
}

/// The agent who had a thread's conversation before it went to whoever has it now.
async fn last_agent(db: &mut Connection, scope: TenantScope, thread: ThreadId) -> Result<Option<AgentId>, Error> {
    let sql = concat!(
        "SELECT body FROM event WHERE tenant = $1 AND entity_kind = 'thread' AND entity_id = $2 AND ",
        history::of_history!(),
        " AND kind = 'owner_changed' ORDER BY sequence DESC LIMIT $3"
    );
    for row in db.rows(sql, values![scope.tenant(), thread, OWNERS_BACK]).await? {
        match decode::json::<Event>(&mut row.columns()) {
            Ok(Event::Conversation(conversation::Event::OwnerChanged { from: Owner::Agent { agent }, .. })) => {
                return Ok(Some(agent));
            }
            Ok(Event::Conversation(conversation::Event::OwnerChanged { reason: OwnerReason::Opened, .. })) => {
                return Ok(None);
            }
            // Another owner, or a kind that a newer version wrote.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}
