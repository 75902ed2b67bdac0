//! One tenant's door and reads on a database.

use super::Store;
use crate::sql::{Columns, Connection, Error, RecordRow, decode, values};
use crate::views::{conversation_columns, conversation_row};
use dashoffice_domain::channel::media::MediaJob;
use dashoffice_domain::channel::{ReadMarkRow, SendPlace, SendRow, WaitingSend};
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::identity::{self, Address, KnownThread};
use dashoffice_domain::ids::{MessageId, NumberId, TenantId, ThreadId};
use dashoffice_domain::ports::{
    Awaiting, BoxFuture, ChannelCredentials, Delivery, InboxRow, NotAccepted, NumberRow, Receipt, Refuge,
    RoutingSnapshot, Secret, TenantReads, Unavailable,
};
use std::collections::{BTreeMap, BTreeSet};

/// A row of the outbox with what its message says.
macro_rules! select_send {
    () => {
        concat!(
            "SELECT ",
            decode::outbox_columns!(),
            ", m.content, m.reply_to, m.recorded_at FROM outbox o \
             INNER JOIN message m ON m.tenant = o.tenant AND m.id = o.message"
        )
    };
}

/// Where the tenant's webhooks put what came in.
pub(super) struct Door {
    store: Store,
    tenant: TenantId,
}

impl Door {
    pub(super) const fn new(store: Store, tenant: TenantId) -> Self {
        Self { store, tenant }
    }
}

impl Refuge for Door {
    fn admits(&self) -> Result<(), NotAccepted> {
        self.store.inner.writer.admits(self.tenant.0)
    }

    fn keep(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>> {
        Box::pin(async move {
            if self.store.inner.standing.term().is_none() {
                let reason = "the store is not ours".to_owned();
                return Err(NotAccepted::Unavailable(Unavailable { doing: "accepting", reason }));
            }
            self.store.inner.writer.keep(self.tenant.0, delivery).await
        })
    }
}

pub(super) struct Reads {
    store: Store,
    tenant: TenantId,
}

impl Reads {
    pub(super) const fn new(store: Store, tenant: TenantId) -> Self {
        Self { store, tenant }
    }

    async fn reading<T>(
        &self,
        doing: &'static str,
        read: impl AsyncFnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Unavailable> {
        let read = self.store.reading(doing, read).await;
        read.map_err(|error| Unavailable { doing: error.doing, reason: error.reason })
    }
}

impl TenantReads for Reads {
    fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<NumberRow>, Unavailable>> {
        Box::pin(self.reading("reading numbers", async move |db| {
            let sql = "SELECT n.id, a.provider, n.display_name, n.display_phone_number, n.queue, n.provider_ref, \
                       n.access_token, n.api_base, n.marketing_messages, n.account_ref FROM number n \
                       INNER JOIN provider_app a ON a.tenant = n.tenant AND a.id = n.app WHERE n.tenant = $1 ORDER BY n.id";
            let rows = db.rows(sql, values![self.tenant]).await?;
            rows.iter().map(|row| number(&mut row.columns())).collect()
        }))
    }

