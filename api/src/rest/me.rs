//! Who I am, and what I may do.

use super::answer::live;
use crate::auth::Signed;
use crate::problem::Problem;
use crate::shape::{Agent, words};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use dashoffice_domain::identity::Permission;
use dashoffice_store::views::WhoView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    user: MyUser,
    tenant: MyTenant,
    #[schema(value_type = Vec<words::Permission>)]
    permissions: Vec<&'static str>,
    /// Null: the client chooses.
    #[schema(value_type = Option<words::Language>)]
    language: Option<String>,
    /// Null for a user who takes no conversations.
    agent: Option<Agent>,
}

#[derive(Serialize, ToSchema)]
struct MyUser {
    id: Uuid,
    name: String,
    email: String,
    #[schema(value_type = words::BuiltInRole)]
    role: String,
    /// Of a role of the company's own, which then says what they may do; `role` is the nearest one that allows no more.
    role_id: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
struct MyTenant {
    id: Uuid,
    name: String,
}

/// The one who asks.
#[utoipa::path(get, path = "/me", tag = "me", responses((status = 200, body = Me)))]
pub(super) async fn me(State(api): State<Api>, signed: Signed) -> Result<Json<Me>, Problem> {
    let who = api.store().who(signed.scope, signed.user).await?.ok_or(Problem::unauthenticated())?;
    let WhoView { user, tenant, agent } = who.as_ref();
    Ok(Json(Me {
        user: MyUser {
            id: user.id.0,
            name: user.name.clone(),
            email: user.email.clone(),
            role: user.role.name().to_owned(),
            role_id: user.role_id,
        },
        tenant: MyTenant { id: signed.tenant().0, name: tenant.clone() },
        // Only agents take conversations, whatever their role.
        permissions: signed
            .permissions
            .iter()
            .filter(|permission| *permission != Permission::Pick || agent.is_some())
            .map(Permission::name)
            .collect(),
        language: user.language.clone(),
        agent: agent.as_ref().map(|agent| Agent::of(agent, live(&api, &signed).as_deref())),
    }))
}
