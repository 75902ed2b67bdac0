//! A composite value of PostgreSQL's, column by column: so a row travels in a column of another one.

use super::{Error, unreadable};
use chrono::{DateTime, Utc};
use std::ops::Range;
use uuid::Uuid;

/// The columns of a row, as PostgreSQL sends them in binary.
pub(crate) struct Composite {
    bytes: Vec<u8>,
    /// `None`: null.
    columns: Vec<Option<Range<usize>>>,
}

/// A type of ours, from what PostgreSQL sends of it.
pub(super) trait Field: Sized {
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Composite {
    /// A number of columns; of each its type, its length (-1: null), and so many bytes. All numbers have four bytes.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.to_vec();
        Self::split(&bytes).map(|columns| Self { bytes, columns }).ok_or_else(|| unreadable("a composite value"))
    }

    fn split(bytes: &[u8]) -> Option<Vec<Option<Range<usize>>>> {
        let number = |at: usize| Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let mut at = 4;
        let columns = (0..number(0)?).map(|_| {
            let length = number(at + 4)?;
            at += 8;
            let Ok(length) = usize::try_from(length) else { return Some(None) };
            let column = at..at + length;
            at = column.end;
            bytes.get(column.clone()).map(|_| Some(column))
        });
        columns.collect()
    }

    pub(super) fn is_null(&self, index: usize) -> bool {
        self.columns.get(index).is_none_or(Option::is_none)
    }

    pub(super) fn column<T: Field>(&self, index: usize) -> Result<Option<T>, Error> {
        let len = self.columns.len();
        let column = self.columns.get(index).ok_or(Error::ColumnIndexOutOfBounds { index, len })?;
        let bytes = column.clone().map(|column| &self.bytes[column]);
        bytes.map(|bytes| T::read(bytes).ok_or_else(|| unreadable(format_args!("column {index}")))).transpose()
    }
}

impl Field for i64 {
    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Field for bool {
    fn read(bytes: &[u8]) -> Option<Self> {
        <[u8; 1]>::try_from(bytes).ok().map(|[byte]| byte != 0)
    }
}

impl Field for String {
    fn read(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

impl Field for Vec<u8> {
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

impl Field for Uuid {
    fn read(bytes: &[u8]) -> Option<Self> {
        Self::from_slice(bytes).ok()
    }
}

/// Microseconds since 2000.
impl Field for DateTime<Utc> {
    fn read(bytes: &[u8]) -> Option<Self> {
        const AD_2000: i64 = 946_684_800_000_000;
        Self::from_timestamp_micros(i64::read(bytes)?.checked_add(AD_2000)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(columns: &[Option<&[u8]>]) -> Vec<u8> {
        let mut bytes = (columns.len() as i32).to_be_bytes().to_vec();
        for column in columns {
            bytes.extend(25_i32.to_be_bytes());
            bytes.extend(column.map_or(-1, |column| column.len() as i32).to_be_bytes());
            bytes.extend(column.unwrap_or_default());
        }
        bytes
    }

    #[test]
    fn each_column_is_read_as_what_it_is() {
        let (id, noon) = (Uuid::from_u128(7), DateTime::from_timestamp_micros(1_800_000_000_000_001).unwrap());
        let since_2000 = (1_800_000_000_000_001_i64 - 946_684_800_000_000).to_be_bytes();
        let sent = sent(&[
            Some(&(-5_i64).to_be_bytes()),
            None,
            Some(&[1]),
            Some("olá".as_bytes()),
            Some(&[]),
            Some(id.as_bytes()),
            Some(&since_2000),
        ]);
        let row = Composite::of(&sent).unwrap();
        assert_eq!(row.column::<i64>(0).unwrap(), Some(-5));
        assert!(row.is_null(1) && !row.is_null(4));
        assert_eq!(row.column::<String>(1).unwrap(), None);
        assert_eq!(row.column::<bool>(2).unwrap(), Some(true));
        assert_eq!(row.column::<String>(3).unwrap().as_deref(), Some("olá"));
        assert_eq!(row.column::<Vec<u8>>(4).unwrap(), Some(Vec::new()));
        assert_eq!(row.column::<Uuid>(5).unwrap(), Some(id));
        assert_eq!(row.column::<DateTime<Utc>>(6).unwrap(), Some(noon));
    }

    #[test]
    fn what_is_cut_off_or_of_another_kind_is_said_to_be_unreadable() {
        let sent = sent(&[Some(b"abc"), None]);
        for length in 0..sent.len() {
            assert!(Composite::of(&sent[..length]).is_err(), "{length} bytes");
        }
        let row = Composite::of(&sent).unwrap();
        assert!(row.column::<i64>(0).is_err() && row.column::<Uuid>(0).is_err() && row.column::<String>(2).is_err());
    }
}
