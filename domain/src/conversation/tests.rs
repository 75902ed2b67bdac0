//! The promises of a thread, whatever the order of what happens to it: I1, I2, I12, I13.

use super::*;
use crate::channel;
use crate::conversation::Event;
use crate::conversation::Row;
use crate::conversation::contact::{Identifier, IdentifierKind};
use crate::conversation::content::{Content, Media, MediaKind};
use crate::conversation::context::MessageContext;
use crate::conversation::identity::Claim;
use crate::ids::{AgentId, ConversationId, MessageId, OfferId, ThreadId};
use crate::item::{Arrived, Inbound, Said};
use crate::refusal::Refusal;
use crate::routing::AcceptMode;
use crate::time::{Span, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

pub(super) fn arrived(n: u128, said_at: Timestamp) -> Arrived {
    Arrived {
        number: id(1),
        queue: id(2),
        inbound: Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, "5511999990001")],
            profile_name: None,
            username: None,
            moved: vec![],
            provider_message_id: format!("wamid.{n}"),
            said_at,
            what: Said::Message { content: Content::text("hola") },
            reply_to: None,
            context: MessageContext::default(),
        },
        received_at: said_at,
        contact: id(3),
        claims: vec![],
        possible_duplicate: None,
        message: id(1000 + n),
        conversation: id(2000 + n),
        raw: None,
    }
}

/// A step somebody may take at any time.
#[derive(Clone, Debug)]
pub(super) enum Step {
    CustomerWrites { after_minutes: i64 },
    Picks { agent: u128, stale: bool, after_minutes: i64 },
    Replies { agent: u128, after_minutes: i64 },
    Closes { agent: u128, after_minutes: i64 },
    RouterOffers { agent: u128, auto: bool, stale: bool },
    Accepts { agent: u128, late: bool },
    Declines { agent: u128, late: bool },
    ClockRunsOut { offer: bool },
    Requeued { agent: u128 },
    Types { agent: u128 },
    AnswerFails,
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    let minutes = prop_oneof![0..5i64, 60..3000i64];
    prop_oneof![
        minutes.clone().prop_map(|after_minutes| Step::CustomerWrites { after_minutes }),
        (1..4u128, any::<bool>(), minutes.clone()).prop_map(|(agent, stale, after_minutes)| Step::Picks {
            agent,
            stale,
            after_minutes
        }),
        (1..4u128, minutes.clone()).prop_map(|(agent, after_minutes)| Step::Replies { agent, after_minutes }),
        (1..4u128, minutes).prop_map(|(agent, after_minutes)| Step::Closes { agent, after_minutes }),
        (1..4u128, any::<bool>(), any::<bool>()).prop_map(|(agent, auto, stale)| Step::RouterOffers {
            agent,
            auto,
            stale
        }),
        (1..4u128, any::<bool>()).prop_map(|(agent, late)| Step::Accepts { agent, late }),
        (1..4u128, any::<bool>()).prop_map(|(agent, late)| Step::Declines { agent, late }),
        any::<bool>().prop_map(|offer| Step::ClockRunsOut { offer }),
        (1..4u128).prop_map(|agent| Step::Requeued { agent }),
        (1..4u128).prop_map(|agent| Step::Types { agent }),
        Just(Step::AnswerFails),
    ]
}

