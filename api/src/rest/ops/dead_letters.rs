//! Dead letters: what they are, and the two ways to be rid of one.

use super::{Paged, bytes};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::cursor;
use crate::rest::input::{Input, Key, Params, Place};
use crate::rest::outcome::{Outcome, Refused};
use crate::shape::{DeadLetter, List};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::identity::Permission;
use dashoffice_store::Handled;
use dashoffice_store::views::Aside;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const LIST: &str = "ops/dead-letters";

/// Nothing has to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Retried {
    /// Of the dead letter that is none any more.
    #[schema(minimum = 0)]
    id: i64,
}

/// Newest first.
#[utoipa::path(get, path = "/ops/dead-letters", tag = "ops", security(("bearer" = [])), params(Paged),
    responses((status = 200, body = List<DeadLetter>), (status = 401), (status = 403), (status = 422)))]
pub(crate) async fn list(
    State(api): State<Api>,
    signed: Signed,
    Params(paged): Params<Paged>,
) -> Result<Json<List<DeadLetter>>, Problem> {
    signed.require(Permission::ReadOps)?;
    let (before, limit) = paged.read(LIST)?;
    let page = api.store().dead_letters(signed.scope, before, limit).await?;
    let with_detail = signed.may(Permission::ReadRaw);
    let items = page.rows.iter().map(|view| DeadLetter::of(view, with_detail)).collect();
    Ok(Json(List { items, next_cursor: page.next.map(|next| cursor::encode(next, LIST)) }))
}

/// What came in, byte for byte.
#[utoipa::path(get, path = "/ops/dead-letters/{id}/raw", tag = "ops", security(("bearer" = [])), params(("id" = i64, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn raw(State(api): State<Api>, signed: Signed, Place(id): Place) -> Result<Response, Problem> {
    bytes(&api, &signed, Aside::DeadLetters, id).await
}

/// Have it handled again: it goes to the end of the inbox, with its tries at zero.
#[utoipa::path(post, path = "/ops/dead-letters/{id}/retry", tag = "ops", security(("bearer" = [])), request_body = Retry,
    params(("id" = i64, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 202, body = Retried), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn retry(
    State(api): State<Api>,
    signed: Signed,
    Place(id): Place,
    Key(key): Key,
    Input(Retry {}): Input<Retry>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("retry dead letter", id), Permission::WriteOps).await?;
    let deciding = Box::pin(async {
        let result = given.result(&Outcome::Done { done: Retried { id } });
        match api.store().retry_dead_letter(signed.scope, id, result).await? {
            Handled::NotThere => Err(Problem::not_found().into()),
            Handled::AnsweredBefore => given.again().await.map(|came| came.to),
            Handled::Done => {
                tracing::info!(tenant.id = %signed.tenant(), user.id = %signed.user, dead_letter.id = id, "a dead letter was put back into the inbox");
                Ok(Retried { id })
            }
        }
    });
    let Came { to, replayed } = given.once(deciding).await?;
    Ok(done(StatusCode::ACCEPTED, replayed, &to))
}

/// Throw it away, for ever. To ask twice finds nothing the second time, so this needs no key.
#[utoipa::path(delete, path = "/ops/dead-letters/{id}", tag = "ops", security(("bearer" = [])), params(("id" = i64, Path)),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn discard(State(api): State<Api>, signed: Signed, Place(id): Place) -> Result<StatusCode, Problem> {
    signed.require(Permission::WriteOps)?;
    match api.store().discard_dead_letter(signed.scope, id).await? {
        Handled::NotThere | Handled::AnsweredBefore => Err(Problem::not_found()),
        Handled::Done => {
            tracing::info!(tenant.id = %signed.tenant(), user.id = %signed.user, dead_letter.id = id, "a dead letter was thrown away");
            Ok(StatusCode::NO_CONTENT)
        }
    }
}
