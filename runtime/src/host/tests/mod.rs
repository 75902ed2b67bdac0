//! The kernel's promises, each broken on purpose.

mod clocks;
mod falls;
mod foreign;
mod process;
mod toy;
mod unstored;

use super::HostSettings;
use crate::commit::Take;
use crate::crash_loop_guard::{Admission, CrashLoopGuard};
use crate::journal::ParkReason;
use crate::order::{AskError, End, NotTaken};
use process::{Process, clock};
use std::sync::Arc;
use std::time::Duration;
use toy::{Adder, Mishap, TENANT, Toy, UNLOADABLE};
use uuid::Uuid;

#[tokio::test(start_paused = true)]
async fn a2_rows_of_one_entity_are_handled_in_order_and_taken() {
    let process = Process::fresh().await;
    for n in 1..=50 {
        process.arrives(1, Toy::Add(n));
    }
    process.is_quiet().await;
    assert_eq!(process.added(1), (1..=50).collect::<Vec<_>>());
    assert!(process.journal.shelf().inbox.is_empty());
}

#[tokio::test(start_paused = true)]
async fn f2_what_waits_behind_a_panic_survives_it_and_a3_poison_is_parked_at_the_third_try() {
    let process = Process::fresh().await;
    process.arrives(1, Toy::Add(1));
    let poison = process.arrives(1, Toy::Poison);
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2]);
    assert_eq!(process.journal.shelf().dead, [(Take::Inbox(poison), ParkReason::Fault)]);
    assert_eq!(process.host.inspect().restarts, 3, "one restart a try");
}

#[tokio::test(start_paused = true)]
async fn a3_a_commit_the_store_refuses_is_a_fault_of_the_item() {
    let process = Process::fresh().await;
    let refused = process.arrives(1, Toy::Refused);
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [2]);
    assert_eq!(process.journal.shelf().dead, [(Take::Inbox(refused), ParkReason::Fault)]);
}

#[tokio::test(start_paused = true)]
async fn a3_the_try_is_on_disk_before_the_retry() {
    let settings = HostSettings { tries: 100, ..HostSettings::default() };
    let process = Process::over(Arc::default(), Adder { schema_version: 1 }, settings).await;
    let poison = process.arrives(1, Toy::Poison);
    let tries = || process.journal.shelf().inbox.get(&poison).map_or(0, |row| row.2);
    while tries() < 4 {
        assert!(i64::try_from(process.host.inspect().restarts).unwrap() <= tries() + 1, "never ahead of the count");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_handler_killed_while_its_commit_lands_is_followed_behind_the_barrier() {
    let mut process = Process::fresh().await;
    process.arrives(1, Toy::Add(1));
    process.is_quiet().await;
    process.journal.shelf().mishaps.push_back(Mishap::Slow(Duration::from_secs(3)));
    process.arrives(1, Toy::Add(2));
    process.arrives(1, Toy::Add(3));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(process.host.kill(TENANT, 1), "the handler is there to be killed");
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2, 3], "neither lost nor done twice");
    assert_eq!(process.host.inspect().restarts, 1);
    process.endings.recv().await.unwrap();
    assert_eq!(process.endings.recv().await.unwrap().how, End::Gone, "its successor found it done");
    assert!(process.journal.shelf().dead.is_empty(), "being killed is no fault of the item");
}

#[tokio::test(start_paused = true)]
async fn a4_a_commit_whose_answer_is_lost_is_never_repeated() {
    let process = Process::fresh().await;
    process.journal.shelf().mishaps.extend([Mishap::AnswerLost, Mishap::Lost]);
    process.arrives(1, Toy::Add(1));
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2]);
    assert_eq!(process.asks(1, 9, Toy::Add(0)).await, Ok(3), "what is believed is what was recorded");
}

#[tokio::test(start_paused = true)]
async fn a3_answers_lost_again_and_again_are_weather_and_change_no_order() {
    let mut process = Process::fresh().await;
    process.journal.shelf().mishaps.extend([Mishap::Lost; 20]);
    process.arrives(1, Toy::Add(1));
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2]);
    assert!(matches!(process.endings.recv().await.unwrap().how, End::Done(_)), "it was never given back");
}

#[tokio::test(start_paused = true)]
async fn an_item_that_clashes_again_and_again_is_given_back_to_its_sender() {
    let mut process = Process::fresh().await;
    process.journal.shelf().mishaps.extend([Mishap::Clash; 9]);
    let row = process.arrives(1, Toy::Add(1));
    assert_eq!(process.endings.recv().await.unwrap().how, End::Returned);
    assert_eq!(process.host.inspect().restarts, 0, "a clash is nobody's fault");
    process.hint(row).unwrap();
    process.is_quiet().await;
    assert_eq!(process.added(1), [1]);
}

