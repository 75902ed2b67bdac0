//! What a transaction tells, tenant by tenant.

use crate::judge::{TenantChanges, earlier};
use std::collections::HashMap;
use uuid::Uuid;

/// One piece of news per tenant, its events in the order of positions.
pub(super) fn by_tenant(news: impl Iterator<Item = TenantChanges>) -> Vec<TenantChanges> {
    let mut tenants: Vec<TenantChanges> = Vec::new();
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    for mut next in news {
        let place = *places.entry(next.tenant).or_insert_with(|| {
            tenants.push(TenantChanges::of(next.tenant));
            tenants.len() - 1
        });
        let whole = &mut tenants[place];
        whole.events.append(&mut next.events);
        whole.rows.append(&mut next.rows);
        whole.arrivals.append(&mut next.arrivals);
        whole.gone.append(&mut next.gone);
        whole.users.append(&mut next.users);
        whole.back.append(&mut next.back);
        whole.due = earlier(whole.due, next.due);
    }
    tenants
}
