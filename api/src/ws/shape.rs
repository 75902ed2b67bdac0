//! The shapes of the contract (section 4), made from what the store reads.

use crate::time::rfc3339;
use dashoffice_actors::Office;
use dashoffice_actors::router::Board;
use dashoffice_domain::contact::Identifier;
use dashoffice_domain::content::Content;
use dashoffice_domain::message::{Direction, Status};
use dashoffice_domain::routing::{Connection, effective};
use dashoffice_domain::thread::Owner;
use dashoffice_domain::{Event, Timestamp};
use dashoffice_runtime::Envelope;
use dashoffice_domain::ids::UserId;
use dashoffice_store::views::{AgentView, ContactView, ConversationView, HistoryLine, MessageView, NumberView, QueueView};
use serde_json::{Value, json};

pub(super) fn owner(owner: &Owner) -> Value {
    match owner {
        Owner::Nobody => json!({"kind": "nobody", "id": null}),
        Owner::Bot { bot } => json!({"kind": "bot", "id": bot}),
        Owner::Queue { queue } => json!({"kind": "queue", "id": queue}),
        Owner::Agent { agent } => json!({"kind": "agent", "id": agent}),
        Owner::Offered { offer, agents, .. } => json!({"kind": "offered", "id": offer, "agent_ids": agents}),
    }
}

fn at(instant: Option<Timestamp>) -> Value {
    json!(instant.map(rfc3339))
}

fn identifier(identifier: &Identifier) -> Value {
    json!({"kind": identifier.kind.name(), "value": identifier.value})
}

pub(super) fn conversation(view: &ConversationView) -> Value {
    let row = &view.row;
    let last = row.preview.as_ref().map(|preview| {
        json!({
            "id": row.last_message,
            "direction": row.last_direction,
            "kind": preview.kind,
            "preview": preview.text,
            "status": view.last_status.map(Status::name),
            "at": rfc3339(row.last_message_at),
        })
    });
    json!({
        "id": row.id,
        "thread_id": row.thread,
        "number_id": row.number,
        "contact": {"id": row.contact, "name": view.contact_name, "identifier": view.identifier.as_ref().map(identifier)},
        "state": row.state.name(),
        "owner": owner(&row.owner),
        "owner_epoch": row.owner_epoch,
        "queue_id": row.queue,
        "opened_at": rfc3339(row.opened_at),
        "enqueued_at": rfc3339(row.enqueued_at),
        "closed_at": at(row.closed_at),
        "waiting_since": at(row.waiting_since),
        "window_until": at(row.window_until),
        "unanswered": row.unanswered,
        "unread": row.unread,
        "last_message": last,
    })
}

pub(super) fn contact(contact: &ContactView) -> Value {
    json!({
        "id": contact.id,
        "name": contact.name,
        "identifiers": contact.identifiers.iter().map(identifier).collect::<Vec<_>>(),
        "created_at": rfc3339(contact.created_at),
        "last_seen_at": rfc3339(contact.seen_at),
    })
}

fn error(view: &MessageView) -> Value {
    let error = view.error.as_ref().filter(|_| view.row.status == Status::Failed);
    json!(error.map(|error| json!({"code": error.code, "text": error.text})))
}

