//! The hub's reads on the store: rows become bodies once, whoever they go to.

use super::shape;
use dashoffice_actors::Office;
use dashoffice_actors::live::{
    Bodies, Body, Contents, ConversationBody, Directory, LiveReads, MessageBody, Snapshot, Standing, Viewer, Wanted,
};
use dashoffice_actors::router::Board;
use dashoffice_domain::ids::{AgentId, ConversationId, TenantId};
use dashoffice_domain::ports::{BoxFuture, Unavailable};
use dashoffice_runtime::Envelope;
use dashoffice_store::Store;
use dashoffice_store::views::{self, LineView, LiveTopic, LiveWanted, Shown, Sight, TenantScope};
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

fn body(value: &Value) -> Body {
    value.to_string().into()
}

fn standing(line: &LineView) -> Standing {
    Standing { owner: line.conversation.row.owner.clone(), last_agent: line.last_agent }
}

fn directory(view: &views::Directory, board: &Board) -> Directory {
    let numbers = view.numbers.iter().map(|number| (number.id, body(&shape::number(number))));
    let queues = view.queues.iter().map(|queue| (queue.settings.id, body(&shape::queue(queue, board))));
    let agents = view.agents.iter().map(|agent| (agent.id, body(&shape::agent(agent, board))));
    Directory {
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
        Box::pin(async {
            let nothing = LiveWanted::default();
            Ok(self.store.live_news(self.scope, &nothing).await.map_err(away)?.as_of)
        })
    }

    fn bodies(&self, wanted: Wanted) -> BoxFuture<'_, Result<Bodies, Unavailable>> {
        Box::pin(async move {
            let Wanted { conversations, last_agents, messages, altered } = wanted;
            let wanted = LiveWanted { conversations, last_agents, messages, altered };
            let news = self.store.live_news(self.scope, &wanted).await.map_err(away)?;
            let conversations = news.what.conversations.iter().map(|line| {
                let found = ConversationBody {
                    standing: Arc::new(standing(line)),
                    body: body(&shape::conversation(&line.conversation)),
                    contact: line.contact.as_ref().map(|contact| body(&shape::contact(contact))),
                };
                (line.conversation.row.id, found)
            });
            let messages = news.what.messages.iter().map(|message| {
                let found = MessageBody {
                    conversation: message.row.conversation,
                    body: body(&shape::message(message)),
                    status: body(&shape::message_status(message)),
                };
                (message.row.id, found)
            });
            Ok(Bodies {
                as_of: news.as_of,
                conversations: conversations.collect(),
                messages: messages.collect(),
                altered: news.what.altered.iter().cloned().collect(),
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
            let own = viewer.agent.unwrap_or(AgentId(viewer.user.0));
            let sight = if viewer.reads_all { Sight::All } else { Sight::Of(own) };
            let topic = LiveTopic::Inbox { sight, own, most: MOST_OF_OTHERS };
            let view = self.store.live_topic(self.scope, topic).await.map_err(away)?;
            let lines = view.what.lines.iter().map(|line| &line.conversation);
            let contents = Contents::Inbox {
                directory: directory(&view.what.directory, &board),
                conversations: lines.map(|line| (line.row.id, body(&shape::conversation(line)))).collect(),
                truncated: view.what.truncated,
            };
            Ok(Snapshot { as_of: view.as_of, contents })
        })
    }

    fn conversation(
        &self,
        viewer: Viewer,
        id: ConversationId,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, Unavailable>> {
        Box::pin(async move {
            let topic = LiveTopic::Conversation { id, messages: MESSAGES };
            let Shown { as_of, what: view } = self.store.live_topic(self.scope, topic).await.map_err(away)?;
            let Some(line) = view.lines.first().filter(|line| viewer.sees(&standing(line))) else { return Ok(None) };
            let oldest = view.messages.last().filter(|_| view.truncated);
            let snapshot = json!({
                "conversation": shape::conversation(&line.conversation),
                "contact": line.contact.as_ref().map(shape::contact),
                "messages": view.messages.iter().rev().map(shape::message).collect::<Vec<_>>(),
                "older_cursor": oldest.map(|message| super::cursor(message.position, message.row.id.0)),
                "history": view.history.iter().rev().map(shape::history).collect::<Vec<_>>(),
            });
            Ok(Some(Snapshot { as_of, contents: Contents::Conversation(body(&snapshot)) }))
        })
    }

    fn history(&self, line: &Envelope<Office>) -> Body {
        body(&shape::heard(line))
    }
}
