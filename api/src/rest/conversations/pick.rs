//! Taking a conversation that waits.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given, settled};
use crate::rest::input::{Id, Input, Key};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use crate::state::Api;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::conversation::Done;
use dashoffice_domain::identity::Permission;
use dashoffice_domain::ids::ConversationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pick {
    /// What you saw.
    expected_epoch: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Picked {
    conversation_id: Uuid,
    #[schema(minimum = 0)]
    owner_epoch: i64,
}

/// Take a conversation that waits in a queue.
#[utoipa::path(post, path = "/conversations/{id}/pick", tag = "conversations", security(("bearer" = [])), request_body = Pick,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Picked), (status = 401), (status = 403), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn pick(
    State(api): State<Api>,
    signed: Signed,
    Id(id): Id<ConversationId>,
    Key(key): Key,
    Input(body): Input<Pick>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("pick", (id, &body)), Permission::Pick).await?;
    let deciding = Box::pin(async {
        let thread = given.conversation(id).await?.row.thread;
        let router = given.handles.router(signed.tenant())?;
        let agent = signed.agent();
        if !router.board().borrow().agents.contains_key(&agent) {
            return Err(Problem::forbidden().into());
        }
        // A no may be the router's own: then it is recorded here, else the conversation has recorded it.
        Ok(settled(router.pick(agent, thread, body.expected_epoch, given.caller).await)?)
    });
    let Came { to, replayed } = given.once(deciding).await?;
    match to {
        Done::Picked { conversation, owner_epoch } => {
            Ok(done(StatusCode::OK, replayed, &Picked { conversation_id: conversation.0, owner_epoch }))
        }
        other => Err(unexpected(&other).into()),
    }
}
