//! A commit as it is sent: bodies, and for each of them who may have it. Chosen per subscriber by the rights of now.

use super::facts::{Effect, Fact};
use super::reads::{Bodies, Body, Directory, LiveReads, Wanted};
use super::viewer::{ConversationOwner, Loss, Viewer};
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::identity::{Permission, Principal};
use dashoffice_domain::ids::{ConversationId, MessageId};
use dashoffice_runtime::Micros;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Everything that one commit has to tell, to whomever.
#[derive(Clone, Debug)]
pub struct Frame {
    pub position: i64,
    pub at: Micros,
    pub cause: Uuid,
    pub actor: Principal,
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub name: &'static str,
    pub body: Body,
    reach: Reach,
}

/// Whom a change concerns.
#[derive(Clone, Debug)]
enum Reach {
    /// The conversation itself: whoever sees it now has its body, whoever saw it before hears that it is gone.
    Line { id: ConversationId, standing: Arc<ConversationOwner>, left: Vec<Owner> },
    /// Something in a conversation, for those who look into it; `list`: for lists, too.
    Within { id: ConversationId, standing: Arc<ConversationOwner>, list: bool },
    /// The directory: every list.
    Lists,
    /// A record: the lists of those who may read its kind; `None`: of everybody.
    Records(Option<Permission>),
}

/// What one subscriber gets of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The change at this place of the frame.
    Change(usize),
    Removed(ConversationId, Loss),
}

/// The topics whose snapshot has been sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub inbox: bool,
    pub conversations: BTreeSet<ConversationId>,
}

/// What must be read to tell these facts to those who look into some conversations, and to lists: these show a conversation's line,
/// so that what was said in one that nobody looks into is not read.
pub(super) fn wanted<'a>(
    facts: impl IntoIterator<Item = &'a Fact>,
    looked_into: impl Fn(ConversationId) -> bool,
) -> Wanted {
    let mut wanted = Wanted::default();
    for news in facts.into_iter().flat_map(|fact| &fact.news) {
        match news {
            Effect::Said { conversation, message, .. } => {
                wanted.messages.extend(looked_into(*conversation).then_some(*message));
            }
            Effect::Moved(message) | Effect::Changed(message) => {
                wanted.messages.insert(*message);
            }
            Effect::Altered { thread, provider_message_id } => {
                wanted.altered.insert((*thread, provider_message_id.clone()));
            }
            Effect::History { conversation, .. } => {
                wanted.conversations.extend(looked_into(*conversation).then_some(*conversation));
            }
            Effect::Contact(conversation) => {
                wanted.contacts.extend(looked_into(*conversation).then_some(*conversation));
            }
            Effect::Conversation { id, left } => {
                wanted.conversations.insert(*id);
                if left.contains(&Owner::Nobody) {
                    wanted.last_agents.insert(*id);
                }
            }
            Effect::Agent(_) | Effect::Number(_) | Effect::Record(_) => {}
        }
    }
    wanted
}

