//! Every look-up that does not begin with a tenant, in one file; a test compares it with [`UNSCOPED`].
//!
//! - `app_by_token`: a webhook's address names an app by its random token, and the app names the tenant.
//! - `tenants`: the supervisors start one tree of actors per tenant of the shards we own.
//!
//! Beside them, in the kernel's port: the scan of due timers and of interrupted sends, by the owner of all shards.

use super::TenantScope;
use crate::Store;
use crate::sql::values;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::ports::{Inbox, ProviderApp, Secret};
use dashoffice_runtime::Unavailable;
use std::sync::Arc;

/// The names of all look-ups in this file.
pub const UNSCOPED: [&str; 2] = ["app_by_token", "tenants"];

/// An app that was found by its token, and what may be done for its tenant.
#[derive(Clone)]
pub struct AppSeen {
    pub scope: TenantScope,
    pub app: ProviderApp,
    pub inbox: Arc<dyn Inbox>,
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
                };
                let sql = "SELECT provider_ref, id FROM number WHERE tenant = $1 AND app = $2 ORDER BY id";
                for row in db.rows(sql, values![tenant, app.id]).await? {
                    let mut c = row.columns();
                    app.numbers.push((c.text()?, c.id()?));
                }
                Ok(Some((tenant, app)))
            })
            .await?;
        Ok(found.map(|(tenant, app)| AppSeen { scope: TenantScope::looked_up(tenant), app, inbox: self.inbox(tenant) }))
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
            ("contacts", include_str!("contacts.rs")),
            ("conversations", include_str!("conversations.rs")),
            ("messages", include_str!("messages.rs")),
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
