//! The one door through which this crate starts tasks.

use std::future::Future;

/// Starts a task that says so in the log if it panics; it is nobody's child and ends by itself.
pub(crate) fn spawn(name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
    use futures_util::FutureExt as _;
    let work = async move {
        if std::panic::AssertUnwindSafe(work).catch_unwind().await.is_err() {
            tracing::error!(task = name, "a task of the store panicked");
        }
    };
    #[expect(clippy::disallowed_methods, reason = "the store's own door: it stands below the kernel's tasks")]
    drop(tokio::spawn(work));
}
