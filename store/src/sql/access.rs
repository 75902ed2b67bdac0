//! Users, sessions and tokens, as a batch reads and writes them.

use super::needs::rows;
use super::{Columns, Error, Questions, Writes, decode, values};
use crate::judge::AccessChore;
use crate::provision::Provision;
use crate::records::{Access, Hash, SessionRecord, Tables, TokenRecord, UserRecord};
use dashoffice_domain::access::Role;
use dashoffice_domain::ids::{SessionId, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What must be known before a batch is judged.
#[derive(Debug, Default)]
pub(super) struct AccessNeeds {
    users: BTreeSet<(Uuid, UserId)>,
    emails: BTreeSet<String>,
    sessions: BTreeSet<(Uuid, SessionId)>,
    /// Whose sessions may all end: each that has not ended yet.
    signed_in: BTreeSet<(Uuid, UserId)>,
    /// Each with its session and user.
    tokens: BTreeSet<(Uuid, Hash)>,
    secrets: BTreeSet<String>,
}

impl AccessNeeds {
    pub(super) fn chore(&mut self, chore: &AccessChore) {
        match chore {
            AccessChore::Begin { tenant, new } => {
                self.users.insert((*tenant, new.user));
            }
            AccessChore::Renew { tenant, presented, successor } => {
                self.tokens.insert((*tenant, *presented));
                self.tokens.insert((*tenant, *successor));
            }
            AccessChore::End { tenant, session } => {
                self.sessions.insert((*tenant, *session));
            }
            AccessChore::EndAll { tenant, user } => {
                self.signed_in.insert((*tenant, *user));
            }
            AccessChore::Activate { tenant, user, .. } => {
                self.users.insert((*tenant, *user));
                self.signed_in.insert((*tenant, *user));
            }
            AccessChore::KeepSecret { name, .. } => {
                self.secrets.insert(name.clone());
            }
        }
    }

    pub(super) fn provision(&mut self, provision: &Provision) {
        if let Provision::User { tenant, user } = provision {
            self.users.insert((tenant.0, user.id));
            self.signed_in.insert((tenant.0, user.id));
            self.emails.insert(user.email.to_lowercase());
        }
    }
}

macro_rules! select_user {
    () => {
        "SELECT u.tenant, u.id, u.email, u.name, u.role, u.password_hash, u.active, u.language"
    };
}

fn known_user(c: &mut Columns<'_>, tables: &mut Tables) -> Result<(), Error> {
    let key = (c.id()?, c.id()?);
    let row = UserRecord {
        email: c.text()?,
        name: c.text()?,
        role: decode::named(c, Role::named)?,
        password_hash: c.text()?,
        active: c.bool()?,
        language: c.text_or_null()?,
    };
    tables.access.users.known(key, row);
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

pub(super) fn ask(needs: &AccessNeeds, questions: &mut Questions) {
    let keys = rows(&needs.users, |(tenant, id)| values![*tenant, *id]);
    let sql = concat!(select_user!(), " FROM k CROSS JOIN app_user u WHERE u.tenant = k.tenant AND u.id = k.id");
    questions.ask(&["tenant", "id"], keys, sql, known_user);
    let keys = rows(&needs.emails, |email| values![email]);
    let sql = concat!(select_user!(), " FROM k CROSS JOIN app_user u WHERE u.email = k.email");
    questions.ask(&["email"], keys, sql, known_user);
    let keys = rows(&needs.sessions, |(tenant, id)| values![*tenant, *id]);
    let sql = "SELECT s.tenant, s.id, s.user_id, s.created_at, s.last_used_at, s.ended_at FROM k CROSS JOIN session s \
               WHERE s.tenant = k.tenant AND s.id = k.id";
    questions.ask(&["tenant", "id"], keys, sql, known_session);
    let keys = rows(&needs.signed_in, |(tenant, user)| values![*tenant, *user]);
    let sql = "SELECT s.tenant, s.id, s.user_id, s.created_at, s.last_used_at, s.ended_at FROM k CROSS JOIN session s \
               WHERE s.tenant = k.tenant AND s.user_id = k.user_id AND s.ended_at IS NULL";
    questions.ask(&["tenant", "user_id"], keys, sql, known_session);
    let keys = rows(&needs.tokens, |(tenant, hash)| values![*tenant, hash.to_vec()]);
    let sql = concat!(
        select_user!(),
        ", s.tenant, s.id, s.user_id, s.created_at, s.last_used_at, s.ended_at, t.hash, t.issued_at, t.used_at \
         FROM k INNER JOIN refresh_token t ON t.tenant = k.tenant AND t.hash = k.hash \
         INNER JOIN session s ON s.tenant = t.tenant AND s.id = t.session \
         INNER JOIN app_user u ON u.tenant = s.tenant AND u.id = s.user_id"
    );
    questions.ask(&["tenant", "hash"], keys, sql, |c, tables| {
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
    questions.ask(&["name"], rows(&needs.secrets, |name| values![name]), sql, |c, tables| {
        tables.access.secrets.known(c.text()?, c.blob()?);
        Ok(())
    });
}

pub(super) fn save(access: &Access, writes: &mut Writes) {
    let users = access.users.written().map(|((tenant, id), row)| {
        values![
            *tenant,
            *id,
            &row.email,
            &row.name,
            row.role.name(),
            &row.password_hash,
            row.active,
            row.language.clone(),
        ]
    });
    let columns = &["tenant", "id", "email", "name", "role", "password_hash", "active", "language"];
    let tail = "ON CONFLICT (tenant, id) DO UPDATE SET email = excluded.email, name = excluded.name, role = excluded.role, \
                password_hash = excluded.password_hash, active = excluded.active, language = excluded.language";
    writes.insert("app_user", columns, users.collect(), tail);
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
