//! All tables together, with the few look-ups that go by something other than the key.

use super::{
    Access, AddressRecord, AgentRecord, ChangeRecord, ContactRecord, Cursor, DeadRecord, EarlyChangeRecord,
    EarlyRecord, InboxRecord, MarketingRecord, MediaRecord, MessageRecord, OutboxRecord, RawRecord, ReadMarkRecord,
    Records, ResultRecord, StartRecord, StateRecord, Table, ThreadRecord, TimerRecord,
};
use crate::Office;
use crate::projection::AuditRecord;
use dashoffice_domain::Entity;
use dashoffice_domain::channel::NUMBER;
use dashoffice_domain::channel::number::NumberState;
use dashoffice_domain::conversation::ConversationRow;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::Version;
use dashoffice_domain::ids::{AgentId, AppId, ContactId, ConversationId, MessageId, NumberId, ThreadId};
use dashoffice_domain::record::Value;
use dashoffice_runtime::Envelope;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Tenant, entity and kind: each has one live timer (A9).
pub(crate) type TimerKey = (Uuid, Entity, String);

/// Raw items that no database has given an id yet come after all that have one.
const FIRST_NEW: i64 = 1 << 62;

/// Every key begins with the tenant, so that nothing is found by an id alone (C6).
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    pub(crate) cursors: Table<Uuid, Cursor>,
    pub(crate) states: Table<(Uuid, Entity), StateRecord>,
    pub(crate) inbox: Table<(Uuid, i64), InboxRecord>,
    pub(crate) dedupe: Table<(Uuid, String), i64>,
    pub(crate) timers: Table<TimerKey, TimerRecord>,
    pub(crate) outbox: Table<(Uuid, MessageId), OutboxRecord>,
    pub(crate) media: Table<(Uuid, MessageId), MediaRecord>,
    pub(crate) read_marks: Table<(Uuid, ThreadId), ReadMarkRecord>,
    pub(crate) marketing: Table<(Uuid, NumberId, Identifier), MarketingRecord>,
    pub(crate) early: Table<(Uuid, NumberId, String), EarlyRecord>,
    /// By the thread and the provider's id of the message.
    pub(crate) early_changes: Table<(Uuid, ThreadId, String), EarlyChangeRecord>,
    pub(crate) results: Table<(Uuid, Uuid, Uuid), ResultRecord>,
    pub(crate) guards: Table<(Uuid, String), i64>,
    pub(crate) dead: Table<(Uuid, i64), DeadRecord>,
    pub(crate) contacts: Table<(Uuid, ContactId), ContactRecord>,
    pub(crate) threads: Table<(Uuid, ThreadId), ThreadRecord>,
    addresses: Table<(Uuid, NumberId, Identifier), AddressRecord>,
    addresses_by_thread: BTreeMap<(Uuid, ThreadId), BTreeSet<(NumberId, Identifier)>>,
    pub(crate) conversations: Table<(Uuid, ConversationId), ConversationRow>,
    messages: Table<(Uuid, MessageId), MessageRecord>,
    by_provider_id: BTreeMap<(Uuid, NumberId, String), MessageId>,
    pub(crate) starts: Table<Uuid, StartRecord>,
    pub(crate) tenants: Table<Uuid, String>,
    pub(crate) records: Records,
    /// How far each projection has come, by its name and the tenant.
    pub(crate) projections: Table<(&'static str, Uuid), i64>,
    /// By the position of the event.
    pub(crate) audit: Table<(Uuid, i64), AuditRecord>,
    /// Only ever added to.
    pub(crate) changes: Vec<ChangeRecord>,
    pub(crate) agents: Table<(Uuid, AgentId), AgentRecord>,
    /// What delivery found of each number.
    pub(crate) number_states: Table<(Uuid, NumberId), NumberState>,
    /// The account of each number, as it was heard.
    pub(crate) accounts: Table<(Uuid, NumberId), String>,
    pub(crate) access: Access,
    /// By an id that follows from the order in which they came.
    pub(crate) unparsed_items: Table<(Uuid, i64), RawRecord>,
    raw_items_kept: i64,
    /// Only ever added to.
    pub(crate) events: Vec<Envelope<Office>>,
}

impl Tables {
    pub(crate) const fn messages(&self) -> &Table<(Uuid, MessageId), MessageRecord> {
        &self.messages
    }

