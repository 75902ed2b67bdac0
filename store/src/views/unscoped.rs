//! Every look-up that does not begin with a tenant, in one file; a test compares it with [`UNSCOPED`].
//!
//! - `app_by_token`: a webhook's address names an app by its random token, and the app names the tenant.
//! - `user_by_email`: somebody signs in; addresses are unique over all tenants.
//! - `signing_in`: the same, with what is known of where they come from.
//! - `session`: a token that we signed ourselves names a session, which must still be there and not ended.
//! - `session_by_refresh_token`: a refresh token is random, and its hash names its session.
//! - `secret`: of the house, and of no tenant.
//! - `tenants`: the supervisors start one tree of actors per tenant of the shards we own.
//!
//! Beside them, in the kernel's port: the scan of due timers and of interrupted sends, by the owner of all shards; and
//! in [`crate::examine`], what the doctor counts over all tenants.

use super::TenantScope;
use crate::Store;
use crate::sql::{Columns, Error, decode, values};
use dashoffice_domain::identity::{Permissions, Role, allowed_by};
use dashoffice_domain::ids::{SessionId, TenantId, UserId};
use dashoffice_domain::ports::{ProviderApp, Refuge, Secret};
use dashoffice_runtime::Unavailable;
use std::sync::Arc;

/// The names of all look-ups in this file.
pub const UNSCOPED: [&str; 7] =
    ["app_by_token", "user_by_email", "signing_in", "session", "session_by_refresh_token", "secret", "tenants"];

macro_rules! select_session {
    () => {
        "SELECT s.tenant, s.id, s.user_id, u.role, \
         (SELECT r.permissions FROM role r WHERE r.tenant = u.tenant AND r.id = u.role_id), u.active, s.ended_at \
         FROM session s INNER JOIN app_user u ON u.tenant = s.tenant AND u.id = s.user_id"
    };
}

macro_rules! select_sign_in {
    () => {
        "SELECT u.tenant, u.id, u.role, u.password_hash, u.active"
    };
}

/// An app that was found by its token, and what may be done for its tenant.
#[derive(Clone)]
pub struct AppSeen {
    pub scope: TenantScope,
    pub app: ProviderApp,
    pub inbox: Arc<dyn Refuge>,
}

/// Somebody who may be signing in: what their password is compared with.
#[derive(Clone)]
pub struct SignInSeen {
    pub scope: TenantScope,
    pub user: UserId,
    pub role: Role,
    pub password_hash: Secret,
    pub active: bool,
}

/// A session that is there, with whose it is today.
#[derive(Clone, Debug)]
pub struct SessionSeen {
    pub scope: TenantScope,
    pub session: SessionId,
    pub user: UserId,
    /// Built in.
    pub role: Role,
    /// What they may do: by the tenant's own role, if they have one.
    pub permissions: Permissions,
    /// Neither it nor its user has been ended.
    pub live: bool,
}

impl Store {
    /// The app whose webhooks come to the address with this token.
    pub async fn app_by_token(&self, url_token: &str) -> Result<Option<AppSeen>, Unavailable> {
        let found = self
            .reading("looking up an app", async |db| {
                let sql =
                    "SELECT tenant, id, provider, app_secret, verify_token FROM provider_app WHERE url_token = $1";
                let Some(row) = db.row(sql, values![url_token]).await? else { return Ok(None) };
                let mut c = row.columns();
                let tenant: TenantId = c.id()?;
                let mut app = ProviderApp {
                    id: c.id()?,
                    provider: c.text()?,
                    app_secret: Secret(c.text()?),
                    verify_token: Secret(c.text()?),
                    numbers: Vec::new(),
                    without_account: Vec::new(),
                    accounts: Vec::new(),
                };
                let sql = "SELECT provider_ref, id, account_ref FROM number WHERE tenant = $1 AND app = $2 ORDER BY id";
                for row in db.rows(sql, values![tenant, app.id]).await? {
                    let mut c = row.columns();
                    let (provider_ref, id) = (c.text()?, c.id()?);
                    app.numbers.push((provider_ref, id));
                    match c.text_or_null()? {
                        None => app.without_account.push(id),
                        Some(account) if app.accounts.contains(&account) => {}
                        Some(account) => app.accounts.push(account),
                    }
                }
                Ok(Some((tenant, app)))
            })
            .await?;
        Ok(found.map(|(tenant, app)| AppSeen { scope: TenantScope::looked_up(tenant), app, inbox: self.inbox(tenant) }))
    }

