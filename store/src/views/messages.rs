//! What was said, newest first, as far as somebody may see the conversation it was said in.

use super::conversations::one;
use super::page::to_read;
use super::visibility::Query;
use super::{Cursor, Page, Shown, TenantScope, Visibility};
use crate::Store;
use crate::records::Reaction;
use crate::sql::{Columns, Connection, Error, decode, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::media::{KeptMedia, MediaFailure, MediaState};
use dashoffice_domain::channel::outgoing::SendError;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::MessageRow;
use dashoffice_domain::conversation::context::{MessageContext, Version};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{ContactId, ConversationId, MessageId};
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
    /// What it said before it was edited, the oldest first.
    pub versions: Vec<Version>,
    /// Whose conversation it is.
    pub contact: ContactId,
    /// The message it answers, where we know it.
    pub answers: Option<MessageId>,
    /// Its file; `None`: nobody was ever asked to fetch one.
    pub media: Option<MediaView>,
    /// What it costs, as its provider says it.
    pub pricing: Option<Pricing>,
    /// Why it was not taken when it was tried last, while it waits to be tried again.
    pub waiting: Option<Waiting>,
}

impl MessageView {
    /// A message that nothing has happened to yet; it answers none, and has no file.
    pub const fn said(row: MessageRow, position: i64, contact: ContactId) -> Self {
        Self {
            row,
            position,
            error: None,
            reactions: Vec::new(),
            edited_at: None,
            revoked_at: None,
            versions: Vec::new(),
            contact,
            answers: None,
            media: None,
            pricing: None,
            waiting: None,
        }
    }
}

/// Why a message of ours waits, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub reason: SendError,
    /// It is not tried again before then.
    pub until: Option<Timestamp>,
}

/// Where a message's file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaView {
    pub state: MediaState,
    /// With `Failed`.
    pub failure: Option<MediaFailure>,
    /// With `Ready`.
    pub file: Option<KeptMedia>,
}

/// Messages as [`message`] reads them, from a source that names the message `m`. The conversation is joined, so that who may not see
/// it does not see its messages.
///
/// A reaction of ours is sent like a message, and shown on the one it is about.
macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT m.id, m.thread, m.conversation, m.number, m.direction, m.status, m.content, m.provider_message_id, \
             m.reply_to, m.author, m.said_at, m.recorded_at, m.position, m.error_code, m.error_text, m.error_class, m.error_details, \
             m.error_trace, m.reactions, m.edited_at, m.revoked_at, m.notice, m.context, m.referral, m.versions, c.contact, r.id, f.state, f.failure, f.sha256, f.size_bytes, f.mime_type, \
             m.pricing_billable, m.pricing_model, m.pricing_type, m.pricing_category, o.not_before, o.error_code, \
             o.error_text, o.error_class, o.error_details, o.error_trace FROM ",
            $from,
            " INNER JOIN conversation c ON c.tenant = m.tenant AND c.id = m.conversation \
             LEFT JOIN message r ON r.tenant = m.tenant AND r.number = m.number AND r.provider_message_id = m.reply_to \
             LEFT JOIN media f ON f.tenant = m.tenant AND f.message = m.id \
             LEFT JOIN outbox o ON m.status IN ('queued', 'sending') AND o.tenant = m.tenant AND o.message = m.id \
             AND o.state = 'pending' WHERE m.reaction_to IS NULL AND m.tenant = "
        )
    };
}

/// Of the tenant `$1`.
const SELECT: &str = concat!(select!("message m"), "$1");
/// Those with the ids `k`.
const THESE: &str = concat!(select!("k CROSS JOIN message m"), "k.tenant AND m.id = k.id");

/// How far somebody has read: the customer's last message up to some point, and which of the conversation's it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMark {
    pub message: MessageId,
    /// Counted from the conversation's first.
    pub inbound: i64,
}

