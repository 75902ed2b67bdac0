//! How a message learns its status, and the event that says so (A8).

use super::addresses;
use super::commit::tell;
use super::job::TenantChanges;
use crate::Office;
use crate::records::{MessageRecord, Tables, reactions};
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::SendError;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::message::{Settled, Status};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::{Entity, Event, Item, Row, Timestamp, channel, conversation};
use dashoffice_runtime::Envelope;
use uuid::Uuid;

/// Who records an event, and why.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    pub(crate) tenant: Uuid,
    pub(crate) term: i64,
    pub(crate) at: Timestamp,
    pub(crate) actor: Principal,
    pub(crate) cause: Uuid,
    pub(crate) correlation: Uuid,
}

/// Merges a status into a message. True: the message moved. Why it failed is forgotten where it turns out not to have.
pub(crate) fn merge(
    tables: &mut Tables,
    tenant: Uuid,
    message: MessageId,
    status: Status,
    error: Option<&SendError>,
) -> bool {
    let Some(known) = tables.messages().get(&(tenant, message)) else { return false };
    let before = known.status;
    let after = before.heard(known.error.as_ref(), status);
    let moves = after != before;
    if moves {
        tables.change_message(tenant, message, |known| {
            known.status = after;
            if let Some(error) = error {
                known.error = Some(error.clone());
            } else if before == Status::Failed {
                known.error = None;
            }
        });
    }
    moves
}

/// What a person says of a message whose fate nobody knows; of any other it says nothing. True: the message moved.
pub(crate) fn settle(
    tables: &mut Tables,
    tenant: Uuid,
    thread: ThreadId,
    message: MessageId,
    settled: Settled,
) -> bool {
    let known = tables.messages().get(&(tenant, message));
    if !known.is_some_and(|known| known.thread == thread && known.status == Status::Unknown) {
        return false;
    }
    tables.outbox.remove(&(tenant, message));
    merge(tables, tenant, message, settled.status(), settled.reason().as_ref())
}

/// What a status told that came before the provider's id of its message was known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// The message moved.
    pub(crate) moved: bool,
    /// It failed for a trouble of its number or of the account.
    pub(crate) stops: Option<StopReason>,
    /// What the provider calls the customer, if that is new.
    pub(crate) recipient: Option<Row>,
}

/// Records what the provider calls the message, once, and merges what the provider said of it, and of the customer, before we knew.
pub(crate) fn learn_provider_id(
    tables: &mut Tables,
    author: &Author,
    message: MessageId,
    provider_id: &str,
) -> Learned {
    let tenant = author.tenant;
    let Some(known) = tables.messages().get(&(tenant, message)) else { return Learned::default() };
    let (number, thread) = (known.number, known.thread);
    if known.provider_message_id.is_none() {
        tables.change_message(tenant, message, |known| known.provider_message_id = Some(provider_id.to_owned()));
    }
    let Some(early) = tables.early.remove(&(tenant, number, provider_id.to_owned())) else { return Learned::default() };
    price(tables, tenant, message, early.status, early.pricing);
    let recipient =
        early.recipient.and_then(|recipient| addresses::learn(tables, tenant, thread, number, &recipient, author.at));
    let moved = merge(tables, tenant, message, early.status, early.error.as_ref());
    Learned { moved, stops: early.stops.filter(|_| moved), recipient }
}

/// Keeps what the message costs, as a status says it. What an older status says comes only where nothing was said yet.
pub(crate) fn price(tables: &mut Tables, tenant: Uuid, message: MessageId, status: Status, said: Option<Pricing>) {
    let Some(said) = said else { return };
    let Some(known) = tables.messages().get(&(tenant, message)) else { return };
    let before = known.pricing.clone().unwrap_or_default();
    let after = if status >= known.status { before.clone().and_then(said) } else { said.and_then(before.clone()) };
    if after != before {
        tables.change_message(tenant, message, |known| known.pricing = Some(after));
    }
}

/// The event that the provider refuses the number, told with the failure of a message.
pub(crate) fn refused(
    tables: &mut Tables,
    author: &Author,
    message: MessageId,
    reason: StopReason,
) -> Option<Envelope<Office>> {
    let known = tables.messages().get(&(author.tenant, message))?;
    let (number, error_code) = (known.number, known.error.as_ref()?.code);
    let id = Uuid::new_v5(&message.0, b"number refused");
    record(
        tables,
        author,
        message,
        id,
        0,
        Event::Channel(channel::Event::NumberRefused { message, number, reason, error_code }),
    )
}

