//! What a message or a command causes.

use super::state::{ConversationState, Owner, Thread};
use super::{LONGEST_TEXT, REOPEN_WINDOW, SERVICE_WINDOW};
use crate::content::Content;
use crate::event::{Event, OwnerReason};
use crate::ids::{AgentId, ConversationId, MessageId};
use crate::item::{Arrived, Inbound, Said};
use crate::message::{Direction, Status};
use crate::outgoing::{Class, Outgoing};
use crate::refusal::Refusal;
use crate::row::{MessageChange, MessageRow, Preview, Row};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What somebody wants of an open conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// An agent takes a waiting chat; `expected_epoch` is what they saw.
    Pick {
        agent: AgentId,
        expected_epoch: i64,
    },
    Reply(ReplyCommand),
    /// `by` owns it.
    Close {
        by: AgentId,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyCommand {
    pub by: AgentId,
    /// The id the new message will have.
    pub message: MessageId,
    pub content: Content,
    /// The provider's id of the message that is answered.
    pub reply_to: Option<String>,
}

/// What a command came to, as its caller is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum Done {
    Picked { conversation: ConversationId, owner_epoch: i64 },
    Queued { conversation: ConversationId, message: MessageId },
    Closed { conversation: ConversationId },
}

/// Everything one decision causes: each event with the owner epoch it happened in, and the rows to remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    pub events: Vec<(Event, i64)>,
    pub rows: Vec<Row>,
    pub done: Option<Done>,
    /// A line of the last message, for the list's view.
    pub preview: Option<Preview>,
}

/// Collects events, believing each at once in a copy, so that later ones are decided on what earlier ones made.
struct Draft {
    thread: Thread,
    now: Timestamp,
    decided: Decided,
}

impl Draft {
    fn of(thread: &Thread, now: Timestamp) -> Self {
        let now = now.max(thread.last_event_at);
        Self { thread: thread.clone(), now, decided: Decided::default() }
    }

    fn push(&mut self, event: Event) {
        self.thread.apply(&event, self.now);
        self.decided.events.push((event, self.thread.owner_epoch));
    }

    fn give(&mut self, to: Owner, reason: OwnerReason) {
        let Some(episode) = &self.thread.episode else { return };
        let event = Event::OwnerChanged { conversation: episode.id, from: episode.owner.clone(), to, reason };
        self.push(event);
    }
}

impl Thread {
    /// What an inbound item causes. Never refused: what a customer said is kept, whatever it is.
    pub fn receive(&self, arrived: &Arrived, now: Timestamp) -> Decided {
        let mut draft = Draft::of(self, now);
        let now = draft.now;
        if self.number.is_none() {
            draft.push(Event::ThreadStarted { number: arrived.number, contact: arrived.contact });
            draft.decided.rows.push(Row::Thread {
                id: self.id,
                number: arrived.number,
                contact: arrived.contact,
                created_at: now,
            });
        }
        link_identifiers(&mut draft, arrived);
        match &arrived.inbound.what {
            Said::Message { content } => draft.message(arrived, content),
            Said::Reaction { to, emoji } => {
                draft.change(to, MessageChange::Reaction { by: Direction::Inbound, emoji: emoji.clone() }, arrived);
            }
            Said::Edit { of, content } => {
                draft.change(of, MessageChange::Edited { content: content.clone(), at: now }, arrived);
            }
            Said::Revoke { of } => draft.change(of, MessageChange::Revoked { at: now }, arrived),
        }
        draft.decided
    }

    /// What a command causes, or why not.
    pub fn decide(&self, command: &Command, now: Timestamp) -> Result<Decided, Refusal> {
        let mut draft = Draft::of(self, now);
        let episode = self.open_episode().ok_or(Refusal::NotOpen)?;
        match command {
            Command::Pick { agent, expected_epoch } => {
                if *expected_epoch != self.owner_epoch {
                    return Err(Refusal::StaleEpoch);
                }
                if !matches!(episode.owner, Owner::Queue { .. }) {
                    return Err(Refusal::NotOwner);
                }
                draft.give(Owner::Agent { agent: *agent }, OwnerReason::Picked);
                draft.decided.done =
                    Some(Done::Picked { conversation: episode.id, owner_epoch: draft.thread.owner_epoch });
            }
            Command::Reply(reply) => self.reply(&mut draft, reply)?,
            Command::Close { by } => {
                if episode.owner != (Owner::Agent { agent: *by }) {
                    return Err(Refusal::NotOwner);
                }
                draft.push(Event::ConversationClosed { conversation: episode.id, by: Some(*by) });
                draft.give(Owner::Nobody, OwnerReason::Closed);
                draft.decided.done = Some(Done::Closed { conversation: episode.id });
            }
        }
        Ok(draft.decided)
    }

