//! Which paths there are, and who answers them.

use crate::body::BodyReader;
use crate::console::{ConsoleFiles, console};
use crate::health::{healthz, readyz};
use crate::late::LateApi;
use crate::problem::Problem;
use crate::readiness::Readiness;
use crate::request_id;
use crate::rest::{self, Admission, Rest, admit};
use crate::state::Api;
use crate::watch::{Metrics, metrics};
use crate::webhooks::{Webhooks, cloud};
use crate::ws::{self, Sockets};
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::{Apps, Channels};
use dashoffice_runtime::Current;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use uuid::Uuid;

/// Everything the paths need of the rest of the house.
#[derive(Clone)]
pub struct Doors {
    pub apps: Arc<dyn Apps>,
    pub channels: Channels,
    pub readiness: Readiness,
    pub stamps: Stamps,
    pub bodies: BodyReader,
    /// How long a look-up or the inbox may take before the provider is told 503.
    pub webhook_timeout: Current<Duration>,
    /// REST, once the store stands.
    pub api: LateApi,
    /// `None`: nothing is told of what is counted.
    pub metrics: Option<Metrics>,
    pub console: ConsoleFiles,
}

/// Time and ids, handed in.
#[derive(Clone)]
pub struct Stamps {
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A new id that follows a body from webhook to console.
    pub correlation: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl fmt::Debug for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamps")
    }
}

/// Every path of this server.
pub fn router(doors: Doors) -> Router {
    let health =
        Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).with_state(doors.readiness.clone());
    let late = doors.api.clone();
    let files = doors.console;
    let watched = doors.metrics.clone().map(|to| Router::new().route("/metrics", get(metrics)).with_state(to));
    let webhooks = Router::new()
        .route("/webhooks/cloud/{app_token}", get(cloud::verify).post(cloud::receive))
        .with_state(Arc::new(Webhooks::new(doors)));
    health
        .merge(webhooks)
        .merge(watched.unwrap_or_default())
        .fallback(move |request: Request| elsewhere(late.clone(), files, request))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}

/// What no route of ours names is the API's, once it stands, or a page of the console.
///
/// The API is no route here: a route's own parameters would stand among those of the API's paths.
async fn elsewhere(late: LateApi, files: ConsoleFiles, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return late.answer(request).await;
    }
    console(files, request.method(), request.uri(), request.headers())
}

/// REST, the live socket, and the description for machines.
pub(crate) fn described(api: Api, sockets: Sockets) -> Router {
    let Rest { router: routes, description, routes: declared } = rest::rest();
    let admission = Admission::new(api.clone(), &declared);
    let known = rest::Known::of(&description);
    // As it is sent: a tree of it would take ten times the memory for as long as the process lives.
    let description = Bytes::from(serde_json::to_vec(&description).expect("a description is plain data"));
    let sockets = ws::routes(sockets)
        .layer(middleware::from_fn_with_state(rest::Known::none_at(&[ws::PATH]), rest::refuse_unknown));
    let beside = sockets
        .route("/api/openapi.json", get(move || async move { ([(CONTENT_TYPE, "application/json")], description) }))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() });
    routes
        .route_layer(middleware::from_fn_with_state(admission, admit))
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn_with_state(known, rest::refuse_unknown))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn_with_state(api.clone(), request_id::give))
        .with_state(api)
        .merge(beside)
}

/// The panic's own words stay out of the answer and out of our log line: they may quote a customer.
fn after_panic(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    Problem::internal().into_response()
}
