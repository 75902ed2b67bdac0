//! The few kinds of value our tables hold, said once and understood by both databases.

use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{
    AgentId, AppId, ContactId, ConversationId, MessageId, NumberId, QueueId, SessionId, TenantId, ThreadId, UserId,
};
use uuid::Uuid;

/// A parameter of a statement. Each variant has one type in each database, also when it is null.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Bool(bool),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
    /// `uuid` in PostgreSQL, 16 bytes in SQLite.
    Id(Option<Uuid>),
    /// Microseconds since 1970: `timestamptz` in PostgreSQL, an integer in SQLite.
    Time(Option<i64>),
    /// One column of many rows, for PostgreSQL alone; made by [`super::Connection`].
    Array(Vec<Value>),
}

/// The years 1 to 9999: what every reader can show. Provider clocks say anything.
const EARLIEST: i64 = -62_135_596_800_000_000;
const LATEST: i64 = 253_402_300_799_999_999;

impl Value {
    fn time(micros: Option<i64>) -> Self {
        Self::Time(micros.map(|instant| instant.clamp(EARLIEST, LATEST)))
    }

    /// PostgreSQL refuses U+0000 in text, so no text of ours has it, in either database (C5).
    fn text(text: Option<String>) -> Self {
        Self::Text(text.map(|text| if text.contains('\0') { text.replace('\0', "") } else { text }))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::text(Some(value))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::text(Some(value.clone()))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::text(value)
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::text(value.map(str::to_owned))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Blob(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::time(Some(value.0))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(value: Option<Timestamp>) -> Self {
        Self::time(value.map(|instant| instant.0))
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Id(Some(value))
    }
}

impl From<Option<Uuid>> for Value {
    fn from(value: Option<Uuid>) -> Self {
        Self::Id(value)
    }
}

macro_rules! ids_are_values {
    ($($id:ident),+) => {$(
        impl From<$id> for Value {
            fn from(value: $id) -> Self {
                Self::Id(Some(value.0))
            }
        }
    )+};
}

ids_are_values!(
    AgentId,
    AppId,
    ContactId,
    ConversationId,
    MessageId,
    NumberId,
    QueueId,
    SessionId,
    TenantId,
    ThreadId,
    UserId
);

/// A row of parameters, each converted to the [`Value`] it is.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c5_no_text_carries_a_nul() {
        assert_eq!(Value::from("a\0b"), Value::Text(Some("ab".into())));
    }

    #[test]
    fn an_impossible_provider_clock_is_still_an_instant() {
        assert_eq!(Value::from(Timestamp(i64::MAX)), Value::Time(Some(LATEST)));
        assert_eq!(Value::from(Timestamp(i64::MIN)), Value::Time(Some(EARLIEST)));
    }
}
