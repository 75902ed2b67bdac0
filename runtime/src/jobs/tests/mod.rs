//! Jobs against a store and a world that misbehave: what counts is what the world was asked, and what the rows say at the end.

mod toy;

use super::kind::{Listed, Pause, Stands, State};
use super::limit::Limits;
use std::sync::Arc;
use std::time::Duration;
use toy::{Answer, Mishap, Toy};

/// Jobs 1 and 2 in one lane, 3 in another.
const LANES: [u32; 3] = [1, 1, 2];

async fn all_end(toy: Toy) -> Arc<Toy> {
    let toy = Arc::new(toy);
    let jobs = toy.opens().await;
    toy.is_quiet().await;
    assert!(jobs.drain(Duration::from_secs(5)).await);
    toy
}

fn ends(toy: &Toy) -> Vec<(u32, &'static str)> {
    let mut ends = toy.shelf().ends.clone();
    ends.sort_unstable();
    ends
}

#[tokio::test(start_paused = true)]
async fn each_lane_runs_in_order_beside_the_others_and_a_job_costs_its_claim_and_its_record() {
    for (claims, commits) in [(true, 6), (false, 3)] {
        let toy = all_end(Toy::new(claims).with(&LANES)).await;
        assert_eq!(toy.asked(), [1, 3, 2]);
        assert_eq!(ends(&toy), [(1, "done"), (2, "done"), (3, "done")]);
        assert_eq!(toy.shelf().commits, commits);
    }
}

