//! Who wrote is found in one order with all they were ever known by, and whoever is answered is the one who wrote.

use crate::bench::{ANA, Bench, NUMBER, TENANT, parts_of};
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::ids::ThreadId;
use dashoffice_domain::item::{Inbound, Moved, Said};
use dashoffice_domain::{Event, Span, Timestamp, conversation};
use std::collections::BTreeSet;
use std::time::Duration;

fn phone(digits: &str) -> Identifier {
    Identifier::new(IdentifierKind::WaId, digits)
}

fn scoped(id: &str) -> Identifier {
    Identifier::new(IdentifierKind::ScopedUser, id)
}

const OLD: &str = "4915110000001";
const NEW: &str = "4915190000001";

fn says(bench: &Bench, id: &str, identifiers: &[Identifier]) -> Inbound {
    Inbound {
        identifiers: identifiers.to_vec(),
        profile_name: None,
        username: None,
        moved: vec![],
        provider_message_id: id.to_owned(),
        said_at: bench.now(),
        what: Said::Message { content: Content::text(id) },
        reply_to: None,
        context: MessageContext::default(),
    }
}

async fn tells(bench: &Bench, id: &str, identifiers: &[Identifier]) {
    bench.hears_from(says(bench, id, identifiers)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
}

async fn moves(bench: &Bench, id: &str, from: Identifier, to: Identifier) {
    let notice = says(bench, id, std::slice::from_ref(&from));
    bench.hears_from(Inbound { moved: vec![Moved { from, to }], ..notice }).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// In which thread the message with this id is.
async fn thread_of(bench: &Bench, id: &str) -> ThreadId {
    let there = async |bench: &Bench| {
        let mut messages = bench.messages().into_iter();
        messages.find(|message| message.provider_message_id.as_deref() == Some(id)).map(|message| message.thread)
    };
    bench.until(there).await
}

async fn replies_to(bench: &Bench, thread: ThreadId) -> Vec<Identifier> {
    bench
        .until(async |bench| {
            bench.owners().await.into_iter().find(|(one, owner)| *one == thread && owner.agent() == Some(ANA))
        })
        .await;
    let before = bench.posts().len();
    bench.replies(ANA, thread).await;
    bench.until(async |bench| (bench.posts().len() > before).then_some(())).await;
    bench.glass.sent_to.lock().unwrap()[before].clone()
}

fn possible_duplicates(bench: &Bench) -> usize {
    let journal = bench.store.journal_of(TENANT).into_iter();
    journal
        .filter(|envelope| matches!(envelope.event, Event::Conversation(conversation::Event::PossibleDuplicate { .. })))
        .count()
}

#[tokio::test(start_paused = true)]
async fn after_a_number_change_the_reply_goes_to_the_new_number_also_after_a_restart() {
    let mut bench = Bench::usual().await;
    bench.comes(ANA).await;
    tells(&bench, "1", &[phone(OLD)]).await;
    moves(&bench, "2", phone(OLD), phone(NEW)).await;
    let thread = thread_of(&bench, "1").await;
    assert_eq!(replies_to(&bench, thread).await, [phone(NEW)]);
    bench.dies_for(Duration::from_secs(1)).await;
    bench.comes(ANA).await;
    tells(&bench, "3", &[phone(NEW)]).await;
    assert_eq!(thread_of(&bench, "3").await, thread);
    tells(&bench, "4", &[scoped("DE.y1"), phone(OLD)]).await;
    assert_ne!(thread_of(&bench, "4").await, thread, "whoever has the old number now is a stranger");
    assert_eq!(replies_to(&bench, thread).await, [phone(NEW)]);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_on_a_recycled_number_has_a_chat_of_their_own_and_it_is_said_once() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    tells(&bench, "1", &[scoped("DE.1"), phone(OLD)]).await;
    for id in ["2", "3"] {
        tells(&bench, id, &[scoped("DE.2"), phone(OLD)]).await;
    }
    let (former, stranger) = (thread_of(&bench, "1").await, thread_of(&bench, "2").await);
    assert_ne!(former, stranger);
    assert_eq!(thread_of(&bench, "3").await, stranger);
    assert_eq!(possible_duplicates(&bench), 1);
    assert_eq!(replies_to(&bench, former).await, [scoped("DE.1")]);
    assert_eq!(replies_to(&bench, stranger).await, [scoped("DE.2"), phone(OLD)]);
}

#[tokio::test(start_paused = true)]
async fn a_customer_is_seen_where_they_write_and_not_where_we_or_the_provider_speak_of_them() {
    let bench = Bench::usual().await;
    let before = Timestamp(bench.now().0 - Span::days(2).0);
    let seen_at = async |bench: &Bench| {
        let known = parts_of(&bench.store, TENANT).reads.threads_of(NUMBER, vec![phone(OLD)]).await.unwrap();
        known[0].addresses[0].seen_at
    };
    bench.hears_from(Inbound { said_at: before, ..says(&bench, "1", &[phone(OLD)]) }).await;
    bench.inbox_is_empty().await;
    let words = Box::new(Said::Message { content: Content::text("by phone") });
    let notice = Content::System { what: "customer_identity_changed".to_owned(), text: None };
    for (id, what) in [("2", Said::Echo { what: words }), ("3", Said::Notice { content: notice })] {
        bench.hears_from(Inbound { what, ..says(&bench, id, &[phone(OLD)]) }).await;
    }
    bench.inbox_is_empty().await;
    assert_eq!(seen_at(&bench).await, before);
    tells(&bench, "4", &[phone(OLD)]).await;
    assert!(seen_at(&bench).await > before);
}

#[tokio::test(start_paused = true)]
async fn a_customer_keeps_their_chat_when_their_scoped_id_changes() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    tells(&bench, "1", &[scoped("BR.old1")]).await;
    moves(&bench, "2", scoped("BR.old1"), scoped("BR.new1")).await;
    tells(&bench, "3", &[scoped("BR.new1")]).await;
    let thread = thread_of(&bench, "1").await;
    assert_eq!(thread_of(&bench, "3").await, thread);
    assert_eq!(replies_to(&bench, thread).await, [scoped("BR.new1")]);
}

#[tokio::test(start_paused = true)]
async fn many_first_messages_at_once_in_every_spelling_are_one_chat() {
    let bench = Bench::usual().await;
    for n in 0..20 {
        let spelling = if n % 2 == 0 { "5531977770111" } else { "553177770111" };
        bench.hears_from(says(&bench, &n.to_string(), &[phone(spelling)])).await;
        if n == 10 {
            bench.office.kill_stations();
        }
    }
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().len(), 1);
    assert_eq!(bench.store.unfinished(TENANT).dead, 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_calls_a_customer_is_known_when_a_stranger_comes() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    tells(&bench, "1", &[phone(OLD)]).await;
    let thread = thread_of(&bench, "1").await;
    let known_as = vec![scoped("DE.1")];
    bench.answers_with([(Duration::ZERO, Posted::Accepted { provider_message_id: "out.first".into(), known_as })]);
    assert_eq!(replies_to(&bench, thread).await, [phone(OLD)]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    tells(&bench, "2", &[scoped("DE.2"), phone(OLD)]).await;
    let stranger = thread_of(&bench, "2").await;
    assert_ne!(stranger, thread, "the answer had told whose number it was");
    tells(&bench, "3", &[scoped("DE.1")]).await;
    assert_eq!(thread_of(&bench, "3").await, thread);
    let threads: BTreeSet<ThreadId> = bench.heard().into_keys().collect();
    assert_eq!((threads.len(), bench.store.unfinished(TENANT).dead), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_calls_a_customer_is_known_when_somebody_comes_who_was_here_before() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    tells(&bench, "1", &[phone(OLD)]).await;
    let former = thread_of(&bench, "1").await;
    let known_as = vec![scoped("DE.1")];
    bench.answers_with([(Duration::ZERO, Posted::Accepted { provider_message_id: "out.first".into(), known_as })]);
    assert_eq!(replies_to(&bench, former).await, [phone(OLD)]);
    tells(&bench, "2", &[scoped("DE.2"), phone(NEW)]).await;
    tells(&bench, "3", &[scoped("DE.2"), phone(OLD)]).await;
    assert_eq!(thread_of(&bench, "3").await, thread_of(&bench, "2").await);
    assert_eq!(replies_to(&bench, former).await, [scoped("DE.1")], "the number is another's by now");
}

#[tokio::test(start_paused = true)]
async fn what_a_message_claimed_that_was_put_aside_is_believed_no_more_than_the_store_does() {
    let mut bench = Bench::usual().await;
    tells(&bench, "1", &[phone(OLD)]).await;
    let again = says(&bench, "1", &[scoped("DE.1"), phone(NEW)]);
    bench.hears_under("bad", again).await;
    bench.hears_from(says(&bench, "2", &[scoped("DE.1")])).await;
    bench.inbox_is_empty().await;
    assert_eq!(bench.store.unfinished(TENANT).dead, 1);
    tells(&bench, "3", &[phone(NEW)]).await;
    let thread = thread_of(&bench, "3").await;
    bench.dies_for(Duration::from_secs(1)).await;
    tells(&bench, "4", &[phone(NEW)]).await;
    assert_eq!(thread_of(&bench, "4").await, thread);
}
