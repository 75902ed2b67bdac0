//! Dead letters: what they are, and the two ways to be rid of one.

use super::{Paged, bytes};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given};
use crate::rest::cursor;
use crate::rest::input::{Params, Place};
use crate::rest::outcome::{Outcome, Refused};
use crate::shape::{DeadLetter, List};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_store::Handled;
use dashoffice_store::views::DeadLetterList;
use serde::{Deserialize, Serialize};
use std::future::ready;
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
#[utoipa::path(get, path = "/ops/dead-letters", tag = "ops", params(Paged),
    responses((status = 200, body = List<DeadLetter>), (status = 422)))]
pub(crate) async fn list(
    State(api): State<Api>,
    signed: Signed,
    Params(paged): Params<Paged>,
) -> Result<Json<List<DeadLetter>>, Problem> {
    let (before, limit) = paged.read(LIST)?;
    let page = api.store().dead_letters(signed.scope, before, limit).await?;
    let with_detail = signed.may(Permission::ReadRaw);
    let items = page.rows.iter().map(|view| DeadLetter::of(view, with_detail)).collect();
    Ok(Json(List { items, next_cursor: page.next.map(|next| cursor::encode(next, LIST)) }))
}

/// What came in, byte for byte.
#[utoipa::path(get, path = "/ops/dead-letters/{id}/raw", tag = "ops", params(("id" = i64, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404)))]
pub(crate) async fn raw(State(api): State<Api>, signed: Signed, Place(id): Place) -> Result<Response, Problem> {
    bytes(&api, &signed, DeadLetterList::DeadLetters, id).await
}

/// Have it handled again: it goes to the end of the inbox, with its tries at zero.
#[utoipa::path(post, path = "/ops/dead-letters/{id}/retry", tag = "ops", request_body = Retry,
    params(("id" = i64, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 202, body = Retried), (status = 404)))]
pub(crate) async fn retry(asked: Asked<Retry>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Retry {
    const NAME: &'static str = "retry dead letter";
    type Of = i64;
    type Done = Retried;

    fn question<'a>(&'a self, of: &'a i64) -> impl Serialize + Send + Sync + 'a {
        of
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, id: i64) -> BoxFuture<'a, Result<Retried, Refused>> {
        Box::pin(async move {
            let (signed, result) = (given.signed, given.result(&Outcome::Done { done: Retried { id } }));
            match given.api.store().retry_dead_letter(signed.scope, id, result).await? {
                Handled::NotThere => Err(Problem::not_found().into()),
                Handled::AnsweredBefore => given.again().await.map(|came| came.to),
                Handled::Done => {
                    tracing::info!(tenant.id = %signed.tenant(), user.id = %signed.user, dead_letter.id = id, "a dead letter was put back into the inbox");
                    Ok(Retried { id })
                }
            }
        })
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Retried>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(Ok(done(StatusCode::ACCEPTED, came.replayed, &came.to))))
    }
}

/// Throw it away, for ever. To ask twice finds nothing the second time, so this needs no key.
#[utoipa::path(delete, path = "/ops/dead-letters/{id}", tag = "ops", params(("id" = i64, Path)),
    responses((status = 204), (status = 404)))]
pub(crate) async fn discard(State(api): State<Api>, signed: Signed, Place(id): Place) -> Result<StatusCode, Problem> {
    match api.store().discard_dead_letter(signed.scope, id).await? {
        Handled::NotThere | Handled::AnsweredBefore => Err(Problem::not_found()),
        Handled::Done => {
            tracing::info!(tenant.id = %signed.tenant(), user.id = %signed.user, dead_letter.id = id, "a dead letter was thrown away");
            Ok(StatusCode::NO_CONTENT)
        }
    }
}
