//! Writes what a batch changed: at most one statement per table and kind of change.

use super::access;
use super::decode::direction_name;
use super::needs::entity_values;
use super::{Connection, Error, Value, values};
use crate::records::{Change, MessageRecord, Tables};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::outgoing::SendError;
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Timestamp};
use serde::Serialize;
use uuid::Uuid;

pub(crate) async fn save(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    journal(db, tables).await?;
    waiting(db, tables).await?;
    sends(db, tables).await?;
    people(db, tables).await?;
    messages(db, tables).await?;
    aside(db, tables).await?;
    configuration(db, tables).await?;
    access::save(db, &tables.access).await
}

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Encode(Box::new(error)))
}

fn error_values(error: Option<&SendError>) -> [Value; 2] {
    [error.map(|error| error.code).into(), error.map(|error| error.text.as_str()).into()]
}

fn maybe_entity(entity: Option<Entity>) -> [Value; 2] {
    [entity.map(|entity| entity.kind()).into(), entity.map(|entity| entity.id()).into()]
}

async fn journal(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let rows = tables.cursors.written().map(|(tenant, c)| values![*tenant, c.position, c.inbox_position]).collect();
    db.insert(
        "tenant_cursor",
        &["tenant", "position", "inbox_position"],
        rows,
        "ON CONFLICT (tenant) DO UPDATE SET position = excluded.position, inbox_position = excluded.inbox_position",
    )
    .await?;
    let mut rows = Vec::with_capacity(tables.events.len());
    for event in &tables.events {
        rows.push(values![
            event.tenant,
            event.position,
            event.id,
            event.entity.kind(),
            event.entity.id(),
            event.sequence,
            event.event.kind(),
            event.event.version(),
            Timestamp(event.at),
            event.actor,
            event.cause,
            event.correlation,
            event.owner_epoch,
            event.term,
            json(&event.event)?,
        ]);
    }
    db.insert(
        "event",
        &[
            "tenant",
            "position",
            "id",
            "entity_kind",
            "entity_id",
            "sequence",
            "kind",
            "version",
            "at",
            "actor",
            "cause",
            "correlation",
            "owner_epoch",
            "term",
            "body",
        ],
        rows,
        "",
    )
    .await?;
    let rows = tables.states.written().map(|((tenant, entity), state)| {
        let mut row = entity_values(*tenant, *entity);
        row.extend(values![state.sequence, state.schema_version, state.body.clone()]);
        row
    });
    db.insert(
        "entity_state",
        &["tenant", "entity_kind", "entity_id", "sequence", "schema_version", "body"],
        rows.collect(),
        "ON CONFLICT (tenant, entity_kind, entity_id) DO UPDATE SET sequence = excluded.sequence, \
         schema_version = excluded.schema_version, body = excluded.body",
    )
    .await
}

