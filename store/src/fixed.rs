//! Which settings a file holds: whoever else would change one of these is told so instead.

use dashoffice_domain::ids::TenantId;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// By tenant and id of a number, a queue, an app or a person: the names of fields, as the API has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed(BTreeMap<(TenantId, Uuid), BTreeSet<&'static str>>);

impl Fixed {
    pub fn fix(&mut self, tenant: TenantId, id: impl Into<Uuid>, fields: impl IntoIterator<Item = &'static str>) {
        self.0.entry((tenant, id.into())).or_default().extend(fields);
    }

    /// In alphabetical order.
    pub fn fields(&self, tenant: TenantId, id: impl Into<Uuid>) -> Vec<&'static str> {
        self.0.get(&(tenant, id.into())).into_iter().flatten().copied().collect()
    }

    pub fn holds(&self, tenant: TenantId, id: impl Into<Uuid>, field: &str) -> bool {
        self.0.get(&(tenant, id.into())).is_some_and(|fields| fields.contains(field))
    }

    /// Tenants of which something is held otherwise here than there.
    pub fn differing(&self, other: &Self) -> BTreeSet<TenantId> {
        let held = self.0.iter().filter(|(key, fields)| other.0.get(key) != Some(fields));
        let let_go = other.0.keys().filter(|key| !self.0.contains_key(key));
        held.map(|((tenant, _), _)| *tenant).chain(let_go.map(|(tenant, _)| *tenant)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e5_what_a_file_holds_is_known_by_tenant_and_what_it_lets_go_is_told() {
        let [one, other] = [1, 2].map(|n| TenantId(Uuid::from_u128(n)));
        let id = Uuid::from_u128(7);
        let mut fixed = Fixed::default();
        fixed.fix(one, id, ["name", "grace"]);
        fixed.fix(one, id, ["email"]);
        assert_eq!(fixed.fields(one, id), ["email", "grace", "name"]);
        assert!(fixed.holds(one, id, "name") && !fixed.holds(other, id, "name") && !fixed.holds(one, id, "role"));
        assert_eq!(fixed.differing(&Fixed::default()), BTreeSet::from([one]));
        assert_eq!(Fixed::default().differing(&fixed), BTreeSet::from([one]));
        assert!(fixed.differing(&fixed.clone()).is_empty());
    }
}
