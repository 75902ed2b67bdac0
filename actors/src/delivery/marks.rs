//! Read marks: the provider is told how far each thread was read. Beside the messages, never before them; told twice does no harm.
//!
//! Each thread has one mark in the store, the latest. A job is a round of them: what comes while one is under way is told in the next
//! one, once; and what was told is recorded together, so that a mark costs next to no commit.

use super::DeliveryParts;
use super::number_health::empty;
use crate::Office;
use dashoffice_domain::Row;
use dashoffice_domain::channel;
use dashoffice_domain::channel::ReadMarkRow;
use dashoffice_domain::channel::outgoing::Marked;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::jobs::{
    AttemptResult, BACKSTOP, Came, Change, Facts, Kind, Limits, Listed, Page, Pause, Ran, Stands, State,
};
use dashoffice_runtime::{Micros, Outcome};
use futures_util::{FutureExt, StreamExt, stream};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Marks of one round.
const PER_ROUND: u32 = 64;
/// Marks under way at once.
const AT_ONCE: usize = 4;
/// How long to wait where the store did not take a round's record.
const A_WHILE: Duration = Duration::from_secs(5);
/// So many that are told and not recorded get a commit of their own.
const WORTH_A_COMMIT: usize = 64;
/// So long at most a read mark that was told goes unrecorded.
const RECORDED_WITHIN: Duration = Duration::from_secs(30);

/// The rounds of a number.
pub(super) struct Marks {
    parts: DeliveryParts,
    told: Mutex<Notified>,
}

/// What was told and is not recorded yet.
#[derive(Default)]
struct Notified {
    /// The first look has been: whatever a predecessor did not tell is told by then.
    begun: bool,
    marks: Vec<(ThreadId, MessageId)>,
    /// Since then something is told that is not recorded.
    since: Option<Instant>,
}

impl Notified {
    fn is_to_be_recorded(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= RECORDED_WITHIN)
    }
}

/// The next round.
pub(super) fn round() -> Listed<Marks> {
    Listed { key: (), lane: (), turn: (), stands: Stands::Due(None) }
}

impl Kind for Marks {
    type Durable = Office;
    type Key = ();
    type Lane = ();
    type Turn = ();
    type Place = ();
    type Job = ();
    type Done = ();
    type Why = ();
    type Stop = ();
    type Away = Infallible;

    const NAME: &'static str = "read_marks";
    const ACTOR: &'static str = "delivery";
    const TASK: &'static str = "read_marks";
    const UNREACHABLE: () = ();
    const RENEWED: bool = true;

    fn limits(&self) -> Limits {
        Limits { at_once: 1, per_second: None }
    }

    /// A round is wanted at the start, and where something was told for long enough that is not recorded.
    async fn list(&self, (): (), _: u32) -> Result<Page<Self>, Infallible> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = !std::mem::replace(&mut told.begun, true);
        let rows = if is_first || told.is_to_be_recorded() { vec![round()] } else { vec![] };
        Ok(Page { rows, place: (), is_all: true })
    }

    /// Which marks there are, the round reads.
    async fn read(&self, (): ()) -> Result<Option<()>, Infallible> {
        Ok(Some(()))
    }

    fn facts(&self, (): &()) -> Facts {
        Facts { state: State::Pending, attempts: 0, tries: 0, due_at: None, steps_aside: false }
    }

    async fn run(&self, (): &()) -> Ran<Self> {
        let (mut marks, record) = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            (std::mem::take(&mut told.marks), told.is_to_be_recorded())
        };
        let wait = tell(&self.parts, &mut marks, record).await;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.since = (!marks.is_empty()).then(|| told.since.unwrap_or_else(Instant::now));
        told.marks = marks;
        Ran { came: wait.map_or(Came::Done(()), later), heard: None }
    }

    fn broke(&self) -> Ran<Self> {
        Ran { came: later(BACKSTOP), heard: None }
    }

    fn wait(&self, asked: Micros, _: i64, _: f64) -> Micros {
        asked
    }

    /// What a round told it records by itself, together with what earlier ones did.
    fn outcome(&self, (): &(), _: &AttemptResult<Self>) -> Option<Change<Office>> {
        None
    }
}

impl Marks {
    pub(super) fn of(parts: DeliveryParts) -> Self {
        Self { parts, told: Mutex::default() }
    }
}

fn later(wait: Duration) -> Came<Marks> {
    Came::Later(Pause::Job(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)), ())
}

/// Tells what there is to be told, beside what `told` says; `record`: whatever is told gets a commit now. `Some`: not all of
/// it was told, and it is not tried again before this.
pub(super) async fn tell(
    parts: &DeliveryParts,
    told: &mut Vec<(ThreadId, MessageId)>,
    record: bool,
) -> Option<Duration> {
    loop {
        let most = PER_ROUND + WORTH_A_COMMIT as u32;
        let Ok(mut marks) = parts.reads.read_marks(parts.number, most).await else { return Some(A_WHILE) };
        marks.retain(|mark| !told.contains(&(mark.thread, mark.message)));
        let is_all = marks.is_empty();
        reach("read_marks", "tell");
        let said = stream::iter(marks).map(async |mark| (mark.clone(), said(parts, mark).await));
        let mut wait = None;
        for (mark, outcome) in said.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            match outcome {
                // What cannot be told is not kept either.
                Marked::Told | Marked::Never => told.push((mark.thread, mark.message)),
                Marked::TryLater { after } => wait = wait.max(Some(after)),
            }
        }
        reach("read_marks", "told");
        if told.len() >= WORTH_A_COMMIT || record && !told.is_empty() {
            let term = parts.cx.journal.term()?;
            let mut commit = empty(parts, term, parts.cx.ids.next());
            commit.rows = vec![Row::Channel(channel::Row::ReadMarksNotified { marks: std::mem::take(told) })];
            // Where it does not come about, the marks are told once more.
            if !matches!(parts.cx.journal.commit(commit).await, Outcome::Committed { .. }) {
                return Some(A_WHILE);
            }
        }
        if let Some(wait) = wait {
            return Some(Duration::from_micros(wait.0.max(0).cast_unsigned()).max(A_WHILE));
        }
        if is_all {
            return None;
        }
    }
}

async fn said(parts: &DeliveryParts, mark: ReadMarkRow) -> Marked {
    let Some(id) = mark.provider_message_id else { return Marked::Never };
    let telling = AssertUnwindSafe(parts.sender.mark_read(parts.line.clone(), id)).catch_unwind().await;
    telling.unwrap_or_else(|_| {
        tracing::error!(message.id = %mark.message, "an adapter panicked while marking as read");
        Marked::Never
    })
}
