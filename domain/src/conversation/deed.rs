//! What the audit tells of a conversation: who took it, gave it on, closed it, and what people settled or said beside its owner. Replies
//! stand in the conversation itself.

use super::message::Settled;
use super::{Event, OfferEnd, Owner, OwnerReason};
use crate::deed::Deed;
use crate::ids::{AgentId, ConversationId, MessageId};

impl Event {
    /// Nothing for what nobody decided, and for what is told elsewhere.
    pub fn deed(&self) -> Option<Deed> {
        Some(match self {
            Self::OwnerChanged { conversation, to, reason, .. } => given(*conversation, to, *reason)?,
            Self::ConversationClosed { conversation, by: Some(by) } => of(*conversation, "closed").by(by.0),
            Self::OfferEnded { conversation, agent, how: OfferEnd::Declined, .. } => {
                of(*conversation, "declined").by(agent.0)
            }
            Self::MessageSettled { conversation, message, settled, resent, by } => {
                settled_by(*conversation, *message, *settled, *resent, *by)
            }
            Self::MessageQueued { conversation, message, by } => {
                message_of(*conversation, *message, "sent_beside_owner").by(by.0)
            }
            _ => return None,
        })
    }
}

fn of(conversation: ConversationId, what: &'static str) -> Deed {
    Deed::new("conversation", conversation.0, what)
}

fn message_of(conversation: ConversationId, message: MessageId, what: &'static str) -> Deed {
    Deed::new("message", message.0, what).about("conversation_id", conversation.0)
}

/// Whoever takes it is who does it; who gives it to others stands in the envelope.
fn given(conversation: ConversationId, to: &Owner, reason: OwnerReason) -> Option<Deed> {
    let taken = |what| of(conversation, what);
    let deed = match reason {
        OwnerReason::Picked => taken("picked"),
        OwnerReason::Accepted => taken("accepted"),
        OwnerReason::Transferred => taken("transferred"),
        // The close itself, and what the router does, are told of by others or by nobody.
        OwnerReason::Opened
        | OwnerReason::Reopened
        | OwnerReason::Assigned
        | OwnerReason::Closed
        | OwnerReason::Offered
        | OwnerReason::TakenBack
        | OwnerReason::Disconnected => return None,
    };
    Some(match (reason, to) {
        (OwnerReason::Transferred, Owner::Agent { agent }) => deed.about("to_agent_id", agent.0),
        (OwnerReason::Transferred, Owner::Queue { queue }) => deed.about("to_queue_id", queue.0),
        (_, Owner::Agent { agent }) => deed.by(agent.0),
        _ => deed,
    })
}

fn settled_by(
    conversation: ConversationId,
    message: MessageId,
    settled: Settled,
    resent: Option<MessageId>,
    by: AgentId,
) -> Deed {
    let what = match settled {
        Settled::Sent => "settled_as_sent",
        Settled::Failed => "settled_as_failed",
        Settled::Resent => "resent",
    };
    let deed = message_of(conversation, message, what).by(by.0);
    resent.into_iter().fold(deed, |deed, resent| deed.about("resent_as", resent.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::QueueId;
    use uuid::Uuid;

    const CHAT: ConversationId = ConversationId(Uuid::from_u128(1));
    const ANA: AgentId = AgentId(Uuid::from_u128(2));

    fn owned(to: Owner, reason: OwnerReason) -> Option<Deed> {
        Event::OwnerChanged { conversation: CHAT, from: Owner::Nobody, to, reason, clock: None }.deed()
    }

    #[test]
    fn whoever_takes_a_conversation_is_told_of_and_what_the_router_does_is_not() {
        let mine = || Owner::Agent { agent: ANA };
        assert_eq!(owned(mine(), OwnerReason::Picked), Some(of(CHAT, "picked").by(ANA.0)));
        assert_eq!(owned(mine(), OwnerReason::Accepted), Some(of(CHAT, "accepted").by(ANA.0)));
        let queue = QueueId(Uuid::from_u128(3));
        let given = owned(Owner::Queue { queue }, OwnerReason::Transferred);
        assert_eq!(given, Some(of(CHAT, "transferred").about("to_queue_id", queue.0)));
        for reason in [OwnerReason::Assigned, OwnerReason::TakenBack, OwnerReason::Disconnected, OwnerReason::Closed] {
            assert_eq!(owned(mine(), reason), None, "{reason:?}");
        }
    }

    #[test]
    fn what_people_close_decline_and_settle_is_told_of_and_their_replies_are_not() {
        let (message, again) = (MessageId(Uuid::from_u128(4)), MessageId(Uuid::from_u128(5)));
        let closed = |by| Event::ConversationClosed { conversation: CHAT, by }.deed();
        assert_eq!((closed(Some(ANA)), closed(None)), (Some(of(CHAT, "closed").by(ANA.0)), None));
        let resent = Event::MessageSettled {
            conversation: CHAT,
            message,
            settled: Settled::Resent,
            resent: Some(again),
            by: ANA,
        };
        let expected = message_of(CHAT, message, "resent").by(ANA.0).about("resent_as", again.0);
        assert_eq!(resent.deed(), Some(expected));
        assert_eq!(Event::ReplyQueued { conversation: CHAT, message, by: Some(ANA) }.deed(), None);
        let beside = Event::MessageQueued { conversation: CHAT, message, by: ANA }.deed();
        assert_eq!(beside.map(|deed| (deed.kind, deed.what)), Some(("message".to_owned(), "sent_beside_owner")));
    }
}
