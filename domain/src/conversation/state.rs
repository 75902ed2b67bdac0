//! What a thread is, as far as its decisions need to know.

use super::clock::{Answer, ReplyClock};
use super::settling::SettledMessage;
use crate::conversation::message::Direction;
use crate::conversation::{Event, OfferEnd};
use crate::ids::{AgentId, BotId, ContactId, ConversationId, MessageId, NumberId, OfferId, QueueId, ThreadId};
use crate::routing::{DECLINE_EXCLUDES, MISS_EXCLUDES, MISS_PAUSES};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Exactly one of these has the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "owner", rename_all = "snake_case")]
pub enum Owner {
    /// Nobody: the conversation is closed (or there was none yet).
    Nobody,
    Bot {
        bot: BotId,
    },
    Queue {
        queue: QueueId,
    },
    Offered {
        queue: QueueId,
        offer: OfferId,
        agents: Vec<AgentId>,
    },
    Agent {
        agent: AgentId,
    },
}

impl Owner {
    /// The name of the kind, as it stands in rows.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Bot { .. } => "bot",
            Self::Queue { .. } => "queue",
            Self::Offered { .. } => "offered",
            Self::Agent { .. } => "agent",
        }
    }

    /// The agent who has it, if an agent does.
    pub const fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Agent { agent } => Some(*agent),
            _ => None,
        }
    }
}

/// Where a conversation stands; together with the owner it is never contradictory (see the invariants in the tests).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    Bot,
    Queued,
    Offered,
    Active,
    Hold,
    Snoozed,
    WrapUp,
    Closed,
}

impl ConversationState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Queued => "queued",
            Self::Offered => "offered",
            Self::Active => "active",
            Self::Hold => "hold",
            Self::Snoozed => "snoozed",
            Self::WrapUp => "wrap_up",
            Self::Closed => "closed",
        }
    }

    pub const ALL: [Self; 8] =
        [Self::Bot, Self::Queued, Self::Offered, Self::Active, Self::Hold, Self::Snoozed, Self::WrapUp, Self::Closed];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// So many messages are remembered of which an edit came first.
const MOST_AHEAD: usize = 64;

/// One conversation, from opening to closing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    pub id: ConversationId,
    pub state: ConversationState,
    pub owner: Owner,
    pub queue: QueueId,
    pub opened_at: Timestamp,
    pub enqueued_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub last_message: Option<LastMessage>,
    pub waiting_since: Option<Timestamp>,
    pub unanswered: i64,
    /// Messages of the customer in this conversation.
    #[serde(default)]
    pub inbound: i64,
    /// Of these, how many the owner has read; a reply reads all.
    #[serde(default)]
    pub read: i64,
    /// The last of them; `None` also where a version before this one wrote the state.
    #[serde(default)]
    pub last_inbound: Option<MessageId>,
    /// The customer edited something since the owner's read mark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
    /// The agent who has it, or had it last.
    #[serde(default)]
    pub last_agent: Option<AgentId>,
    /// The offer or assignment whose clock runs: held out and not taken, or taken and not answered.
    pub clock: Option<OfferId>,
    /// Of an assignment whose clock runs: until when. `None` also where a version before this one set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_clock: Option<ReplyClock>,
    /// What stopped it: if all of that fails, it begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Agents who just missed or declined it, until when.
    pub excluded: Vec<(AgentId, Timestamp)>,
    /// Those of them who missed it, until when they are not asked even where nobody else can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<(AgentId, Timestamp)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastMessage {
    pub id: MessageId,
    pub at: Timestamp,
    pub direction: Direction,
}

