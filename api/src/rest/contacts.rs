//! People.

use super::answer::{one as answer, page};
use super::cursor;
use super::input::{Id, Params, limit, sought};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Contact, List};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::ids::ContactId;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Part of a name, or digits of a number.
    q: Option<String>,
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Who was seen last comes first.
#[utoipa::path(get, path = "/contacts", tag = "contacts", params(Wanted),
    responses((status = 200, body = List<Contact>), (status = 422)))]
pub(super) async fn list(
    State(api): State<Api>,
    signed: Signed,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let q = sought(wanted.q.as_deref(), 1)?;
    let query = format!("contacts?q={}", q.unwrap_or_default());
    let after = wanted.cursor.map(|cursor| cursor::decode(&cursor, &query)).transpose()?;
    let shown = api.store().contacts(signed.scope, signed.visibility(), q, after, limit(wanted.limit)?).await?;
    Ok(page::<_, Contact>(&api, &shown, &query))
}

/// One contact.
#[utoipa::path(get, path = "/contacts/{id}", tag = "contacts", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Contact), (status = 404)))]
pub(super) async fn one(State(api): State<Api>, signed: Signed, Id(id): Id<ContactId>) -> Result<Response, Problem> {
    let shown = api.store().contact(signed.scope, signed.visibility(), id).await?;
    answer::<_, Contact>(&api, &shown)
}