pub(super) fn take(thread: &Thread, n: u128, step: &Step, now: &mut Timestamp) -> Result<Decided, Refusal> {
    let agent = |n: u128| id::<AgentId>(100 + n);
    let mut pass = |minutes: i64| {
        *now = now.plus(Span::minutes(minutes));
        *now
    };
    match step {
        Step::CustomerWrites { after_minutes } => {
            let now = pass(*after_minutes);
            Ok(thread.receive(&arrived(n, now), now))
        }
        Step::Picks { agent: a, stale, after_minutes } => {
            let expected_epoch = thread.owner_epoch - i64::from(*stale);
            thread.decide(&Command::Pick { agent: agent(*a), expected_epoch, incarnation: 1 }, pass(*after_minutes))
        }
        Step::Replies { agent: a, after_minutes } => {
            let reply =
                ReplyCommand { by: agent(*a), message: id(5000 + n), content: Content::text("claro"), reply_to: None };
            thread.decide(&Command::Reply(reply), pass(*after_minutes))
        }
        Step::Closes { agent: a, after_minutes } => {
            thread.decide(&Command::Close { by: agent(*a), seen: None }, pass(*after_minutes))
        }
        Step::RouterOffers { agent: a, auto, stale } => {
            let accept = if *auto {
                AcceptMode::Auto { first_reply_us: Span::seconds(180) }
            } else {
                AcceptMode::Offer { within_us: Span::seconds(30) }
            };
            let expected_epoch = thread.owner_epoch - i64::from(*stale);
            let offer = OfferCommand {
                offer: id(8000 + n),
                agent: agent(*a),
                expected_epoch,
                accept,
                typing_us: None,
                incarnation: 1,
            };
            thread.decide(&Command::Offer(offer), pass(0))
        }
        Step::Accepts { agent: a, late } => {
            let offer = held_out(thread).filter(|_| !late).unwrap_or(id(9999));
            thread.decide(&Command::Accept { agent: agent(*a), offer }, pass(0))
        }
        Step::Declines { agent: a, late } => {
            let offer = held_out(thread).filter(|_| !late).unwrap_or(id(9999));
            thread.decide(&Command::Decline { agent: agent(*a), offer }, pass(0))
        }
        Step::ClockRunsOut { offer } => Ok(thread.run_out(if *offer { OFFER } else { FIRST_REPLY }, pass(3))),
        Step::Types { agent: a } => thread.decide(&Command::Typing { by: agent(*a) }, pass(1)),
        Step::AnswerFails => {
            let answer = thread.open_episode().and_then(|episode| episode.answer.as_ref());
            Ok(thread.failed(answer.map_or(id(9999), |answer| answer.messages[0]), pass(1)))
        }
        Step::Requeued { agent: a } => {
            let requeue = Command::Requeue { agent: agent(*a), expected_epoch: thread.owner_epoch };
            thread.decide(&requeue, pass(1))
        }
    }
}

fn held_out(thread: &Thread) -> Option<OfferId> {
    match thread.owner() {
        Owner::Offered { offer, .. } => Some(*offer),
        _ => None,
    }
}

/// The clocks of the thread as a timer table keeps them: one live timer a kind.
fn keep_clocks(clocks: &mut BTreeMap<&'static str, OfferId>, decided: &Decided) {
    for change in &decided.clocks {
        match change {
            ClockChange::Set { kind, token, .. } => drop(clocks.insert(kind, *token)),
            ClockChange::Clear { kind } => drop(clocks.remove(kind)),
        }
    }
}

/// I1 and I2: an open conversation is in exactly one of bot, queue, offer, agent; a closed one is with nobody.
pub(super) fn assert_one_place(thread: &Thread) {
    let Some(episode) = &thread.episode else { return };
    let right = match episode.state {
        ConversationState::Bot => matches!(episode.owner, Owner::Bot { .. }),
        ConversationState::Queued => matches!(episode.owner, Owner::Queue { .. }),
        ConversationState::Offered => matches!(episode.owner, Owner::Offered { .. }),
        ConversationState::Active
        | ConversationState::Hold
        | ConversationState::Snoozed
        | ConversationState::WrapUp => matches!(episode.owner, Owner::Agent { .. }),
        ConversationState::Closed => episode.owner == Owner::Nobody,
    };
    assert!(right, "{:?} with {:?}", episode.state, episode.owner);
}

proptest! {
    #[test]
    fn i1_i2_i7_i10_i12_i13_hold_for_any_order_of_steps(steps in prop::collection::vec(any_step(), 1..40)) {
        let mut thread = Thread::fresh(id::<ThreadId>(7));
        let mut now = Timestamp::from_seconds(1_700_000_000);
        let mut replayed = thread.clone();
        let mut stored: Vec<MessageId> = Vec::new();
        let mut clocks = BTreeMap::new();
        for (n, step) in steps.iter().enumerate() {
            let epoch_before = thread.owner_epoch;
            let enqueued_before = thread.open_episode().map(|episode| (episode.id, episode.enqueued_at));
            let Ok(decided) = take(&thread, n as u128, step, &mut now) else { continue };
            if let Step::ClockRunsOut { offer } = step {
                // A timer is taken by its commit, and only a live one rings.
                if clocks.remove(if *offer { OFFER } else { FIRST_REPLY }).is_none() { continue; }
            }
            keep_clocks(&mut clocks, &decided);
            let at = now.max(thread.last_event_at);
            let mut epoch = epoch_before;
            for (event, carried) in &decided.events {
                if let Event::OwnerChanged { from, to, .. } = event {
                    prop_assert_eq!(from, thread.owner(), "I17: the event says from whom");
                    prop_assert_ne!(from, to, "a change of owner changes the owner");
                    epoch += 1;
                }
                prop_assert_eq!(*carried, epoch, "I12: every event carries its epoch, which rises by one at a change of owner");
                thread.apply(event, at);
                replayed.apply(event, at);
            }
            prop_assert_eq!(thread.owner_epoch, epoch);
            assert_one_place(&thread);
            let running = thread.open_episode().and_then(|episode| episode.clock);
            let live: Vec<OfferId> = clocks.values().copied().collect();
            prop_assert_eq!(running.as_slice(), live.as_slice(),
                "I10: a pending offer has exactly one live timer, and nothing else has one");
            let enqueued = thread.open_episode().map(|episode| (episode.id, episode.enqueued_at));
            if let (Some((before, then)), Some((after, at))) = (enqueued_before, enqueued) && before == after {
                prop_assert_eq!(then, at, "I7: the age is kept");
            }
            for row in &decided.rows {
                if let crate::Row::Conversation(Row::Message(message)) = row {
                    prop_assert!(!stored.contains(&message.id), "I13: stored once");
                    stored.push(message.id);
                }
            }
            if matches!(step, Step::CustomerWrites { .. }) {
                prop_assert!(thread.open_episode().is_some(), "I2: what a customer writes is in an open conversation");
                prop_assert_eq!(stored.last(), Some(&id(1000 + n as u128)));
            }
        }
        prop_assert_eq!(replayed, thread, "replaying the events gives the same state");
    }
}

