//! What came before, by its key or by the message that it brought: one question for both.

use super::{Columns, Connection, Error, Value, values};
use crate::judge::is_seen;
use crate::records::Tables;
use dashoffice_domain::ids::NumberId;
use dashoffice_domain::ports::Arrival;
use uuid::Uuid;

/// What [`SEEN`] is asked by.
pub(super) const KEY: &[&str] = &["tenant", "dedupe_key", "number", "id"];

pub(super) const SEEN: &str = "SELECT k.tenant, k.dedupe_key, d.dedupe_key, k.number, k.id, m.id FROM k \
     LEFT JOIN dedupe d ON d.tenant = k.tenant AND d.dedupe_key = k.dedupe_key \
     LEFT JOIN message m ON m.tenant = k.tenant AND m.provider_message_id = k.id AND m.number = k.number \
     WHERE d.dedupe_key IS NOT NULL OR m.id IS NOT NULL";

/// Not every key is an item's.
pub(super) fn key(tenant: Uuid, key: &str) -> Vec<Value> {
    let named = Arrival::named_by(key);
    values![tenant, key, named.map(|(number, _)| number.0), named.map(|(_, id)| id)]
}

pub(super) fn read(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let (tenant, key) = (c.id()?, c.text()?);
    if c.text_or_null()?.is_some() {
        tables.dedupe.known((tenant, key), 0);
    }
    let (number, id): (Option<NumberId>, _) = (c.id_or_null()?, c.text_or_null()?);
    if let (Some(number), Some(id), Some(message)) = (number, id, c.id_or_null()?) {
        tables.known_provider_id(tenant, number, id, message);
    }
    Ok(())
}

/// Whether an item was recorded.
pub(crate) async fn was_seen(db: &mut Connection, tenant: Uuid, dedupe_key: &str) -> Result<bool, Error> {
    let mut tables = Tables::default();
    for row in db.rows_with(KEY, vec![key(tenant, dedupe_key)], SEEN).await? {
        read(&mut row.columns(), &mut tables)?;
    }
    Ok(is_seen(&tables, tenant, dedupe_key))
}
