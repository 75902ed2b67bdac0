//! Messages: one, those a provider knows by an id, saying something, and what becomes of what may not have arrived.

pub(super) mod post;
pub(super) mod resend;
pub(super) mod said;
pub(super) mod settle;

use super::answer::with_files;
use super::input::{Id, Params};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{List, Message};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::ids::MessageId;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// As the provider knows it.
    provider_message_id: String,
}

/// The messages that a provider knows by this id: none, one, or one per number.
#[utoipa::path(get, path = "/messages", tag = "messages", params(Wanted),
    responses((status = 200, body = List<Message>), (status = 422)))]
pub(super) async fn by_provider_id(
    State(api): State<Api>,
    signed: Signed,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let id = wanted.provider_message_id;
    if id.len() > 512 {
        return Err(Problem::invalid("provider_message_id", "too_long"));
    }
    let shown = api.store().messages_by_provider_id(signed.scope, signed.visibility(), &id).await?;
    with_files(&api, &signed, shown.as_of, &List::whole(shown.what.iter().map(Message::from).collect())).await
}

/// One message.
#[utoipa::path(get, path = "/messages/{id}", tag = "messages", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Message), (status = 404)))]
pub(super) async fn one(State(api): State<Api>, signed: Signed, Id(id): Id<MessageId>) -> Result<Response, Problem> {
    let shown = api.store().message(signed.scope, signed.visibility(), id).await?;
    let message = Message::from(&shown.what.ok_or(Problem::not_found())?);
    with_files(&api, &signed, shown.as_of, &message).await
}