    fn reply(&self, draft: &mut Draft, reply: &ReplyCommand) -> Result<(), Refusal> {
        let episode = self.open_episode().ok_or(Refusal::NotOpen)?;
        if episode.owner != (Owner::Agent { agent: reply.by }) {
            return Err(Refusal::NotOwner);
        }
        let is_template = matches!(reply.content, Content::Template { .. });
        if !is_template && self.window_until.is_none_or(|until| draft.now >= until) {
            return Err(Refusal::ServiceWindowClosed);
        }
        if let Content::Text { body } = &reply.content {
            if body.trim().is_empty() {
                return Err(Refusal::Empty);
            }
            if body.chars().count() > LONGEST_TEXT {
                return Err(Refusal::TooLong);
            }
        }
        let number = self.number.ok_or(Refusal::NotOpen)?;
        draft.push(Event::ReplyQueued { conversation: episode.id, message: reply.message, by: Some(reply.by) });
        draft.decided.rows.push(Row::Message(Box::new(MessageRow {
            id: reply.message,
            thread: self.id,
            conversation: episode.id,
            number,
            direction: Direction::Outbound,
            status: Status::Queued,
            content: reply.content.clone(),
            provider_message_id: None,
            reply_to: reply.reply_to.clone(),
            author: Some(reply.by),
            said_at: draft.now,
            recorded_at: draft.now,
        })));
        draft.decided.rows.push(Row::SendQueued(Outgoing {
            message: reply.message,
            number,
            thread: self.id,
            class: Class::Agent,
            owner_epoch: self.owner_epoch,
        }));
        draft.decided.preview = Some(preview_of(&reply.content));
        draft.decided.done = Some(Done::Queued { conversation: episode.id, message: reply.message });
        Ok(())
    }

    /// The conversation that must exist for a message to be in: the open one, a reopened one, or a new one.
    fn must_reopen(&self, now: Timestamp) -> bool {
        self.episode.as_ref().is_some_and(|episode| {
            episode.state == ConversationState::Closed
                && episode.closed_at.is_some_and(|closed| now < closed.plus(REOPEN_WINDOW))
        })
    }
}

impl Draft {
    fn message(&mut self, arrived: &Arrived, content: &Content) {
        let now = self.now;
        let to = Owner::Queue { queue: arrived.queue };
        if self.thread.open_episode().is_none() {
            if self.thread.must_reopen(now) {
                let conversation = self.thread.episode.as_ref().map_or(arrived.conversation, |episode| episode.id);
                self.push(Event::ConversationReopened { conversation });
                self.give(to, OwnerReason::Reopened);
            } else {
                self.push(Event::ConversationOpened { conversation: arrived.conversation });
                self.give(to, OwnerReason::Opened);
            }
        }
        let conversation = self.thread.episode.as_ref().map_or(arrived.conversation, |episode| episode.id);
        let said_at = arrived.inbound.said_at.min(now);
        self.push(Event::MessageReceived {
            conversation,
            message: arrived.message,
            window_until: said_at.plus(SERVICE_WINDOW).0,
        });
        self.decided.rows.push(Row::Message(Box::new(MessageRow {
            id: arrived.message,
            thread: self.thread.id,
            conversation,
            number: arrived.number,
            direction: Direction::Inbound,
            status: Status::Received,
            content: content.clone(),
            provider_message_id: Some(arrived.inbound.provider_message_id.clone()),
            reply_to: arrived.inbound.reply_to.clone(),
            author: None,
            said_at,
            recorded_at: now,
        })));
        if let Some(raw) = &arrived.raw {
            let reason = content.kind().to_owned();
            self.decided.rows.push(Row::RawItem { number: arrived.number, reason, raw: raw.clone() });
        }
        self.decided.preview = Some(preview_of(content));
    }

    /// Changes an earlier message: opens no conversation and no window.
    fn change(&mut self, provider_message_id: &str, change: MessageChange, arrived: &Arrived) {
        self.push(Event::MessageChanged { message: arrived.message });
        self.decided.rows.push(Row::MessageChange {
            thread: self.thread.id,
            provider_message_id: provider_message_id.to_owned(),
            change,
        });
    }
}

fn preview_of(content: &Content) -> Preview {
    Preview { text: content.preview(), kind: content.kind().to_owned() }
}

fn link_identifiers(draft: &mut Draft, arrived: &Arrived) {
    let Inbound { profile_name, .. } = &arrived.inbound;
    draft.decided.rows.push(Row::Contact { id: arrived.contact, name: profile_name.clone(), seen_at: draft.now });
    if !arrived.to_link.is_empty() {
        draft.push(Event::IdentifiersLinked { count: arrived.to_link.len() as u32 });
        for identifier in &arrived.to_link {
            draft.decided.rows.push(Row::Address {
                number: arrived.number,
                identifier: identifier.clone(),
                thread: draft.thread.id,
                contact: arrived.contact,
            });
        }
    }
    if let Some(of) = arrived.possible_duplicate {
        draft.push(Event::PossibleDuplicate { of });
    }
}
