//! Whose tenants, numbers, queues and agents were set up: told to whoever keeps an office, so that it need not begin anew.

use crate::Office;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::{Row, record};
use dashoffice_runtime::Commit;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::Notify;

/// The receiving end.
pub struct SetUp {
    news: Arc<News>,
}

impl SetUp {
    /// Waits until something was set up since the last time, and says for whom; `None`: the store is closed.
    pub async fn next(&mut self) -> Option<BTreeSet<TenantId>> {
        loop {
            let (tenants, closed) = self.news.with(|state| (std::mem::take(&mut state.tenants), state.closed));
            if !tenants.is_empty() {
                return Some(tenants);
            }
            if closed {
                return None;
            }
            self.news.changed.notified().await;
        }
    }
}

#[derive(Default)]
struct News {
    /// Never more than there are tenants.
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    tenants: BTreeSet<TenantId>,
    closed: bool,
}

impl News {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct SetUps(Mutex<Vec<Weak<News>>>);

impl SetUps {
    pub(super) fn listen(&self) -> SetUp {
        let news = Arc::<News>::default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&news));
        SetUp { news }
    }

    pub(super) fn tell_of(&self, commits: &[Commit<Office>]) {
        for commit in commits.iter().filter(|commit| commit.rows.iter().any(is_wired)) {
            self.tell(TenantId(commit.tenant));
        }
    }

    fn tell(&self, tenant: TenantId) {
        self.each(|state| {
            state.tenants.insert(tenant);
        });
    }

    pub(super) fn close(&self) {
        self.each(|state| state.closed = true);
    }

    fn each(&self, change: impl Fn(&mut State)) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|news| {
            let Some(news) = news.upgrade() else { return false };
            news.with(&change);
            news.changed.notify_one();
            true
        });
    }
}

/// Whether a tenant's actors read it.
fn is_wired(row: &Row) -> bool {
    match row {
        Row::Record(record::Row::Put { kind, .. } | record::Row::Remove { kind, .. }) => kind.is_wired,
        Row::Routing(_) | Row::Settings(_) => true,
        Row::Record(record::Row::Changed(_)) | Row::Conversation(_) | Row::Channel(_) => false,
    }
}
