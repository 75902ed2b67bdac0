//! What a commit means to those who watch: facts with ids only, so that the ring of them holds nothing of what a customer said (C1).

use crate::Office;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, ThreadId};
use dashoffice_domain::{Entity, Event, Row, channel, conversation, kinds, record, routing, settings};
use dashoffice_runtime::{Envelope, Micros, Published};
use std::collections::{HashMap, HashSet, VecDeque};
use uuid::Uuid;

/// One commit: all of it is told in one frame, or nothing.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Of the commit's last event.
    pub position: i64,
    pub at: Micros,
    /// The command or item that caused it.
    pub cause: Uuid,
    /// Who did it.
    pub actor: Principal,
    pub news: Vec<Effect>,
}

#[derive(Clone, Debug)]
pub enum Effect {
    /// A message was recorded, at the position of its decision's last event.
    Said { conversation: ConversationId, message: MessageId, position: i64 },
    /// How far a message got.
    Moved(MessageId),
    /// A message was edited, revoked or reacted to, or its file came to its end.
    Changed(MessageId),
    /// The same, as the commit says it; [`Fact::resolve`] finds the message.
    Altered { thread: ThreadId, provider_message_id: String },
    /// A line of the conversation's history.
    History { conversation: ConversationId, line: Box<Envelope<Office>> },
    /// The conversation's contact was seen, or looks different.
    Contact(ConversationId),
    /// The conversation's row changed; `left` are the owners it had until then.
    Conversation { id: ConversationId, left: Vec<Owner> },
    /// An agent chose a presence.
    Agent(AgentId),
    /// A number can send, or cannot any more.
    Number(NumberId),
    /// A record was created, changed, archived or restored.
    Record(Box<RecordEffect>),
}

/// What of a record changed: names only, never what stands in it (C1).
#[derive(Clone, Debug)]
pub struct RecordEffect {
    pub kind: &'static record::Kind,
    pub id: Uuid,
    /// After the change.
    pub version: i64,
    pub what: record::What,
    /// Those that are otherwise than before.
    pub fields: Vec<String>,
}

/// The facts of a published batch, in the order of positions.
pub(super) fn facts_of(batch: &Published<Office>) -> Vec<Fact> {
    let mut altered: HashMap<ThreadId, VecDeque<&str>> = HashMap::new();
    let mut people = People::default();
    for row in batch.rows.iter() {
        if let Row::Conversation(conversation::Row::MessageChange { thread, provider_message_id, .. }) = row {
            altered.entry(*thread).or_default().push_back(provider_message_id);
        }
        people.hear(row);
    }
    let mut facts: Vec<Fact> = Vec::new();
    let mut last: Option<&Envelope<Office>> = None;
    for event in &batch.events {
        if !last.is_some_and(|last| same_commit(last, event)) {
            let Envelope { position, at, cause, .. } = *event;
            facts.push(Fact { position, at, cause, actor: event.actor.clone(), news: Vec::new() });
        }
        last = Some(event);
        let fact = facts.last_mut().expect("one was pushed for the first event");
        fact.position = event.position;
        let alteration = match (&event.event, event.entity) {
            (Event::Conversation(conversation::Event::MessageChanged { .. }), Entity::Thread(thread)) => {
                let found = altered.get_mut(&thread).and_then(VecDeque::pop_front);
                found.map(|id| Effect::Altered { thread, provider_message_id: id.to_owned() })
            }
            _ => None,
        };
        fact.add(event, alteration, &people);
    }
    facts
}

/// Whose contacts a batch changes.
#[derive(Default)]
struct People {
    changed: HashSet<ContactId>,
    of: HashMap<ConversationId, ContactId>,
}

impl People {
    fn hear(&mut self, row: &Row) {
        match row {
            Row::Conversation(conversation::Row::Contact { id, .. }) => drop(self.changed.insert(*id)),
            Row::Conversation(conversation::Row::Address(row)) => drop(self.changed.insert(row.contact)),
            Row::Conversation(conversation::Row::Conversation(row)) => drop(self.of.insert(row.id, row.contact)),
            _ => {}
        }
    }

    /// Whether its contact is as before, as far as the rows say whose it is.
    fn is_as_before(&self, conversation: ConversationId) -> bool {
        self.of.get(&conversation).is_some_and(|contact| !self.changed.contains(contact))
    }
}

/// Neighbours of one commit; two commits of the same cause told as one do no harm.
fn same_commit(one: &Envelope<Office>, other: &Envelope<Office>) -> bool {
    (one.cause, one.correlation, &one.actor, one.at) == (other.cause, other.correlation, &other.actor, other.at)
}

impl Fact {
    fn add(&mut self, envelope: &Envelope<Office>, alteration: Option<Effect>, people: &People) {
        match &envelope.event {
            Event::Conversation(event) => self.of_conversation(event, envelope, alteration, people),
            Event::Routing(routing::Event::PresenceChosen { agent, .. }) => self.news.push(Effect::Agent(*agent)),
            Event::Channel(event) => self.of_channel(event),
            Event::Settings(event) => self.of_settings(event),
        }
        // What a decision causes of messages comes after its own events, and is of the messages.
        if matches!(envelope.entity, Entity::Thread(_)) {
            for news in &mut self.news {
                if let Effect::Said { position, .. } = news {
                    *position = envelope.position;
                }
            }
        }
    }

