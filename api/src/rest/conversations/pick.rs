//! Taking a conversation that waits.

use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::asked::{Asked, Command};
use crate::rest::command::{Came, Given, settled};
use crate::rest::messages::post::unexpected;
use crate::rest::outcome::Refused;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::conversation::Done;
use dashoffice_domain::ids::ConversationId;
use dashoffice_domain::ports::BoxFuture;
use serde::{Deserialize, Serialize};
use std::future::ready;
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
#[utoipa::path(post, path = "/conversations/{id}/pick", tag = "conversations", request_body = Pick,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = Picked), (status = 404), (status = 409), (status = 503)))]
pub(crate) async fn pick(asked: Asked<Pick>) -> Result<Response, Refused> {
    asked.carried_out().await
}

impl Command for Pick {
    const NAME: &'static str = "pick";
    type Of = ConversationId;
    type Done = Done;

    fn question<'a>(&'a self, of: &'a ConversationId) -> impl Serialize + Send + Sync + 'a {
        (of, self)
    }

    fn decide<'a>(&'a self, given: &'a Given<'a>, of: ConversationId) -> BoxFuture<'a, Result<Done, Refused>> {
        Box::pin(async move {
            let thread = given.conversation(of).await?.row.thread;
            let router = given.handles.router(given.signed.tenant())?;
            let agent = given.signed.agent();
            if !router.board().borrow().agents.contains_key(&agent) {
                return Err(Problem::forbidden().into());
            }
            // A no may be the router's own: then it is recorded here, else the conversation has recorded it.
            Ok(settled(router.pick(agent, thread, self.expected_epoch, given.caller.clone()).await)?)
        })
    }

    fn answer<'a>(&'a self, _: &'a Given<'a>, came: Came<Done>) -> BoxFuture<'a, Result<Response, Refused>> {
        Box::pin(ready(picked(came)))
    }
}

fn picked(came: Came<Done>) -> Result<Response, Refused> {
    match came.to {
        Done::Picked { conversation, owner_epoch } => {
            let body = Picked { conversation_id: conversation.0, owner_epoch };
            Ok(done(StatusCode::OK, came.replayed, &body))
        }
        other => Err(unexpected(&other).into()),
    }
}