    fn unconsumed(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<InboxRow>, Unavailable>> {
        Box::pin(self.reading("reading the inbox", async move |db| {
            let sql = format!(
                "{} FROM inbox i WHERE i.tenant = $1 AND i.position > $2 \
                 AND (i.entity_kind IS NULL OR i.entity_kind IN ({})) ORDER BY i.position LIMIT $3",
                decode::select_inbox!(),
                *decode::KNOWN_KINDS
            );
            let rows = db.rows(sql, values![self.tenant, after, i64::from(limit)]).await?;
            rows.iter().map(|row| inbox_row(&mut row.columns())).collect()
        }))
    }

    fn inbox_rows(&self, positions: Vec<i64>) -> BoxFuture<'_, Result<Vec<InboxRow>, Unavailable>> {
        Box::pin(self.reading("reading the inbox", async move |db| {
            let keys: BTreeSet<i64> = positions.into_iter().collect();
            let keys = keys.into_iter().map(|position| values![self.tenant, position]).collect();
            let sql = concat!(
                decode::select_inbox!(),
                " FROM k CROSS JOIN inbox i WHERE i.tenant = k.tenant AND i.position = k.position"
            );
            let rows = db.rows_with(&["tenant", "position"], keys, sql).await?;
            let mut rows = rows.iter().map(|row| inbox_row(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
            rows.sort_by_key(|row| row.position);
            Ok(rows)
        }))
    }

    fn threads_of(
        &self,
        number: NumberId,
        identifiers: Vec<Identifier>,
    ) -> BoxFuture<'_, Result<Vec<KnownThread>, Unavailable>> {
        Box::pin(self.reading("looking for a thread", async move |db| {
            let unique: BTreeSet<&Identifier> = identifiers.iter().collect();
            let keys =
                unique.into_iter().map(|one| values![self.tenant, number, one.kind.name(), &one.value]).collect();
            // Two identifiers may lead to one thread: its addresses come once for each.
            let sql = "SELECT b.thread, b.contact, p.name, b.kind, b.value, b.seen_at, b.retired_at FROM k \
                       CROSS JOIN address a CROSS JOIN address b \
                       LEFT JOIN contact p ON p.tenant = b.tenant AND p.id = b.contact \
                       WHERE a.tenant = k.tenant AND a.number = k.number AND a.kind = k.kind AND a.value = k.value \
                       AND b.tenant = a.tenant AND b.thread = a.thread";
            let mut known: BTreeMap<ThreadId, KnownThread> = BTreeMap::new();
            for row in db.rows_with(&["tenant", "number", "kind", "value"], keys, sql).await? {
                let mut c = row.columns();
                let (thread, contact, name) = (c.id()?, c.id()?, c.text_or_null()?);
                let address = decode::known_address(&mut c)?;
                let fresh = KnownThread { thread, contact, name, addresses: Vec::new() };
                let addresses = &mut known.entry(thread).or_insert(fresh).addresses;
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            Ok(known.into_values().collect())
        }))
    }

    fn sends(
        &self,
        number: NumberId,
        after: SendPlace,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<WaitingSend>, Unavailable>> {
        Box::pin(self.reading("reading the outbox", async move |db| {
            let sql = concat!(
                "SELECT ",
                decode::outbox_columns!(),
                ", m.recorded_at FROM outbox o INNER JOIN message m ON m.tenant = o.tenant AND m.id = o.message \
                 WHERE o.tenant = $1 AND o.number = $2 AND (o.position, o.ordinal) > ($3, $4) \
                 ORDER BY o.position, o.ordinal LIMIT $5"
            );
            let args = values![self.tenant, number, after.position, after.ordinal, i64::from(limit)];
            let rows = db.rows(sql, args).await?;
            let rows = rows.iter().map(|row| {
                let mut c = row.columns();
                let send = decode::outbox(&mut c)?;
                Ok(send.waiting(c.time()?))
            });
            rows.collect()
        }))
    }

    fn read_marks(&self, number: NumberId, limit: u32) -> BoxFuture<'_, Result<Vec<ReadMarkRow>, Unavailable>> {
        Box::pin(self.reading("reading read marks", async move |db| {
            let sql = "SELECT r.thread, r.message, m.provider_message_id FROM read_mark r \
                       LEFT JOIN message m ON m.tenant = r.tenant AND m.id = r.message \
                       WHERE r.tenant = $1 AND r.number = $2 ORDER BY r.message LIMIT $3";
            let rows = db.rows(sql, values![self.tenant, number, i64::from(limit)]).await?;
            let rows = rows.iter().map(|row| {
                let mut c = row.columns();
                Ok(ReadMarkRow { thread: c.id()?, message: c.id()?, provider_message_id: c.text_or_null()? })
            });
            rows.collect()
        }))
    }

    fn send(&self, message: MessageId) -> BoxFuture<'_, Result<Option<SendRow>, Unavailable>> {
        Box::pin(self.reading("reading the outbox", async move |db| {
            let sql = concat!(select_send!(), " WHERE o.tenant = $1 AND o.message = $2");
            Ok(sends(db, self.tenant, sql, values![self.tenant, message]).await?.pop())
        }))
    }

    fn routing(&self) -> BoxFuture<'_, Result<RoutingSnapshot, Unavailable>> {
        Box::pin(self.reading("reading the routing", async move |db| {
            db.together(async |db| routing(db, self.tenant).await).await
        }))
    }

