//! What lists show of a conversation beside its row, remembered of those told lately: a line whose row was just committed is told
//! without a read.

use super::facts::{Effect, Fact};
use super::pending::Rows;
use super::reads::{Bodies, ConversationBody, Face, LiveReads, Wanted};
use super::viewer::ConversationOwner;
use dashoffice_domain::Row;
use dashoffice_domain::conversation;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::identity::{self, Address, Claim};
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::conversation::{ConversationRow, MessageRow};
use dashoffice_domain::ids::{ContactId, ConversationId, MessageId, ThreadId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Customers whose faces are remembered; one more, and all are forgotten.
const MOST: usize = 10_000;

/// As of the last commit that was told.
#[derive(Debug, Default)]
pub(super) struct Faces {
    known: HashMap<ContactId, Vec<(ConversationId, Face)>>,
    /// Threads that began with what is to be told next: nobody had their conversations before.
    begun: HashSet<ThreadId>,
}

impl Faces {
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.begun.clear();
    }

    /// Remembers what was read since the last commit that [`Self::follow`] saw.
    pub(super) fn learn(&mut self, bodies: &Bodies) {
        for (id, face) in &bodies.faces {
            self.put(*id, face.clone());
        }
    }

    fn put(&mut self, id: ConversationId, face: Face) {
        if self.known.len() >= MOST && !self.known.contains_key(&face.contact) {
            self.known.clear();
        }
        let theirs = self.known.entry(face.contact).or_default();
        theirs.retain(|(conversation, _)| *conversation != id);
        theirs.push((id, face));
    }

    fn get(&self, row: &ConversationRow) -> Option<&Face> {
        let theirs = self.known.get(&row.contact)?;
        theirs.iter().find(|(conversation, _)| *conversation == row.id).map(|(_, face)| face)
    }

    /// Changes what these rows change of a face, begins those of new threads, and forgets where the rows do not say to what.
    pub(super) fn follow(&mut self, rows: &Rows) {
        self.begun.clear();
        let Rows::All(batches) = rows else { return self.forget() };
        let mut newcomers = Newcomers::default();
        for row in batches.iter().flat_map(|rows| rows.iter()) {
            newcomers.hear(row);
            match row {
                Row::Conversation(conversation::Row::Contact { id, name, username, .. }) => {
                    for (_, face) in self.known.get_mut(id).into_iter().flatten() {
                        (face.name, face.username) = (name.clone(), username.clone());
                    }
                }
                Row::Conversation(conversation::Row::Address(row)) => {
                    self.known.remove(&row.contact);
                    if let Some(former) = row.claim.taken_from {
                        self.forget_thread(former);
                    }
                }
                Row::Conversation(conversation::Row::AddressLearned { thread, .. }) => self.forget_thread(*thread),
                Row::Conversation(conversation::Row::Message(row)) if row.context.referral.is_some() => {
                    self.known.values_mut().for_each(|theirs| theirs.retain(|(id, _)| *id != row.conversation));
                }
                Row::Conversation(conversation::Row::Conversation(row)) => {
                    if let Some(face) = newcomers.face(row.thread) {
                        self.put(row.id, face);
                        self.begun.insert(row.thread);
                    }
                }
                _ => {}
            }
        }
    }

    fn forget_thread(&mut self, thread: ThreadId) {
        self.known.values_mut().for_each(|theirs| theirs.retain(|(_, face)| face.thread != thread));
    }

    /// What is wanted to tell these facts and need not be read: the lines of which all that they show was just committed, or is remembered,
    /// and what was said there. It is wanted no more.
    pub(super) fn at_hand(&self, facts: &[Fact], rows: &Rows, wanted: &mut Wanted, reads: &dyn LiveReads) -> Bodies {
        let mut at_hand = Bodies::default();
        let committed = Committed::of(rows);
        wanted.conversations.retain(|id| {
            let line = committed.line(*id).filter(|(row, _)| {
                let had_somebody = wanted.last_agents.contains(id) && !self.begun.contains(&row.thread);
                !had_somebody && !wanted.contacts.contains(id)
            });
            let Some((row, last_status, face)) = line.and_then(|(row, status)| Some((row, status, self.get(row)?)))
            else {
                return true;
            };
            let standing = Arc::new(ConversationOwner { owner: row.owner.clone(), last_agent: None });
            let body = reads.line(row, face, last_status);
            at_hand.conversations.insert(*id, ConversationBody { standing, body, contact: None });
            false
        });
        let said = committed.said(facts);
        wanted.messages.retain(|message| {
            let Some((row, position)) = said.get(message) else { return true };
            // Whoever may see it is never judged by an older moment than its own.
            let line = committed
                .conversations
                .get(&row.conversation)
                .filter(|line| at_hand.conversations.contains_key(&line.id));
            let Some(line) = line else { return true };
            at_hand.messages.insert(*message, reads.said(row, *position, line.contact));
            false
        });
        at_hand
    }
}

