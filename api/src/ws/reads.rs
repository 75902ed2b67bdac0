//! The hub's reads on the store: rows become bodies once, whoever they go to.

use crate::rest::older_than;
use crate::shape::{Agent, Contact, Conversation, HistoryLine, Message, Number, Queue, SendErrorShape, WaitingShape};
use dashoffice_actors::Office;
use dashoffice_actors::live::{
    Bodies, Body, Contents, ConversationBody, ConversationOwner, Directory, Face, LiveReads, MessageBody, RecordEffect,
    Snapshot, Viewer, Wanted,
};
use dashoffice_actors::router::Board;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{ConversationRow, MessageRow};
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, TenantId};
use dashoffice_domain::ports::{BoxFuture, Unavailable};
use dashoffice_runtime::Envelope;
use dashoffice_store::Store;
use dashoffice_store::views::{
    self, ConversationView, LineView, LiveTopic, LiveWanted, MessageView, Shown, TenantScope,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Conversations of others in a snapshot.
const MOST_OF_OTHERS: usize = 5_000;
/// Messages in a snapshot.
const MESSAGES: u32 = 50;

/// The live socket's view of one tenant.
#[derive(Clone)]
pub struct StoreReads {
    store: Store,
    scope: TenantScope,
}

impl StoreReads {
    pub fn new(store: Store, scope: TenantScope) -> Self {
        Self { store, scope }
    }
}

fn away(error: dashoffice_runtime::Unavailable) -> Unavailable {
    Unavailable { doing: error.doing, reason: error.reason }
}

fn body(shape: &impl Serialize) -> Body {
    serde_json::to_string(shape).expect("a shape is plain data").into()
}

/// How far a message got.
fn status(message: &MessageView) -> Value {
    let row = &message.row;
    let error = message.error.as_ref().filter(|_| row.status == Status::Failed).map(SendErrorShape::from);
    json!({
        "id": row.id,
        "conversation_id": row.conversation,
        "status": row.status.name(),
        "error": error,
        "waiting": message.waiting.as_ref().map(WaitingShape::from),
        "provider_message_id": row.provider_message_id,
    })
}

fn bodies(message: &MessageView) -> MessageBody {
    MessageBody {
        conversation: message.row.conversation,
        body: body(&Message::from(message)),
        status: Some(body(&status(message))),
    }
}

fn standing(line: &LineView) -> ConversationOwner {
    ConversationOwner { owner: line.conversation.row.owner.clone(), last_agent: line.last_agent }
}

fn face(view: &ConversationView) -> Face {
    let ConversationView { row, contact_name, contact_username, identifier, referral, last_status: _ } = view;
    Face {
        contact: row.contact,
        thread: row.thread,
        name: contact_name.clone(),
        username: contact_username.clone(),
        identifier: identifier.clone(),
        referral: referral.clone(),
    }
}

/// What comes and goes with each message.
const NUMBER_FIGURES: &[&str] = &["waiting", "active", "sends_waiting"];
const QUEUE_FIGURES: &[&str] = &["waiting", "oldest_waiting_since", "active", "agents_online"];

/// A shape without its figures.
fn names(shape: &impl Serialize, figures: &[&str]) -> Body {
    let mut shape = json!(shape);
    if let Some(fields) = shape.as_object_mut() {
        for figure in figures {
            fields.remove(*figure);
        }
    }
    body(&shape)
}

fn directory(view: &views::Directory, board: &Board) -> Directory {
    let numbers = view.numbers.iter().map(|number| (number.id, body(&Number::from(number))));
    let queues = view.queues.iter().map(|queue| (queue.settings.id, body(&Queue::of(queue, Some(board)))));
    let agents = view.agents.iter().map(|agent| (agent.id, body(&Agent::of(agent, Some(board)))));
    let named = view.numbers.iter().map(|number| (number.id.0, names(&Number::from(number), NUMBER_FIGURES)));
    let names_of_queues =
        view.queues.iter().map(|queue| (queue.settings.id.0, names(&Queue::of(queue, None), QUEUE_FIGURES)));
    Directory {
        names: named.chain(names_of_queues).collect(),
        numbers: numbers.collect(),
        queues: queues.collect(),
        agents: agents.collect(),
        members: view.queues.iter().map(|queue| (queue.settings.id, queue.settings.members.clone())).collect(),
    }
}

impl LiveReads for StoreReads {
    fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    fn incarnation(&self) -> String {
        self.store.incarnation()
    }

    fn position(&self) -> BoxFuture<'_, Result<i64, Unavailable>> {
        Box::pin(async { self.store.live_position(self.scope).await.map_err(away) })
    }

    fn bodies(&self, wanted: Wanted) -> BoxFuture<'_, Result<Bodies, Unavailable>> {
        Box::pin(async move {
            let Wanted { conversations, last_agents, contacts, messages, altered } = wanted;
            let wanted = LiveWanted { conversations, last_agents, contacts, messages, altered };
            let news = self.store.live_news(self.scope, &wanted).await.map_err(away)?;
            let conversations = news.conversations.iter().map(|line| {
                let found = ConversationBody {
                    standing: Arc::new(standing(line)),
                    body: body(&Conversation::from(&line.conversation)),
                    contact: line.contact.as_ref().map(|contact| body(&Contact::from(contact))),
                };
                (line.conversation.row.id, found)
            });
            let messages = news.messages.iter().map(|message| (message.row.id, bodies(message)));
            Ok(Bodies {
                conversations: conversations.collect(),
                messages: messages.collect(),
                faces: news
                    .conversations
                    .iter()
                    .map(|line| (line.conversation.row.id, face(&line.conversation)))
                    .collect(),
                altered: news.altered.iter().cloned().collect(),
            })
        })
    }

    fn directory(&self, board: Arc<Board>) -> BoxFuture<'_, Result<Directory, Unavailable>> {
        Box::pin(async move {
            let view = self.store.directory(self.scope).await.map_err(away)?;
            Ok(directory(&view.what, &board))
        })
    }

    fn inbox(&self, viewer: Viewer, board: Arc<Board>) -> BoxFuture<'_, Result<Snapshot, Unavailable>> {
        Box::pin(async move {
            let (own, visibility) = (viewer.agent.unwrap_or(AgentId(viewer.user.0)), viewer.visible.visibility());
            let topic = LiveTopic::Inbox { visibility, own, most: MOST_OF_OTHERS };
            let view = self.store.live_topic(self.scope, topic).await.map_err(away)?;
            let lines = view.what.lines.iter().map(|line| &line.conversation);
            let contents = Contents::Inbox {
                directory: directory(&view.what.directory, &board),
                conversations: lines.map(|line| (line.row.id, body(&Conversation::from(line)))).collect(),
                truncated: view.what.truncated,
            };
            Ok(Snapshot { as_of: view.as_of, contents })
        })
    }

    fn conversation(&self, viewer: Viewer, id: ConversationId) -> BoxFuture<'_, Result<Option<Snapshot>, Unavailable>> {
        Box::pin(async move {
            let topic = LiveTopic::Conversation { id, messages: MESSAGES };
            let Shown { as_of, what: view } = self.store.live_topic(self.scope, topic).await.map_err(away)?;
            let Some(line) = view.lines.first().filter(|line| viewer.sees(&standing(line))) else { return Ok(None) };
            let oldest = view.messages.last().filter(|_| view.truncated);
            let snapshot = json!({
                "conversation": Conversation::from(&line.conversation),
                "contact": line.contact.as_ref().map(Contact::from),
                "messages": view.messages.iter().rev().map(Message::from).collect::<Vec<_>>(),
                "older_cursor": oldest.map(|message| older_than(id, message.position, message.row.id)),
                "history": view.history.iter().rev().filter_map(HistoryLine::of).collect::<Vec<_>>(),
            });
            Ok(Some(Snapshot { as_of, contents: Contents::Conversation(body(&snapshot)) }))
        })
    }

    fn line(&self, row: &ConversationRow, face: &Face, last_status: Status) -> Body {
        let Face { name, username, identifier, referral, .. } = face.clone();
        body(&Conversation::from(&ConversationView {
            row: row.clone(),
            contact_name: name,
            contact_username: username,
            identifier,
            last_status: Some(last_status),
            referral,
        }))
    }

    fn said(&self, row: &MessageRow, position: i64, contact: ContactId) -> MessageBody {
        let said = MessageView::said(row.clone(), position, contact);
        MessageBody { conversation: row.conversation, body: body(&Message::from(&said)), status: None }
    }

    fn history(&self, line: &Envelope<Office>) -> Body {
        let at = Timestamp(line.at);
        body(&HistoryLine::of_event(line.id, line.position, at, line.owner_epoch, line.actor.user(), &line.event))
    }

    fn record(&self, news: &RecordEffect) -> Body {
        let RecordEffect { kind, id, version, what, fields } = news;
        let (record, what) = (kind.name, what.name());
        body(&json!({"record": record, "id": id, "version": version, "what": what, "fields": fields}))
    }
}
