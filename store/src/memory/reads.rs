//! One tenant's door and reads in memory.

use super::{Disk, Memory};
use crate::records::{MediaRecord, OutboxRecord};
use dashoffice_domain::channel::media::MediaJob;
use dashoffice_domain::channel::{APP, App, NUMBER, NumberSettings, ReadMarkRow, SendPlace, SendRow, WaitingSend};
use dashoffice_domain::conversation::ConversationState;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::identity::{self, Address, KnownThread};
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::{ContactId, MessageId, NumberId, TenantId, ThreadId};
use dashoffice_domain::ports::{
    Awaiting, BoxFuture, Delivery, InboxRow, NotAccepted, NumberRow, Receipt, Refuge, RoutingSnapshot, TenantReads,
    Unavailable,
};
use dashoffice_domain::routing::{QUEUE, QueueSettings};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) struct Door {
    store: Memory,
    tenant: TenantId,
}

impl Door {
    pub(super) const fn new(store: Memory, tenant: TenantId) -> Self {
        Self { store, tenant }
    }
}

impl Refuge for Door {
    fn admits(&self) -> Result<(), NotAccepted> {
        self.store.writer.admits(self.tenant.0)
    }

    fn keep(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>> {
        Box::pin(async move {
            let away = |reason: &str| {
                let reason = reason.to_owned();
                Err(NotAccepted::Unavailable(Unavailable { doing: "accepting", reason }))
            };
            let store = self.store.answering().await;
            if store.term_now().is_none() {
                return away("the store is not ours");
            }
            let accepted = store.lived(store.writer.keep(self.tenant.0, delivery)).await;
            accepted.unwrap_or_else(|_| away("the store was lost, and won again"))
        })
    }
}

pub(super) struct Reads {
    store: Memory,
    tenant: TenantId,
}

impl Reads {
    pub(super) const fn new(store: Memory, tenant: TenantId) -> Self {
        Self { store, tenant }
    }
}

impl TenantReads for Reads {
    fn tenant(&self) -> TenantId {
        self.tenant
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<NumberRow>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let numbers = disk.tables.records_of(tenant, &NUMBER).filter_map(|record| {
                let (id, mut number) = (NumberId(record.id), NumberSettings::of(record)?);
                let app = App::of(disk.tables.record(tenant, &APP, number.app.0)?)?;
                number.account_ref = number.account_ref.or(disk.tables.accounts.get(&(tenant, id)).cloned());
                Some(number.row(id, app.provider))
            });
            Ok(numbers.collect())
        }))
    }

    fn unconsumed(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<InboxRow>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let rows = disk.tables.inbox.range((tenant, after.saturating_add(1))..=(tenant, i64::MAX));
            Ok(rows.take(limit as usize).map(|((_, position), row)| row.at(*position)).collect())
        }))
    }

    fn inbox_rows(&self, mut positions: Vec<i64>) -> BoxFuture<'_, Result<Vec<InboxRow>, Unavailable>> {
        let tenant = self.tenant.0;
        positions.sort_unstable();
        positions.dedup();
        Box::pin(self.store.reading(move |disk| {
            let rows = positions
                .iter()
                .filter_map(|position| disk.tables.inbox.get(&(tenant, *position)).map(|row| row.at(*position)));
            Ok(rows.collect())
        }))
    }

    fn threads_of(
        &self,
        number: NumberId,
        identifiers: Vec<Identifier>,
    ) -> BoxFuture<'_, Result<Vec<KnownThread>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let tables = &disk.tables;
            let held = |identifier| {
                tables.addresses().get(&(tenant, number, identifier)).map(|held| (held.thread, held.contact))
            };
            let threads: BTreeMap<ThreadId, ContactId> = identifiers.into_iter().filter_map(held).collect();
            let known = threads.into_iter().map(|(thread, contact)| {
                let name = tables.contacts.get(&(tenant, contact)).and_then(|contact| contact.name.clone());
                KnownThread { thread, contact, name, addresses: addresses_of(disk, tenant, thread) }
            });
            Ok(known.collect())
        }))
    }

    fn sends(
        &self,
        number: NumberId,
        after: SendPlace,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<WaitingSend>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let mine = disk
                .tables
                .outbox
                .iter()
                .filter(|((of, _), row)| *of == tenant && row.outgoing.number == number && row.place() > after);
            let mut rows: Vec<&OutboxRecord> = mine.map(|(_, row)| row).collect();
            rows.sort_by_key(|row| row.place());
            let rows = rows.into_iter().take(limit as usize).filter_map(|row| {
                let message = disk.tables.messages().get(&(tenant, row.outgoing.message))?;
                Some(row.waiting(message.recorded_at))
            });
            Ok(rows.collect())
        }))
    }

    fn read_marks(&self, number: NumberId, limit: u32) -> BoxFuture<'_, Result<Vec<ReadMarkRow>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let mine = disk.tables.read_marks.iter().filter(|((of, _), mark)| *of == tenant && mark.number == number);
            let mut rows: Vec<_> = mine
                .map(|((_, thread), mark)| {
                    let message = disk.tables.messages().get(&(tenant, mark.message));
                    let provider_message_id = message.and_then(|message| message.provider_message_id.clone());
                    ReadMarkRow { thread: *thread, message: mark.message, provider_message_id }
                })
                .collect();
            rows.sort_by_key(|row| row.message);
            rows.truncate(limit as usize);
            Ok(rows)
        }))
    }

    fn send(&self, message: MessageId) -> BoxFuture<'_, Result<Option<SendRow>, Unavailable>> {
        let tenant = self.tenant;
        Box::pin(self.store.reading(move |disk| {
            Ok(disk.tables.outbox.get(&(tenant.0, message)).and_then(|row| send_row(disk, tenant, row)))
        }))
    }

    fn has_message(&self, number: NumberId, provider_message_id: String) -> BoxFuture<'_, Result<bool, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            Ok(disk.tables.message_by_provider_id(tenant, number, &provider_message_id).is_some())
        }))
    }

    fn text_of(&self, message: MessageId) -> BoxFuture<'_, Result<Option<String>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let message = disk.tables.messages().get(&(tenant, message));
            Ok(message.and_then(|message| message.content.clone()).and_then(crate::store::text))
        }))
    }

    fn routing(&self) -> BoxFuture<'_, Result<RoutingSnapshot, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let tables = &disk.tables;
            let queues = tables.records_of(tenant, &QUEUE).filter_map(QueueSettings::of);
            let agents = tables.agents.iter().filter(|((of, _), _)| *of == tenant);
            let open = tables
                .conversations
                .iter()
                .filter(|((of, _), row)| *of == tenant && row.state != ConversationState::Closed);
            let mut chats: Vec<_> = open.map(|(_, row)| row.clone()).collect();
            chats.sort_by_key(|row| (row.enqueued_at, row.id));
            Ok(RoutingSnapshot {
                as_of: tables.position(tenant),
                queues: queues.collect(),
                agents: agents.map(|((_, id), agent)| (*id, agent.view())).collect(),
                chats,
            })
        }))
    }

    fn media_jobs(&self, limit: u32) -> BoxFuture<'_, Result<Vec<MediaJob>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let mine = disk.tables.media.iter().filter(|((of, _), _)| *of == tenant);
            let mut jobs: Vec<MediaJob> = mine.filter_map(|(_, row)| row.job()).collect();
            jobs.sort_by_key(|job| (job.due_at, job.wanted.message));
            jobs.truncate(limit as usize);
            Ok(jobs)
        }))
    }

    fn media_job(&self, message: MessageId) -> BoxFuture<'_, Result<Option<MediaJob>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(
            self.store.reading(move |disk| Ok(disk.tables.media.get(&(tenant, message)).and_then(MediaRecord::job))),
        )
    }

    fn awaiting(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Awaiting>, Unavailable>> {
        let tenant = self.tenant.0;
        Box::pin(self.store.reading(move |disk| {
            let open = disk.tables.conversations.iter().filter(|((of, _), row)| {
                *of == tenant && row.waiting_since.is_some() && row.state != ConversationState::Closed
            });
            let mut open: Vec<_> = open.map(|(_, row)| row).collect();
            open.sort_by_key(|row| (row.waiting_since, row.id));
            let awaiting = open.into_iter().take(limit as usize).filter_map(|row| {
                let said = disk.tables.messages().iter().filter(|((of, _), message)| {
                    *of == tenant && message.thread == row.thread && message.direction == Direction::Inbound
                });
                let ((_, message), _) = said.max_by_key(|((_, id), message)| (message.position, *id))?;
                Some(Awaiting {
                    thread: row.thread,
                    conversation: row.id,
                    owner: row.owner.clone(),
                    owner_epoch: row.owner_epoch,
                    message: *message,
                })
            });
            Ok(awaiting.collect())
        }))
    }
}

fn send_row(disk: &Disk, tenant: TenantId, row: &OutboxRecord) -> Option<SendRow> {
    let message = disk.tables.messages().get(&(tenant.0, row.outgoing.message))?;
    let to = identity::to(&addresses_of(disk, tenant.0, row.outgoing.thread));
    Some(row.with(message.content.clone()?, message.reply_to.clone(), message.recorded_at, to))
}

/// A thread is of one number, and so are its addresses.
fn addresses_of(disk: &Disk, tenant: Uuid, thread: ThreadId) -> Vec<Address> {
    let all = disk.tables.addresses_of(tenant, thread);
    all.map(|(identifier, known)| known.known_as(identifier)).collect()
}
