//! What we remember, as plain records: the whole of it in memory, or the part of it that one batch is about.

mod access;
pub(crate) mod changes;
mod kinds;
pub(crate) mod reactions;
mod table;
mod tables;

pub(crate) use access::{Access, Hash, SessionRecord, TokenRecord, UserRecord};
pub(crate) use kinds::{
    AddressRecord, AgentRecord, AppRecord, ContactRecord, Cursor, DeadRecord, EarlyChangeRecord, EarlyRecord,
    InboxRecord, MarketingRecord, MediaRecord, MessageRecord, NumberRecord, OutboxRecord, RawRecord, ReadMarkRecord,
    ResultRecord, StartRecord, StateRecord, ThreadRecord, TimerRecord,
};
pub use reactions::Reaction;
pub(crate) use table::{Change, Table};
pub(crate) use tables::{Tables, TimerKey};