pub(super) fn noon() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000)
}

/// Believes a decision, as the actor does after its commit.
pub(super) fn believe(thread: &mut Thread, decided: &Decided, at: Timestamp) {
    for (event, _) in &decided.events {
        thread.apply(event, at);
    }
}

pub(super) fn held_by_ana() -> Thread {
    let mut thread = Thread::fresh(id(7));
    let decided = thread.receive(&arrived(1, noon()), noon());
    believe(&mut thread, &decided, noon());
    let pick = Command::Pick { agent: id(101), expected_epoch: thread.owner_epoch, incarnation: 1 };
    let decided = thread.decide(&pick, noon()).expect("a waiting chat can be picked");
    believe(&mut thread, &decided, noon());
    thread
}

fn ana_replies(thread: &Thread, now: Timestamp) -> Result<Decided, Refusal> {
    let reply = ReplyCommand { by: id(101), message: id(9), content: Content::text("claro"), reply_to: None };
    thread.decide(&Command::Reply(reply), now)
}

#[test]
fn the_window_closes_a_day_after_the_customer_wrote() {
    let thread = held_by_ana();
    assert!(ana_replies(&thread, noon().plus(Span::hours(23))).is_ok());
    assert_eq!(ana_replies(&thread, noon().plus(Span::hours(24))), Err(Refusal::SERVICE_WINDOW_CLOSED));
}

#[test]
fn a_week_old_message_opens_no_window() {
    let mut thread = Thread::fresh(id(7));
    let now = noon();
    let decided = thread.receive(&arrived(1, noon().plus(Span(-Span::days(7).0))), now);
    believe(&mut thread, &decided, now);
    assert!(thread.window_until.is_some_and(|until| until < now));
}

#[test]
fn a_message_from_the_future_opens_the_window_from_now() {
    let mut thread = Thread::fresh(id(7));
    let decided = thread.receive(&arrived(1, noon().plus(Span::days(3))), noon());
    believe(&mut thread, &decided, noon());
    assert_eq!(thread.window_until, Some(noon().plus(Span::hours(24))));
}

#[test]
fn only_the_owner_replies() {
    let thread = held_by_ana();
    let reply = ReplyCommand { by: id(102), message: id(9), content: Content::text("yo"), reply_to: None };
    assert_eq!(thread.decide(&Command::Reply(reply), noon()), Err(Refusal::NOT_OWNER));
}

#[test]
fn a_closed_conversation_reopens_inside_the_window_and_begins_anew_after_it() {
    let mut thread = held_by_ana();
    let first: ConversationId = thread.episode.as_ref().expect("open").id;
    let closed = thread.decide(&Command::Close { by: id(101), seen: None }, noon()).expect("the owner may close");
    believe(&mut thread, &closed, noon());
    let epoch = thread.owner_epoch;

    let soon = noon().plus(Span::hours(2));
    let mut reopened = thread.clone();
    believe(&mut reopened, &thread.receive(&arrived(2, soon), soon), soon);
    assert_eq!(reopened.episode.as_ref().map(|e| e.id), Some(first));

    let late = noon().plus(Span::hours(30));
    let decided = thread.receive(&arrived(3, late), late);
    believe(&mut thread, &decided, late);
    assert_eq!(thread.episode.as_ref().map(|e| e.id), Some(id(2003)));
    assert_eq!(thread.owner_epoch, epoch + 1, "a new episode goes on counting");
}

