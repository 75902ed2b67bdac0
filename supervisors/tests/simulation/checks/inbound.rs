//! What customers did is there: each once, in order, looking as they left it, with its file.

use super::Seen;
use crate::acts::{self, Looks};
use crate::files;
use crate::places::Customer;
use dashoffice_domain::Event;
use dashoffice_domain::channel::media::{MediaFailure, MediaState};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::ThreadId;
use dashoffice_domain::item::Said;
use dashoffice_domain::{channel, conversation};
use dashoffice_store::memory::SeenMessage;
use std::collections::BTreeMap;

/// Who writes in each thread: by the ids of what is in it.
pub(super) fn customers(messages: &[SeenMessage]) -> BTreeMap<ThreadId, usize> {
    let mut customers = BTreeMap::new();
    for message in messages.iter().filter(|message| message.direction == Direction::Inbound) {
        let wamid = message.provider_message_id.as_deref().expect("an inbound message has the provider's id");
        let nth = wamid.split('.').nth(1).and_then(|nth| nth.parse().ok()).expect("as we made it");
        assert_eq!(*customers.entry(message.thread).or_insert(nth), nth, "B3: one thread, one customer");
    }
    customers
}

impl Seen<'_> {
    /// A1, A2, I13: each item once and in order, and its message as its last change left it.
    pub(super) fn check_inbound(&self) {
        let acknowledged = self.scene.acknowledged.lock().unwrap();
        let mine: Vec<_> = acknowledged.iter().filter(|(customer, _)| customer.number.house == self.house).collect();
        assert_eq!(self.customers.len(), mine.len(), "B3: one customer of one number, one thread");
        for (customer, acts) in mine {
            let said: Vec<&SeenMessage> = self.said_by(*customer).collect();
            let ids: Vec<&str> = said.iter().filter_map(|message| message.provider_message_id.as_deref()).collect();
            let is_message = |act: &&acts::Act| matches!(act.what, Said::Message { .. });
            let wrote: Vec<&str> = acts.iter().filter(is_message).map(|act| act.wamid.as_str()).collect();
            assert_eq!(ids, wrote, "A1, A2: each once, in order ({customer:?})");
            self.check_counts(said[0].thread, acts.len() - wrote.len(), wrote.len());
            for (wamid, looks) in acts::expected(acts) {
                self.check_looks(*customer, &wamid, &looks);
            }
        }
    }

    fn said_by(&self, customer: Customer) -> impl Iterator<Item = &SeenMessage> {
        self.of(Direction::Inbound).filter(move |message| {
            message.number == customer.number.id() && self.customers.get(&message.thread) == Some(&customer.nth)
        })
    }

    fn check_counts(&self, thread: ThreadId, changes: usize, messages: usize) {
        let of_thread = self.journal.iter().filter(|envelope| envelope.entity.id() == thread.0);
        let (mut received, mut changed) = (0, 0);
        for envelope in of_thread {
            received +=
                usize::from(matches!(envelope.event, Event::Conversation(conversation::Event::MessageReceived { .. })));
            changed +=
                usize::from(matches!(envelope.event, Event::Conversation(conversation::Event::MessageChanged { .. })));
        }
        assert_eq!((received, changed), (messages, changes), "A1: each item is decided once");
    }

    fn check_looks(&self, customer: Customer, wamid: &str, looks: &Looks) {
        let mine = |message: &&SeenMessage| {
            message.number == customer.number.id() && message.provider_message_id.as_deref() == Some(wamid)
        };
        let message = self.messages.iter().find(mine).unwrap_or_else(|| panic!("{customer:?} knows of {wamid}"));
        assert_eq!(self.customers.get(&message.thread), Some(&customer.nth), "in their own thread");
        let reaction = message.reactions.iter().find(|reaction| reaction.by == Direction::Inbound);
        assert_eq!(
            reaction.map(|reaction| &reaction.emoji),
            looks.reaction.as_ref(),
            "the newest reaction, to {wamid}"
        );
        if let Some(content) = &looks.content {
            assert_eq!(message.content.as_ref(), Some(content), "what {wamid} says");
            assert_eq!(message.reply_to, looks.reply_to);
            assert_eq!(
                (message.edited_at.is_some(), message.revoked_at.is_some()),
                (looks.edited, looks.revoked),
                "{wamid}"
            );
        }
    }

    /// A9: every file is here once, with its own bytes, or will never be, for a reason that the provider gave.
    pub(super) fn check_files(&self) {
        let mut ends: BTreeMap<_, Vec<Option<MediaFailure>>> = BTreeMap::new();
        for envelope in &self.journal {
            match &envelope.event {
                Event::Channel(channel::Event::MediaFetched { message, .. }) => {
                    ends.entry(*message).or_default().push(None);
                }
                Event::Channel(channel::Event::MediaFailed { message, why }) => {
                    ends.entry(*message).or_default().push(Some(*why));
                }
                _ => {}
            }
        }
        let acknowledged = self.scene.acknowledged.lock().unwrap();
        for (customer, acts) in acknowledged.iter().filter(|(customer, _)| customer.number.house == self.house) {
            for act in acts {
                let Said::Message { content: Content::Media(_) } = &act.what else { continue };
                let message = self.said_by(*customer).find(|m| m.provider_message_id.as_ref() == Some(&act.wamid));
                let message = message.expect("it was found above");
                let file =
                    message.file.as_ref().unwrap_or_else(|| panic!("A9: the file of {} was never ordered", act.wamid));
                assert_eq!(ends.remove(&message.id), Some(vec![file.failure]), "A9: one end, and it is recorded");
                let id = acts::file_of(*customer, &act.wamid);
                if file.state == MediaState::Ready {
                    let kept = file.kept.as_ref().expect("what is ready is kept").sha256;
                    let bytes = self.scene.shelf.has(self.house.tenant(), kept);
                    assert_eq!(bytes, Some(files::bytes_of(&id)), "its own bytes, on the shelf");
                } else {
                    assert!(self.scene.provider.faults() > 0.0, "{id} failed, and nobody was at fault");
                    let words = file.failure.expect("what failed says why").words();
                    assert!(!words.is_empty());
                }
            }
        }
        assert!(ends.is_empty(), "ends of files that nobody sent: {ends:?}");
    }
}