impl Frame {
    /// The frame of a resolved fact. What was not asked for, or was erased in the meantime, is left out.
    pub fn of(fact: &Fact, bodies: &Bodies, directory: &Directory, reads: &dyn LiveReads) -> Self {
        let mut changes = Vec::with_capacity(fact.news.len());
        for news in &fact.news {
            changes.extend(match news {
                Effect::Said { message, .. } => within(bodies, *message, "message.created", false),
                Effect::Changed(message) => within(bodies, *message, "message.changed", false),
                Effect::Moved(message) => within(bodies, *message, "message.status", true),
                Effect::Altered { .. } => None,
                Effect::History { conversation, line } => bodies.conversations.get(conversation).map(|found| {
                    let standing = Arc::clone(&found.standing);
                    let reach = Reach::Within { id: *conversation, standing, list: false };
                    Change { name: "history.added", body: reads.history(line), reach }
                }),
                Effect::Contact(id) => bodies.conversations.get(id).and_then(|found| {
                    let reach = Reach::Within { id: *id, standing: Arc::clone(&found.standing), list: false };
                    Some(Change { name: "contact.changed", body: found.contact.clone()?, reach })
                }),
                Effect::Conversation { id, left } => bodies.conversations.get(id).map(|found| {
                    let reach = Reach::Line { id: *id, standing: Arc::clone(&found.standing), left: left.clone() };
                    Change { name: "conversation.upserted", body: found.body.clone(), reach }
                }),
                Effect::Number(number) => directory.numbers.get(number).map(|body| Change {
                    name: "number.changed",
                    body: body.clone(),
                    reach: Reach::Lists,
                }),
                Effect::Agent(agent) => directory.agents.get(agent).map(|body| Change {
                    name: "agent.changed",
                    body: body.clone(),
                    reach: Reach::Lists,
                }),
                Effect::Record(news) => Some(Change {
                    name: "record.changed",
                    body: reads.record(news),
                    reach: Reach::Records(news.kind.read),
                }),
            });
        }
        Self { position: fact.position, at: fact.at, cause: fact.cause, actor: fact.actor.clone(), changes }
    }

    /// What `viewer` gets of it.
    pub fn picks(&self, viewer: &Viewer, held: &Held) -> Vec<Pick> {
        let mut picks = Vec::new();
        for (place, change) in self.changes.iter().enumerate() {
            match &change.reach {
                Reach::Line { id, standing, left } if held.inbox || held.conversations.contains(id) => {
                    if viewer.sees(standing) {
                        picks.push(Pick::Change(place));
                    } else if left.iter().any(|owner| viewer.visible.sees(owner, standing.last_agent)) {
                        picks.push(Pick::Removed(*id, standing.loss()));
                    }
                }
                Reach::Within { id, standing, list } => {
                    let concerned = held.conversations.contains(id) || (*list && held.inbox);
                    if concerned && viewer.sees(standing) {
                        picks.push(Pick::Change(place));
                    }
                }
                Reach::Lists if held.inbox => picks.push(Pick::Change(place)),
                Reach::Records(needs) if held.inbox && needs.is_none_or(|needs| viewer.may(needs)) => {
                    picks.push(Pick::Change(place));
                }
                Reach::Line { .. } | Reach::Lists | Reach::Records(_) => {}
            }
        }
        picks
    }

    /// What these picks weigh as text, about.
    pub fn weight(&self, picks: &[Pick]) -> usize {
        let each = picks.iter().map(|pick| match pick {
            Pick::Change(place) => 64 + self.changes[*place].body.len(),
            Pick::Removed(..) => 128,
        });
        128 + each.sum::<usize>()
    }
}

fn within(bodies: &Bodies, message: MessageId, name: &'static str, list: bool) -> Option<Change> {
    let found = bodies.messages.get(&message)?;
    let standing = Arc::clone(&bodies.conversations.get(&found.conversation)?.standing);
    let body = if list { found.status.clone()? } else { found.body.clone() };
    Some(Change { name, body, reach: Reach::Within { id: found.conversation, standing, list } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_where_nobody_looks_is_not_read_and_its_line_is() {
        let conversation = |n| ConversationId(Uuid::from_u128(n));
        let message = |n| MessageId(Uuid::from_u128(n));
        let said = |n| {
            let id = conversation(n);
            let news = vec![
                Effect::Said { conversation: id, message: message(n), position: 1 },
                Effect::Contact(id),
                Effect::Conversation { id, left: Vec::new() },
            ];
            Fact { position: 1, at: 0, cause: Uuid::nil(), actor: Principal::SYSTEM, news }
        };
        let found = wanted(&[said(1), said(2)], |id| id == conversation(2));
        let expected = Wanted {
            conversations: BTreeSet::from([conversation(1), conversation(2)]),
            contacts: BTreeSet::from([conversation(2)]),
            messages: BTreeSet::from([message(2)]),
            ..Wanted::default()
        };
        assert_eq!(found, expected);
    }
}
