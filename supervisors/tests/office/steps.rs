//! Drill 5: whoever works in an office falls at each step there is, once, twice, and until the budget is spent: they come back,
//! nobody else is harmed, and nothing is lost.

use crate::bench::{ANA, BIA, Bench, TENANT};
use crate::films::Film;
use dashoffice_domain::Event;
use dashoffice_domain::channel::number::NumberState;
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{AgentId, MessageId, ThreadId};
use dashoffice_domain::{channel, conversation};
use dashoffice_runtime::fail_point::{falls_at, falls_left};
use std::time::Duration;

/// Everybody who may fall, and where. A hub falls before consoles that watch it: in the api's drills.
const STEPS: [(&str, &[&str]); 14] = [
    ("conversation", &["load", "handle", "apply", "before_commit", "after_commit", "reply", "passivate", "recover"]),
    ("agent", &["load", "handle", "apply", "before_commit", "after_commit", "reply", "passivate", "recover"]),
    ("timers", &["look", "dispatch"]),
    ("intake", &["handle", "brought", "placed", "take_up", "offered", "settled"]),
    ("router", &["handle", "rebuild", "held"]),
    ("offer", &["ask", "answered"]),
    ("order", &["ask"]),
    ("delivery", &["handle", "look", "sent_off"]),
    ("post", &["begin", "before_start", "started", "answered", "recorded"]),
    ("read_marks", &["tell", "told"]),
    ("number_state", &["record"]),
    ("media", &["handle", "look", "begun"]),
    ("fetch", &["begin", "brought", "recorded"]),
    ("feed", &["hear", "heard"]),
];

/// Somebody recovers only who fell before.
fn plan(actor: &'static str, step: &'static str, times: u32) {
    if step == "recover" {
        falls_at(actor, "handle", times);
    }
    falls_at(actor, step, times);
}

/// A day in which everybody has something to do at every step.
async fn day(bench: &Bench) -> Vec<(ThreadId, MessageId)> {
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    bench.shows(2, "2").await;
    let mut replies = Vec::new();
    for customer in 1..=2 {
        let thread = until(bench, async |bench| held(bench, customer).await).await;
        replies.push((thread, bench.replies(ANA, thread).await));
    }
    // Nobody answers the third, whose chat is taken back; nobody is left for the fourth.
    bench.leaves_word(3, "3").await;
    until(bench, async |bench| missed(bench).then_some(())).await;
    bench.office.router(TENANT).unwrap().disconnected(ANA, ANA.0);
    bench.comes(BIA).await;
    bench.leaves_word(1, "1 again").await;
    until(bench, async |bench| held_by(bench, 1, BIA).await).await;
    // Long enough for everybody to fall asleep.
    tokio::time::sleep(Duration::from_secs(700)).await;
    bench.shows(4, "4").await;
    bench.says(1, "1 at last").await;
    until(bench, async |bench| (bench.store.unfinished(TENANT).inbox == 0).then_some(())).await;
    replies
}

/// Waits until `there` says something; a second is short in a day like this.
async fn until<T>(bench: &Bench, mut there: impl AsyncFnMut(&Bench) -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = there(bench).await {
                return found;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(30), looking).await.expect("it comes to that")
}

/// The thread of a customer, once an agent has it.
async fn held(bench: &Bench, customer: u32) -> Option<ThreadId> {
    let thread = thread_of(bench, customer)?;
    let owners = bench.owners().await;
    owners.into_iter().find(|(of, owner)| *of == thread && owner.agent() == Some(ANA)).map(|_| thread)
}

async fn held_by(bench: &Bench, customer: u32, agent: AgentId) -> Option<()> {
    let thread = thread_of(bench, customer)?;
    bench.owners().await.contains(&(thread, Owner::Agent { agent })).then_some(())
}

fn thread_of(bench: &Bench, customer: u32) -> Option<ThreadId> {
    let first = customer.to_string();
    bench.heard().into_iter().find(|(_, heard)| heard.first() == Some(&first)).map(|(thread, _)| thread)
}

fn missed(bench: &Bench) -> bool {
    let journal = bench.store.journal_of(TENANT);
    journal.iter().any(|envelope| matches!(envelope.event, Event::Conversation(conversation::Event::OfferEnded { .. })))
}

/// All that customers said is there, once and in order; each reply went out once at most, each file has one end.
async fn nothing_is_lost(bench: &Bench, replies: &[(ThreadId, MessageId)], unknown: bool) {
    let quiet = |bench: &Bench| {
        let left = bench.store.unfinished(TENANT);
        left.inbox + left.outbox + left.files + left.read_marks == 0
    };
    until(bench, async |bench| quiet(bench).then_some(())).await;
    assert_eq!(bench.store.unfinished(TENANT).dead, 0, "nothing was put aside");
    let heard: Vec<Vec<String>> = bench.heard().into_values().collect();
    assert_eq!(heard.len(), 4, "{heard:?}");
    for said in [&["1", "1 again", "1 at last"][..], &["2"], &["3"], &["4"]] {
        assert!(heard.iter().any(|heard| heard == said), "{said:?} in {heard:?}");
    }
    for (_, message) in replies {
        let posted = bench.posts().iter().filter(|posted| *posted == message).count();
        let status = bench.messages().into_iter().find(|known| known.id == *message).unwrap().status;
        let is_sent = status == Status::Sent && posted == 1;
        assert!(
            is_sent || unknown && status == Status::Unknown && posted <= 1,
            "A7: {status:?}, posted {posted} times"
        );
    }
    let journal = bench.store.journal_of(TENANT);
    let fetched =
        journal.iter().filter(|envelope| matches!(envelope.event, Event::Channel(channel::Event::MediaFetched { .. })));
    assert_eq!(fetched.count(), 2, "A9: each file has one end");
    let stands = |event: &Event| {
        matches!(event, Event::Channel(channel::Event::NumberStateChanged { state: NumberState::Connected, .. }))
    };
    assert_eq!(journal.iter().filter(|envelope| stands(&envelope.event)).count(), 1, "its state is known");
    let outbound = bench.messages().into_iter().filter(|known| known.direction == Direction::Outbound).count();
    assert_eq!(outbound, replies.len(), "A10: what was said, and nothing twice");
}

