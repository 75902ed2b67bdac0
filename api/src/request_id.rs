//! Each request of the api has an id: in its problem, in a header, and in our log line about it.

use crate::problem::Problem;
use crate::state::Api;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// Gives the request its id, and tells it to whoever is answered a problem.
pub(crate) async fn give(State(api): State<Api>, request: Request, next: Next) -> Response {
    let id = (api.stamps().correlation)();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = problem.to_json(Some(id)).to_string();
        if problem.status.is_server_error() {
            tracing::warn!(request.id = %id, problem.code = problem.code, "a request ended in a problem of ours");
        }
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(body);
    }
    let value = HeaderValue::try_from(id.to_string()).expect("a UUID is fit for a header");
    response.headers_mut().insert("x-request-id", value);
    // What it shows is of this moment and for this user, unless it says itself how long it holds.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
