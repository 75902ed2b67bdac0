//! The doors stand before the store does: until it is there, every look-up is told to come again.

use dashoffice_domain::ports::{Apps, BoxFuture, Inbox, ProviderApp, Unavailable};
use std::sync::{Arc, OnceLock};

/// A place for the one implementation of [`Apps`] that comes once the store stands.
#[derive(Default)]
pub(crate) struct LateApps(OnceLock<Arc<dyn Apps>>);

impl LateApps {
    /// From now on look-ups are answered by `apps`; the first to stand stays.
    pub(crate) fn stand(&self, apps: Arc<dyn Apps>) {
        let _ = self.0.set(apps);
    }
}

impl Apps for LateApps {
    fn by_token<'a>(
        &'a self,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        match self.0.get() {
            Some(apps) => apps.by_token(token),
            None => Box::pin(async {
                Err(Unavailable { doing: "looking up an app", reason: "the store does not stand yet".to_owned() })
            }),
        }
    }
}
