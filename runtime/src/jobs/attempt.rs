//! One attempt at a job: its claim is committed, it is run, and what that came to is committed.
//!
//! The claim rule: whoever finds a claim in the row that it did not make does not run the job, for somebody else may have. Only a claim
//! of our own whose answer was lost may be the one that stands, and the count of attempts tells whether it is: every claim raises it.

use super::kind::{AttemptResult, Came, Change, Context, Kind, Pause, Ran, State};
use super::{breaker::Signal, shown};
use crate::commit::{Commit, Draft, Micros, Outcome};
use crate::durable::Durable;
use crate::fail_point::reach;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::watch;

/// Before another attempt at what the store refuses to record.
const AFTER_A_REFUSAL: Duration = Duration::from_mins(5);

/// How an attempt ended, for its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is done with, or was not there any more.
    Gone,
    /// Nobody knows what became of it.
    Unknown,
    /// It stays, and may go after this long.
    Later(Duration),
    /// It stays for so long that its lane goes on without it.
    Aside,
    /// It stays, and so does everything else of its queue for this long.
    Rests(Duration),
    /// It stays at the head of its lane; the breaker says when anything goes.
    Stays,
}

/// What became of an attempt, and what that told of whoever was asked; `None`: nobody was.
pub(super) struct Attempted<S> {
    pub(super) end: End,
    pub(super) heard: Option<Signal<S>>,
}

impl<S> From<End> for Attempted<S> {
    fn from(end: End) -> Self {
        Self { end, heard: None }
    }
}

/// How we came to know what is to be recorded, and hence whether it may be when the office is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The work was done: it stands, whoever owns the store by now.
    AsFact,
    /// From the row, under our own term: under another one it may be another's.
    ByReading,
}

/// Takes one job from pending to the end of one attempt. Once the office that began it is over, nothing begins any more: what ran before
/// is recorded all the same, since it is a fact.
pub(super) async fn attempt<K: Kind>(
    kind: &K,
    cx: &Context<K::Durable>,
    key: K::Key,
    closing: watch::Receiver<bool>,
) -> Attempted<K::Stop> {
    reach(K::TASK, "begin");
    // The attempt whose claim got no answer: it may be recorded or not.
    let mut unanswered = None;
    let (job, is_claimed) = loop {
        if cx.life.is_over() {
            give_back(kind, cx, key, unanswered).await;
            return End::Gone.into();
        }
        let job = match kind.read(key).await {
            Err(_) => {
                cx.availability.wait().await;
                continue;
            }
            Ok(None) => return End::Gone.into(),
            Ok(Some(job)) => job,
        };
        let facts = kind.facts(&job);
        match facts.state {
            State::Pending => {
                let now = cx.clock.now();
                if let Some(why) = kind.gives_up(&job, now, None) {
                    return record(kind, cx, (key, &job), Came::Never(why), Known::ByReading).await.into();
                }
                if let Some(wait) = facts.due_at.map(|due_at| due_at - now).filter(|wait| *wait > 0) {
                    return if facts.steps_aside { End::Aside } else { End::Later(micros(wait)) }.into();
                }
                reach(K::TASK, "before_start");
                let Some(claim) = kind.claim(&job) else { break (job, false) };
                match claimed(cx, claim).await {
                    Claim::Stands => break (job, true),
                    Claim::Refused => unanswered = None,
                    Claim::Unanswered => unanswered = Some(facts.attempts + 1),
                }
            }
            // Left behind by a process that ended; whoever knows settles it.
            State::Unknown => return End::Unknown.into(),
            // We said so ourselves just now, and the answer to it was lost: nothing has begun yet.
            State::Running if unanswered == Some(facts.attempts) => break (job, true),
            // Somebody else said so and is gone: it may have run.
            State::Running => return record(kind, cx, (key, &job), Came::Unknown, Known::ByReading).await.into(),
        }
    };
    reach(K::TASK, "started");
    let Some(Ran { came, heard }) = ran(kind, (key, &job), is_claimed, closing).await else { return End::Gone.into() };
    reach(K::TASK, "answered");
    let end = record(kind, cx, (key, &job), came, Known::AsFact).await;
    reach(K::TASK, "recorded");
    Attempted { end, heard }
}

