//! Every task has a name, and says in the log when it dies of a panic.

use std::future::Future;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Runs `work` beside its caller under a name. A panic in it is logged; whoever needs more awaits the handle.
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
