//! The files of messages (A9).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::media::{FileHash, KeptMedia, MediaFailure, MediaReference, WantedMedia};
use dashoffice_domain::conversation::content::MediaKind;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::{Entity, Event, Row, Timestamp, channel, conversation};
use dashoffice_runtime::{Commit, Draft, Outcome};
use dashoffice_store::Office;

for_every_store!(
    a9_a_wanted_file_survives_the_end_of_the_owner,
    a9_a_file_is_ordered_once,
    a9_a_file_comes_to_its_end_once,
    a9_a_file_that_is_put_off_waits_and_counts_what_was_its_own_fault,
    a9_files_due_first_are_read_first_and_each_tenant_reads_its_own,
);

pub(crate) fn wanted(message: MessageId) -> WantedMedia {
    WantedMedia {
        message,
        number: NUMBER,
        kind: MediaKind::Audio,
        source: MediaReference { provider_media_id: Some("77".into()), link: None },
        declared_mime: Some("audio/ogg; codecs=opus".into()),
        declared_sha256: Some("abc=".into()),
        wanted_at: Timestamp(NOON),
    }
}

pub(crate) fn kept() -> KeptMedia {
    KeptMedia { sha256: FileHash([9; 32]), size_bytes: 12_345, mime_type: "audio/ogg".into() }
}

/// A message whose file is ordered in the same commit.
pub(crate) async fn ordered(desk: &Desk) -> MessageId {
    let (thread, conversation) = desk.thread(&fresh::<MessageId>().to_string()).await;
    let message = fresh();
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(message_row(
            message,
            thread,
            conversation,
            Direction::Inbound,
        )))),
        Row::Channel(channel::Row::MediaWanted(Box::new(wanted(message)))),
    ];
    desk.committed(commit).await;
    message
}

pub(crate) fn ready(desk: &Desk, message: MessageId) -> Commit<Office> {
    let mut commit =
        desk.message_commit(message, vec![Row::Channel(channel::Row::MediaReady { message, file: kept() })]);
    let event = Event::Channel(channel::Event::MediaFetched { message, size_bytes: kept().size_bytes });
    commit.events = vec![Draft { id: fresh(), owner_epoch: 0, event }];
    commit
}

async fn a9_a_wanted_file_survives_the_end_of_the_owner(desk: Desk) {
    let message = ordered(&desk).await;
    let desk = desk.restart().await;
    let job = desk.reads(TENANT).media_job(message).await.unwrap().unwrap();
    assert_eq!((&job.wanted, job.attempts, job.tries, job.due_at), (&wanted(message), 0, 0, Timestamp(NOON)));
    assert_eq!(desk.reads(TENANT).media_jobs(10).await.unwrap(), [job]);
}

async fn a9_a_file_is_ordered_once(desk: Desk) {
    let message = ordered(&desk).await;
    let again = desk.message_commit(message, vec![Row::Channel(channel::Row::MediaWanted(Box::new(wanted(message))))]);
    let outcome = desk.commit(again).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}

async fn a9_a_file_comes_to_its_end_once(desk: Desk) {
    let message = ordered(&desk).await;
    let (one, two) = tokio::join!(desk.commit(ready(&desk, message)), desk.commit(ready(&desk, message)));
    assert!(matches!(one, Outcome::Committed { .. }));
    assert_eq!(two, Outcome::Conflict);
    let failed = vec![Row::Channel(channel::Row::MediaFailed { message, why: MediaFailure::Gone })];
    assert_eq!(desk.commit(desk.message_commit(message, failed)).await, Outcome::Conflict);
    assert_eq!(desk.reads(TENANT).media_job(message).await.unwrap(), None);
    assert_eq!(desk.reads(TENANT).media_jobs(10).await.unwrap(), []);
    let events = desk.journal().events(TENANT.0, Entity::Message(message), 0, 10).await.unwrap();
    let told: Vec<_> = events.into_iter().map(|event| event.event).collect();
    assert_eq!(told, [Event::Channel(channel::Event::MediaFetched { message, size_bytes: 12_345 })]);
}

async fn a9_a_file_that_is_put_off_waits_and_counts_what_was_its_own_fault(desk: Desk) {
    let message = ordered(&desk).await;
    for (tried, due) in [(false, 5), (true, 7)] {
        let due_at = Timestamp(NOON + due * 1_000_000);
        desk.committed(
            desk.message_commit(message, vec![Row::Channel(channel::Row::MediaPostponed { message, due_at, tried })]),
        )
        .await;
    }
    let job = desk.reads(TENANT).media_job(message).await.unwrap().unwrap();
    assert_eq!((job.attempts, job.tries, job.due_at), (2, 1, Timestamp(NOON + 7_000_000)));
    let failed = vec![Row::Channel(channel::Row::MediaFailed { message, why: MediaFailure::OtherBytes })];
    desk.committed(desk.message_commit(message, failed)).await;
    let late = vec![Row::Channel(channel::Row::MediaPostponed { message, due_at: Timestamp(NOON), tried: true })];
    assert_eq!(desk.commit(desk.message_commit(message, late)).await, Outcome::Conflict);
}

async fn a9_files_due_first_are_read_first_and_each_tenant_reads_its_own(desk: Desk) {
    let (first, second) = (ordered(&desk).await, ordered(&desk).await);
    let due_at = Timestamp(NOON + 1);
    let postponed = vec![Row::Channel(channel::Row::MediaPostponed { message: first, due_at, tried: false })];
    desk.committed(desk.message_commit(first, postponed)).await;
    let jobs = desk.reads(TENANT).media_jobs(10).await.unwrap();
    assert_eq!(jobs.iter().map(|job| job.wanted.message).collect::<Vec<_>>(), [second, first]);
    assert_eq!(desk.reads(TENANT).media_jobs(1).await.unwrap().len(), 1);
    assert_eq!(desk.reads(OTHER_TENANT).media_jobs(10).await.unwrap(), []);
    assert_eq!(desk.reads(OTHER_TENANT).media_job(first).await.unwrap(), None);
}
