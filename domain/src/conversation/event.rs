//! What happened in a thread.

use super::message::Settled;
use super::{Owner, ReplyClock};
use crate::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, OfferId, ThreadId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    ThreadStarted {
        number: NumberId,
        contact: ContactId,
    },
    IdentifiersLinked {
        count: u32,
    },
    PossibleDuplicate {
        of: ThreadId,
    },
    ConversationOpened {
        conversation: ConversationId,
    },
    ConversationReopened {
        conversation: ConversationId,
    },
    /// The only event that changes the owner; its envelope carries the epoch that begins with it (I12, I17).
    OwnerChanged {
        conversation: ConversationId,
        from: Owner,
        to: Owner,
        reason: OwnerReason,
        /// The offer whose clock begins to run with it.
        #[serde(default)]
        clock: Option<OfferId>,
    },
    /// `window_until` is the instant (µs) at which the service window closes after this message.
    MessageReceived {
        conversation: ConversationId,
        message: MessageId,
        window_until: i64,
    },
    /// The provider said something of the customer. `conversation` is the one it is shown in: the latest, or where there is none yet,
    /// the one that will be opened next.
    NoticeReceived {
        conversation: ConversationId,
        message: MessageId,
    },
    MessageChanged {
        message: MessageId,
    },
    /// `message` was recorded from its edit: what it said before may still come.
    EditedAhead {
        message: MessageId,
    },
    /// The customer edited something after it was read or answered: whoever has `conversation` is to look again.
    EditNoticed {
        conversation: ConversationId,
    },
    /// A message of ours that was sent by the phone itself.
    MessageEchoed {
        conversation: ConversationId,
        message: MessageId,
    },
    ReplyQueued {
        conversation: ConversationId,
        message: MessageId,
        by: Option<AgentId>,
    },
    /// `by`, who need not have the conversation, said something beside its owner: it answers nobody, and clocks and marks stay.
    MessageQueued {
        conversation: ConversationId,
        message: MessageId,
        by: AgentId,
    },
    /// `by` reacts to the message `to`, or takes that back; `message` is what is sent for it.
    ReactionQueued {
        conversation: ConversationId,
        message: MessageId,
        to: MessageId,
        by: AgentId,
    },
    /// The reply clock of the assignment `offer` begins, or runs otherwise from now on.
    ReplyClockSet {
        conversation: ConversationId,
        offer: OfferId,
        clock: ReplyClock,
    },
    /// A reply that had stopped the clock failed for good; where nothing else did, the customer waits as before.
    ReplyFailed {
        conversation: ConversationId,
        message: MessageId,
    },
    ConversationClosed {
        conversation: ConversationId,
        by: Option<AgentId>,
    },
    /// An offer ended without being accepted, or an assigned chat was taken back for want of a reply.
    OfferEnded {
        conversation: ConversationId,
        offer: OfferId,
        agent: AgentId,
        how: OfferEnd,
    },
    /// The owner has read the first `inbound` messages of the customer, up to `message`.
    ReadUpTo {
        conversation: ConversationId,
        message: MessageId,
        inbound: i64,
        by: AgentId,
    },
    /// `by` said what became of `message`, of which nobody knew whether it had arrived, or said it again as `resent`.
    MessageSettled {
        conversation: ConversationId,
        message: MessageId,
        settled: Settled,
        #[serde(default)]
        resent: Option<MessageId>,
        by: AgentId,
    },
}

/// Why an owner changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerReason {
    Opened,
    Reopened,
    Assigned,
    Picked,
    Transferred,
    Closed,
    /// Held out to an agent.
    Offered,
    /// Taken by the one it was held out to.
    Accepted,
    /// Back to the queue: declined, missed, or not answered in time.
    TakenBack,
    /// Back to the queue: the agent has been disconnected for too long.
    Disconnected,
}

/// How an offer ended that nobody accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    Declined,
    /// Held out for too long.
    TimedOut,
    /// Assigned, and no reply came in time.
    NotAnswered,
    /// The agent lost their last socket.
    AgentGone,
}

impl Event {
    /// The names of all kinds.
    pub const KINDS: &'static [&'static str] = &[
        "thread_started",
        "identifiers_linked",
        "possible_duplicate",
        "conversation_opened",
        "conversation_reopened",
        "owner_changed",
        "message_received",
        "notice_received",
        "message_changed",
        "edited_ahead",
        "edit_noticed",
        "message_echoed",
        "reply_queued",
        "message_queued",
        "reaction_queued",
        "reply_clock_set",
        "reply_failed",
        "conversation_closed",
        "offer_ended",
        "read_up_to",
        "message_settled",
    ];

    /// The name of the kind, as it stands in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ThreadStarted { .. } => "thread_started",
            Self::IdentifiersLinked { .. } => "identifiers_linked",
            Self::PossibleDuplicate { .. } => "possible_duplicate",
            Self::ConversationOpened { .. } => "conversation_opened",
            Self::ConversationReopened { .. } => "conversation_reopened",
            Self::OwnerChanged { .. } => "owner_changed",
            Self::MessageReceived { .. } => "message_received",
            Self::NoticeReceived { .. } => "notice_received",
            Self::MessageChanged { .. } => "message_changed",
            Self::EditedAhead { .. } => "edited_ahead",
            Self::EditNoticed { .. } => "edit_noticed",
            Self::MessageEchoed { .. } => "message_echoed",
            Self::ReplyQueued { .. } => "reply_queued",
            Self::MessageQueued { .. } => "message_queued",
            Self::ReactionQueued { .. } => "reaction_queued",
            Self::ReplyClockSet { .. } => "reply_clock_set",
            Self::ReplyFailed { .. } => "reply_failed",
            Self::ConversationClosed { .. } => "conversation_closed",
            Self::OfferEnded { .. } => "offer_ended",
            Self::ReadUpTo { .. } => "read_up_to",
            Self::MessageSettled { .. } => "message_settled",
        }
    }

    /// The version of the kind's shape; every kind so far is at its first.
    pub const fn version(&self) -> i64 {
        1
    }
}