    fn has_message(&self, number: NumberId, provider_message_id: String) -> BoxFuture<'_, Result<bool, Unavailable>> {
        Box::pin(self.reading("looking for a message", async move |db| {
            let sql = "SELECT m.id FROM message m WHERE m.tenant = $1 AND m.provider_message_id = $2 AND m.number = $3";
            Ok(db.row(sql, values![self.tenant, provider_message_id, number]).await?.is_some())
        }))
    }

    fn text_of(&self, message: MessageId) -> BoxFuture<'_, Result<Option<String>, Unavailable>> {
        Box::pin(self.reading("reading what was said", async move |db| {
            let sql = "SELECT content FROM message WHERE tenant = $1 AND id = $2";
            let Some(row) = db.row(sql, values![self.tenant, message]).await? else { return Ok(None) };
            Ok(text(decode::json(&mut row.columns())?))
        }))
    }

    fn awaiting(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Awaiting>, Unavailable>> {
        Box::pin(self.reading("looking for who waits", async move |db| {
            let sql = "SELECT c.thread, c.id, c.owner, c.owner_epoch, (SELECT m.id FROM message m \
                       WHERE m.tenant = c.tenant AND m.conversation = c.id AND m.direction = 'inbound' AND m.notice IS NULL \
                       ORDER BY m.position DESC, m.id DESC LIMIT 1) FROM conversation c \
                       WHERE c.tenant = $1 AND c.waiting_since IS NOT NULL AND c.state <> 'closed' \
                       ORDER BY c.waiting_since, c.id LIMIT $2";
            let rows = db.rows(sql, values![self.tenant, i64::from(limit)]).await?;
            rows.iter().filter_map(|row| awaiting(&mut row.columns()).transpose()).collect()
        }))
    }

    fn media_jobs(&self, limit: u32) -> BoxFuture<'_, Result<Vec<MediaJob>, Unavailable>> {
        Box::pin(self.reading("reading which files are wanted", async move |db| {
            let sql = concat!(
                decode::select_media!(),
                " FROM media f WHERE f.tenant = $1 AND f.state = 'wanted' ORDER BY f.due_at, f.message LIMIT $2"
            );
            media_jobs(&db.rows(sql, values![self.tenant, i64::from(limit)]).await?)
        }))
    }

    fn media_job(&self, message: MessageId) -> BoxFuture<'_, Result<Option<MediaJob>, Unavailable>> {
        Box::pin(self.reading("reading whether a file is wanted", async move |db| {
            let sql = concat!(decode::select_media!(), " FROM media f WHERE f.tenant = $1 AND f.message = $2");
            Ok(media_jobs(&db.rows(sql, values![self.tenant, message]).await?)?.pop())
        }))
    }
}

fn media_jobs(rows: &[RecordRow]) -> Result<Vec<MediaJob>, Error> {
    let jobs = rows.iter().map(|row| {
        let mut c = row.columns();
        c.skip(1);
        decode::media(&mut c).map(|record| record.job())
    });
    jobs.filter_map(Result::transpose).collect()
}

/// The words of a text.
pub(crate) fn text(content: Content) -> Option<String> {
    match content {
        Content::Text { body } => Some(body),
        _ => None,
    }
}

