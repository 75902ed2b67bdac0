//! Contacts, their threads and addresses, and the lines of the inbox list.

use super::json;
use crate::records::{Change, Tables};
use crate::sql::decode::direction_name;
use crate::sql::folding::name_key;
use crate::sql::{Error, Writes, values};

pub(super) fn save(tables: &Tables, writes: &mut Writes) -> Result<(), Error> {
    marketing(tables, writes);
    let contacts = tables.contacts.written();
    let contacts = contacts.map(|((tenant, id), row)| {
        let key = row.name.as_deref().map(name_key);
        values![*tenant, *id, row.name.clone(), key, row.username.clone(), row.seen_at, row.seen_at]
    });
    let contacts = contacts.collect();
    writes.insert(
        "contact",
        &["tenant", "id", "name", "name_key", "username", "created_at", "seen_at"],
        contacts,
        "ON CONFLICT (tenant, id) DO UPDATE SET name = COALESCE(excluded.name, contact.name), \
         name_key = COALESCE(excluded.name_key, contact.name_key), \
         username = COALESCE(excluded.username, contact.username), \
         seen_at = CASE WHEN excluded.seen_at > contact.seen_at THEN excluded.seen_at ELSE contact.seen_at END \
         WHERE excluded.seen_at > contact.seen_at OR COALESCE(excluded.name, contact.name) IS DISTINCT FROM contact.name \
         OR COALESCE(excluded.username, contact.username) IS DISTINCT FROM contact.username",
    );
    let threads = tables.threads.touched(Change::New);
    let threads =
        threads.map(|((tenant, id), row)| values![*tenant, *id, row.number, row.contact, row.created_at]).collect();
    writes.insert("thread", &["tenant", "id", "number", "contact", "created_at"], threads, "");
    let addresses = tables.addresses().written().map(|((tenant, number, identifier), row)| {
        let (kind, value) = (identifier.kind.name(), &identifier.value);
        values![*tenant, *number, kind, value, row.thread, row.contact, row.seen_at, row.retired_at]
    });
    let tail = "ON CONFLICT (tenant, number, kind, value) DO UPDATE SET thread = excluded.thread, \
                contact = excluded.contact, seen_at = excluded.seen_at, retired_at = excluded.retired_at";
    let columns = &["tenant", "number", "kind", "value", "thread", "contact", "seen_at", "retired_at"];
    writes.insert("address", columns, addresses.collect(), tail);
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
            row.reply_clock.as_ref().map(json).transpose()?,
            (!row.pauses.is_empty()).then(|| json(&row.pauses)).transpose()?,
        ]);
    }
    writes.insert(
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
            "reply_clock",
            "pauses",
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
         changed_at = excluded.changed_at, excluded = excluded.excluded, reply_clock = excluded.reply_clock, pauses = excluded.pauses",
    );
    Ok(())
}

fn marketing(tables: &Tables, writes: &mut Writes) {
    let said = tables.marketing.written().map(|((tenant, number, identifier), said)| {
        values![*tenant, *number, identifier.kind.name(), &identifier.value, said.wants.name(), said.said_at]
    });
    let tail =
        "ON CONFLICT (tenant, number, kind, value) DO UPDATE SET wants = excluded.wants, said_at = excluded.said_at";
    writes.insert("marketing_choice", &["tenant", "number", "kind", "value", "wants", "said_at"], said.collect(), tail);
    let gone = tables
        .marketing
        .gone()
        .map(|(tenant, number, identifier)| values![*tenant, *number, identifier.kind.name(), &identifier.value]);
    writes.delete("marketing_choice", &["tenant", "number", "kind", "value"], gone.collect());
}
