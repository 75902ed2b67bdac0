//! Who may have an address, and what becomes of one (B3).

use crate::records::{AddressRecord, Tables};
use dashoffice_domain::conversation::AddressRow;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::ids::{NumberId, ThreadId};
use dashoffice_domain::{Row, Timestamp, conversation};
use uuid::Uuid;

/// Whether a claim needs to know what else its thread is known by.
pub(crate) fn must_be_the_only_scoped_id(row: &AddressRow) -> bool {
    row.claim.is_new && !row.claim.by_notice && row.claim.identifier.kind == IdentifierKind::ScopedUser
}

/// Nobody has it but the thread itself or the one it is taken from, and it is no second scoped id that no notice links.
pub(super) fn may_have(tables: &Tables, tenant: Uuid, row: &AddressRow) -> bool {
    let AddressRow { number, thread, claim, .. } = row;
    let held = tables.addresses().get(&(tenant, *number, claim.identifier.clone()));
    match held {
        Some(held) => held.thread == *thread || claim.taken_from == Some(held.thread),
        None => !must_be_the_only_scoped_id(row) || !has_another_scoped_id(tables, tenant, *thread, &claim.identifier),
    }
}

pub(super) fn claim(tables: &mut Tables, tenant: Uuid, row: &AddressRow) {
    let AddressRow { number, thread, contact, claim } = row;
    let key = (tenant, *number, claim.identifier.clone());
    let held = tables.addresses().get(&key).copied();
    if let Some(former) = held.filter(|held| held.thread != *thread) {
        forget_choice(tables, &key, former.retired_at.unwrap_or(claim.seen_at));
    }
    let known = held.filter(|held| held.thread == *thread);
    let seen_at = known.map_or(claim.seen_at, |known| known.seen_at.max(claim.seen_at));
    let record = AddressRecord { thread: *thread, contact: *contact, seen_at, retired_at: claim.retired_at };
    tables.put_address(key, record);
}

/// An address has a new owner: what its former one said of marketing until they left it is not theirs.
fn forget_choice(tables: &mut Tables, key: &(Uuid, NumberId, Identifier), until: Timestamp) {
    if tables.marketing.get(key).is_some_and(|choice| choice.said_at <= until) {
        tables.marketing.remove(key);
    }
}

/// Keeps what the provider called the customer, where that says nothing against what is known, and says so.
pub(super) fn learn(
    tables: &mut Tables,
    tenant: Uuid,
    thread: ThreadId,
    number: NumberId,
    identifier: &Identifier,
    at: Timestamp,
) -> Option<Row> {
    let key = (tenant, number, identifier.clone());
    let is_second =
        identifier.kind == IdentifierKind::ScopedUser && has_another_scoped_id(tables, tenant, thread, identifier);
    if tables.addresses().has(&key) || is_second {
        return None;
    }
    let contact = tables.addresses_of(tenant, thread).next()?.1.contact;
    tables.put_address(key, AddressRecord { thread, contact, seen_at: at, retired_at: None });
    Some(Row::Conversation(conversation::Row::AddressLearned { thread, number, identifier: identifier.clone(), at }))
}

fn has_another_scoped_id(tables: &Tables, tenant: Uuid, thread: ThreadId, but: &Identifier) -> bool {
    tables
        .addresses_of(tenant, thread)
        .any(|(identifier, _)| identifier.kind == IdentifierKind::ScopedUser && identifier != but)
}
