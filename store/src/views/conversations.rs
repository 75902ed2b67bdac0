//! The inbox list: conversations with their contact and their last message, as far as somebody may see them.

use super::page::to_read;
use super::visibility::{Query, Side, anywhere};
use super::{Cursor, Page, Shown, TenantScope, Visibility};
use crate::Store;
use crate::sql::{Columns, Connection, Error, Value, decode, values};
use dashoffice_domain::conversation::ConversationState;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::context::Referral;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{ConversationRow, Preview};
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, NumberId, QueueId, ThreadId};
use dashoffice_domain::{Timestamp, phone, wording};
use dashoffice_runtime::Unavailable;

/// Which conversations to show; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    pub whose: Whose,
    /// One of these; empty: any.
    pub states: Vec<ConversationState>,
    pub queue: Option<QueueId>,
    pub number: Option<NumberId>,
    pub contact: Option<ContactId>,
    pub thread: Option<ThreadId>,
    pub agent: Option<AgentId>,
    /// Words of the contact's name or `@name` in any order, or digits of an identifier.
    pub q: Option<String>,
    pub order: Order,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    #[default]
    All,
    /// Owned by this agent, or offered to them.
    Agent(AgentId),
    /// Waiting in a queue.
    Queue,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest message first.
    #[default]
    LastMessage,
    /// Who has waited longest for a human first.
    Waiting,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    pub row: ConversationRow,
    /// `None`: nobody knows, or it was erased.
    pub contact_name: Option<String>,
    /// Without `@`.
    pub contact_username: Option<String>,
    /// The one to show when there is no name.
    pub identifier: Option<Identifier>,
    /// Of the last message.
    pub last_status: Option<Status>,
    /// What led the customer here, of its first message that says so.
    pub referral: Option<Referral>,
}

/// A conversation's row as [`conversation_row`] reads it.
macro_rules! conversation_columns {
    () => {
        "SELECT c.id, c.thread, c.number, c.contact, c.state, c.owner, c.owner_epoch, c.queue, c.opened_at, c.enqueued_at, \
         c.closed_at, c.last_message, c.last_message_at, c.last_direction, c.preview_text, c.preview_kind, c.waiting_since, c.window_until, \
         c.unanswered, c.unread, c.last_agent, c.changed_at, c.excluded, c.reply_clock, c.pauses"
    };
}

pub(crate) use conversation_columns;

/// What [`view`] reads of a conversation `c`. The digits of WhatsApp say most to people, those last seen before those left behind.
macro_rules! view_columns {
    () => {
        concat!(conversation_columns!(), ", p.name, p.username, m.status, r.referral, a.kind, a.value")
    };
}

macro_rules! view_joins {
    () => {
        " LEFT JOIN contact p ON p.tenant = c.tenant AND p.id = c.contact \
         LEFT JOIN message m ON m.tenant = c.tenant AND m.id = c.last_message \
         LEFT JOIN message r ON r.tenant = c.tenant AND r.id = c.referred_by \
         LEFT JOIN address a ON a.tenant = c.tenant AND a.number = c.number AND a.thread = c.thread AND NOT EXISTS \
         (SELECT 1 FROM address b WHERE b.tenant = a.tenant AND b.number = a.number AND b.thread = a.thread \
          AND ((CASE WHEN b.retired_at IS NULL THEN 0 ELSE 1 END, CASE b.kind WHEN 'wa_id' THEN 0 WHEN 'scoped_user' THEN 1 ELSE 2 END) < \
               (CASE WHEN a.retired_at IS NULL THEN 0 ELSE 1 END, CASE a.kind WHEN 'wa_id' THEN 0 WHEN 'scoped_user' THEN 1 ELSE 2 END) \
            OR ((CASE WHEN b.retired_at IS NULL THEN 0 ELSE 1 END, b.kind) = (CASE WHEN a.retired_at IS NULL THEN 0 ELSE 1 END, a.kind) \
                AND (b.seen_at > a.seen_at OR (b.seen_at = a.seen_at AND b.value < a.value)))))"
    };
}

/// Conversations as [`view`] reads them, of the tenant `$1`.
const VIEWS: &str = concat!(view_columns!(), " FROM conversation c", view_joins!(), " WHERE c.tenant = $1");

/// The same of those with the ids `k`.
const THESE: &str = concat!(
    view_columns!(),
    " FROM k CROSS JOIN conversation c",
    view_joins!(),
    " WHERE c.tenant = k.tenant AND c.id = k.id"
);

/// The same of a page: its rows are chosen first, by themselves and their contact's name, and only they are looked up elsewhere.
const PAGE: &str = concat!(
    view_columns!(),
    " FROM (SELECT c.* FROM conversation c LEFT JOIN contact p ON p.tenant = c.tenant AND p.id = c.contact WHERE c.tenant = $1"
);
const OF_PAGE: &str = concat!(") c", view_joins!());

