//! What a message, a command or a clock causes.

use super::decision_context::DecisionContext;
use super::draft::{Draft, ahead_id};
use super::settling::{ResendCommand, SettleCommand};
use super::speech::{ReactCommand, ReplyCommand};
use super::state::{ConversationState, Owner, Thread};
use super::{OFFER, REOPEN_WINDOW};
use crate::conversation::MessageChange;
use crate::conversation::message::Direction;
use crate::conversation::{Event, OfferEnd, OwnerReason};
use crate::ids::{AgentId, ConversationId, MessageId, NumberId, OfferId};
use crate::item::{Arrived, Said};
use crate::refusal::Refusal;
use crate::routing::AcceptMode;
use crate::routing::Activity;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What somebody wants of an open conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// The router holds out a waiting chat, or gives it straight away; refused if the epoch is not what it was (B1).
    Offer(OfferCommand),
    Accept {
        agent: AgentId,
        offer: OfferId,
    },
    Decline {
        agent: AgentId,
        offer: OfferId,
    },
    /// An agent takes a waiting chat, for which the router holds the units; `expected_epoch` is what they saw.
    Pick {
        agent: AgentId,
        expected_epoch: i64,
        incarnation: i64,
    },
    /// Who owns it is writing.
    Typing {
        by: AgentId,
    },
    Reply(ReplyCommand),
    /// The same for who need not have the chat: a script of an older system. While it waits, it is said beside the owner.
    Say(Box<ReplyCommand>),
    React(ReactCommand),
    Settle(SettleCommand),
    Resend(Box<ResendCommand>),
    /// Back to its queue at its age: the agent has been gone for too long.
    Requeue {
        agent: AgentId,
        expected_epoch: i64,
    },
    /// `by`, who owns it, has read the first `inbound` messages of the customer, up to `message`.
    Read {
        by: AgentId,
        conversation: ConversationId,
        message: MessageId,
        inbound: i64,
    },
    /// `by` owns it, and has seen the first `seen` messages of the customer; `None`: whatever was said, it is to be closed.
    Close {
        by: AgentId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<i64>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferCommand {
    pub offer: OfferId,
    pub agent: AgentId,
    pub expected_epoch: i64,
    pub accept: AcceptMode,
    /// How much longer the reply clock runs at most while the agent is writing; `None`: as long as it runs anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing_us: Option<Span>,
    /// Of the router that holds the units: an older router's offers are refused (B1).
    pub incarnation: i64,
}

/// What a command came to, as its caller is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "done", rename_all = "snake_case")]
pub enum Done {
    /// Owned by the one who asked or was offered it.
    Picked {
        conversation: ConversationId,
        owner_epoch: i64,
    },
    /// Held out.
    Offered {
        conversation: ConversationId,
        owner_epoch: i64,
    },
    Queued {
        conversation: ConversationId,
        message: MessageId,
    },
    /// Waits in its queue again.
    Requeued {
        conversation: ConversationId,
        owner_epoch: i64,
    },
    Closed {
        conversation: ConversationId,
    },
    Read {
        conversation: ConversationId,
    },
    /// Its clock runs on, as far as it may.
    Typing {
        conversation: ConversationId,
    },
    /// The message that was reacted to.
    Reacted {
        conversation: ConversationId,
        message: MessageId,
    },
    /// The message whose fate was said, and its conversation.
    Settled {
        conversation: ConversationId,
        message: MessageId,
    },
}

/// A clock of the thread that is set or stopped; its token is the offer it belongs to (A9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockChange {
    Set { kind: &'static str, token: OfferId, due_at: Timestamp },
    Clear { kind: &'static str },
}

/// Everything one decision causes: each event with the owner epoch it happened in, the rows to remember, the clocks to set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    pub events: Vec<(Event, i64)>,
    pub rows: Vec<crate::Row>,
    pub clocks: Vec<ClockChange>,
    pub done: Option<Done>,
    /// A line of the last message, for the list's view.
    pub preview: Option<crate::conversation::Preview>,
    /// The router's incarnation that must still be the current one.
    pub incarnation: Option<i64>,
}

impl Thread {
    /// What an inbound item causes. Never refused: what a customer said is kept, whatever it is.
    pub fn receive(&self, arrived: &Arrived, at: impl Into<DecisionContext>) -> Decided {
        let mut draft = Draft::of(self, at);
        draft.introduce(arrived);
        // The change's own time: changes come in any order.
        let at = arrived.inbound.said_at.min(draft.now);
        match &arrived.inbound.what {
            Said::Message { content } => {
                let said = &arrived.inbound.provider_message_id;
                if self.is_ahead(arrived.number, said) {
                    let change = MessageChange::Original { content: content.clone(), at };
                    draft.change(said, change, ahead_id(arrived.number, said));
                } else {
                    self.open_unless_open(&mut draft, arrived);
                    draft.record_inbound(arrived, content);
                }
            }
            Said::Notice { content } => draft.record_notice(arrived, content),
            Said::Reaction { to, emoji } => {
                let change = MessageChange::Reaction { by: Direction::Inbound, emoji: emoji.clone(), at };
                draft.change(to, change, arrived.message);
            }
            Said::Edit { of, content } => {
                draft.change(of, MessageChange::Edited { content: content.clone(), at }, arrived.message);
                draft.notice_edit();
            }
            Said::EditAlone { of, content } if self.is_ahead(arrived.number, of) => {
                draft.change(of, MessageChange::Edited { content: content.clone(), at }, arrived.message);
                draft.notice_edit();
            }
            Said::EditAlone { of, content } => {
                self.open_unless_open(&mut draft, arrived);
                draft.record_edit_alone(arrived, of, content);
            }
            Said::Revoke { of } => draft.change(of, MessageChange::Revoked { at }, arrived.message),
            Said::Echo { what } => self.echo(&mut draft, arrived, what),
        }
        draft.finish()
    }

    /// Whether this message of the provider's was recorded from its edit.
    fn is_ahead(&self, number: NumberId, provider_message_id: &str) -> bool {
        !self.ahead.is_empty() && self.ahead.contains(&ahead_id(number, provider_message_id))
    }

    fn open_unless_open(&self, draft: &mut Draft, arrived: &Arrived) {
        if self.open_episode().is_none() {
            self.open(draft, arrived);
        }
    }

    /// The conversation that a message is in: a reopened one inside the window, else a new one.
    pub(super) fn open(&self, draft: &mut Draft, arrived: &Arrived) -> ConversationId {
        let to = Owner::Queue { queue: arrived.queue };
        let reopened = self.episode.as_ref().filter(|episode| {
            episode.state == ConversationState::Closed
                && episode.closed_at.is_some_and(|closed| draft.now < closed.plus(REOPEN_WINDOW))
        });
        if let Some(episode) = reopened {
            draft.push(Event::ConversationReopened { conversation: episode.id });
            draft.give(to, OwnerReason::Reopened, None);
            episode.id
        } else {
            let conversation = self.upcoming.unwrap_or(arrived.conversation);
            draft.push(Event::ConversationOpened { conversation });
            draft.give(to, OwnerReason::Opened, None);
            conversation
        }
    }

    /// What a command causes, or why not.
    pub fn decide(&self, command: &Command, at: impl Into<DecisionContext>) -> Result<Decided, Refusal> {
        let mut draft = Draft::of(self, at);
        let episode = match command {
            // Whether it is closed or somebody else's is all one to a reader.
            Command::Read { by, .. } => {
                self.episode.as_ref().filter(|episode| episode.is_read_by(*by)).ok_or(Refusal::NOT_OWNER)?
            }
            _ => self.open_episode().ok_or(Refusal::NOT_OPEN)?,
        };
        let done = match command {
            Command::Read { by, conversation, message, inbound } => {
                if *conversation != episode.id {
                    return Err(Refusal::NOT_OWNER);
                }
                // An older mark than the one there is changes nothing, but that an edit was seen.
                let moves = (*inbound).min(episode.inbound) > episode.read;
                let (conversation, message, inbound, by) = (*conversation, *message, *inbound, *by);
                if moves || episode.edited {
                    draft.push(Event::ReadUpTo { conversation, message, inbound, by });
                }
                if moves {
                    draft.mark_read(message);
                }
                Done::Read { conversation: episode.id }
            }
            Command::Offer(offer) => self.offer(&mut draft, offer)?,
            Command::Accept { agent, offer } => {
                if !self.is_held_out_to(*agent, *offer) {
                    return Err(Refusal::OFFER_NOT_PENDING);
                }
                draft.assign(*agent, OwnerReason::Accepted, None);
                Done::Picked { conversation: episode.id, owner_epoch: draft.owner_epoch() }
            }
            Command::Decline { agent, offer } => {
                if !self.is_held_out_to(*agent, *offer) {
                    return Err(Refusal::OFFER_NOT_PENDING);
                }
                draft.take_back(*offer, *agent, OfferEnd::Declined);
                Done::Requeued { conversation: episode.id, owner_epoch: draft.owner_epoch() }
            }
            Command::Pick { agent, expected_epoch, incarnation } => {
                if episode.owner == (Owner::Agent { agent: *agent }) {
                    // Theirs already: asking for what one has is no fault.
                    Done::Picked { conversation: episode.id, owner_epoch: self.owner_epoch }
                } else {
                    self.must_wait_at(*expected_epoch)?;
                    draft.decided.incarnation = Some(*incarnation);
                    draft.assign(*agent, OwnerReason::Picked, None);
                    Done::Picked { conversation: episode.id, owner_epoch: draft.owner_epoch() }
                }
            }
            Command::Typing { by } => self.types(&mut draft, *by)?,
            Command::Reply(reply) => self.reply(&mut draft, reply)?,
            Command::Say(say) => self.say(&mut draft, say)?,
            Command::React(react) => self.react(&mut draft, react)?,
            Command::Settle(settle) => self.settle(&mut draft, settle)?,
            Command::Resend(resend) => self.resend(&mut draft, resend)?,
            Command::Requeue { agent, expected_epoch } => {
                if *expected_epoch != self.owner_epoch {
                    return Err(Refusal::STALE_EPOCH);
                }
                if episode.owner != (Owner::Agent { agent: *agent }) {
                    return Err(Refusal::NOT_OWNER);
                }
                draft.give(Owner::Queue { queue: episode.queue }, OwnerReason::Disconnected, None);
                draft.activity(*agent, Activity::Released);
                Done::Requeued { conversation: episode.id, owner_epoch: draft.owner_epoch() }
            }
            Command::Close { by, seen } => {
                if episode.owner != (Owner::Agent { agent: *by }) {
                    return Err(Refusal::NOT_OWNER);
                }
                if seen.is_some_and(|seen| episode.inbound > seen) {
                    return Err(Refusal::NEWER_MESSAGE);
                }
                draft.push(Event::ConversationClosed { conversation: episode.id, by: Some(*by) });
                draft.give(Owner::Nobody, OwnerReason::Closed, None);
                draft.activity(*by, Activity::Released);
                Done::Closed { conversation: episode.id }
            }
        };
        draft.decided.done = Some(done);
        Ok(draft.finish())
    }

    fn must_wait_at(&self, expected_epoch: i64) -> Result<(), Refusal> {
        if expected_epoch != self.owner_epoch {
            return Err(Refusal::STALE_EPOCH);
        }
        if !matches!(self.owner(), Owner::Queue { .. }) {
            return Err(Refusal::NOT_OWNER);
        }
        Ok(())
    }

    fn is_held_out_to(&self, agent: AgentId, offer: OfferId) -> bool {
        matches!(self.owner(), Owner::Offered { offer: held, agents, .. } if *held == offer && agents.contains(&agent))
    }

    fn offer(&self, draft: &mut Draft, command: &OfferCommand) -> Result<Done, Refusal> {
        let episode = self.open_episode().ok_or(Refusal::NOT_OPEN)?;
        self.must_wait_at(command.expected_epoch)?;
        draft.decided.incarnation = Some(command.incarnation);
        let conversation = episode.id;
        match command.accept {
            AcceptMode::Auto { first_reply_us } => {
                draft.assign(command.agent, OwnerReason::Assigned, Some(command.offer));
                draft.begin_reply_clock(command.offer, first_reply_us, command.typing_us);
                Ok(Done::Picked { conversation, owner_epoch: draft.owner_epoch() })
            }
            AcceptMode::Offer { within_us } => {
                let agents = vec![command.agent];
                let to = Owner::Offered { queue: episode.queue, offer: command.offer, agents };
                draft.give(to, OwnerReason::Offered, Some(command.offer));
                draft.clock(OFFER, command.offer, within_us);
                Ok(Done::Offered { conversation, owner_epoch: draft.owner_epoch() })
            }
        }
    }
}