/// The state of a conversation actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub id: ThreadId,
    /// `None` until the first commit.
    pub number: Option<NumberId>,
    pub contact: Option<ContactId>,
    /// Rises by exactly one at each change of owner, for ever (B2).
    pub owner_epoch: i64,
    /// The latest episode, open or closed.
    pub episode: Option<Episode>,
    /// When the service window closes: 24 hours after what the customer said last.
    pub window_until: Option<Timestamp>,
    /// What the provider said before there was a conversation is shown in the one that is opened next, which has this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upcoming: Option<ConversationId>,
    /// Messages that were recorded from their edit, the oldest first: what they said at first may still come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ahead: Vec<MessageId>,
    /// What people said lately of messages whose fate was not known, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<SettledMessage>,
    /// The instant of the last event; `now` of a decision is never before it (B5).
    pub last_event_at: Timestamp,
}

impl Thread {
    /// A thread nobody has written in yet.
    pub fn fresh(id: ThreadId) -> Self {
        Self {
            id,
            number: None,
            contact: None,
            owner_epoch: 0,
            episode: None,
            window_until: None,
            upcoming: None,
            ahead: Vec::new(),
            settled: Vec::new(),
            last_event_at: Timestamp::default(),
        }
    }

    /// The open conversation, if there is one.
    pub fn open_episode(&self) -> Option<&Episode> {
        self.episode.as_ref().filter(|episode| episode.state != ConversationState::Closed)
    }

    pub fn owner(&self) -> &Owner {
        self.episode.as_ref().map_or(&Owner::Nobody, |episode| &episode.owner)
    }

    /// Total: history is never refused. `at` is the instant of the event's commit.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        self.last_event_at = self.last_event_at.max(at);
        match event {
            Event::ThreadStarted { number, contact } => {
                self.number = Some(*number);
                self.contact = Some(*contact);
            }
            Event::ConversationOpened { conversation } => {
                self.upcoming = None;
                self.episode = Some(Episode {
                    id: *conversation,
                    state: ConversationState::Queued,
                    owner: Owner::Nobody,
                    // Corrected by the change of owner that every opening carries.
                    queue: QueueId(uuid::Uuid::nil()),
                    opened_at: at,
                    enqueued_at: at,
                    closed_at: None,
                    last_message: None,
                    waiting_since: None,
                    unanswered: 0,
                    inbound: 0,
                    read: 0,
                    last_inbound: None,
                    edited: false,
                    last_agent: None,
                    clock: None,
                    reply_clock: None,
                    answer: None,
                    excluded: Vec::new(),
                    pauses: Vec::new(),
                });
            }
            Event::ConversationReopened { .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.closed_at = None;
                    episode.enqueued_at = at;
                    episode.excluded.clear();
                    episode.pauses.clear();
                }
            }
            Event::OwnerChanged { to, clock, .. } => self.change_owner(to, *clock),
            Event::MessageReceived { message, window_until, .. } => {
                self.window_until = self.window_until.max(Some(Timestamp(*window_until)));
                if let Some(episode) = &mut self.episode {
                    episode.last_message = Some(LastMessage { id: *message, at, direction: Direction::Inbound });
                    episode.waiting_since.get_or_insert(at);
                    episode.unanswered += 1;
                    episode.inbound += 1;
                    episode.last_inbound = Some(*message);
                }
            }
            Event::ReplyQueued { message, .. } | Event::MessageEchoed { message, .. } => {
                if let Some(episode) = &mut self.episode {
                    // What was said with the phone has gone out.
                    let is_certain = matches!(event, Event::MessageEchoed { .. });
                    episode.answer = if is_certain { None } else { episode.answered_by(*message) };
                    episode.last_message = Some(LastMessage { id: *message, at, direction: Direction::Outbound });
                    episode.waiting_since = None;
                    episode.unanswered = 0;
                    episode.read = episode.inbound;
                    episode.edited = false;
                    // What was said with the phone takes nobody's offer: its clock runs on.
                    if !matches!(episode.owner, Owner::Offered { .. }) {
                        (episode.clock, episode.reply_clock) = (None, None);
                    }
                }
            }
            Event::ReplyClockSet { offer, clock, .. } => {
                if let Some(episode) = &mut self.episode {
                    (episode.clock, episode.reply_clock) = (Some(*offer), Some(*clock));
                }
            }
            Event::ReplyFailed { message, .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.answer_failed(*message);
                }
            }
            Event::MessageQueued { message, .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.last_message = Some(LastMessage { id: *message, at, direction: Direction::Outbound });
                }
            }
            Event::ConversationClosed { .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.closed_at = Some(at);
                    episode.waiting_since = None;
                }
            }
            Event::OfferEnded { agent, how, .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.exclude(*agent, *how, at);
                }
            }
            Event::ReadUpTo { inbound, .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.read = episode.read.max((*inbound).min(episode.inbound));
                    episode.edited = false;
                }
            }
            Event::MessageSettled { message, settled, resent, .. } => {
                let settled = SettledMessage { message: *message, settled: *settled, resent: *resent };
                settled.remembered_in(&mut self.settled);
            }
            Event::NoticeReceived { conversation, .. } => {
                if self.episode.is_none() {
                    self.upcoming = Some(*conversation);
                }
            }
            Event::EditedAhead { message } => {
                if self.ahead.len() == MOST_AHEAD {
                    self.ahead.remove(0);
                }
                self.ahead.push(*message);
            }
            Event::MessageChanged { message } => self.ahead.retain(|ahead| ahead != message),
            Event::EditNoticed { .. } => {
                if let Some(episode) = &mut self.episode {
                    episode.edited = true;
                }
            }
            Event::IdentifiersLinked { .. } | Event::PossibleDuplicate { .. } | Event::ReactionQueued { .. } => {}
        }
    }

    fn change_owner(&mut self, to: &Owner, clock: Option<OfferId>) {
        self.owner_epoch += 1;
        let Some(episode) = &mut self.episode else { return };
        episode.owner = to.clone();
        episode.last_agent = to.agent().or(episode.last_agent);
        (episode.clock, episode.reply_clock, episode.answer) = (clock, None, None);
        episode.state = match to {
            Owner::Nobody => ConversationState::Closed,
            Owner::Bot { .. } => ConversationState::Bot,
            Owner::Queue { .. } => ConversationState::Queued,
            Owner::Offered { .. } => ConversationState::Offered,
            Owner::Agent { .. } => ConversationState::Active,
        };
        if let Owner::Queue { queue } | Owner::Offered { queue, .. } = to {
            episode.queue = *queue;
        }
    }
}

