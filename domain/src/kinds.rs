//! The kinds of records there are: a new one is a line here.

use crate::record::Kind;
use crate::{channel, conversation, routing, settings};

pub static KINDS: [&Kind; 5] = [&conversation::TAG, &routing::QUEUE, &channel::APP, &channel::NUMBER, &settings::USER];

/// The kind with this name; nothing for one that this version does not know.
pub fn named(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}
