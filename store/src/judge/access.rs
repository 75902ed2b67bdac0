//! Sign-ins: sessions begin, go on by tokens that are used once, and end.

use super::Moment;
use super::job::{Answer, Verdict};
use crate::provision::UserDraft;
use crate::records::{Access, Hash, SessionRecord, TokenRecord, UserRecord};
use dashoffice_domain::Span;
use dashoffice_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

/// What may be done about sign-ins.
#[derive(Clone, Debug)]
pub(crate) enum AccessChore {
    Begin {
        tenant: Uuid,
        user: UserId,
        session: SessionId,
        token: Hash,
    },
    /// The presented token is used up, and `successor` takes its place.
    Renew {
        tenant: Uuid,
        presented: Hash,
        successor: Hash,
    },
    End {
        tenant: Uuid,
        session: SessionId,
    },
    /// Kept unless something is kept under this name already.
    KeepSecret {
        name: String,
        value: Vec<u8>,
    },
}

impl AccessChore {
    pub(crate) const fn tenant(&self) -> Uuid {
        match self {
            Self::Begin { tenant, .. } | Self::Renew { tenant, .. } | Self::End { tenant, .. } => *tenant,
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
    /// It was used before: somebody else has it too, so the whole family is revoked.
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

/// Two tabs, or a lost answer: within this a token may come back once.
const GRACE: Span = Span::seconds(10);
/// A token that nobody uses ends after this.
pub(crate) const TOKEN_LIVES: Span = Span::days(30);

pub(super) fn judge(access: &mut Access, chore: &AccessChore, moment: Moment) -> Verdict {
    let count = match chore {
        AccessChore::Begin { tenant, user, session, token } => {
            let now = moment.now;
            let row = SessionRecord { user: *user, created_at: now, last_used_at: now, ended_at: None };
            access.sessions.put((*tenant, *session), row);
            access.tokens.put((*tenant, *token), fresh(*session, moment));
            0
        }
        AccessChore::Renew { tenant, presented, successor } => {
            renew(access, *tenant, *presented, *successor, moment).code()
        }
        AccessChore::End { tenant, session } => {
            end(access, *tenant, *session, moment);
            0
        }
        AccessChore::KeepSecret { name, value } => {
            if !access.secrets.has(name) {
                access.secrets.put(name.clone(), value.clone());
            }
            0
        }
    };
    Verdict::quiet(Answer::Count(count))
}

const fn fresh(session: SessionId, moment: Moment) -> TokenRecord {
    TokenRecord { session, issued_at: moment.now, used_at: None, forgiven: false }
}

fn renew(access: &mut Access, tenant: Uuid, presented: Hash, successor: Hash, moment: Moment) -> Renewal {
    let now = moment.now;
    let Some(token) = access.tokens.get(&(tenant, presented)).copied() else { return Renewal::Unknown };
    let Some(session) = access.sessions.get(&(tenant, token.session)).copied() else { return Renewal::Unknown };
    let active = access.users.get(&(tenant, session.user)).is_some_and(|user| user.active);
    if session.ended_at.is_some() || !active || now >= token.issued_at.plus(TOKEN_LIVES) {
        return Renewal::Unknown;
    }
    if let Some(used_at) = token.used_at
        && (token.forgiven || now > used_at.plus(GRACE))
    {
        end(access, tenant, token.session, moment);
        return Renewal::Reused;
    }
    if let Some(token) = access.tokens.change(&(tenant, presented)) {
        token.forgiven = token.used_at.is_some();
        token.used_at.get_or_insert(now);
    }
    if let Some(session) = access.sessions.change(&(tenant, token.session)) {
        session.last_used_at = now;
    }
    access.tokens.put((tenant, successor), fresh(token.session, moment));
    Renewal::Renewed
}

fn end(access: &mut Access, tenant: Uuid, session: SessionId, moment: Moment) {
    if let Some(session) = access.sessions.change(&(tenant, session)) {
        session.ended_at.get_or_insert(moment.now);
    }
}

/// Puts a user in, or brings them up to date. An address that somebody else has is refused.
pub(super) fn provision(access: &mut Access, tenant: TenantId, draft: &UserDraft) -> Result<(), &'static str> {
    let key = (tenant.0, draft.id);
    let email = draft.email.to_lowercase();
    if access.user_by_email(&email).is_some_and(|other| other != key) {
        return Err("this e-mail address belongs to another user");
    }
    let row = UserRecord {
        email,
        name: draft.name.clone(),
        role: draft.role,
        password_hash: draft.password_hash.0.clone(),
        active: draft.active,
        language: draft.language.clone(),
    };
    access.users.put(key, row);
    Ok(())
}
