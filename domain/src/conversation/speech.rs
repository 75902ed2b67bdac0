//! What an agent says: replies of every kind, and reactions to what was said.

use super::FIRST_REPLY;
use super::decide::Done;
use super::draft::Draft;
use super::state::{Episode, Thread};
use crate::channel::outgoing::{Class, Outgoing};
use crate::channel::{self, Capabilities};
use crate::conversation::Event;
use crate::conversation::content::Content;
use crate::conversation::context::MessageContext;
use crate::conversation::message::{Direction, Status};
use crate::conversation::{MessageRow, Row};
use crate::ids::{AgentId, MessageId, NumberId};
use crate::refusal::Refusal;
use crate::routing::Activity;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyCommand {
    pub by: AgentId,
    /// The id the new message will have.
    pub message: MessageId,
    pub content: Content,
    /// The provider's id of the message that is answered.
    pub reply_to: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReactCommand {
    pub by: AgentId,
    /// The id of what is sent for it.
    pub message: MessageId,
    /// The message of this thread that is reacted to, and the provider's id of it.
    pub target: MessageId,
    pub to: String,
    /// `None`: an earlier reaction is taken back.
    pub emoji: Option<String>,
}

impl Thread {
    pub(super) fn reply(&self, draft: &mut Draft, reply: &ReplyCommand) -> Result<Done, Refusal> {
        let (episode, number) = self.held_by(reply.by)?;
        if !matches!(reply.content, Content::Template { .. }) {
            self.must_be_in_window(draft)?;
        }
        must_fit(&reply.content, &draft.channel)?;
        if episode.read < episode.inbound
            && let Some(last) = episode.last_inbound
        {
            draft.mark_read(last);
        }
        draft.push(Event::ReplyQueued { conversation: episode.id, message: reply.message, by: Some(reply.by) });
        if episode.clock.is_some() {
            draft.stop_clock(FIRST_REPLY);
            draft.activity(reply.by, Activity::Answered);
        }
        self.send(draft, number, reply);
        draft.preview(&reply.content);
        Ok(Done::Queued { conversation: episode.id, message: reply.message })
    }

    /// What the owner says is a reply. While no agent has the chat, anybody may say something: it answers nobody, and the customer
    /// goes on waiting for who takes the chat.
    pub(super) fn say(&self, draft: &mut Draft, say: &ReplyCommand) -> Result<Done, Refusal> {
        let episode = self.open_episode().ok_or(Refusal::NOT_OPEN)?;
        if episode.owner.agent().is_some() {
            return self.reply(draft, say);
        }
        let number = self.number.ok_or(Refusal::NOT_OPEN)?;
        if !matches!(say.content, Content::Template { .. }) {
            self.must_be_in_window(draft)?;
        }
        must_fit(&say.content, &draft.channel)?;
        draft.push(Event::MessageQueued { conversation: episode.id, message: say.message, by: say.by });
        self.send(draft, number, say);
        draft.preview(&say.content);
        Ok(Done::Queued { conversation: episode.id, message: say.message })
    }

    /// A reaction answers nobody: clocks and marks stay as they are.
    pub(super) fn react(&self, draft: &mut Draft, react: &ReactCommand) -> Result<Done, Refusal> {
        let (episode, number) = self.held_by(react.by)?;
        self.must_be_in_window(draft)?;
        let (by, message, target) = (react.by, react.message, react.target);
        draft.push(Event::ReactionQueued { conversation: episode.id, message, to: target, by });
        let content = Content::Reaction { message: target, to: react.to.clone(), emoji: react.emoji.clone() };
        self.send(draft, number, &ReplyCommand { by, message, content, reply_to: None });
        Ok(Done::Reacted { conversation: episode.id, message: target })
    }

    pub(super) fn held_by(&self, agent: AgentId) -> Result<(&Episode, NumberId), Refusal> {
        let episode = self.open_episode().ok_or(Refusal::NOT_OPEN)?;
        if episode.owner.agent() != Some(agent) {
            return Err(Refusal::NOT_OWNER);
        }
        Ok((episode, self.number.ok_or(Refusal::NOT_OPEN)?))
    }

    fn must_be_in_window(&self, draft: &Draft) -> Result<(), Refusal> {
        if self.window_until.is_none_or(|until| draft.now >= until) {
            return Err(Refusal::SERVICE_WINDOW_CLOSED);
        }
        Ok(())
    }

    /// The message and its place in the outbox.
    fn send(&self, draft: &mut Draft, number: NumberId, said: &ReplyCommand) {
        let Some(episode) = self.open_episode() else { return };
        draft.row(Row::Message(Box::new(MessageRow {
            id: said.message,
            thread: self.id,
            conversation: episode.id,
            number,
            direction: Direction::Outbound,
            status: Status::Queued,
            content: said.content.clone(),
            provider_message_id: None,
            reply_to: said.reply_to.clone(),
            author: Some(said.by),
            said_at: draft.now,
            recorded_at: draft.now,
            context: MessageContext::default(),
        })));
        draft.row(channel::Row::SendQueued(Outgoing {
            message: said.message,
            number,
            thread: self.id,
            class: Class::Agent,
            owner_epoch: self.owner_epoch,
        }));
    }
}

fn must_fit(content: &Content, channel: &Capabilities) -> Result<(), Refusal> {
    match content {
        Content::Text { body } if body.trim().is_empty() => Err(Refusal::EMPTY),
        Content::Text { body } if body.chars().count() > channel.longest_text => Err(Refusal::TOO_LONG),
        Content::Media(media) => {
            let caption = media.caption.as_deref().unwrap_or_default();
            if caption.chars().count() > channel.longest_caption { Err(Refusal::TOO_LONG) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{arrived, believe, held_by_ana, id, noon};
    use super::super::{Command, Decided};
    use super::*;
    use crate::conversation::content::{Media, MediaKind};
    use crate::time::{Span, Timestamp};

    fn says(thread: &Thread, content: Content, now: Timestamp) -> Result<Decided, Refusal> {
        let reply = ReplyCommand { by: id(101), message: id(9), content, reply_to: Some("wamid.1".into()) };
        thread.decide(&Command::Reply(reply), now)
    }

    fn reacts(thread: &Thread, by: u128, now: Timestamp) -> Result<Decided, Refusal> {
        let emoji = Some("👍".to_owned());
        let react = ReactCommand { by: id(by), message: id(9), target: id(1001), to: "wamid.1".into(), emoji };
        thread.decide(&Command::React(react), now)
    }

    fn marks(decided: &Decided) -> Vec<MessageId> {
        let marks = decided.rows.iter().filter_map(|row| match row {
            crate::Row::Channel(channel::Row::ReadMark { message, .. }) => Some(*message),
            _ => None,
        });
        marks.collect()
    }

    #[test]
    fn a_file_goes_with_a_caption_of_at_most_1024_characters_and_answers_what_it_answers() {
        let with_caption = |length| {
            let link = "https://files.example/a".to_owned();
            let caption = Some("é".repeat(length));
            says(&held_by_ana(), Content::Media(Media::by_link(MediaKind::Image, link, caption, None)), noon())
        };
        assert_eq!(with_caption(1_025), Err(Refusal::TOO_LONG));
        let decided = with_caption(1_024).expect("it fits");
        let said = decided.rows.iter().find_map(|row| match row {
            crate::Row::Conversation(Row::Message(message)) => message.reply_to.clone(),
            _ => None,
        });
        assert_eq!(said.as_deref(), Some("wamid.1"));
    }

    #[test]
    fn only_the_owner_reacts_and_only_inside_the_window() {
        let thread = held_by_ana();
        assert_eq!(reacts(&thread, 102, noon()), Err(Refusal::NOT_OWNER));
        assert_eq!(reacts(&thread, 101, noon().plus(Span::hours(24))), Err(Refusal::SERVICE_WINDOW_CLOSED));
        assert!(reacts(&thread, 101, noon().plus(Span::hours(23))).is_ok());
    }

    #[test]
    fn a7_a_reaction_is_queued_like_a_message_and_answers_nobody() {
        let mut thread = held_by_ana();
        let decided = reacts(&thread, 101, noon()).expect("hers");
        let queued = decided.rows.iter().any(
            |row| matches!(row, crate::Row::Channel(channel::Row::SendQueued(outgoing)) if outgoing.message == id(9)),
        );
        assert!(queued);
        assert_eq!((decided.preview.clone(), marks(&decided)), (None, vec![]));
        let before = thread.open_episode().cloned();
        believe(&mut thread, &decided, noon());
        assert_eq!(thread.open_episode().cloned(), before, "the customer waits as before");
    }

    #[test]
    fn what_is_said_beside_the_owner_leaves_the_chat_waiting_and_answers_nobody() {
        let mut thread = Thread::fresh(id(7));
        let wrote = thread.receive(&arrived(1, noon()), noon());
        believe(&mut thread, &wrote, noon());
        let say = |by| {
            let reply = ReplyCommand { by: id(by), message: id(9), content: Content::text("saiu"), reply_to: None };
            Command::Say(Box::new(reply))
        };
        let before = thread.open_episode().cloned().expect("open");
        let decided = thread.decide(&say(103), noon()).expect("nobody has it");
        let queued = decided.rows.iter().any(
            |row| matches!(row, crate::Row::Channel(channel::Row::SendQueued(outgoing)) if outgoing.message == id(9)),
        );
        assert!(queued && decided.preview.is_some() && decided.clocks.is_empty() && marks(&decided).is_empty());
        believe(&mut thread, &decided, noon());
        let after = thread.open_episode().cloned().expect("open");
        let last = after.last_message.clone().expect("it was said");
        assert_eq!((last.id, last.direction), (id(9), Direction::Outbound));
        assert_eq!(crate::conversation::Episode { last_message: before.last_message.clone(), ..after }, before);
        let row = thread.conversation_row(None).expect("a line");
        assert!(row.waiting_since.is_some() && row.unanswered == 1);

        let held = held_by_ana();
        assert_eq!(held.decide(&say(103), noon()), Err(Refusal::NOT_OWNER), "another agent has it");
        let replied = held.decide(&say(101), noon()).expect("hers");
        assert!(replied.events.iter().any(|(event, _)| matches!(event, Event::ReplyQueued { .. })), "{replied:?}");
        assert_eq!(thread.decide(&say(103), noon().plus(Span::hours(24))), Err(Refusal::SERVICE_WINDOW_CLOSED));
    }

    #[test]
    fn a_reply_marks_the_customers_last_message_as_read_once() {
        let mut thread = held_by_ana();
        let wrote = thread.receive(&arrived(2, noon()), noon());
        believe(&mut thread, &wrote, noon());
        let decided = says(&thread, Content::text("claro"), noon()).expect("hers");
        assert_eq!(marks(&decided), [id(1002)]);
        believe(&mut thread, &decided, noon());
        let again = says(&thread, Content::text("sim"), noon()).expect("hers");
        assert_eq!(marks(&again), [], "there is nothing new to be marked");
    }

    #[test]
    fn a_read_mark_that_moves_is_told_and_one_that_does_not_is_not() {
        let mut thread = held_by_ana();
        let conversation = thread.open_episode().expect("open").id;
        let read = Command::Read { by: id(101), conversation, message: id(1001), inbound: 1 };
        let decided = thread.decide(&read, noon()).expect("hers");
        assert_eq!(marks(&decided), [id(1001)]);
        believe(&mut thread, &decided, noon());
        assert_eq!(marks(&thread.decide(&read, noon()).expect("hers")), []);
    }
}