    /// Puts in a message that the database already has.
    pub(crate) fn known_message(&mut self, tenant: Uuid, id: MessageId, record: MessageRecord) {
        self.index(tenant, id, &record);
        self.messages.known((tenant, id), record);
    }

    /// Puts in what a message says that the database already has, and what it said before.
    pub(crate) fn known_words(&mut self, tenant: Uuid, id: MessageId, content: Content, versions: Vec<Version>) {
        if let Some(known) = self.messages.get(&(tenant, id)).cloned() {
            self.messages.known((tenant, id), MessageRecord { content: Some(content), versions, ..known });
        }
    }

    pub(crate) fn put_message(&mut self, tenant: Uuid, id: MessageId, record: MessageRecord) {
        self.index(tenant, id, &record);
        self.messages.put((tenant, id), record);
    }

    /// Changes a message, and keeps it findable by what it is then known by.
    pub(crate) fn change_message<T>(
        &mut self,
        tenant: Uuid,
        id: MessageId,
        change: impl FnOnce(&mut MessageRecord) -> T,
    ) -> Option<T> {
        let record = self.messages.change(&(tenant, id))?;
        let told = change(record);
        if let Some(provider_id) = record.provider_message_id.clone() {
            self.by_provider_id.insert((tenant, record.number, provider_id), id);
        }
        Some(told)
    }

    /// Of a message that need not be here itself.
    pub(crate) fn known_provider_id(&mut self, tenant: Uuid, number: NumberId, id: String, message: MessageId) {
        self.by_provider_id.insert((tenant, number, id), message);
    }

    pub(crate) fn message_by_provider_id(&self, tenant: Uuid, number: NumberId, id: &str) -> Option<MessageId> {
        self.by_provider_id.get(&(tenant, number, id.to_owned())).copied()
    }

    pub(crate) const fn addresses(&self) -> &Table<(Uuid, NumberId, Identifier), AddressRecord> {
        &self.addresses
    }

    /// What the thread is known by, and was.
    pub(crate) fn addresses_of(
        &self,
        tenant: Uuid,
        thread: ThreadId,
    ) -> impl Iterator<Item = (&Identifier, &AddressRecord)> {
        let all = self.addresses_by_thread.get(&(tenant, thread)).into_iter().flatten();
        all.filter_map(move |(number, identifier)| {
            Some((identifier, self.addresses.get(&(tenant, *number, identifier.clone()))?))
        })
    }

    /// Puts in an address that the database already has.
    pub(crate) fn known_address(&mut self, key: (Uuid, NumberId, Identifier), record: AddressRecord) {
        self.index_address(&key, &record);
        self.addresses.known(key, record);
    }

    pub(crate) fn put_address(&mut self, key: (Uuid, NumberId, Identifier), record: AddressRecord) {
        self.index_address(&key, &record);
        self.addresses.put(key, record);
    }

    fn index_address(&mut self, key: &(Uuid, NumberId, Identifier), record: &AddressRecord) {
        let (tenant, number, identifier) = key;
        let address = (*number, identifier.clone());
        let before = self.addresses.get(key).filter(|before| before.thread != record.thread);
        if let Some(of_former) = before.and_then(|before| self.addresses_by_thread.get_mut(&(*tenant, before.thread))) {
            of_former.remove(&address);
        }
        self.addresses_by_thread.entry((*tenant, record.thread)).or_default().insert(address);
    }

    /// Our number that the provider's app knows by this id.
    pub(crate) fn number_by_ref(&self, tenant: Uuid, app: AppId, provider_ref: &str) -> Option<NumberId> {
        let mine = self.records_of(tenant, &NUMBER).find(|record| {
            record.get(&NUMBER, "app_id") == Some(&Value::Id(app.0))
                && record.get(&NUMBER, "provider_ref").and_then(Value::as_text) == Some(provider_ref)
        });
        mine.map(|record| record.id.into())
    }

    /// Keeps an item raw, after all that are kept. A database gives it an id of its own.
    pub(crate) fn keep_raw(&mut self, record: RawRecord) {
        self.raw_items_kept += 1;
        self.unparsed_items.put((record.tenant, FIRST_NEW + self.raw_items_kept), record);
    }

