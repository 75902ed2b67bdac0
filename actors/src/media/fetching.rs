//! One file on its way: asked for, brought to disk, and only then committed as ready (A9).

use super::MediaParts;
use crate::Office;
use dashoffice_domain::channel::media::{KEPT_BY_PROVIDERS, KeptMedia, MediaFailure, MediaJob, Unfit, fit};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{Accept, Fetching, NotKept, Unavailable};
use dashoffice_domain::{Entity, Event, Row, Span, Timestamp, channel};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Commit, Draft, Outcome};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use tokio::sync::watch;

/// How a download ended, for who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It is not wanted any more, or was given up because we end.
    Over,
    /// It is still wanted, and not before then.
    Later(Timestamp),
}

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Attempt {
    Here(KeptMedia),
    Never(MediaFailure),
    /// The file itself was at fault; what to call it if it never gets better.
    Faulty(MediaFailure),
    /// Nobody's fault; not before so long.
    Weather(Span),
}

/// The wait after a first attempt, and the longest one.
const SHORTEST_WAIT: Span = Span::seconds(1);
const LONGEST_WAIT: Span = Span::minutes(5);
/// How long a number's files rest whose token the provider refuses.
const CHANNEL_RESTS: Span = Span::minutes(1);

/// Makes one attempt at a file, and records what came of it.
pub(super) async fn fetch(parts: &MediaParts, message: MessageId, mut closing: watch::Receiver<bool>) -> Ended {
    reach("fetch", "begin");
    let job = loop {
        match parts.reads.media_job(message).await {
            Err(Unavailable { .. }) => parts.weather.wait().await,
            Ok(None) => return Ended::Over,
            Ok(Some(job)) => break job,
        }
    };
    if job.due_at > Timestamp(parts.clock.now()) {
        return Ended::Later(job.due_at);
    }
    let attempt = AssertUnwindSafe(attempt(parts, &job)).catch_unwind();
    let attempt = tokio::select! {
        attempt = attempt => attempt,
        // Half a file is of no use; the next start begins it again.
        _ = closing.wait_for(|closing| *closing) => return Ended::Over,
    };
    let attempt = attempt.unwrap_or_else(|_| {
        tracing::error!(message.id = %message, "an adapter panicked while fetching");
        Attempt::Faulty(MediaFailure::Unfetchable)
    });
    reach("fetch", "brought");
    let ended = record(parts, &job, attempt).await;
    reach("fetch", "recorded");
    ended
}

async fn attempt(parts: &MediaParts, job: &MediaJob) -> Attempt {
    let wanted = &job.wanted;
    let numbers = match parts.reads.numbers().await {
        Ok(numbers) => numbers,
        Err(Unavailable { .. }) => return Attempt::Weather(SHORTEST_WAIT),
    };
    let number = numbers.into_iter().find(|number| number.id == wanted.number);
    let channel = number.and_then(|number| Some((parts.channels.named(&number.provider)?, number.line)));
    let Some((channel, line)) = channel else {
        tracing::warn!(number.id = %wanted.number, "nobody speaks for this number any more: its files cannot be fetched");
        return Attempt::Never(MediaFailure::Unfetchable);
    };
    let told = |reason: &str| {
        tracing::debug!(message.id = %wanted.message, attempt = job.attempts + 1, reason, "a file did not come");
    };
    let (announced, chunks) = match channel.fetch(line, wanted.clone()).await {
        Fetching::Comes { announced, chunks } => (announced, chunks),
        Fetching::Gone { reason } => {
            told(&reason);
            return Attempt::Never(MediaFailure::Gone);
        }
        Fetching::Failed { reason } => {
            told(&reason);
            return Attempt::Faulty(MediaFailure::Unfetchable);
        }
        Fetching::Away { after, reason } => {
            told(&reason);
            return Attempt::Weather(after);
        }
        Fetching::ChannelStopped { reason } => {
            // Each file of the number meets the same, each few minutes, for days: the first attempt is worth a line.
            if job.attempts == 0 {
                tracing::error!(number.id = %wanted.number, reason, "the provider refuses this number: its files wait");
            } else {
                told(&reason);
            }
            return Attempt::Weather(CHANNEL_RESTS);
        }
    };
    let most_bytes = parts.settings.now().limits.of(wanted.kind);
    if announced.size_bytes.is_some_and(|size| size > most_bytes) {
        return Attempt::Never(MediaFailure::TooLarge);
    }
    let (kind, promised) = (wanted.kind, announced.clone());
    let accept: Accept = Box::new(move |came| fit(kind, &promised, came).map(drop));
    match parts.files.put(parts.reads.tenant(), chunks, most_bytes, accept).await {
        Ok(came) => Attempt::Here(KeptMedia {
            mime_type: fit(kind, &announced, &came).expect("it was found fit just now"),
            sha256: came.sha256,
            size_bytes: came.size_bytes.cast_signed(),
        }),
        Err(NotKept::TooLarge) => Attempt::Never(MediaFailure::TooLarge),
        Err(NotKept::Unfit(Unfit::OtherBytes)) => Attempt::Faulty(MediaFailure::OtherBytes),
        Err(NotKept::Unfit(Unfit::NotAllowed)) => Attempt::Never(MediaFailure::NotAllowed),
        Err(NotKept::Interrupted(interrupted)) => {
            told(&interrupted.0);
            Attempt::Weather(SHORTEST_WAIT)
        }
        Err(NotKept::Disk(trouble)) => {
            tracing::error!(error = %trouble, "files cannot be kept: they wait");
            Attempt::Weather(SHORTEST_WAIT)
        }
    }
}

