//! What lists show of a conversation beside its row, remembered of those told lately: a line whose row was just committed is told
//! without a read.

use super::facts::{Fact, News};
use super::pending::Rows;
use super::reads::{Bodies, ConversationBody, Face, LiveReads, Wanted};
use super::viewer::Standing;
use dashoffice_domain::Row;
use dashoffice_domain::content::Content;
use dashoffice_domain::ids::{ContactId, ConversationId, MessageId, ThreadId};
use dashoffice_domain::message::{Direction, Status};
use dashoffice_domain::row::{ConversationRow, MessageRow};
use dashoffice_domain::thread::Owner;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Customers whose faces are remembered; one more, and all are forgotten.
const MOST: usize = 10_000;

/// As of the last commit that was told.
#[derive(Debug, Default)]
pub(super) struct Faces(HashMap<ContactId, Vec<(ConversationId, Face)>>);

impl Faces {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Remembers what was read since the last commit that [`Self::follow`] saw.
    pub(super) fn learn(&mut self, bodies: &Bodies) {
        for (id, face) in &bodies.faces {
            if self.0.len() >= MOST && !self.0.contains_key(&face.contact) {
                self.forget();
            }
            let theirs = self.0.entry(face.contact).or_default();
            theirs.retain(|(conversation, _)| conversation != id);
            theirs.push((*id, face.clone()));
        }
    }

    fn get(&self, row: &ConversationRow) -> Option<&Face> {
        let theirs = self.0.get(&row.contact)?;
        theirs.iter().find(|(conversation, _)| *conversation == row.id).map(|(_, face)| face)
    }

    /// Changes what these rows change of a face, and forgets where they do not say to what.
    pub(super) fn follow(&mut self, rows: &Rows) {
        let Rows::All(batches) = rows else { return self.forget() };
        for row in batches.iter().flat_map(|rows| rows.iter()) {
            match row {
                Row::Contact { id, name, username, .. } => {
                    for (_, face) in self.0.get_mut(id).into_iter().flatten() {
                        face.name = name.clone().or_else(|| face.name.take());
                        face.username = username.clone().or_else(|| face.username.take());
                    }
                }
                Row::Address(row) => {
                    self.0.remove(&row.contact);
                    if let Some(former) = row.claim.taken_from {
                        self.forget_thread(former);
                    }
                }
                Row::AddressLearned { thread, .. } => self.forget_thread(*thread),
                Row::Message(row) if row.context.referral.is_some() => {
                    self.0.values_mut().for_each(|theirs| theirs.retain(|(id, _)| *id != row.conversation));
                }
                _ => {}
            }
        }
    }

    fn forget_thread(&mut self, thread: ThreadId) {
        self.0.values_mut().for_each(|theirs| theirs.retain(|(_, face)| face.thread != thread));
    }