impl Store {
    /// A page of what `visibility` shows; `after` is where the last page ended.
    pub async fn conversations(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        filter: &ConversationFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Shown<Page<ConversationView>>, Unavailable> {
        self.showing("reading conversations", scope, async |db| {
            let mut found = Vec::new();
            for side in filter.sides() {
                let mut query = Query::of(PAGE, scope);
                query.seen_on(side, db, scope, visibility).await?;
                filter.narrow(&mut query);
                filter.order.page(&mut query, after, limit);
                query.and(OF_PAGE, Vec::new());
                for row in query.rows(db).await? {
                    found.push(view(&mut row.columns())?);
                }
            }
            filter.order.sort(&mut found);
            Ok(Page::cut(found, limit, |view| filter.order.cursor(view)))
        })
        .await
    }

    /// A conversation, if it is there and `visibility` shows it.
    pub async fn conversation(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        id: ConversationId,
    ) -> Result<Shown<Option<ConversationView>>, Unavailable> {
        self.showing("reading a conversation", scope, async |db| one(db, scope, visibility, id).await).await
    }

    /// The open conversation of a number with whoever has one of these identifiers, the first that leads to one, as far as `visibility`
    /// shows it.
    pub async fn open_conversation_with(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        number: NumberId,
        identifiers: &[Identifier],
    ) -> Result<Option<ConversationView>, Unavailable> {
        self.reading("looking for a conversation", async |db| {
            for identifier in identifiers {
                let mut query = Query::of(VIEWS, scope);
                query.seen_by(db, scope, visibility).await?;
                query.and(
                    " AND c.state <> 'closed' AND c.thread = (SELECT t.thread FROM address t \
                     WHERE t.tenant = $1 AND t.number = ? AND t.kind = ? AND t.value = ? AND t.retired_at IS NULL)",
                    values![number, identifier.kind.name(), &identifier.value],
                );
                if let Some(row) = query.rows(db).await?.first() {
                    return view(&mut row.columns()).map(Some);
                }
            }
            Ok(None)
        })
        .await
    }

    /// Until when whoever has this address, on this number, may be written to freely: in the past where they said nothing that opens the
    /// window. `None`: it is nobody's.
    pub async fn window_until(
        &self,
        scope: TenantScope,
        number: NumberId,
        address: &Identifier,
    ) -> Result<Option<Timestamp>, Unavailable> {
        self.reading("reading a service window", async |db| {
            let sql = "SELECT MAX(c.window_until) FROM address t \
                       LEFT JOIN conversation c ON c.tenant = t.tenant AND c.thread = t.thread \
                       WHERE t.tenant = $1 AND t.number = $2 AND t.kind = $3 AND t.value = $4 AND t.retired_at IS NULL \
                       GROUP BY t.thread";
            let row = db.row(sql, values![scope.tenant(), number, address.kind.name(), &address.value]).await?;
            row.map(|row| Ok(row.columns().time_or_null()?.unwrap_or_default())).transpose()
        })
        .await
    }
}

impl Order {
    /// The page after a cursor, in this order.
    fn page(self, query: &mut Query, after: Option<Cursor>, limit: u32) {
        let (column, sign, way) = match self {
            Self::LastMessage => ("last_message_at", "<", "DESC"),
            Self::Waiting => ("enqueued_at", ">", "ASC"),
        };
        if let Some(after) = after {
            query.and(&format!(" AND (c.{column}, c.id) {sign} (?, ?)"), values![Timestamp(after.key), after.id]);
        }
        query.and(&format!(" ORDER BY c.{column} {way}, c.id {way} LIMIT ?"), values![to_read(limit)]);
    }

    fn sort(self, found: &mut [ConversationView]) {
        found.sort_unstable_by_key(|view| {
            let Cursor { key, id } = self.cursor(view);
            (key, id)
        });
        if self == Self::LastMessage {
            found.reverse();
        }
    }

    const fn cursor(self, view: &ConversationView) -> Cursor {
        let key = match self {
            Self::LastMessage => view.row.last_message_at.0,
            Self::Waiting => view.row.enqueued_at.0,
        };
        Cursor { key, id: view.row.id.0 }
    }
}

impl ConversationFilter {
    /// Where there may be any.
    fn sides(&self) -> impl Iterator<Item = Side> {
        let wanted = |closed: bool| {
            self.states.is_empty() || self.states.iter().any(|state| closed == (*state == ConversationState::Closed))
        };
        // Nobody owns a closed one.
        let owned = self.whose != Whose::All || self.agent.is_some();
        let sides = [(Side::Open, wanted(false)), (Side::Closed, wanted(true) && !owned)];
        sides.into_iter().filter_map(|(side, wanted)| wanted.then_some(side))
    }

