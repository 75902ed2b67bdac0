//! One transaction of the writer's: fenced by our ownership, and on disk as a whole or not at all.
//!
//! SQLite has it between a `BEGIN` and a `COMMIT`. PostgreSQL would pay for each of them with a message and an answer, so what is
//! written there in one statement is a transaction by itself, with the fence for its first part. What was read before stays as it was
//! until then: only the owner writes, and whoever reads under a term and still has it when he writes had it all the while.

use super::fence::{self, FENCE, Fence};
use super::writes::Statement;
use super::{Connection, Error, Writes, describe, is_refusal};

/// Why a transaction did not happen, or may not have.
pub(super) enum Failed {
    /// The database says no to what was in it; the connection is as good as before.
    Refused(String),
    /// The connection is not to be used again.
    Broken(String),
    /// A bug of ours, shown by what was to be done; the connection is not to be used again.
    Panicked,
    /// We no longer own the store.
    NotOurs,
    /// It may be on disk: never repeated, never rolled back, and seen by whoever reads next.
    Unknown(String),
}

impl Failed {
    /// In words that hold no value of anybody's.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Refused(reason) | Self::Broken(reason) | Self::Unknown(reason) => reason,
            Self::Panicked => "a bug of ours",
            Self::NotOurs => "the store is not ours any more",
        }
    }

    const fn leaves_the_connection(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::NotOurs)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let reason = describe(&error);
        if fence::is_lost(&error) {
            Self::NotOurs
        } else if is_refusal(&error) {
            Self::Refused(reason)
        } else {
            Self::Broken(reason)
        }
    }
}

pub(super) struct Transaction {
    db: Connection,
    fence: Fence,
    /// Between a `BEGIN` and its end.
    open: bool,
    /// The statement that is all of it, to be sent at the end.
    whole: Option<Statement>,
}

impl Transaction {
    pub(super) const fn on(db: Connection, fence: Fence) -> Self {
        Self { db, fence, open: false, whole: None }
    }

    /// Everything that is read from now on was committed before.
    pub(super) async fn begin(&mut self) -> Result<(), Failed> {
        if self.db.is_postgres() { Ok(()) } else { Ok(self.open("BEGIN IMMEDIATE").await?) }
    }

    /// PostgreSQL plans every statement anew when it is next used. It takes an empty table for a small one that stays small, and where
    /// it must guess it may walk an index of all of a tenant's messages as gladly as the key.
    pub(super) async fn plan_anew(&mut self) -> Result<(), Failed> {
        if self.db.is_postgres() { Ok(self.db.order("DISCARD PLANS").await?) } else { Ok(()) }
    }

    /// As [`Self::begin`], and the store stays ours until the end.
    pub(super) async fn hold(&mut self) -> Result<(), Failed> {
        self.begin().await?;
        if self.db.is_postgres() {
            self.open("BEGIN").await?;
        }
        self.is_ours().await
    }

    /// # Errors
    /// [`Failed::NotOurs`].
    pub(super) async fn is_ours(&mut self) -> Result<(), Failed> {
        let fenced = !self.db.is_postgres() || self.db.row(FENCE, self.fence.values()).await?.is_some();
        if fenced { Ok(()) } else { Err(Failed::NotOurs) }
    }

    pub(super) const fn db(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Does all but the last of it.
    pub(super) async fn write(&mut self, writes: Writes) -> Result<(), Failed> {
        let statements = if self.db.is_postgres() {
            let mut statements = writes.for_postgres(self.fence);
            match statements.len() {
                // What was changed was changed back.
                0 => return self.is_ours().await,
                1 => {
                    self.whole = statements.pop();
                    return Ok(());
                }
                _ => self.open("BEGIN").await?,
            }
            statements
        } else {
            writes.for_sqlite().collect()
        };
        for (sql, args) in statements {
            self.db.run(sql, args).await?;
        }
        Ok(())
    }

    /// The last of it.
    pub(super) async fn commit(&mut self) -> Result<(), Failed> {
        if let Some((sql, args)) = self.whole.take() {
            return match self.db.run(sql, args).await.map_err(Failed::from) {
                Ok(_) => Ok(()),
                // What was refused was not done; what got no answer may have been.
                Err(Failed::Broken(reason)) => Err(Failed::Unknown(reason)),
                Err(failed) => Err(failed),
            };
        }
        if std::mem::take(&mut self.open) {
            self.db.order("COMMIT").await.map_err(|error| Failed::Unknown(describe(&error)))?;
        }
        Ok(())
    }

    /// The connection, if it may be used again; what was not committed is undone.
    pub(super) async fn end(mut self, failed: Option<&Failed>) -> Option<Connection> {
        let usable = failed.is_none_or(Failed::leaves_the_connection);
        if usable && (!self.open || self.db.order("ROLLBACK").await.is_ok()) {
            return Some(self.db);
        }
        self.db.discard().await;
        None
    }

    async fn open(&mut self, sql: &'static str) -> Result<(), Error> {
        self.db.order(sql).await?;
        self.open = true;
        Ok(())
    }
}
