//! Past the inbox: what came in is decided before it is stored, where nothing that came before is still on its way.

use crate::bench::{Bench, NUMBER, TENANT};
use dashoffice_domain::ports::{Delivery, InHand as _, NotAccepted};
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use dashoffice_runtime::task;
use dashoffice_store::memory::{Chances, Fault};
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;

/// The inbox's highest position so far: it grows with each row.
fn rows(bench: &Bench) -> i64 {
    bench.store.subscribe_arrivals(TENANT).borrow().highest
}

async fn heard(bench: &Bench) -> Vec<Vec<String>> {
    bench.inbox_is_empty().await;
    bench.heard().into_values().collect()
}

fn ids(of: std::ops::RangeInclusive<u32>) -> Vec<String> {
    of.map(|n| n.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a1_what_came_in_is_on_disk_with_what_was_decided_and_never_in_the_inbox() {
    let bench = Bench::usual().await;
    bench.says(1, "1").await;
    // Nobody waits for anything: what was answered is there.
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1"]]);
    bench.says(1, "2").await;
    bench.says_all(1, &ids(3..=5)).await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2", "3", "4", "5"]]);
    assert_eq!(rows(&bench), 0);
    let again = bench.tries_to_say(1, "2", "2").await;
    assert!(again.is_ok(), "it came again, and is known");
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2", "3", "4", "5"]]);
}

#[tokio::test(start_paused = true)]
async fn a2_a_body_whose_seventh_item_fails_is_there_whole_and_in_order() {
    for step in ["handle", "apply", "before_commit", "after_commit", "reply"] {
        let bench = Bench::usual().await;
        bench.says(1, "0").await;
        let (body, began) = (ids(1..=20), Instant::now());
        let posting = bench.says_all(1, &body);
        let falling = async {
            bench.until(async |bench| bench.heard().into_values().any(|heard| heard.len() >= 7).then_some(())).await;
        };
        falls_at("conversation", step, 1);
        tokio::join!(posting, falling);
        assert_eq!(heard(&bench).await, [[vec!["0".to_owned()], body].concat()], "{step}");
        assert_eq!((falls_left("conversation", step), bench.store.unfinished(TENANT).dead), (0, 0));
        assert!(began.elapsed() < Duration::from_secs(5));
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn a2_what_was_stored_goes_before_whatever_comes_after_it() {
    let bench = Bench::usual().await;
    for n in 0..10 {
        bench.store.next_fault(Fault::HintDropped);
        bench.leaves_word(1, &format!("{n} stored")).await;
        bench.says(1, &format!("{n} said")).await;
    }
    let wanted: Vec<String> = (0..10).flat_map(|n| [format!("{n} stored"), format!("{n} said")]).collect();
    assert_eq!(heard(&bench).await, [wanted]);
}

#[tokio::test(start_paused = true)]
async fn a2_nothing_overtakes_what_was_stored_by_a_commit_without_an_answer() {
    for after in [0, 5, 200, 900] {
        let bench = Bench::usual().await;
        bench.says(1, "0").await;
        bench.store.next_fault(Fault::AnswerLost { applied: true });
        let (arrivals, received_at) = (vec![bench.item(1, "1")], bench.now());
        let unknown = bench.store.inbox(TENANT).keep(Delivery { arrivals, received_at, ..Delivery::default() }).await;
        assert!(unknown.is_err(), "nobody knows");
        tokio::time::sleep(Duration::from_millis(after)).await;
        bench.says(1, "1").await;
        bench.says(1, "2").await;
        assert_eq!(heard(&bench).await, [["0", "1", "2"]], "{after}");
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn a3_care_comes_to_its_end_where_more_waits_than_there_is_room_for() {
    let bench = Bench::usual().await;
    let mut arrivals: Vec<_> = (1..=200).map(|n| bench.item(1, &n.to_string())).collect();
    let suspect = bench.item(2, "suspect");
    let suspects = [suspect.dedupe_key.clone()].into();
    arrivals.extend([suspect, bench.item(3, "behind")]);
    let delivery = Delivery { arrivals, suspects, received_at: bench.now(), ..Delivery::default() };
    bench.store.inbox(TENANT).keep(delivery).await.unwrap();
    let began = Instant::now();
    let mut all = heard(&bench).await;
    assert!(began.elapsed() < Duration::from_secs(30), "before anybody is told to come again");
    all.sort_by_key(Vec::len);
    assert_eq!(all.pop(), Some(ids(1..=200)));
    bench.says(1, "201").await;
    assert_eq!(rows(&bench), 202, "and the short way is open again");
}

#[tokio::test(start_paused = true)]
async fn a2_what_falls_back_to_the_inbox_takes_what_comes_behind_it_along() {
    // A full slot: of a hundred items of one thread some find no room.
    let bench = Bench::usual().await;
    let body = ids(1..=100);
    bench.says_all(1, &body).await;
    assert_eq!(heard(&bench).await, [body]);
    assert!(rows(&bench) > 0, "some went by the inbox");
}

#[tokio::test(start_paused = true)]
async fn a2_a_body_keeps_its_order_where_room_comes_in_the_midst_of_it() {
    // Whoever is new is looked up, and meanwhile the slot has room again.
    let bench = Bench::usual().await;
    let mine = |ids: std::ops::RangeInclusive<u32>| ids.map(|n| bench.item(1, &n.to_string())).collect::<Vec<_>>();
    let others = (2..40).map(|customer| bench.item(customer, &format!("of {customer}"))).collect();
    let body = [mine(1..=70), others, mine(71..=100)].concat();
    bench.brings(body).await.unwrap();
    bench.inbox_is_empty().await;
    assert!(bench.heard().into_values().any(|heard| heard == ids(1..=100)), "{:?}", bench.heard().into_values());
    assert_eq!(bench.heard().len(), 39);
}

#[tokio::test(start_paused = true)]
async fn a2_nothing_overtakes_rows_that_found_no_room() {
    for after in 0..20 {
        let bench = Bench::usual().await;
        bench.says(1, "0").await;
        bench.store.set_chances(Chances { slowest: Duration::from_millis(2), ..Chances::default() });
        let arrivals = (1..=100).map(|n| bench.item(1, &n.to_string())).collect();
        let delivery = Delivery { arrivals, received_at: bench.now(), ..Delivery::default() };
        bench.store.inbox(TENANT).keep(delivery).await.unwrap();
        tokio::time::sleep(Duration::from_millis(3 * after)).await;
        bench.says(1, "101").await;
        assert_eq!(heard(&bench).await, [ids(0..=101)], "{after}");
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn a6_too_much_that_waits_is_told_before_anything_is_taken() {
    let bench = Bench::usual().await;
    bench.says(1, "1").await;
    falls_at("intake", "take_up", u32::MAX);
    bench.leaves_word(1, "2").await;
    tokio::time::sleep(Duration::from_secs(40)).await;
    let refused = bench.tries_to_say(2, "3", "3").await;
    assert!(matches!(refused, Err(NotAccepted::Backlog { .. })), "{refused:?}");
    let statuses = Delivery { received_at: bench.now(), ..Delivery::default() };
    assert!(bench.door(TENANT).accept(statuses).await.is_ok());
    falls_at("intake", "take_up", 0);
}

#[tokio::test(start_paused = true)]
async fn an_intake_that_falls_or_does_not_answer_leaves_what_comes_to_the_inbox() {
    let bench = Bench::usual().await;
    bench.says(1, "0").await;
    for (n, step) in ["handle", "brought", "placed"].into_iter().enumerate() {
        // Until another one stands, and has read all there is, everything is stored.
        tokio::time::sleep(Duration::from_secs(5)).await;
        falls_at("intake", step, 1);
        bench.says(1, &format!("{}", n + 1)).await;
        assert_eq!(falls_left("intake", step), 0);
    }
    assert_eq!(heard(&bench).await, [["0", "1", "2", "3"]]);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_answered_in_time_and_what_comes_again_is_there_once() {
    let bench = Bench::usual().await;
    bench.says(1, "1").await;
    for fault in [Fault::Unavailable { lasts: Duration::from_secs(30) }, Fault::AnswerLost { applied: true }] {
        bench.store.next_fault(fault);
        let first = tokio::time::timeout(Duration::from_secs(2), bench.tries_to_say(1, "2", "2")).await;
        if !matches!(first, Ok(Ok(_))) {
            tokio::time::sleep(Duration::from_secs(60)).await;
            bench.says(1, "2").await;
        }
    }
    assert_eq!(heard(&bench).await, [["1", "2"]]);
}

#[tokio::test(start_paused = true)]
async fn d_what_was_decided_before_the_store_was_lost_is_recorded_once_under_the_new_term() {
    for after in [1, 20, 100, 160, 400] {
        let mut bench = Bench::usual().await;
        bench.says(1, "1").await;
        bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_millis(300) });
        let (door, brought) = (bench.door(TENANT), bench.item(1, "2"));
        let delivery = Delivery { arrivals: vec![brought], received_at: bench.now(), ..Delivery::default() };
        let posting = task::spawn("posting", async move {
            let answered = tokio::time::timeout(Duration::from_secs(2), door.accept(delivery)).await;
            matches!(answered, Ok(Ok(_)))
        });
        tokio::time::sleep(Duration::from_millis(after)).await;
        bench.loses_the_store_for(Duration::from_secs(1)).await;
        if !posting.await.unwrap() {
            bench.says(1, "2").await;
        }
        bench.says(1, "3").await;
        assert_eq!(heard(&bench).await, [["1", "2", "3"]], "after {after} ms");
        bench.office.crash();
    }
}

/// Another process, of which nobody knows whether it lives to open the office.
async fn dies_and_comes_back(bench: &mut Bench, after: Duration) {
    bench.office.crash();
    bench.store.crash();
    tokio::time::sleep(after).await;
    bench.comes_back().await;
    *bench.glass.kills.lock().unwrap() = Some(bench.store.clone());
    let _ = tokio::time::timeout(Duration::from_secs(5), bench.opens()).await;
}

#[tokio::test(start_paused = true)]
async fn a3_what_was_in_hand_at_a_death_is_counted_and_put_aside_after_so_many_more() {
    // Also where each death is too long ago for the next start to be one in safe mode.
    for apart in [Duration::from_secs(1), Duration::from_mins(11)] {
        let mut bench = Bench::usual().await;
        *bench.glass.kills.lock().unwrap() = Some(bench.store.clone());
        bench.says(2, "innocent 1").await;
        let mut deaths = 0;
        loop {
            let slate = {
                let mut brought = pin!(bench.tries_to_say(1, "deadly", "deadly"));
                tokio::select! {
                    _ = &mut brought => tokio::time::sleep(Duration::from_secs(2)).await,
                    () = bench.store.crashed() => {}
                }
                // Whoever dies lets go of nothing.
                bench.slate.after_a_death()
            };
            bench.slate = slate;
            if bench.store.unfinished(TENANT).dead == 1 {
                break;
            }
            deaths += 1;
            assert!(deaths <= 7, "it kills one process after the other");
            dies_and_comes_back(&mut bench, apart).await;
        }
        assert_eq!(deaths, 7, "once on its way past the inbox, and as often as may be from then on");
        assert!(!bench.slate.is_suspect(&format!("{NUMBER}/deadly")));
        bench.says(2, "innocent 2").await;
        bench.says(1, "later").await;
        let mut all = heard(&bench).await;
        all.sort();
        assert_eq!(all, [vec!["innocent 1", "innocent 2"], vec!["later"]]);
        bench.office.crash();
    }
}
