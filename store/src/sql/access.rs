//! Sessions and tokens, as a batch reads and writes them.

use super::prefetch::rows;
use super::records::{RecordKeys, record, statements};
use super::{BatchedQueries, Columns, Error, Writes, values};
use crate::judge::AccessWrite;
use crate::records::{Access, Hash, SessionRecord, Tables, TokenRecord};
use dashoffice_domain::identity::USER;
use dashoffice_domain::ids::{SessionId, UserId};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use uuid::Uuid;

/// What must be known before a batch is judged.
#[derive(Debug, Default)]
pub(super) struct AccessKeys {
    sessions: BTreeSet<(Uuid, SessionId)>,
    /// Whose sessions may all end: each that has not ended yet.
    signed_in: BTreeSet<(Uuid, UserId)>,
    /// Each with its session and user.
    tokens: BTreeSet<(Uuid, Hash)>,
    secrets: BTreeSet<String>,
}

impl AccessKeys {
    pub(super) fn admin_write(&mut self, admin_write: &AccessWrite, records: &mut RecordKeys) {
        match admin_write {
            AccessWrite::Begin { tenant, new } => {
                records.id(*tenant, &USER, new.user.0);
            }
            AccessWrite::Renew { tenant, presented, successor } => {
                self.tokens.insert((*tenant, *presented));
                self.tokens.insert((*tenant, *successor));
            }
            AccessWrite::End { tenant, session } => {
                self.sessions.insert((*tenant, *session));
            }
            AccessWrite::EndAll { tenant, user } => {
                self.signed_in.insert((*tenant, *user));
            }
            AccessWrite::Activate { tenant, user, .. } => {
                records.id(*tenant, &USER, user.0);
                self.signed_in.insert((*tenant, *user));
            }
            AccessWrite::KeepSecret { name, .. } => {
                self.secrets.insert(name.clone());
            }
        }
    }

    /// A user is changed: their sessions may have to end.
    pub(super) fn may_sign_out(&mut self, tenant: Uuid, user: UserId) {
        self.signed_in.insert((tenant, user));
    }
}

fn known_user(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let (tenant, id) = (c.id()?, c.id()?);
    tables.records.known((tenant, USER.name, id), record(c, &USER, id)?);
    Ok(())
}

fn known_session(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let key = (c.id()?, c.id()?);
    let row = SessionRecord {
        user: c.id()?,
        created_at: c.time()?,
        last_used_at: c.time()?,
        ended_at: c.time_or_null()?,
        network: None,
    };
    tables.access.sessions.known(key, row);
    Ok(())
}

/// 32 bytes, as they were written.
pub(crate) fn hash(c: &mut Columns<'_>) -> Result<Hash, Error> {
    c.blob()?.try_into().map_err(|_| super::unreadable("a hash"))
}

pub(super) fn ask(prefetch: &AccessKeys, queries: &mut BatchedQueries) {
    let keys = rows(&prefetch.sessions, |(tenant, id)| values![*tenant, *id]);
    let sql = "SELECT s.tenant, s.id, s.user_id, s.created_at, s.last_used_at, s.ended_at FROM k CROSS JOIN session s \
               WHERE s.tenant = k.tenant AND s.id = k.id";
    queries.ask(&["tenant", "id"], keys, sql, known_session);
    let keys = rows(&prefetch.signed_in, |(tenant, user)| values![*tenant, *user]);
    let sql = "SELECT s.tenant, s.id, s.user_id, s.created_at, s.last_used_at, s.ended_at FROM k CROSS JOIN session s \
               WHERE s.tenant = k.tenant AND s.user_id = k.user_id AND s.ended_at IS NULL";
    queries.ask(&["tenant", "user_id"], keys, sql, known_session);
    let keys = rows(&prefetch.tokens, |(tenant, hash)| values![*tenant, hash.to_vec()]);
    queries.ask(&["tenant", "hash"], keys, &BY_TOKEN, |c, tables| {
        known_user(c, tables)?;
        // The session's own key comes next.
        let mut ahead = c.clone();
        let (tenant, session) = (ahead.id()?, ahead.id()?);
        known_session(c, tables)?;
        let key = (tenant, hash(c)?);
        let token = TokenRecord { session, issued_at: c.time()?, used_at: c.time_or_null()? };
        tables.access.tokens.known(key, token);
        Ok(())
    });
    let sql = "SELECT s.name, s.value FROM k CROSS JOIN secret s WHERE s.name = k.name";
    queries.ask(&["name"], rows(&prefetch.secrets, |name| values![name]), sql, |c, tables| {
        tables.access.secrets.known(c.text()?, c.blob()?);
        Ok(())
    });
}

static BY_TOKEN: LazyLock<String> = LazyLock::new(|| {
    let columns = statements(&USER).columns;
    format!(
        "SELECT r.tenant, r.id, {columns}, \
         s.tenant, s.id, s.user_id, s.created_at, s.last_used_at, s.ended_at, t.hash, t.issued_at, t.used_at \
         FROM k INNER JOIN refresh_token t ON t.tenant = k.tenant AND t.hash = k.hash \
         INNER JOIN session s ON s.tenant = t.tenant AND s.id = t.session \
         INNER JOIN app_user r ON r.tenant = s.tenant AND r.id = s.user_id"
    )
});

pub(super) fn save(access: &Access, writes: &mut Writes) {
    let sessions = access.sessions.written().map(|((tenant, id), row)| {
        let network = row.network.map(|network| network.to_vec());
        values![*tenant, *id, row.user, row.created_at, row.last_used_at, row.ended_at, network]
    });
    let columns = &["tenant", "id", "user_id", "created_at", "last_used_at", "ended_at", "network"];
    let tail =
        "ON CONFLICT (tenant, id) DO UPDATE SET last_used_at = excluded.last_used_at, ended_at = excluded.ended_at";
    writes.insert("session", columns, sessions.collect(), tail);
    let tokens = access
        .tokens
        .written()
        .map(|((tenant, hash), row)| values![*tenant, hash.to_vec(), row.session, row.issued_at, row.used_at, false]);
    // Nothing reads `forgiven` any more; it stays for a binary of before.
    let columns = &["tenant", "hash", "session", "issued_at", "used_at", "forgiven"];
    let tail = "ON CONFLICT (tenant, hash) DO UPDATE SET used_at = excluded.used_at";
    writes.insert("refresh_token", columns, tokens.collect(), tail);
    let secrets = access.secrets.written().map(|(name, value)| values![name, value.clone()]).collect();
    writes.insert("secret", &["name", "value"], secrets, "");
}