#[test]
fn a_conversation_is_not_closed_over_a_message_that_was_not_seen() {
    let mut thread = held_by_ana();
    let close = |seen| Command::Close { by: id(101), seen };
    assert!(thread.decide(&close(Some(1)), noon()).is_ok(), "all that was said was seen");
    let wrote = thread.receive(&arrived(2, noon()), noon());
    believe(&mut thread, &wrote, noon());
    assert_eq!(thread.decide(&close(Some(1)), noon()), Err(Refusal::NEWER_MESSAGE));
    assert_eq!(thread.decide(&close(Some(0)), noon()), Err(Refusal::NEWER_MESSAGE));
    let replied = ana_replies(&thread, noon()).expect("hers");
    believe(&mut thread, &replied, noon());
    assert_eq!(thread.decide(&close(Some(1)), noon()), Err(Refusal::NEWER_MESSAGE), "a reply has not seen it for her");
    let other = Command::Close { by: id(102), seen: Some(1) };
    assert_eq!(thread.decide(&other, noon()), Err(Refusal::NOT_OWNER), "and others learn nothing of it");
    for seen in [Some(2), None] {
        assert!(thread.decide(&close(seen), noon()).is_ok(), "{seen:?}");
    }
}

#[test]
fn a_close_of_before_there_was_anything_to_have_seen_reads_as_ever() {
    let old = r#"{"command":"close","by":"00000000-0000-0000-0000-000000000065"}"#;
    let close = Command::Close { by: id(101), seen: None };
    assert_eq!(serde_json::from_str::<Command>(old).expect("it reads"), close);
    assert_eq!(serde_json::to_string(&close).expect("plain data"), old, "and its fingerprint is the same");
}

#[test]
fn i17_every_reply_names_its_author() {
    let decided = ana_replies(&held_by_ana(), noon()).expect("inside the window");
    let author = decided.rows.iter().find_map(|row| match row {
        crate::Row::Conversation(Row::Message(message)) => message.author,
        _ => None,
    });
    assert_eq!(author, Some(id(101)));
}

#[test]
fn a_reaction_opens_neither_conversation_nor_window() {
    let thread = Thread::fresh(id::<ThreadId>(7));
    let mut reaction = arrived(1, noon());
    reaction.inbound.what = Said::Reaction { to: "wamid.0".into(), emoji: Some("👍".into()) };
    let mut after = thread.clone();
    believe(&mut after, &thread.receive(&reaction, noon()), noon());
    assert_eq!(after.open_episode(), None);
    assert_eq!(after.window_until, None);
}

#[test]
fn events_carry_no_words_names_or_numbers_c1() {
    let thread = Thread::fresh(id::<ThreadId>(7));
    let mut first = arrived(1, noon());
    first.inbound.profile_name = Some("Maria".into());
    first.inbound.username = Some("maria.s".into());
    first.claims = vec![Claim::link(first.inbound.identifiers[0].clone(), noon())];
    let decided = thread.receive(&first, noon());
    let events =
        serde_json::to_string(&decided.events.iter().map(|(event, _)| event).collect::<Vec<_>>()).expect("JSON");
    for private in ["hola", "Maria", "maria.s", "5511999990001", "wamid"] {
        assert!(!events.contains(private), "{private} stands in {events}");
    }
}

fn offered_to_ana() -> (Thread, OfferId) {
    let mut thread = Thread::fresh(id(7));
    let decided = thread.receive(&arrived(1, noon()), noon());
    believe(&mut thread, &decided, noon());
    let accept = AcceptMode::Offer { within_us: Span::seconds(30) };
    let offer: OfferId = id(8000);
    let command = OfferCommand {
        offer,
        agent: id(101),
        expected_epoch: thread.owner_epoch,
        accept,
        typing_us: None,
        incarnation: 1,
    };
    let decided = thread.decide(&Command::Offer(command), noon()).expect("it waits");
    believe(&mut thread, &decided, noon());
    (thread, offer)
}

#[test]
fn i3_of_two_accepts_one_succeeds() {
    let (mut thread, offer) = offered_to_ana();
    let accept = Command::Accept { agent: id(101), offer };
    let decided = thread.decide(&accept, noon()).expect("it is held out");
    believe(&mut thread, &decided, noon());
    assert_eq!(thread.decide(&accept, noon()), Err(Refusal::OFFER_NOT_PENDING));
}