/// What the attempt changes: the event, if the file came to its end, and the row.
fn judged(job: &MediaJob, attempt: Attempt, most_tries: i64, now: Timestamp, fraction: f64) -> (Option<Event>, Row) {
    let message = job.wanted.message;
    let failed = |why| {
        (
            Some(Event::Channel(channel::Event::MediaFailed { message, why })),
            Row::Channel(channel::Row::MediaFailed { message, why }),
        )
    };
    let (tried, after) = match attempt {
        Attempt::Here(file) => {
            let event = Event::Channel(channel::Event::MediaFetched { message, size_bytes: file.size_bytes });
            return (Some(event), Row::Channel(channel::Row::MediaReady { message, file }));
        }
        Attempt::Never(why) => return failed(why),
        Attempt::Faulty(why) if job.tries + 1 >= most_tries => return failed(why),
        Attempt::Faulty(_) => (true, SHORTEST_WAIT),
        Attempt::Weather(after) => (false, after),
    };
    if now.since(job.wanted.wanted_at) > KEPT_BY_PROVIDERS {
        return failed(MediaFailure::TooLate);
    }
    let due_at = now.plus(backed_off(after, job.attempts, fraction));
    (None, Row::Channel(channel::Row::MediaPostponed { message, due_at, tried }))
}

/// Doubled with each attempt up to five minutes, spread by jitter, and never less than was asked for.
fn backed_off(after: Span, attempts: i64, fraction: f64) -> Span {
    let doubled = SHORTEST_WAIT.0.saturating_mul(1_i64 << attempts.clamp(0, 12)).min(LONGEST_WAIT.0);
    let spread = (doubled as f64 * (0.5 + fraction / 2.0)) as i64;
    Span(spread.max((after.0 as f64 * (1.0 + fraction / 20.0)) as i64))
}

/// Commits what an attempt came to, for as long as that takes.
async fn record(parts: &MediaParts, job: &MediaJob, attempt: Attempt) -> Ended {
    let message = job.wanted.message;
    let now = Timestamp(parts.clock.now());
    let (event, row) = judged(job, attempt, parts.settings.now().tries, now, parts.ids.fraction());
    let ended = match &row {
        Row::Channel(channel::Row::MediaPostponed { due_at, .. }) => Ended::Later(*due_at),
        _ => Ended::Over,
    };
    loop {
        match commit(parts, message, event.clone(), row.clone()).await {
            Outcome::Committed { .. } => {
                count(&row, message);
                return ended;
            }
            // Somebody else brought it to its end.
            Outcome::Conflict => return Ended::Over,
            Outcome::Unavailable => parts.weather.wait().await,
            Outcome::Unknown => {
                if is_recorded(parts, job).await {
                    return ended;
                }
            }
            Outcome::Rejected { reason } => {
                tracing::error!(message.id = %message, reason, "what came of a file could not be recorded");
                return Ended::Later(now.plus(LONGEST_WAIT));
            }
        }
    }
}

