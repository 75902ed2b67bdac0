//! What waits in the inbox, counted in memory: when it is too much or too old, webhooks are told to come again (A6).

use crate::Admission;
use crate::judge::TenantChanges;
use dashoffice_domain::Timestamp;
use dashoffice_runtime::Current;
use std::collections::BTreeMap;
use uuid::Uuid;

const RETRY_AFTER_S: u32 = 5;

/// The rows that wait and are not held, with the instant they came in.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    tenants: BTreeMap<Uuid, BTreeMap<i64, Timestamp>>,
    in_all: usize,
    running_since: Timestamp,
    limits: Current<Admission>,
}

impl Backlog {
    pub(crate) fn within(limits: Current<Admission>) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Begins anew with the rows that a scan found.
    pub(crate) fn rebuild(&mut self, rows: impl IntoIterator<Item = (Uuid, i64, Timestamp)>, now: Timestamp) {
        *self = Self { running_since: now, ..Self::within(self.limits.clone()) };
        for (tenant, position, received_at) in rows {
            self.add(tenant, position, received_at);
        }
    }

    pub(crate) fn running_since(&mut self, now: Timestamp) {
        self.running_since = now;
    }

    pub(crate) fn hear(&mut self, news: &TenantChanges) {
        for (position, received_at) in news.arrivals.iter().chain(&news.back) {
            self.add(news.tenant, *position, *received_at);
        }
        for position in &news.gone {
            self.remove(news.tenant, *position);
        }
    }

    /// `None`: come in. Otherwise: in how many seconds to try again.
    pub(crate) fn refuses(&self, tenant: Uuid, now: Timestamp) -> Option<u32> {
        let limits = self.limits.now();
        let waiting = self.tenants.get(&tenant);
        let oldest = waiting.and_then(|rows| rows.values().next());
        let too_old = oldest.is_some_and(|received_at| now.since(self.running_since.max(*received_at)) > limits.oldest);
        let too_many = waiting.map_or(0, BTreeMap::len) >= limits.per_tenant || self.in_all >= limits.in_all;
        (too_old || too_many).then_some(RETRY_AFTER_S)
    }

    pub(crate) const fn in_all(&self) -> usize {
        self.in_all
    }

    fn add(&mut self, tenant: Uuid, position: i64, received_at: Timestamp) {
        if self.tenants.entry(tenant).or_default().insert(position, received_at).is_none() {
            self.in_all += 1;
        }
    }

    fn remove(&mut self, tenant: Uuid, position: i64) {
        let Some(rows) = self.tenants.get_mut(&tenant) else { return };
        if rows.remove(&position).is_some() {
            self.in_all -= 1;
        }
        if rows.is_empty() {
            self.tenants.remove(&tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn second(n: i64) -> Timestamp {
        Timestamp::from_seconds(n)
    }

    fn gone(position: i64) -> TenantChanges {
        TenantChanges { gone: vec![position], ..TenantChanges::of(TENANT) }
    }

    #[test]
    fn a6_an_old_row_holds_back_its_own_tenant_until_it_is_consumed() {
        let mut backlog = Backlog::default();
        backlog.rebuild([(TENANT, 1, second(100))], second(100));
        assert_eq!(backlog.refuses(TENANT, second(130)), None);
        assert_eq!(backlog.refuses(TENANT, second(131)), Some(RETRY_AFTER_S));
        assert_eq!(backlog.refuses(OTHER, second(131)), None);
        backlog.hear(&gone(1));
        assert_eq!(backlog.refuses(TENANT, second(131)), None);
    }

    #[test]
    fn a6_time_in_which_we_did_not_run_makes_nothing_older() {
        let mut backlog = Backlog::default();
        backlog.rebuild([(TENANT, 1, second(100))], second(5000));
        assert_eq!(backlog.refuses(TENANT, second(5001)), None);
        backlog.running_since(second(5100));
        assert_eq!(backlog.refuses(TENANT, second(5101)), None);
    }

    #[test]
    fn a6_fifty_thousand_rows_of_one_tenant_are_enough() {
        let mut backlog = Backlog::default();
        let rows = (0..Admission::default().per_tenant as i64).map(|position| (TENANT, position, second(0)));
        backlog.rebuild(rows, second(0));
        assert_eq!(backlog.refuses(TENANT, second(0)), Some(RETRY_AFTER_S));
        assert_eq!(backlog.refuses(OTHER, second(0)), None);
        backlog.hear(&gone(7));
        assert_eq!(backlog.refuses(TENANT, second(0)), None);
    }
}
