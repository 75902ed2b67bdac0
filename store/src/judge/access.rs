//! Sign-ins: sessions begin, go on by tokens that are used once, and end.

use super::CommitStamp;
use super::job::Answer;
use crate::provision::NewSession;
use crate::records::{Access, Hash, SessionRecord, Tables, TokenRecord};
use dashoffice_domain::identity::{USER, User};
use dashoffice_domain::ids::{SessionId, UserId};
use dashoffice_domain::record::{Record, Value};
use dashoffice_domain::{Span, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What may be done about sign-ins.
#[derive(Clone, Debug)]
pub(crate) enum AccessWrite {
    /// Answers whether it began.
    Begin {
        tenant: Uuid,
        new: Box<NewSession>,
    },
    /// The presented token is used up, and `successor` takes its place: the same each time this token is presented.
    Renew {
        tenant: Uuid,
        presented: Hash,
        successor: Hash,
    },
    End {
        tenant: Uuid,
        session: SessionId,
    },
    /// Every session of a user that has not ended; answers how many.
    EndAll {
        tenant: Uuid,
        user: UserId,
    },
    /// Whether a user may sign in. Where they no longer may, their sessions end; answers how many.
    Activate {
        tenant: Uuid,
        user: UserId,
        active: bool,
    },
    /// Kept unless something is kept under this name already.
    KeepSecret {
        name: String,
        value: Vec<u8>,
    },
}

impl AccessWrite {
    pub(crate) const fn tenant(&self) -> Uuid {
        match self {
            Self::Begin { tenant, .. }
            | Self::Renew { tenant, .. }
            | Self::End { tenant, .. }
            | Self::EndAll { tenant, .. }
            | Self::Activate { tenant, .. } => *tenant,
            Self::KeepSecret { .. } => Uuid::nil(),
        }
    }
}

/// What came of a presented token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// The session goes on with the successor.
    Renewed,
    /// Nobody's, too old, or of a session that has ended.
    Unknown,
    /// It was used a while ago: somebody else has it too, so the whole family is revoked.
    Reused,
}

impl Renewal {
    const fn code(self) -> i64 {
        match self {
            Self::Renewed => 0,
            Self::Unknown => 1,
            Self::Reused => 2,
        }
    }

    pub(crate) const fn of(code: i64) -> Self {
        match code {
            0 => Self::Renewed,
            2 => Self::Reused,
            _ => Self::Unknown,
        }
    }
}

/// Several tabs, or lost answers: within this after its first use a token may come back, and goes on with the same successor.
const GRACE: Span = Span::seconds(10);
/// A token that nobody uses ends after this.
pub(crate) const TOKEN_LIVES: Span = Span::days(30);

pub(super) fn judge(tables: &mut Tables, admin_write: &AccessWrite, stamp: CommitStamp) -> Answer {
    let count = match admin_write {
        AccessWrite::Begin { tenant, new } => begin(tables, *tenant, new, stamp).into(),
        AccessWrite::Renew { tenant, presented, successor } => {
            renew(tables, *tenant, *presented, *successor, stamp).code()
        }
        AccessWrite::End { tenant, session } => {
            end(tables, *tenant, *session, stamp.now);
            0
        }
        AccessWrite::EndAll { tenant, user } => end_all(tables, *tenant, *user, stamp.now),
        AccessWrite::Activate { tenant, user, active } => activate(tables, (*tenant, *user), *active, stamp),
        AccessWrite::KeepSecret { name, value } => {
            if !tables.access.secrets.has(name) {
                tables.access.secrets.put(name.clone(), value.clone());
            }
            0
        }
    };
    Answer::Count(count)
}

/// False: the password is not the user's any more, or they may not sign in.
fn begin(tables: &mut Tables, tenant: Uuid, new: &NewSession, stamp: CommitStamp) -> bool {
    let user = user(tables, (tenant, new.user));
    if !user.is_some_and(|user| user.active && user.password_hash == new.proved) {
        return false;
    }
    let now = stamp.now;
    let row =
        SessionRecord { user: new.user, created_at: now, last_used_at: now, ended_at: None, network: new.network };
    tables.access.sessions.put((tenant, new.session), row);
    tables.access.tokens.put((tenant, new.token), fresh(new.session, stamp));
    true
}

