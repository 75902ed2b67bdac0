//! Customers' files: each comes to one end, whatever dies on the way, and a store that is away spends nobody's tries (A9).

use crate::bench::{Bench, TENANT};
use crate::films::Film;
use dashoffice_domain::Event;
use dashoffice_domain::channel;
use dashoffice_domain::channel::media::MediaFailure;
use dashoffice_domain::ids::MessageId;
use dashoffice_store::memory::Fault;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// What became of each file, in the order of the journal.
fn ends(bench: &Bench) -> Vec<(MessageId, Option<MediaFailure>)> {
    let ends = bench.store.journal_of(TENANT).into_iter().filter_map(|event| match event.event {
        Event::Channel(channel::Event::MediaFetched { message, .. }) => Some((message, None)),
        Event::Channel(channel::Event::MediaFailed { message, why }) => Some((message, Some(why))),
        _ => None,
    });
    ends.collect()
}

async fn ended(bench: &Bench, most: usize) -> Vec<Option<MediaFailure>> {
    let ends = bench.until(async |bench| Some(ends(bench)).filter(|ends| ends.len() >= most)).await;
    ends.into_iter().map(|(_, how)| how).collect()
}

fn films(bench: &Bench, next: impl IntoIterator<Item = Film>) {
    bench.glass.films.next.lock().unwrap().extend(next);
}

fn asked(bench: &Bench) -> usize {
    bench.glass.films.asked.lock().unwrap().len()
}

fn kept(bench: &Bench) -> usize {
    bench.glass.shelf.files.lock().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn a9_a_picture_is_fetched_when_its_message_is_recorded() {
    let bench = Bench::usual().await;
    bench.shows(1, "1").await;
    assert_eq!(ended(&bench, 1).await, [None]);
    assert_eq!((asked(&bench), kept(&bench)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a9_each_file_comes_to_one_end_whoever_dies_on_the_way() {
    let mut bench = Bench::usual().await;
    films(&bench, vec![Film::Fine(Duration::from_secs(10)); 12]);
    for n in 1..=12 {
        bench.shows(n, &n.to_string()).await;
    }
    bench.until(async |bench| (asked(bench) >= 3).then_some(())).await;
    bench.office.kill_stations();
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.dies_for(Duration::from_secs(1)).await;
    assert_eq!(bench.glass.shelf.sweeps.load(SeqCst), 2, "each start sweeps what the one before left");
    assert_eq!(ended(&bench, 12).await, [None; 12]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut messages: Vec<_> = ends(&bench).into_iter().map(|(message, _)| message).collect();
    messages.sort();
    messages.dedup();
    assert_eq!((messages.len(), ends(&bench).len()), (12, 12));
    assert_eq!(bench.store.tenant_reads(TENANT).media_jobs(10).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn a9_a_tenant_has_a_few_downloads_at_once() {
    let bench = Bench::usual().await;
    films(&bench, vec![Film::Fine(Duration::from_secs(3)); 30]);
    for n in 1..=30 {
        bench.shows(n, &n.to_string()).await;
    }
    assert_eq!(ended(&bench, 30).await, [None; 30]);
    assert_eq!(bench.glass.films.most_at_once.load(SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn a3_weather_is_waited_for_and_spends_no_tries() {
    let bench = Bench::usual().await;
    films(&bench, vec![Film::Away; 4].into_iter().chain(vec![Film::BreaksOff; 5]));
    bench.shows(1, "1").await;
    assert_eq!(ended(&bench, 1).await, [None]);
    assert_eq!(asked(&bench), 10);
}

#[tokio::test(start_paused = true)]
async fn what_will_be_no_better_fails_at_once_and_a_faulty_file_after_its_tries() {
    let hopeless = [
        (Film::Gone, MediaFailure::Gone),
        (Film::Huge, MediaFailure::TooLarge),
        (Film::Page, MediaFailure::NotAllowed),
    ];
    for (film, why) in hopeless {
        let bench = Bench::usual().await;
        films(&bench, [film]);
        bench.shows(1, "1").await;
        assert_eq!(ended(&bench, 1).await, [Some(why)]);
        assert_eq!((asked(&bench), kept(&bench)), (1, 0));
    }
    for (film, why) in [(Film::Other, MediaFailure::OtherBytes), (Film::Panics, MediaFailure::Unfetchable)] {
        let bench = Bench::usual().await;
        films(&bench, vec![film.clone(); 4]);
        bench.shows(1, "1").await;
        assert_eq!(ended(&bench, 1).await, [None], "the fifth try brings it");
        films(&bench, vec![film; 5]);
        bench.shows(1, "2").await;
        assert_eq!(ended(&bench, 2).await, [None, Some(why)]);
        assert_eq!(asked(&bench), 10);
    }
}

#[tokio::test(start_paused = true)]
async fn a4_an_end_whose_record_was_answered_by_nobody_is_recorded_once() {
    for applied in [false, true] {
        let bench = Bench::usual().await;
        films(&bench, [Film::Fine(Duration::from_secs(5))]);
        bench.shows(1, "1").await;
        bench.until(async |bench| (asked(bench) == 1).then_some(())).await;
        bench.inbox_is_empty().await;
        bench.store.next_fault(Fault::AnswerLost { applied });
        assert_eq!(ended(&bench, 1).await, [None]);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(ends(&bench).len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_download_under_way_does_not_hold_up_the_end() {
    let mut bench = Bench::usual().await;
    films(&bench, [Film::Fine(Duration::from_secs(600))]);
    bench.shows(1, "1").await;
    bench.until(async |bench| (asked(bench) == 1).then_some(())).await;
    let begun = tokio::time::Instant::now();
    assert!(bench.office.drain(Duration::from_secs(20)).await, "it is still wanted, and the end is clean");
    assert!(begun.elapsed() < Duration::from_secs(10));
    bench.dies_for(Duration::from_secs(1)).await;
    assert_eq!(ended(&bench, 1).await, [None]);
}
