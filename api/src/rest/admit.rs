//! Who comes in: one layer before all handlers asks of each operation what it declares in the table of routes.

use super::table::{Access, Route};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::sync::Arc;

/// What each operation declares.
#[derive(Clone)]
pub(crate) struct Admission {
    api: Api,
    /// By method and path; whether it is a command, too: its own no is recorded under its key, so it is said there.
    declared: Arc<HashMap<(String, String), (Access, bool)>>,
}

impl Admission {
    pub(crate) fn new(api: Api, routes: &[Route]) -> Self {
        let declared = routes.iter().filter_map(|route| {
            let place = (route.method.clone(), format!("{}{}", super::ROOT, route.path));
            Some((place, (route.access?, route.idempotent)))
        });
        Self { api, declared: Arc::new(declared.collect()) }
    }

    fn of(&self, request: &Request) -> Option<(Access, bool)> {
        let method = if *request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let path = request.extensions().get::<MatchedPath>()?.as_str();
        self.declared.get(&(method.as_str().to_owned(), path.to_owned())).copied()
    }

    /// # Errors
    /// `unauthenticated`, `token_expired`, `forbidden`; what declares nothing is forbidden to everybody.
    async fn admits(&self, request: &mut Request) -> Result<(), Problem> {
        let Some((access, is_command)) = self.of(request) else {
            tracing::error!("an operation declares no permission, and is refused");
            return Err(Problem::forbidden());
        };
        if access == Access::Anybody {
            return Ok(());
        }
        let signed = Signed::behind(request.headers(), &self.api).await?;
        if !is_command {
            access.allows(&signed)?;
        }
        request.extensions_mut().insert(signed);
        request.extensions_mut().insert(access);
        Ok(())
    }
}

/// Lets a request through that its operation is open to.
pub(crate) async fn admit(State(admission): State<Admission>, mut request: Request, next: Next) -> Response {
    match admission.admits(&mut request).await {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}
