//! What agents said went out at most once, in order, as they said it, and its end is the one that the provider knows.

use super::{Seen, is_reaction};
use crate::places::Number;
use dashoffice_domain::Event;
use dashoffice_domain::conversation::Thread;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::{Entity, Timestamp, channel, conversation};
use dashoffice_store::memory::SeenMessage;
use std::collections::{BTreeMap, BTreeSet};

impl Seen<'_> {
    /// A7, A8, A10: what was promised to an agent is there, what was refused is not; each ends, and where nobody knows, somebody died.
    pub(super) fn check_outbound(&self, deaths: &[i64]) {
        let spoken = self.scene.spoken.lock().unwrap();
        let mine = spoken.iter().filter(|spoken| spoken.house == self.house && spoken.decided.is_ok());
        let promised: BTreeMap<MessageId, _> = mine.map(|spoken| (spoken.message, spoken)).collect();
        let there: BTreeSet<MessageId> = self.of(Direction::Outbound).map(|message| message.id).collect();
        assert_eq!(there, promised.keys().copied().collect(), "A10: what was promised, and nothing else");
        self.check_ledger();
        let mut answered = BTreeSet::new();
        for message in self.of(Direction::Outbound) {
            let said = promised[&message.id];
            assert_eq!(message.thread, said.thread);
            assert_eq!((message.content.as_ref(), &message.reply_to), (Some(&said.content), &said.reply_to));
            self.check_end(message, deaths);
            if !is_reaction(message) {
                answered.insert(message.thread);
            }
        }
        assert_eq!(answered.len(), self.customers.len(), "every customer was answered");
    }

    /// What the provider was given is what was said, for the one it was said to, once.
    fn check_ledger(&self) {
        let ledger = self.scene.provider.ledger();
        let mut given = BTreeSet::new();
        for taken in ledger.taken.iter().filter(|taken| taken.number.house == self.house) {
            assert!(given.insert(taken.message), "A7: the provider was given the same message twice");
            let message = self.messages.iter().find(|message| message.id == taken.message);
            let message = message.expect("C6: the provider is given what is this house's");
            assert_eq!(message.number, taken.number.id(), "over its own number");
            assert_eq!((message.content.as_ref(), &message.reply_to), (Some(&taken.content), &taken.reply_to));
            let customer = crate::places::Customer { number: taken.number, nth: self.customers[&message.thread] };
            assert_eq!(taken.to, [customer.identifier()], "to whom it was said");
        }
    }

    fn check_end(&self, message: &SeenMessage, deaths: &[i64]) {
        let ledger = self.scene.provider.ledger();
        let taken = ledger.taken.iter().find(|taken| taken.message == message.id);
        let told_failed = self.scene.told_failed.lock().unwrap().contains(&message.id);
        match message.status {
            Status::Sent | Status::Delivered | Status::Read => {
                assert!(taken.is_some(), "sent, say we, and the provider never had it");
            }
            Status::Failed => {
                let refused = ledger.refused.contains(&message.id);
                assert!(refused || told_failed, "failed, and nobody said so");
                assert_eq!(refused, taken.is_none(), "failed, and the provider had it");
            }
            Status::Unknown => {
                let unclear = ledger.unclear.contains(&message.id);
                assert!(unclear || self.died_in_between(message.id, deaths), "A7: unknown, and nobody died");
            }
            other => panic!("a message ends {other:?}"),
        }
        // A8: whatever was told of what we can tell apart counts, in whatever order it came.
        let Some(taken) = taken.filter(|taken| message.provider_message_id.as_ref() == Some(&taken.wamid)) else {
            return;
        };
        let told = self.scene.told.lock().unwrap();
        let furthest = told.get(&taken.message).into_iter().flatten().filter(|status| **status != Status::Failed).max();
        let failed = message.status == Status::Failed && told_failed;
        assert!(failed || furthest.is_none_or(|furthest| message.status >= *furthest), "A8: {furthest:?}, {message:?}");
    }

    /// Whether the process died between the record that a post begins and the one that nobody knows.
    fn died_in_between(&self, message: MessageId, deaths: &[i64]) -> bool {
        let mine: Vec<_> = self.journal.iter().filter(|envelope| envelope.entity == Entity::Message(message)).collect();
        let began =
            mine.iter().rfind(|envelope| matches!(envelope.event, Event::Channel(channel::Event::SendStarted { .. })));
        let unknown = |event: &Event| {
            matches!(event, Event::Channel(channel::Event::StatusChanged { status: Status::Unknown, .. }))
        };
        let ended = mine.iter().rfind(|envelope| unknown(&envelope.event));
        let (Some(began), Some(ended)) = (began, ended) else { return false };
        deaths.iter().any(|death| (began.at..=ended.at).contains(death))
    }

    /// What one conversation sends goes out in the order in which it was said.
    pub(super) fn check_lanes(&self) {
        let place = |id| self.messages.iter().position(|message| message.id == id).expect("it was found above");
        let mut furthest: BTreeMap<ThreadId, usize> = BTreeMap::new();
        for taken in self.scene.provider.ledger().taken.iter().filter(|taken| taken.number.house == self.house) {
            let at = place(taken.message);
            let before = furthest.insert(self.messages[at].thread, at);
            assert!(before <= Some(at), "A7: a message overtook one that was said before it");
        }
    }

    /// Of ours, the newest that did not fail is shown.
    pub(super) fn check_reactions(&self) {
        let mut newest: BTreeMap<MessageId, Option<&str>> = BTreeMap::new();
        for message in &self.messages {
            if let Some(Content::Reaction { message: target, emoji, .. }) = &message.content
                && message.status != Status::Failed
            {
                newest.insert(*target, emoji.as_deref());
            }
        }
        for message in &self.messages {
            let shown = message.reactions.iter().find(|reaction| reaction.by == Direction::Outbound);
            let shown = shown.map(|reaction| reaction.emoji.as_str()).filter(|emoji| !emoji.is_empty());
            assert_eq!(shown, newest.get(&message.id).copied().flatten(), "our newest reaction to {:?}", message.id);
        }
    }

    /// How far each thread was read in the end, the provider was told.
    pub(super) fn check_read_marks(&self) {
        let mut threads: BTreeMap<ThreadId, (Thread, Option<MessageId>)> = BTreeMap::new();
        for envelope in &self.journal {
            let Entity::Thread(id) = envelope.entity else { continue };
            let (thread, mark) = threads.entry(id).or_insert_with(|| (Thread::fresh(id), None));
            match &envelope.event {
                Event::Conversation(conversation::Event::ReadUpTo { message, inbound, .. }) => {
                    // One that moves nothing says that an edit was seen: the provider was told before.
                    let episode = thread.episode.as_ref();
                    if episode.is_none_or(|episode| (*inbound).min(episode.inbound) > episode.read) {
                        *mark = Some(*message);
                    }
                }
                Event::Conversation(conversation::Event::ReplyQueued { .. }) => {
                    let episode = thread.episode.as_ref().filter(|episode| episode.read < episode.inbound);
                    *mark = episode.and_then(|episode| episode.last_inbound).or(*mark);
                }
                _ => {}
            }
            if let Event::Conversation(event) = &envelope.event {
                thread.apply(event, Timestamp(envelope.at));
            }
        }
        let ledger = self.scene.provider.ledger();
        for (_, mark) in threads.values() {
            let Some(mark) = mark else { continue };
            let message = self.messages.iter().find(|message| message.id == *mark).expect("what was read is there");
            let number = Number::all().find(|number| number.id() == message.number).expect("it is of a number of ours");
            let wamid = message.provider_message_id.as_ref().expect("it is the customer's");
            let told = ledger.read.get(&number).is_some_and(|told| told.contains(wamid));
            assert!(told, "{wamid} of {number:?} was read, and the provider was never told");
        }
    }
}
