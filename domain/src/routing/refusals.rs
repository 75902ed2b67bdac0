//! Why an agent or a queue says no.

use crate::refusal::{Class, Refusal};

impl Refusal {
    pub const OVER_CAPACITY: Self = Self::new(Class::Conflict, "over_capacity", "The units would not fit.");
    pub const NOT_ROUTABLE: Self =
        Self::new(Class::Conflict, "not_routable", "The agent's presence does not allow it.");
}

pub(crate) const REFUSALS: &[Refusal] = &[Refusal::OVER_CAPACITY, Refusal::NOT_ROUTABLE];
