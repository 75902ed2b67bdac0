//! The records themselves, one per table.

use super::Reaction;
use dashoffice_domain::channel::media::{KeptMedia, MediaFailure, MediaJob, MediaState, WantedMedia};
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{Outgoing, SendError, SendState};
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::channel::{SendPlace, SendRow, WaitingSend};
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::{MessageContext, Version};
use dashoffice_domain::conversation::identity::Address;
use dashoffice_domain::conversation::marketing::Marketing;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{MessageChange, MessageRow};
use dashoffice_domain::ids::{AgentId, AppId, ContactId, ConversationId, MessageId, NumberId, ThreadId};
use dashoffice_domain::ports::{InboxRow, InboxSource};
use dashoffice_domain::routing::{AgentView, Chosen, Connection};
use dashoffice_domain::{Entity, Timestamp};
use uuid::Uuid;

/// The two counters of a tenant: what was committed, and what came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) position: i64,
    pub(crate) inbox_position: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct StateRecord {
    pub(crate) sequence: i64,
    pub(crate) schema_version: i64,
    pub(crate) body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct InboxRecord {
    pub(crate) source: InboxSource,
    pub(crate) received_at: Timestamp,
    pub(crate) tries: i64,
    pub(crate) correlation: Uuid,
    pub(crate) held: bool,
    pub(crate) suspect: Option<String>,
}

impl InboxRecord {
    /// Of a row that is there and that a commit consumes: what else stands in it nobody asks.
    pub(crate) fn taken() -> Self {
        Self {
            source: InboxSource::Provider { number: NumberId(Uuid::nil()), raw: Vec::new() },
            received_at: Timestamp::default(),
            tries: 0,
            correlation: Uuid::nil(),
            held: false,
            suspect: None,
        }
    }

    pub(crate) fn at(&self, position: i64) -> InboxRow {
        InboxRow {
            position,
            source: self.source.clone(),
            received_at: self.received_at,
            tries: self.tries,
            correlation: self.correlation,
            suspect: self.suspect.clone(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TimerRecord {
    pub(crate) token: Uuid,
    pub(crate) due_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct ResultRecord {
    pub(crate) fingerprint: [u8; 32],
    pub(crate) answer: Vec<u8>,
    pub(crate) at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContactRecord {
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) seen_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadRecord {
    pub(crate) number: NumberId,
    pub(crate) contact: ContactId,
    pub(crate) created_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct AddressRecord {
    pub(crate) thread: ThreadId,
    pub(crate) contact: ContactId,
    /// When its owner was last seen on it, by writing or as an answer of the provider's named them; of many times not each is written.
    pub(crate) seen_at: Timestamp,
    /// Since when it is not theirs any more.
    pub(crate) retired_at: Option<Timestamp>,
}

impl AddressRecord {
    /// As identity knows it.
    pub(crate) fn known_as(&self, identifier: &Identifier) -> Address {
        Address { identifier: identifier.clone(), seen_at: self.seen_at, retired_at: self.retired_at }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct MessageRecord {
    pub(crate) thread: ThreadId,
    pub(crate) conversation: ConversationId,
    pub(crate) number: NumberId,
    pub(crate) direction: Direction,
    pub(crate) status: Status,
    /// `None`: not read for this batch, and not changed by it.
    pub(crate) content: Option<Content>,
    pub(crate) provider_message_id: Option<String>,
    pub(crate) reply_to: Option<String>,
    pub(crate) author: Option<AgentId>,
    pub(crate) said_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
    /// Of the commit that recorded it.
    pub(crate) position: i64,
    /// How many events the message has had of its own (A8).
    pub(crate) sequence: i64,
    pub(crate) error: Option<SendError>,
    pub(crate) reactions: Vec<Reaction>,
    /// The message it reacts to: then it is shown on that one alone.
    pub(crate) reaction_to: Option<MessageId>,
    /// When the edit was made that it says now.
    pub(crate) edited_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) pricing: Option<Pricing>,
    /// Empty also where it was not read for this batch: it never changes.
    pub(crate) context: MessageContext,
    /// What it said before, the oldest first; read and written with the content.
    pub(crate) versions: Vec<Version>,
}

impl MessageRecord {
    pub(crate) fn of(row: &MessageRow, position: i64) -> Self {
        Self {
            thread: row.thread,
            conversation: row.conversation,
            number: row.number,
            direction: row.direction,
            status: row.status,
            content: Some(row.content.clone()),
            provider_message_id: row.provider_message_id.clone(),
            reply_to: row.reply_to.clone(),
            author: row.author,
            said_at: row.said_at,
            recorded_at: row.recorded_at,
            position,
            sequence: 0,
            error: None,
            reactions: Vec::new(),
            reaction_to: match &row.content {
                Content::Reaction { message, .. } => Some(*message),
                _ => None,
            },
            edited_at: None,
            revoked_at: None,
            pricing: None,
            context: row.context.clone(),
            versions: Vec::new(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct OutboxRecord {
    pub(crate) outgoing: Outgoing,
    pub(crate) state: SendState,
    pub(crate) attempts: i64,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) error: Option<SendError>,
    pub(crate) changed_at: Timestamp,
    /// Of the commit that queued it, and its place within that commit.
    pub(crate) position: i64,
    pub(crate) ordinal: i64,
}

impl OutboxRecord {
    pub(crate) const fn place(&self) -> SendPlace {
        SendPlace { position: self.position, ordinal: self.ordinal }
    }

    /// The row as far as its turn is concerned; its message was said at `queued_at`.
    pub(crate) fn waiting(&self, queued_at: Timestamp) -> WaitingSend {
        WaitingSend {
            outgoing: self.outgoing.clone(),
            place: self.place(),
            state: self.state,
            not_before: self.not_before,
            queued_at,
            changed_at: self.changed_at,
        }
    }

    /// The row as delivery reads it.
    pub(crate) fn with(
        &self,
        content: Content,
        reply_to: Option<String>,
        queued_at: Timestamp,
        to: Vec<Identifier>,
    ) -> SendRow {
        SendRow {
            outgoing: self.outgoing.clone(),
            state: self.state,
            attempts: self.attempts,
            not_before: self.not_before,
            to,
            content,
            reply_to,
            queued_at,
            changed_at: self.changed_at,
        }
    }
}

/// A message's file, from the order to fetch it to its end (A9).
#[derive(Clone, Debug)]
pub(crate) struct MediaRecord {
    pub(crate) wanted: WantedMedia,
    pub(crate) state: MediaState,
    pub(crate) attempts: i64,
    pub(crate) tries: i64,
    pub(crate) due_at: Timestamp,
    pub(crate) failure: Option<MediaFailure>,
    pub(crate) file: Option<KeptMedia>,
    pub(crate) changed_at: Timestamp,
}

impl MediaRecord {
    pub(crate) fn of(wanted: &WantedMedia) -> Self {
        Self {
            wanted: wanted.clone(),
            state: MediaState::Wanted,
            attempts: 0,
            tries: 0,
            due_at: wanted.wanted_at,
            failure: None,
            file: None,
            changed_at: wanted.wanted_at,
        }
    }

    /// As who fetches it reads it; nothing once it has come to its end.
    pub(crate) fn job(&self) -> Option<MediaJob> {
        (self.state == MediaState::Wanted).then(|| MediaJob {
            wanted: self.wanted.clone(),
            attempts: self.attempts,
            tries: self.tries,
            due_at: self.due_at,
        })
    }
}

/// The news of a message nobody knows yet, merged into one (A8).
#[derive(Clone, Debug)]
pub(crate) struct EarlyRecord {
    pub(crate) status: Status,
    pub(crate) at: Timestamp,
    pub(crate) error: Option<SendError>,
    pub(crate) pricing: Option<Pricing>,
    /// With a failure: the trouble is the number's or its account's.
    pub(crate) stops: Option<StopReason>,
    /// What the provider calls the customer.
    pub(crate) recipient: Option<Identifier>,
    pub(crate) seen_at: Timestamp,
}

/// The changes of a message of a thread that is not here yet, in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct EarlyChangeRecord {
    pub(crate) changes: Vec<MessageChange>,
    pub(crate) seen_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct RawRecord {
    pub(crate) tenant: Uuid,
    pub(crate) number: Option<NumberId>,
    pub(crate) app: Option<AppId>,
    pub(crate) number_ref: Option<String>,
    /// Of an item: its key within its number.
    pub(crate) item_key: Option<String>,
    pub(crate) correlation: Option<Uuid>,
    /// News of the account: of which kind, and of which account.
    pub(crate) news: Option<String>,
    pub(crate) account_ref: Option<String>,
    pub(crate) reason: String,
    pub(crate) raw: Vec<u8>,
    pub(crate) kept_at: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct DeadRecord {
    pub(crate) item: InboxRecord,
    pub(crate) entity: Option<Entity>,
    pub(crate) reason: String,
    pub(crate) detail: String,
    pub(crate) parked_at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct StartRecord {
    pub(crate) started_at: Timestamp,
    pub(crate) stopped_at: Option<Timestamp>,
}

/// What routing reads of an agent.
#[derive(Clone, Debug)]
pub(crate) struct AgentRecord {
    pub(crate) chosen: Chosen,
    pub(crate) reason: Option<String>,
    pub(crate) since: Timestamp,
    pub(crate) capacity_units: i64,
    pub(crate) last_assigned_at: Option<Timestamp>,
    pub(crate) last_release_at: Option<Timestamp>,
    pub(crate) misses: i64,
}

impl AgentRecord {
    /// Somebody who has not said or done anything yet.
    pub(crate) fn fresh(capacity_units: i64, since: Timestamp) -> Self {
        Self {
            chosen: Chosen::Offline,
            reason: None,
            since,
            capacity_units,
            last_assigned_at: None,
            last_release_at: None,
            misses: 0,
        }
    }

    /// The agent as routing sees them before any socket is there.
    pub(crate) fn view(&self) -> AgentView {
        AgentView {
            chosen: self.chosen,
            connection: Connection::Gone,
            capacity_units: self.capacity_units,
            last_release_at: self.last_release_at,
            last_assigned_at: self.last_assigned_at,
            misses: self.misses,
        }
    }
}

/// What a customer said about marketing of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MarketingRecord {
    pub(crate) wants: Marketing,
    pub(crate) said_at: Timestamp,
}

/// How far a thread was read, for the provider to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadMarkRecord {
    pub(crate) number: NumberId,
    pub(crate) message: MessageId,
}
