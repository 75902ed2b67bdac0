//! The conversation actor, one per thread: the only one who decides who owns a chat (B1, B3).
//!
//! Promises: every item that came in is taken by exactly one commit; a command is answered once and alike for ever.

mod behaviour;
mod handle;

pub(crate) use behaviour::ROUTER;
pub use behaviour::ThreadBehaviour;
pub use handle::Conversations;
pub(crate) use handle::plain;