/// Inbox, dedupe keys, timers, guards and results of commands.
async fn waiting(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let gone = tables.inbox.gone().map(|(tenant, position)| values![*tenant, *position]).collect();
    let sql = "DELETE FROM inbox WHERE (tenant, position) IN (SELECT k.tenant, k.position FROM k)";
    db.run_with(&["tenant", "position"], gone, sql).await?;
    let changed = tables.inbox.touched(Change::Changed);
    let changed = changed.map(|((tenant, position), row)| values![*tenant, *position, row.tries, row.held]).collect();
    let sql = "UPDATE inbox SET tries = k.tries, held = k.held FROM k \
               WHERE inbox.tenant = k.tenant AND inbox.position = k.position";
    db.run_with(&["tenant", "position", "tries", "held"], changed, sql).await?;
    let new = tables.inbox.touched(Change::New).map(|((tenant, position), row)| {
        let (number, entity, raw) = match &row.source {
            InboxSource::Provider { number, raw } => (Some(number.0), None, raw),
            InboxSource::Tell { entity, item } => (None, Some(*entity), item),
        };
        let mut values = values![*tenant, *position, number];
        values.extend(maybe_entity(entity));
        values.extend(values![raw.clone(), row.received_at, row.tries, row.correlation, row.held]);
        values
    });
    let columns = &[
        "tenant",
        "position",
        "number",
        "entity_kind",
        "entity_id",
        "raw",
        "received_at",
        "tries",
        "correlation",
        "held",
    ];
    db.insert("inbox", columns, new.collect(), "").await?;
    let seen = tables.dedupe.written().map(|((tenant, key), at)| values![*tenant, key, Timestamp(*at)]).collect();
    db.insert("dedupe", &["tenant", "dedupe_key", "seen_at"], seen, "").await?;

    let timer_key = |(tenant, entity, kind): &(Uuid, Entity, String)| {
        let mut key = entity_values(*tenant, *entity);
        key.push(kind.into());
        key
    };
    let gone = tables.timers.gone().map(timer_key).collect();
    let sql = "DELETE FROM timer WHERE (tenant, entity_kind, entity_id, kind) IN \
               (SELECT k.tenant, k.entity_kind, k.entity_id, k.kind FROM k)";
    db.run_with(&["tenant", "entity_kind", "entity_id", "kind"], gone, sql).await?;
    let set = tables.timers.written().map(|(key, timer)| {
        let mut row = timer_key(key);
        row.extend(values![timer.token, timer.due_at]);
        row
    });
    db.insert(
        "timer",
        &["tenant", "entity_kind", "entity_id", "kind", "token", "due_at"],
        set.collect(),
        "ON CONFLICT (tenant, entity_kind, entity_id, kind) DO UPDATE SET token = excluded.token, due_at = excluded.due_at",
    )
    .await?;
    let raised = tables.guards.written().map(|((tenant, name), value)| values![*tenant, name, *value]).collect();
    let tail = "ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value";
    db.insert("guard", &["tenant", "name", "value"], raised, tail).await?;
    let results = tables.results.written().map(|((tenant, principal, key), result)| {
        values![*tenant, *principal, *key, result.fingerprint.to_vec(), result.answer.clone(), result.at]
    });
    let columns = &["tenant", "principal", "command_key", "fingerprint", "answer", "at"];
    db.insert("command_result", columns, results.collect(), "").await
}

async fn sends(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let gone = tables.outbox.gone().map(|(tenant, message)| values![*tenant, *message]).collect();
    let sql = "DELETE FROM outbox WHERE (tenant, message) IN (SELECT k.tenant, k.message FROM k)";
    db.run_with(&["tenant", "message"], gone, sql).await?;
    let changed = tables.outbox.touched(Change::Changed).map(|((tenant, message), row)| {
        let mut values = values![*tenant, *message, row.state.name(), row.attempts, row.not_before];
        values.extend(error_values(row.error.as_ref()));
        values.push(row.changed_at.into());
        values
    });
    let sql = "UPDATE outbox SET state = k.state, attempts = k.attempts, not_before = k.not_before, \
               error_code = k.error_code, error_text = k.error_text, changed_at = k.changed_at FROM k \
               WHERE outbox.tenant = k.tenant AND outbox.message = k.message";
    let columns = &["tenant", "message", "state", "attempts", "not_before", "error_code", "error_text", "changed_at"];
    db.run_with(columns, changed.collect(), sql).await?;
    let new = tables.outbox.touched(Change::New).map(|((tenant, message), row)| {
        let to = &row.outgoing;
        let mut values = values![*tenant, *message, to.number, to.thread, to.class.name(), to.owner_epoch];
        values.extend(values![row.state.name(), row.attempts, row.not_before]);
        values.extend(error_values(row.error.as_ref()));
        values.extend(values![row.changed_at, row.position, row.ordinal]);
        values
    });
    let columns = &[
        "tenant",
        "message",
        "number",
        "thread",
        "class",
        "owner_epoch",
        "state",
        "attempts",
        "not_before",
        "error_code",
        "error_text",
        "changed_at",
        "position",
        "ordinal",
    ];
    db.insert("outbox", columns, new.collect(), "").await?;
    let early_key =
        |(tenant, number, id): &(Uuid, dashoffice_domain::ids::NumberId, String)| values![*tenant, *number, id];
    let gone = tables.early.gone().map(early_key).collect();
    let sql = "DELETE FROM early_status WHERE (tenant, number, provider_message_id) IN \
               (SELECT k.tenant, k.number, k.id FROM k)";
    db.run_with(&["tenant", "number", "id"], gone, sql).await?;
    let heard = tables.early.written().map(|(key, early)| {
        let mut values = early_key(key);
        values.extend(values![early.status.name(), early.at]);
        values.extend(error_values(early.error.as_ref()));
        values.push(early.seen_at.into());
        values
    });
    db.insert(
        "early_status",
        &["tenant", "number", "provider_message_id", "status", "at", "error_code", "error_text", "seen_at"],
        heard.collect(),
        "ON CONFLICT (tenant, number, provider_message_id) DO UPDATE SET status = excluded.status, at = excluded.at, \
         error_code = excluded.error_code, error_text = excluded.error_text",
    )
    .await
}