fn count(row: &Row, message: MessageId) {
    match row {
        Row::Channel(channel::Row::MediaReady { file, .. }) => {
            metrics::counter!("dashoffice_media_fetched_total").increment(1);
            metrics::counter!("dashoffice_media_fetched_bytes_total").increment(file.size_bytes.cast_unsigned());
        }
        Row::Channel(channel::Row::MediaFailed { why, .. }) => {
            metrics::counter!("dashoffice_media_failed_total", "why" => why.name()).increment(1);
            tracing::info!(message.id = %message, why = why.name(), "a file will not be fetched");
        }
        _ => {}
    }
}

/// Whether a record whose answer was lost stands: looked for once it has landed or never will (A4).
async fn is_recorded(parts: &MediaParts, before: &MediaJob) -> bool {
    loop {
        if parts.journal.barrier().await.is_ok()
            && let Ok(job) = parts.reads.media_job(before.wanted.message).await
        {
            return job.is_none_or(|job| job.attempts != before.attempts);
        }
        parts.weather.wait().await;
    }
}

async fn commit(parts: &MediaParts, message: MessageId, event: Option<Event>, row: Row) -> Outcome {
    let Some(term) = parts.journal.term() else { return Outcome::Unavailable };
    let draft = |event| Draft { id: parts.ids.next(), owner_epoch: 0, event };
    let (tenant, now) = (parts.reads.tenant().0, parts.clock.now());
    // Messages keep no state: the file's row is the fence.
    let fact = Commit::<Office>::of_fact(tenant, Entity::Message(message), term, now, message.0);
    let commit = Commit { events: event.map(draft).into_iter().collect(), rows: vec![row], ..fact };
    parts.journal.commit(commit).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::channel::media::{MediaSource, WantedMedia};
    use dashoffice_domain::conversation::content::MediaKind;
    use dashoffice_domain::ids::NumberId;
    use uuid::Uuid;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn job(attempts: i64, tries: i64) -> MediaJob {
        let wanted = WantedMedia {
            message: MessageId(Uuid::from_u128(1)),
            number: NumberId(Uuid::from_u128(2)),
            kind: MediaKind::Image,
            source: MediaSource::default(),
            declared_mime: None,
            declared_sha256: None,
            wanted_at: NOON,
        };
        MediaJob { wanted, attempts, tries, due_at: NOON }
    }

    fn end(job: &MediaJob, attempt: Attempt, after: Span) -> Option<MediaFailure> {
        match judged(job, attempt, 3, NOON.plus(after), 0.5).1 {
            Row::Channel(channel::Row::MediaFailed { why, .. }) => Some(why),
            _ => None,
        }
    }

    #[test]
    fn a3_weather_spends_no_tries_and_ends_when_the_provider_has_forgotten() {
        let weather = Attempt::Weather(Span::seconds(1));
        assert_eq!(end(&job(10_000, 2), weather.clone(), Span::days(7)), None);
        assert_eq!(end(&job(1, 0), weather, Span::days(8)), Some(MediaFailure::TooLate));
    }

    #[test]
    fn a_file_that_is_at_fault_is_given_up_after_its_tries_with_the_reason_of_the_last() {
        let faulty = || Attempt::Faulty(MediaFailure::OtherBytes);
        assert_eq!(end(&job(1, 1), faulty(), Span::seconds(9)), None);
        assert_eq!(end(&job(9, 2), faulty(), Span::seconds(9)), Some(MediaFailure::OtherBytes));
        let never = Attempt::Never(MediaFailure::Gone);
        assert_eq!(end(&job(0, 0), never, Span::seconds(9)), Some(MediaFailure::Gone));
    }

    #[test]
    fn waits_grow_to_five_minutes_and_a_provider_that_asks_for_more_gets_it() {
        assert_eq!(backed_off(Span::seconds(1), 0, 0.0), Span::seconds(1));
        assert_eq!(backed_off(Span::seconds(1), 3, 1.0), Span::seconds(8));
        assert_eq!(backed_off(Span::seconds(1), 3, 0.0), Span::seconds(4));
        assert_eq!(backed_off(Span::seconds(1), 60, 1.0), LONGEST_WAIT);
        assert_eq!(backed_off(Span::hours(1), 0, 0.0), Span::hours(1));
    }
}
