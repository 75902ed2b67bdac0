//! People, and what they are known by. Whoever may see none of their conversations does not see them.

use super::conversations::known_as;
use super::page::to_read;
use super::visibility::{Query, Side};
use super::{Cursor, Page, Shown, TenantScope, Visibility};
use crate::Store;
use crate::sql::{Columns, Connection, Error, decode, values};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::marketing::Marketing;
use dashoffice_domain::ids::{ContactId, NumberId};
use dashoffice_runtime::Unavailable;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactView {
    pub id: ContactId,
    pub name: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// On whichever number, what is theirs today; the strongest first.
    pub identifiers: Vec<Identifier>,
    /// What they said about marketing, the last word for each number.
    pub marketing: Vec<MarketingView>,
}

/// What a customer said about marketing of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketingView {
    pub number: NumberId,
    pub wants: Marketing,
    pub said_at: Timestamp,
}

impl Store {
    /// Who was seen last comes first; `q` is words of a name or `@name`, or digits of an identifier.
    pub async fn contacts(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        q: Option<&str>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Shown<Page<ContactView>>, Unavailable> {
        self.showing("reading contacts", scope, async |db| {
            let mut query = people(db, scope, visibility, None).await?;
            if let Some(q) = q {
                known_as(&mut query, "p.id", q);
            }
            if let Some(after) = after {
                query.and(" AND (p.seen_at, p.id) < (?, ?)", values![Timestamp(after.key), after.id]);
            }
            query.and(" ORDER BY p.seen_at DESC, p.id DESC LIMIT ?", values![to_read(limit)]);
            let found = read(query, db, scope).await?;
            Ok(Page::cut(found, limit, |contact| Cursor { key: contact.seen_at.0, id: contact.id.0 }))
        })
        .await
    }

    /// A contact, if they are there and `visibility` shows a conversation of theirs.
    pub async fn contact(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        id: ContactId,
    ) -> Result<Shown<Option<ContactView>>, Unavailable> {
        self.showing("reading a contact", scope, async |db| {
            let query = people(db, scope, visibility, Some(id)).await?;
            Ok(read(query, db, scope).await?.pop())
        })
        .await
    }
}

/// Those of the given contacts that are there, whoever knows them.
pub(super) async fn these(
    db: &mut Connection,
    scope: TenantScope,
    ids: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<ContactView>, Error> {
    let keys = ids.into_iter().map(|id| values![scope.tenant(), id]).collect();
    let sql = "SELECT p.id, p.name, p.username, p.created_at, p.seen_at, a.kind, a.value \
               FROM k INNER JOIN contact p ON p.tenant = k.tenant AND p.id = k.id \
               LEFT JOIN address a ON a.tenant = p.tenant AND a.contact = p.id AND a.retired_at IS NULL";
    let mut found: BTreeMap<ContactId, ContactView> = BTreeMap::new();
    for row in db.rows_with(&["tenant", "id"], keys, sql).await? {
        let mut c = row.columns();
        let contact = head(&mut c)?;
        let contact = found.entry(contact.id).or_insert(contact);
        if !c.is_null()? {
            contact.identifiers.push(decode::identifier(&mut c)?);
        }
    }
    let mut found: Vec<ContactView> = found.into_values().collect();
    for contact in &mut found {
        contact.identifiers.sort_unstable();
        contact.identifiers.dedup();
    }
    choices(db, scope, &mut found).await?;
    Ok(found)
}

/// A contact as the first five columns of [`people`] say, not knowing yet what they are known by.
fn head(c: &mut Columns<'_>) -> Result<ContactView, Error> {
    Ok(ContactView {
        id: c.id()?,
        name: c.text_or_null()?,
        username: c.text_or_null()?,
        created_at: c.time()?,
        seen_at: c.time()?,
        identifiers: Vec::new(),
        marketing: Vec::new(),
    })
}

/// Contacts `p` as [`head`] reads them, or the one contact: those of whom `visibility` shows a conversation. These conversations are few
/// beside all contacts of a tenant, so they come first.
async fn people(
    db: &mut Connection,
    scope: TenantScope,
    visibility: Visibility,
    one: Option<ContactId>,
) -> Result<Query, Error> {
    let mut query = Query::of("SELECT p.id, p.name, p.username, p.created_at, p.seen_at FROM ", scope);
    if visibility == Visibility::All {
        query.and("contact p WHERE p.tenant = $1", Vec::new());
    } else {
        for (side, before) in [(Side::Open, "("), (Side::Closed, " UNION ")] {
            query.and(before, Vec::new());
            query.and("SELECT c.contact FROM conversation c WHERE c.tenant = $1", Vec::new());
            query.seen_on(side, db, scope, visibility).await?;
            if let Some(id) = one {
                query.and(" AND c.contact = ?", values![id]);
            }
        }
        query.and(") k CROSS JOIN contact p WHERE p.tenant = $1 AND p.id = k.contact", Vec::new());
    }
    if let Some(id) = one {
        query.and(" AND p.id = ?", values![id]);
    }
    Ok(query)
}

async fn read(query: Query, db: &mut Connection, scope: TenantScope) -> Result<Vec<ContactView>, Error> {
    let mut found = Vec::new();
    for row in query.rows(db).await? {
        found.push(head(&mut row.columns())?);
    }
    let keys = found.iter().map(|contact| values![scope.tenant(), contact.id]).collect();
    let sql = "SELECT a.contact, a.kind, a.value FROM k CROSS JOIN address a WHERE a.tenant = k.tenant AND a.contact = k.id \
         AND a.retired_at IS NULL";
    let mut known: BTreeMap<ContactId, BTreeSet<Identifier>> = BTreeMap::new();
    for row in db.rows_with(&["tenant", "id"], keys, sql).await? {
        let mut c = row.columns();
        known.entry(c.id()?).or_default().insert(decode::identifier(&mut c)?);
    }
    for contact in &mut found {
        contact.identifiers = known.remove(&contact.id).unwrap_or_default().into_iter().collect();
    }
    choices(db, scope, &mut found).await?;
    Ok(found)
}

/// What the contacts said about marketing: known by several names on a number, the last word counts. What is said under a name that
/// they left is somebody else's.
async fn choices(db: &mut Connection, scope: TenantScope, found: &mut [ContactView]) -> Result<(), Error> {
    let keys = found.iter().map(|contact| values![scope.tenant(), contact.id]).collect();
    let sql = "SELECT a.contact, c.number, c.wants, c.said_at FROM k CROSS JOIN address a CROSS JOIN marketing_choice c \
               WHERE a.tenant = k.tenant AND a.contact = k.id AND c.tenant = a.tenant AND c.number = a.number \
               AND c.kind = a.kind AND c.value = a.value AND (a.retired_at IS NULL OR c.said_at <= a.retired_at)";
    let mut said: BTreeMap<(ContactId, NumberId), MarketingView> = BTreeMap::new();
    for row in db.rows_with(&["tenant", "id"], keys, sql).await? {
        let mut c = row.columns();
        let (contact, number): (ContactId, NumberId) = (c.id()?, c.id()?);
        let view = MarketingView { number, wants: decode::named(&mut c, Marketing::named)?, said_at: c.time()? };
        let last = said.entry((contact, number)).or_insert(view);
        if view.said_at > last.said_at {
            *last = view;
        }
    }
    for contact in found {
        let mine = said.range((contact.id, NumberId(Uuid::nil()))..=(contact.id, NumberId(Uuid::max())));
        contact.marketing = mine.map(|(_, view)| *view).collect();
    }
    Ok(())
}
