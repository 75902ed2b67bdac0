//! The kinds of records there are: a new one is a line here.

use crate::record::Kind;
use crate::settings::hours;
use crate::{channel, conversation, identity, routing};

pub static KINDS: [&Kind; 8] = [
    &conversation::TAG,
    &hours::HOLIDAYS,
    &hours::HOURS,
    &routing::QUEUE,
    &channel::APP,
    &channel::NUMBER,
    &identity::ROLE,
    &identity::USER,
];

/// The kind with this name; nothing for one that this version does not know.
pub fn named(name: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.name == name)
}