const fn fresh(session: SessionId, stamp: CommitStamp) -> TokenRecord {
    TokenRecord { session, issued_at: stamp.now, used_at: None }
}

fn renew(tables: &mut Tables, tenant: Uuid, presented: Hash, successor: Hash, stamp: CommitStamp) -> Renewal {
    let now = stamp.now;
    let Some(token) = tables.access.tokens.get(&(tenant, presented)).copied() else { return Renewal::Unknown };
    let Some(session) = tables.access.sessions.get(&(tenant, token.session)).copied() else { return Renewal::Unknown };
    let active = user(tables, (tenant, session.user)).is_some_and(|user| user.active);
    if session.ended_at.is_some() || !active || now >= token.issued_at.plus(TOKEN_LIVES) {
        return Renewal::Unknown;
    }
    if token.used_at.is_some_and(|used_at| now > used_at.plus(GRACE)) {
        end(tables, tenant, token.session, stamp.now);
        return Renewal::Reused;
    }
    if token.used_at.is_none()
        && let Some(token) = tables.access.tokens.change(&(tenant, presented))
    {
        token.used_at = Some(now);
    }
    if let Some(session) = tables.access.sessions.change(&(tenant, token.session)) {
        session.last_used_at = now;
    }
    // It may be there already, and may even have been used since.
    if !tables.access.tokens.has(&(tenant, successor)) {
        tables.access.tokens.put((tenant, successor), fresh(token.session, stamp));
    }
    Renewal::Renewed
}

/// False: it had ended before.
fn end(tables: &mut Tables, tenant: Uuid, session: SessionId, at: Timestamp) -> bool {
    if tables.access.sessions.get(&(tenant, session)).is_none_or(|session| session.ended_at.is_some()) {
        return false;
    }
    if let Some(session) = tables.access.sessions.change(&(tenant, session)) {
        session.ended_at = Some(at);
        tables.access.changed.insert((tenant, session.user));
    }
    true
}

/// How many there were.
fn end_all(tables: &mut Tables, tenant: Uuid, user: UserId, at: Timestamp) -> i64 {
    let theirs = tables.access.sessions.iter().filter(|((other, _), session)| *other == tenant && session.user == user);
    let theirs: Vec<SessionId> = theirs.map(|((_, session), _)| *session).collect();
    theirs.into_iter().filter(|session| end(tables, tenant, *session, at)).count() as i64
}

/// Whether somebody may sign in.
fn activate(tables: &mut Tables, key: (Uuid, UserId), active: bool, stamp: CommitStamp) -> i64 {
    let record_key = (key.0, USER.name, key.1.0);
    if user(tables, key).is_some_and(|user| user.active != active)
        && let (Some(record), Some(place)) = (tables.records.get(&record_key), USER.place("active"))
    {
        let mut record = Record { version: record.version + 1, changed_at: stamp.now, ..record.clone() };
        record.values[place] = Value::Boolean(active);
        tables.records.put(record_key, record);
        tables.access.changed.insert(key);
    }
    if active { 0 } else { end_all(tables, key.0, key.1, stamp.now) }
}

fn user(tables: &Tables, (tenant, id): (Uuid, UserId)) -> Option<User> {
    tables.record(tenant, &USER, id.0).and_then(User::of)
}

/// Those of the tenant whose rights or sessions were changed since this was asked last.
pub(super) fn changed(access: &mut Access, tenant: Uuid) -> Vec<UserId> {
    let (mine, others): (BTreeSet<_>, BTreeSet<_>) =
        std::mem::take(&mut access.changed).into_iter().partition(|(of, _)| *of == tenant);
    access.changed = others;
    mine.into_iter().map(|(_, user)| user).collect()
}

/// What follows from a change of a user's record: another password ends every session that the old one began, and so does the loss of
/// the right to sign in.
pub(super) fn follow(tables: &mut Tables, key: (Uuid, UserId), before: Option<&Record>, at: Timestamp) {
    let (Some(before), Some(after)) = (before.and_then(User::of), user(tables, key)) else { return };
    if before.role != after.role || before.role_id != after.role_id || before.active != after.active {
        tables.access.changed.insert(key);
    }
    if before.password_hash != after.password_hash || !after.active {
        end_all(tables, key.0, key.1, at);
    }
}