    /// Whoever has this e-mail address, in whatever case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<SignInSeen>, Unavailable> {
        self.reading("looking up a user", async |db| {
            let sql = concat!(select_sign_in!(), " FROM app_user u WHERE u.email = $1");
            let row = db.row(sql, values![email.to_lowercase()]).await?;
            row.map(|row| who_signs_in(&mut row.columns())).transpose()
        })
        .await
    }

    /// Whoever has this e-mail address, and whether a session of theirs, of the last weeks, began in this network. One look-up, so that it
    /// takes as long whether or not anybody has the address.
    pub async fn signing_in(
        &self,
        email: &str,
        network: Option<[u8; 32]>,
    ) -> Result<Option<(SignInSeen, bool)>, Unavailable> {
        self.reading("looking up who signs in", async |db| {
            let sql = concat!(
                select_sign_in!(),
                ", (SELECT s.id FROM session s WHERE s.tenant = u.tenant AND s.user_id = u.id AND s.network = $1 LIMIT 1) \
                 FROM app_user u WHERE u.email = $2"
            );
            let row = db.row(sql, values![network.map(|network| network.to_vec()), email.to_lowercase()]).await?;
            row.map(|row| {
                let mut c = row.columns();
                Ok((who_signs_in(&mut c)?, !c.is_null()?))
            })
            .transpose()
        })
        .await
    }

    /// The session that a token of ours names.
    pub async fn session(&self, tenant: TenantId, session: SessionId) -> Result<Option<SessionSeen>, Unavailable> {
        self.reading("looking up a session", async |db| {
            let sql = concat!(select_session!(), " WHERE s.tenant = $1 AND s.id = $2");
            let row = db.row(sql, values![tenant, session]).await?;
            row.map(|row| seen(&mut row.columns())).transpose()
        })
        .await
    }

    /// The session that a refresh token belongs to; `hash` is its SHA-256.
    pub async fn session_by_refresh_token(&self, hash: [u8; 32]) -> Result<Option<SessionSeen>, Unavailable> {
        self.reading("looking up a session", async |db| {
            let sql = concat!(
                select_session!(),
                " INNER JOIN refresh_token t ON t.tenant = s.tenant AND t.session = s.id WHERE t.hash = $1"
            );
            let row = db.row(sql, values![hash.to_vec()]).await?;
            row.map(|row| seen(&mut row.columns())).transpose()
        })
        .await
    }

    /// A secret of the house, if it is kept.
    pub async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.reading("reading a secret", async |db| {
            let row = db.row("SELECT value FROM secret WHERE name = $1", values![name]).await?;
            row.map(|row| row.columns().blob()).transpose()
        })
        .await
    }

    /// Every tenant, with the right to read it.
    pub async fn tenants(&self) -> Result<Vec<TenantScope>, Unavailable> {
        self.reading("reading tenants", async |db| {
            let rows = db.rows("SELECT id FROM tenant ORDER BY id", Vec::new()).await?;
            rows.iter().map(|row| Ok(TenantScope::looked_up(row.columns().id()?))).collect()
        })
        .await
    }
}

fn who_signs_in(c: &mut Columns<'_>) -> Result<SignInSeen, Error> {
    Ok(SignInSeen {
        scope: TenantScope::looked_up(c.id()?),
        user: c.id()?,
        role: decode::named(c, Role::named)?,
        password_hash: Secret(c.text()?),
        active: c.bool()?,
    })
}

fn seen(c: &mut Columns<'_>) -> Result<SessionSeen, Error> {
    let (tenant, session, user) = (c.id()?, c.id()?, c.id()?);
    let role = decode::named(c, Role::named)?;
    let permissions = if c.is_null()? {
        c.skip(1);
        role.permissions()
    } else {
        allowed_by(&decode::json::<Vec<String>>(c)?)
    };
    let (active, ended) = (c.bool()?, c.time_or_null()?.is_some());
    Ok(SessionSeen { scope: TenantScope::looked_up(tenant), session, user, role, permissions, live: active && !ended })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_the_list_of_unscoped_lookups_is_complete() {
        let source = include_str!("unscoped.rs");
        let code = source.split("#[cfg(test)]").next().unwrap();
        let found: Vec<&str> = code
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub async fn "))
            .filter_map(|rest| rest.split('(').next())
            .collect();
        assert_eq!(found, UNSCOPED);
        for name in UNSCOPED {
            assert!(code.contains(&format!("//! - `{name}`")), "{name} is told about at the top of the file");
        }
    }

    #[test]
    fn c6_no_other_view_does_without_a_scope() {
        let views = [
            ("dead_letters", include_str!("dead_letters.rs")),
            ("contacts", include_str!("contacts.rs")),
            ("conversations", include_str!("conversations.rs")),
            ("directory", include_str!("directory.rs")),
            ("history", include_str!("history.rs")),
            ("messages", include_str!("messages.rs")),
            ("results", include_str!("results.rs")),
            ("set_up", include_str!("set_up.rs")),
            ("users", include_str!("users.rs")),
            ("who", include_str!("who.rs")),
        ];
        for (name, source) in views {
            let signatures = source.split("pub async fn ").skip(1).map(|rest| rest.split('{').next().unwrap());
            for signature in signatures {
                assert!(signature.contains("scope: TenantScope"), "{name}: {signature}");
            }
            assert!(!source.contains("looked_up"), "{name} makes no scope of its own");
        }
    }
}
