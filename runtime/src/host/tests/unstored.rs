//! What is nowhere on disk yet: recorded by its own commit, or gone from its slot in its order, with all such behind it.

use super::process::Process;
use super::toy::{Mishap, TENANT, Toy, World};
use crate::behaviour::Provenance;
use crate::order::{Departed, End, NotTaken, Order, Settled};
use crate::pass::{Landed, Pass};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

/// Who brings such items, and hears what becomes of them.
struct Bearer {
    process: Process,
    tickets: u64,
    settled: mpsc::UnboundedSender<Settled<World>>,
    endings: mpsc::UnboundedReceiver<Settled<World>>,
    departures: mpsc::UnboundedSender<Departed<World>>,
    left: mpsc::UnboundedReceiver<Departed<World>>,
}

struct Brought {
    pass: Arc<Pass>,
    end: oneshot::Receiver<Landed>,
}

impl Brought {
    async fn landed(self) -> Option<Landed> {
        timeout(Duration::from_secs(60), self.end).await.ok()?.ok()
    }
}

impl Bearer {
    async fn fresh() -> Self {
        let (settled, endings) = mpsc::unbounded_channel();
        let (departures, left) = mpsc::unbounded_channel();
        Self { process: Process::fresh().await, tickets: 0, settled, endings, departures, left }
    }

    fn tries(&mut self, key: &str, item: Toy) -> Result<Brought, NotTaken> {
        self.tickets += 1;
        let (pass, end) = Pass::new(self.tickets, Instant::now() + Duration::from_secs(10), None);
        let pass = Arc::new(pass);
        assert!(pass.place());
        let (settled, departures) = (Some(self.settled.clone()), self.departures.clone());
        let order =
            Order::unstored(item, Provenance::default(), key.to_owned(), Arc::clone(&pass), settled, departures);
        self.process.host.deliver(TENANT, 1, order)?;
        Ok(Brought { pass, end })
    }

    fn brings(&mut self, key: &str, item: Toy) -> Brought {
        self.tries(key, item).expect("there is room")
    }

    async fn departed(&mut self) -> Departed<World> {
        timeout(Duration::from_secs(60), self.left.recv()).await.expect("something leaves").unwrap()
    }

    fn is_seen(&self, key: &str) -> bool {
        self.process.journal.shelf().seen.contains(key)
    }
}

fn tickets(departed: &Departed<World>) -> Vec<u64> {
    departed.passes.iter().map(|pass| pass.ticket()).collect()
}

#[tokio::test(start_paused = true)]
async fn a1_the_commit_of_what_is_nowhere_is_its_receipt() {
    let mut bearer = Bearer::fresh().await;
    let brought = bearer.brings("a", Toy::Add(5));
    assert_eq!(brought.landed().await, Some(Landed::Recorded));
    assert!(bearer.is_seen("a"));
    assert_eq!(bearer.process.added(1), [5]);
    assert!(matches!(bearer.endings.recv().await.unwrap().how, End::Done(_)));
}

#[tokio::test(start_paused = true)]
async fn a1_the_same_twice_is_recorded_once_and_both_senders_hear_it() {
    let mut bearer = Bearer::fresh().await;
    let (one, other) = (bearer.brings("a", Toy::Add(5)), bearer.brings("a", Toy::Add(5)));
    assert_eq!((one.landed().await, other.landed().await), (Some(Landed::Recorded), Some(Landed::Recorded)));
    assert_eq!(bearer.process.added(1), [5]);
}

#[tokio::test(start_paused = true)]
async fn a2_what_fails_leaves_with_everything_behind_it_in_order_before_anybody_waits() {
    let mut bearer = Bearer::fresh().await;
    let began = Instant::now();
    let mut brought = Vec::new();
    for n in 1..=20 {
        let item = if n == 7 { Toy::Poison } else { Toy::Add(n) };
        brought.push(bearer.brings(&n.to_string(), item));
    }
    let row = bearer.process.arrives(1, Toy::Add(100));
    let departed = bearer.departed().await;
    assert_eq!(tickets(&departed), (7..=20).collect::<Vec<_>>());
    assert!(began.elapsed() < Duration::from_millis(10), "before any back-off");
    bearer.process.is_quiet().await;
    assert_eq!(bearer.process.added(1), [1, 2, 3, 4, 5, 6, 100], "a row waits on");
    assert!(bearer.process.journal.shelf().dead.is_empty(), "nothing is put aside");
    assert!(!bearer.process.journal.shelf().inbox.contains_key(&row));
    for (n, brought) in brought.into_iter().enumerate().take(6) {
        assert_eq!(brought.landed().await, Some(Landed::Recorded), "{n}");
    }
}