async fn people(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let contacts = tables.contacts.written();
    let contacts = contacts
        .map(|((tenant, id), row)| {
            values![
                *tenant,
                *id,
                row.name.clone(),
                row.name.as_deref().map(str::to_lowercase),
                row.seen_at,
                row.seen_at
            ]
        })
        .collect();
    db.insert(
        "contact",
        &["tenant", "id", "name", "name_key", "created_at", "seen_at"],
        contacts,
        "ON CONFLICT (tenant, id) DO UPDATE SET name = COALESCE(excluded.name, contact.name), \
         name_key = COALESCE(excluded.name_key, contact.name_key), \
         seen_at = CASE WHEN excluded.seen_at > contact.seen_at THEN excluded.seen_at ELSE contact.seen_at END",
    )
    .await?;
    let threads = tables.threads.touched(Change::New);
    let threads =
        threads.map(|((tenant, id), row)| values![*tenant, *id, row.number, row.contact, row.created_at]).collect();
    db.insert("thread", &["tenant", "id", "number", "contact", "created_at"], threads, "").await?;
    let addresses = tables.addresses.written().map(|((tenant, number, identifier), row)| {
        values![*tenant, *number, identifier.kind.name(), &identifier.value, row.thread, row.contact]
    });
    let tail = "ON CONFLICT (tenant, number, kind, value) DO UPDATE SET contact = excluded.contact";
    let columns = &["tenant", "number", "kind", "value", "thread", "contact"];
    db.insert("address", columns, addresses.collect(), tail).await?;
    let mut rows = Vec::new();
    for ((tenant, id), row) in tables.conversations.written() {
        let preview = row.preview.as_ref();
        rows.push(values![
            *tenant,
            *id,
            row.thread,
            row.number,
            row.contact,
            row.state.name(),
            json(&row.owner)?,
            row.owner.agent().map(|agent| agent.0),
            row.owner_epoch,
            row.queue,
            row.opened_at,
            row.enqueued_at,
            row.closed_at,
            row.last_message.map(|message| message.0),
            row.last_message_at,
            direction_name(row.last_direction),
            preview.map(|preview| preview.text.as_str()),
            preview.map(|preview| preview.kind.as_str()),
            row.waiting_since,
            row.window_until,
            row.unanswered,
            row.unread,
            row.last_agent.map(|agent| agent.0),
            row.changed_at,
            json(&row.excluded)?,
        ]);
    }
    db.insert(
        "conversation",
        &[
            "tenant",
            "id",
            "thread",
            "number",
            "contact",
            "state",
            "owner",
            "agent",
            "owner_epoch",
            "queue",
            "opened_at",
            "enqueued_at",
            "closed_at",
            "last_message",
            "last_message_at",
            "last_direction",
            "preview_text",
            "preview_kind",
            "waiting_since",
            "window_until",
            "unanswered",
            "unread",
            "last_agent",
            "changed_at",
            "excluded",
        ],
        rows,
        "ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, owner = excluded.owner, agent = excluded.agent, \
         contact = excluded.contact, owner_epoch = excluded.owner_epoch, queue = excluded.queue, \
         opened_at = excluded.opened_at, enqueued_at = excluded.enqueued_at, closed_at = excluded.closed_at, \
         last_message = excluded.last_message, last_message_at = excluded.last_message_at, last_direction = excluded.last_direction, \
         preview_text = COALESCE(excluded.preview_text, conversation.preview_text), \
         preview_kind = COALESCE(excluded.preview_kind, conversation.preview_kind), \
         waiting_since = excluded.waiting_since, window_until = excluded.window_until, unanswered = excluded.unanswered, \
         unread = excluded.unread, last_agent = excluded.last_agent, \
         changed_at = excluded.changed_at, excluded = excluded.excluded",
    )
    .await
}