    fn index(&mut self, tenant: Uuid, id: MessageId, record: &MessageRecord) {
        if let Some(provider_id) = record.provider_message_id.clone() {
            self.by_provider_id.insert((tenant, record.number, provider_id), id);
        }
    }

    /// The next position of the tenant's journal, taken.
    pub(crate) fn next_position(&mut self, tenant: Uuid) -> i64 {
        let mut cursor = self.cursors.get(&tenant).copied().unwrap_or_default();
        cursor.position += 1;
        self.cursors.put(tenant, cursor);
        cursor.position
    }

    /// The next position of the tenant's inbox, taken.
    pub(crate) fn next_inbox_position(&mut self, tenant: Uuid) -> i64 {
        let mut cursor = self.cursors.get(&tenant).copied().unwrap_or_default();
        cursor.inbox_position += 1;
        self.cursors.put(tenant, cursor);
        cursor.inbox_position
    }

    pub(crate) fn position(&self, tenant: Uuid) -> i64 {
        self.cursors.get(&tenant).map_or(0, |cursor| cursor.position)
    }

    /// Whether anything must be written.
    pub(crate) fn is_touched(&self) -> bool {
        self.cursors.is_touched()
            || self.states.is_touched()
            || self.inbox.is_touched()
            || self.dedupe.is_touched()
            || self.timers.is_touched()
            || self.outbox.is_touched()
            || self.media.is_touched()
            || self.read_marks.is_touched()
            || self.marketing.is_touched()
            || self.early.is_touched()
            || self.early_changes.is_touched()
            || self.results.is_touched()
            || self.guards.is_touched()
            || self.dead.is_touched()
            || self.contacts.is_touched()
            || self.threads.is_touched()
            || self.addresses.is_touched()
            || self.conversations.is_touched()
            || self.messages.is_touched()
            || self.starts.is_touched()
            || self.tenants.is_touched()
            || self.records.rows().is_touched()
            || self.projections.is_touched()
            || self.audit.is_touched()
            || !self.changes.is_empty()
            || self.agents.is_touched()
            || self.number_states.is_touched()
            || self.accounts.is_touched()
            || self.access.is_touched()
            || self.unparsed_items.is_touched()
            || !self.events.is_empty()
    }

    /// From here on, what is here is what is kept (in memory, where nothing is written elsewhere).
    pub(crate) fn settle(&mut self) {
        self.cursors.settle();
        self.states.settle();
        self.inbox.settle();
        self.dedupe.settle();
        self.timers.settle();
        self.outbox.settle();
        self.media.settle();
        self.read_marks.settle();
        self.marketing.settle();
        self.early.settle();
        self.early_changes.settle();
        self.results.settle();
        self.guards.settle();
        self.dead.settle();
        self.contacts.settle();
        self.threads.settle();
        self.addresses.settle();
        self.conversations.settle();
        self.messages.settle();
        self.starts.settle();
        self.tenants.settle();
        self.records.settle();
        self.projections.settle();
        self.audit.settle();
        self.agents.settle();
        self.number_states.settle();
        self.accounts.settle();
        self.access.settle();
        self.unparsed_items.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::Timestamp;
    use dashoffice_domain::conversation::contact::IdentifierKind;

    #[test]
    fn b3_an_address_is_found_with_the_thread_that_has_it_and_with_no_other() {
        let mut tables = Tables::default();
        let id = Uuid::from_u128;
        let phone = Identifier::new(IdentifierKind::WaId, "5511");
        let of = |thread| AddressRecord {
            thread: ThreadId(id(thread)),
            contact: ContactId(id(thread)),
            seen_at: Timestamp(1),
            retired_at: None,
        };
        let known = |tables: &Tables, tenant, thread| -> Vec<Identifier> {
            tables.addresses_of(id(tenant), ThreadId(id(thread))).map(|(identifier, _)| identifier.clone()).collect()
        };
        tables.known_address((id(1), NumberId(id(3)), phone.clone()), of(7));
        assert_eq!(known(&tables, 1, 7), std::slice::from_ref(&phone));
        assert_eq!(known(&tables, 2, 7), [], "another tenant's");
        tables.put_address((id(1), NumberId(id(3)), phone.clone()), of(8));
        assert_eq!((known(&tables, 1, 7), known(&tables, 1, 8)), (vec![], vec![phone]));
    }
}
