//! Who has an address, and until when (B3).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::identity::{Address, Claim};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::{Row, Timestamp, channel, conversation};
use dashoffice_runtime::Outcome;

for_every_store!(
    b3_an_address_moves_only_from_the_thread_it_is_taken_from,
    b3_a_second_business_scoped_id_joins_a_thread_only_by_notice,
    a_customer_is_answered_where_they_were_seen_last_and_never_where_they_left,
    what_the_provider_calls_a_customer_is_kept_once_it_takes_a_message,
    a_status_tells_the_scoped_id_of_a_customer_who_has_none,
    what_the_provider_calls_a_customer_takes_nothing_from_anybody,
);

fn phone(digits: &str) -> Identifier {
    Identifier::new(IdentifierKind::WaId, digits)
}

fn scoped(id: &str) -> Identifier {
    Identifier::new(IdentifierKind::ScopedUser, id)
}

fn link(identifier: Identifier) -> Claim {
    Claim::link(identifier, Timestamp(NOON))
}

async fn claims(desk: &Desk, thread: ThreadId, sequence: i64, claims: Vec<Claim>) -> Outcome {
    let mut commit = desk.thread_commit(thread, sequence);
    commit.rows = claims.into_iter().map(|one| claim(thread, one)).collect();
    desk.commit(commit).await
}

async fn known(desk: &Desk, identifier: Identifier) -> Vec<(ThreadId, Vec<Identifier>)> {
    let known = desk.reads(TENANT).threads_of(NUMBER, vec![identifier]).await.unwrap();
    let known = known.into_iter().map(|known| {
        let mut all: Vec<Identifier> = known.addresses.into_iter().map(|address| address.identifier).collect();
        all.sort();
        (known.thread, all)
    });
    known.collect()
}

/// Where a message of the thread would go.
async fn to(
    desk: &Desk,
    (thread, conversation): (ThreadId, dashoffice_domain::ids::ConversationId),
) -> Vec<Identifier> {
    let message = desk.queued(thread, conversation).await;
    desk.reads(TENANT).send(message).await.unwrap().expect("it is queued").to
}

async fn b3_an_address_moves_only_from_the_thread_it_is_taken_from(desk: Desk) {
    let (one, two, three): (ThreadId, ThreadId, ThreadId) = (fresh(), fresh(), fresh());
    let committed = |outcome| matches!(outcome, Outcome::Committed { .. });
    assert!(committed(claims(&desk, one, 0, vec![link(phone("5511"))]).await));
    let take = |from| Claim { taken_from: Some(from), ..link(phone("5511")) };
    assert_eq!(claims(&desk, two, 0, vec![take(three)]).await, Outcome::Conflict, "it is not theirs");
    assert!(committed(claims(&desk, two, 0, vec![take(one), link(scoped("BR.2"))]).await));
    assert_eq!(known(&desk, phone("5511")).await, [(two, vec![scoped("BR.2"), phone("5511")])]);
    assert!(committed(claims(&desk, two, 1, vec![take(one)]).await), "said again it changes nothing");
    assert_eq!(claims(&desk, three, 0, vec![take(one)]).await, Outcome::Conflict, "somebody was faster");
}

async fn b3_a_second_business_scoped_id_joins_a_thread_only_by_notice(desk: Desk) {
    let (thread, _) = desk.thread("5511").await;
    let first = claims(&desk, thread, 1, vec![link(scoped("BR.1"))]).await;
    assert!(matches!(first, Outcome::Committed { .. }));
    assert_eq!(claims(&desk, thread, 2, vec![link(scoped("BR.2"))]).await, Outcome::Conflict);
    let both = vec![link(scoped("BR.1")), link(phone("5512"))];
    assert!(matches!(claims(&desk, thread, 2, both).await, Outcome::Committed { .. }), "its own may be said again");
    let by_notice = Claim { by_notice: true, ..link(scoped("BR.2")) };
    assert!(matches!(claims(&desk, thread, 3, vec![by_notice]).await, Outcome::Committed { .. }));
}

