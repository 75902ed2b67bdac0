//! People, and what they are known by.

use super::page::to_read;
use super::{Cursor, Page, TenantScope};
use crate::Store;
use crate::sql::{Error, decode, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::contact::Identifier;
use dashoffice_domain::ids::ContactId;
use dashoffice_runtime::Unavailable;
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    pub id: ContactId,
    pub name: Option<String>,
    pub seen_at: Timestamp,
    /// The strongest first.
    pub identifiers: Vec<Identifier>,
}

impl Store {
    /// Who was seen last comes first; `after` is where the last page ended. Identifiers are not read for a list.
    pub async fn contacts(
        &self,
        scope: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ContactView>, Unavailable> {
        self.reading("reading contacts", async move |db| {
            let (mut sql, mut args) =
                (String::from("SELECT id, name, seen_at FROM contact WHERE tenant = $1"), values![scope.tenant()]);
            args.push(to_read(limit).into());
            if let Some(after) = after {
                args.extend(values![Timestamp(after.key), after.id]);
                sql.push_str(" AND (seen_at, id) < ($3, $4)");
            }
            sql.push_str(" ORDER BY seen_at DESC, id DESC LIMIT $2");
            let mut found = Vec::new();
            for row in db.rows(sql, args).await? {
                let mut c = row.columns();
                let (id, name, seen_at) = (c.id()?, c.text_or_null()?, c.time()?);
                found.push(ContactView { id, name, seen_at, identifiers: Vec::new() });
            }
            Ok(Page::cut(found, limit, |contact| Cursor { key: contact.seen_at.0, id: contact.id.0 }))
        })
        .await
    }

    /// A contact with everything it is known by, on whichever number.
    pub async fn contact(&self, scope: TenantScope, id: ContactId) -> Result<Option<ContactView>, Unavailable> {
        self.reading("reading a contact", async move |db| {
            let sql = "SELECT name, seen_at FROM contact WHERE tenant = $1 AND id = $2";
            let Some(row) = db.row(sql, values![scope.tenant(), id]).await? else { return Ok(None) };
            let mut c = row.columns();
            let (name, seen_at) = (c.text_or_null()?, c.time()?);
            let sql = "SELECT kind, value FROM address WHERE tenant = $1 AND contact = $2";
            let known = db.rows(sql, values![scope.tenant(), id]).await?;
            let known = known.iter().map(|row| decode::identifier(&mut row.columns()));
            let identifiers = known.collect::<Result<BTreeSet<_>, Error>>()?.into_iter().collect();
            Ok(Some(ContactView { id, name, seen_at, identifiers }))
        })
        .await
    }
}
