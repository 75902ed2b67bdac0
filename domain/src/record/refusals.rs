//! Why what is set up stays as it is.

use crate::refusal::{Class, Refusal};

impl Refusal {
    pub const PRECONDITION_FAILED: Self = Self::new(
        Class::Stale,
        "precondition_failed",
        "Somebody has changed it since: look again, and say which version you have seen.",
    );
    pub const FIXED_BY_FILE: Self =
        Self::new(Class::Conflict, "fixed_by_file", "The office's file holds it: change it there.");
    pub const BUILT_IN: Self = Self::new(Class::Conflict, "built_in", "It is built in: it cannot be changed.");
    pub const IN_USE: Self = Self::new(Class::Conflict, "in_use", "Somebody has it: give them another one first.");
}

pub(crate) const REFUSALS: &[Refusal] =
    &[Refusal::PRECONDITION_FAILED, Refusal::FIXED_BY_FILE, Refusal::BUILT_IN, Refusal::IN_USE];
