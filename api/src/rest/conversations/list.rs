//! The list of conversations, filtered.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::page;
use crate::rest::cursor;
use crate::rest::input::{Params, limit, sought};
use crate::shape::{Conversation, List, words};
use crate::state::Api;
use axum::extract::State;
use axum::response::Response;
use dashoffice_domain::conversation::ConversationState;
use dashoffice_store::views::{ConversationFilter, Order, Whose};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// `mine`, `queue` or `all` (the default).
    #[param(value_type = Option<words::Whose>, inline)]
    owner: Option<String>,
    /// States, comma-separated; `open` for all but `closed` (the default); `any`.
    state: Option<String>,
    queue_id: Option<Uuid>,
    number_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    thread_id: Option<Uuid>,
    agent_id: Option<Uuid>,
    /// Words of the contact's name or `@username` in any order, without regard to accents and case, or a number in either spelling;
    /// 2 to 100 characters.
    q: Option<String>,
    /// `last_message_at` (the default) or `waiting` (with `owner=queue` alone).
    #[param(value_type = Option<words::Sorting>, inline)]
    order: Option<String>,
    cursor: Option<String>,
    /// 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Whatever you may see, filtered.
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(Wanted),
    responses((status = 200, body = List<Conversation>), (status = 422)))]
pub(crate) async fn list(
    State(api): State<Api>,
    signed: Signed,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Problem> {
    let filter = wanted.filter(&signed)?;
    // The filter's own words are the query: whatever was left out and whatever was said the same way is the same.
    let query = format!("conversations?{filter:?}");
    let after = wanted.cursor.map(|cursor| cursor::decode(&cursor, &query)).transpose()?;
    let shown =
        api.store().conversations(signed.scope, signed.visibility(), &filter, after, limit(wanted.limit)?).await?;
    Ok(page::<_, Conversation>(&api, &shown, &query))
}

impl Wanted {
    fn filter(&self, signed: &Signed) -> Result<ConversationFilter, Problem> {
        let whose = match self.owner.as_deref() {
            None | Some("all") => Whose::All,
            Some("mine") => Whose::Agent(signed.agent()),
            Some("queue") => Whose::Queue,
            Some(_) => return Err(Problem::invalid("owner", "unknown")),
        };
        let order = match self.order.as_deref() {
            None | Some("last_message_at") => Order::LastMessage,
            Some("waiting") if whose == Whose::Queue => Order::Waiting,
            Some("waiting") => return Err(Problem::invalid("order", "only_with_owner_queue")),
            Some(_) => return Err(Problem::invalid("order", "unknown")),
        };
        Ok(ConversationFilter {
            whose,
            states: states(self.state.as_deref().unwrap_or("open"))?,
            queue: self.queue_id.map(Into::into),
            number: self.number_id.map(Into::into),
            contact: self.contact_id.map(Into::into),
            thread: self.thread_id.map(Into::into),
            agent: self.agent_id.map(Into::into),
            q: sought(self.q.as_deref(), 2)?.map(str::to_owned),
            order,
        })
    }
}

fn states(names: &str) -> Result<Vec<ConversationState>, Problem> {
    use ConversationState::{Active, Bot, Hold, Offered, Queued, Snoozed, WrapUp};
    match names {
        "any" => Ok(Vec::new()),
        "open" => Ok(vec![Bot, Queued, Offered, Active, Hold, Snoozed, WrapUp]),
        names if names.len() > 200 => Err(Problem::invalid("state", "too_long")),
        names => {
            let found = names.split(',').map(|name| ConversationState::named(name.trim()));
            found.collect::<Option<Vec<_>>>().ok_or_else(|| Problem::invalid("state", "unknown"))
        }
    }
}
