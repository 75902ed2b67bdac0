//! What a batch must know of unmatched webhooks: whether their number is there by now, and what is kept for a number that comes.

use super::prefetch::rows;
use super::records::{record, statements};
use super::{BatchedQueries, Connection, Error, values};
use crate::judge::MOST_AT_ONCE;
use crate::records::{RawRecord, Tables};
use dashoffice_domain::channel::{NUMBER, NumberSettings};
use dashoffice_domain::ids::{AppId, NumberId};
use dashoffice_domain::ports::{Arrival, UnmatchedWebhook};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use uuid::Uuid;

/// A number as its provider knows it: tenant, app, and the provider's id.
pub(super) type Ref = (Uuid, AppId, String);

#[derive(Debug, Default)]
pub(super) struct UnmatchedKeys {
    /// Numbers that items came for, with the items' keys.
    came: BTreeSet<(Ref, String)>,
    /// Numbers that are being set up.
    connected: BTreeSet<(Ref, NumberId)>,
}

impl UnmatchedKeys {
    pub(super) fn came(&mut self, tenant: Uuid, unmatched: &[UnmatchedWebhook]) {
        self.came.extend(unmatched.iter().filter_map(|unmatched| {
            Some(((tenant, unmatched.app, unmatched.number_ref.clone()?), unmatched.item_key.clone()?))
        }));
    }

    pub(super) fn connected(&mut self, of: Ref, number: NumberId) {
        self.connected.insert((of, number));
    }
}

/// Asks for the numbers that items came for.
pub(super) fn ask(prefetch: &UnmatchedKeys, queries: &mut BatchedQueries) {
    let refs: BTreeSet<Ref> = prefetch.came.iter().map(|(of, _)| of.clone()).collect();
    let keys = rows(&refs, |(tenant, app, number_ref)| values![*tenant, *app, number_ref]);
    queries.ask(&["tenant", "app", "provider_ref"], keys, &BY_REF, |c, tables| {
        let (tenant, id) = (c.id()?, c.id()?);
        tables.records.known((tenant, NUMBER.name, id), record(c, &NUMBER, id)?);
        Ok(())
    });
}

static BY_REF: LazyLock<String> = LazyLock::new(|| {
    let columns = statements(&NUMBER).columns;
    format!(
        "SELECT r.tenant, r.id, {columns} FROM k CROSS JOIN number r \
         WHERE r.tenant = k.tenant AND r.app = k.app AND r.provider_ref = k.provider_ref"
    )
});

/// Once the numbers are known: answers the dedupe keys of everything that may become a row of the inbox.
pub(super) async fn load(
    db: &mut Connection,
    prefetch: &UnmatchedKeys,
    tables: &mut Tables,
) -> Result<BTreeSet<(Uuid, String)>, Error> {
    let mut numbers = prefetch.connected.clone();
    let known = tables.records.rows().iter().filter(|((_, kind, _), _)| *kind == NUMBER.name);
    let known = known.filter_map(|((tenant, ..), record)| Some((*tenant, record.id, NumberSettings::of(record)?)));
    numbers.extend(known.map(|(tenant, id, number)| ((tenant, number.app, number.line.provider_ref), id.into())));
    let mut found: Vec<(Ref, String)> = prefetch.came.iter().cloned().collect();
    let refs: BTreeSet<Ref> = prefetch.connected.iter().map(|(of, _)| of.clone()).collect();
    for of in refs {
        found.extend(kept(db, &of, tables).await?.into_iter().map(|key| (of.clone(), key)));
    }
    let dedupe = |(of, key): &(Ref, String)| {
        let mine = numbers.iter().filter(|(known, _)| known == of);
        mine.map(|(_, number)| (of.0, Arrival::new(*number, key, Vec::new()).dedupe_key)).collect::<Vec<_>>()
    };
    Ok(found.iter().flat_map(dedupe).collect())
}

/// The oldest items that are kept for a number; answers their keys.
async fn kept(db: &mut Connection, (tenant, app, number_ref): &Ref, tables: &mut Tables) -> Result<Vec<String>, Error> {
    let sql = "SELECT r.id, r.item_key, r.correlation, r.reason, r.raw, r.kept_at FROM raw_item r WHERE r.tenant = $1 \
               AND r.app = $2 AND r.number_ref = $3 AND r.item_key IS NOT NULL ORDER BY r.id LIMIT $4";
    let mut keys = Vec::new();
    for row in db.rows(sql, values![*tenant, *app, number_ref, MOST_AT_ONCE as i64]).await? {
        let mut c = row.columns();
        let (id, item_key) = (c.int()?, c.text()?);
        keys.push(item_key.clone());
        let record = RawRecord {
            tenant: *tenant,
            number: None,
            app: Some(*app),
            number_ref: Some(number_ref.clone()),
            item_key: Some(item_key),
            correlation: c.id_or_null()?,
            news: None,
            account_ref: None,
            reason: c.text()?,
            raw: c.blob()?,
            kept_at: c.time()?,
        };
        tables.unparsed_items.known((*tenant, id), record);
    }
    Ok(keys)
}
