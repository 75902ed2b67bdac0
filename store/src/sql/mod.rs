//! SQL, written once for both databases: values, rows, connections, and what the writer and the readers say in it.

pub(crate) mod access;
mod connection;
pub(crate) mod decode;
mod ledger;
mod load;
mod migrate;
mod needs;
mod pool;
mod row;
mod save;
mod tidy;
mod trouble;
mod value;

pub(crate) use connection::Connection;
pub(crate) use ledger::SqlLedger;
pub(crate) use load::load;
pub use migrate::SchemaError;
pub(crate) use migrate::{LATEST, READER, migrate};
pub(crate) use pool::{LONGEST_READ, Pool, unavailable};
pub(crate) use row::{Columns, RecordRow, unreadable};
pub(crate) use save::save;
pub(crate) use sqlx::Error;
pub(crate) use trouble::{describe, is_refusal};
pub(crate) use value::{Value, values};
