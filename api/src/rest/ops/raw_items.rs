//! What was kept raw: unmatched webhooks, which belong to no number of ours, what a number got and was not fully understood, and news of the account.

use super::{Paged, bytes};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::cursor;
use crate::rest::input::{Params, Place};
use crate::shape::{List, RawItem};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use dashoffice_store::views::DeadLetterList;

/// What belongs to no number of ours, newest first.
#[utoipa::path(get, path = "/ops/strays", tag = "ops", params(Paged),
    responses((status = 200, body = List<RawItem>), (status = 422)))]
pub(crate) async fn strays(
    State(api): State<Api>,
    signed: Signed,
    Params(paged): Params<Paged>,
) -> Result<Json<List<RawItem>>, Problem> {
    list(&api, &signed, DeadLetterList::Unmatched, "ops/strays", paged).await
}

/// What was not fully understood, newest first.
#[utoipa::path(get, path = "/ops/raw-items", tag = "ops", params(Paged),
    responses((status = 200, body = List<RawItem>), (status = 422)))]
pub(crate) async fn raw_items(
    State(api): State<Api>,
    signed: Signed,
    Params(paged): Params<Paged>,
) -> Result<Json<List<RawItem>>, Problem> {
    list(&api, &signed, DeadLetterList::UnparsedItems, "ops/raw-items", paged).await
}

/// News of the account and its numbers, newest first; the reason is their kind, by the provider's own name.
#[utoipa::path(get, path = "/ops/account-news", tag = "ops", params(Paged),
    responses((status = 200, body = List<RawItem>), (status = 422)))]
pub(crate) async fn account_news(
    State(api): State<Api>,
    signed: Signed,
    Params(paged): Params<Paged>,
) -> Result<Json<List<RawItem>>, Problem> {
    list(&api, &signed, DeadLetterList::AccountNews, "ops/account-news", paged).await
}

async fn list(
    api: &Api,
    signed: &Signed,
    of: DeadLetterList,
    query: &'static str,
    paged: Paged,
) -> Result<Json<List<RawItem>>, Problem> {
    let (before, limit) = paged.read(query)?;
    let page = api.store().unparsed_items(signed.scope, of, before, limit).await?;
    let items = page.rows.iter().map(RawItem::from).collect();
    Ok(Json(List { items, next_cursor: page.next.map(|next| cursor::encode(next, query)) }))
}

/// What came in, byte for byte.
#[utoipa::path(get, path = "/ops/strays/{id}/raw", tag = "ops", params(("id" = i64, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn stray_raw(State(api): State<Api>, signed: Signed, Place(id): Place) -> Result<Response, Problem> {
    bytes(&api, &signed, DeadLetterList::Unmatched, id).await
}

/// What came in, byte for byte.
#[utoipa::path(get, path = "/ops/raw-items/{id}/raw", tag = "ops", params(("id" = i64, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn raw_item_raw(
    State(api): State<Api>,
    signed: Signed,
    Place(id): Place,
) -> Result<Response, Problem> {
    bytes(&api, &signed, DeadLetterList::UnparsedItems, id).await
}

/// What came in, byte for byte.
#[utoipa::path(get, path = "/ops/account-news/{id}/raw", tag = "ops", params(("id" = i64, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn account_news_raw(
    State(api): State<Api>,
    signed: Signed,
    Place(id): Place,
) -> Result<Response, Problem> {
    bytes(&api, &signed, DeadLetterList::AccountNews, id).await
}
