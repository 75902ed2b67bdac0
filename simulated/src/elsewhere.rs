//! What the number was told by webhooks that are not ours: whoever holds its secret may sign some, and play customers that we did not make.
//! Nobody tells us of them, so we ask whoever took them when something is addressed to somebody we do not know.

use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::ports::{BoxFuture, Unavailable};

/// Whoever took webhooks that the simulated WhatsApp did not send.
pub trait Elsewhere: Send + Sync {
    /// Until when free text to whoever has this address is taken, in the past where they wrote nothing that opens the window; `None`: nobody
    /// who has it wrote to the number.
    fn window_until(&self, address: Identifier) -> BoxFuture<'_, Result<Option<Timestamp>, Unavailable>>;

    /// Whether a message with this id was written to the number.
    fn knows(&self, wamid: String) -> BoxFuture<'_, Result<bool, Unavailable>>;
}

/// Nobody but us sends webhooks.
pub(crate) struct Nowhere;

impl Elsewhere for Nowhere {
    fn window_until(&self, _: Identifier) -> BoxFuture<'_, Result<Option<Timestamp>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }

    fn knows(&self, _: String) -> BoxFuture<'_, Result<bool, Unavailable>> {
        Box::pin(async { Ok(false) })
    }
}