/// Does the work. `None`: it was dropped because we end.
async fn ran<K: Kind>(
    kind: &K,
    (key, job): (K::Key, &K::Job),
    is_claimed: bool,
    mut closing: watch::Receiver<bool>,
) -> Option<Ran<K>> {
    let begun = tokio::time::Instant::now();
    let work = async {
        let work = AssertUnwindSafe(async { kind.run(job).await }).catch_unwind();
        let Some(timeout) = kind.timeout() else { return work.await.map_err(|_| "it panicked") };
        tokio::time::timeout(timeout, work).await.map_err(|_| "it ran out of time")?.map_err(|_| "it panicked")
    };
    let ran = if is_claimed {
        work.await
    } else {
        tokio::select! {
            ran = work => ran,
            // Half of it is of no use; the next start begins it again.
            _ = closing.wait_for(|closing| *closing) => return None,
        }
    };
    shown::took::<K>(begun.elapsed());
    Some(ran.unwrap_or_else(|why| {
        tracing::error!(job.kind = K::NAME, job.key = ?key, why, "a job came to no end of its own");
        kind.broke()
    }))
}

/// What became of the word that an attempt begins.
enum Claim {
    Stands,
    /// It is not on disk, and never will be.
    Refused,
    /// It is on disk or never will be; which of both, its row tells by the number of attempts.
    Unanswered,
}

async fn claimed<D: Durable>(cx: &Context<D>, claim: Change<D>) -> Claim {
    match commit(cx, &claim, cx.life.term()).await {
        Outcome::Committed { .. } => Claim::Stands,
        Outcome::Unavailable => {
            cx.availability.wait().await;
            Claim::Refused
        }
        Outcome::Unknown => {
            // It may still land: look only when it has or has not.
            while cx.journal.barrier().await.is_err() {
                cx.availability.wait().await;
            }
            Claim::Unanswered
        }
        Outcome::Conflict | Outcome::Rejected { .. } => Claim::Refused,
    }
}

/// The office is over, and its last word here was that an attempt begins: if that stands, it has not begun, and the next office may.
async fn give_back<K: Kind>(kind: &K, cx: &Context<K::Durable>, key: K::Key, unanswered: Option<i64>) {
    let (Some(attempt), Some(why)) = (unanswered, kind.not_begun()) else { return };
    let job = loop {
        match kind.read(key).await {
            Ok(job) => break job,
            Err(_) => cx.availability.wait().await,
        }
    };
    let is_ours = |job: &K::Job| {
        let facts = kind.facts(job);
        facts.state == State::Running && facts.attempts == attempt
    };
    if let Some(job) = job.filter(is_ours) {
        record(kind, cx, (key, &job), Came::Later(Pause::Job(0), why), Known::AsFact).await;
    }
}

/// What is recorded of an attempt, and what its lane does then.
fn judged<K: Kind>(kind: &K, job: &K::Job, came: Came<K>, now: Micros, fraction: f64) -> AttemptResult<K> {
    let facts = kind.facts(job);
    let (pause, why) = match came {
        Came::Done(done) => return AttemptResult::Done(done),
        Came::Never(why) => return AttemptResult::Never(why),
        Came::Unknown => return AttemptResult::Unknown,
        Came::Later(pause, why) => (pause, why),
    };
    let tried = matches!(pause, Pause::Try(_));
    if tried && facts.tries + 1 >= kind.tries() {
        return AttemptResult::Never(why);
    }
    if let Some(why) = kind.gives_up(job, now, Some(&why)) {
        return AttemptResult::Never(why);
    }
    let wait = match pause {
        Pause::Job(asked) | Pause::Try(asked) | Pause::Queue(asked) => kind.wait(asked, facts.attempts, fraction),
        Pause::Breaker => 0,
    };
    AttemptResult::Later { at: now + wait, tried, why }
}