async fn falls(actor: &'static str, step: &'static str, times: u32) {
    let bench = Bench::usual().await;
    // Slow enough to be found on their way by whoever looks at what is to be done.
    let accepted = Posted::Accepted { provider_message_id: "out.first".into(), known_as: vec![] };
    bench.answers_with([(Duration::from_secs(90), accepted)]);
    bench.glass.films.next.lock().unwrap().push_back(Film::Fine(Duration::from_secs(20)));
    plan(actor, step, times);
    if matches!((actor, step), ("router", "rebuild") | ("number_state", _)) {
        bench.office.kill_stations();
    }
    let replies = day(&bench).await;
    // Between `sending` and its outcome, and nowhere else, a fall leaves a message of which nobody knows.
    nothing_is_lost(&bench, &replies, matches!((actor, step), ("post", "started" | "answered"))).await;
    assert_eq!(falls_left(actor, step), 0, "nobody came by {actor} {step}");
    bench.office.crash();
}

/// Who is told to fall does so without a word.
fn quietly() {
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains("told to fall") {
            eprintln!("{panic}");
        }
    }));
}

#[tokio::test(start_paused = true)]
async fn drill_5_whoever_falls_once_at_any_step_comes_back_and_nothing_is_lost() {
    quietly();
    for (actor, step) in STEPS.iter().flat_map(|(actor, steps)| steps.iter().map(move |step| (*actor, *step))) {
        eprintln!("{actor} falls at {step}");
        falls(actor, step, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn drill_5_whoever_falls_twice_at_any_step_comes_back_and_nothing_is_lost() {
    quietly();
    for (actor, step) in STEPS.iter().flat_map(|(actor, steps)| steps.iter().map(move |step| (*actor, *step))) {
        eprintln!("{actor} falls twice at {step}");
        falls(actor, step, 2).await;
    }
}

#[tokio::test(start_paused = true)]
async fn drill_5_an_item_whose_actor_falls_each_time_is_put_aside_and_the_next_has_its_turn() {
    quietly();
    for step in ["handle", "apply", "before_commit"] {
        let bench = Bench::usual().await;
        // Once more than it has tries: the first one is on the way past the inbox, and is not counted.
        falls_at("conversation", step, 4);
        bench.says_all(1, &["1".to_owned(), "2".to_owned()]).await;
        bench.inbox_is_empty().await;
        assert_eq!(falls_left("conversation", step), 0);
        assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["2"]], "at {step}");
        assert_eq!(bench.store.unfinished(TENANT).dead, 1, "A3: put aside, and there for whoever looks");
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn drill_5_who_spends_the_budget_rests_alone_and_whatever_it_was_sent_is_done_when_it_is_back() {
    quietly();
    // Whoever says that the rest is over may fall, too.
    for releases in 0..=2 {
        let bench = Bench::usual().await;
        falls_at("conversation", "handle", 1 + 9);
        falls_at("releases", "release", releases);
        bench.says_all(1, &["1", "2", "3", "4", "5"].map(str::to_owned)).await;
        let quarantined =
            |bench: &Bench| bench.office.inspect().hosts.iter().map(|host| host.quarantined).sum::<usize>();
        bench.until(async |bench| (quarantined(bench) == 1).then_some(())).await;
        let left = bench.store.unfinished(TENANT);
        assert_eq!((left.dead, left.inbox), (3, 2), "three were put aside, and the rest waits");
        bench.says(2, "6").await;
        bench.until(async |bench| bench.heard().into_values().any(|heard| heard == ["6"]).then_some(())).await;
        assert_eq!(quarantined(&bench), 1, "the other one waits for nobody");
        bench.inbox_is_empty().await;
        assert!(bench.heard().into_values().any(|heard| heard == ["4", "5"]), "{releases}");
        assert_eq!(falls_left("releases", "release"), 0);
        bench.office.crash();
    }
}

#[tokio::test(start_paused = true)]
async fn drill_5_an_entity_that_cannot_be_loaded_rests_and_loses_nothing() {
    quietly();
    let bench = Bench::usual().await;
    falls_at("conversation", "load", 5);
    bench.says_all(1, &["1", "2"].map(str::to_owned)).await;
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2"]]);
    assert_eq!((falls_left("conversation", "load"), bench.store.unfinished(TENANT).dead), (0, 0));
}
