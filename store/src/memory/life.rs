//! One incarnation: how it ends, and who answers for its handles afterwards.

use super::Memory;
use dashoffice_runtime::Unavailable;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use tokio::sync::watch;

/// What does not survive a crash: one ownership of a process.
pub(super) struct Life {
    dead: watch::Sender<bool>,
    /// The same process, owning the store once more. Nothing, as long as it is not known to go on.
    next: watch::Sender<Option<Memory>>,
    pub(super) term: AtomicI64,
    pub(super) open: AtomicBool,
}

impl Life {
    pub(super) fn new() -> Self {
        let (dead, next) = (watch::Sender::new(false), watch::Sender::new(None));
        Self { dead, next, term: AtomicI64::new(0), open: AtomicBool::new(false) }
    }

    pub(super) fn end(&self) {
        self.dead.send_replace(true);
    }

    pub(super) fn goes_on_as(&self, next: Memory) {
        self.next.send_replace(Some(next));
    }

    pub(super) fn is_over(&self) -> bool {
        *self.dead.borrow()
    }

    pub(super) async fn over(&self) {
        // The sender is ours, so the wait cannot fail.
        drop(self.dead.subscribe().wait_for(|dead| *dead).await);
    }

    /// Ends only in a process that goes on.
    async fn next(&self) -> Memory {
        let mut next = self.next.subscribe();
        let found = next.wait_for(Option::is_some).await.ok().and_then(|next| next.clone());
        found.expect("the sender is ours, and it was waited for")
    }
}

impl Memory {
    pub(super) fn term_now(&self) -> Option<i64> {
        if !self.life.is_over() {
            return self.life.open.load(SeqCst).then(|| self.life.term.load(SeqCst));
        }
        self.life.next.borrow().as_ref().and_then(Self::term_now)
    }

    /// The incarnation that answers for this handle; in a process that is gone nobody ever does.
    pub(super) async fn answering(&self) -> Self {
        let mut store = self.clone();
        while store.life.is_over() {
            let next = store.life.next().await;
            store = next;
        }
        store
    }

    /// What a caller sees of a call that is under way when the incarnation ends: nothing, ever, or no answer if the process goes on.
    pub(super) async fn lived<T>(&self, call: impl Future<Output = T>) -> Result<T, NoAnswer> {
        tokio::select! {
            biased;
            () = self.life.over() => {
                self.life.next().await;
                Err(NoAnswer)
            }
            told = call => Ok(told),
        }
    }
}

/// Whatever was asked for may have happened or not.
#[derive(Debug)]
pub(super) struct NoAnswer;

impl NoAnswer {
    pub(super) fn to_who_was(doing: &'static str) -> Unavailable {
        Unavailable { doing, reason: "the store was lost, and won again".to_owned() }
    }
}
