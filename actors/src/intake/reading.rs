//! From a row's bytes to what the customer did. A panic of an adapter is "unreadable" at once, and stalls nobody (A1).

use dashoffice_domain::ports::{Channels, NumberRow, Reading};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads one raw item as the number's channel understands it.
pub(super) fn read(channels: &Channels, number: &NumberRow, raw: &[u8]) -> Reading {
    let Some(channel) = channels.named(&number.provider) else {
        return Reading::Unreadable { reason: format!("no channel is called {}", number.provider) };
    };
    catch_unwind(AssertUnwindSafe(|| channel.webhook.decode(raw))).unwrap_or_else(|_| {
        tracing::error!(provider = channel.provider, "an adapter panicked over an item");
        Reading::Unreadable { reason: "the adapter panicked".to_owned() }
    })
}
