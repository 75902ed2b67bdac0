//! What keeps a process that no longer owns a PostgreSQL database from writing to it: each transaction locks the lease's row under the
//! owner's term, so that the lease cannot be taken before the transaction ends, however long it takes, and can be renewed all the while
//! (`KEY SHARE`).

use super::{Error, Value, values};
use sqlx::error::DatabaseError;
use uuid::Uuid;

/// Who writes, under which term.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fence {
    pub(super) owner: Uuid,
    pub(super) term: i64,
}

/// A row while the lease is ours, locked for as long as the transaction takes. Its parameters are the first of a statement.
pub(super) const FENCE: &str = "SELECT term FROM lease WHERE id = 1 AND owner = $1 AND term = $2 FOR KEY SHARE";

/// Of a statement that is done `WITH` the fence as `ours`: an error, hence nothing is written, when it is not ours to write. PostgreSQL
/// comes to this before it writes anything.
pub(super) const OURS_OR_NOTHING: &str = "SELECT 1 / COUNT(*) FROM ours";

impl Fence {
    pub(super) fn values(self) -> Vec<Value> {
        values![self.owner, self.term]
    }
}

/// Whether this is what [`OURS_OR_NOTHING`] says: `division_by_zero`, for nothing else is divided here.
pub(super) fn is_lost(error: &Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "22012")
}
