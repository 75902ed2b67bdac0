//! What becomes of a message of which nobody knows whether it arrived: a person says so, or says it again (A7).

use super::decide::Done;
use super::draft::Draft;
use super::speech::ReplyCommand;
use super::state::Thread;
use crate::channel;
use crate::conversation::Event;
use crate::conversation::content::Content;
use crate::conversation::message::Settled;
use crate::ids::{AgentId, ConversationId, MessageId};
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// So many are remembered, so that none is settled by two people or said again twice. Of older ones their status tells.
const MOST_REMEMBERED: usize = 32;

/// `by`, who owns the open conversation, has asked the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettleCommand {
    pub by: AgentId,
    /// A message of this thread that was `unknown` when they asked, and the conversation it is in.
    pub message: MessageId,
    pub conversation: ConversationId,
    pub arrived: bool,
}

/// `by`, who owns the open conversation, says once more what failed or may not have arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResendCommand {
    pub by: AgentId,
    /// A message of this thread that was `failed` or `unknown` when they asked, and the conversation it is in.
    pub of: MessageId,
    pub conversation: ConversationId,
    /// The id the new message will have, unless it was said again before.
    pub message: MessageId,
    /// What the old one says.
    pub content: Content,
    /// The provider's id of the message that the old one answers.
    pub reply_to: Option<String>,
}

/// What a person said of a message; `resent` is the one that says it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledMessage {
    pub message: MessageId,
    pub settled: Settled,
    pub resent: Option<MessageId>,
}

impl SettledMessage {
    pub(super) fn remembered_in(self, known: &mut Vec<Self>) {
        known.retain(|other| other.message != self.message);
        if known.len() == MOST_REMEMBERED {
            known.remove(0);
        }
        known.push(self);
    }
}

impl Thread {
    pub(super) fn settle(&self, draft: &mut Draft, settle: &SettleCommand) -> Result<Done, Refusal> {
        self.held_by(settle.by)?;
        if self.settled(settle.message).is_some() {
            return Err(Refusal::NOT_UNKNOWN);
        }
        let &SettleCommand { by, message, conversation, arrived } = settle;
        let settled = if arrived { Settled::Sent } else { Settled::Failed };
        draft.push(Event::MessageSettled { conversation, message, settled, resent: None, by });
        draft.row(channel::Row::SendSettled { thread: self.id, message, settled });
        Ok(Done::Settled { conversation, message })
    }

    /// One commit: the old message is given up, and the new one waits for its turn. Asked twice, it is said again once.
    pub(super) fn resend(&self, draft: &mut Draft, resend: &ResendCommand) -> Result<Done, Refusal> {
        let (episode, _) = self.held_by(resend.by)?;
        match self.settled(resend.of) {
            Some(SettledMessage { resent: Some(message), .. }) => {
                return Ok(Done::Queued { conversation: episode.id, message });
            }
            Some(SettledMessage { settled: Settled::Sent, .. }) => return Err(Refusal::NOT_FAILED),
            _ => {}
        }
        let ResendCommand { by, of, conversation, message, content, reply_to } = resend.clone();
        let settled = Settled::Resent;
        draft.push(Event::MessageSettled { conversation, message: of, settled, resent: Some(message), by });
        draft.row(channel::Row::SendSettled { thread: self.id, message: of, settled });
        self.reply(draft, &ReplyCommand { by, message, content, reply_to })
    }

