//! Rows of conversations: who a customer is, the list's line, what was said and what became of it.

use super::{Moves, Place};
use crate::Office;
use crate::judge::commit::Against;
use crate::judge::status::Author;
use crate::judge::{addresses, early};
use crate::records::{ContactRecord, MessageRecord, Tables, ThreadRecord, changes, reactions};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::{ConversationRow, MessageRow, Row};
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_runtime::Commit;
use uuid::Uuid;

pub(super) fn violation(tables: &Tables, commit: &Commit<Office>, row: &Row) -> Option<Against> {
    let tenant = commit.tenant;
    match row {
        Row::Address(row) => (!addresses::may_have(tables, tenant, row)).then_some(Against::Conflict),
        Row::Thread { id, .. } => {
            tables.threads.has(&(tenant, *id)).then_some(Against::Rejected("a thread with this id is there"))
        }
        Row::Message(row) => {
            if tables.messages().has(&(tenant, row.id)) {
                return Some(Against::Rejected("a message with this id is there"));
            }
            let provider_id = row.provider_message_id.as_deref()?;
            tables.message_by_provider_id(tenant, row.number, provider_id)?;
            // Recorded from its edit, it came in the meantime: whoever decided looks again.
            let is_edit = |other: &dashoffice_domain::Row| {
                let dashoffice_domain::Row::Conversation(Row::MessageChange { provider_message_id, .. }) = other else {
                    return false;
                };
                provider_message_id == provider_id
            };
            Some(if commit.rows.iter().any(is_edit) {
                Against::Conflict
            } else {
                Against::Rejected("this message of the provider is there")
            })
        }
        _ => None,
    }
}

pub(super) fn record(tables: &mut Tables, author: &Author, place: Place, row: &Row, moves: &mut Moves) {
    let tenant = author.tenant;
    match row {
        Row::Contact { id, name, username, seen_at } => {
            let known = tables.contacts.get(&(tenant, *id));
            let name = name.clone().or_else(|| known.and_then(|known| known.name.clone()));
            let username = username.clone().or_else(|| known.and_then(|known| known.username.clone()));
            let seen_at = known.map_or(*seen_at, |known| known.seen_at.max(*seen_at));
            let contact = ContactRecord { name, username, seen_at };
            if known == Some(&contact) {
                moves.unsaid.insert(place.ordinal);
            } else {
                tables.contacts.put((tenant, *id), contact);
            }
        }
        Row::Thread { id, number, contact, created_at } => tables
            .threads
            .put((tenant, *id), ThreadRecord { number: *number, contact: *contact, created_at: *created_at }),
        Row::Address(row) => addresses::claim(tables, tenant, row),
        Row::AddressLearned { thread, number, identifier, at } => {
            if addresses::learn(tables, tenant, *thread, *number, identifier, *at).is_none() {
                moves.unsaid.insert(place.ordinal);
            }
        }
        Row::Conversation(row) => conversation(tables, tenant, row),
        Row::Message(row) => {
            if let Content::Reaction { message, emoji, .. } = &row.content {
                react(tables, tenant, row, *message, emoji.as_deref());
            }
            tables.put_message(tenant, row.id, MessageRecord::of(row, place.position));
            if let Some(provider_id) = &row.provider_message_id
                && early::apply(tables, tenant, row.id, provider_id)
            {
                moves.altered.push(row.id);
                moves.unsaid.insert(place.ordinal);
            }
        }
        Row::MessageChange { thread, provider_message_id, change } => {
            if let Some(message) = message_of_thread(tables, tenant, *thread, provider_message_id) {
                tables.change_message(tenant, message, |known| changes::apply(known, change));
                moves.altered.push(message);
            } else {
                early::keep(tables, &(tenant, *thread, provider_message_id.clone()), change, author.at);
            }
        }
    }
}

/// As it is in the tables: whole, and a conversation shows its last message as that one is.
pub(super) fn whole(tables: &Tables, tenant: Uuid, row: &Row) -> Row {
    let whole = match row {
        Row::Conversation(row) => {
            tables.conversations.get(&(tenant, row.id)).map(|row| Row::Conversation(Box::new(row.clone())))
        }
        Row::Contact { id, .. } => tables.contacts.get(&(tenant, *id)).map(|contact| {
            let ContactRecord { name, username, seen_at } = contact.clone();
            Row::Contact { id: *id, name, username, seen_at }
        }),
        _ => None,
    };
    whole.unwrap_or_else(|| row.clone())
}

/// A reaction of ours shows at once on the message it is about, if that one is of the same thread.
fn react(tables: &mut Tables, tenant: Uuid, row: &MessageRow, target: MessageId, emoji: Option<&str>) {
    if tables.messages().get(&(tenant, target)).is_some_and(|known| known.thread == row.thread) {
        tables.change_message(tenant, target, |known| reactions::begin(&mut known.reactions, row.id, emoji));
    }
}

/// A row without a preview keeps the one it has.
fn conversation(tables: &mut Tables, tenant: Uuid, row: &ConversationRow) {
    let mut row = row.clone();
    if row.preview.is_none() {
        row.preview = tables.conversations.get(&(tenant, row.id)).and_then(|known| known.preview.clone());
    }
    tables.conversations.put((tenant, row.id), row);
}

fn message_of_thread(tables: &Tables, tenant: Uuid, thread: ThreadId, provider_id: &str) -> Option<MessageId> {
    let number = tables.threads.get(&(tenant, thread))?.number;
    let message = tables.message_by_provider_id(tenant, number, provider_id)?;
    let known = tables.messages().get(&(tenant, message))?;
    (known.thread == thread).then_some(message)
}
