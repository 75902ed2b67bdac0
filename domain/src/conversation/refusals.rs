//! Why a conversation says no.

use crate::refusal::{Class, Refusal};

impl Refusal {
    pub const NOT_OWNER: Self = conflict("not_owner", "The conversation belongs to somebody else.");
    pub const NOT_OPEN: Self = conflict("not_open", "There is no open conversation.");
    pub const STALE_EPOCH: Self = conflict("stale_epoch", "The owner changed in the meantime.");
    pub const OFFER_NOT_PENDING: Self = conflict("offer_not_pending", "The offer is not held out any more.");
    pub const NOT_UNKNOWN: Self = conflict("not_unknown", "It is known what became of the message.");
    pub const NOT_FAILED: Self = conflict("not_failed", "The message neither failed nor may be lost.");
    pub const NEWER_MESSAGE: Self = conflict("newer_message", "The customer wrote in the meantime.");
    pub const SERVICE_WINDOW_CLOSED: Self = Self::new(
        Class::Invalid,
        "service_window_closed",
        "The customer wrote more than 24 hours ago: only a template may be sent.",
    );
    pub const EMPTY: Self = Self::new(Class::Invalid, "empty", "There is nothing to say.");
}

pub(crate) const REFUSALS: &[Refusal] = &[
    Refusal::NOT_OWNER,
    Refusal::NOT_OPEN,
    Refusal::STALE_EPOCH,
    Refusal::OFFER_NOT_PENDING,
    Refusal::NOT_UNKNOWN,
    Refusal::NOT_FAILED,
    Refusal::NEWER_MESSAGE,
    Refusal::SERVICE_WINDOW_CLOSED,
    Refusal::EMPTY,
];

const fn conflict(code: &'static str, says: &'static str) -> Refusal {
    Refusal::new(Class::Conflict, code, says)
}