/// Once the provider is known to have it, or it is known to have failed, nothing is left to be sent.
pub(crate) fn finish_send(tables: &mut Tables, tenant: Uuid, message: MessageId) {
    let proven = tables
        .messages()
        .get(&(tenant, message))
        .is_some_and(|known| known.status >= Status::Sent && known.status != Status::Cancelled);
    if proven {
        tables.outbox.remove(&(tenant, message));
    }
}

/// The event that a message moved, at the next positions of its tenant and of itself.
pub(crate) fn moved(tables: &mut Tables, author: &Author, message: MessageId) -> Option<Envelope<Office>> {
    let Author { tenant, .. } = *author;
    let owner_epoch = tables.outbox.get(&(tenant, message)).map_or(0, |row| row.outgoing.owner_epoch);
    let known = tables.messages().get(&(tenant, message))?;
    let status = known.status;
    let error = known.error.as_ref().filter(|_| status == Status::Failed);
    let error_code = error.map(|error| error.code);
    // A message reaches each status once, so this id is its own, whoever makes it. But it may fail once by a person's word, and
    // then, after a proof that it was sent, by the provider's.
    let declared = error.is_some_and(Settled::is_reason);
    let name = if declared { "declared failed" } else { status.name() };
    let id = Uuid::new_v5(&message.0, name.as_bytes());
    record(
        tables,
        author,
        message,
        id,
        owner_epoch,
        Event::Channel(channel::Event::StatusChanged { message, status, error_code }),
    )
}

fn record(
    tables: &mut Tables,
    author: &Author,
    message: MessageId,
    id: Uuid,
    owner_epoch: i64,
    event: Event,
) -> Option<Envelope<Office>> {
    let Author { tenant, .. } = *author;
    let sequence = tables.change_message(tenant, message, |known| {
        known.sequence += 1;
        known.sequence
    })?;
    let event = Envelope {
        id,
        tenant,
        position: tables.next_position(tenant),
        entity: Entity::Message(message),
        sequence,
        at: author.at.0,
        actor: author.actor.clone(),
        cause: author.cause,
        correlation: author.correlation,
        owner_epoch,
        term: author.term,
        event,
    };
    tables.events.push(event.clone());
    Some(event)
}

/// A message of an agent that failed for good answered nobody: its thread hears of it.
pub(crate) fn tell_thread(tables: &mut Tables, author: &Author, message: MessageId, news: &mut TenantChanges) {
    let failed = tables.messages().get(&(author.tenant, message)).filter(|known| known.status == Status::Failed);
    let Some(known) = failed.filter(|known| known.author.is_some() && known.reaction_to.is_none()) else { return };
    let (thread, came) = (Entity::Thread(known.thread), (author.at, author.correlation));
    tell(tables, author.tenant, thread, &Item::SendFailed { message }, came, news);
}

/// What became of a reaction, for the message it is about. `Some`: that one looks different now.
pub(crate) fn tell_target(tables: &mut Tables, tenant: Uuid, reaction: MessageId) -> Option<MessageId> {
    let known = tables.messages().get(&(tenant, reaction))?;
    let (target, status) = (known.reaction_to?, known.status);
    match status {
        Status::Failed | Status::Cancelled => {
            let failed = |known: &mut MessageRecord| reactions::failed(&mut known.reactions, reaction);
            tables.change_message(tenant, target, failed)?.then_some(target)
        }
        Status::Delivered | Status::Read | Status::Played => {
            tables.change_message(tenant, target, |known| reactions::arrived(&mut known.reactions, reaction));
            None
        }
        _ => None,
    }
}

/// The event that a message looks different, since the provider's id of it came to be known, and nothing else.
pub(crate) fn named(tables: &mut Tables, author: &Author, message: MessageId) -> Option<Envelope<Office>> {
    let id = Uuid::new_v5(&message.0, b"named");
    record(tables, author, message, id, 0, Event::Conversation(conversation::Event::MessageChanged { message }))
}

/// The event that a message looks different, since the customer had changed something of it before the provider named it to us.
pub(crate) fn overtaken(tables: &mut Tables, author: &Author, message: MessageId) -> Option<Envelope<Office>> {
    let id = Uuid::new_v5(&message.0, b"overtaken");
    record(tables, author, message, id, 0, Event::Conversation(conversation::Event::MessageChanged { message }))
}

/// The event that a message looks different, since a reaction to it never arrived.
pub(crate) fn changed(
    tables: &mut Tables,
    author: &Author,
    reaction: MessageId,
    message: MessageId,
) -> Option<Envelope<Office>> {
    let id = Uuid::new_v5(&reaction.0, b"taken back");
    record(tables, author, message, id, 0, Event::Conversation(conversation::Event::MessageChanged { message }))
}