#[tokio::test(start_paused = true)]
async fn f2_an_actor_killed_before_it_has_begun_is_followed_by_another() {
    let process = Process::fresh().await;
    process.arrives(1, Toy::Add(1));
    assert!(process.host.kill(TENANT, 1), "it was spawned, and has not run yet");
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn who_lost_the_race_for_a_row_says_that_it_was_gone() {
    let mut process = Process::fresh().await;
    let row = process.store(1, Toy::Add(5));
    process.hint(row).unwrap();
    process.journal.shelf().inbox.get_mut(&row).unwrap().0 = 2;
    process.hint(row).unwrap();
    let endings = [process.endings.recv().await.unwrap(), process.endings.recv().await.unwrap()];
    let gone: Vec<u32> = endings.iter().filter(|ending| ending.how == End::Gone).map(|ending| ending.entity).collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(process.added(gone[0]), [0_i64; 0]);
}

#[tokio::test(start_paused = true)]
async fn a3_a_fault_of_a_row_that_is_gone_holds_nobody_up() {
    let mut process = Process::fresh().await;
    let poison = process.arrives(1, Toy::Poison);
    process.journal.shelf().inbox.remove(&poison);
    process.arrives(1, Toy::Add(1));
    process.is_quiet().await;
    assert_eq!(process.added(1), [1]);
    assert_eq!(process.endings.recv().await.unwrap().how, End::Gone);
    assert!(process.journal.shelf().dead.is_empty());
}

#[tokio::test(start_paused = true)]
async fn f2_a_full_mailbox_says_busy_and_loses_nothing() {
    let settings = HostSettings { mailbox: 4, ..HostSettings::default() };
    let process = Process::over(Arc::default(), Adder { schema_version: 1 }, settings).await;
    process.journal.shelf().mishaps.push_back(Mishap::Slow(Duration::from_secs(1)));
    process.arrives(1, Toy::Add(0));
    tokio::time::sleep(Duration::from_millis(10)).await;
    let rows: Vec<i64> = (1..=10).map(|n| process.store(1, Toy::Add(n))).collect();
    let answers: Vec<_> = rows.iter().map(|row| process.hint(*row)).collect();
    assert_eq!(answers.iter().filter(|answer| **answer == Err(NotTaken::Busy)).count(), 6);
    assert_eq!(process.host.inspect().busy, 6);
    while process.host.inspect().queued > 0 || process.host.inspect().in_flight > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for row in rows {
        while process.hint(row) == Err(NotTaken::Busy) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    process.is_quiet().await;
    assert_eq!(process.added(1), (0..=10).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn f2_a_hint_that_comes_twice_is_one_order() {
    let process = Process::fresh().await;
    let row = process.store(1, Toy::Add(5));
    for _ in 0..10 {
        process.hint(row).unwrap();
    }
    assert_eq!(process.host.inspect().queued, 1);
    process.is_quiet().await;
    process.hint(row).unwrap();
    process.is_quiet().await;
    assert_eq!(process.added(1), [5]);
}

#[tokio::test(start_paused = true)]
async fn a3_a_store_that_is_away_for_ten_seconds_parks_and_quarantines_nobody() {
    let process = Process::fresh().await;
    for entity in 1..=5 {
        process.arrives(entity, Toy::Add(1));
    }
    process.journal.shelf().away = true;
    for entity in 1..=5 {
        process.arrives(entity, Toy::Add(2));
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    process.journal.shelf().away = false;
    process.is_quiet().await;
    for entity in 1..=5 {
        assert_eq!(process.added(entity), [1, 2]);
    }
    let snapshot = process.host.inspect();
    assert_eq!((snapshot.parked, snapshot.quarantines, snapshot.restarts), (0, 0, 0));
    assert!(process.journal.shelf().inbox.is_empty() && process.journal.shelf().dead.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_told_when_the_store_is_away_and_may_ask_again() {
    let process = Process::fresh().await;
    process.journal.shelf().away = true;
    assert_eq!(process.asks(1, 1, Toy::Add(7)).await, Err(AskError::TimedOut));
    process.journal.shelf().away = false;
    assert!(process.asks(1, 1, Toy::Add(7)).await.is_ok());
    assert_eq!(process.added(1), [7]);
}

#[tokio::test(start_paused = true)]
async fn a10_asking_twice_is_answered_alike_and_done_once() {
    let process = Process::fresh().await;
    process.asks(1, 1, Toy::Add(5)).await.unwrap();
    let first = process.asks(1, 2, Toy::Add(7)).await;
    let again = process.asks(1, 2, Toy::Add(7)).await;
    assert_eq!((first, again), (Ok(5), Ok(5)));
    assert_eq!(process.added(1), [5, 7]);
    let other_body = process.asks_with(1, 2, [9; 32], Toy::Add(8)).await;
    assert_eq!(other_body, Err(AskError::KeyReused));
}

#[tokio::test(start_paused = true)]
async fn a10_a_lost_answer_to_a_command_is_found_again() {
    let process = Process::fresh().await;
    process.journal.shelf().mishaps.push_back(Mishap::AnswerLost);
    assert_eq!(process.asks(1, 2, Toy::Add(7)).await, Ok(0));
    assert_eq!(process.added(1), [7]);
}

#[tokio::test(start_paused = true)]
async fn f3_commands_that_panic_tell_their_callers_and_quarantine_nobody() {
    let process = Process::fresh().await;
    for key in 1..=9 {
        assert_eq!(process.asks(1, key, Toy::Poison).await, Err(AskError::Fault));
    }
    assert!(process.asks(1, 10, Toy::Add(1)).await.is_ok(), "the next one finds an actor");
    process.arrives(1, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.added(1), [1, 2], "the customer is served as before");
    let seen = process.host.inspect();
    assert_eq!((seen.quarantines, seen.parked), (0, 0), "nothing was put aside");
}

#[tokio::test(start_paused = true)]
async fn f3_three_parked_items_quarantine_the_entity_alone_and_its_rows_wait() {
    let mut process = Process::fresh().await;
    for _ in 0..3 {
        process.arrives(1, Toy::Poison);
    }
    let waits = process.arrives(1, Toy::Add(1));
    process.arrives(2, Toy::Add(2));
    process.is_quiet().await;
    assert_eq!(process.host.inspect().quarantined, 1);
    assert_eq!(process.added(2), [2], "the neighbour is unharmed");
    assert_eq!(process.added(1), [0_i64; 0]);
    assert!(process.journal.shelf().inbox[&waits].3, "the row is held");
    assert_eq!(process.asks(1, 1, Toy::Add(1)).await, Err(AskError::Quarantined));

    let released = process.releases.recv().await;
    assert_eq!(released, Some((TENANT, 1)));
    process.port.suspend(TENANT, vec![waits], false).await.unwrap();
    process.hint(waits).unwrap();
    process.is_quiet().await;
    assert_eq!(process.added(1), [1]);
}

#[tokio::test(start_paused = true)]
async fn f3_an_entity_that_cannot_be_loaded_is_quarantined_and_no_item_is_blamed() {
    let process = Process::fresh().await;
    let row = crate::commit::StateRow { sequence: 1, schema_version: 1, body: vec![] };
    process.journal.shelf().states.insert(UNLOADABLE, row);
    let waits = process.arrives(UNLOADABLE, Toy::Add(1));
    process.is_quiet().await;
    assert_eq!(process.host.inspect().quarantined, 1);
    let shelf = process.journal.shelf();
    assert_eq!((shelf.inbox[&waits].2, shelf.inbox[&waits].3, shelf.dead.len()), (0, true, 0));
}

#[tokio::test(start_paused = true)]
async fn a3_an_item_that_kills_the_process_is_handled_three_times_with_care_and_parked_at_the_fourth() {
    let journal = Arc::<toy::ToyJournal>::default();
    let adder = Adder { schema_version: 1 };
    let first = Process::over(Arc::clone(&journal), adder, HostSettings::default()).await;
    let deadly = first.store(1, Toy::Deadly);
    first.store(2, Toy::Add(5));
    first.host.crash();
    let mut starts = 0;
    let parked = loop {
        starts += 1;
        assert!(starts < 10, "it ends");
        let mut process = Process::over(Arc::clone(&journal), adder, HostSettings::default()).await;
        let now = clock().now() + starts;
        let instance = Uuid::from_u128(starts.cast_unsigned().into());
        let crash_loop_guard = CrashLoopGuard::at_start(Arc::clone(&process.port), instance, now, 3).await.unwrap();
        let rows: Vec<i64> = journal.shelf().inbox.keys().copied().collect();
        let mut died = false;
        for row in rows {
            if crash_loop_guard.is_safe_mode()
                && crash_loop_guard.admit(TENANT, &[row]).await.unwrap() == [Admission::Parked]
            {
                continue;
            }
            process.hint(row).unwrap();
            let ends = tokio::time::timeout(Duration::from_millis(500), process.endings.recv());
            if ends.await.is_err() {
                process.host.crash();
                died = true;
                break;
            }
        }
        if !died {
            assert_eq!(process.added(2), [5], "what waited behind it is done");
            break journal.shelf().dead.clone();
        }
    };
    assert_eq!(parked, [(Take::Inbox(deadly), ParkReason::Crashed)]);
    assert_eq!(starts, 6, "two ends without care, three with it, and then it is put aside");
}

#[tokio::test(start_paused = true)]
async fn f5_an_idle_actor_sleeps_and_what_arrives_meanwhile_wakes_it() {
    let settings = HostSettings { idle: Duration::from_millis(40), ..HostSettings::default() };
    let process = Process::over(Arc::default(), Adder { schema_version: 1 }, settings).await;
    for n in 0..400_i64 {
        // Around the moment at which it is let go, from both sides.
        tokio::time::sleep(Duration::from_micros(35_000 + 50 * n.cast_unsigned())).await;
        process.arrives(1, Toy::Add(n));
    }
    process.is_quiet().await;
    assert_eq!(process.added(1), (0..400).collect::<Vec<_>>());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(process.host.inspect().resident, 0, "nobody is left in memory");
    let loads = process.journal.shelf().loads;
    assert!((20..400).contains(&loads), "sometimes it slept, sometimes not: {loads} loads");
}

#[tokio::test(start_paused = true)]
async fn f5_beyond_the_limit_whoever_is_idle_longest_is_let_go() {
    let settings = HostSettings { max_resident: 10, ..HostSettings::default() };
    let process = Process::over(Arc::default(), Adder { schema_version: 1 }, settings).await;
    for entity in 1..=30 {
        process.arrives(entity, Toy::Add(1));
        process.is_quiet().await;
    }
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(process.host.inspect().resident, 10);
    let loads = process.journal.shelf().loads;
    process.asks(30, 1, Toy::Add(1)).await.unwrap();
    assert_eq!(process.journal.shelf().loads, loads, "the latest is still there");
    process.asks(1, 2, Toy::Add(1)).await.unwrap();
    assert_eq!(process.journal.shelf().loads, loads + 1, "the first had been let go");
}

#[tokio::test(start_paused = true)]
async fn a3_looked_at_twice_in_one_process_a_row_is_counted_once() {
    let process = Process::fresh().await;
    let row = process.store(1, Toy::Add(1));
    let crash_loop_guard = CrashLoopGuard::at_start(Arc::clone(&process.port), Uuid::from_u128(1), 0, 3).await.unwrap();
    for _ in 0..5 {
        assert_eq!(crash_loop_guard.admit(TENANT, &[row]).await, Ok(vec![Admission::Handle]));
    }
    assert_eq!(process.journal.shelf().inbox[&row].2, 1);
}

#[tokio::test(start_paused = true)]
async fn drain_finishes_what_is_in_the_slots_and_takes_nothing_more() {
    let process = Process::fresh().await;
    process.journal.shelf().mishaps.push_back(Mishap::Slow(Duration::from_secs(2)));
    for n in 1..=20 {
        process.arrives(1, Toy::Add(n));
    }
    let drained = process.host.drain(Duration::from_secs(10)).await;
    assert!(drained);
    assert_eq!(process.added(1), (1..=20).collect::<Vec<_>>());
    let late = process.store(1, Toy::Add(99));
    assert_eq!(process.hint(late), Err(NotTaken::Draining));
    assert_eq!(process.asks(1, 1, Toy::Add(1)).await, Err(AskError::Draining));
    assert!(process.journal.shelf().inbox.contains_key(&late), "its row waits for the next process");
}

#[tokio::test(start_paused = true)]
async fn whoever_sent_a_row_hears_of_its_end() {
    let mut process = Process::fresh().await;
    process.arrives(1, Toy::Add(4));
    let poison = process.arrives(1, Toy::Poison);
    process.is_quiet().await;
    let first = process.endings.recv().await.unwrap();
    let second = process.endings.recv().await.unwrap();
    assert!(matches!(first.how, End::Done(_)));
    assert_eq!((second.take, second.how), (Take::Inbox(poison), End::Parked));
}
