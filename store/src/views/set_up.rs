//! Everything that is set up for a tenant, secrets and all: for whoever declares it, and compares before anything is written.

use super::TenantScope;
use super::visibility::queues;
use crate::provision::{Provision, UserDraft};
use crate::sql::{Columns, Connection, Error, decode, values};
use crate::store::number;
use crate::{Fixed, Store};
use dashoffice_domain::identity::{Role, allowed_by};
use dashoffice_domain::ports::Secret;
use dashoffice_runtime::Unavailable;

impl Store {
    /// What is set up for the tenant, as the orders that would make it so.
    pub async fn set_up(&self, scope: TenantScope) -> Result<Vec<Provision>, Unavailable> {
        self.reading("reading what is set up", async |db| db.together(async |db| all(db, scope).await).await).await
    }

    /// From now on a file holds these fields, and no others.
    pub fn fixes(&self, fixed: Fixed) {
        self.fixed_place().set(fixed);
    }
}

async fn all(db: &mut Connection, scope: TenantScope) -> Result<Vec<Provision>, Error> {
    let tenant = scope.tenant();
    let mut there = Vec::new();
    if let Some(row) = db.row("SELECT name FROM tenant WHERE id = $1", values![tenant]).await? {
        there.push(Provision::Tenant { id: tenant, name: row.columns().text()? });
    }
    let sql =
        "SELECT id, provider, app_secret, verify_token, url_token FROM provider_app WHERE tenant = $1 ORDER BY id";
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        let (id, provider) = (c.id()?, c.text()?);
        let [app_secret, verify_token, url_token] = [Secret(c.text()?), Secret(c.text()?), Secret(c.text()?)];
        there.push(Provision::App { tenant, id, provider, app_secret, verify_token, url_token });
    }
    let settings = queues(db, scope).await?;
    there.extend(settings.into_iter().map(|settings| Provision::Queue { tenant, settings }));
    let sql = "SELECT n.app, n.id, a.provider, n.display_name, n.display_phone_number, n.queue, n.provider_ref, \
               n.access_token, n.api_base, n.marketing_messages, n.account_ref FROM number n \
               INNER JOIN provider_app a ON a.tenant = n.tenant AND a.id = n.app WHERE n.tenant = $1 ORDER BY n.id";
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        let (app, number) = (c.id()?, number(&mut c)?);
        there.push(Provision::Number { tenant, app, number });
    }
    for row in db.rows("SELECT id, capacity_units FROM agent WHERE tenant = $1 ORDER BY id", values![tenant]).await? {
        let mut c = row.columns();
        there.push(Provision::Agent { tenant, id: c.id()?, capacity_units: c.int()? });
    }
    let sql = "SELECT u.id, u.email, u.name, u.role, u.password_hash, u.active, u.language, r.name, r.permissions \
               FROM app_user u LEFT JOIN role r ON r.tenant = u.tenant AND r.id = u.role_id WHERE u.tenant = $1 ORDER BY u.id";
    for row in db.rows(sql, values![tenant]).await? {
        let mut c = row.columns();
        let (id, email, name) = (c.id()?, c.text()?, c.text()?);
        let role = decode::named(&mut c, Role::named)?;
        let (password_hash, active, language) = (Secret(c.text()?), c.bool()?, c.text_or_null()?);
        // Whoever declares one that is built in declares another one than this.
        let role = if c.is_null()? { role } else { own_role(&mut c)? };
        let user = UserDraft { id, email, name, role, password_hash, active, language };
        there.push(Provision::User { tenant, user });
    }
    Ok(there)
}

fn own_role(c: &mut Columns<'_>) -> Result<Role, Error> {
    let (name, permissions) = (c.text()?, decode::json::<Vec<String>>(c)?);
    Ok(Role::read(name, allowed_by(&permissions)).unwrap_or_else(|built_in| built_in))
}
