//! What a batch must know before it is judged, gathered from its jobs without a database.

use super::access::AccessKeys;
use super::projections::ProjectionKeys;
use super::records::RecordKeys;
use super::unmatched::UnmatchedKeys;
use crate::judge::{AdminWrite, Fate, Job, alive_key, must_be_the_only_scoped_id, tell_key};
use crate::records::TimerKey;
use crate::sql::{Value, values};
use dashoffice_domain::channel::{NUMBER, NumberSettings};
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::ids::{AgentId, ContactId, MessageId, NumberId, ThreadId, UserId};
use dashoffice_domain::{Entity, Row, channel, conversation, identity, record, routing, settings};
use dashoffice_runtime::{Commit, Take};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Keys of rows to be read, each once and in order.
#[derive(Debug, Default)]
pub(super) struct PrefetchKeys {
    pub(super) cursors: BTreeSet<Uuid>,
    pub(super) states: BTreeSet<(Uuid, Entity)>,
    /// Rows of the inbox, whole.
    pub(super) inbox: BTreeSet<(Uuid, i64)>,
    /// Those that are consumed: what stands in them is not asked.
    pub(super) taken: BTreeSet<(Uuid, i64)>,
    pub(super) dedupe: BTreeSet<(Uuid, String)>,
    pub(super) timers: BTreeSet<TimerKey>,
    pub(super) results: BTreeSet<(Uuid, Uuid, Uuid)>,
    pub(super) guards: BTreeSet<(Uuid, String)>,
    pub(super) addresses: BTreeSet<(Uuid, NumberId, Identifier)>,
    pub(super) addresses_of_threads: BTreeSet<(Uuid, ThreadId)>,
    pub(super) messages: BTreeSet<(Uuid, MessageId)>,
    pub(super) messages_by_provider_id: BTreeSet<(Uuid, NumberId, String)>,
    pub(super) messages_of_threads: BTreeSet<(Uuid, ThreadId, String)>,
    pub(super) pending_of_threads: BTreeSet<(Uuid, ThreadId)>,
    pub(super) media: BTreeSet<(Uuid, MessageId)>,
    pub(super) read_marks: BTreeSet<(Uuid, ThreadId)>,
    pub(super) marketing: BTreeSet<(Uuid, NumberId, Identifier)>,
    pub(super) contacts: BTreeSet<(Uuid, ContactId)>,
    pub(super) early: BTreeSet<(Uuid, NumberId, String)>,
    /// Early statuses by the message that turns out to be theirs.
    pub(super) early_of_messages: BTreeSet<(Uuid, MessageId, String)>,
    pub(super) early_changes: BTreeSet<(Uuid, ThreadId, String)>,
    /// Early changes by the message that turns out to be theirs.
    pub(super) early_changes_of_messages: BTreeSet<(Uuid, MessageId, String)>,
    pub(super) agents: BTreeSet<(Uuid, AgentId)>,
    pub(super) records: RecordKeys,
    pub(super) projections: ProjectionKeys,
    pub(super) dead: BTreeSet<(Uuid, i64)>,
    pub(super) unmatched: UnmatchedKeys,
    pub(super) access: AccessKeys,
    pub(super) interrupted: bool,
    /// Kinds of which every timer is needed.
    pub(super) timer_kinds: BTreeSet<&'static str>,
    /// Starts at or after this instant.
    pub(super) starts_since: Option<i64>,
}

impl PrefetchKeys {
    pub(super) fn of(jobs: &[Arc<Job>]) -> Self {
        let mut prefetch = Self::default();
        for job in jobs {
            match job.as_ref() {
                Job::Commit(commit) => prefetch.commit(commit),
                Job::Accept { tenant, delivery } => {
                    prefetch.cursors.insert(*tenant);
                    prefetch
                        .dedupe
                        .extend(delivery.arrivals.iter().map(|arrival| (*tenant, arrival.dedupe_key.clone())));
                    prefetch
                        .dedupe
                        .extend(delivery.unmatched.iter().map(|unmatched| (*tenant, unmatched.dedupe_key())));
                    prefetch.dedupe.extend(delivery.news.iter().map(|told| (*tenant, told.dedupe_key())));
                    prefetch.unmatched.came(*tenant, &delivery.unmatched);
                    for told in &delivery.marketing {
                        let known_as = told.choice.identifiers.iter();
                        prefetch.marketing.extend(known_as.map(|one| (*tenant, told.number, one.clone())));
                    }
                    for status in &delivery.statuses {
                        let key = (*tenant, status.number, status.provider_message_id.clone());
                        prefetch.early.insert(key.clone());
                        prefetch.messages_by_provider_id.insert(key);
                        prefetch.messages.extend(status.message.map(|message| (*tenant, message)));
                        let recipient = status.recipient.clone();
                        prefetch.addresses.extend(recipient.map(|recipient| (*tenant, status.number, recipient)));
                        let named = |message| (*tenant, message, status.provider_message_id.clone());
                        prefetch.early_changes_of_messages.extend(status.message.map(named));
                    }
                }
                Job::AdminWrite(admin_write) => prefetch.admin_write(admin_write),
                Job::Project(projected) => prefetch.projections.folded(projected),
                Job::Administer(commits) => commits.iter().for_each(|commit| prefetch.commit(commit)),
            }
        }
        prefetch.taken.retain(|key| !prefetch.inbox.contains(key));
        prefetch
    }

