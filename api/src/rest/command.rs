//! A command on its way: who gives it, under which key, and whether it was decided before.

use super::answer::sight;
use crate::auth::Signed;
use crate::handles::Handles;
use crate::problem::Problem;
use crate::state::Api;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use dashoffice_domain::Refusal;
use dashoffice_domain::access::Permission;
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::thread::{Command, Done};
use dashoffice_runtime::AskError;
use dashoffice_store::views::{ConversationView, Sight};
use std::sync::Arc;
use uuid::Uuid;

/// A command that may be given.
pub(super) struct Given<'a> {
    pub(super) api: &'a Api,
    pub(super) signed: Signed,
    pub(super) key: Uuid,
    pub(super) handles: Arc<Handles>,
    /// An outcome is on record: it is repeated, whatever has changed since.
    pub(super) replayed: bool,
}

/// An answer that is no, with what the headers say of it.
pub(super) struct Refused {
    problem: Problem,
    replayed: bool,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, replayed: false }
    }
}

impl From<dashoffice_runtime::Unavailable> for Refused {
    fn from(error: dashoffice_runtime::Unavailable) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if self.replayed {
            response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

impl<'a> Given<'a> {
    /// # Errors
    /// `forbidden`, or `unavailable` where no office stands or the store cannot be asked.
    pub(super) async fn by(api: &'a Api, signed: Signed, key: Uuid, needs: Permission) -> Result<Self, Problem> {
        signed.require(needs)?;
        let handles = api.handles().get()?;
        let replayed = api.store().was_decided(signed.scope, signed.user.0, key).await?;
        Ok(Self { api, signed, key, handles, replayed })
    }

    /// What is looked up for it: what was decided once is repeated also to whom it is no longer visible.
    pub(super) fn sight(&self) -> Sight {
        if self.replayed { Sight::All } else { sight(&self.signed) }
    }

    /// The conversation it is about.
    pub(super) async fn conversation(&self, id: ConversationId) -> Result<ConversationView, Problem> {
        let shown = self.api.store().conversation(self.signed.scope, self.sight(), id).await?;
        shown.what.ok_or(Problem::not_found())
    }

    /// The provider's id of the message that is answered; it must be of the same thread, and known to the provider.
    pub(super) async fn answered(
        &self,
        thread: ThreadId,
        reply_to: Option<MessageId>,
    ) -> Result<Option<String>, Problem> {
        let Some(reply_to) = reply_to else { return Ok(None) };
        let shown = self.api.store().message(self.signed.scope, self.sight(), reply_to).await?;
        let message = shown.what.filter(|message| message.row.thread == thread).ok_or(Problem::not_found())?;
        message.row.provider_message_id.map(Some).ok_or(Problem::not_found())
    }

    /// The id of what this command creates: the same each time it is given.
    pub(super) fn creates(&self) -> MessageId {
        MessageId(Uuid::new_v5(&self.signed.user.0, self.key.as_bytes()))
    }

    /// Has the conversation decide.
    pub(super) async fn ask(&self, thread: ThreadId, command: Command) -> Result<Done, Refused> {
        let (tenant, principal) = (self.signed.tenant(), self.signed.user.0);
        let answer = self.handles.conversations.command(tenant, thread, principal, self.key, command).await;
        self.settle(answer)
    }

    pub(super) fn settle<T>(&self, answer: Result<Result<T, Refusal>, AskError>) -> Result<T, Refused> {
        match answer {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(refusal)) => Err(Refused { problem: refusal.into(), replayed: self.replayed }),
            Err(error) => Err(Problem::from(error).into()),
        }
    }
}
