//! The outbox, what was heard before its message was known, and read marks to be told.

use super::{error_values, pricing_values};
use crate::records::{Change, Tables};
use crate::sql::{Writes, values};
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::ids::NumberId;
use uuid::Uuid;

pub(super) fn save(tables: &Tables, writes: &mut Writes) {
    let gone = tables.outbox.gone().map(|(tenant, message)| values![*tenant, *message]).collect();
    writes.delete("outbox", &["tenant", "message"], gone);
    let changed = tables.outbox.touched(Change::Changed).map(|((tenant, message), row)| {
        let mut values = values![*tenant, *message, row.state.name(), row.attempts, row.not_before];
        values.extend(error_values(row.error.as_ref()));
        values.push(row.changed_at.into());
        values
    });
    let sql = "UPDATE outbox SET state = k.state, attempts = k.attempts, not_before = k.not_before, \
               error_code = k.error_code, error_text = k.error_text, error_class = k.error_class, error_details = k.error_details, \
               error_trace = k.error_trace, changed_at = k.changed_at FROM k \
               WHERE outbox.tenant = k.tenant AND outbox.message = k.message";
    let columns = &[
        "tenant",
        "message",
        "state",
        "attempts",
        "not_before",
        "error_code",
        "error_text",
        "error_class",
        "error_details",
        "error_trace",
        "changed_at",
    ];
    writes.update(columns, changed.collect(), sql);
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
        "error_class",
        "error_details",
        "error_trace",
        "changed_at",
        "position",
        "ordinal",
    ];
    writes.insert("outbox", columns, new.collect(), "");
    let early_key = |(tenant, number, id): &(Uuid, NumberId, String)| values![*tenant, *number, id];
    let gone = tables.early.gone().map(early_key).collect();
    writes.delete("early_status", &["tenant", "number", "provider_message_id"], gone);
    let heard = tables.early.written().map(|(key, early)| {
        let mut values = early_key(key);
        values.extend(values![early.status.name(), early.at]);
        values.extend(error_values(early.error.as_ref()));
        values.extend(pricing_values(early.pricing.as_ref()));
        let (kind, recipient) = (early.recipient.as_ref()).map(|one| (one.kind.name(), &one.value)).unzip();
        values.extend(values![early.stops.map(StopReason::name), kind, recipient.cloned(), early.seen_at]);
        values
    });
    writes.insert(
        "early_status",
        &[
            "tenant",
            "number",
            "provider_message_id",
            "status",
            "at",
            "error_code",
            "error_text",
            "error_class",
            "error_details",
            "error_trace",
            "pricing_billable",
            "pricing_model",
            "pricing_type",
            "pricing_category",
            "stops",
            "recipient_kind",
            "recipient",
            "seen_at",
        ],
        heard.collect(),
        "ON CONFLICT (tenant, number, provider_message_id) DO UPDATE SET status = excluded.status, at = excluded.at, \
         error_code = excluded.error_code, error_text = excluded.error_text, error_class = excluded.error_class, error_details = excluded.error_details, \
         error_trace = excluded.error_trace, \
         pricing_billable = excluded.pricing_billable, pricing_model = excluded.pricing_model, pricing_type = excluded.pricing_type, \
         pricing_category = excluded.pricing_category, stops = excluded.stops, \
         recipient_kind = excluded.recipient_kind, recipient = excluded.recipient",
    );
    let gone = tables.read_marks.gone().map(|(tenant, thread)| values![*tenant, *thread]).collect();
    writes.delete("read_mark", &["tenant", "thread"], gone);
    let marks = tables.read_marks.written();
    let marks = marks.map(|((tenant, thread), mark)| values![*tenant, *thread, mark.number, mark.message]).collect();
    let tail = "ON CONFLICT (tenant, thread) DO UPDATE SET number = excluded.number, message = excluded.message";
    writes.insert("read_mark", &["tenant", "thread", "number", "message"], marks, tail);
}