    fn commit(&mut self, commit: &Commit<crate::Office>) {
        let tenant = commit.tenant;
        self.cursors.insert(tenant);
        match commit.entity {
            Entity::Message(message) => self.messages.insert((tenant, message)),
            entity => self.states.insert((tenant, entity)),
        };
        for take in &commit.take {
            match take {
                Take::Inbox(position) => {
                    self.taken.insert((tenant, *position));
                }
                Take::Unseen(key) => {
                    self.dedupe.insert((tenant, key.clone()));
                }
                Take::Timer { entity, kind, .. } => {
                    self.timers.insert((tenant, *entity, kind.clone()));
                }
            }
        }
        self.guards.extend(commit.guard.iter().map(|guard| (tenant, guard.name.clone())));
        self.results.extend(commit.command_result.iter().map(|result| (tenant, result.principal, result.key)));
        self.dedupe.extend(commit.tells.iter().map(|tell| (tenant, tell_key(tell.id))));
        for change in &commit.timers {
            let (dashoffice_runtime::TimerChange::Set { entity, kind, .. }
            | dashoffice_runtime::TimerChange::Clear { entity, kind }) = change;
            self.timers.insert((tenant, *entity, kind.clone()));
        }
        for row in &commit.rows {
            self.row(tenant, row);
        }
    }

    fn row(&mut self, tenant: Uuid, row: &Row) {
        match row {
            Row::Conversation(row) => self.row_of_conversation(tenant, row),
            Row::Routing(
                routing::Row::AgentActivity { agent, .. }
                | routing::Row::AgentPresence { agent, .. }
                | routing::Row::AgentCapacity { agent, .. },
            ) => {
                self.agents.insert((tenant, *agent));
            }
            Row::Settings(settings::Row::Tenant { .. } | settings::Row::Rights { .. }) => {}
            Row::Record(row) => self.record(tenant, row),
            Row::Channel(row) => self.row_of_channel(tenant, row),
        }
    }

    fn row_of_conversation(&mut self, tenant: Uuid, row: &conversation::Row) {
        match row {
            conversation::Row::Address(row) => {
                let key = (tenant, row.number, row.claim.identifier.clone());
                if row.claim.taken_from.is_some() {
                    self.marketing.insert(key.clone());
                }
                self.addresses.insert(key);
                if must_be_the_only_scoped_id(row) {
                    self.addresses_of_threads.insert((tenant, row.thread));
                }
            }
            conversation::Row::AddressLearned { thread, number, identifier, .. } => {
                self.addresses.insert((tenant, *number, identifier.clone()));
                self.addresses_of_threads.insert((tenant, *thread));
            }
            conversation::Row::MessageChange { thread, provider_message_id, .. } => {
                self.messages_of_threads.insert((tenant, *thread, provider_message_id.clone()));
                self.early_changes.insert((tenant, *thread, provider_message_id.clone()));
            }
            conversation::Row::Message(row) => {
                if let Content::Reaction { message, .. } = &row.content {
                    self.messages.insert((tenant, *message));
                }
                let provider_id = row.provider_message_id.iter().cloned();
                self.early_changes.extend(provider_id.map(|id| (tenant, row.thread, id)));
            }
            conversation::Row::Contact { id, .. } => {
                self.contacts.insert((tenant, *id));
            }
            conversation::Row::Thread { .. } | conversation::Row::Conversation(_) => {}
        }
    }

