//! The ownership that an office stands under. What it started may outlive it: a post that hangs, a record that waits for the store.
//! Such a task carries this, and once the store is owned anew it begins nothing and says nothing of what it merely read before.

use crate::durable::Durable;
use crate::journal::Journal;
use std::sync::Arc;

/// One office's, shared by everything it starts.
pub struct Life<D: Durable> {
    journal: Arc<dyn Journal<D>>,
    term: i64,
}

impl<D: Durable> Life<D> {
    /// Under the ownership of this moment; `None`: the store is not ours.
    pub fn begin(journal: Arc<dyn Journal<D>>) -> Option<Arc<Self>> {
        let term = journal.term()?;
        Some(Arc::new(Self { journal, term }))
    }

    /// What decisions of this life are committed under: once it is over, they are conflicts.
    pub const fn term(&self) -> i64 {
        self.term
    }

    /// Whether the store has been owned anew since. While nobody knows whose it is, as while it is away, this is not known either.
    pub fn is_over(&self) -> bool {
        self.journal.term().is_some_and(|term| term != self.term)
    }
}