    /// What is wanted to tell these facts and need not be read: the lines of which all that they show was just committed, or is remembered,
    /// and what was said there. It is wanted no more.
    pub(super) fn at_hand(&self, facts: &[Fact], rows: &Rows, wanted: &mut Wanted, reads: &dyn LiveReads) -> Bodies {
        let mut at_hand = Bodies::default();
        let committed = Committed::of(rows);
        wanted.conversations.retain(|id| {
            let is_read = wanted.contacts.contains(id) || wanted.last_agents.contains(id);
            let line = committed.line(*id).filter(|_| !is_read);
            let Some((row, last_status, face)) = line.and_then(|(row, status)| Some((row, status, self.get(row)?)))
            else {
                return true;
            };
            let standing = Arc::new(Standing { owner: row.owner.clone(), last_agent: None });
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
                Row::Conversation(row) => drop(committed.conversations.insert(row.id, row)),
                Row::Message(row) => drop(committed.messages.insert(row.id, row)),
                Row::MessageChange { thread, .. } => drop(committed.altered.insert(*thread)),
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
                News::Said { message, position, .. } => Some((*message, *position)),
                _ => None,
            });
            // Two at once may be of two commits, of which but one position is known.
            let (Some((message, position)), None) = (of_fact.next(), of_fact.next()) else { continue };
            let row = self.messages.get(&message).filter(|row| self.is_plain(row));
            said.extend(row.map(|row| (message, (*row, position))));
        }
        for news in facts.iter().flat_map(|fact| &fact.news) {
            if let News::Moved(message) | News::Changed(message) = news {
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
mod tests {
    use super::*;
    use crate::live::tests::NoReads;
    use dashoffice_domain::Timestamp;
    use dashoffice_domain::contact::{Identifier, IdentifierKind};
    use dashoffice_domain::context::MessageContext;
    use dashoffice_domain::identity::Claim;
    use dashoffice_domain::ids::{NumberId, QueueId};
    use dashoffice_domain::row::{AddressRow, MessageChange, Preview};
    use dashoffice_domain::thread::ConversationState;
    use uuid::Uuid;

    const ID: Uuid = Uuid::from_u128(7);

    fn line() -> ConversationRow {
        let (now, content) = (Timestamp(1), Content::Text { body: "hello".into() });
        ConversationRow {
            id: ConversationId(ID),
            thread: ThreadId(ID),
            number: NumberId(ID),
            contact: ContactId(ID),
            state: ConversationState::Queued,
            owner: Owner::Queue { queue: QueueId(ID) },
            owner_epoch: 1,
            queue: QueueId(ID),
            opened_at: now,
            enqueued_at: now,
            closed_at: None,
            last_message: Some(MessageId(ID)),
            last_message_at: now,
            last_direction: Direction::Inbound,
            preview: Some(Preview::of(&content)),
            waiting_since: Some(now),
            window_until: Some(now),
            unanswered: 1,
            unread: 1,
            last_agent: None,
            reply_clock: None,
            changed_at: now,
            excluded: Vec::new(),
            pauses: Vec::new(),
        }
    }

    fn message() -> MessageRow {
        MessageRow {
            id: MessageId(ID),
            thread: ThreadId(ID),
            conversation: ConversationId(ID),
            number: NumberId(ID),
            direction: Direction::Inbound,
            status: Status::Received,
            content: Content::Text { body: "hello".into() },
            provider_message_id: None,
            reply_to: None,
            author: None,
            said_at: Timestamp(1),
            recorded_at: Timestamp(1),
            context: MessageContext::default(),
        }
    }

    fn said(line: ConversationRow, message: MessageRow) -> Vec<Row> {
        vec![Row::Message(Box::new(message)), Row::Conversation(Box::new(line))]
    }

    fn contact(name: Option<&str>) -> Row {
        let (name, seen_at) = (name.map(str::to_owned), Timestamp(1));
        Row::Contact { id: ContactId(ID), name, username: None, seen_at }
    }

    fn address(taken_from: Option<ThreadId>) -> Row {
        let identifier = Identifier::new(IdentifierKind::WaId, "551");
        let claim = Claim { taken_from, ..Claim::link(identifier, Timestamp(1)) };
        let contact = if taken_from.is_some() { ContactId(Uuid::nil()) } else { ContactId(ID) };
        Row::Address(Box::new(AddressRow { number: NumberId(ID), thread: ThreadId(ID), contact, claim }))
    }

    /// Faces that know one conversation, after these rows; and the face of its line, if it is told without a read.
    fn told(rows: Vec<Row>, wanted: &Wanted) -> Option<Face> {
        let mut faces = Faces::default();
        let face = Face {
            contact: ContactId(ID),
            thread: ThreadId(ID),
            name: Some("Ana".into()),
            username: None,
            identifier: None,
            referral: None,
        };
        faces.learn(&Bodies { faces: HashMap::from([(ConversationId(ID), face)]), ..Bodies::default() });
        let rows = Rows::All(vec![Arc::new(rows)]);
        faces.follow(&rows);
        let mut wanted = wanted.clone();
        let line = faces.at_hand(&[], &rows, &mut wanted, &NoReads).conversations.remove(&ConversationId(ID));
        assert_eq!(line.is_none(), wanted.conversations.contains(&ConversationId(ID)));
        let line = line?;
        assert_eq!(line.standing.owner, Owner::Queue { queue: QueueId(ID) });
        Some(faces.0[&ContactId(ID)][0].1.clone())
    }

    fn wanted() -> Wanted {
        Wanted { conversations: [ConversationId(ID)].into(), ..Wanted::default() }
    }

    fn name(rows: Vec<Row>) -> Option<String> {
        told(rows, &wanted()).and_then(|face| face.name)
    }

    #[test]
    fn a_line_whose_last_message_came_with_it_is_told_without_a_read() {
        let known = || said(line(), message());
        assert_eq!(name(known()).as_deref(), Some("Ana"));
        let and = |row| [vec![row], known()].concat();
        assert_eq!(name(and(contact(None))).as_deref(), Some("Ana"));
        assert_eq!(name(and(contact(Some("Bea")))).as_deref(), Some("Bea"));
    }

    #[test]
    fn whatever_the_rows_do_not_say_is_read() {
        let but = |change: fn(&mut ConversationRow, &mut MessageRow)| {
            let (mut line, mut message) = (line(), message());
            change(&mut line, &mut message);
            said(line, message)
        };
        let and = |row| [vec![row], said(line(), message())].concat();
        let change = MessageChange::Revoked { at: Timestamp(1) };
        let identifier = Identifier::new(IdentifierKind::WaId, "551");
        let learned = Row::AddressLearned { thread: ThreadId(ID), number: NumberId(ID), identifier, at: Timestamp(1) };
        let read = [
            vec![Row::Conversation(Box::new(line()))],
            vec![Row::Message(Box::new(message()))],
            but(|line, _| line.preview = None),
            but(|line, _| line.owner = Owner::Nobody),
            but(|line, _| line.contact = ContactId(Uuid::nil())),
            but(|line, _| line.last_message = None),
            but(|_, message| message.direction = Direction::Outbound),
            but(|_, message| message.context.referral = Some(Box::default())),
            and(Row::MessageChange { thread: ThreadId(ID), provider_message_id: "1".into(), change }),
            and(address(None)),
            and(address(Some(ThreadId(ID)))),
            and(learned),
        ];
        for rows in read {
            assert_eq!(name(rows.clone()), None, "{rows:?}");
        }
        let known = || said(line(), message());
        let asked = [
            Wanted { contacts: wanted().conversations, ..wanted() },
            Wanted { last_agents: wanted().conversations, ..wanted() },
        ];
        assert!(asked.iter().all(|wanted| told(known(), wanted).is_none()));
    }

    #[test]
    fn where_rows_were_let_go_nobody_s_face_is_known() {
        let mut faces = Faces::default();
        faces.0.entry(ContactId(ID)).or_default();
        faces.follow(&Rows::LetGo);
        assert!(faces.0.is_empty());
    }
}