#[tokio::test(start_paused = true)]
async fn a7_whoever_falls_at_any_step_runs_no_claimed_job_twice_and_ends_all_of_them() {
    std::panic::set_hook(Box::new(|_| {}));
    for (step, times) in
        ["list", "read", "claim", "outcome", "recorded"].into_iter().flat_map(|step| [(step, 1), (step, 2)])
    {
        for claims in [true, false] {
            let toy = Toy::new(claims).with(&LANES);
            toy.shelf().falls = Some((step, times));
            let toy = all_end(toy).await;
            assert_eq!(toy.shelf().falls, Some((step, 0)), "nobody came by {step}");
            let lost = if claims && step == "outcome" { times as usize } else { 0 };
            let left = toy.shelf().rows.len();
            let ended = ends(&toy).len();
            assert_eq!((left, ended), (lost, 3 - lost), "{step}, {times} times");
            let again = if !claims && step == "outcome" { times as usize } else { 0 };
            assert_eq!(toy.asked().len(), 3 + again, "{step}, {times} times, claimed: {claims}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a7_whatever_goes_wrong_with_any_commit_each_job_runs_once_and_is_recorded_once() {
    let mishaps =
        [Mishap::AnswerLost { applied: true }, Mishap::AnswerLost { applied: false }, Mishap::Away, Mishap::Clash];
    for mishap in mishaps {
        for nth in 0..6 {
            let before = vec![Mishap::None; nth];
            let toy = Toy::new(true).with(&LANES).mishaps(before.into_iter().chain([mishap]));
            let toy = all_end(toy).await;
            assert_eq!(toy.asked().len(), 3, "{mishap:?} of commit {nth}");
            assert_eq!(ends(&toy), [(1, "done"), (2, "done"), (3, "done")], "{mishap:?} of commit {nth}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a7_a_claim_that_somebody_else_made_is_not_run_whatever_we_asked_before() {
    // Our own claim was answered by nobody, and two attempts began meanwhile: neither of them is known to be ours.
    let toy = all_end(Toy::new(true).with(&[1]).mishaps([Mishap::Taken(2)])).await;
    assert_eq!((toy.asked(), toy.shelf().rows[&1].state), (vec![], State::Unknown));
    // Our own was refused, and the row says then that one began.
    let toy = Toy::new(true).with(&[1]);
    toy.shelf().rows.get_mut(&1).unwrap().state = State::Running;
    let toy = all_end(toy).await;
    assert_eq!((toy.asked(), toy.shelf().rows[&1].state), (vec![], State::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a7_a_refused_claim_is_never_taken_for_our_own() {
    // Answered by nobody, and it did not land; then refused, and somebody has claimed it: that is one attempt more, and not ours.
    let toy = Arc::new(Toy::new(true).with(&[1]).mishaps([Mishap::AnswerLost { applied: false }, Mishap::Clash]));
    let jobs = toy.opens().await;
    while toy.shelf().mishaps.len() > 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    {
        let mut shelf = toy.shelf();
        let row = shelf.rows.get_mut(&1).unwrap();
        (row.state, row.attempts) = (State::Running, row.attempts + 1);
    }
    toy.is_quiet().await;
    assert_eq!((toy.asked(), toy.shelf().rows[&1].state), (vec![], State::Unknown));
    jobs.crash();
}

#[tokio::test(start_paused = true)]
async fn a7_what_runs_while_the_actor_is_new_is_neither_repeated_nor_overtaken_in_its_lane() {
    let toy = Arc::new(Toy::new(true).with(&LANES).answering([Answer::Slow(Duration::from_secs(15))]));
    let jobs = toy.opens().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    jobs.kill();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(toy.asked(), [1, 3], "what is behind it waits");
    toy.is_quiet().await;
    assert_eq!((toy.asked(), ends(&toy).len()), (vec![1, 3, 2], 3));
}

#[tokio::test(start_paused = true)]
async fn a7_a_process_that_dies_leaves_what_ran_unknown_and_what_may_run_twice_runs_again() {
    for (claims, asked) in [(true, vec![1, 3, 2]), (false, vec![1, 3, 1, 2])] {
        let toy = Arc::new(Toy::new(claims).with(&LANES).answering([Answer::Slow(Duration::from_hours(1))]));
        let jobs = toy.opens().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        jobs.crash();
        toy.is_owned_anew();
        let _next = toy.opens().await;
        toy.is_quiet().await;
        assert_eq!((toy.asked(), toy.shelf().rows.len()), (asked, usize::from(claims)));
    }
}

#[tokio::test(start_paused = true)]
async fn a7_a_task_whose_office_is_over_runs_nothing_and_gives_back_what_it_had_claimed() {
    for applied in [true, false] {
        let toy = Arc::new(Toy::new(true).with(&[1]).mishaps([Mishap::Overthrown { applied }]));
        let jobs = toy.opens().await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(toy.asked(), [0_u32; 0], "applied: {applied}");
        let row = toy.shelf().rows[&1].clone();
        assert_eq!((row.state, row.attempts), (State::Pending, i64::from(applied)));
        jobs.crash();
        let _next = toy.opens().await;
        toy.is_quiet().await;
        assert_eq!((toy.asked(), ends(&toy)), (vec![1], vec![(1, "done")]));
    }
}

#[tokio::test(start_paused = true)]
async fn a3_what_is_nobodys_fault_spends_no_tries_and_a_job_at_fault_is_given_up_after_its_tries() {
    let away = Answer::Later(Pause::Job(1_000_000));
    let toy = all_end(Toy::new(false).with(&[1]).answering([away; 10])).await;
    assert_eq!((toy.asked().len(), ends(&toy)), (11, vec![(1, "done")]));
    let fault = Answer::Later(Pause::Try(1_000_000));
    let toy = all_end(Toy::new(false).with(&[1]).answering([fault, away, fault, fault])).await;
    assert_eq!((toy.asked().len(), ends(&toy)), (4, vec![(1, "later")]));
    let toy = all_end(Toy::new(false).with(&[1]).answering([Answer::Panics; 9])).await;
    assert_eq!((toy.asked().len(), ends(&toy)), (3, vec![(1, "broke")]));
    let toy = all_end(Toy::new(false).with(&[1]).answering([Answer::Never])).await;
    assert_eq!(ends(&toy), [(1, "never")]);
}

#[tokio::test(start_paused = true)]
async fn a7_a_job_of_which_nobody_knows_is_not_run_again_and_holds_its_lane_for_a_while() {
    for answer in [Answer::Unknown, Answer::Panics, Answer::Slow(Duration::from_hours(1))] {
        let mut toy = Toy::new(true).with(&LANES).answering([answer]);
        toy.timeout = Some(Duration::from_secs(20));
        let toy = all_end(toy).await;
        let shelf = toy.shelf();
        let [(1, first), (3, _), (2, then)] = shelf.asked[..] else { panic!("{answer:?}: {:?}", shelf.asked) };
        assert!(then.duration_since(first) >= Duration::from_secs(30), "{answer:?}");
        assert_eq!(shelf.rows[&1].state, State::Unknown);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_or_begin_in_a_second_than_may() {
    let mut toy = Toy::new(false).with(&(0..30).collect::<Vec<_>>());
    toy.limits = Limits { at_once: 4, per_second: None };
    assert_eq!(all_end(toy).await.shelf().most_at_once, 4);
    let mut toy = Toy::new(false).with(&(0..30).collect::<Vec<_>>());
    toy.limits = Limits { at_once: 99, per_second: Some(10) };
    let toy = all_end(toy).await;
    let asked = toy.shelf().asked.clone();
    let took = asked[29].1.duration_since(asked[0].1);
    assert!(took >= Duration::from_millis(1_900) && took <= Duration::from_millis(2_500), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a7_after_faults_in_a_row_one_job_is_tried_at_a_time_until_there_is_an_answer() {
    let toy = Toy::new(true).with(&(0..9).collect::<Vec<_>>()).answering([Answer::Failed; 12]);
    let toy = all_end(toy).await;
    let shelf = toy.shelf();
    let mut times: Vec<_> = shelf.asked.iter().map(|(_, at)| *at).collect();
    times.dedup();
    assert_eq!((times.len(), shelf.ends.len()), (6, 9), "nine at once, four one by one, and the rest: {times:?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_run_twice_does_not_hold_up_the_end_and_what_may_not_is_waited_for() {
    for claims in [true, false] {
        let toy = Arc::new(Toy::new(claims).with(&[1]).answering([Answer::Slow(Duration::from_secs(10))]));
        let jobs = toy.opens().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let begun = tokio::time::Instant::now();
        assert!(jobs.drain(Duration::from_secs(30)).await);
        assert_eq!((begun.elapsed() > Duration::from_secs(5), toy.shelf().ends.len()), (claims, usize::from(claims)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_while_the_rows_could_not_be_read_is_not_overtaken_by_what_is_told_next() {
    let toy = Arc::new(Toy::new(true));
    let jobs = toy.opens().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    toy.shelf().lists_away = 1;
    toy.gets(&[1, 1]);
    jobs.look();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(toy.shelf().lists_away, 0, "it looked, and saw nothing");
    jobs.wants(vec![Listed { key: 2, lane: 1, turn: (), stands: Stands::Due(None) }]);
    toy.is_quiet().await;
    assert_eq!(toy.asked(), [1, 2]);
}
