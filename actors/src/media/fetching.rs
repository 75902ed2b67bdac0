//! One file on its way: asked for, brought to disk, and only then committed as ready (A9).

use super::MediaParts;
use crate::Office;
use dashoffice_domain::channel::media::{KeptMedia, MediaFailure, MediaJob, Unfit, fit};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{Accept, Fetching, NotKept, Unavailable};
use dashoffice_domain::{Entity, Event, Row, Span, Timestamp, channel};
use dashoffice_runtime::Micros;
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::jobs::{
    AttemptResult, Came, Change, Facts, Kind, Limits, Listed, Page, Pause, Ran, Stands, State,
};

/// The least that is waited for what is away.
const SHORTEST_WAIT: Span = Span::seconds(1);
/// How long a number's files rest whose token the provider refuses.
const CHANNEL_RESTS: Span = Span::minutes(1);

/// The files of a tenant that are wanted of providers. To begin one twice does no harm: its row leaves `wanted` once.
pub(super) struct Files(pub(super) MediaParts);

/// What one attempt came to.
type Attempt = Came<Files>;

/// A file that is wanted, and due then.
pub(super) fn wanted(message: MessageId, due_at: Option<Micros>) -> Listed<Files> {
    Listed { key: message, lane: message, turn: (), stands: Stands::Due(due_at) }
}

impl Kind for Files {
    type Durable = Office;
    type Key = MessageId;
    /// No file waits for another.
    type Lane = MessageId;
    type Turn = ();
    type Place = ();
    type Job = MediaJob;
    type Done = KeptMedia;
    type Why = MediaFailure;
    type Stop = ();
    type Away = Unavailable;

    const NAME: &'static str = "media";
    const ACTOR: &'static str = "media";
    const TASK: &'static str = "fetch";
    const UNREACHABLE: () = ();

    fn limits(&self) -> Limits {
        Limits { at_once: self.0.settings.now().at_once, per_second: None }
    }

    fn tries(&self) -> i64 {
        self.0.settings.now().tries
    }

    /// Those due first, whatever was read before.
    async fn list(&self, (): (), limit: u32) -> Result<Page<Self>, Unavailable> {
        let jobs = self.0.reads.media_jobs(limit).await?;
        let rows = jobs.iter().map(|job| wanted(job.wanted.message, Some(job.due_at.0))).collect();
        Ok(Page { rows, place: (), is_all: true })
    }

    async fn read(&self, message: MessageId) -> Result<Option<MediaJob>, Unavailable> {
        self.0.reads.media_job(message).await
    }

    fn facts(&self, job: &MediaJob) -> Facts {
        let MediaJob { attempts, tries, due_at, .. } = *job;
        Facts { state: State::Pending, attempts, tries, due_at: Some(due_at.0), steps_aside: false }
    }

    async fn run(&self, job: &MediaJob) -> Ran<Self> {
        Ran { came: attempt(&self.0, job).await, heard: None }
    }

    fn broke(&self) -> Ran<Self> {
        Ran { came: faulty(MediaFailure::Unfetchable), heard: None }
    }

    fn gives_up(&self, job: &MediaJob, now: Micros, last: Option<&MediaFailure>) -> Option<MediaFailure> {
        // One that has waited for too long is asked for once all the same: perhaps the provider has it still.
        let kept = self.0.capabilities.of(job.wanted.number).files_kept;
        last.filter(|_| is_forgotten(job, kept, Timestamp(now)))?;
        Some(MediaFailure::TooLate)
    }

    fn outcome(&self, job: &MediaJob, result: &AttemptResult<Self>) -> Option<Change<Office>> {
        reach("fetch", "brought");
        let message = job.wanted.message;
        let (event, row) = recorded(message, result);
        // Messages keep no state: the file's row is the fence.
        Some(Change {
            entity: Entity::Message(message),
            cause: message.0,
            owner_epoch: 0,
            events: event.map(Event::Channel).into_iter().collect(),
            rows: vec![Row::Channel(row)],
        })
    }

    fn recorded(&self, job: &MediaJob, result: &AttemptResult<Self>) {
        match result {
            AttemptResult::Done(file) => {
                metrics::counter!("dashoffice_media_fetched_total").increment(1);
                metrics::counter!("dashoffice_media_fetched_bytes_total").increment(file.size_bytes.cast_unsigned());
            }
            AttemptResult::Never(why) => {
                metrics::counter!("dashoffice_media_failed_total", "why" => why.name()).increment(1);
                tracing::info!(message.id = %job.wanted.message, why = why.name(), "a file will not be fetched");
            }
            AttemptResult::Later { .. } | AttemptResult::Unknown => {}
        }
    }
}

/// What an attempt changes: the event, if the file came to its end, and the row.
fn recorded(message: MessageId, result: &AttemptResult<Files>) -> (Option<channel::Event>, channel::Row) {
    match result {
        AttemptResult::Done(file) => {
            let event = channel::Event::MediaFetched { message, size_bytes: file.size_bytes };
            (Some(event), channel::Row::MediaReady { message, file: file.clone() })
        }
        AttemptResult::Never(why) => {
            let event = channel::Event::MediaFailed { message, why: *why };
            (Some(event), channel::Row::MediaFailed { message, why: *why })
        }
        AttemptResult::Later { at, tried, .. } => {
            (None, channel::Row::MediaPostponed { message, due_at: Timestamp(*at), tried: *tried })
        }
        AttemptResult::Unknown => unreachable!("an attempt at a file always says what it came to"),
    }
}

