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
mod send;
mod spoken;
mod users;

pub(crate) use leaving::keep_looking;
pub(crate) use spoken::{carry_out, older_than};

pub use cursor::{decode as decode_cursor, encode as encode_cursor};

use crate::state::Api;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every path of `/api/v1`, with its description.
pub fn routes() -> (axum::Router<Api>, OpenApi) {
    let v1 = OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(me::me))
        .routes(routes!(presence::choose))
        .routes(routes!(numbers::list))
        .routes(routes!(numbers::templates))
        .routes(routes!(queues::list))
        .routes(routes!(agents::list))
        .routes(routes!(users::list))
        .routes(routes!(contacts::list))
        .routes(routes!(contacts::one))
        .routes(routes!(conversations::list::list))
        .routes(routes!(conversations::one))
        .routes(routes!(conversations::messages))
        .routes(routes!(conversations::history))
        .routes(routes!(conversations::pick::pick))
        .routes(routes!(conversations::close::close))
        .routes(routes!(conversations::read::read))
        .routes(routes!(conversations::react::react))
        .routes(routes!(messages::by_provider_id, messages::post::post))
        .routes(routes!(messages::one))
        .routes(routes!(messages::settle::settle))
        .routes(routes!(messages::resend::resend))
        .routes(routes!(media::one))
        .routes(routes!(board::board))
        .routes(routes!(send::send))
        .routes(routes!(actors::actors))
        .routes(routes!(ops::put_aside))
        .routes(routes!(ops::dead_letters::list))
        .routes(routes!(ops::dead_letters::raw))
        .routes(routes!(ops::dead_letters::retry))
        .routes(routes!(ops::dead_letters::discard))
        .routes(routes!(ops::raw_items::strays))
        .routes(routes!(ops::raw_items::account_news))
        .routes(routes!(ops::raw_items::account_news_raw))
        .routes(routes!(ops::raw_items::stray_raw))
        .routes(routes!(ops::raw_items::raw_items))
        .routes(routes!(ops::raw_items::raw_item_raw));
    let info = InfoBuilder::new()
        .title("DashOffice")
        .version("1")
        .description(Some("What holds beyond the shapes is said in docs/api-design.md."))
        .build();
    let (router, mut described) =
        OpenApiRouter::with_openapi(OpenApiBuilder::new().info(info).build()).nest("/api/v1", v1).split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    described.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
    (router, described)
}
