//! What is no new word of the customer's: notices of the provider's, and edits, whenever they come.

use super::tests::{arrived, believe, held_by_ana, id, noon};
use super::{Command, ConversationState, Decided, Owner, ReplyCommand, Thread};
use crate::channel;
use crate::conversation::Event;
use crate::conversation::content::{Content, Media, MediaKind};
use crate::conversation::context::{MessageContext, Referral};
use crate::conversation::{MessageChange, MessageRow, Row};
use crate::ids::{AgentId, ConversationId, MessageId, ThreadId};
use crate::item::Said;
use crate::refusal::Refusal;
use crate::time::{Span, Timestamp};

fn fresh() -> Thread {
    Thread::fresh(id::<ThreadId>(7))
}

/// What the thread makes of it, and what it is from then on.
fn hears(thread: &mut Thread, n: u128, what: Said, said_at: Timestamp, now: Timestamp) -> Decided {
    let mut arrived = arrived(n, said_at);
    arrived.inbound.what = what;
    let decided = thread.receive(&arrived, now);
    believe(thread, &decided, now);
    decided
}

fn notice() -> Said {
    Said::Notice { content: Content::System { what: "customer_identity_changed".to_owned(), text: None } }
}

fn edit(of: &str, body: &str) -> Said {
    Said::Edit { of: of.to_owned(), content: Content::text(body) }
}

fn edit_alone(of: &str, body: &str) -> Said {
    Said::EditAlone { of: of.to_owned(), content: Content::text(body) }
}

fn message(decided: &Decided) -> Option<&MessageRow> {
    decided.rows.iter().find_map(|row| match row {
        crate::Row::Conversation(Row::Message(row)) => Some(row.as_ref()),
        _ => None,
    })
}

fn change(decided: &Decided) -> Option<&MessageChange> {
    decided.rows.iter().find_map(|row| match row {
        crate::Row::Conversation(Row::MessageChange { change, .. }) => Some(change),
        _ => None,
    })
}

fn answers(thread: &Thread, now: Timestamp) -> Result<Decided, Refusal> {
    let reply = ReplyCommand { by: id(101), message: id(9), content: Content::text("olá"), reply_to: None };
    thread.decide(&Command::Reply(reply), now)
}

fn closed() -> Thread {
    let mut thread = held_by_ana();
    let answered = answers(&thread, noon()).expect("hers");
    believe(&mut thread, &answered, noon());
    let closed = thread.decide(&Command::Close { by: id(101), seen: None }, noon()).expect("hers");
    believe(&mut thread, &closed, noon());
    thread
}

#[test]
fn a_notice_opens_no_chat_no_window_and_no_clock_and_is_shown_in_the_chat_that_comes() {
    let mut thread = fresh();
    let decided = hears(&mut thread, 1, notice(), noon(), noon());
    assert_eq!((thread.episode.clone(), thread.window_until), (None, None));
    assert_eq!((decided.clocks.clone(), thread.conversation_row(None)), (vec![], None));
    let said = message(&decided).expect("it is kept");
    assert!(said.context.notice);
    let later = hears(&mut thread, 2, notice(), noon(), noon());
    assert_eq!(message(&later).map(|later| later.conversation), Some(said.conversation), "all of them in one");
    let opened = hears(&mut thread, 3, arrived(3, noon()).inbound.what, noon(), noon());
    let episode = thread.open_episode().expect("the customer wrote");
    assert_eq!((episode.id, episode.inbound, thread.upcoming), (said.conversation, 1, None));
    assert_eq!(message(&opened).map(|opened| opened.conversation), Some(episode.id));
}

#[test]
fn a_notice_in_a_chat_counts_for_nothing_the_customer_did() {
    let mut thread = held_by_ana();
    let before = thread.clone();
    let decided = hears(&mut thread, 2, notice(), noon().plus(Span::hours(1)), noon().plus(Span::hours(1)));
    assert_eq!(message(&decided).map(|said| said.conversation), before.episode.as_ref().map(|episode| episode.id));
    assert_eq!((thread.episode.clone(), thread.window_until), (before.episode, before.window_until));
    assert_eq!((decided.preview, decided.clocks), (None, vec![]));
}

#[test]
fn after_a_notice_thirty_hours_later_a_free_text_is_still_refused_and_a_closed_chat_still_closed() {
    let late = noon().plus(Span::hours(30));
    let mut thread = held_by_ana();
    hears(&mut thread, 2, notice(), late, late);
    assert_eq!(answers(&thread, late), Err(Refusal::SERVICE_WINDOW_CLOSED));
    let mut thread = closed();
    let before = thread.conversation_row(None);
    hears(&mut thread, 2, notice(), noon(), noon());
    assert_eq!((thread.conversation_row(None), thread.owner()), (before, &Owner::Nobody));
}

#[test]
fn what_came_beside_a_message_is_kept_with_it() {
    let referral = Referral { click_id: Some("click".to_owned()), ..Referral::default() };
    let context = MessageContext { referral: Some(Box::new(referral)), ..MessageContext::default() };
    let mut arrived = arrived(1, noon());
    arrived.inbound.context = context.clone();
    let decided = fresh().receive(&arrived, noon());
    assert_eq!(message(&decided).map(|said| &said.context), Some(&context));
}

