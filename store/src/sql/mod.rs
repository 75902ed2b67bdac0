//! SQL, written once for both databases: values, rows, connections, and what the writer and the readers say in it.

pub(crate) mod access;
mod clocks;
mod composite;
mod connection;
pub(crate) mod decode;
mod fence;
mod folding;
mod idle_connections;
mod known;
mod ledger;
mod load;
mod migrate;
mod pool;
mod pooled;
mod prefetch;
mod projections;
mod queries;
mod raw;
#[cfg(test)]
pub(crate) mod recorder;
pub(crate) mod records;
mod row;
mod save;
mod seen;
pub(crate) mod session;
mod source;
mod tidy;
mod transaction;
mod trouble;
mod unmatched;
mod value;
mod writes;

pub(crate) use connection::Connection;
pub(crate) use ledger::{Source, SqlLedger};
use load::load;
pub use migrate::SchemaError;
#[cfg(test)]
pub(crate) use migrate::empty_tables;
pub(crate) use migrate::{LATEST, READER, migrate};
#[cfg(test)]
pub(crate) use pool::LONGEST_READ;
pub(crate) use pool::{Pool, unavailable};
pub(crate) use pooled::{PooledConnection, Readers};
use queries::BatchedQueries;
pub(crate) use raw::{RawConnection, RawReaders};
pub(crate) use row::{Columns, RecordRow, unreadable};
pub(crate) use save::save;
pub(crate) use seen::was_seen;
pub(crate) use session::Purpose;
pub use session::Unfit;
pub(crate) use sqlx::Error;
pub(crate) use trouble::{describe, is_refusal};
pub(crate) use value::{Value, values};
pub(crate) use writes::Writes;

/// A page of SQLite's, in bytes, where a database is begun: a transaction writes each page that it touches whole, and touches many. One
/// that was begun with pages of 4 KiB keeps them, and what is counted in pages is twice as much there.
pub(crate) const PAGE: u32 = 2_048;
/// Where SQLite's write-ahead log is taken in by the writer itself, if nobody else did: 64 MiB in pages.
pub(crate) const LAST_CHECKPOINT: u32 = (64 << 20) / PAGE;
/// To this the log is cut when it begins anew, in bytes.
pub(crate) const LONGEST_LOG: u32 = 64 << 20;
