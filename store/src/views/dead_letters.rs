//! What was put aside, for operators: dead letters, unmatched webhooks, and what was not fully understood. Bytes go out by id alone.

use super::page::to_read;
use super::{Cursor, Page, TenantScope};
use crate::Store;
use crate::sql::{Columns, Error, decode, values};
use dashoffice_domain::ids::{AppId, NumberId};
use dashoffice_domain::{Entity, Timestamp};
use dashoffice_runtime::Unavailable;
use uuid::Uuid;

/// Where things are put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterList {
    /// Items whose handling failed, or which nobody could place.
    DeadLetters,
    /// What belongs to no number of ours.
    Unmatched,
    /// What a number of ours got and was not fully understood; it was shown as far as it was.
    UnparsedItems,
    /// News of an account or a number of ours, of kinds that are known by name.
    AccountNews,
}

impl DeadLetterList {
    /// Where it lies, and since when.
    const fn table(self) -> (&'static str, &'static str) {
        match self {
            Self::DeadLetters => ("dead_letter d WHERE d.tenant = $1", "d.parked_at"),
            Self::Unmatched => ("raw_item d WHERE d.tenant = $1 AND d.number IS NULL AND d.news IS NULL", "d.kept_at"),
            Self::UnparsedItems => {
                ("raw_item d WHERE d.tenant = $1 AND d.number IS NOT NULL AND d.news IS NULL", "d.kept_at")
            }
            Self::AccountNews => ("raw_item d WHERE d.tenant = $1 AND d.news IS NOT NULL", "d.kept_at"),
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::DeadLetters => "d.position",
            Self::Unmatched | Self::UnparsedItems | Self::AccountNews => "d.id",
        }
    }
}

/// An item that was put aside, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterView {
    /// Its position in the inbox.
    pub id: i64,
    pub number: Option<NumberId>,
    pub entity: Option<Entity>,
    pub reason: String,
    /// May quote what was in it.
    pub detail: String,
    pub size_bytes: i64,
    pub tries: i64,
    pub correlation: Uuid,
    pub received_at: Timestamp,
    pub parked_at: Timestamp,
}

/// A raw item without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnparsedItemView {
    pub id: i64,
    /// `None`: an unmatched webhook.
    pub number: Option<NumberId>,
    /// The app it came to; `None`: it was kept before that was noted.
    pub app: Option<AppId>,
    /// The provider's id of the number, where there was one.
    pub number_ref: Option<String>,
    /// Of news of the account: the provider's id of it.
    pub account_ref: Option<String>,
    pub reason: String,
    /// It is delivered when its number is connected.
    pub is_deliverable: bool,
    pub size_bytes: i64,
    pub kept_at: Timestamp,
}

/// How much lies aside for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heap {
    pub reason: String,
    pub count: i64,
    pub size_bytes: i64,
    pub oldest_at: Option<Timestamp>,
}

impl Store {
    /// Newest first; the cursor's key is an id.
    pub async fn dead_letters(
        &self,
        scope: TenantScope,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<DeadLetterView>, Unavailable> {
        self.reading("reading dead letters", async move |db| {
            let sql = "SELECT d.position, d.number, d.entity_kind, d.entity_id, d.reason, d.detail, \
                       CAST(length(d.raw) AS BIGINT), d.tries, d.correlation, d.received_at, d.parked_at \
                       FROM dead_letter d WHERE d.tenant = $1 AND d.position < $2 ORDER BY d.position DESC LIMIT $3";
            let args = values![scope.tenant(), before.map_or(i64::MAX, |cursor| cursor.key), to_read(limit)];
            let rows = db.rows(sql, args).await?;
            let rows = rows.iter().map(|row| dead_letter(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
            Ok(Page::cut(rows, limit, |row| at(row.id)))
        })
        .await
    }

    /// Strays, what was not fully understood, or news of the account, newest first; the cursor's key is an id.
    pub async fn unparsed_items(
        &self,
        scope: TenantScope,
        of: DeadLetterList,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<UnparsedItemView>, Unavailable> {
        self.reading("reading raw items", async move |db| {
            let (from, _) = of.table();
            let sql = format!(
                "SELECT d.id, d.number, d.app, d.number_ref, d.account_ref, d.reason, d.item_key, \
                 CAST(length(d.raw) AS BIGINT), d.kept_at FROM {from} AND d.id < $2 ORDER BY d.id DESC LIMIT $3"
            );
            let args = values![scope.tenant(), before.map_or(i64::MAX, |cursor| cursor.key), to_read(limit)];
            let rows = db.rows(sql, args).await?;
            let rows = rows.iter().map(|row| unparsed_item(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
            Ok(Page::cut(rows, limit, |row| at(row.id)))
        })
        .await
    }

    /// How much lies on a heap, by reason, the most first; at most 100 reasons.
    pub async fn heaps(&self, scope: TenantScope, aside: DeadLetterList) -> Result<Vec<Heap>, Unavailable> {
        self.reading("counting what was put aside", async move |db| {
            let (from, since) = aside.table();
            let sql = format!(
                "SELECT d.reason, count(*), CAST(sum(length(d.raw)) AS BIGINT), min({since}) FROM {from} \
                 GROUP BY d.reason ORDER BY 2 DESC, d.reason LIMIT 100"
            );
            let rows = db.rows(sql, values![scope.tenant()]).await?;
            let heap = |c: &mut Columns<'_>| {
                Ok(Heap { reason: c.text()?, count: c.int()?, size_bytes: c.int()?, oldest_at: c.time_or_null()? })
            };
            rows.iter().map(|row| heap(&mut row.columns())).collect()
        })
        .await
    }

    /// The bytes themselves: what a customer said may be in them.
    pub async fn raw_bytes(
        &self,
        scope: TenantScope,
        aside: DeadLetterList,
        id: i64,
    ) -> Result<Option<Vec<u8>>, Unavailable> {
        self.reading("reading raw bytes", async move |db| {
            let ((from, _), key) = (aside.table(), aside.id());
            let row = db.row(format!("SELECT d.raw FROM {from} AND {key} = $2"), values![scope.tenant(), id]).await?;
            row.map(|row| row.columns().blob()).transpose()
        })
        .await
    }
}

const fn at(id: i64) -> Cursor {
    Cursor { key: id, id: Uuid::nil() }
}

fn dead_letter(c: &mut Columns<'_>) -> Result<DeadLetterView, Error> {
    Ok(DeadLetterView {
        id: c.int()?,
        number: c.id_or_null()?,
        entity: decode::known_entity_or_null(c)?,
        reason: c.text()?,
        detail: c.text()?,
        size_bytes: c.int()?,
        tries: c.int()?,
        correlation: c.id()?,
        received_at: c.time()?,
        parked_at: c.time()?,
    })
}

fn unparsed_item(c: &mut Columns<'_>) -> Result<UnparsedItemView, Error> {
    let (id, number, app, number_ref) = (c.int()?, c.id_or_null::<NumberId>()?, c.id_or_null()?, c.text_or_null()?);
    let (account_ref, reason, item_key) = (c.text_or_null()?, c.text()?, c.text_or_null()?);
    let is_deliverable = number.is_none() && item_key.is_some();
    Ok(UnparsedItemView {
        id,
        number,
        app,
        number_ref,
        account_ref,
        reason,
        is_deliverable,
        size_bytes: c.int()?,
        kept_at: c.time()?,
    })
}
