//! The business says no: a value with a stable code, shown to the person who asked; nobody is paged.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("this conversation belongs to somebody else")]
    NotOwner,
    #[error("there is no open conversation")]
    NotOpen,
    #[error("the owner changed in the meantime")]
    StaleEpoch,
    #[error("the customer wrote more than 24 hours ago, so only a template may be sent")]
    ServiceWindowClosed,
    #[error("there is nothing to say")]
    Empty,
    #[error("this is longer than the channel carries")]
    TooLong,
    #[error("nothing is known by this id")]
    NotFound,
    #[error("it is known what became of this message")]
    NotUnknown,
    #[error("this message neither failed nor may be lost")]
    NotFailed,
    #[error("the customer wrote in the meantime")]
    NewerMessage,
    #[error("this offer is not held out any more")]
    OfferNotPending,
    #[error("the agent has no room for it")]
    OverCapacity,
    #[error("the agent's presence does not allow it")]
    NotRoutable,
    #[error("the permission is missing")]
    Forbidden,
    #[error("nobody would be left who can administer")]
    LastAdministrator,
    #[error("a value is out of range")]
    Invalid,
    #[error("somebody has changed it since")]
    PreconditionFailed,
    #[error("the office's file holds it")]
    FixedByFile,
    #[error("it is built in")]
    BuiltIn,
    #[error("somebody has it")]
    InUse,
    /// A fault of ours, each time it was tried: nothing was done, and nobody tries it again.
    #[error("it failed each time it was tried")]
    CommandFailed,
}

impl Refusal {
    /// The stable code that outsiders see.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOwner => "not_owner",
            Self::NotOpen => "not_open",
            Self::StaleEpoch => "stale_epoch",
            Self::ServiceWindowClosed => "service_window_closed",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NotFound => "not_found",
            Self::NotUnknown => "not_unknown",
            Self::NotFailed => "not_failed",
            Self::NewerMessage => "newer_message",
            Self::OfferNotPending => "offer_not_pending",
            Self::OverCapacity => "over_capacity",
            Self::NotRoutable => "not_routable",
            Self::Forbidden => "forbidden",
            Self::LastAdministrator => "last_administrator",
            Self::Invalid => "invalid",
            Self::PreconditionFailed => "precondition_failed",
            Self::FixedByFile => "fixed_by_file",
            Self::BuiltIn => "built_in",
            Self::InUse => "in_use",
            Self::CommandFailed => "command_failed",
        }
    }
}
