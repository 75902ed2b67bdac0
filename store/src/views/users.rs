//! Who signs in, and what the api may know of them. Password hashes leave the store for sign-in alone.

use super::TenantScope;
use crate::sql::{Columns, Error, decode, values};
use crate::{Fixed, Store};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::UserId;
use dashoffice_runtime::Unavailable;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    pub id: UserId,
    pub name: String,
    /// In lower case.
    pub email: String,
    /// Built in; beside a role of the tenant's own, the nearest one that allows no more.
    pub role: Role,
    pub role_id: Option<Uuid>,
    pub active: bool,
    pub language: Option<String>,
    /// Fields that a file holds.
    pub fixed: Vec<&'static str>,
}

/// A user, as [`user`] reads it.
macro_rules! user_columns {
    () => {
        "u.id, u.name, u.email, u.role, u.active, u.language, u.role_id"
    };
}
pub(super) use user_columns;

macro_rules! select_user {
    () => {
        concat!("SELECT ", user_columns!(), " FROM app_user u WHERE u.tenant = $1")
    };
}

impl Store {
    /// By name; at most 500.
    pub async fn users(&self, scope: TenantScope) -> Result<Vec<UserView>, Unavailable> {
        self.reading("reading users", async move |db| {
            let sql = concat!(select_user!(), " ORDER BY u.name, u.id LIMIT 500");
            let (rows, fixed) = (db.rows(sql, values![scope.tenant()]).await?, self.fixed());
            rows.iter().map(|row| user(&mut row.columns(), &fixed, scope)).collect()
        })
        .await
    }

    pub async fn user(&self, scope: TenantScope, id: UserId) -> Result<Option<UserView>, Unavailable> {
        self.reading("reading a user", async move |db| {
            let row = db.row(concat!(select_user!(), " AND u.id = $2"), values![scope.tenant(), id]).await?;
            row.map(|row| user(&mut row.columns(), &self.fixed(), scope)).transpose()
        })
        .await
    }

    /// Whether any session of theirs goes on.
    pub async fn is_signed_in(&self, scope: TenantScope, user: UserId) -> Result<bool, Unavailable> {
        self.reading("reading whether somebody is signed in", async move |db| {
            let sql =
                "SELECT s.id FROM session s WHERE s.tenant = $1 AND s.user_id = $2 AND s.ended_at IS NULL LIMIT 1";
            Ok(db.row(sql, values![scope.tenant(), user]).await?.is_some())
        })
        .await
    }

    /// What the tenant is called.
    pub async fn tenant_name(&self, scope: TenantScope) -> Result<String, Unavailable> {
        self.reading("reading a tenant", async move |db| {
            let row = db.row("SELECT name FROM tenant WHERE id = $1", values![scope.tenant()]).await?;
            row.map_or_else(|| Ok(String::new()), |row| row.columns().text())
        })
        .await
    }
}

pub(super) fn user(c: &mut Columns<'_>, fixed: &Fixed, scope: TenantScope) -> Result<UserView, Error> {
    let id: UserId = c.id()?;
    Ok(UserView {
        id,
        name: c.text()?,
        email: c.text()?,
        role: decode::named(c, Role::named)?,
        active: c.bool()?,
        language: c.text_or_null()?,
        role_id: c.id_or_null()?,
        fixed: fixed.fields(scope.tenant(), id.0),
    })
}
