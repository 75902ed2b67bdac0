//! What was said, and what happened to it.

use super::{error_values, json, pricing_values};
use crate::records::{Change, MessageRecord, Tables};
use crate::sql::decode::direction_name;
use crate::sql::{Error, Value, Writes, values};
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::ids::MessageId;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn save(tables: &Tables, writes: &mut Writes) -> Result<(), Error> {
    let (mut new, mut beside, mut told) = (Vec::new(), Vec::new(), Vec::new());
    // By conversation, the first of its messages that say so.
    let mut referred = BTreeMap::new();
    for ((tenant, id), row) in tables.messages().touched(Change::New) {
        new.push(new_message(*tenant, *id, row)?);
        if !row.context.is_empty() || !row.versions.is_empty() {
            beside.push(beside_words(*tenant, *id, row)?);
        }
        if row.context.referral.is_some() {
            let first = referred.entry((*tenant, row.conversation)).or_insert((row.position, *id));
            *first = (row.position, *id).min(*first);
        }
        if row.error.is_some() || row.pricing.is_some() {
            let mut head = values![*tenant, *id];
            head.extend(error_values(row.error.as_ref()));
            head.extend(pricing_values(row.pricing.as_ref()));
            told.push(head);
        }
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
        "reactions",
        "reaction_to",
        "edited_at",
        "revoked_at",
    ];
    writes.insert("message", columns, new, "");
    let (mut heads, mut words) = (Vec::new(), Vec::new());
    for ((tenant, id), row) in tables.messages().touched(Change::Changed) {
        let mut head = values![*tenant, *id, row.status.name(), row.provider_message_id.clone(), row.sequence];
        head.extend(error_values(row.error.as_ref()));
        head.extend(values![json(&row.reactions)?, row.edited_at, row.revoked_at]);
        head.extend(pricing_values(row.pricing.as_ref()));
        heads.push(head);
        if let Some(content) = &row.content {
            words.push(values![*tenant, *id, json(content)?, versions(row)?]);
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
        "error_class",
        "error_details",
        "error_trace",
        "reactions",
        "edited_at",
        "revoked_at",
        "pricing_billable",
        "pricing_model",
        "pricing_type",
        "pricing_category",
    ];
    let sql = "UPDATE message SET status = k.status, provider_message_id = k.provider_message_id, sequence = k.sequence, \
               error_code = k.error_code, error_text = k.error_text, error_class = k.error_class, error_details = k.error_details, \
               error_trace = k.error_trace, reactions = k.reactions, \
               edited_at = k.edited_at, revoked_at = k.revoked_at, pricing_billable = k.pricing_billable, \
               pricing_model = k.pricing_model, pricing_type = k.pricing_type, pricing_category = k.pricing_category FROM k WHERE message.tenant = k.tenant AND message.id = k.id";
    writes.update(columns, heads, sql);
    let sql = "UPDATE message SET content = k.content, versions = k.versions FROM k \
               WHERE message.tenant = k.tenant AND message.id = k.id";
    // Of rows that have just been changed.
    writes.afterwards(&["tenant", "id", "content", "versions"], words, sql);
    let sql = "UPDATE message SET notice = CASE WHEN k.notice THEN TRUE END, context = k.context, referral = k.referral, versions = k.versions FROM k \
               WHERE message.tenant = k.tenant AND message.id = k.id";
    // Of rows that have just been inserted: few have anything beside their words, and the others do not pay for it.
    writes.afterwards(&["tenant", "id", "notice", "context", "referral", "versions"], beside, sql);
    let sql = "UPDATE conversation SET referred_by = k.message FROM k \
               WHERE conversation.tenant = k.tenant AND conversation.id = k.id AND conversation.referred_by IS NULL";
    let referred = referred.into_iter().map(|((tenant, id), (_, message))| values![tenant, id, message]);
    writes.afterwards(&["tenant", "id", "message"], referred.collect(), sql);
    let columns = &[
        "tenant",
        "id",
        "error_code",
        "error_text",
        "error_class",
        "error_details",
        "error_trace",
        "pricing_billable",
        "pricing_model",
        "pricing_type",
        "pricing_category",
    ];
    let sql = "UPDATE message SET error_code = k.error_code, error_text = k.error_text, error_class = k.error_class, \
               error_details = k.error_details, error_trace = k.error_trace, pricing_billable = k.pricing_billable, \
               pricing_model = k.pricing_model, pricing_type = k.pricing_type, pricing_category = k.pricing_category FROM k \
               WHERE message.tenant = k.tenant AND message.id = k.id";
    writes.afterwards(columns, told, sql);
    Ok(())
}

/// What it said before; null: nothing else.
fn versions(row: &MessageRecord) -> Result<Option<String>, Error> {
    (!row.versions.is_empty()).then(|| json(&row.versions)).transpose()
}

fn beside_words(tenant: Uuid, id: MessageId, row: &MessageRecord) -> Result<Vec<Value>, Error> {
    let MessageContext { notice, referral, .. } = &row.context;
    // Each of these two has a column of its own.
    let rest = MessageContext { notice: false, referral: None, ..row.context.clone() };
    let rest = (!rest.is_empty()).then(|| json(&rest)).transpose()?;
    let referral = referral.as_ref().map(json).transpose()?;
    Ok(values![tenant, id, *notice, rest, referral, versions(row)?])
}

fn new_message(tenant: Uuid, id: MessageId, row: &MessageRecord) -> Result<Vec<Value>, Error> {
    let content = row.content.as_ref().ok_or_else(|| Error::Encode("a new message without content".into()))?;
    Ok(values![
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
        json(&row.reactions)?,
        row.reaction_to.map(|message| message.0),
        row.edited_at,
        row.revoked_at,
    ])
}