    fn narrow(&self, query: &mut Query) {
        match self.whose {
            Whose::All => {}
            Whose::Queue => query.and(" AND c.state = 'queued'", Vec::new()),
            Whose::Agent(agent) => query.and(
                " AND (c.agent = ? OR (c.state = 'offered' AND c.owner LIKE ?))",
                values![agent, format!("%\"{agent}\"%")],
            ),
        }
        if !self.states.is_empty() {
            let marks = vec!["?"; self.states.len()].join(", ");
            let names = self.states.iter().map(|state| Value::from(state.name())).collect();
            query.and(&format!(" AND c.state IN ({marks})"), names);
        }
        let exact = [
            ("queue", self.queue.map(Value::from)),
            ("number", self.number.map(Value::from)),
            ("thread", self.thread.map(Value::from)),
            ("agent", self.agent.map(Value::from)),
        ];
        for (column, value) in exact {
            if let Some(value) = value {
                query.and(&format!(" AND c.{column} = ?"), vec![value]);
            }
        }
        if let Some(contact) = self.contact {
            let theirs = " AND c.contact = ? AND c.thread IN (SELECT t.thread FROM address t WHERE t.tenant = $1 AND t.contact = ?)";
            query.and(theirs, values![contact, contact]);
        }
        if let Some(q) = &self.q {
            known_as(query, "c.contact", q);
        }
    }
}

/// Only contacts `p` whose names have every word of `q` in them, or an identifier of whom has its digits in some spelling.
pub(super) fn known_as(query: &mut Query, contact: &str, q: &str) {
    let words = wording::words(q);
    if words.is_empty() {
        return;
    }
    query.and(" AND ((", Vec::new());
    for (n, word) in words.iter().enumerate() {
        let and = if n == 0 { "" } else { " AND " };
        let anywhere = anywhere(word);
        let named = "(p.name_key LIKE ? ESCAPE '\\' OR '@' || lower(p.username) LIKE ? ESCAPE '\\')";
        query.and(&format!("{and}{named}"), values![&anywhere, &anywhere]);
    }
    query.and(")", Vec::new());
    if let Some(digits) = phone::digits(q) {
        let sought: Vec<Value> = phone::sought(&digits).iter().map(|digits| Value::from(anywhere(digits))).collect();
        let likes = vec!["n.value LIKE ?"; sought.len()].join(" OR ");
        query.and(
            &format!(
                " OR EXISTS (SELECT 1 FROM address n WHERE n.tenant = $1 AND n.contact = {contact} AND ({likes}))"
            ),
            sought,
        );
    }
    query.and(")", Vec::new());
}

pub(super) async fn one(
    db: &mut Connection,
    scope: TenantScope,
    visibility: Visibility,
    id: ConversationId,
) -> Result<Option<ConversationView>, Error> {
    let mut query = Query::of(VIEWS, scope);
    query.and(" AND c.id = ?", values![id]);
    query.seen_by(db, scope, visibility).await?;
    let rows = query.rows(db).await?;
    rows.first().map(|row| view(&mut row.columns())).transpose()
}

/// Those of the given conversations that are there, whoever sees them: whoever asks must look at the owner.
pub(super) async fn these(
    db: &mut Connection,
    scope: TenantScope,
    ids: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<ConversationView>, Error> {
    let keys = ids.into_iter().map(|id| values![scope.tenant(), id]).collect();
    db.rows_with(&["tenant", "id"], keys, THESE).await?.iter().map(|row| view(&mut row.columns())).collect()
}

fn view(c: &mut Columns<'_>) -> Result<ConversationView, Error> {
    let row = conversation_row(c)?;
    let (contact_name, contact_username) = (c.text_or_null()?, c.text_or_null()?);
    let last_status = if c.is_null()? {
        c.skip(1);
        None
    } else {
        Some(decode::named(c, Status::named)?)
    };
    let referral = decode::json_or_default(c)?;
    let identifier = if c.is_null()? { None } else { Some(decode::identifier(c)?) };
    Ok(ConversationView { row, contact_name, contact_username, identifier, last_status, referral })
}

pub(crate) fn conversation_row(c: &mut Columns<'_>) -> Result<ConversationRow, Error> {
    Ok(ConversationRow {
        id: c.id()?,
        thread: c.id()?,
        number: c.id()?,
        contact: c.id()?,
        state: decode::named(c, ConversationState::named)?,
        owner: decode::json(c)?,
        owner_epoch: c.int()?,
        queue: c.id()?,
        opened_at: c.time()?,
        enqueued_at: c.time()?,
        closed_at: c.time_or_null()?,
        last_message: c.id_or_null()?,
        last_message_at: c.time()?,
        last_direction: decode::direction(c)?,
        preview: preview(c)?,
        waiting_since: c.time_or_null()?,
        window_until: c.time_or_null()?,
        unanswered: c.int()?,
        unread: c.int()?,
        last_agent: c.id_or_null()?,
        changed_at: c.time()?,
        excluded: decode::json(c)?,
        reply_clock: decode::json_or_default(c)?,
        pauses: decode::json_or_default(c)?,
    })
}

fn preview(c: &mut Columns<'_>) -> Result<Option<Preview>, Error> {
    let (text, kind) = (c.text_or_null()?, c.text_or_null()?);
    Ok(text.zip(kind).map(|(text, kind)| Preview { text, kind }))
}
