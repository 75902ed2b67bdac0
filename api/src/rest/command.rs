//! A command on its way: who gives it, under which key, and what it came to if it was given before.

use super::outcome::{Outcome, Refused};
use super::table::Access;
use crate::auth::Signed;
use crate::handles::Handles;
use crate::problem::Problem;
use crate::state::Api;
use dashoffice_actors::asking::Caller;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::{Command, Done};
use dashoffice_domain::identity::Visibility;
use dashoffice_domain::ids::{ConversationId, MessageId, ThreadId};
use dashoffice_domain::ports::BoxFuture;
use dashoffice_runtime::{AskError, CommandResult, Recorded};
use dashoffice_store::views::{ConversationView, MessageView};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use uuid::Uuid;

/// A command that was understood.
pub(super) struct Given<'a> {
    pub(super) api: &'a Api,
    pub(super) signed: Signed,
    pub(super) handles: Arc<Handles>,
    /// Who asks, under which key, and for what.
    pub(super) caller: Caller,
    access: Access,
    /// The key is the caller's own, so that they can ask again under it.
    is_keyed: bool,
    /// What it came to when it was asked before: that is repeated, whatever has changed since.
    recorded: Option<Recorded>,
}

/// What a command came to; `replayed`: when it was given before.
pub(super) struct Came<T> {
    pub(super) to: T,
    pub(super) replayed: bool,
}

impl<'a> Given<'a> {
    /// `what` is all that was asked, with the command's name. Without a key it is asked for the first and the last time.
    ///
    /// # Errors
    /// `idempotency_key_reused`, or `unavailable` where no office stands or the store cannot be asked.
    pub(super) async fn by(
        api: &'a Api,
        signed: Signed,
        key: Option<Uuid>,
        what: &(&str, impl Serialize),
        access: impl Into<Access>,
    ) -> Result<Self, Problem> {
        let (handles, access) = (api.handles().get()?, access.into());
        let is_keyed = key.is_some();
        let key = key.unwrap_or_else(|| (api.stamps().correlation)());
        let caller = Caller::of(signed.user, key, what);
        let recorded =
            if is_keyed { api.store().answered(signed.scope, caller.principal.id(), key).await? } else { None };
        if recorded.as_ref().is_some_and(|recorded| recorded.fingerprint != caller.fingerprint) {
            return Err(Problem::idempotency_key_reused());
        }
        Ok(Self { api, signed, handles, caller, access, is_keyed, recorded })
    }

    /// What it comes to: `deciding` is asked the first time only, and a no that nobody recorded is recorded then,
    /// that of a missing permission too.
    pub(super) async fn once<T: Serialize + DeserializeOwned>(
        &self,
        deciding: BoxFuture<'_, Result<T, Refused>>,
    ) -> Result<Came<T>, Refused> {
        if let Some(recorded) = &self.recorded {
            return Outcome::read(&recorded.answer).came(true);
        }
        let refused = match self.access.allows(&self.signed) {
            Ok(()) => match deciding.await {
                Ok(to) => return Ok(Came { to, replayed: false }),
                Err(refused) => refused,
            },
            Err(forbidden) => forbidden.into(),
        };
        match Outcome::of(&refused) {
            Some(no) if self.is_keyed => self.keep(no).await,
            _ => Err(refused),
        }
    }

    /// Records what no actor was asked. Where the same question was answered meanwhile, that answer holds.
    pub(super) async fn keep<T: Serialize + DeserializeOwned>(&self, outcome: Outcome<T>) -> Result<Came<T>, Refused> {
        if !self.is_keyed {
            return outcome.came(false);
        }
        if self.api.store().keep_answer(self.signed.scope, self.result(&outcome)).await? {
            return outcome.came(false);
        }
        self.again().await
    }

    /// An outcome as it is recorded under the key.
    pub(super) fn result<T: Serialize>(&self, outcome: &Outcome<T>) -> CommandResult {
        let Caller { ref principal, key, fingerprint } = self.caller;
        CommandResult { principal: principal.id(), key, fingerprint, answer: outcome.to_bytes() }
    }

    /// What was recorded under the key since we looked.
    pub(super) async fn again<T: DeserializeOwned>(&self) -> Result<Came<T>, Refused> {
        let Caller { ref principal, key, fingerprint } = self.caller;
        match self.api.store().answered(self.signed.scope, principal.id(), key).await? {
            Some(there) if there.fingerprint == fingerprint => Outcome::read(&there.answer).came(true),
            _ => Err(Problem::idempotency_key_reused().into()),
        }
    }

    /// The conversation it is about.
    pub(super) async fn conversation(&self, id: ConversationId) -> Result<ConversationView, Problem> {
        let shown = self.api.store().conversation(self.signed.scope, self.visibility(), id).await?;
        shown.what.ok_or(Problem::not_found())
    }

    /// The message it is about.
    pub(super) async fn message(&self, id: MessageId) -> Result<MessageView, Problem> {
        let shown = self.api.store().message(self.signed.scope, self.visibility(), id).await?;
        shown.what.ok_or(Problem::not_found())
    }

    /// What they may see.
    pub(super) fn visibility(&self) -> Visibility {
        self.signed.visibility()
    }

    /// The provider's id of the message that is answered; it must be of the same thread, and known to the provider.
    pub(super) async fn answered(
        &self,
        thread: ThreadId,
        reply_to: Option<MessageId>,
    ) -> Result<Option<String>, Problem> {
        let Some(reply_to) = reply_to else { return Ok(None) };
        let row = self.message(reply_to).await?.row;
        let provider_id = row.provider_message_id.filter(|_| row.thread == thread);
        provider_id.map(Some).ok_or(Problem::not_found())
    }

    /// The id of what this command creates: the same each time it is given.
    pub(super) fn creates(&self) -> MessageId {
        MessageId(Uuid::new_v5(&self.signed.user.0, self.caller.key.as_bytes()))
    }

    /// Has the conversation decide.
    pub(super) async fn ask(&self, thread: ThreadId, command: Command) -> Result<Done, Refused> {
        let answer =
            self.handles.conversations.command_by(self.signed.tenant(), thread, self.caller.clone(), command).await;
        answered(answer)
    }
}

/// What an actor answered. Its no is on record; what it fell over each time is recorded by whoever asked.
pub(super) fn answered<T>(answer: Result<Result<T, Refusal>, AskError>) -> Result<T, Refused> {
    answer.map_err(Problem::from)?.map_err(|refusal| Refused::recorded(refusal.into()))
}

/// What an actor answered; nobody's answer is a problem of its own.
pub(super) fn settled<T>(answer: Result<Result<T, Refusal>, AskError>) -> Result<T, Problem> {
    answer?.map_err(Problem::from)
}
