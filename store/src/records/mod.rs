//! What we remember, as plain records: the whole of it in memory, or the part of it that one batch is about.

mod access;
pub(crate) mod changes;
mod kinds;
pub(crate) mod reactions;
mod record;
mod table;
mod tables;

pub(crate) use access::{Access, Hash, SessionRecord, TokenRecord};
pub(crate) use kinds::{
    AddressRecord, AgentRecord, ContactRecord, Cursor, DeadRecord, EarlyChangeRecord, EarlyRecord, InboxRecord,
    MarketingRecord, MediaRecord, MessageRecord, OutboxRecord, RawRecord, ReadMarkRecord, ResultRecord, StartRecord,
    StateRecord, ThreadRecord, TimerRecord,
};
pub use reactions::Reaction;
pub(crate) use record::{ChangeRecord, RecordKey, Records, UniquePart, unique_parts};
pub(crate) use table::{Change, Table};
pub(crate) use tables::{Tables, TimerKey};
