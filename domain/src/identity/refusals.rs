//! Why somebody may not.

use crate::refusal::{Class, Refusal};

impl Refusal {
    pub const FORBIDDEN: Self = Self::new(Class::Forbidden, "forbidden", "The permission is missing.");
    pub const LAST_ADMINISTRATOR: Self =
        Self::new(Class::Conflict, "last_administrator", "Nobody would be left who can administer.");
}

pub(crate) const REFUSALS: &[Refusal] = &[Refusal::FORBIDDEN, Refusal::LAST_ADMINISTRATOR];