async fn a_customer_is_answered_where_they_were_seen_last_and_never_where_they_left(desk: Desk) {
    let (thread, conversation) = desk.thread("5515").await;
    let at = |seconds: i64| Timestamp(NOON + seconds * 1_000_000);
    let seen = |digits, seconds| Claim { is_new: false, ..Claim::link(phone(digits), at(seconds)) };
    claims(&desk, thread, 1, vec![seen("5519", 10), seen("5511", 5)]).await;
    assert_eq!(to(&desk, (thread, conversation)).await, [phone("5519"), phone("5511"), phone("5515")]);
    claims(&desk, thread, 2, vec![seen("5511", 20)]).await;
    assert_eq!(to(&desk, (thread, conversation)).await, [phone("5511"), phone("5519"), phone("5515")]);
    let left = Claim { retired_at: Some(at(30)), ..seen("5511", 1) };
    claims(&desk, thread, 3, vec![left]).await;
    assert_eq!(to(&desk, (thread, conversation)).await, [phone("5519"), phone("5515")]);
    let known = desk.reads(TENANT).threads_of(NUMBER, vec![phone("5511")]).await.unwrap().remove(0);
    assert_eq!((known.contact, known.name.as_deref()), (CONTACT, Some("Ana")));
    let address = Address { identifier: phone("5511"), seen_at: at(20), retired_at: Some(at(30)) };
    assert!(known.addresses.contains(&address), "a sighting is not unlearned: {known:?}");
    claims(&desk, thread, 4, vec![seen("5511", 40)]).await;
    assert_eq!(to(&desk, (thread, conversation)).await[0], phone("5511"), "they are back");
}

async fn sent(desk: &Desk, message: MessageId, thread: ThreadId, known_as: &[Identifier]) -> Outcome {
    let ended = Row::Channel(channel::Row::SendEnded {
        message,
        status: Status::Sent,
        provider_message_id: Some(format!("wamid.{message}")),
        error: None,
    });
    let learned = known_as.iter().map(|identifier| {
        Row::Conversation(conversation::Row::AddressLearned {
            thread,
            number: NUMBER,
            identifier: identifier.clone(),
            at: Timestamp(NOON + 1),
        })
    });
    desk.commit(desk.message_commit(message, std::iter::once(ended).chain(learned).collect())).await
}

async fn what_the_provider_calls_a_customer_is_kept_once_it_takes_a_message(desk: Desk) {
    let chat = desk.thread("5531977770111").await;
    let message = desk.sending(chat.0, chat.1).await;
    let outcome = sent(&desk, message, chat.0, &[scoped("BR.1"), phone("553177770111")]).await;
    assert!(matches!(outcome, Outcome::Committed { .. }), "{outcome:?}");
    assert_eq!(to(&desk, chat).await, [scoped("BR.1"), phone("553177770111"), phone("5531977770111")]);
}

async fn a_status_tells_the_scoped_id_of_a_customer_who_has_none(desk: Desk) {
    let chat = desk.thread("5511").await;
    let message = desk.queued(chat.0, chat.1).await;
    let mut delivered = news("wamid.1", Some(message), Status::Delivered);
    delivered.recipient = Some(scoped("BR.1"));
    desk.accept(statuses(vec![delivered.clone()])).await;
    assert_eq!(known(&desk, scoped("BR.1")).await, [(chat.0, vec![scoped("BR.1"), phone("5511")])]);
    delivered.status = Status::Read;
    delivered.recipient = Some(scoped("BR.2"));
    desk.accept(statuses(vec![delivered])).await;
    assert_eq!(known(&desk, scoped("BR.2")).await, [], "it reached somebody else, whom we do not mistake for them");
    let mut foreign = news("wamid.of.nobody", None, Status::Delivered);
    foreign.recipient = Some(scoped("BR.3"));
    desk.accept(statuses(vec![foreign])).await;
    assert_eq!(known(&desk, scoped("BR.3")).await, []);
}

async fn what_the_provider_calls_a_customer_takes_nothing_from_anybody(desk: Desk) {
    let (one, two) = (desk.thread("5511").await, desk.thread("5512").await);
    claims(&desk, one.0, 1, vec![link(scoped("BR.1"))]).await;
    claims(&desk, two.0, 1, vec![link(scoped("BR.2"))]).await;
    let message = desk.sending(two.0, two.1).await;
    let outcome = sent(&desk, message, two.0, &[scoped("BR.1"), phone("5511"), scoped("BR.9")]).await;
    assert!(matches!(outcome, Outcome::Committed { .. }), "that it was sent is a fact: {outcome:?}");
    assert_eq!(known(&desk, phone("5511")).await, [(one.0, vec![scoped("BR.1"), phone("5511")])]);
    assert_eq!(known(&desk, phone("5512")).await, [(two.0, vec![scoped("BR.2"), phone("5512")])]);
}
