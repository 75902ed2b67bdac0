//! The rows of a commit: which of them speak against it, and what each one changes.

use super::addresses;
use super::commit::Against;
use super::early;
use super::status::{self, Author};
use crate::Office;
use crate::records::{
    AgentRecord, ContactRecord, MediaRecord, MessageRecord, OutboxRecord, RawRecord, ReadMarkRecord, Tables,
    ThreadRecord, changes, reactions,
};
use dashoffice_domain::channel::media::MediaState;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{Outgoing, SendState};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Settled, Status};
use dashoffice_domain::ids::{AgentId, MessageId};
use dashoffice_domain::routing::DEFAULT_CAPACITY;
use dashoffice_domain::row::{Activity, ConversationRow, MessageRow};
use dashoffice_domain::{Entity, Row, Timestamp};
use dashoffice_runtime::Commit;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) fn objection(tables: &Tables, commit: &Commit<Office>) -> Option<Against> {
    let tenant = commit.tenant;
    let brings_message = |message| commit.rows.iter().any(|row| matches!(row, Row::Message(row) if row.id == message));
    if let Entity::Message(message) = commit.entity
        && !commit.events.is_empty()
        && !tables.messages().has(&(tenant, message))
        && !brings_message(message)
    {
        return Some(Against::Rejected("an event of a message that is not there"));
    }
    commit.rows.iter().find_map(|row| match row {
        Row::Address(row) => (!addresses::may_have(tables, tenant, row)).then_some(Against::Conflict),
        Row::SendStarted { message } => {
            let waits = tables.outbox.get(&(tenant, *message)).is_some_and(|row| row.state == SendState::Pending);
            (!waits).then_some(Against::Conflict)
        }
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
            let is_edit = |other: &Row| matches!(other, Row::MessageChange { provider_message_id, .. } if provider_message_id == provider_id);
            Some(if commit.rows.iter().any(is_edit) {
                Against::Conflict
            } else {
                Against::Rejected("this message of the provider is there")
            })
        }
        Row::SendQueued(outgoing) => tables
            .outbox
            .has(&(tenant, outgoing.message))
            .then_some(Against::Rejected("this message is queued already")),
        Row::MediaWanted(wanted) => tables
            .media
            .has(&(tenant, wanted.message))
            .then_some(Against::Rejected("the file of this message is ordered already")),
        Row::MediaPostponed { message, .. } | Row::MediaReady { message, .. } | Row::MediaFailed { message, .. } => {
            let wanted = tables.media.get(&(tenant, *message)).is_some_and(|row| row.state == MediaState::Wanted);
            (!wanted).then_some(Against::Conflict)
        }
        Row::SendSettled { thread, message, settled: Settled::Resent } => {
            let known = tables.messages().get(&(tenant, *message)).filter(|known| known.thread == *thread)?;
            (!known.status.may_be_said_again()).then_some(Against::Conflict)
        }
        Row::SendEnded { message, provider_message_id: Some(provider_id), .. } => {
            let number = tables.messages().get(&(tenant, *message))?.number;
            let other = tables.message_by_provider_id(tenant, number, provider_id)?;
            (other != *message).then_some(Against::Rejected("another message has this provider id"))
        }
        _ => None,
    })
}

/// What followed from the rows of a commit.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Messages that moved beyond what the commit's events say.
    pub(super) moved: Vec<MessageId>,
    /// Of these, those that failed for a trouble of their number or of the account.
    pub(super) refused: Vec<(MessageId, StopReason)>,
    /// Messages whose way has ended.
    pub(super) ended: Vec<MessageId>,
    /// Messages that look different by a change that came before them.
    pub(super) changed: Vec<MessageId>,
    /// The rows as they were recorded, for those who hear of them and do not read: a conversation's and a contact's are whole, and a
    /// conversation's shows its last message as that one is. Not among them are a contact's that changed nothing, and a message's that a change from before has changed; beside
    /// them is what was learned of customers.
    pub(super) recorded: Vec<Row>,
}

