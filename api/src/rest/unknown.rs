//! Query parameters that a route does not know are refused by name, so that a misspelt filter never answers everything.

use crate::problem::{FieldError, Problem};
use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Of a parameter's name that is repeated, in bytes; a longer one is not.
const LONGEST_NAME: usize = 64;
/// So many names are repeated at most.
const MOST_NAMES: usize = 16;

/// Which parameters each route has, as the description says it.
#[derive(Clone)]
pub(crate) struct Known(Arc<HashMap<String, HashMap<String, BTreeSet<String>>>>);

impl Known {
    pub(crate) fn of(described: &Value) -> Self {
        let entries = |part: &Value| part.as_object().cloned().unwrap_or_default();
        let routes = entries(&described["paths"]).into_iter().map(|(path, operations)| {
            let operations = entries(&operations).into_iter();
            (path, operations.map(|(method, operation)| (method, parameters(&operation))).collect())
        });
        Self(Arc::new(routes.collect()))
    }

    /// That none of these paths has parameters.
    pub(crate) fn none_at(paths: &[&str]) -> Self {
        let no_parameters = || HashMap::from([("get".to_owned(), BTreeSet::new())]);
        Self(Arc::new(paths.iter().map(|path| ((*path).to_owned(), no_parameters())).collect()))
    }

    /// The names that a request's route does not know.
    fn unknown_in(&self, request: &Request) -> BTreeSet<String> {
        let method = match *request.method() {
            Method::HEAD => "get".to_owned(),
            ref method => method.as_str().to_lowercase(),
        };
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let Some(known) = path.and_then(|path| self.0.get(path)).and_then(|methods| methods.get(&method)) else {
            return BTreeSet::new();
        };
        let Ok(given) = Query::<Vec<(String, String)>>::try_from_uri(request.uri()) else { return BTreeSet::new() };
        given.0.into_iter().map(|(name, _)| name).filter(|name| !known.contains(name)).collect()
    }
}

fn parameters(operation: &Value) -> BTreeSet<String> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let of_query = all.filter(|parameter| parameter["in"] == "query");
    of_query.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned).collect()
}

/// Lets a request through whose parameters its route knows.
pub(crate) async fn refuse(State(known): State<Known>, request: Request, next: Next) -> Response {
    let unknown = known.unknown_in(&request);
    if unknown.is_empty() {
        return next.run(request).await;
    }
    let named = unknown.into_iter().map(|name| if name.len() <= LONGEST_NAME { name } else { String::new() });
    let errors = named.take(MOST_NAMES).map(|field| FieldError { field, code: "unknown".into() }).collect();
    Problem::all_invalid(errors).into_response()
}