async fn messages(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let mut new = Vec::new();
    for ((tenant, id), row) in tables.messages().touched(Change::New) {
        new.push(new_message(*tenant, *id, row)?);
    }
    let columns = &[
        "tenant",
        "id",
        "thread",
        "conversation",
        "number",
        "direction",
        "status",
        "content",
        "provider_message_id",
        "reply_to",
        "author",
        "said_at",
        "recorded_at",
        "position",
        "sequence",
        "error_code",
        "error_text",
        "reactions",
        "edited_at",
        "revoked_at",
    ];
    db.insert("message", columns, new, "").await?;
    let (mut heads, mut words) = (Vec::new(), Vec::new());
    for ((tenant, id), row) in tables.messages().touched(Change::Changed) {
        let mut head = values![*tenant, *id, row.status.name(), row.provider_message_id.clone(), row.sequence];
        head.extend(error_values(row.error.as_ref()));
        head.extend(values![json(&row.reactions)?, row.edited_at, row.revoked_at]);
        heads.push(head);
        if let Some(content) = &row.content {
            words.push(values![*tenant, *id, json(content)?]);
        }
    }
    let columns = &[
        "tenant",
        "id",
        "status",
        "provider_message_id",
        "sequence",
        "error_code",
        "error_text",
        "reactions",
        "edited_at",
        "revoked_at",
    ];
    let sql = "UPDATE message SET status = k.status, provider_message_id = k.provider_message_id, sequence = k.sequence, \
               error_code = k.error_code, error_text = k.error_text, reactions = k.reactions, edited_at = k.edited_at, \
               revoked_at = k.revoked_at FROM k WHERE message.tenant = k.tenant AND message.id = k.id";
    db.run_with(columns, heads, sql).await?;
    let sql = "UPDATE message SET content = k.content FROM k WHERE message.tenant = k.tenant AND message.id = k.id";
    db.run_with(&["tenant", "id", "content"], words, sql).await?;
    Ok(())
}

fn new_message(tenant: Uuid, id: MessageId, row: &MessageRecord) -> Result<Vec<Value>, Error> {
    let content = row.content.as_ref().ok_or_else(|| Error::Encode("a new message without content".into()))?;
    let mut values = values![
        tenant,
        id,
        row.thread,
        row.conversation,
        row.number,
        direction_name(row.direction),
        row.status.name(),
        json(content)?,
        row.provider_message_id.clone(),
        row.reply_to.clone(),
        row.author.map(|author| author.0),
        row.said_at,
        row.recorded_at,
        row.position,
        row.sequence,
    ];
    values.extend(error_values(row.error.as_ref()));
    values.extend(values![json(&row.reactions)?, row.edited_at, row.revoked_at]);
    Ok(values)
}