fn whole(tables: &Tables, tenant: Uuid, row: &Row) -> Row {
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

/// Changes everything the rows ask for.
pub(super) fn record(tables: &mut Tables, commit: &Commit<Office>, author: &Author) -> Moves {
    let tenant = commit.tenant;
    let position = tables.position(tenant) + commit.events.len() as i64;
    let Moves { mut moved, mut refused, mut ended, mut changed, mut recorded } = Moves::default();
    let (mut altered, mut unsaid) = (Vec::new(), BTreeSet::new());
    for (ordinal, row) in commit.rows.iter().enumerate() {
        match row {
            Row::Contact { id, name, username, seen_at } => {
                let known = tables.contacts.get(&(tenant, *id));
                let name = name.clone().or_else(|| known.and_then(|known| known.name.clone()));
                let username = username.clone().or_else(|| known.and_then(|known| known.username.clone()));
                let seen_at = known.map_or(*seen_at, |known| known.seen_at.max(*seen_at));
                let contact = ContactRecord { name, username, seen_at };
                if known == Some(&contact) {
                    unsaid.insert(ordinal);
                } else {
                    tables.contacts.put((tenant, *id), contact);
                }
            }
            Row::Thread { id, number, contact, created_at } => tables
                .threads
                .put((tenant, *id), ThreadRecord { number: *number, contact: *contact, created_at: *created_at }),
            Row::Address(row) => addresses::claim(tables, tenant, row),
            Row::AddressLearned { thread, number, identifier, at } => {
                addresses::learn(tables, tenant, *thread, *number, identifier, *at);
            }
            Row::Conversation(row) => conversation(tables, tenant, row),
            Row::Message(row) => {
                if let Content::Reaction { message, emoji, .. } = &row.content {
                    react(tables, tenant, row, *message, emoji.as_deref());
                }
                tables.put_message(tenant, row.id, MessageRecord::of(row, position));
                if let Some(provider_id) = &row.provider_message_id
                    && early::apply(tables, tenant, row.id, provider_id)
                {
                    altered.push(row.id);
                    unsaid.insert(ordinal);
                }
            }
            Row::ReadMark { thread, number, message } => {
                tables.read_marks.put((tenant, *thread), ReadMarkRecord { number: *number, message: *message });
            }
            Row::ReadMarksTold { marks } => {
                for (thread, message) in marks {
                    let key = (tenant, *thread);
                    if tables.read_marks.get(&key).is_some_and(|mark| mark.message == *message) {
                        tables.read_marks.remove(&key);
                    }
                }
            }
            Row::NumberState { number, state } => tables.number_states.put((tenant, *number), *state),
            Row::MessageChange { thread, provider_message_id, change } => {
                if let Some(message) = message_of_thread(tables, tenant, *thread, provider_message_id) {
                    tables.change_message(tenant, message, |known| changes::apply(known, change));
                    altered.push(message);
                } else {
                    early::keep(tables, &(tenant, *thread, provider_message_id.clone()), change, author.at);
                }
            }
            Row::SendQueued(outgoing) => queue(tables, author, outgoing, position, ordinal as i64),
            Row::SendStarted { message } => {
                change_send(tables, author, *message, |row| {
                    row.state = SendState::Sending;
                    row.attempts += 1;
                });
                status::merge(tables, tenant, *message, Status::Sending, None);
            }
            Row::SendPostponed { message, not_before, error } => {
                // Whoever was told meanwhile that nobody knows decides; it does not go by itself again.
                if tables.outbox.get(&(tenant, *message)).is_some_and(|row| row.state != SendState::Unknown) {
                    change_send(tables, author, *message, |row| {
                        row.state = SendState::Pending;
                        row.not_before = Some(*not_before);
                        row.error = Some(error.clone());
                    });
                }
            }
            Row::SendUnknown { message } => {
                change_send(tables, author, *message, |row| row.state = SendState::Unknown);
                status::merge(tables, tenant, *message, Status::Unknown, None);
            }
            Row::SendSettled { thread, message, settled } => {
                if status::settle(tables, tenant, *thread, *message, *settled) {
                    moved.push(*message);
                }
            }
            Row::SendEnded { message, status, provider_message_id, error } => {
                tables.outbox.remove(&(tenant, *message));
                status::merge(tables, tenant, *message, *status, error.as_ref());
                ended.push(*message);
                if let Some(provider_id) = provider_message_id {
                    let early = status::learn_provider_id(tables, author, *message, provider_id);
                    moved.extend(early.moved.then_some(*message));
                    refused.extend(early.stops.map(|reason| (*message, reason)));
                    recorded.extend(early.recipient);
                    if early::apply(tables, tenant, *message, provider_id) {
                        altered.push(*message);
                        changed.push(*message);
                    }
                }
            }
            Row::SendsCancelled { thread } => {
                for message in pending_of(tables, tenant, *thread) {
                    tables.outbox.remove(&(tenant, message));
                    if status::merge(tables, tenant, message, Status::Cancelled, None) {
                        moved.push(message);
                    }
                }
            }
            Row::AgentActivity { agent, at, what } => activity(tables, tenant, *agent, *at, *what),
            Row::AgentPresence { agent, chosen, reason, since } => {
                let mut row = agent_or_fresh(tables, tenant, *agent, *since);
                (row.chosen, row.reason, row.since, row.misses) = (*chosen, reason.clone(), *since, 0);
                tables.agents.put((tenant, *agent), row);
            }
            Row::MediaWanted(wanted) => tables.media.put((tenant, wanted.message), MediaRecord::of(wanted)),
            Row::MediaPostponed { message, due_at, tried } => {
                change_media(tables, author, *message, |row| {
                    row.due_at = *due_at;
                    row.attempts += 1;
                    row.tries += i64::from(*tried);
                });
            }
            Row::MediaReady { message, file } => {
                change_media(tables, author, *message, |row| {
                    row.state = MediaState::Ready;
                    row.file = Some(file.clone());
                });
            }
            Row::MediaFailed { message, why } => {
                change_media(tables, author, *message, |row| {
                    row.state = MediaState::Failed;
                    row.failure = Some(*why);
                });
            }
            Row::RawItem { number, reason, raw } => tables.keep_raw(RawRecord {
                tenant,
                number: Some(*number),
                app: None,
                number_ref: None,
                item_key: None,
                correlation: None,
                news: None,
                account_ref: None,
                reason: reason.clone(),
                raw: raw.clone(),
                kept_at: author.at,
            }),
        }
    }
    for message in altered {
        follow(tables, tenant, message);
    }
    let said = commit.rows.iter().enumerate().filter(|(ordinal, _)| !unsaid.contains(ordinal));
    recorded.extend(said.map(|(_, row)| whole(tables, tenant, row)));
    Moves { moved, refused, ended, changed, recorded }
}

/// The list's line of a conversation shows its last message as that one is now.
pub(super) fn follow(tables: &mut Tables, tenant: Uuid, message: MessageId) {
    let Some(known) = tables.messages().get(&(tenant, message)) else { return };
    let (conversation, Some(preview)) = ((tenant, known.conversation), changes::preview(known)) else { return };
    let is_shown = |row: &ConversationRow| row.last_message == Some(message) && row.preview.as_ref() != Some(&preview);
    if tables.conversations.get(&conversation).is_some_and(is_shown)
        && let Some(row) = tables.conversations.change(&conversation)
    {
        row.preview = Some(preview);
    }
}

/// A reaction of ours shows at once on the message it is about, if that one is of the same thread.
fn react(tables: &mut Tables, tenant: Uuid, row: &MessageRow, target: MessageId, emoji: Option<&str>) {
    if tables.messages().get(&(tenant, target)).is_some_and(|known| known.thread == row.thread) {
        tables.change_message(tenant, target, |known| reactions::begin(&mut known.reactions, row.id, emoji));
    }
}

fn agent_or_fresh(tables: &Tables, tenant: Uuid, agent: AgentId, at: Timestamp) -> AgentRecord {
    tables.agents.get(&(tenant, agent)).cloned().unwrap_or_else(|| AgentRecord::fresh(DEFAULT_CAPACITY, at))
}

fn activity(tables: &mut Tables, tenant: Uuid, agent: AgentId, at: Timestamp, what: Activity) {
    let mut row = agent_or_fresh(tables, tenant, agent, at);
    match what {
        Activity::Assigned => row.last_assigned_at = row.last_assigned_at.max(Some(at)),
        Activity::Released => row.last_release_at = row.last_release_at.max(Some(at)),
        Activity::Missed => row.misses += 1,
        Activity::Answered => row.misses = 0,
    }
    tables.agents.put((tenant, agent), row);
}

/// A row without a preview keeps the one it has.
fn conversation(tables: &mut Tables, tenant: Uuid, row: &ConversationRow) {
    let mut row = row.clone();
    if row.preview.is_none() {
        row.preview = tables.conversations.get(&(tenant, row.id)).and_then(|known| known.preview.clone());
    }
    tables.conversations.put((tenant, row.id), row);
}

fn message_of_thread(
    tables: &Tables,
    tenant: Uuid,
    thread: dashoffice_domain::ids::ThreadId,
    provider_id: &str,
) -> Option<MessageId> {
    let number = tables.threads.get(&(tenant, thread))?.number;
    let message = tables.message_by_provider_id(tenant, number, provider_id)?;
    let known = tables.messages().get(&(tenant, message))?;
    (known.thread == thread).then_some(message)
}

fn queue(tables: &mut Tables, author: &Author, outgoing: &Outgoing, position: i64, ordinal: i64) {
    tables.outbox.put(
        (author.tenant, outgoing.message),
        OutboxRecord {
            outgoing: outgoing.clone(),
            state: SendState::Pending,
            attempts: 0,
            not_before: None,
            error: None,
            changed_at: author.at,
            position,
            ordinal,
        },
    );
}

/// Changes a row of the outbox. None there: a status has proved the send, or it was withdrawn, and nothing is left to do.
fn change_send(tables: &mut Tables, author: &Author, message: MessageId, change: impl FnOnce(&mut OutboxRecord)) {
    if let Some(row) = tables.outbox.change(&(author.tenant, message)) {
        change(row);
        row.changed_at = author.at;
    }
}

/// The row is there, or the commit would have met an objection.
fn change_media(tables: &mut Tables, author: &Author, message: MessageId, change: impl FnOnce(&mut MediaRecord)) {
    if let Some(row) = tables.media.change(&(author.tenant, message)) {
        change(row);
        row.changed_at = author.at;
    }
}

fn pending_of(tables: &Tables, tenant: Uuid, thread: dashoffice_domain::ids::ThreadId) -> Vec<MessageId> {
    tables
        .outbox
        .iter()
        .filter(|((of, _), row)| *of == tenant && row.outgoing.thread == thread && row.state == SendState::Pending)
        .map(|((_, message), _)| *message)
        .collect()
}
