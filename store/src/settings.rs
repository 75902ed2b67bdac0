//! How long things are remembered, and how much may wait: the numbers of DESIGN F6 that are the store's.

use dashoffice_domain::Span;
use dashoffice_runtime::Current;

/// What an operator may set, at any time.
#[derive(Clone, Debug, Default)]
pub struct StoreSettings {
    pub retention: Current<Retention>,
    pub admission: Current<Admission>,
}

/// For how long is remembered what nobody needs for ever.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// That a provider brought something: providers repeat for up to seven days.
    pub dedupe: Span,
    /// What a command came to, for whoever asks again under its key.
    pub command_results: Span,
    /// What was not fully understood, as it came.
    pub unparsed_items: Span,
    /// A status of a message that nobody knows yet.
    pub early_statuses: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            dedupe: Span::days(9),
            command_results: Span::days(7),
            unparsed_items: Span::days(30),
            early_statuses: Span::days(9),
        }
    }
}

/// When webhooks are told to come again (A6).
#[derive(Clone, Copy, Debug)]
pub struct Admission {
    /// A row that waits for longer holds its tenant back. Of running time: while we were down or the store was away, nobody could
    /// have consumed anything.
    pub oldest: Span,
    pub per_tenant: usize,
    pub in_all: usize,
}

impl Default for Admission {
    fn default() -> Self {
        Self { oldest: Span::seconds(30), per_tenant: 50_000, in_all: 200_000 }
    }
}
