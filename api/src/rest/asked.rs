//! A command on its way, over REST or over the live socket: what it is about, who gives it under which key, and what it came to.
//!
//! To add one: its body with [`Command`], a handler that takes [`Asked`] of it, and a line in the table of routes.

use super::addressed::Addressed;
use super::command::{Came, Given};
use super::input::{Input, MaybeKey};
use super::outcome::Refused;
use super::table::Access;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use dashoffice_domain::ports::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What somebody may ask to be done, read from its body. Everything that REST and the live socket need to know of it is here; who may ask,
/// under which path, and whether the socket takes it stands in the table of routes.
pub(super) trait Command: DeserializeOwned + Send + Sync + 'static {
    /// On the socket it is called so, and questions are told apart by it: kept for ever.
    const NAME: &'static str;
    /// Without a key of the caller's own it is asked for the first and the last time; most must have one.
    const NEEDS_KEY: bool = true;
    /// What stands in the path.
    type Of: Addressed;
    /// What it comes to, as it is recorded.
    type Done: Serialize + DeserializeOwned + Send;

    /// All that is asked, beside the name. Its bytes are kept for ever: a repetition is known by them, across versions.
    fn question<'a>(&'a self, of: &'a Self::Of) -> impl Serialize + Send + Sync + 'a;

    /// Has it decided: asked the first time only.
    fn decide<'a>(&'a self, given: &'a Given<'a>, of: Self::Of) -> BoxFuture<'a, Result<Self::Done, Refused>>;

    /// The answer, to a repetition too.
    fn answer<'a>(&'a self, given: &'a Given<'a>, came: Came<Self::Done>) -> BoxFuture<'a, Result<Response, Refused>>;
}

/// A command that was understood, and has not been looked at.
pub(super) struct Asked<C: Command> {
    api: Api,
    signed: Signed,
    access: Access,
    key: Option<Uuid>,
    of: C::Of,
    command: C,
}

impl<C: Command> FromRequest<Api> for Asked<C> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let signed = Signed::from_request_parts(&mut parts, api).await?;
        let access = parts.extensions.get::<Access>().copied().ok_or(Problem::forbidden())?;
        let of = C::Of::in_path(&mut parts, api).await?;
        let MaybeKey(key) = MaybeKey::from_request_parts(&mut parts, api).await?;
        if C::NEEDS_KEY && key.is_none() {
            return Err(Problem::idempotency_key_required());
        }
        let Input(command) = Input::from_request(Request::from_parts(parts, body), api).await?;
        Ok(Self { api: api.clone(), signed, access, key, of, command })
    }
}

impl<C: Command> Asked<C> {
    /// As the live socket brings it: what stands in the path elsewhere was taken from the body.
    pub(super) fn spoken(api: &Api, signed: Signed, access: Access, key: Uuid, of: C::Of, command: C) -> Self {
        Self { api: api.clone(), signed, access, key: Some(key), of, command }
    }

    /// The answer to it.
    pub(super) async fn carried_out(self) -> Result<Response, Refused> {
        let Self { api, signed, access, key, of, command } = self;
        let question = (C::NAME, command.question(&of));
        let given = Given::by(&api, signed, key, &question, access).await?;
        let came = given.once(command.decide(&given, of)).await?;
        command.answer(&given, came).await
    }
}
