//! Numbers, queues, agents and users as outsiders see them: what is committed, and beside it what the router knows now.

use super::{maybe_instant, words};
use dashoffice_actors::router::Board as Live;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::routing::{CHAT_UNITS, Connection, effective};
use dashoffice_store::views::{AgentView, NumberView, QueueView, UserView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Number {
    pub id: Uuid,
    /// Unique in the tenant.
    pub name: String,
    pub provider: String,
    pub display_phone_number: String,
    pub queue_id: Uuid,
    #[schema(value_type = words::NumberState)]
    pub state: &'static str,
    /// With `stopped`.
    #[schema(value_type = Option<words::StopReason>)]
    pub state_reason: Option<&'static str>,
    #[schema(minimum = 0)]
    pub waiting: i64,
    #[schema(minimum = 0)]
    pub active: i64,
    /// Of its outbox what is still to be sent.
    #[schema(minimum = 0)]
    pub sends_waiting: i64,
    /// Names of fields that the office's file holds: nobody changes them elsewhere.
    pub fixed: Vec<&'static str>,
}

impl From<&NumberView> for Number {
    fn from(view: &NumberView) -> Self {
        Self {
            id: view.id.0,
            name: view.name.clone(),
            provider: view.provider.clone(),
            display_phone_number: view.display_phone_number.clone(),
            queue_id: view.queue.0,
            state: view.state.name(),
            state_reason: view.state.reason().map(StopReason::name),
            waiting: view.load.waiting,
            active: view.load.active,
            sends_waiting: view.sends_waiting,
            fixed: view.fixed.clone(),
        }
    }
}

/// An approved template that can be filled with texts alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Template {
    pub name: String,
    /// The provider's code: `pt_BR`, `es`.
    pub language: String,
    pub category: String,
    /// Its words, with places as `{{1}}`.
    pub body: Option<String>,
    /// How many texts it needs.
    pub parameters: u32,
}

impl From<&dashoffice_domain::channel::template::Template> for Template {
    fn from(template: &dashoffice_domain::channel::template::Template) -> Self {
        let dashoffice_domain::channel::template::Template { name, language, category, words, parameters, .. } =
            template.clone();
        Self { name, language, category, body: words.map(|words| words.body), parameters }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Queue {
    pub id: Uuid,
    pub name: String,
    #[schema(minimum = 0)]
    pub waiting: i64,
    /// The earliest `enqueued_at` among the waiting.
    pub oldest_waiting_since: Option<String>,
    #[schema(minimum = 0)]
    pub active: i64,
    pub agents_online: usize,
    pub member_ids: Vec<Uuid>,
    /// Names of fields that the office's file holds: nobody changes them elsewhere.
    pub fixed: Vec<&'static str>,
}

impl Queue {
    pub fn of(view: &QueueView, live: Option<&Live>) -> Self {
        let line = live.and_then(|live| live.queues.get(&view.settings.id));
        Self {
            id: view.settings.id.0,
            name: view.settings.name.clone(),
            waiting: view.load.waiting,
            oldest_waiting_since: maybe_instant(view.load.oldest_waiting_since),
            active: view.load.active,
            agents_online: line.map_or(0, |line| line.agents_online),
            member_ids: view.settings.members.iter().map(|agent| agent.0).collect(),
            fixed: view.fixed.clone(),
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Agent {
    pub id: Uuid,
    pub name: String,
    #[schema(value_type = words::ChosenPresence)]
    pub chosen_presence: &'static str,
    pub away_reason: Option<String>,
    #[schema(value_type = words::EffectivePresence)]
    pub effective_presence: &'static str,
    pub presence_since: Option<String>,
    #[schema(minimum = 0)]
    pub capacity_units: i64,
    #[schema(minimum = 0)]
    pub used_units: i64,
    /// Conversations they own.
    #[schema(minimum = 0)]
    pub active: i64,
    pub oldest_unanswered_since: Option<String>,
    pub queue_ids: Vec<Uuid>,
    /// Names of fields that the office's file holds: nobody changes them elsewhere.
    pub fixed: Vec<&'static str>,
}

impl Agent {
    /// Without a router that stands, nobody is connected.
    pub fn of(view: &AgentView, live: Option<&Live>) -> Self {
        let line = live.and_then(|live| live.agents.get(&view.id));
        let seen = live.map_or_else(
            || effective(view.chosen, Connection::Gone, false),
            |live| live.effective(view.id, view.chosen, view.misses),
        );
        Self {
            id: view.id.0,
            name: view.name.clone(),
            chosen_presence: view.chosen.name(),
            away_reason: view.away_reason.clone(),
            effective_presence: seen.name(),
            presence_since: maybe_instant(view.presence_since),
            capacity_units: view.capacity_units,
            used_units: line.map_or(view.load.active * CHAT_UNITS, |line| line.used_units),
            active: view.load.active,
            oldest_unanswered_since: maybe_instant(view.load.oldest_unanswered_since),
            queue_ids: view.queues.iter().map(|queue| queue.0).collect(),
            fixed: view.fixed.clone(),
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    #[schema(value_type = words::BuiltInRole)]
    pub role: String,
    /// Of a role of the company's own, which then says what they may do; `role` is the nearest one that allows no more.
    pub role_id: Option<Uuid>,
    #[schema(value_type = words::UserState)]
    pub state: &'static str,
    /// Names of fields that the office's file holds: nobody changes them elsewhere.
    pub fixed: Vec<&'static str>,
}

impl From<&UserView> for User {
    fn from(view: &UserView) -> Self {
        Self {
            id: view.id.0,
            name: view.name.clone(),
            email: view.email.clone(),
            role: view.role.name().to_owned(),
            role_id: view.role_id,
            state: if view.active { "active" } else { "disabled" },
            fixed: view.fixed.clone(),
        }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Board {
    pub at: String,
    pub numbers: Vec<Number>,
    pub queues: Vec<Queue>,
    pub agents: Vec<Agent>,
}