/// Whether a provider that keeps files for so long does not have it any more.
fn is_forgotten(job: &MediaJob, kept: Span, now: Timestamp) -> bool {
    now.since(job.wanted.wanted_at) > kept
}

/// The file itself was at fault; what to call it if it never gets better.
fn faulty(why: MediaFailure) -> Attempt {
    Came::Later(Pause::Try(SHORTEST_WAIT.0), why)
}

/// Nobody's fault; not before so long.
fn away(after: Span) -> Attempt {
    Came::Later(Pause::Job(after.0), MediaFailure::TooLate)
}

async fn attempt(parts: &MediaParts, job: &MediaJob) -> Attempt {
    let wanted = &job.wanted;
    let numbers = match parts.reads.numbers().await {
        Ok(numbers) => numbers,
        Err(Unavailable { .. }) => return away(SHORTEST_WAIT),
    };
    let number = numbers.into_iter().find(|number| number.id == wanted.number);
    let channel = number.and_then(|number| Some((parts.channels.named(&number.provider)?, number.line)));
    let Some((channel, line)) = channel else {
        tracing::warn!(number.id = %wanted.number, "nobody speaks for this number any more: its files cannot be fetched");
        return Came::Never(MediaFailure::Unfetchable);
    };
    let told = |reason: &str| {
        tracing::debug!(message.id = %wanted.message, attempt = job.attempts + 1, reason, "a file did not come");
    };
    let Some(source) = &channel.media else {
        told("this channel brings no files");
        return Came::Never(MediaFailure::Gone);
    };
    let (announced, chunks) = match source.fetch(line, wanted.clone()).await {
        Fetching::Comes { announced, chunks } => (announced, chunks),
        Fetching::Gone { reason } => {
            told(&reason);
            return Came::Never(MediaFailure::Gone);
        }
        Fetching::Failed { reason } => {
            told(&reason);
            return faulty(MediaFailure::Unfetchable);
        }
        Fetching::Away { after, reason } => {
            told(&reason);
            return away(after);
        }
        Fetching::ChannelStopped { reason } => {
            // Each file of the number meets the same, each few minutes, for days: the first attempt is worth a line.
            if job.attempts == 0 {
                tracing::error!(number.id = %wanted.number, reason, "the provider refuses this number: its files wait");
            } else {
                told(&reason);
            }
            return away(CHANNEL_RESTS);
        }
    };
    let most_bytes = parts.settings.now().limits.of(wanted.kind);
    if announced.size_bytes.is_some_and(|size| size > most_bytes) {
        return Came::Never(MediaFailure::TooLarge);
    }
    let (kind, promised) = (wanted.kind, announced.clone());
    let accept: Accept = Box::new(move |came| fit(kind, &promised, came).map(drop));
    match parts.files.put(parts.reads.tenant(), chunks, most_bytes, accept).await {
        Ok(came) => Came::Done(KeptMedia {
            mime_type: fit(kind, &announced, &came).expect("it was found fit just now"),
            sha256: came.sha256,
            size_bytes: came.size_bytes.cast_signed(),
        }),
        Err(NotKept::TooLarge) => Came::Never(MediaFailure::TooLarge),
        Err(NotKept::Unfit(Unfit::OtherBytes)) => faulty(MediaFailure::OtherBytes),
        Err(NotKept::Unfit(Unfit::NotAllowed)) => Came::Never(MediaFailure::NotAllowed),
        Err(NotKept::Interrupted(interrupted)) => {
            told(&interrupted.0);
            away(SHORTEST_WAIT)
        }
        Err(NotKept::Disk(trouble)) => {
            tracing::error!(error = %trouble, "files cannot be kept: they wait");
            away(SHORTEST_WAIT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::channel::media::{MediaReference, WantedMedia};
    use dashoffice_domain::conversation::content::MediaKind;
    use dashoffice_domain::ids::NumberId;
    use uuid::Uuid;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn job(attempts: i64, tries: i64) -> MediaJob {
        let wanted = WantedMedia {
            message: MessageId(Uuid::from_u128(1)),
            number: NumberId(Uuid::from_u128(2)),
            kind: MediaKind::Image,
            source: MediaReference::default(),
            declared_mime: None,
            declared_sha256: None,
            wanted_at: NOON,
        };
        MediaJob { wanted, attempts, tries, due_at: NOON }
    }

    #[test]
    fn a_file_that_does_not_come_is_given_up_when_the_provider_has_forgotten_it() {
        let kept = Span::days(7);
        assert!(!is_forgotten(&job(10_000, 2), kept, NOON.plus(Span::days(7))));
        assert!(is_forgotten(&job(1, 0), kept, NOON.plus(Span::days(8))));
    }
}