/// Commits what an attempt came to, for as long as that takes.
async fn record<K: Kind>(
    kind: &K,
    cx: &Context<K::Durable>,
    (key, job): (K::Key, &K::Job),
    came: Came<K>,
    known: Known,
) -> End {
    let now = cx.clock.now();
    let pause = if let Came::Later(pause, _) = &came { Some(*pause) } else { None };
    let verdict = judged(kind, job, came, now, cx.ids.fraction());
    let end = match &verdict {
        AttemptResult::Done(_) | AttemptResult::Never(_) => End::Gone,
        AttemptResult::Unknown => End::Unknown,
        AttemptResult::Later { at, .. } => match (pause, micros(at - now)) {
            (Some(Pause::Breaker), _) => End::Stays,
            (Some(Pause::Queue(_)), wait) => End::Rests(wait),
            (_, wait) if wait > kind.lane_waits() => End::Aside,
            (_, wait) => End::Later(wait),
        },
    };
    let change = kind.outcome(job, &verdict);
    while let Some(change) = &change {
        let term = match known {
            Known::AsFact => cx.journal.term(),
            Known::ByReading if cx.life.is_over() => return End::Gone,
            Known::ByReading => Some(cx.life.term()),
        };
        let Some(term) = term else {
            cx.availability.wait().await;
            continue;
        };
        match commit(cx, change, term).await {
            Outcome::Committed { .. } => break,
            // Somebody else brought it to its end, or the store was lost in the meantime: then it is recorded once it is ours again.
            Outcome::Conflict => {
                if is_recorded(kind, cx, (key, job), end).await {
                    return End::Gone;
                }
            }
            Outcome::Unavailable => cx.availability.wait().await,
            Outcome::Unknown => {
                if is_recorded(kind, cx, (key, job), end).await {
                    break;
                }
            }
            Outcome::Rejected { reason } => {
                tracing::error!(job.kind = K::NAME, job.key = ?key, reason, "what became of a job could not be recorded");
                let is_claimed = kind.claim(job).is_some();
                return if is_claimed { End::Unknown } else { End::Later(AFTER_A_REFUSAL) };
            }
        }
    }
    shown::ended::<K>(&verdict);
    kind.recorded(job, &verdict);
    end
}

/// Whether a record whose answer was lost stands: looked for once it has landed or never will (A4).
async fn is_recorded<K: Kind>(kind: &K, cx: &Context<K::Durable>, (key, before): (K::Key, &K::Job), end: End) -> bool {
    loop {
        if cx.journal.barrier().await.is_ok() {
            match kind.read(key).await {
                Ok(None) => return true,
                Ok(Some(_)) if end == End::Gone => return false,
                Ok(Some(job)) if kind.claim(before).is_some() => return kind.facts(&job).state != State::Running,
                Ok(Some(job)) => return kind.facts(&job).attempts != kind.facts(before).attempts,
                Err(_) => {}
            }
        }
        cx.availability.wait().await;
    }
}

async fn commit<D: Durable>(cx: &Context<D>, change: &Change<D>, term: i64) -> Outcome {
    let draft = |event: &D::Event| Draft { id: cx.ids.next(), owner_epoch: change.owner_epoch, event: event.clone() };
    let events = change.events.iter().map(draft).collect();
    // Jobs keep no state: their row is the fence.
    let fact = Commit::<D>::of_fact(cx.tenant, change.entity, term, cx.clock.now(), change.cause);
    cx.journal.commit(Commit { events, rows: change.rows.clone(), ..fact }).await
}

fn micros(span: Micros) -> Duration {
    Duration::from_micros(span.max(0).cast_unsigned())
}
