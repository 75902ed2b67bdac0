//! The database: there, whole, durable, of a version we understand, and held by somebody who lives.

use super::Finding;
use dashoffice_store::examine::{Engine, Examination, Holder, Unseen};

/// The oldest PostgreSQL that we run on, as `server_version_num`.
const OLDEST_POSTGRES: i64 = 140_000;
/// A clock that is further off disturbs what people see.
const CLOCK_MAY_DIFFER_US: i64 = 2_000_000;

pub(super) fn judge(seen: &Result<Examination, Unseen>, uses_postgres: bool) -> Vec<Finding> {
    let seen = match seen {
        Ok(seen) => seen,
        Err(Unseen::NotThere) => return vec![Finding::note("there is no database yet; the first start makes it")],
        Err(error) => {
            return vec![Finding::problem(
                format!("the database cannot be read: {error}"),
                remedy(error, uses_postgres),
            )];
        }
    };
    match &seen.engine {
        Engine::Sqlite { in_use: true, .. } => {
            vec![Finding::fine("a server uses the SQLite database; its integrity is checked when none does")]
        }
        Engine::Sqlite { complaints, .. } => match complaints.as_deref().unwrap_or_default() {
            [] => vec![Finding::fine("the SQLite database is whole, and no server uses it")],
            [first, ..] => vec![Finding::problem(
                format!("the SQLite database is damaged: {first}"),
                "stop using it, keep a copy of the whole data directory, and restore the last backup",
            )],
        },
        Engine::Postgres { version, fsync, synchronous_commit, is_direct, clock_ahead_us, holder } => vec![
            postgres_version(*version),
            way(*is_direct),
            durable("fsync", fsync),
            durable("synchronous_commit", synchronous_commit),
            clock(*clock_ahead_us),
            lease(*holder),
        ],
    }
}

fn remedy(error: &Unseen, uses_postgres: bool) -> &'static str {
    match error {
        Unseen::Address => "data.database_url looks like postgres://user:password@host/database",
        Unseen::Lock(_) => "run this as the user who runs the server",
        Unseen::Shared(_) => "see \"PostgreSQL behind a pooler\" in docs/operations.md",
        _ if uses_postgres => {
            "see that PostgreSQL runs, and that user, password and database of data.database_url are right"
        }
        _ => {
            "see that dashoffice.db in the data directory is a file of ours and may be read; else restore the last backup"
        }
    }
}

fn postgres_version(version: i64) -> Finding {
    let shown = format!("{}.{}", version / 10_000, version % 10_000);
    if version < OLDEST_POSTGRES {
        return Finding::problem(format!("PostgreSQL {shown} is too old"), "upgrade it to 14 or later");
    }
    Finding::fine(format!("PostgreSQL {shown} answers"))
}

fn way(is_direct: bool) -> Finding {
    if is_direct {
        return Finding::fine("sessions of PostgreSQL are ours alone, and nothing stands in between");
    }
    Finding::note(
        "sessions of PostgreSQL are ours alone, and a pooler stands in between: it must have 12 for each server process, and 24 \
         during an upgrade (PgBouncer: default_pool_size)",
    )
}

fn durable(setting: &str, value: &str) -> Finding {
    if value == "off" {
        let what =
            format!("PostgreSQL runs with {setting} = off: what was acknowledged can be lost, so `serve` refuses");
        return Finding::problem(what, format!("set {setting} = on in postgresql.conf and reload it"));
    }
    Finding::fine(format!("PostgreSQL runs with {setting} = {value}"))
}

pub(super) fn clock(ahead_us: i64) -> Finding {
    let millis = ahead_us / 1_000;
    if ahead_us.abs() > CLOCK_MAY_DIFFER_US {
        let which = if ahead_us > 0 { "ahead of" } else { "behind" };
        let what = format!("the database's clock is {} ms {which} this machine's", millis.abs());
        return Finding::problem(what, "let both follow the same time servers (chrony, systemd-timesyncd)");
    }
    Finding::fine(format!("the clocks of database and machine agree within {} ms", millis.abs() + 1))
}

pub(super) fn lease(holder: Holder) -> Finding {
    match holder {
        Holder::Nobody => Finding::fine("no server holds the lease; the next one has it at once"),
        Holder::Alive => Finding::fine("a server that lives holds the lease"),
        Holder::Gone => Finding::note("the holder of the lease is gone; the next server has it at once"),
        Holder::Stuck => Finding::problem(
            "the holder of the lease is connected and does not renew it: it stands still, or its machine is overloaded",
            "look at that server's log and load; a second server takes over by itself",
        ),
    }
}
