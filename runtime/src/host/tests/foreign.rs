//! What another version of the program left: states whose shape is foreign, events whose kind is, and items that never fit.

use super::super::HostSettings;
use super::process::Process;
use super::toy::{Adder, Mishap, Toy};
use crate::commit::Take;
use crate::journal::ParkReason;
use crate::order::End;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn c2_a_state_of_a_foreign_version_is_folded_from_the_journal() {
    let old = Process::fresh().await;
    for n in 1..=700 {
        old.asks(1, n, Toy::Add(1)).await.unwrap();
    }
    old.host.drain(Duration::from_secs(5)).await;
    let settings = HostSettings::default();
    let new = Process::over(Arc::clone(&old.journal), Adder { schema_version: 2 }, settings).await;
    assert_eq!(new.asks(1, 9_999, Toy::Add(0)).await, Ok(700));
    assert_eq!(new.journal.shelf().states[&1].schema_version, 2);
}

/// A newer version added one `n` times to an entity; of the sequences `unknown` this one does not know the kind.
async fn after_a_newer_version(n: u128, unknown: RangeInclusive<i64>) -> Process {
    let newer = Process::over(Arc::default(), Adder { schema_version: 2 }, HostSettings::default()).await;
    for key in 1..=n {
        newer.asks(1, key, Toy::Add(1)).await.unwrap();
    }
    newer.host.drain(Duration::from_secs(5)).await;
    newer.journal.shelf().unknown.extend(unknown.map(|sequence| (1, sequence)));
    Process::over(Arc::clone(&newer.journal), Adder { schema_version: 1 }, HostSettings::default()).await
}

#[tokio::test(start_paused = true)]
async fn c2_a_state_folded_past_an_unknown_last_event_takes_the_sequence_of_its_row_and_commits() {
    let mut older = after_a_newer_version(5, 5..=5).await;
    let row = older.arrives(1, Toy::Add(7));
    let ended = older.endings.recv().await.unwrap();
    assert_eq!((ended.take, ended.how), (Take::Inbox(row), End::Done(4_i64.to_le_bytes().to_vec())));
    assert_eq!(older.added(1), [1, 1, 1, 1, 1, 7], "behind the event it does not know");
}

#[tokio::test(start_paused = true)]
async fn c2_a_whole_page_of_unknown_events_hides_nothing_that_comes_after_it() {
    let older = after_a_newer_version(1_205, 2..=1_203).await;
    assert_eq!(older.asks(1, 9_999, Toy::Add(0)).await, Ok(3), "the first and the last two");
    assert_eq!(older.added(1).len(), 1_206);
}

#[tokio::test(start_paused = true)]
async fn a3_an_item_that_clashes_again_after_it_was_given_back_counts_as_tried_and_is_put_aside() {
    let mut process = Process::fresh().await;
    process.journal.shelf().mishaps.extend([Mishap::Clash; 9 * 5]);
    let row = process.arrives(1, Toy::Add(1));
    assert_eq!(process.endings.recv().await.unwrap().how, End::Returned, "once is nobody's fault");
    process.hint(row).unwrap();
    assert_eq!(process.endings.recv().await.unwrap().how, End::Parked);
    assert_eq!(process.journal.shelf().dead, [(Take::Inbox(row), ParkReason::Fault)]);
    process.journal.shelf().mishaps.clear();
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [2], "the next one has its turn");
}