impl Episode {
    /// Messages of the customer since the owner's read mark; an edit of older ones counts as one.
    pub fn unread(&self) -> i64 {
        (self.inbound - self.read).clamp(0, self.unanswered).max(i64::from(self.edited))
    }

    /// Whether `agent` says what of it was read: its owner, and of a closed one that was edited since, who had it last.
    pub(super) fn is_read_by(&self, agent: AgentId) -> bool {
        let closed = self.state == ConversationState::Closed;
        if closed { self.edited && self.last_agent == Some(agent) } else { self.owner.agent() == Some(agent) }
    }

    /// Who let it pass is not offered it again for a while.
    fn exclude(&mut self, agent: AgentId, how: OfferEnd, at: Timestamp) {
        let (span, pause) = match how {
            OfferEnd::Declined => (DECLINE_EXCLUDES, None),
            OfferEnd::TimedOut | OfferEnd::NotAnswered => (MISS_EXCLUDES, Some(MISS_PAUSES)),
            OfferEnd::AgentGone => return,
        };
        self.excluded.retain(|(excluded, until)| *excluded != agent && *until > at);
        self.excluded.push((agent, at.plus(span)));
        let excluded = &self.excluded;
        self.pauses.retain(|(paused, _)| *paused != agent && excluded.iter().any(|(still, _)| still == paused));
        self.pauses.extend(pause.map(|pause| (agent, at.plus(pause))));
    }
}
