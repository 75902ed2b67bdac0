//! Sign-ins: sessions begin, go on by tokens that are used once, and end.

use super::Moment;
use super::job::{Answer, News};
use crate::provision::{NewSession, UserDraft};
use crate::records::{Access, Hash, SessionRecord, TokenRecord, UserRecord};
use dashoffice_domain::Span;
use dashoffice_domain::ids::{SessionId, TenantId, UserId};
use uuid::Uuid;

/// What may be done about sign-ins.
#[derive(Clone, Debug)]
pub(crate) enum AccessChore {
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

impl AccessChore {
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

pub(super) fn judge(access: &mut Access, chore: &AccessChore, moment: Moment) -> Answer {
    let count = match chore {
        AccessChore::Begin { tenant, new } => begin(access, *tenant, new, moment).into(),
        AccessChore::Renew { tenant, presented, successor } => {
            renew(access, *tenant, *presented, *successor, moment).code()
        }
        AccessChore::End { tenant, session } => {
            end(access, *tenant, *session, moment);
            0
        }
        AccessChore::EndAll { tenant, user } => end_all(access, *tenant, *user, moment),
        AccessChore::Activate { tenant, user, active } => activate(access, (*tenant, *user), *active, moment),
        AccessChore::KeepSecret { name, value } => {
            if !access.secrets.has(name) {
                access.secrets.put(name.clone(), value.clone());
            }
            0
        }
    };
    Answer::Count(count)
}

/// False: the password is not the user's any more, or they may not sign in.
fn begin(access: &mut Access, tenant: Uuid, new: &NewSession, moment: Moment) -> bool {
    let user = access.users.get(&(tenant, new.user));
    if !user.is_some_and(|user| user.active && user.password_hash == new.proved.0) {
        return false;
    }
    let now = moment.now;
    let row =
        SessionRecord { user: new.user, created_at: now, last_used_at: now, ended_at: None, network: new.network };
    access.sessions.put((tenant, new.session), row);
    access.tokens.put((tenant, new.token), fresh(new.session, moment));
    true
}

const fn fresh(session: SessionId, moment: Moment) -> TokenRecord {
    TokenRecord { session, issued_at: moment.now, used_at: None }
}

fn renew(access: &mut Access, tenant: Uuid, presented: Hash, successor: Hash, moment: Moment) -> Renewal {
    let now = moment.now;
    let Some(token) = access.tokens.get(&(tenant, presented)).copied() else { return Renewal::Unknown };
    let Some(session) = access.sessions.get(&(tenant, token.session)).copied() else { return Renewal::Unknown };
    let active = access.users.get(&(tenant, session.user)).is_some_and(|user| user.active);
    if session.ended_at.is_some() || !active || now >= token.issued_at.plus(TOKEN_LIVES) {
        return Renewal::Unknown;
    }
    if token.used_at.is_some_and(|used_at| now > used_at.plus(GRACE)) {
        end(access, tenant, token.session, moment);
        return Renewal::Reused;
    }
    if token.used_at.is_none()
        && let Some(token) = access.tokens.change(&(tenant, presented))
    {
        token.used_at = Some(now);
    }
    if let Some(session) = access.sessions.change(&(tenant, token.session)) {
        session.last_used_at = now;
    }
    // It may be there already, and may even have been used since.
    if !access.tokens.has(&(tenant, successor)) {
        access.tokens.put((tenant, successor), fresh(token.session, moment));
    }
    Renewal::Renewed
}

/// False: it had ended before.
fn end(access: &mut Access, tenant: Uuid, session: SessionId, moment: Moment) -> bool {
    if access.sessions.get(&(tenant, session)).is_none_or(|session| session.ended_at.is_some()) {
        return false;
    }
    if let Some(session) = access.sessions.change(&(tenant, session)) {
        session.ended_at = Some(moment.now);
        access.changed.insert((tenant, session.user));
    }
    true
}

/// How many there were.
fn end_all(access: &mut Access, tenant: Uuid, user: UserId, moment: Moment) -> i64 {
    let theirs = access.sessions.iter().filter(|((other, _), session)| *other == tenant && session.user == user);
    let theirs: Vec<SessionId> = theirs.map(|((_, session), _)| *session).collect();
    theirs.into_iter().filter(|session| end(access, tenant, *session, moment)).count() as i64
}

fn activate(access: &mut Access, key: (Uuid, UserId), active: bool, moment: Moment) -> i64 {
    if access.users.get(&key).is_some_and(|user| user.active != active)
        && let Some(user) = access.users.change(&key)
    {
        user.active = active;
        access.changed.insert(key);
    }
    if active { 0 } else { end_all(access, key.0, key.1, moment) }
}

/// Whose rights or sessions were changed since this was asked last.
pub(super) fn news(access: &mut Access) -> Vec<News> {
    let changed = std::mem::take(&mut access.changed);
    changed.into_iter().map(|(tenant, user)| News { users: vec![user], ..News::of(tenant) }).collect()
}

/// Puts a user in, or brings them up to date. An address that somebody else has is refused. Another password ends every session that
/// the old one began, and so does the loss of the right to sign in.
pub(super) fn provision(
    access: &mut Access,
    tenant: TenantId,
    draft: &UserDraft,
    moment: Moment,
) -> Result<(), &'static str> {
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
    if let Some(before) = access.users.get(&key) {
        if before.role != row.role || before.active != row.active {
            access.changed.insert(key);
        }
        if before.password_hash != row.password_hash || !row.active {
            end_all(access, tenant.0, draft.id, moment);
        }
    }
    access.users.put(key, row);
    Ok(())
}
