//! A row of an answer, read column by column from the left.

use super::Error;
use super::composite::Composite;
use dashoffice_domain::Timestamp;
use rusqlite::types::{FromSql, Value};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, ValueRef as _};
use uuid::Uuid;

/// A row of either database.
pub(crate) enum RecordRow {
    Sqlite(SqliteRow),
    Raw(Vec<Value>),
    Postgres(PgRow),
    /// One of several answers that PostgreSQL gave together.
    Composite(Composite),
}

impl RecordRow {
    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns { row: self, next: 0 }
    }
}

/// Reads a row from left to right; the order is the one of the statement.
#[derive(Clone)]
pub(crate) struct Columns<'a> {
    row: &'a RecordRow,
    next: usize,
}

macro_rules! read_or_null {
    ($self:ident, $type:ty) => {{
        let index = $self.next;
        $self.next += 1;
        match $self.row {
            RecordRow::Sqlite(row) => row.try_get_unchecked::<Option<$type>, _>(index),
            RecordRow::Raw(row) => raw(row, index),
            RecordRow::Postgres(row) => row.try_get::<Option<$type>, _>(index),
            RecordRow::Composite(row) => row.column::<$type>(index),
        }
    }};
}

macro_rules! read {
    ($self:ident, $type:ty) => {
        read_or_null!($self, $type)?.ok_or_else(|| unreadable("a null where there must be none"))
    };
}

impl Columns<'_> {
    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        read!(self, i64)
    }

    pub(crate) fn int_or_null(&mut self) -> Result<Option<i64>, Error> {
        read_or_null!(self, i64)
    }

    pub(crate) fn bool(&mut self) -> Result<bool, Error> {
        read!(self, bool)
    }

    pub(crate) fn bool_or_null(&mut self) -> Result<Option<bool>, Error> {
        read_or_null!(self, bool)
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        read!(self, String)
    }

    pub(crate) fn text_or_null(&mut self) -> Result<Option<String>, Error> {
        read_or_null!(self, String)
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Error> {
        read!(self, Vec<u8>)
    }

    pub(crate) fn id<T: From<Uuid>>(&mut self) -> Result<T, Error> {
        self.id_or_null()?.ok_or_else(|| unreadable("an id that must be there"))
    }

    pub(crate) fn id_or_null<T: From<Uuid>>(&mut self) -> Result<Option<T>, Error> {
        let index = self.next;
        self.next += 1;
        let id = match self.row {
            RecordRow::Sqlite(row) => row.try_get_unchecked::<Option<Uuid>, _>(index)?,
            RecordRow::Raw(row) => raw::<Option<[u8; 16]>>(row, index)?.map(Uuid::from_bytes),
            RecordRow::Postgres(row) => row.try_get::<Option<Uuid>, _>(index)?,
            RecordRow::Composite(row) => row.column(index)?,
        };
        Ok(id.map(T::from))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        self.time_or_null()?.ok_or_else(|| unreadable("an instant that must be there"))
    }

    pub(crate) fn time_or_null(&mut self) -> Result<Option<Timestamp>, Error> {
        let index = self.next;
        self.next += 1;
        Ok(match self.row {
            RecordRow::Sqlite(row) => row.try_get_unchecked::<Option<i64>, _>(index)?,
            RecordRow::Raw(row) => raw(row, index)?,
            RecordRow::Postgres(row) => row
                .try_get::<Option<chrono::DateTime<chrono::Utc>>, _>(index)?
                .map(|instant| instant.timestamp_micros()),
            RecordRow::Composite(row) => {
                row.column::<chrono::DateTime<chrono::Utc>>(index)?.map(|instant| instant.timestamp_micros())
            }
        }
        .map(Timestamp))
    }

    /// Whether the next column is null; reads nothing.
    pub(crate) fn is_null(&self) -> Result<bool, Error> {
        Ok(match self.row {
            RecordRow::Sqlite(row) => row.try_get_raw(self.next)?.is_null(),
            RecordRow::Raw(row) => matches!(row.get(self.next), None | Some(Value::Null)),
            RecordRow::Postgres(row) => row.try_get_raw(self.next)?.is_null(),
            RecordRow::Composite(row) => row.is_null(self.next),
        })
    }

    /// A number, and the row that stands in the column after it.
    pub(super) fn numbered(&mut self) -> Result<(i64, Composite), Error> {
        let number = self.int()?;
        let RecordRow::Postgres(row) = self.row else { return Err(unreadable("a row within a row")) };
        let value = row.try_get_raw(self.next)?;
        self.next += 1;
        let bytes = value.as_bytes().map_err(Error::Decode)?;
        Ok((number, Composite::of(bytes)?))
    }

    pub(crate) fn skip(&mut self, columns: usize) {
        self.next += columns;
    }
}

/// A column of a row that SQLite gave as it was.
fn raw<T: FromSql>(row: &[Value], index: usize) -> Result<T, Error> {
    let value = row.get(index).ok_or(Error::ColumnIndexOutOfBounds { index, len: row.len() })?;
    T::column_result(value.into()).map_err(|error| Error::Decode(Box::new(error)))
}

/// What stands in a row is not what we write: another program wrote it, or a newer version.
pub(crate) fn unreadable(what: impl std::fmt::Display) -> Error {
    Error::Decode(format!("cannot read {what}").into())
}
