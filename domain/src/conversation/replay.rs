//! A thread told from its journal: after each commit it is what it was, and a frozen state with the rest of the journal is the whole.

use super::Thread;
use super::tests::{any_step, assert_one_place, id, take};
use crate::conversation::Event;
use crate::ids::ThreadId;
use crate::time::Timestamp;
use proptest::prelude::*;

/// A commit of a thread's: its events, all at one instant.
type Commit = Vec<(Event, Timestamp)>;

fn fresh() -> Thread {
    Thread::fresh(id::<ThreadId>(7))
}

fn after<'a>(mut thread: Thread, commits: impl IntoIterator<Item = &'a Commit>) -> Thread {
    for (event, at) in commits.into_iter().flatten() {
        thread.apply(event, *at);
    }
    thread
}

/// What must hold after every commit, whatever the journal.
fn assert_sane(thread: &Thread) {
    assert_one_place(thread);
    let Some(episode) = &thread.episode else { return };
    assert!((0..=episode.inbound).contains(&episode.read), "nobody reads what was not written");
    assert!((0..=episode.inbound).contains(&episode.unanswered) && episode.unread() <= episode.unanswered);
    assert_eq!(episode.waiting_since.is_some(), episode.unanswered > 0 && episode.closed_at.is_none(), "{episode:?}");
    assert!(episode.opened_at <= episode.enqueued_at && episode.enqueued_at <= thread.last_event_at);
    assert!(thread.owner_epoch > 0 && thread.number.is_some() && thread.contact.is_some());
}

proptest! {
    #[test]
    fn c2_any_part_of_any_journal_leads_to_a_sane_state_and_a_frozen_one_and_the_rest_are_the_whole(
        steps in prop::collection::vec(any_step(), 1..40),
    ) {
        let (mut thread, mut now) = (fresh(), Timestamp::from_seconds(1_700_000_000));
        let (mut journal, mut believed) = (Vec::<Commit>::new(), Vec::new());
        for (n, step) in steps.iter().enumerate() {
            let Ok(decided) = take(&thread, n as u128, step, &mut now) else { continue };
            let at = now.max(thread.last_event_at);
            journal.push(decided.events.into_iter().map(|(event, _)| (event, at)).collect());
            thread = after(thread, journal.last());
            believed.push(thread.clone());
        }
        for moment in 0..=journal.len() {
            let told = after(fresh(), &journal[..moment]);
            if let Some(then) = moment.checked_sub(1).map(|last| &believed[last]) {
                prop_assert_eq!(&told, then, "what was believed is what is told");
            }
            assert_sane(&told);
            let frozen = serde_json::to_vec(&told).expect("a thread is plain data");
            let woken: Thread = serde_json::from_slice(&frozen).expect("what was frozen is read");
            prop_assert_eq!(after(woken, &journal[moment..]), thread.clone());
        }
    }
}
