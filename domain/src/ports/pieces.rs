//! What a webhook's body is taken apart into, and what reading one of its items comes to.

use crate::channel::number::StopReason;
use crate::channel::outgoing::SendError;
use crate::channel::pricing::Pricing;
use crate::conversation::contact::Identifier;
use crate::conversation::marketing::MarketingChoice;
use crate::conversation::message::Status;
use crate::ids::MessageId;
use crate::item::Inbound;
use crate::time::Timestamp;

/// A piece of a webhook's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Something a customer did; `provider_message_id` is the dedupe key within the number.
    Item { number_ref: String, provider_message_id: String, raw: Vec<u8> },
    /// Boxed: it is several times as large as the others, and a body may have tens of thousands of pieces.
    Status(Box<PieceStatus>),
    /// About the account or one of its numbers, of a kind that is known by name: kept raw and counted.
    News { number_ref: Option<String>, account_ref: Option<String>, kind: String, raw: Vec<u8> },
    /// What a customer told the provider about marketing of this number.
    Marketing { number_ref: String, choice: MarketingChoice },
    /// Understood by nobody yet: kept raw and counted.
    Other { number_ref: Option<String>, what: String, raw: Vec<u8> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceStatus {
    pub number_ref: String,
    pub provider_message_id: String,
    pub message: Option<MessageId>,
    pub status: Status,
    pub at: Timestamp,
    pub error: Option<SendError>,
    /// With a failure: the trouble is the number's or its account's.
    pub stops: Option<StopReason>,
    pub pricing: Option<Pricing>,
    /// The business-scoped id of the customer it speaks of.
    pub recipient: Option<Identifier>,
}

/// The body is not what the provider sends: it is refused whole (400), and nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a webhook body: {0}")]
pub struct Malformed(pub String);

/// What decoding one raw item came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    Understood(Inbound),
    /// Id and sender are readable, the rest is not: shown in its thread as unknown, kept raw.
    Partly(Inbound),
    /// Not even that: kept raw, shown to the operator.
    Unreadable {
        reason: String,
    },
}