#[test]
fn an_offer_that_times_out_goes_back_at_its_age_and_passes_by_who_missed_it() {
    let (mut thread, offer) = offered_to_ana();
    let later = noon().plus(Span::seconds(30));
    let decided = thread.run_out(OFFER, later);
    believe(&mut thread, &decided, later);
    let episode = thread.open_episode().expect("open");
    assert_eq!((episode.state, episode.enqueued_at), (ConversationState::Queued, noon()));
    assert_eq!(episode.excluded, [(id(101), later.plus(Span::seconds(120)))]);
    let late = Command::Accept { agent: id(101), offer };
    assert_eq!(thread.decide(&late, later), Err(Refusal::OFFER_NOT_PENDING));
}

#[test]
fn a_chat_that_was_given_and_answered_is_not_taken_back() {
    let mut thread = Thread::fresh(id(7));
    let decided = thread.receive(&arrived(1, noon()), noon());
    believe(&mut thread, &decided, noon());
    let accept = AcceptMode::Auto { first_reply_us: Span::seconds(180) };
    let epoch = thread.owner_epoch;
    let command =
        OfferCommand { offer: id(8), agent: id(101), expected_epoch: epoch, accept, typing_us: None, incarnation: 1 };
    let decided = thread.decide(&Command::Offer(command), noon()).expect("it waits");
    believe(&mut thread, &decided, noon());
    let unanswered = thread.run_out(FIRST_REPLY, noon().plus(Span::seconds(180)));
    assert!(unanswered.events.iter().any(|(event, _)| matches!(event, Event::OwnerChanged { .. })));
    let replied = ana_replies(&thread, noon()).expect("hers");
    assert!(replied.clocks.contains(&ClockChange::Clear { kind: FIRST_REPLY }));
    believe(&mut thread, &replied, noon());
    assert_eq!(thread.run_out(FIRST_REPLY, noon().plus(Span::seconds(180))), Decided::default());
}

#[test]
fn what_the_owner_has_read_counts_until_the_customer_writes_again() {
    let mut thread = held_by_ana();
    let conversation = thread.open_episode().unwrap().id;
    let unread = |thread: &Thread| thread.conversation_row(None).unwrap().unread;
    for n in [51, 52] {
        let decided = thread.receive(&arrived(n, noon()), noon());
        believe(&mut thread, &decided, noon());
    }
    assert_eq!(unread(&thread), 3);
    let read = |by: u128, inbound| Command::Read { by: id(by), conversation, message: id(1051), inbound };
    let ana = thread.owner().agent().unwrap().0.as_u128();
    let decided = thread.decide(&read(ana, 2), noon()).unwrap();
    assert_eq!(decided.events.len(), 1);
    believe(&mut thread, &decided, noon());
    assert_eq!((unread(&thread), thread.open_episode().unwrap().unanswered), (1, 3));
    assert!(thread.decide(&read(ana, 1), noon()).unwrap().events.is_empty(), "an older mark changes nothing");
    assert_eq!(thread.decide(&read(ana + 1, 3), noon()), Err(Refusal::NOT_OWNER));
    let decided = ana_replies(&thread, noon()).unwrap();
    believe(&mut thread, &decided, noon());
    assert_eq!(unread(&thread), 0, "a reply moves the mark too");
}

#[test]
fn a9_a_file_is_ordered_in_the_commit_that_records_its_message() {
    let mut picture = arrived(1, noon());
    let media = Media {
        kind: MediaKind::Image,
        provider_media_id: Some("77".to_owned()),
        link: None,
        mime_type: Some("image/jpeg".to_owned()),
        sha256: None,
        caption: None,
        filename: None,
        voice: false,
        animated: false,
    };
    let wanted = |arrived: &Arrived| -> Vec<MessageId> {
        let thread = Thread::fresh(id(10));
        let rows = thread.receive(arrived, noon()).rows.into_iter();
        rows.filter_map(|row| match row {
            crate::Row::Channel(channel::Row::MediaWanted(wanted)) => Some(wanted.message),
            _ => None,
        })
        .collect()
    };
    picture.inbound.what = Said::Message { content: Content::Media(media.clone()) };
    assert_eq!(wanted(&picture), [picture.message]);
    let nowhere = Media { provider_media_id: None, ..media };
    picture.inbound.what = Said::Message { content: Content::Media(nowhere) };
    assert_eq!(wanted(&picture), [], "there is nothing to ask for");
    assert_eq!(wanted(&arrived(2, noon())), [], "words are here already");
}