/// Everything routing stands on.
async fn routing(db: &mut Connection, tenant: TenantId) -> Result<RoutingSnapshot, Error> {
    let cursor = db.row("SELECT position FROM tenant_cursor WHERE tenant = $1", values![tenant]).await?;
    let as_of = cursor.map_or(Ok(0), |row| row.columns().int())?;
    let queues = db.rows("SELECT settings FROM queue WHERE tenant = $1 ORDER BY id", values![tenant]).await?;
    let queues = queues.iter().map(|row| decode::json(&mut row.columns())).collect::<Result<_, Error>>()?;
    let sql = concat!(decode::select_agent!(), " FROM agent a WHERE a.tenant = $1 ORDER BY a.id");
    let mut agents = Vec::new();
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        c.skip(1);
        agents.push((c.id()?, decode::agent(&mut c)?.view()));
    }
    let sql = concat!(
        conversation_columns!(),
        " FROM conversation c WHERE c.tenant = $1 AND c.state <> 'closed' ORDER BY c.enqueued_at, c.id"
    );
    let chats = db.rows(sql, values![tenant]).await?;
    let chats = chats.iter().map(|row| conversation_row(&mut row.columns())).collect::<Result<_, Error>>()?;
    Ok(RoutingSnapshot { as_of, queues, agents, chats })
}

pub(crate) fn number(c: &mut Columns<'_>) -> Result<NumberRow, Error> {
    Ok(NumberRow {
        id: c.id()?,
        provider: c.text()?,
        display_name: c.text()?,
        display_phone_number: c.text()?,
        queue: c.id()?,
        line: ChannelCredentials {
            provider_ref: c.text()?,
            access_token: Secret(c.text()?),
            api_base: c.text_or_null()?,
            marketing_messages: c.bool()?,
        },
        account_ref: c.text_or_null()?,
    })
}

fn inbox_row(c: &mut Columns<'_>) -> Result<InboxRow, Error> {
    c.skip(1);
    let position = c.int()?;
    Ok(decode::inbox(c)?.at(position))
}

/// `None`: the customer's message has been erased.
fn awaiting(c: &mut Columns<'_>) -> Result<Option<Awaiting>, Error> {
    let (thread, conversation) = (c.id()?, c.id()?);
    let (owner, owner_epoch) = (decode::json(c)?, c.int()?);
    let message: Option<MessageId> = c.id_or_null()?;
    Ok(message.map(|message| Awaiting { thread, conversation, owner, owner_epoch, message }))
}

async fn sends(
    db: &mut Connection,
    tenant: TenantId,
    sql: &'static str,
    args: Vec<crate::sql::Value>,
) -> Result<Vec<SendRow>, Error> {
    let mut found = Vec::new();
    for row in db.rows(sql, args).await? {
        let mut c = row.columns();
        let (send, content, reply_to) = (decode::outbox(&mut c)?, decode::json::<Content>(&mut c)?, c.text_or_null()?);
        found.push((send, content, reply_to, c.time()?));
    }
    let threads: BTreeSet<ThreadId> = found.iter().map(|(send, ..)| send.outgoing.thread).collect();
    let keys = threads.into_iter().map(|thread| values![tenant, thread]).collect();
    let sql = "SELECT a.thread, a.number, a.kind, a.value, a.seen_at, a.retired_at FROM k CROSS JOIN address a \
               WHERE a.tenant = k.tenant AND a.thread = k.thread";
    let mut known: BTreeMap<(ThreadId, NumberId), Vec<Address>> = BTreeMap::new();
    for row in db.rows_with(&["tenant", "thread"], keys, sql).await? {
        let mut c = row.columns();
        let key = (c.id()?, c.id()?);
        known.entry(key).or_default().push(decode::known_address(&mut c)?);
    }
    Ok(found
        .into_iter()
        .map(|(send, content, reply_to, queued_at)| {
            let to =
                known.get(&(send.outgoing.thread, send.outgoing.number)).map_or_else(Vec::new, |all| identity::to(all));
            send.with(content, reply_to, queued_at, to)
        })
        .collect())
}