/// Customers of whom nothing was known: what they are called, and by what, is all in the rows of their first commit.
#[derive(Default)]
struct Newcomers(HashMap<ThreadId, Newcomer>);

struct Newcomer {
    contact: ContactId,
    /// Name and user name; `None`: the contact was there before, as it is.
    named: Option<(Option<String>, Option<String>)>,
    addresses: Vec<Address>,
    /// What they say tells where they came from: that is read.
    was_referred: bool,
}

impl Newcomers {
    fn hear(&mut self, row: &Row) {
        match row {
            Row::Conversation(conversation::Row::Thread { id, contact, .. }) => {
                let newcomer = Newcomer { contact: *contact, named: None, addresses: Vec::new(), was_referred: false };
                self.0.insert(*id, newcomer);
            }
            Row::Conversation(conversation::Row::Contact { id, name, username, .. }) => {
                for newcomer in self.0.values_mut().filter(|newcomer| newcomer.contact == *id) {
                    newcomer.named = Some((name.clone(), username.clone()));
                }
            }
            Row::Conversation(conversation::Row::Address(row)) => {
                if let Some(newcomer) = self.0.get_mut(&row.thread) {
                    let Claim { identifier, seen_at, retired_at, .. } = row.claim.clone();
                    newcomer.addresses.push(Address { identifier, seen_at, retired_at });
                }
            }
            Row::Conversation(conversation::Row::AddressLearned { thread, .. }) => drop(self.0.remove(thread)),
            Row::Conversation(conversation::Row::Message(row)) if row.context.referral.is_some() => {
                if let Some(newcomer) = self.0.get_mut(&row.thread) {
                    newcomer.was_referred = true;
                }
            }
            _ => {}
        }
    }

    fn face(&self, thread: ThreadId) -> Option<Face> {
        let newcomer = self.0.get(&thread).filter(|newcomer| !newcomer.was_referred)?;
        let (name, username) = newcomer.named.clone()?;
        let identifier = identity::shown(&newcomer.addresses).cloned();
        Some(Face { contact: newcomer.contact, thread, name, username, identifier, referral: None })
    }
}

/// What was committed of conversations and messages; of several rows of a conversation the last.
#[derive(Default)]
struct Committed<'a> {
    conversations: HashMap<ConversationId, &'a ConversationRow>,
    messages: HashMap<MessageId, &'a MessageRow>,
    /// Threads of which a message was changed after it was said: a line may show it.
    altered: HashSet<ThreadId>,
}

impl<'a> Committed<'a> {
    fn of(rows: &'a Rows) -> Self {
        let mut committed = Self::default();
        let Rows::All(batches) = rows else { return committed };
        for row in batches.iter().flat_map(|rows| rows.iter()) {
            match row {
                Row::Conversation(conversation::Row::Conversation(row)) => {
                    committed.conversations.insert(row.id, row);
                }
                Row::Conversation(conversation::Row::Message(row)) => drop(committed.messages.insert(row.id, row)),
                Row::Conversation(conversation::Row::MessageChange { thread, .. }) => {
                    committed.altered.insert(*thread);
                }
                _ => {}
            }
        }
        committed
    }

    /// Messages of customers that nothing has happened to, and that have nothing beside their words; each with its position.
    fn said(&self, facts: &[Fact]) -> HashMap<MessageId, (&'a MessageRow, i64)> {
        let mut said = HashMap::new();
        for fact in facts {
            let mut of_fact = fact.news.iter().filter_map(|news| match news {
                Effect::Said { message, position, .. } => Some((*message, *position)),
                _ => None,
            });
            // Two at once may be of two commits, of which but one position is known.
            let (Some((message, position)), None) = (of_fact.next(), of_fact.next()) else { continue };
            let row = self.messages.get(&message).filter(|row| self.is_plain(row));
            said.extend(row.map(|row| (message, (*row, position))));
        }
        for news in facts.iter().flat_map(|fact| &fact.news) {
            if let Effect::Moved(message) | Effect::Changed(message) = news {
                said.remove(message);
            }
        }
        said
    }

    fn is_plain(&self, row: &MessageRow) -> bool {
        row.direction == Direction::Inbound
            && row.reply_to.is_none()
            && !matches!(row.content, Content::Media(_) | Content::Reaction { .. })
            && !self.altered.contains(&row.thread)
    }

    /// A conversation that ends with a message of the customer's: how far that one got does not change any more. Whoever saw one that
    /// nobody has must be looked up.
    fn line(&self, id: ConversationId) -> Option<(&'a ConversationRow, Status)> {
        let row = *self.conversations.get(&id)?;
        let last = self.messages.get(&row.last_message?)?;
        let is_whole = row.preview.is_some() && row.owner != Owner::Nobody && !self.altered.contains(&row.thread);
        (is_whole && last.direction == Direction::Inbound).then_some((row, last.status))
    }
}

#[cfg(test)]
mod tests;
