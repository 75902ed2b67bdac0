//! What was said, newest first.

use super::page::to_read;
use super::{Cursor, Page, TenantScope};
use crate::Store;
use crate::records::Reaction;
use crate::sql::{Columns, Error, decode, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{ConversationId, MessageId, NumberId, ThreadId};
use dashoffice_domain::message::Status;
use dashoffice_domain::outgoing::SendError;
use dashoffice_domain::row::MessageRow;
use dashoffice_runtime::Unavailable;

/// A message with everything that happened to it.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    pub row: MessageRow,
    /// Of the commit that recorded it: messages are in this order.
    pub position: i64,
    pub error: Option<SendError>,
    pub reactions: Vec<Reaction>,
    pub edited_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// The columns of a message, as [`message`] reads them.
macro_rules! message_columns {
    () => {
        "m.id, m.thread, m.conversation, m.number, m.direction, m.status, m.content, m.provider_message_id, \
         m.reply_to, m.author, m.said_at, m.recorded_at, m.position, m.error_code, m.error_text, m.reactions, m.edited_at, \
         m.revoked_at"
    };
}

macro_rules! select_message {
    () => {
        concat!("SELECT ", crate::views::message_columns!(), " FROM message m WHERE m.tenant = $1")
    };
}

pub(crate) use message_columns;

impl Store {
    /// The thread's messages before a cursor, or the newest; the newest first.
    pub async fn messages_of_thread(
        &self,
        scope: TenantScope,
        thread: ThreadId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<MessageView>, Unavailable> {
        self.reading("reading messages", async move |db| {
            let before = before.unwrap_or(NEWEST);
            let sql = concat!(
                select_message!(),
                " AND m.thread = $2 AND (m.position, m.id) < ($3, $4) ORDER BY m.position DESC, m.id DESC LIMIT $5"
            );
            let args = values![scope.tenant(), thread, before.key, before.id, to_read(limit)];
            page(&db.rows(sql, args).await?, limit)
        })
        .await
    }

    /// The same for one episode.
    pub async fn messages_of_conversation(
        &self,
        scope: TenantScope,
        conversation: ConversationId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<MessageView>, Unavailable> {
        self.reading("reading messages", async move |db| {
            let before = before.unwrap_or(NEWEST);
            let sql = concat!(
                select_message!(),
                " AND m.conversation = $2 AND (m.position, m.id) < ($3, $4) ORDER BY m.position DESC, m.id DESC LIMIT $5"
            );
            let args = values![scope.tenant(), conversation, before.key, before.id, to_read(limit)];
            page(&db.rows(sql, args).await?, limit)
        })
        .await
    }

    pub async fn message(&self, scope: TenantScope, id: MessageId) -> Result<Option<MessageView>, Unavailable> {
        self.reading("reading a message", async move |db| {
            let row = db.row(concat!(select_message!(), " AND m.id = $2"), values![scope.tenant(), id]).await?;
            row.map(|row| message(&mut row.columns())).transpose()
        })
        .await
    }

    pub async fn message_by_provider_id(
        &self,
        scope: TenantScope,
        number: NumberId,
        provider_message_id: &str,
    ) -> Result<Option<MessageView>, Unavailable> {
        self.reading("reading a message", async move |db| {
            let sql = concat!(select_message!(), " AND m.number = $2 AND m.provider_message_id = $3");
            let row = db.row(sql, values![scope.tenant(), number, provider_message_id]).await?;
            row.map(|row| message(&mut row.columns())).transpose()
        })
        .await
    }
}

const NEWEST: Cursor = Cursor { key: i64::MAX, id: uuid::Uuid::max() };

fn page(rows: &[crate::sql::RecordRow], limit: u32) -> Result<Page<MessageView>, Error> {
    let rows = rows.iter().map(|row| message(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
    Ok(Page::cut(rows, limit, |view| Cursor { key: view.position, id: view.row.id.0 }))
}

pub(crate) fn message(c: &mut Columns<'_>) -> Result<MessageView, Error> {
    let row = MessageRow {
        id: c.id()?,
        thread: c.id()?,
        conversation: c.id()?,
        number: c.id()?,
        direction: decode::direction(c)?,
        status: decode::named(c, Status::named)?,
        content: decode::json(c)?,
        provider_message_id: c.text_or_null()?,
        reply_to: c.text_or_null()?,
        author: c.id_or_null()?,
        said_at: c.time()?,
        recorded_at: c.time()?,
    };
    Ok(MessageView {
        row,
        position: c.int()?,
        error: decode::send_error(c)?,
        reactions: decode::json(c)?,
        edited_at: c.time_or_null()?,
        revoked_at: c.time_or_null()?,
    })
}
