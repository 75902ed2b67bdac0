//! The inbox list: conversations with the name of their contact, newest first.

use super::page::to_read;
use super::{Cursor, Page, TenantScope};
use crate::Store;
use crate::sql::{Columns, Error, Value, decode, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{AgentId, ConversationId, QueueId, ThreadId};
use dashoffice_domain::ports::NumberRow;
use dashoffice_domain::row::{ConversationRow, Preview};
use dashoffice_domain::thread::ConversationState;
use dashoffice_runtime::Unavailable;

/// Which conversations to show; what is not given does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    pub state: Option<ConversationState>,
    /// Every state but closed.
    pub open: bool,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    pub row: ConversationRow,
    /// `None`: nobody knows, or it was erased.
    pub contact_name: Option<String>,
}

/// The columns of a conversation and of its contact, as [`conversation`] reads them.
macro_rules! conversation_columns {
    () => {
        "c.id, c.thread, c.number, c.contact, c.state, c.owner, c.owner_epoch, c.queue, c.opened_at, c.enqueued_at, \
         c.closed_at, c.last_message, c.last_message_at, c.last_direction, c.preview_text, c.preview_kind, c.waiting_since, c.window_until, \
         c.unanswered, c.changed_at, c.excluded, p.name"
    };
}

/// A conversation as [`conversation`] reads it, of the tenant `$1`.
macro_rules! select_conversation {
    () => {
        concat!(
            "SELECT ",
            crate::views::conversation_columns!(),
            " FROM conversation c LEFT JOIN contact p ON p.tenant = c.tenant AND p.id = c.contact WHERE c.tenant = $1"
        )
    };
}

pub(crate) use conversation_columns;
pub(crate) use select_conversation;

impl Store {
    /// The newest first; `after` is where the last page ended.
    pub async fn conversations(
        &self,
        scope: TenantScope,
        filter: &ConversationFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ConversationView>, Unavailable> {
        let mut sql = String::from(select_conversation!());
        let mut args = values![scope.tenant()];
        let mut condition = |condition: &str, value: Value| {
            args.push(value);
            sql.push_str(&condition.replace('?', &format!("${}", args.len())));
        };
        if let Some(state) = filter.state {
            condition(" AND c.state = ?", state.name().into());
        }
        if filter.open {
            condition(" AND c.state <> ?", ConversationState::Closed.name().into());
        }
        if let Some(queue) = filter.queue {
            condition(" AND c.queue = ?", queue.into());
        }
        if let Some(agent) = filter.agent {
            condition(" AND c.agent = ?", agent.into());
        }
        if let Some(after) = after {
            condition(" AND (c.last_message_at, c.id) < (?", Timestamp(after.key).into());
            condition(", ?)", after.id.into());
        }
        condition(" ORDER BY c.last_message_at DESC, c.id DESC LIMIT ?", to_read(limit).into());
        self.reading("reading conversations", async move |db| {
            let rows = db.rows(sql, args).await?;
            let rows = rows.iter().map(|row| conversation(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
            Ok(Page::cut(rows, limit, |view| Cursor { key: view.row.last_message_at.0, id: view.row.id.0 }))
        })
        .await
    }

    pub async fn conversation(
        &self,
        scope: TenantScope,
        id: ConversationId,
    ) -> Result<Option<ConversationView>, Unavailable> {
        self.reading("reading a conversation", async move |db| {
            let sql = concat!(select_conversation!(), " AND c.id = $2");
            let row = db.row(sql, values![scope.tenant(), id]).await?;
            row.map(|row| conversation(&mut row.columns())).transpose()
        })
        .await
    }

    /// The episodes of a thread, the latest first, at most 200.
    pub async fn conversations_of_thread(
        &self,
        scope: TenantScope,
        thread: ThreadId,
    ) -> Result<Vec<ConversationView>, Unavailable> {
        self.reading("reading a thread's conversations", async move |db| {
            let sql =
                concat!(select_conversation!(), " AND c.thread = $2 ORDER BY c.opened_at DESC, c.id DESC LIMIT 200");
            let rows = db.rows(sql, values![scope.tenant(), thread]).await?;
            rows.iter().map(|row| conversation(&mut row.columns())).collect()
        })
        .await
    }

    pub async fn numbers(&self, scope: TenantScope) -> Result<Vec<NumberRow>, Unavailable> {
        let numbers = self.tenant_reads(scope.tenant()).numbers().await;
        numbers.map_err(|error| Unavailable { doing: error.doing, reason: error.reason })
    }

    /// Each queue with its name.
    pub async fn queues(&self, scope: TenantScope) -> Result<Vec<(QueueId, String)>, Unavailable> {
        self.reading("reading queues", async move |db| {
            let rows =
                db.rows("SELECT id, name FROM queue WHERE tenant = $1 ORDER BY name, id", values![scope.tenant()]);
            rows.await?
                .iter()
                .map(|row| {
                    let mut c = row.columns();
                    Ok((c.id()?, c.text()?))
                })
                .collect()
        })
        .await
    }

    /// The tenant's position: what a snapshot is as of.
    pub async fn position(&self, scope: TenantScope) -> Result<i64, Unavailable> {
        self.reading("reading the position", async move |db| {
            let sql = "SELECT position FROM tenant_cursor WHERE tenant = $1";
            db.row(sql, values![scope.tenant()]).await?.map_or(Ok(0), |row| row.columns().int())
        })
        .await
    }
}

pub(crate) fn conversation(c: &mut Columns<'_>) -> Result<ConversationView, Error> {
    let row = ConversationRow {
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
        changed_at: c.time()?,
        excluded: decode::json(c)?,
    };
    Ok(ConversationView { row, contact_name: c.text_or_null()? })
}

fn preview(c: &mut Columns<'_>) -> Result<Option<Preview>, Error> {
    let (text, kind) = (c.text_or_null()?, c.text_or_null()?);
    Ok(text.zip(kind).map(|(text, kind)| Preview { text, kind }))
}
