//! What requests are answered with: a view and the position it is as of.

use super::cursor;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::List;
use crate::state::Api;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dashoffice_actors::router::Board as Live;
use dashoffice_store::views::{Page, Shown};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A body with the position it shows.
pub(super) fn as_of<T: Serialize>(api: &Api, as_of: i64, body: &T) -> Response {
    stamped(api, as_of, Json(body).into_response())
}

fn stamped(api: &Api, as_of: i64, mut response: Response) -> Response {
    let value = format!("{}.{as_of}", api.store().incarnation());
    let value = HeaderValue::try_from(value).expect("an incarnation is hexadecimal");
    response.headers_mut().insert("as-of", value);
    response
}

/// A body with messages in it, whose files get addresses that are the reader's own.
pub(super) async fn with_files<T: Serialize>(
    api: &Api,
    signed: &Signed,
    as_of: i64,
    body: &T,
) -> Result<Response, Problem> {
    let links = api.files().links(api.store(), signed).await?;
    let json = serde_json::to_string(body).expect("a shape is plain data");
    let json = links.fill(json, (api.stamps().now)());
    Ok(stamped(api, as_of, ([(header::CONTENT_TYPE, "application/json")], json).into_response()))
}

/// One thing, or `not_found`.
pub(super) fn one<V, T>(api: &Api, shown: &Shown<Option<V>>) -> Result<Response, Problem>
where
    T: Serialize + for<'v> From<&'v V>,
{
    let view = shown.what.as_ref().ok_or(Problem::not_found())?;
    Ok(as_of(api, shown.as_of, &T::from(view)))
}

/// A page, whose cursor belongs to `query`.
pub(super) fn page<V, T>(api: &Api, shown: &Shown<Page<V>>, query: &str) -> Response
where
    T: Serialize + ToSchema + for<'v> From<&'v V>,
{
    let list = List {
        items: shown.what.rows.iter().map(T::from).collect::<Vec<T>>(),
        next_cursor: shown.what.next.map(|next| cursor::encode(next, query)),
    };
    as_of(api, shown.as_of, &list)
}

/// Agents and queues as the router sees them now; nothing while no office stands.
pub(super) fn live(api: &Api, signed: &Signed) -> Option<Arc<Live>> {
    let handles = api.handles().get().ok()?;
    let board = handles.router(signed.tenant()).ok()?.board();
    let live = Arc::clone(&board.borrow());
    Some(live)
}

/// What a command came to; `replayed`: it was decided before.
pub(super) fn done<T: Serialize>(status: StatusCode, replayed: bool, body: &T) -> Response {
    let mut response = (status, Json(body)).into_response();
    if replayed {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}
