//! What we said to a customer with the phone itself, as the provider shows it to us afterwards.

use super::draft::Draft;
use super::state::{Owner, Thread};
use crate::conversation::MessageChange;
use crate::conversation::message::Direction;
use crate::conversation::{Event, OwnerReason};
use crate::item::{Arrived, Said};

impl Thread {
    /// It answers the customer, and opens neither a conversation nor a window: where none was open, it stands in the last one, or in one
    /// that is closed at once.
    pub(super) fn echo(&self, draft: &mut Draft, arrived: &Arrived, what: &Said) {
        // The change's own time: changes come in any order.
        let at = arrived.inbound.said_at.min(draft.now);
        match what {
            Said::Message { content } => {
                let opened = self.episode.is_none().then(|| self.open(draft, arrived));
                draft.record_echo(arrived, content);
                if let Some(conversation) = opened {
                    draft.push(Event::ConversationClosed { conversation, by: None });
                    draft.give(Owner::Nobody, OwnerReason::Closed, None);
                }
            }
            Said::Reaction { to, emoji } => {
                let change = MessageChange::Reaction { by: Direction::Outbound, emoji: emoji.clone(), at };
                draft.change(to, change, arrived.message);
            }
            Said::Edit { of, content } | Said::EditAlone { of, content } => {
                draft.change(of, MessageChange::Edited { content: content.clone(), at }, arrived.message);
            }
            Said::Revoke { of } => draft.change(of, MessageChange::Revoked { at }, arrived.message),
            // There is no echo of an echo, and a notice is none.
            Said::Notice { .. } | Said::Echo { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{arrived, believe, id, noon};
    use super::super::{ConversationState, Decided, FIRST_REPLY, OFFER};
    use super::*;
    use crate::channel;
    use crate::conversation::content::Content;
    use crate::conversation::message::Status;
    use crate::conversation::{ClockChange, Command, OfferCommand};
    use crate::conversation::{MessageRow, Row};
    use crate::ids::ThreadId;
    use crate::routing::AcceptMode;
    use crate::time::{Span, Timestamp};

    fn echoed(n: u128, what: Said, at: Timestamp) -> Arrived {
        let mut echo = arrived(n, at);
        echo.inbound.what = Said::Echo { what: Box::new(what) };
        echo
    }

    fn words() -> Said {
        Said::Message { content: Content::text("pelo telefone") }
    }

    fn message(decided: &Decided) -> &MessageRow {
        let row = decided
            .rows
            .iter()
            .find_map(|row| if let crate::Row::Conversation(Row::Message(row)) = row { Some(row) } else { None });
        row.expect("a message is recorded")
    }

    /// The thread after somebody wrote, and what of it happened then.
    fn after(thread: &Thread, arrived: &Arrived, at: Timestamp) -> (Thread, Decided) {
        let decided = thread.receive(arrived, at);
        let mut after = thread.clone();
        believe(&mut after, &decided, at);
        (after, decided)
    }

    #[test]
    fn what_was_said_with_the_phone_is_ours_and_nobodys_here_and_answers_the_customer() {
        let (asked, _) = after(&Thread::fresh(id::<ThreadId>(7)), &arrived(1, noon()), noon());
        let later = noon().plus(Span::minutes(5));
        let (thread, decided) = after(&asked, &echoed(2, words(), later), later);
        let row = message(&decided);
        assert_eq!((row.direction, row.status, row.author), (Direction::Outbound, Status::Sent, None));
        assert_eq!(row.provider_message_id.as_deref(), Some("wamid.2"));
        assert!(
            !decided.rows.iter().any(|row| matches!(row, crate::Row::Channel(channel::Row::SendQueued(_)))),
            "it is not sent again"
        );
        let episode = thread.open_episode().unwrap();
        assert_eq!((episode.waiting_since, episode.unanswered, episode.unread()), (None, 0, 0));
        assert_eq!((thread.window_until, &episode.owner), (asked.window_until, asked.owner()), "nothing else moves");
    }

    #[test]
    fn what_we_say_with_the_phone_or_the_provider_says_is_no_sighting_of_who_is_known() {
        let seen_at = |decided: &Decided| {
            decided.rows.iter().find_map(|row| match row {
                crate::Row::Conversation(Row::Contact { seen_at, .. }) => Some(*seen_at),
                _ => None,
            })
        };
        let content = || Content::System { what: "customer_identity_changed".to_owned(), text: None };
        for what in [Said::Echo { what: Box::new(words()) }, Said::Notice { content: content() }] {
            let said = |n| {
                let mut said = arrived(n, noon());
                said.inbound.what = what.clone();
                said
            };
            let fresh = Thread::fresh(id::<ThreadId>(7));
            let (asked, decided) = after(&fresh, &arrived(1, noon()), noon());
            assert_eq!(seen_at(&decided), Some(noon().floor(Span::minutes(1))));
            let later = noon().plus(Span::hours(30));
            assert_eq!(seen_at(&after(&asked, &said(2), later).1), Some(Timestamp::default()), "{what:?}");
            assert_eq!(
                seen_at(&after(&fresh, &said(3), later).1),
                Some(later.floor(Span::minutes(1))),
                "when they came to be known"
            );
        }
    }

    #[test]
    fn what_was_said_with_the_phone_opens_neither_conversation_nor_window() {
        let (fresh, decided) = after(&Thread::fresh(id::<ThreadId>(7)), &echoed(1, words(), noon()), noon());
        assert_eq!((fresh.open_episode(), fresh.window_until), (None, None));
        assert_eq!(Some(message(&decided).conversation), fresh.episode.as_ref().map(|episode| episode.id));
        let later = noon().plus(Span::minutes(5));
        let (still, decided) = after(&fresh, &echoed(2, words(), later), later);
        assert_eq!((still.open_episode(), still.owner_epoch), (None, fresh.owner_epoch));
        assert_eq!(
            Some(message(&decided).conversation),
            fresh.episode.map(|episode| episode.id),
            "it stands in the last one"
        );
        let (asked, _) = after(&still, &arrived(3, later), later);
        assert_eq!(asked.open_episode().map(|episode| episode.state), Some(ConversationState::Queued));
    }

    #[test]
    fn an_answer_with_the_phone_stops_the_clock_of_the_first_reply() {
        let (asked, _) = after(&Thread::fresh(id::<ThreadId>(7)), &arrived(1, noon()), noon());
        let accept = AcceptMode::Auto { first_reply_us: Span::seconds(180) };
        let offer = OfferCommand {
            offer: id(41),
            agent: id(101),
            expected_epoch: asked.owner_epoch,
            accept,
            typing_us: None,
            incarnation: 1,
        };
        let mut assigned = asked.clone();
        believe(&mut assigned, &asked.decide(&Command::Offer(offer), noon()).unwrap(), noon());
        let (answered, decided) = after(&assigned, &echoed(2, words(), noon()), noon());
        assert!(decided.clocks.contains(&ClockChange::Clear { kind: FIRST_REPLY }), "{:?}", decided.clocks);
        assert_eq!(answered.open_episode().and_then(|episode| episode.clock), None);
        assert_eq!(answered.owner(), assigned.owner());
    }

    #[test]
    fn an_answer_with_the_phone_leaves_an_offer_its_clock() {
        let (asked, _) = after(&Thread::fresh(id::<ThreadId>(7)), &arrived(1, noon()), noon());
        let accept = AcceptMode::Offer { within_us: Span::seconds(30) };
        let offer = OfferCommand {
            offer: id(41),
            agent: id(101),
            expected_epoch: asked.owner_epoch,
            accept,
            typing_us: None,
            incarnation: 1,
        };
        let mut offered = asked.clone();
        believe(&mut offered, &asked.decide(&Command::Offer(offer), noon()).unwrap(), noon());
        let (answered, decided) = after(&offered, &echoed(2, words(), noon()), noon());
        assert_eq!((decided.clocks, answered.owner()), (vec![], offered.owner()), "nobody has taken it");
        let missed = answered.run_out(OFFER, noon().plus(Span::seconds(30)));
        assert!(missed.events.iter().any(|(event, _)| matches!(event, Event::OfferEnded { .. })), "{missed:?}");
    }

    #[test]
    fn what_was_said_with_the_phone_after_a_notice_stands_in_the_conversation_that_is_opened_and_closed() {
        let mut notice = arrived(1, noon());
        notice.inbound.what =
            Said::Notice { content: Content::System { what: "customer_changed_number".to_owned(), text: None } };
        let (noticed, said) = after(&Thread::fresh(id::<ThreadId>(7)), &notice, noon());
        let (thread, decided) = after(&noticed, &echoed(2, words(), noon()), noon());
        let conversation = message(&said).conversation;
        let ids: Vec<_> = decided
            .events
            .iter()
            .filter_map(|(event, _)| match event {
                Event::ConversationOpened { conversation }
                | Event::ConversationClosed { conversation, .. }
                | Event::MessageEchoed { conversation, .. } => Some(*conversation),
                _ => None,
            })
            .collect();
        assert_eq!(ids, [conversation; 3]);
        assert_eq!(thread.episode.map(|episode| episode.id), Some(conversation));
    }

    #[test]
    fn a_change_made_with_the_phone_changes_what_was_said() {
        let (thread, _) = after(&Thread::fresh(id::<ThreadId>(7)), &echoed(1, words(), noon()), noon());
        let of = || "wamid.1".to_owned();
        for (what, wanted) in [
            (Said::Revoke { of: of() }, MessageChange::Revoked { at: noon() }),
            (
                Said::Edit { of: of(), content: Content::text("melhor") },
                MessageChange::Edited { content: Content::text("melhor"), at: noon() },
            ),
            (
                Said::Reaction { to: of(), emoji: Some("👍".into()) },
                MessageChange::Reaction { by: Direction::Outbound, emoji: Some("👍".into()), at: noon() },
            ),
        ] {
            let decided = thread.receive(&echoed(2, what, noon()), noon());
            let changes: Vec<_> = decided
                .rows
                .iter()
                .filter_map(|row| {
                    if let crate::Row::Conversation(Row::MessageChange { change, .. }) = row {
                        Some(change)
                    } else {
                        None
                    }
                })
                .collect();
            assert_eq!(changes, [&wanted]);
        }
    }
}
