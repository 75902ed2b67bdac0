//! One agent with their name and their load, as a command's answer shows them.

use super::answer::live;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::Agent;
use crate::state::Api;

/// The agent that the one who asks is; `None`: they take no conversations.
pub(super) async fn own_agent(api: &Api, signed: &Signed) -> Result<Option<Agent>, Problem> {
    let who = api.store().who(signed.scope, signed.user).await?;
    let own = who.as_ref().and_then(|who| who.agent.as_ref());
    Ok(own.map(|agent| Agent::of(agent, live(api, signed).as_deref())))
}