pub(super) fn message(view: &MessageView) -> Value {
    let row = &view.row;
    let author = match (row.direction, row.author) {
        (_, Some(agent)) => json!({"kind": "agent", "id": agent}),
        (Direction::Inbound, None) => json!({"kind": "contact", "id": view.contact}),
        (Direction::Outbound, None) => Value::Null,
    };
    let content = match view.revoked_at {
        Some(_) => json!({"type": "unknown", "what": "revoked"}),
        None => json!(row.content),
    };
    let media = matches!(row.content, Content::Media(_)) && view.revoked_at.is_none();
    let media = media.then(|| json!({"state": "not_fetched", "url": null, "size_bytes": null}));
    let reactions = view.reactions.iter().map(|reaction| json!({"by": reaction.by, "emoji": reaction.emoji}));
    json!({
        "id": row.id,
        "conversation_id": row.conversation,
        "thread_id": row.thread,
        "number_id": row.number,
        "position": view.position,
        "direction": row.direction,
        "status": row.status.name(),
        "error": error(view),
        "content": content,
        "author": author,
        "reply_to": view.answers,
        "provider_message_id": row.provider_message_id,
        "said_at": rfc3339(row.said_at),
        "recorded_at": rfc3339(row.recorded_at),
        "edited_at": at(view.edited_at),
        "revoked_at": at(view.revoked_at),
        "reactions": reactions.collect::<Vec<_>>(),
        "media": media,
    })
}

pub(super) fn message_status(view: &MessageView) -> Value {
    let row = &view.row;
    json!({
        "id": row.id,
        "conversation_id": row.conversation,
        "status": row.status.name(),
        "error": error(view),
        "provider_message_id": row.provider_message_id,
    })
}

/// The line of an event as it is heard.
pub(super) fn heard(event: &Envelope<Office>) -> Value {
    history(&HistoryLine {
        id: event.id,
        position: event.position,
        at: Timestamp(event.at),
        owner_epoch: event.owner_epoch,
        by: (!event.actor.is_nil()).then_some(UserId(event.actor)),
        event: event.event.clone(),
    })
}

pub(super) fn history(line: &HistoryLine) -> Value {
    let (conversation, change) = match &line.event {
        Event::OwnerChanged { conversation, from, to, reason, .. } => {
            (Some(conversation), Some((owner(from), owner(to), json!(reason))))
        }
        Event::ConversationOpened { conversation }
        | Event::ConversationReopened { conversation }
        | Event::ConversationClosed { conversation, .. } => (Some(conversation), None),
        _ => (None, None),
    };
    let owner_epoch = change.is_some().then_some(line.owner_epoch);
    let (from, to, reason) = change.unwrap_or_default();
    json!({
        "id": line.id,
        "conversation_id": conversation,
        "position": line.position,
        "at": rfc3339(line.at),
        "kind": line.event.kind(),
        "from": from,
        "to": to,
        "owner_epoch": owner_epoch,
        "reason": reason,
        "actor_id": line.by,
    })
}

pub(super) fn number(number: &NumberView) -> Value {
    json!({
        "id": number.id,
        "name": number.name,
        "provider": number.provider,
        "display_phone_number": number.display_phone_number,
        "queue_id": number.queue,
        "state": "connected",
        "state_reason": null,
        "waiting": number.load.waiting,
        "active": number.load.active,
        "sends_waiting": number.sends_waiting,
    })
}

pub(super) fn queue(queue: &QueueView, board: &Board) -> Value {
    let settings = &queue.settings;
    json!({
        "id": settings.id,
        "name": settings.name,
        "waiting": queue.load.waiting,
        "oldest_waiting_since": at(queue.load.oldest_waiting_since),
        "active": queue.load.active,
        "agents_online": board.queues.get(&settings.id).map_or(0, |line| line.agents_online),
        "member_ids": settings.members,
    })
}

pub(super) fn agent(agent: &AgentView, board: &Board) -> Value {
    let line = board.agents.get(&agent.id);
    let effective = line.map_or(effective(agent.chosen, Connection::Gone, false), |line| line.effective);
    json!({
        "id": agent.id,
        "name": agent.name,
        "chosen_presence": agent.chosen.name(),
        "away_reason": agent.away_reason,
        "effective_presence": effective.name(),
        "presence_since": at(agent.presence_since),
        "capacity_units": agent.capacity_units,
        "used_units": line.map_or(0, |line| line.used_units),
        "active": agent.load.active,
        "oldest_unanswered_since": at(agent.load.oldest_unanswered_since),
        "queue_ids": agent.queues,
    })
}
