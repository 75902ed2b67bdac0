//! What a database's error means for the job that met it.

use super::{Error, raw};
use sqlx::error::DatabaseError;

/// Whether the database refuses what was asked, as it will each time; anything else means that it is away for now.
pub(crate) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            match code.parse::<i32>() {
                // SQLite: error, constraint, too big, mismatch, range; of a long code the last byte says which.
                Ok(code) if is_sqlites(database.as_ref()) => {
                    matches!(code & 0xff, 1 | 18 | 19 | 20 | 25)
                }
                // PostgreSQL: data, integrity, syntax or access, limits.
                _ => ["22", "23", "42", "54"].iter().any(|class| code.starts_with(class)),
            }
        }
        Error::Encode(_) | Error::Decode(_) | Error::ColumnDecode { .. } | Error::TypeNotFound { .. } => true,
        _ => false,
    }
}

fn is_sqlites(error: &dyn DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
        || error.try_downcast_ref::<raw::Trouble>().is_some()
}

/// The error in words that never hold a value: databases quote what they refuse, and that may be a customer's number.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            match database.constraint() {
                Some(constraint) => format!("the database says {code} about {constraint}"),
                None if is_sqlites(database.as_ref()) => {
                    // SQLite names tables and columns, never values.
                    format!("the database says {code}: {}", database.message())
                }
                None => format!("the database says {code}"),
            }
        }
        Error::PoolTimedOut => "the database gives no connection".to_owned(),
        other => other.to_string(),
    }
}