    fn settled(&self, message: MessageId) -> Option<SettledMessage> {
        self.settled.iter().find(|known| known.message == message).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{arrived, believe, held_by_ana, id, noon};
    use super::super::{Command, Decided};
    use super::*;
    use crate::channel::outgoing::Outgoing;
    use crate::conversation::Row;
    use crate::time::{Span, Timestamp};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const ANA: u128 = 101;

    fn settle(by: u128, message: u128, arrived: bool) -> Command {
        Command::Settle(SettleCommand { by: id(by), message: id(message), conversation: id(2001), arrived })
    }

    fn resend(by: u128, of: u128, message: u128) -> Command {
        let content = Content::text("claro");
        let reply_to = Some("wamid.1".to_owned());
        let (by, of, message) = (id(by), id(of), id(message));
        Command::Resend(Box::new(ResendCommand { by, of, conversation: id(2001), message, content, reply_to }))
    }

    fn settled_in(decided: &Decided) -> Vec<(MessageId, Settled)> {
        let rows = decided.rows.iter().filter_map(|row| match row {
            crate::Row::Channel(channel::Row::SendSettled { message, settled, .. }) => Some((*message, *settled)),
            _ => None,
        });
        rows.collect()
    }

    fn queued_in(decided: &Decided) -> Vec<MessageId> {
        let rows = decided.rows.iter().filter_map(|row| match row {
            crate::Row::Channel(channel::Row::SendQueued(Outgoing { message, .. })) => Some(*message),
            _ => None,
        });
        rows.collect()
    }

    #[test]
    fn only_who_may_reply_settles_or_says_again() {
        let mut thread = held_by_ana();
        for command in [settle(102, 9, true), resend(102, 9, 10)] {
            assert_eq!(thread.decide(&command, noon()), Err(Refusal::NOT_OWNER));
        }
        let closed = thread.decide(&Command::Close { by: id(ANA), seen: None }, noon()).expect("hers");
        believe(&mut thread, &closed, noon());
        for command in [settle(ANA, 9, true), resend(ANA, 9, 10)] {
            assert_eq!(thread.decide(&command, noon()), Err(Refusal::NOT_OPEN));
        }
    }

    #[test]
    fn a7_what_was_settled_is_not_settled_otherwise() {
        for arrived in [true, false] {
            let mut thread = held_by_ana();
            let decided = thread.decide(&settle(ANA, 9, arrived), noon()).expect("hers");
            assert_eq!(queued_in(&decided), [], "nothing is posted for it");
            assert_eq!(settled_in(&decided), [(id(9), if arrived { Settled::Sent } else { Settled::Failed })]);
            believe(&mut thread, &decided, noon());
            for again in [true, false] {
                assert_eq!(thread.decide(&settle(ANA, 9, again), noon()), Err(Refusal::NOT_UNKNOWN));
            }
            assert_eq!(thread.decide(&resend(ANA, 9, 10), noon()).err(), arrived.then_some(Refusal::NOT_FAILED));
        }
    }

    #[test]
    fn a7_saying_it_again_gives_the_old_one_up_and_queues_a_new_one_once() {
        let mut thread = held_by_ana();
        let decided = thread.decide(&resend(ANA, 9, 10), noon()).expect("hers");
        assert_eq!((settled_in(&decided), queued_in(&decided)), (vec![(id(9), Settled::Resent)], vec![id(10)]));
        let said = decided.rows.iter().find_map(|row| match row {
            crate::Row::Conversation(Row::Message(message)) => {
                Some((message.content.clone(), message.reply_to.clone()))
            }
            _ => None,
        });
        assert_eq!(said, Some((Content::text("claro"), Some("wamid.1".to_owned()))));
        believe(&mut thread, &decided, noon());
        let again = thread.decide(&resend(ANA, 9, 11), noon()).expect("hers");
        assert_eq!(again.done, Some(Done::Queued { conversation: id(2001), message: id(10) }));
        assert_eq!((again.events, again.rows), (vec![], vec![]));
    }

    #[test]
    fn what_may_not_be_said_now_leaves_the_old_one_as_it_was() {
        let thread = held_by_ana();
        let late = noon().plus(Span::hours(24));
        assert_eq!(thread.decide(&resend(ANA, 9, 10), late), Err(Refusal::SERVICE_WINDOW_CLOSED));
        assert!(thread.decide(&settle(ANA, 9, false), late).is_ok(), "but what became of it may be said at any time");
    }

    #[test]
    fn c2_a_state_of_before_anything_could_be_settled_is_read() {
        let mut old = serde_json::to_value(held_by_ana()).expect("JSON");
        assert!(old.as_object_mut().is_some_and(|fields| fields.remove("settled").is_none()), "nor is it written");
        assert_eq!(serde_json::from_value::<Thread>(old).expect("it reads"), held_by_ana());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_latest() {
        let mut thread = held_by_ana();
        for message in 0..100 {
            let decided = thread.decide(&settle(ANA, message, true), noon()).expect("hers");
            believe(&mut thread, &decided, noon());
        }
        assert_eq!(thread.settled.len(), MOST_REMEMBERED);
        assert_eq!(thread.settled(id(99)).map(|known| known.settled), Some(Settled::Sent));
        assert_eq!(thread.settled(id(0)), None);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Settles { by: u128, message: u128, arrived: bool },
        Resends { by: u128, of: u128 },
        CustomerWrites,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let who = prop_oneof![9 => Just(ANA), 1 => Just(102)];
        prop_oneof![
            (who.clone(), 0..40u128, any::<bool>()).prop_map(|(by, message, arrived)| Step::Settles {
                by,
                message,
                arrived
            }),
            (who, 0..40u128).prop_map(|(by, of)| Step::Resends { by, of }),
            Just(Step::CustomerWrites),
        ]
    }

    proptest! {
        #[test]
        fn a7_whatever_people_say_each_message_is_posted_once_and_said_again_once(
            steps in prop::collection::vec(any_step(), 1..30)
        ) {
            let mut thread = held_by_ana();
            let mut replayed = thread.clone();
            let mut queued: Vec<MessageId> = Vec::new();
            let mut again: BTreeMap<u128, MessageId> = BTreeMap::new();
            let now: Timestamp = noon();
            for (n, step) in steps.iter().enumerate() {
                let n = n as u128;
                let decided = match step {
                    Step::Settles { by, message, arrived } => thread.decide(&settle(*by, *message, *arrived), now),
                    Step::Resends { by, of } => thread.decide(&resend(*by, *of, 100 + n), now),
                    Step::CustomerWrites => Ok(thread.receive(&arrived(10 + n, now), now)),
                };
                let Ok(decided) = decided else { continue };
                for message in queued_in(&decided) {
                    prop_assert!(!queued.contains(&message), "A7: nothing is put into the outbox twice");
                    queued.push(message);
                }
                if let (Step::Resends { of, .. }, Some(Done::Queued { message, .. })) = (step, &decided.done) {
                    prop_assert_eq!(*again.entry(*of).or_insert(*message), *message, "said again once, however often asked");
                }
                believe(&mut thread, &decided, now);
                believe(&mut replayed, &decided, now);
            }
            prop_assert_eq!(replayed, thread);
        }
    }
}
