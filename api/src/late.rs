//! REST before its time: the port is open before the store is, and until then every path of the API says so.

use crate::problem::Problem;
use crate::readiness::Readiness;
use crate::rest;
use crate::router::described;
use crate::state::Api;
use crate::ws::{SocketTimes, Sockets};
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, OnceLock};
use tower::ServiceExt;

/// A place for the API that comes once the store stands. Cheap to clone: all clones are the same place.
#[derive(Clone, Default)]
pub struct LateApi(Arc<OnceLock<(Router, Sockets)>>);

impl LateApi {
    /// From now on requests are answered by `api`; the first to stand stays.
    pub fn stand(&self, api: Api, readiness: Readiness) {
        // A second one would answer the same.
        let sockets = Sockets::new(api.clone(), readiness, SocketTimes::default());
        if self.0.set((described(api.clone(), sockets.clone()), sockets)).is_ok() {
            rest::keep_looking(api);
        }
    }

    /// Returns once no live socket is open: draining tells them goodbye, and this waits until they have heard it.
    pub async fn sockets_ended(&self) {
        if let Some((_, sockets)) = self.0.get() {
            sockets.ended().await;
        }
    }

    pub(crate) async fn answer(self, request: Request) -> Response {
        match self.0.get() {
            Some((routes, _)) => match routes.clone().oneshot(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            },
            None => Problem::unavailable(1).into_response(),
        }
    }
}

impl LateApi {
    /// One that stands already.
    pub fn standing(api: Api, readiness: Readiness) -> Self {
        let late = Self::default();
        late.stand(api, readiness);
        late
    }
}

impl std::fmt::Debug for LateApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LateApi")
    }
}
