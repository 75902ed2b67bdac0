//! Records over REST: every route of a kind follows from its description.
//!
//! `GET /things`, `POST /things`, `GET /things/{id}`, `PATCH /things/{id}`, `POST /things/{id}/archive` and `/restore`,
//! `GET /things/export` and `POST /things/import` (CSV).

mod csv;
mod described;
mod list;
mod roles;
mod seen;
pub(super) mod write;

pub(super) use seen::{__path_audit, audit};

use super::table::Access;
use crate::state::Api;
use dashoffice_domain::kinds::KINDS;
use dashoffice_domain::record::Kind;
use utoipa_axum::router::OpenApiRouter;

/// Kinds that are read and changed by the routes below. The others have routes of their own.
pub(super) fn routes() -> OpenApiRouter<Api> {
    served().fold(OpenApiRouter::new(), |router, kind| router.merge(of(kind)))
}

fn served() -> impl Iterator<Item = &'static Kind> {
    KINDS.into_iter().filter(|kind| kind.is_served)
}

/// Who may ask for an operation on records, by its name.
pub(super) fn access_of(operation: &str) -> Option<Access> {
    let on = |kind: &'static Kind| Some((kind, operation.strip_prefix(kind.plural)?.strip_prefix('_')?));
    let (kind, verb) = served().find_map(on)?;
    Some(match verb {
        "list" | "one" | "export" => kind.read.map_or(Access::SignedIn, Access::May),
        _ => Access::May(kind.write),
    })
}

fn of(kind: &'static Kind) -> OpenApiRouter<Api> {
    use axum::routing::{get, post};
    let path = |rest: &str| format!("/{}{rest}", kind.plural);
    let routes = [
        (
            path(""),
            get(move |api, signed, parameters| list::list(kind, api, signed, parameters))
                .post(move |api, signed, key, body| write::create(kind, api, signed, key, body)),
        ),
        (path("/export"), get(move |api, signed, parameters| csv::export(kind, api, signed, parameters))),
        (
            path("/import"),
            post(move |api, signed, key, parameters, body| csv::import(kind, api, signed, key, parameters, body)),
        ),
        (
            path("/{id}"),
            get(move |api, signed, id| list::one(kind, api, signed, id))
                .patch(move |api, signed, id, key, seen, body| write::change(kind, (api, signed, id), key, seen, body)),
        ),
        (
            path("/{id}/archive"),
            post(move |api, signed, id, key, seen| write::archive(kind, (api, signed, id), key, seen)),
        ),
        (
            path("/{id}/restore"),
            post(move |api, signed, id, key, seen| write::restore(kind, (api, signed, id), key, seen)),
        ),
    ];
    routes.into_iter().fold(OpenApiRouter::new(), |router, (path, handlers)| {
        let (schemas, paths) = described::of(kind, &path);
        router.routes((schemas, paths, handlers))
    })
}