impl Store {
    /// A conversation's messages before a cursor, or the newest.
    pub async fn messages(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        conversation: ConversationId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Shown<Page<MessageView>>, Unavailable> {
        self.showing("reading messages", scope, async |db| {
            if visibility != Visibility::All && one(db, scope, visibility, conversation).await?.is_none() {
                return Ok(Page::cut(Vec::new(), limit, |_: &MessageView| NEWEST));
            }
            let before = before.unwrap_or(NEWEST);
            let mut query = Query::of(SELECT, scope);
            query.and(
                " AND m.conversation = ? AND (m.position, m.id) < (?, ?) ORDER BY m.position DESC, m.id DESC LIMIT ?",
                values![conversation, before.key, before.id, to_read(limit)],
            );
            let rows = query.rows(db).await?;
            let rows = rows.iter().map(|row| message(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
            Ok(Page::cut(rows, limit, |view| Cursor { key: view.position, id: view.row.id.0 }))
        })
        .await
    }

    pub async fn message(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        id: MessageId,
    ) -> Result<Shown<Option<MessageView>>, Unavailable> {
        self.showing("reading a message", scope, async |db| {
            let mut query = Query::of(SELECT, scope);
            query.and(" AND m.id = ?", values![id]);
            query.seen_by(db, scope, visibility).await?;
            let rows = query.rows(db).await?;
            rows.first().map(|row| message(&mut row.columns())).transpose()
        })
        .await
    }

    /// The messages that a provider knows by this id: none, one, or one per number.
    pub async fn messages_by_provider_id(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        provider_message_id: &str,
    ) -> Result<Shown<Vec<MessageView>>, Unavailable> {
        self.showing("reading messages", scope, async |db| {
            let mut query = Query::of(SELECT, scope);
            query.and(" AND m.provider_message_id = ?", values![provider_message_id]);
            query.seen_by(db, scope, visibility).await?;
            query.and(" ORDER BY m.position DESC LIMIT 500", Vec::new());
            let rows = query.rows(db).await?;
            rows.iter().map(|row| message(&mut row.columns())).collect()
        })
        .await
    }

    /// The customer's last message of a conversation that was recorded at `position` or before; `None`: there was none yet.
    pub async fn read_mark(
        &self,
        scope: TenantScope,
        conversation: ConversationId,
        position: i64,
    ) -> Result<Option<ReadMark>, Unavailable> {
        self.reading("reading a read mark", async |db| {
            // Notices of the provider's are no messages of the customer's; the few there are have an index of their own.
            let sql = "SELECT m.id, (SELECT COUNT(*) FROM message n WHERE n.tenant = $1 AND n.conversation = $2 \
                       AND n.direction = 'inbound' AND n.position <= $3) - (SELECT COUNT(*) FROM message n WHERE n.tenant = $1 \
                       AND n.conversation = $2 AND n.notice IS NOT NULL AND n.position <= $3) FROM message m WHERE m.tenant = $1 \
                       AND m.conversation = $2 AND m.direction = 'inbound' AND m.notice IS NULL AND m.position <= $3 \
                       ORDER BY m.position DESC, m.id DESC LIMIT 1";
            let row = db.row(sql, values![scope.tenant(), conversation, position]).await?;
            row.map(|row| {
                let mut c = row.columns();
                Ok(ReadMark { message: c.id()?, inbound: c.int()? })
            })
            .transpose()
        })
        .await
    }
}

const NEWEST: Cursor = Cursor { key: i64::MAX, id: uuid::Uuid::max() };

/// Those of the given messages that are there, whoever sees them: whoever asks must look at their conversation.
pub(super) async fn these(
    db: &mut Connection,
    scope: TenantScope,
    ids: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<MessageView>, Error> {
    let keys = ids.into_iter().map(|id| values![scope.tenant(), id]).collect();
    db.rows_with(&["tenant", "id"], keys, THESE).await?.iter().map(|row| message(&mut row.columns())).collect()
}

/// The newest messages of a conversation, newest first, one more than `most` where there are more.
pub(super) async fn newest(
    db: &mut Connection,
    scope: TenantScope,
    conversation: ConversationId,
    most: u32,
) -> Result<Vec<MessageView>, Error> {
    let mut query = Query::of(SELECT, scope);
    query.and(
        " AND m.conversation = ? ORDER BY m.position DESC, m.id DESC LIMIT ?",
        values![conversation, i64::from(most) + 1],
    );
    query.rows(db).await?.iter().map(|row| message(&mut row.columns())).collect()
}

fn media(c: &mut Columns<'_>) -> Result<Option<MediaView>, Error> {
    let state = decode::named_or_null(c, MediaState::named)?;
    let (failure, file) = (decode::named_or_null(c, MediaFailure::named)?, decode::kept_media(c)?);
    Ok(state.map(|state| MediaView { state, failure, file }))
}

fn message(c: &mut Columns<'_>) -> Result<MessageView, Error> {
    let mut row = MessageRow {
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
        context: MessageContext::default(),
    };
    let (position, error) = (c.int()?, decode::send_error(c)?);
    let mut reactions: Vec<Reaction> = decode::json(c)?;
    reactions.retain(|reaction| !reaction.emoji.is_empty());
    let (edited_at, revoked_at, notice) = (c.time_or_null()?, c.time_or_null()?, c.bool_or_null()?);
    let (context, referral) = (decode::json_or_default(c)?, decode::json_or_default(c)?);
    row.context = MessageContext { notice: notice.unwrap_or_default(), referral, ..context };
    Ok(MessageView {
        row,
        position,
        error,
        reactions,
        edited_at,
        revoked_at,
        versions: decode::json_or_default(c)?,
        contact: c.id()?,
        answers: c.id_or_null()?,
        media: media(c)?,
        pricing: decode::pricing(c)?,
        waiting: waiting(c)?,
    })
}

fn waiting(c: &mut Columns<'_>) -> Result<Option<Waiting>, Error> {
    let (until, reason) = (c.time_or_null()?, decode::send_error(c)?);
    Ok(reason.map(|reason| Waiting { reason, until }))
}
