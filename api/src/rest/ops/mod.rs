//! What an operator looks at: what was put aside, and why. Lists tell how much; bytes go out one by one, to administrators.

pub(super) mod dead_letters;
pub(super) mod jobs;
pub(super) mod raw_items;

use super::cursor;
use super::input::limit;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Heap, PutAside};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use dashoffice_store::views::{Cursor, DeadLetterList};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paged {
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl Paged {
    /// Where the page of the list `of` begins, and how long it is.
    fn read(self, of: &str) -> Result<(Option<Cursor>, u32), Problem> {
        let before = self.cursor.map(|cursor| cursor::decode(&cursor, of)).transpose()?;
        Ok((before, limit(self.limit)?))
    }
}

/// How much lies aside, by reason.
#[utoipa::path(get, path = "/ops/put-aside", tag = "ops",
    responses((status = 200, body = PutAside)))]
pub(super) async fn put_aside(State(api): State<Api>, signed: Signed) -> Result<Json<PutAside>, Problem> {
    let heaps = async |aside| {
        let heaps = api.store().heaps(signed.scope, aside).await?;
        Ok::<_, Problem>(heaps.iter().map(Heap::from).collect())
    };
    Ok(Json(PutAside {
        dead_letters: heaps(DeadLetterList::DeadLetters).await?,
        strays: heaps(DeadLetterList::Unmatched).await?,
        raw_items: heaps(DeadLetterList::UnparsedItems).await?,
        account_news: heaps(DeadLetterList::AccountNews).await?,
    }))
}

/// The bytes of one item, to be saved and never shown: they are whatever somebody sent us.
async fn bytes(api: &Api, signed: &Signed, aside: DeadLetterList, id: i64) -> Result<Response, Problem> {
    let found = api.store().raw_bytes(signed.scope, aside, id).await?;
    let bytes = found.ok_or(Problem::not_found())?;
    tracing::info!(tenant.id = %signed.tenant(), user.id = %signed.user, item.id = id, ?aside, "raw bytes were read");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}