    fn of_conversation(
        &mut self,
        event: &conversation::Event,
        envelope: &Envelope<Office>,
        alteration: Option<Effect>,
        people: &People,
    ) {
        let contact = |conversation| (!people.is_as_before(conversation)).then_some(Effect::Contact(conversation));
        match event {
            conversation::Event::ThreadStarted { .. }
            | conversation::Event::IdentifiersLinked { .. }
            | conversation::Event::PossibleDuplicate { .. }
            | conversation::Event::EditedAhead { .. } => {}
            conversation::Event::ConversationOpened { conversation }
            | conversation::Event::ConversationReopened { conversation }
            | conversation::Event::ConversationClosed { conversation, .. } => {
                self.history(*conversation, envelope);
                self.touch(*conversation, None);
            }
            conversation::Event::OwnerChanged { conversation, from, .. } => {
                self.history(*conversation, envelope);
                self.touch(*conversation, Some(from));
            }
            conversation::Event::MessageReceived { conversation, message, .. } => {
                self.said(*conversation, *message, envelope.position);
                self.news.extend(contact(*conversation));
                self.touch(*conversation, None);
            }
            conversation::Event::ReplyQueued { conversation, message, .. }
            | conversation::Event::MessageQueued { conversation, message, .. }
            | conversation::Event::MessageEchoed { conversation, message } => {
                self.said(*conversation, *message, envelope.position);
                self.touch(*conversation, None);
            }
            conversation::Event::NoticeReceived { conversation, message } => {
                self.said(*conversation, *message, envelope.position);
                self.news.extend(contact(*conversation));
            }
            conversation::Event::EditNoticed { conversation }
            | conversation::Event::OfferEnded { conversation, .. }
            | conversation::Event::ReplyClockSet { conversation, .. }
            | conversation::Event::ReplyFailed { conversation, .. }
            | conversation::Event::ReadUpTo { conversation, .. } => self.touch(*conversation, None),
            conversation::Event::MessageSettled { conversation, .. } => self.history(*conversation, envelope),
            conversation::Event::MessageChanged { message } => {
                let of_itself = matches!(envelope.entity, Entity::Message(_)).then_some(Effect::Changed(*message));
                self.news.extend(alteration.or(of_itself));
            }
            conversation::Event::ReactionQueued { to, .. } => self.news.push(Effect::Changed(*to)),
        }
    }

    fn of_channel(&mut self, event: &channel::Event) {
        self.news.extend(match event {
            channel::Event::NumberRefused { .. } => None,
            channel::Event::NumberStateChanged { number, .. } => Some(Effect::Number(*number)),
            channel::Event::SendStarted { message }
            | channel::Event::SendPostponed { message, .. }
            | channel::Event::StatusChanged { message, .. } => Some(Effect::Moved(*message)),
            channel::Event::MediaFetched { message, .. } | channel::Event::MediaFailed { message, .. } => {
                Some(Effect::Changed(*message))
            }
        });
    }

    /// Nobody can be looking at records of a kind that this version does not know.
    fn of_settings(&mut self, event: &settings::Event) {
        let settings::Event::RecordChanged { record, id, version, what, fields } = event else { return };
        self.news.extend(kinds::named(record).map(|kind| {
            let (id, version, what, fields) = (*id, *version, *what, fields.clone());
            Effect::Record(Box::new(RecordEffect { kind, id, version, what, fields }))
        }));
    }

    fn said(&mut self, conversation: ConversationId, message: MessageId, position: i64) {
        self.news.push(Effect::Said { conversation, message, position });
    }

    fn history(&mut self, conversation: ConversationId, line: &Envelope<Office>) {
        self.news.push(Effect::History { conversation, line: Box::new(line.clone()) });
    }

    fn touch(&mut self, conversation: ConversationId, from: Option<&Owner>) {
        let known = self.news.iter_mut().find_map(|news| match news {
            Effect::Conversation { id, left } if *id == conversation => Some(left),
            _ => None,
        });
        match known {
            Some(left) => left.extend(from.cloned()),
            None => {
                self.news.push(Effect::Conversation { id: conversation, left: from.cloned().into_iter().collect() });
            }
        }
    }

    /// Puts the message's id where the provider's stood, and the line of its conversation beside it, which may show it; one that is not
    /// there, or not any more, is no news.
    pub fn resolve(&mut self, find: impl Fn(ThreadId, &str) -> Option<(MessageId, ConversationId)>) {
        let mut lines = Vec::new();
        self.news.retain_mut(|news| {
            if let Effect::Altered { thread, provider_message_id } = news {
                match find(*thread, provider_message_id) {
                    Some((message, conversation)) => {
                        *news = Effect::Changed(message);
                        lines.push(conversation);
                    }
                    None => return false,
                }
            }
            true
        });
        for conversation in lines {
            self.touch(conversation, None);
        }
    }

    /// About what it takes in memory, in bytes.
    pub fn weight(&self) -> usize {
        let of = |news: &Effect| match news {
            Effect::History { .. } => 512,
            Effect::Record(news) => 192 + news.fields.iter().map(|field| 24 + field.len()).sum::<usize>(),
            _ => 96,
        };
        128 + self.news.iter().map(of).sum::<usize>()
    }
}
