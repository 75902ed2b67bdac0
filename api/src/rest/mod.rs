//! REST under `/api/v1`: one noun per file. Authenticate, parse, ask a view or an actor, answer.
//!
//! To add an endpoint: a handler with `#[utoipa::path]` in the file of its noun, and its name in [`routes()`].

mod actors;
mod agents;
mod answer;
mod auth;
mod board;
mod command;
mod contacts;
mod conversations;
mod cursor;
mod described;
mod directory;
mod file_name;
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
mod unknown;
mod users;

pub(crate) use leaving::keep_looking;
pub(crate) use spoken::{carry_out, older_than};
pub(crate) use unknown::{Known, refuse as refuse_unknown};

pub use cursor::{decode as decode_cursor, encode as encode_cursor};

use crate::problem::{FieldError, ProblemShape};
use crate::state::Api;
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of these handlers, each described under its handler's name.
macro_rules! of {
    ($($($part:ident)::+),+ $(,)?) => {
        OpenApiRouter::new()$(.routes(described::named(&[$(stringify!($part)),+], routes!($($part)::+))))+
    };
}

/// Every path of `/api/v1`, with its description.
pub fn routes() -> (axum::Router<Api>, Value) {
    let v1 = of![
        auth::login,
        auth::refresh,
        auth::logout,
        me::me,
        presence::choose,
        numbers::list,
        numbers::templates,
        queues::list,
        agents::list,
        users::list,
        contacts::list,
        contacts::one,
        conversations::list::list,
        conversations::one,
        conversations::messages,
        conversations::history,
        conversations::pick::pick,
        conversations::close::close,
        conversations::read::read,
        conversations::react::react,
        messages::by_provider_id,
        messages::post::post,
        messages::one,
        messages::settle::settle,
        messages::resend::resend,
        media::one,
        board::board,
        send::send,
        actors::actors,
        ops::put_aside,
        ops::dead_letters::list,
        ops::dead_letters::raw,
        ops::dead_letters::retry,
        ops::dead_letters::discard,
        ops::raw_items::strays,
        ops::raw_items::account_news,
        ops::raw_items::account_news_raw,
        ops::raw_items::stray_raw,
        ops::raw_items::raw_items,
        ops::raw_items::raw_item_raw,
        records::audit,
    ]
    .merge(records::routes());
    let info = InfoBuilder::new()
        .title("DashOffice")
        .version("1")
        .description(Some("What holds beyond the shapes is said in docs/api-design.md."))
        .build();
    let (router, mut described) =
        OpenApiRouter::with_openapi(OpenApiBuilder::new().info(info).build()).nest("/api/v1", v1).split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = described.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    // No handler names what each of them may answer.
    components.schemas.insert("Problem".to_owned(), ProblemShape::schema());
    components.schemas.insert("FieldError".to_owned(), FieldError::schema());
    (router, described::whole(&described))
}
