//! Which paths there are, and who answers them.

use crate::body::BodyReader;
use crate::console::console;
use crate::health::{healthz, readyz};
use crate::problem::Problem;
use crate::readiness::Readiness;
use crate::webhooks::{Webhooks, cloud};
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dashoffice_domain::Timestamp;
use dashoffice_domain::ports::{Apps, Channels};
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
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
    pub webhook_timeout: Duration,
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
    let webhooks = Router::new()
        .route("/webhooks/cloud/{app_token}", get(cloud::verify).post(cloud::receive))
        .with_state(Arc::new(Webhooks::new(doors)));
    health
        .merge(webhooks)
        .fallback(console)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(CatchPanicLayer::custom(after_panic))
}

/// The panic's own words stay out of the answer and out of our log line: they may quote a customer.
fn after_panic(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    Problem::internal().into_response()
}
