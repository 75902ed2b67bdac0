//! Every task has a name, and nothing depends on one that died in silence.
//!
//! Whoever starts a task says what a panic in it means: nothing but a line in the log, because somebody else finds out and does it
//! again ([`spawn`]); that it begins anew ([`keep`]); or that somebody is told ([`spawn_or`]). What waits for a disk, and would hold up
//! everybody, has a thread ([`on_a_thread`]).

use crate::budget::{Backoff, Window};
use crate::fatal_signal::FatalSignal;
use futures_util::FutureExt;
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::Instrument;

/// Falls within [`WITHIN`] after which it is given up, where that is wanted; without a fall for so long, delays begin anew.
const MOST_FALLS: usize = 5;
const WITHIN: Duration = Duration::from_mins(10);

/// What becomes of a task that keeps falling.
#[derive(Clone, Debug)]
pub enum Upkeep {
    /// It is begun anew for ever, after growing delays.
    ForEver,
    /// At the fifth fall within ten minutes everybody is told instead.
    OrRaise(FatalSignal),
}

/// Runs `work` beside its caller under a name. A panic in it is logged and that is all: for work that somebody else finds undone.
#[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
pub fn spawn<F>(name: &'static str, work: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let watched = async move {
        let guard = Watched { name, finished: false };
        let output = work.await;
        guard.finished();
        output
    };
    tokio::spawn(watched.instrument(tracing::info_span!("task", task.name = name)))
}

/// Runs what `make` makes until it finishes; after a panic it is made and run again, after 0.1 to 30 s. What must outlive a panic
/// is outside of `make`.
pub fn keep<W, F>(name: &'static str, upkeep: Upkeep, mut make: impl FnMut() -> W + Send + 'static) -> JoinHandle<()>
where
    W: Future<Output = F> + Send + 'static,
{
    spawn(name, async move {
        let mut falls = Window::new(MOST_FALLS, WITHIN);
        let mut last = None;
        let mut in_a_row = 0;
        while AssertUnwindSafe(async { make().await }).catch_unwind().await.is_err() {
            let now = Instant::now();
            if last.is_some_and(|last| now.duration_since(last) > WITHIN) {
                in_a_row = 0;
            }
            last = Some(now);
            in_a_row += 1;
            metrics::counter!("dashoffice_task_restarts_total", "task" => name).increment(1);
            if falls.record(now)
                && let Upkeep::OrRaise(fatal_signal) = &upkeep
            {
                fatal_signal.raise(name);
                return;
            }
            let pause = Backoff::RESTARTS.delay(in_a_row, 1.0);
            tracing::error!(pause_ms = pause.as_millis() as u64, "a task panicked, and begins anew");
            tokio::time::sleep(pause).await;
        }
    })
}

/// Runs `work`, and what it spawns, on a thread of its own with a runtime of its own: for work that waits for a disk. It has clocks and
/// no sockets; the thread ends with the work.
///
/// # Errors
/// The machine has no thread to give.
pub fn on_a_thread(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    std::thread::Builder::new().name(name.to_owned()).spawn(move || runtime.block_on(work))?;
    Ok(())
}

/// Runs `work` once; if it panics, `fallen` is called.
pub fn spawn_or(
    name: &'static str,
    fallen: impl FnOnce() + Send + 'static,
    work: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    spawn(name, async move {
        if AssertUnwindSafe(work).catch_unwind().await.is_err() {
            tracing::error!("a task panicked");
            fallen();
        }
    })
}

/// Notices when a task is unwound rather than finished.
struct Watched {
    name: &'static str,
    finished: bool,
}

impl Watched {
    fn finished(mut self) {
        self.finished = true;
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.finished && std::thread::panicking() {
            tracing::error!(task.name = self.name, "a task panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    /// Panics the first `falls` times, then finishes; counts its beginnings.
    async fn kept(upkeep: Upkeep, falls: u32) -> u32 {
        let begun = Arc::<AtomicU32>::default();
        let counted = Arc::clone(&begun);
        let kept = keep("toy", upkeep, move || {
            let n = counted.fetch_add(1, Relaxed);
            async move { assert!(n >= falls, "told to fall") }
        });
        kept.await.unwrap();
        begun.load(Relaxed)
    }

    #[tokio::test(start_paused = true)]
    async fn f3_a_task_that_falls_begins_anew_after_growing_delays() {
        let began = Instant::now();
        assert_eq!(kept(Upkeep::ForEver, 12).await, 13);
        assert!(began.elapsed() > Duration::from_secs(60), "it is not a loop that burns a core");
    }

    #[tokio::test(start_paused = true)]
    async fn f3_a_task_that_keeps_falling_is_given_up_and_everybody_is_told() {
        let fatal_signal = FatalSignal::default();
        assert_eq!(kept(Upkeep::OrRaise(fatal_signal.clone()), 4).await, 5);
        assert_eq!(fatal_signal.heard(), None, "four falls are mended");
        assert_eq!(kept(Upkeep::OrRaise(fatal_signal.clone()), 100).await, 5);
        assert_eq!(fatal_signal.raised().await, "toy");
    }

    #[tokio::test(start_paused = true)]
    async fn f3_old_falls_of_a_task_are_forgiven() {
        let fatal_signal = FatalSignal::default();
        let begun = Arc::<AtomicU32>::default();
        let counted = Arc::clone(&begun);
        let kept = keep("toy", Upkeep::OrRaise(fatal_signal.clone()), move || {
            let n = counted.fetch_add(1, Relaxed);
            async move {
                tokio::time::sleep(Duration::from_mins(9)).await;
                assert!(n >= 20, "told to fall");
            }
        });
        kept.await.unwrap();
        assert_eq!((begun.load(Relaxed), fatal_signal.heard()), (21, None));
    }

    #[tokio::test]
    async fn a_panic_that_somebody_must_know_of_is_told_to_them() {
        let fatal_signal = FatalSignal::default();
        let rung = fatal_signal.clone();
        let work = async { panic!("told to fall") };
        spawn_or("once", move || rung.raise("once"), work).await.unwrap();
        assert_eq!(fatal_signal.heard(), Some("once"));
    }
}