#[tokio::test(start_paused = true)]
async fn a2_nothing_overtakes_what_has_left_and_is_not_stored_yet() {
    let mut bearer = Bearer::fresh().await;
    let poison = bearer.brings("poison", Toy::Poison);
    let departed = bearer.departed().await;
    assert_eq!(bearer.tries("later", Toy::Add(1)).err(), Some(NotTaken::Closed));
    bearer.process.is_quiet().await;
    // However long that takes: an idle slot is not made anew meanwhile.
    tokio::time::sleep(Duration::from_mins(30)).await;
    assert_eq!(bearer.tries("later", Toy::Add(1)).err(), Some(NotTaken::Closed));
    departed.passes.iter().for_each(|pass| pass.is_stored());
    drop(departed);
    assert_eq!(poison.landed().await, Some(Landed::Stored));
    assert_eq!(bearer.brings("later", Toy::Add(1)).landed().await, Some(Landed::Recorded));
}

#[tokio::test(start_paused = true)]
async fn a2_nothing_overtakes_a_row_that_was_given_back() {
    let mut bearer = Bearer::fresh().await;
    bearer.process.journal.shelf().mishaps.extend([Mishap::Clash; 9]);
    let row = bearer.process.arrives(1, Toy::Add(1));
    assert_eq!(bearer.process.endings.recv().await.unwrap().how, End::Returned);
    assert_eq!(bearer.tries("later", Toy::Add(2)).err(), Some(NotTaken::Closed));
    bearer.process.hint(row).unwrap();
    bearer.process.is_quiet().await;
    assert_eq!(bearer.brings("later", Toy::Add(2)).landed().await, Some(Landed::Recorded));
    assert_eq!(bearer.process.added(1), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_too_long_leaves_and_what_was_handed_over_before_it_does_not() {
    let mut bearer = Bearer::fresh().await;
    bearer.process.journal.shelf().mishaps.push_back(Mishap::Slow(Duration::from_secs(3)));
    let handed_over = bearer.brings("a", Toy::Add(1));
    let (second, _third) = (bearer.brings("b", Toy::Add(2)), bearer.brings("c", Toy::Add(3)));
    tokio::time::sleep(Duration::from_millis(150)).await;
    bearer.process.host.depart(TENANT, 1, &handed_over.pass);
    bearer.process.host.depart(TENANT, 1, &second.pass);
    assert_eq!(tickets(&bearer.departed().await), [2, 3]);
    assert_eq!(handed_over.landed().await, Some(Landed::Recorded));
    bearer.process.is_quiet().await;
    assert_eq!(bearer.process.added(1), [1]);
}

#[tokio::test(start_paused = true)]
async fn what_is_looked_at_and_leaves_is_not_recorded_afterwards() {
    let mut bearer = Bearer::fresh().await;
    bearer.process.journal.shelf().away = true;
    let brought = bearer.brings("a", Toy::Add(1));
    tokio::time::sleep(Duration::from_millis(150)).await;
    bearer.process.host.depart(TENANT, 1, &brought.pass);
    assert_eq!(tickets(&bearer.departed().await), [1]);
    bearer.process.journal.shelf().away = false;
    bearer.process.is_quiet().await;
    assert_eq!(bearer.process.added(1), [0_i64; 0]);
    assert!(!bearer.is_seen("a"));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_and_leaves_is_not_recorded_when_the_store_is_ours_again() {
    let mut bearer = Bearer::fresh().await;
    assert_eq!(bearer.brings("first", Toy::Add(1)).landed().await, Some(Landed::Recorded));
    bearer.process.journal.shelf().is_lost = true;
    let brought = bearer.brings("a", Toy::Add(2));
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(bearer.process.host.inspect().in_flight, 1, "it is looked at, and waits");
    bearer.process.host.depart(TENANT, 1, &brought.pass);
    assert_eq!(tickets(&bearer.departed().await), [2]);
    bearer.process.journal.shelf().is_lost = false;
    bearer.process.is_quiet().await;
    assert_eq!(bearer.process.added(1), [1]);
}

#[tokio::test(start_paused = true)]
async fn a4_a_lost_answer_is_looked_into_and_what_landed_is_not_recorded_again() {
    for mishap in [Mishap::AnswerLost, Mishap::Lost] {
        let mut bearer = Bearer::fresh().await;
        bearer.process.journal.shelf().mishaps.push_back(mishap);
        assert_eq!(bearer.brings("a", Toy::Add(1)).landed().await, Some(Landed::Recorded), "{mishap:?}");
        assert_eq!(bearer.process.added(1), [1]);
    }
}

#[tokio::test(start_paused = true)]
async fn a4_a_handler_killed_while_such_a_commit_lands_is_followed_behind_the_barrier() {
    let mut bearer = Bearer::fresh().await;
    bearer.process.journal.shelf().mishaps.push_back(Mishap::Slow(Duration::from_secs(3)));
    let (one, other) = (bearer.brings("a", Toy::Add(1)), bearer.brings("b", Toy::Add(2)));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(bearer.process.host.kill(TENANT, 1));
    assert_eq!((one.landed().await, other.landed().await), (Some(Landed::Recorded), Some(Landed::Recorded)));
    assert_eq!(bearer.process.added(1), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever_while_the_store_is_away() {
    let mut bearer = Bearer::fresh().await;
    assert_eq!(bearer.brings("a", Toy::Add(1)).landed().await, Some(Landed::Recorded));
    bearer.process.journal.shelf().away = true;
    let late = bearer.brings("b", Toy::Add(2));
    tokio::time::sleep(Duration::from_secs(11)).await;
    bearer.process.journal.shelf().away = false;
    bearer.process.is_quiet().await;
    assert!(!bearer.is_seen("b"), "its sender has gone, and brings it again");
    assert!(late.pass.is_over() && late.landed().await.is_none());
    assert_eq!(bearer.brings("b", Toy::Add(2)).landed().await, Some(Landed::Recorded));
    assert_eq!(bearer.process.added(1), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn what_clashes_again_and_again_leaves() {
    let mut bearer = Bearer::fresh().await;
    bearer.process.journal.shelf().mishaps.extend([Mishap::Clash; 9]);
    let (_one, _other) = (bearer.brings("a", Toy::Add(1)), bearer.brings("b", Toy::Add(2)));
    assert_eq!(tickets(&bearer.departed().await), [1, 2]);
    assert_eq!(bearer.process.host.inspect().restarts, 0, "a clash is nobody's fault");
}

#[tokio::test(start_paused = true)]
async fn what_the_store_refuses_leaves_and_is_nobodys_fault() {
    let mut bearer = Bearer::fresh().await;
    let (refused, _next) = (bearer.brings("a", Toy::Refused), bearer.brings("b", Toy::Add(2)));
    let departed = bearer.departed().await;
    assert_eq!(tickets(&departed), [1, 2]);
    assert_eq!(bearer.process.host.inspect().restarts, 0);
    // Whoever was to store it is gone: its sender hears so, and does it.
    drop(departed);
    assert_eq!(refused.landed().await, None);
}

#[tokio::test(start_paused = true)]
async fn a6_a_quarantine_lets_go_of_what_is_nowhere() {
    let mut bearer = Bearer::fresh().await;
    for _ in 0..4 {
        bearer.process.arrives(1, Toy::Poison);
    }
    let _brought = bearer.brings("a", Toy::Add(1));
    assert_eq!(tickets(&bearer.departed().await), [1]);
    assert_eq!(bearer.tries("b", Toy::Add(1)).err(), Some(NotTaken::Quarantined));
}
