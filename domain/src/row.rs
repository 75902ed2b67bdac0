//! What a decision asks the store to remember beside its events, by module: erasable content, and the views that lists and decisions read
//! (C4). It is written nowhere as it is: each store knows what to make of it.

use crate::{channel, conversation, record, routing, settings};

#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    Conversation(conversation::Row),
    Routing(routing::Row),
    Channel(channel::Row),
    Settings(settings::Row),
    Record(record::Row),
}

impl From<conversation::Row> for Row {
    fn from(row: conversation::Row) -> Self {
        Self::Conversation(row)
    }
}

impl From<routing::Row> for Row {
    fn from(row: routing::Row) -> Self {
        Self::Routing(row)
    }
}

impl From<channel::Row> for Row {
    fn from(row: channel::Row) -> Self {
        Self::Channel(row)
    }
}

impl From<settings::Row> for Row {
    fn from(row: settings::Row) -> Self {
        Self::Settings(row)
    }
}

impl From<record::Row> for Row {
    fn from(row: record::Row) -> Self {
        Self::Record(row)
    }
}
