//! The files of messages: ordered, asked for, and come to their end (A9).

use crate::records::{Change, MediaRecord, Tables};
use crate::sql::{Value, Writes, values};
use dashoffice_domain::channel::media::MediaFailure;
use dashoffice_domain::ids::MessageId;
use uuid::Uuid;

pub(super) fn save(tables: &Tables, writes: &mut Writes) {
    let new = tables.media.touched(Change::New).map(|((tenant, message), row)| {
        let wanted = &row.wanted;
        let mut values = head(*tenant, *message, row);
        values.extend(values![
            wanted.number,
            wanted.kind.name(),
            wanted.source.provider_media_id.clone(),
            wanted.source.link.clone(),
            wanted.declared_mime.clone(),
            wanted.declared_sha256.clone(),
            wanted.wanted_at,
        ]);
        values
    });
    writes.insert("media", COLUMNS, new.collect(), "");
    let changed = tables.media.touched(Change::Changed).map(|((tenant, message), row)| head(*tenant, *message, row));
    let sql = "UPDATE media SET state = k.state, attempts = k.attempts, tries = k.tries, due_at = k.due_at, \
               failure = k.failure, sha256 = k.sha256, size_bytes = k.size_bytes, mime_type = k.mime_type, \
               changed_at = k.changed_at FROM k WHERE media.tenant = k.tenant AND media.message = k.message";
    writes.update(&COLUMNS[..CHANGING], changed.collect(), sql);
}

/// The key, what changes in the life of a row, and what does not.
const COLUMNS: &[&str] = &[
    "tenant",
    "message",
    "state",
    "attempts",
    "tries",
    "due_at",
    "failure",
    "sha256",
    "size_bytes",
    "mime_type",
    "changed_at",
    "number",
    "kind",
    "provider_media_id",
    "link",
    "declared_mime",
    "declared_sha256",
    "wanted_at",
];
/// The key and what changes.
const CHANGING: usize = 11;

fn head(tenant: Uuid, message: MessageId, row: &MediaRecord) -> Vec<Value> {
    let file = row.file.as_ref();
    values![
        tenant,
        message,
        row.state.name(),
        row.attempts,
        row.tries,
        row.due_at,
        row.failure.map(MediaFailure::name),
        file.map(|file| file.sha256.to_string()),
        file.map(|file| file.size_bytes),
        file.map(|file| file.mime_type.clone()),
        row.changed_at,
    ]
}
