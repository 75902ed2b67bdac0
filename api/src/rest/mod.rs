//! REST under `/api/v1`: one noun per file. Authenticate, parse, ask a view or an actor, answer.
//!
//! To add an endpoint: a handler with `#[utoipa::path]` in the file of its noun, and its line in the [`table`].

mod actors;
mod addressed;
mod admit;
mod agents;
mod answer;
mod asked;
mod auth;
mod board;
mod command;
mod contacts;
mod conversations;
mod cursor;
mod described;
mod directory;
mod file_name;
mod hours;
mod input;
mod leaving;
mod me;
mod media;
mod messages;
mod numbers;
mod ops;
mod outcome;
mod presence;
mod queues;
mod range;
mod records;
mod send;
mod spoken;
mod table;
mod unknown;
mod users;

pub(crate) use admit::{Admission, admit};
pub(crate) use leaving::keep_looking;
pub(crate) use spoken::{carry_out, older_than};
pub(crate) use unknown::{Known, refuse as refuse_unknown};

pub use cursor::{decode as decode_cursor, encode as encode_cursor};
pub use table::{Access, Route};

use crate::problem::{FieldError, ProblemShape};
use crate::state::Api;
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

/// Where all of it stands.
const ROOT: &str = "/api/v1";

/// REST, with what is said of it.
#[derive(Debug)]
pub struct Rest {
    pub router: axum::Router<Api>,
    /// For machines.
    pub description: Value,
    pub routes: Vec<Route>,
}

/// Every path of `/api/v1`, with its description and what it declares.
pub fn rest() -> Rest {
    let info = InfoBuilder::new()
        .title("DashOffice")
        .version("1")
        .description(Some("What holds beyond the shapes is said in docs/api-design.md."))
        .build();
    let described = OpenApiRouter::with_openapi(OpenApiBuilder::new().info(info).build());
    let (router, mut described) = described.nest(ROOT, table::handlers()).split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = described.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    // No handler names what each of them may answer.
    components.schemas.insert("Problem".to_owned(), ProblemShape::schema());
    components.schemas.insert("FieldError".to_owned(), FieldError::schema());
    let description = described::whole(&described);
    let routes = table::routes_of(&description);
    Rest { router, description, routes }
}
