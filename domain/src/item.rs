//! What reaches an actor: something a customer did, a command of a person or a program, or a clock that ran out.

use crate::conversation::Command;
use crate::conversation::contact::Identifier;
use crate::conversation::content::Content;
use crate::conversation::context::MessageContext;
use crate::conversation::identity::Claim;
use crate::ids::{ContactId, ConversationId, MessageId, NumberId, OfferId, QueueId, ThreadId};
use crate::routing::AgentCommand;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One piece of work for one entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    Arrived(Box<Arrived>),
    Command(Command),
    AgentCommand(AgentCommand),
    /// The clock with this token stood still for so long; its timer was moved by the store already (B5).
    ClockStood {
        token: OfferId,
        by_us: Span,
    },
    /// A message of ours failed for good.
    SendFailed {
        message: MessageId,
    },
    /// A durable timer of this kind ran out.
    Due {
        timer: String,
    },
}

/// What a provider's adapter makes of one raw item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// Everything the provider knows this person by; never empty.
    pub identifiers: Vec<Identifier>,
    pub profile_name: Option<String>,
    /// The name they chose to be found by, without `@`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The provider's own notice that they are known otherwise from now on; `identifiers` are then those of before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    pub provider_message_id: String,
    /// The provider's clock: whole seconds, and sometimes wrong.
    pub said_at: Timestamp,
    pub what: Said,
    /// The provider's id of the message this one answers.
    pub reply_to: Option<String>,
    /// What came beside it.
    #[serde(default)]
    pub context: MessageContext,
}

/// A customer has another number or another business-scoped id: the provider says so itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The same as `to` where nothing is said of before.
    pub from: Identifier,
    pub to: Identifier,
}

/// A message of its own, or a change to an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Said {
    Message {
        content: Content,
    },
    /// The provider says something of the customer, who said nothing: it opens nothing, and nobody waits for an answer.
    Notice {
        content: Content,
    },
    /// No emoji: the reaction is taken back.
    Reaction {
        to: String,
        emoji: Option<String>,
    },
    Edit {
        of: String,
        content: Content,
    },
    /// The edit of a message that is not here: it came before it, or alone.
    EditAlone {
        of: String,
        content: Content,
    },
    Revoke {
        of: String,
    },
    /// Said to the customer by us, with the phone itself: the provider shows it to us afterwards. `identifiers` are the customer's.
    Echo {
        what: Box<Said>,
    },
}

impl Said {
    /// Whether the customer did it, and not the provider or we ourselves.
    pub const fn is_the_customers(&self) -> bool {
        !matches!(self, Self::Notice { .. } | Self::Echo { .. })
    }
}

/// An inbound item that has found its thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    pub number: NumberId,
    /// Where a conversation of this number waits for a human.
    pub queue: QueueId,
    pub inbound: Inbound,
    pub received_at: Timestamp,
    pub contact: ContactId,
    /// What this thread's commit says of its addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    pub possible_duplicate: Option<ThreadId>,
    /// Ids of what the decision may create, so that it needs no generator.
    pub message: MessageId,
    pub conversation: ConversationId,
    /// The provider's bytes, where they were not fully understood; kept for 30 days.
    #[serde(default)]
    pub raw: Option<Vec<u8>>,
}
