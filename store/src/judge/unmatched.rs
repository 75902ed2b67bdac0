//! What came for a number that is not there: kept raw, and delivered in order once the number is (C6).

use super::CommitStamp;
use super::accept::{Came, arrive};
use super::job::TenantChanges;
use crate::records::{RawRecord, Tables};
use dashoffice_domain::ids::{AppId, NumberId};
use dashoffice_domain::ports::{Arrival, UnmatchedWebhook};
use uuid::Uuid;

/// So many are delivered in one transaction, the oldest first.
pub(crate) const MOST_AT_ONCE: usize = 10_000;

/// Keeps an unmatched webhook. Whoever sorted it may not have known yet that its number is there: then it is what it would have been, and the
/// answer is whether it came for the first time. What stays aside and was there before is told as a repetition, too.
pub(super) fn keep(
    tables: &mut Tables,
    tenant: Uuid,
    unmatched: &UnmatchedWebhook,
    came: Came,
    stamp: CommitStamp,
    news: &mut TenantChanges,
) -> Option<bool> {
    if let (Some(number_ref), Some(item_key)) = (&unmatched.number_ref, &unmatched.item_key)
        && let Some(number) = tables.number_by_ref(tenant, unmatched.app, number_ref)
    {
        return Some(arrive(tables, tenant, &Arrival::new(number, item_key, unmatched.raw.clone()), came, stamp, news));
    }
    if is_known(tables, tenant, unmatched.dedupe_key(), stamp) {
        return Some(false);
    }
    tables.keep_raw(RawRecord {
        tenant,
        number: unmatched.number,
        app: Some(unmatched.app),
        number_ref: unmatched.number_ref.clone(),
        item_key: unmatched.item_key.clone(),
        correlation: Some(came.correlation),
        news: None,
        account_ref: None,
        reason: unmatched.reason.clone(),
        raw: unmatched.raw.clone(),
        kept_at: stamp.now,
    });
    None
}

/// Whether something that is put aside came before, as it does when a provider sends a body again whose first parts were stored.
pub(super) fn is_known(tables: &mut Tables, tenant: Uuid, dedupe_key: String, stamp: CommitStamp) -> bool {
    let key = (tenant, dedupe_key);
    let known = tables.dedupe.has(&key);
    if !known {
        tables.dedupe.put(key, stamp.now.0);
    }
    known
}

/// The number is there: its unmatched webhooks become rows of the inbox, each once and in the order in which they came.
pub(super) fn deliver(
    tables: &mut Tables,
    (tenant, app, number_ref): (Uuid, AppId, &str),
    number: NumberId,
    stamp: CommitStamp,
    news: &mut TenantChanges,
) -> usize {
    let mine = tables.unparsed_items.iter().filter(|((of, _), raw)| {
        *of == tenant && raw.app == Some(app) && raw.number_ref.as_deref() == Some(number_ref) && raw.item_key.is_some()
    });
    let keys: Vec<(Uuid, i64)> = mine.map(|(key, _)| *key).take(MOST_AT_ONCE).collect();
    for key in &keys {
        let Some(raw) = tables.unparsed_items.remove(key) else { continue };
        let arrival = Arrival::new(number, raw.item_key.as_deref().unwrap_or_default(), raw.raw);
        // It waits from now on: that it came long ago is nobody's backlog (A6).
        let came = Came { received_at: stamp.now, correlation: raw.correlation.unwrap_or_default(), is_suspect: false };
        arrive(tables, tenant, &arrival, came, stamp, news);
    }
    keys.len()
}