#[test]
fn of_two_changes_each_says_when_it_was_made_and_never_in_the_future() {
    let mut thread = held_by_ana();
    let (made, now) = (noon().plus(Span::minutes(1)), noon().plus(Span::minutes(9)));
    for (said_at, at) in [(made, made), (now.plus(Span::hours(1)), now)] {
        for (what, wanted) in [
            (edit("wamid.1", "b"), MessageChange::Edited { content: Content::text("b"), at }),
            (Said::Revoke { of: "wamid.1".to_owned() }, MessageChange::Revoked { at }),
        ] {
            let decided = hears(&mut thread, 2, what, said_at, now);
            assert_eq!(change(&decided), Some(&wanted));
        }
    }
}

#[test]
fn an_edit_after_the_answer_marks_the_chat_unread_until_it_is_read_or_answered() {
    let unread = |thread: &Thread| thread.conversation_row(None).expect("a chat").unread;
    let mut thread = held_by_ana();
    hears(&mut thread, 2, edit("wamid.1", "b"), noon(), noon());
    assert_eq!(unread(&thread), 1, "it was unread before");
    let answered = answers(&thread, noon()).expect("hers");
    believe(&mut thread, &answered, noon());
    assert_eq!(unread(&thread), 0);
    hears(&mut thread, 3, edit("wamid.1", "c"), noon(), noon());
    hears(&mut thread, 4, edit("wamid.1", "d"), noon(), noon());
    assert_eq!(unread(&thread), 1, "once, however often it is edited");
    let mut answered_again = thread.clone();
    let again = answers(&answered_again, noon()).expect("hers");
    believe(&mut answered_again, &again, noon());
    assert_eq!(unread(&answered_again), 0);
    let (conversation, message) = (thread.open_episode().expect("open").id, id(1001));
    let read = thread.decide(&Command::Read { by: id(101), conversation, message, inbound: 1 }, noon()).expect("hers");
    assert!(
        !read.rows.iter().any(|row| matches!(row, crate::Row::Channel(channel::Row::ReadMark { .. }))),
        "the customer knows it was read"
    );
    believe(&mut thread, &read, noon());
    assert_eq!(unread(&thread), 0);
}

#[test]
fn an_edit_after_closing_is_noticed_and_reopens_nothing() {
    let mut thread = closed();
    let epoch = thread.owner_epoch;
    hears(&mut thread, 2, edit("wamid.1", "b"), noon().plus(Span::minutes(2)), noon().plus(Span::minutes(2)));
    let episode = thread.episode.clone().expect("it is there");
    assert_eq!((episode.state, episode.unread(), thread.owner_epoch), (ConversationState::Closed, 1, epoch));
    let read = |by: AgentId, conversation: ConversationId| {
        thread.decide(&Command::Read { by, conversation, message: id::<MessageId>(1001), inbound: 1 }, noon())
    };
    assert_eq!(read(id(102), episode.id), Err(Refusal::NOT_OWNER));
    let seen = read(id(101), episode.id).expect("she had it last");
    let mut seen_it = thread.clone();
    believe(&mut seen_it, &seen, noon());
    assert_eq!(seen_it.episode.map(|episode| (episode.state, episode.unread())), Some((ConversationState::Closed, 0)));
}

#[test]
fn an_edit_of_a_message_we_never_had_is_a_message_that_says_it_was_edited() {
    let mut thread = fresh();
    let (made, now) = (noon(), noon().plus(Span::seconds(1)));
    let decided = hears(&mut thread, 2, edit_alone("wamid.1", "certo"), made, now);
    let said = message(&decided).expect("it is shown").clone();
    assert_eq!((said.provider_message_id.as_deref(), &said.content), (Some("wamid.1"), &Content::text("certo")));
    assert_eq!(change(&decided), Some(&MessageChange::Edited { content: Content::text("certo"), at: made }));
    let episode = thread.open_episode().expect("the customer waits");
    assert_eq!((episode.inbound, episode.unanswered, episode.waiting_since), (1, 1, Some(now)));
    let window = made.plus(Span::hours(24)).0 - Span::minutes(15).0;
    assert_eq!(thread.window_until, Some(Timestamp(window)), "it was said up to a quarter of an hour before");

    let earlier = hears(&mut thread, 3, edit_alone("wamid.1", "quase"), made, now);
    assert_eq!(message(&earlier), None, "the same message");
    let decided = hears(&mut thread, 1, arrived(1, made).inbound.what, made, now);
    assert_eq!(message(&decided), None, "it is here already");
    assert_eq!(change(&decided), Some(&MessageChange::Original { content: Content::text("hola"), at: made }));
    assert!(decided.events.iter().any(|(event, _)| *event == Event::MessageChanged { message: said.id }));
    let episode = thread.open_episode().expect("the customer waits");
    assert_eq!((episode.inbound, episode.unanswered, thread.ahead.len()), (1, 1, 0), "it is counted once");
}

#[test]
fn an_edit_changes_the_words_of_a_file_and_not_the_file() {
    let file = |id: Option<&str>, caption: &str| {
        let by_link = Media::by_link(MediaKind::Image, String::new(), Some(caption.to_owned()), None);
        Content::Media(Media { link: None, provider_media_id: id.map(str::to_owned), ..by_link })
    };
    assert_eq!(file(Some("77"), "A").edited(&file(None, "B")), file(Some("77"), "B"));
    assert_eq!(Content::text("a").edited(&Content::text("b")), Content::text("b"));
}