/// Dead letters, raw items and starts.
async fn aside(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let dead = tables.dead.written().map(|((tenant, position), row)| {
        let (number, told, raw) = match &row.item.source {
            InboxSource::Provider { number, raw } => (Some(number.0), None, raw),
            InboxSource::Tell { entity, item } => (None, Some(*entity), item),
        };
        let mut values = values![*tenant, *position, number];
        values.extend(maybe_entity(row.entity.or(told)));
        values.extend(values![row.reason, &row.detail, raw.clone(), row.item.received_at, row.item.tries]);
        values.extend(values![row.item.correlation, row.parked_at]);
        values
    });
    let columns = &[
        "tenant",
        "position",
        "number",
        "entity_kind",
        "entity_id",
        "reason",
        "detail",
        "raw",
        "received_at",
        "tries",
        "correlation",
        "parked_at",
    ];
    db.insert("dead_letter", columns, dead.collect(), "").await?;
    let raw = tables.raw_items.iter().map(|item| {
        values![
            item.tenant,
            item.number.map(|number| number.0),
            item.number_ref.clone(),
            &item.reason,
            item.raw.clone(),
            item.kept_at,
        ]
    });
    let columns = &["tenant", "number", "number_ref", "reason", "raw", "kept_at"];
    db.insert("raw_item", columns, raw.collect(), "").await?;
    let starts = tables.starts.written();
    let starts = starts.map(|(instance, start)| values![*instance, start.started_at, start.stopped_at]).collect();
    let tail =
        "ON CONFLICT (instance) DO UPDATE SET started_at = excluded.started_at, stopped_at = excluded.stopped_at";
    db.insert("process_start", &["instance", "started_at", "stopped_at"], starts, tail).await
}

async fn configuration(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let tenants = tables.tenants.written().map(|(id, name)| values![*id, name]).collect();
    db.insert("tenant", &["id", "name"], tenants, "ON CONFLICT (id) DO UPDATE SET name = excluded.name").await?;
    let mut queues = Vec::new();
    for ((tenant, id), settings) in tables.queues.written() {
        queues.push(values![*tenant, *id, &settings.name, json(settings)?]);
    }
    let tail = "ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, settings = excluded.settings";
    db.insert("queue", &["tenant", "id", "name", "settings"], queues, tail).await?;
    agents(db, tables).await?;
    let apps = tables.apps.written().map(|((tenant, id), app)| {
        values![*tenant, *id, &app.provider, &app.app_secret, &app.verify_token, &app.url_token]
    });
    db.insert(
        "provider_app",
        &["tenant", "id", "provider", "app_secret", "verify_token", "url_token"],
        apps.collect(),
        "ON CONFLICT (tenant, id) DO UPDATE SET provider = excluded.provider, app_secret = excluded.app_secret, \
         verify_token = excluded.verify_token, url_token = excluded.url_token",
    )
    .await?;
    let numbers = tables.numbers.written().map(|((tenant, id), number)| {
        values![
            *tenant,
            *id,
            number.app,
            &number.provider_ref,
            &number.display_name,
            &number.display_phone_number,
            number.queue,
            &number.access_token,
            number.api_base.clone(),
        ]
    });
    db.insert(
        "number",
        &[
            "tenant",
            "id",
            "app",
            "provider_ref",
            "display_name",
            "display_phone_number",
            "queue",
            "access_token",
            "api_base",
        ],
        numbers.collect(),
        "ON CONFLICT (tenant, id) DO UPDATE SET app = excluded.app, provider_ref = excluded.provider_ref, \
         display_name = excluded.display_name, display_phone_number = excluded.display_phone_number, \
         queue = excluded.queue, access_token = excluded.access_token, api_base = excluded.api_base",
    )
    .await
}

async fn agents(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let rows = tables.agents.written().map(|((tenant, id), row)| {
        values![
            *tenant,
            *id,
            row.chosen.name(),
            row.reason.clone(),
            row.since,
            row.capacity_units,
            row.last_assigned_at,
            row.last_release_at,
            row.misses,
        ]
    });
    let columns = &[
        "tenant",
        "id",
        "chosen",
        "reason",
        "since",
        "capacity_units",
        "last_assigned_at",
        "last_release_at",
        "misses",
    ];
    let tail = "ON CONFLICT (tenant, id) DO UPDATE SET chosen = excluded.chosen, reason = excluded.reason, \
                since = excluded.since, capacity_units = excluded.capacity_units, \
                last_assigned_at = excluded.last_assigned_at, last_release_at = excluded.last_release_at, \
                misses = excluded.misses";
    db.insert("agent", columns, rows.collect(), tail).await
}