    fn row_of_channel(&mut self, tenant: Uuid, row: &channel::Row) {
        match row {
            channel::Row::SendStarted { message }
            | channel::Row::SendPostponed { message, .. }
            | channel::Row::SendUnknown { message }
            | channel::Row::SendSettled { message, .. } => {
                self.messages.insert((tenant, *message));
            }
            channel::Row::SendEnded { message, provider_message_id, .. } => {
                self.messages.insert((tenant, *message));
                let provider_id = provider_message_id.iter().cloned();
                self.early_of_messages.extend(provider_id.clone().map(|id| (tenant, *message, id)));
                self.early_changes_of_messages.extend(provider_id.map(|id| (tenant, *message, id)));
            }
            channel::Row::SendsCancelled { thread } => {
                self.pending_of_threads.insert((tenant, *thread));
            }
            channel::Row::MediaPostponed { message, .. }
            | channel::Row::MediaReady { message, .. }
            | channel::Row::MediaFailed { message, .. } => {
                self.media.insert((tenant, *message));
            }
            channel::Row::ReadMark { thread, .. } => {
                self.read_marks.insert((tenant, *thread));
            }
            channel::Row::ReadMarksNotified { marks } => {
                self.read_marks.extend(marks.iter().map(|(thread, _)| (tenant, *thread)));
            }
            channel::Row::NumberState { .. }
            | channel::Row::SendQueued(_)
            // Of a message that is new in the same commit.
            | channel::Row::MediaWanted(_)
            | channel::Row::UnparsedItem { .. } => {}
        }
    }

    fn admin_write(&mut self, admin_write: &AdminWrite) {
        match admin_write {
            AdminWrite::CountTry { tenant, position }
            | AdminWrite::Park { tenant, take: Take::Inbox(position), .. } => {
                self.inbox.insert((*tenant, *position));
            }
            AdminWrite::Park { tenant, take: Take::Timer { entity, kind, .. }, .. } => {
                self.timers.insert((*tenant, *entity, kind.clone()));
            }
            AdminWrite::Park { take: Take::Unseen(_), .. } => {}
            AdminWrite::Suspend { tenant, positions, .. } => {
                self.inbox.extend(positions.iter().map(|position| (*tenant, *position)));
            }
            AdminWrite::Started { at, window_us, .. } => {
                let since = at.0.saturating_sub(*window_us);
                self.starts_since = Some(self.starts_since.map_or(since, |earlier| earlier.min(since)));
            }
            AdminWrite::Stopped { .. } => self.starts_since = Some(i64::MIN),
            AdminWrite::Alive { .. } => {
                self.guards.insert(alive_key());
            }
            AdminWrite::ShiftTimers { kinds, .. } => {
                self.guards.insert(alive_key());
                self.timer_kinds.extend(kinds.iter());
            }
            AdminWrite::SettleInterrupted { .. } => self.interrupted = true,
            AdminWrite::BumpFencingToken { tenant, name } => {
                self.guards.insert((*tenant, name.clone()));
            }
            AdminWrite::Answer { tenant, result } => {
                self.results.insert((*tenant, result.principal, result.key));
            }
            AdminWrite::DeadLetter { tenant, position, fate } => {
                self.cursors.insert(*tenant);
                self.dead.insert((*tenant, *position));
                if let Fate::Retried { result } = fate {
                    self.results.insert((*tenant, result.principal, result.key));
                }
            }
            AdminWrite::Connect { tenant, app, number, provider_ref } => {
                self.cursors.insert(*tenant);
                self.unmatched.connected((*tenant, *app, provider_ref.clone()), *number);
            }
            AdminWrite::Rewind { projection, tenant } => self.projections.rewound(projection, *tenant),
            AdminWrite::Access(admin_write) => self.access.admin_write(admin_write, &mut self.records),
        }
    }

    fn record(&mut self, tenant: Uuid, row: &record::Row) {
        self.records.row(tenant, row);
        let record::Row::Put { kind, record, .. } = row else { return };
        if **kind == identity::USER {
            self.access.may_sign_out(tenant, UserId(record.id));
        } else if **kind == NUMBER
            && let Some(number) = NumberSettings::of(record)
        {
            self.unmatched.connected((tenant, number.app, number.line.provider_ref), record.id.into());
        }
    }
}

/// Keys as rows of parameters.
pub(super) fn rows<'a, K: 'a>(keys: &'a BTreeSet<K>, row: impl Fn(&'a K) -> Vec<Value>) -> Vec<Vec<Value>> {
    keys.iter().map(row).collect()
}

/// An entity as two columns.
pub(super) fn entity_values(tenant: Uuid, entity: Entity) -> Vec<Value> {
    values![tenant, entity.kind(), entity.id()]
}
