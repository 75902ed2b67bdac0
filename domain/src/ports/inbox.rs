//! What came in by webhook, where it is put, and what is remembered of what is put nowhere yet.

use super::{BoxFuture, Unavailable};
use crate::channel::outgoing::StatusNews;
use crate::conversation::marketing::MarketingChoice;
use crate::ids::{AppId, NumberId};
use crate::time::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One item of a webhook's body, to be stored before the provider is told 200 (A1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub number: NumberId,
    /// The provider's own id of the item, unique per tenant: `(number, provider message id)` for messages.
    pub dedupe_key: String,
    /// The item alone, self-contained: what [`super::Channel::decode`] reads.
    pub raw: Vec<u8>,
}

impl Arrival {
    /// `item_key` is the provider's id of the item, as short and plain as stores need it.
    pub fn new(number: NumberId, item_key: &str, raw: Vec<u8>) -> Self {
        Self { number, dedupe_key: format!("{number}/{item_key}"), raw }
    }

    /// The number and the provider's id that a key says; `None`: it is no item's.
    pub fn named_by(dedupe_key: &str) -> Option<(NumberId, &str)> {
        let (number, item_key) = dedupe_key.split_once('/')?;
        Some((NumberId(Uuid::parse_str(number).ok()?), item_key))
    }
}

/// Something well signed that belongs to no number of the app, or says nothing that we know to one of its numbers: kept raw for 30 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmatchedWebhook {
    /// Whose webhook address it came to.
    pub app: AppId,
    /// Whose it is, where it is known: it is that number's, and not understood.
    pub number: Option<NumberId>,
    /// Of an item: its key within its number. Such a one is delivered when the number is connected (C6).
    pub item_key: Option<String>,
    /// The provider's id of the number, where there was one.
    pub number_ref: Option<String>,
    pub reason: String,
    pub raw: Vec<u8>,
}

/// News of the account or of one of its numbers, of a kind that is known by name: kept raw, and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNews {
    pub app: AppId,
    /// `None`: it is about the account as a whole.
    pub number: Option<NumberId>,
    pub account_ref: Option<String>,
    /// The provider's own name of the kind.
    pub kind: String,
    pub raw: Vec<u8>,
}

impl UnmatchedWebhook {
    /// By which it is known when it comes again.
    pub fn dedupe_key(&self) -> String {
        let number = self.number.map(|number| number.to_string());
        let named = [number.as_deref(), self.number_ref.as_deref(), self.item_key.as_deref(), Some(&self.reason)];
        aside_key(self.app, &named, &self.raw)
    }
}

impl AccountNews {
    /// By which they are known when they come again.
    pub fn dedupe_key(&self) -> String {
        let number = self.number.map(|number| number.to_string());
        aside_key(self.app, &[number.as_deref(), self.account_ref.as_deref(), Some(&self.kind)], &self.raw)
    }
}

/// What has no id of the provider's is known by its own bytes, and by whose it is.
fn aside_key(app: AppId, named: &[Option<&str>], raw: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(raw.len() + 256);
    for name in named {
        bytes.extend_from_slice(name.unwrap_or_default().as_bytes());
        bytes.push(0);
    }
    bytes.extend_from_slice(raw);
    format!("aside/{}", Uuid::new_v5(&app.0, &bytes))
}

/// What a customer told the provider about marketing of one of our numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketingNews {
    pub number: NumberId,
    pub choice: MarketingChoice,
}

/// All that one webhook body brings: one tenant, one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    pub arrivals: Vec<Arrival>,
    pub statuses: Vec<StatusNews>,
    pub unmatched: Vec<UnmatchedWebhook>,
    pub news: Vec<AccountNews>,
    pub marketing: Vec<MarketingNews>,
    /// To which account of the provider a number belongs, where that is news.
    pub accounts: Vec<(NumberId, String)>,
    /// Keys of arrivals with which a process of ours died: each is counted before it is handled, and handled alone (A3).
    pub suspects: BTreeSet<String>,
    pub received_at: Timestamp,
    /// Follows the body from webhook to console.
    pub correlation: Uuid,
}

impl Delivery {
    /// Whether there is nothing to be stored.
    pub const fn is_empty(&self) -> bool {
        let Self { arrivals, statuses, unmatched, news, marketing, accounts, .. } = self;
        arrivals.is_empty()
            && statuses.is_empty()
            && unmatched.is_empty()
            && news.is_empty()
            && marketing.is_empty()
            && accounts.is_empty()
    }
}

/// What anybody heard of a tenant's inbox, or may have: known before they hear it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// The highest position.
    pub highest: i64,
    /// How often a row may have come of which nobody can say so: each is a reason to read again.
    pub doubts: u64,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    pub accepted: usize,
    pub duplicates: usize,
    /// Statuses merged into their message.
    pub merged: usize,
    /// Statuses of messages nobody knows yet.
    pub early: usize,
}

/// Why a delivery was not taken; the provider is told 503 and comes again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Admission (A6): too much is waiting.
    #[error("too much is waiting; try again in {retry_after_s} s")]
    Backlog { retry_after_s: u32 },
}

/// Where webhooks put what came in, for the one tenant of the app that was looked up.
pub trait Inbox: Send + Sync {
    /// Stores every item and merges every status in one transaction; `Ok` means it is on disk.
    fn accept(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>>;
}

/// The inbox as it is on disk: the refuge of whatever cannot be handed on at once.
pub trait Refuge: Send + Sync {
    /// Whether items may come in now (A6). Statuses alone add nothing to what waits.
    ///
    /// # Errors
    /// [`NotAccepted::Backlog`].
    fn admits(&self) -> Result<(), NotAccepted>;
    /// Stores every item and merges every status in one transaction, however much waits; `Ok` means it is on disk.
    fn keep(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>>;
}

impl<R: Refuge + ?Sized> Inbox for R {
    fn accept(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>> {
        Box::pin(async move {
            if !delivery.arrivals.is_empty() {
                self.admits()?;
            }
            self.keep(delivery).await
        })
    }
}

/// What is being handled and is nowhere on disk: remembered beyond the life of this process, though not beyond a loss of power (A3).
///
/// What has its row is counted there before it is tried again. What has none would kill one process after the other and never be counted:
/// whoever begins with it says so here first, and what was in hand when a process died is suspect until it was handled.
pub trait InHand: Send + Sync {
    /// Remembers a key; answers where. `None`: it cannot be remembered, so nothing without a row may be begun.
    fn take_up(&self, key: &str) -> Option<u32>;
    /// What was remembered there is not in hand any more.
    fn put_down(&self, place: u32);
    /// How much is in hand.
    fn count(&self) -> usize;
    /// Whether a process died with this in hand, and it was not handled since.
    fn is_suspect(&self, key: &str) -> bool;
    /// A suspect was handled, or put aside.
    fn clear(&self, key: &str);
}
