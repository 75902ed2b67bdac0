//! The thread: everything between one number and one customer's address. Conversations are episodes in it (B3).
//!
//! `decide` says what a command or a message causes; `apply` believes it; [`view`] draws the line of the inbox list.

#[cfg(test)]
mod beside;
mod clock;
pub mod contact;
pub mod content;
pub mod context;
mod decide;
mod decision_context;
mod deed;
mod draft;
mod echo;
mod event;
pub mod identity;
pub mod marketing;
pub mod message;
mod refusals;
#[cfg(test)]
mod replay;
mod row;
mod settling;
mod speech;
mod state;
mod tag;
#[cfg(test)]
mod tests;
mod view;

pub use clock::{Answer, ReplyClock};
pub use decide::{ClockChange, Command, Decided, Done, OfferCommand};
pub use decision_context::DecisionContext;
pub use draft::ahead_id;
pub use event::{Event, OfferEnd, OwnerReason};
pub(crate) use refusals::REFUSALS;
pub use row::{AddressRow, ConversationRow, MessageChange, MessageRow, Preview, Row};
pub use settling::{ResendCommand, SettleCommand, SettledMessage};
pub use speech::{ReactCommand, ReplyCommand};
pub use state::{ConversationState, Episode, Owner, Thread};
pub use tag::TAG;

use crate::time::Span;

/// How long a closed conversation may be reopened by the customer's next message (F6).
pub const REOPEN_WINDOW: Span = Span::hours(24);
/// The clock of a chat that is held out and not taken.
pub const OFFER: &str = "offer";
/// The clock of a chat that was assigned and not answered.
pub const FIRST_REPLY: &str = "first_reply";
/// The clocks on what people do: they stand still while nobody can do anything, because we are down (B5).
pub const CLOCKS_ON_PEOPLE: [&str; 2] = [OFFER, FIRST_REPLY];
