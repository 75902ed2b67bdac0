//! Apps by their webhook token: looked up in the store, and remembered for a moment, since each webhook asks.

use dashoffice_actors::intake::FrontDoors;
use dashoffice_domain::ports::{Apps, BoxFuture, Inbox, ProviderApp, Unavailable};
use dashoffice_store::Store;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A secret that was changed, or a number that was connected, counts after this long at the latest.
const REMEMBERED: Duration = Duration::from_secs(2);
/// Tokens remembered at once: only those that exist are.
const MOST: usize = 1_000;

type Seen = (ProviderApp, Arc<dyn Inbox>);

pub(crate) struct StoreApps {
    store: Store,
    doors: FrontDoors,
    remembered: Mutex<HashMap<String, (Instant, Seen)>>,
}

impl StoreApps {
    pub(super) fn new(store: Store, doors: FrontDoors) -> Self {
        Self { store, doors, remembered: Mutex::default() }
    }

    fn recall(&self, token: &str) -> Option<Seen> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, seen) = remembered.get(token)?;
        (since.elapsed() < REMEMBERED).then(|| seen.clone())
    }

    fn remember(&self, token: &str, seen: &Seen) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(token.to_owned(), (Instant::now(), seen.clone()));
    }
}

impl Apps for StoreApps {
    fn by_token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Seen>, Unavailable>> {
        Box::pin(async move {
            if let Some(seen) = self.recall(token) {
                return Ok(Some(seen));
            }
            let found = self.store.app_by_token(token).await;
            let found = found.map_err(|error| Unavailable { doing: error.doing, reason: error.reason })?;
            let seen = found.map(|found| (found.app, self.doors.of(found.scope.tenant(), found.inbox)));
            if let Some(seen) = &seen {
                self.remember(token, seen);
            }
            Ok(seen)
        })
    }
}
