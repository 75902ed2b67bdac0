//! Which lines are told from their commit, and which are read.

use super::*;
use crate::live::tests::NoReads;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation;
use dashoffice_domain::conversation::ConversationState;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::conversation::{AddressRow, MessageChange, Preview};
use dashoffice_domain::ids::{NumberId, QueueId};
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
    vec![
        Row::Conversation(conversation::Row::Message(Box::new(message))),
        Row::Conversation(conversation::Row::Conversation(Box::new(line))),
    ]
}

fn contact(name: Option<&str>) -> Row {
    let (name, seen_at) = (name.map(str::to_owned), Timestamp(1));
    Row::Conversation(conversation::Row::Contact { id: ContactId(ID), name, username: None, seen_at })
}

fn address(taken_from: Option<ThreadId>) -> Row {
    let identifier = Identifier::new(IdentifierKind::WaId, "551");
    let claim = Claim { taken_from, ..Claim::link(identifier, Timestamp(1)) };
    let contact = if taken_from.is_some() { ContactId(Uuid::nil()) } else { ContactId(ID) };
    Row::Conversation(conversation::Row::Address(Box::new(AddressRow {
        number: NumberId(ID),
        thread: ThreadId(ID),
        contact,
        claim,
    })))
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
    Some(faces.known[&ContactId(ID)][0].1.clone())
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
    let learned = Row::Conversation(conversation::Row::AddressLearned {
        thread: ThreadId(ID),
        number: NumberId(ID),
        identifier,
        at: Timestamp(1),
    });
    let read = [
        vec![Row::Conversation(conversation::Row::Conversation(Box::new(line())))],
        vec![Row::Conversation(conversation::Row::Message(Box::new(message())))],
        but(|line, _| line.preview = None),
        but(|line, _| line.owner = Owner::Nobody),
        but(|line, _| line.contact = ContactId(Uuid::nil())),
        but(|line, _| line.last_message = None),
        but(|_, message| message.direction = Direction::Outbound),
        but(|_, message| message.context.referral = Some(Box::default())),
        and(Row::Conversation(conversation::Row::MessageChange {
            thread: ThreadId(ID),
            provider_message_id: "1".into(),
            change,
        })),
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
    faces.known.entry(ContactId(ID)).or_default();
    faces.follow(&Rows::LetGo);
    assert!(faces.known.is_empty());
}

/// The face of a conversation of which nothing was known, with these rows.
fn of_newcomer(rows: Vec<Row>) -> Option<Face> {
    let mut faces = Faces::default();
    let rows = Rows::All(vec![Arc::new(rows)]);
    faces.follow(&rows);
    let mut wanted = Wanted { last_agents: wanted().conversations, ..wanted() };
    let at_hand = faces.at_hand(&[], &rows, &mut wanted, &NoReads);
    at_hand.conversations.contains_key(&ConversationId(ID)).then(|| faces.known[&ContactId(ID)][0].1.clone())
}

#[test]
fn a_newcomer_s_line_is_told_without_a_read_and_one_that_is_not_all_there_is_not() {
    let thread = Row::Conversation(conversation::Row::Thread {
        id: ThreadId(ID),
        number: NumberId(ID),
        contact: ContactId(ID),
        created_at: Timestamp(1),
    });
    let known = || said(line(), message());
    let first = [vec![thread.clone(), contact(Some("Ana")), address(None)], known()].concat();
    let face = of_newcomer(first.clone()).unwrap();
    assert_eq!(face.name.as_deref(), Some("Ana"));
    assert_eq!(face.identifier, Some(Identifier::new(IdentifierKind::WaId, "551")));
    assert_eq!(of_newcomer([vec![thread, address(None)], known()].concat()), None, "the contact was there before");
    assert_eq!(of_newcomer([vec![contact(Some("Ana")), address(None)], known()].concat()), None, "so was the thread");
    let (line, mut referred) = (line(), message());
    referred.context.referral = Some(Box::default());
    assert_eq!(of_newcomer([first, said(line, referred)].concat()), None, "it is read where they came from");
}
