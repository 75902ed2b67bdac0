//! Who signs in, and which role they have.

use crate::auth::Signed;
use crate::problem::Problem;
use crate::rest::answer::done;
use crate::rest::command::{Came, Given};
use crate::rest::input::{Id, Input, Key};
use crate::rest::outcome::{Outcome, Refused};
use crate::rest::records::write::unfit;
use crate::shape::{List, User, words};
use crate::state::Api;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dashoffice_domain::identity::USER;
use dashoffice_domain::identity::{Permission, ROLE, Role};
use dashoffice_domain::ids::UserId;
use dashoffice_domain::record::Value;
use dashoffice_domain::settings::{Given as IsGiven, Staff};
use dashoffice_domain::{Refusal, Timestamp};
use dashoffice_store::{Author, Decided, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// All users, by name; needs `users.read`.
#[utoipa::path(get, path = "/users", tag = "directory",
    responses((status = 200, body = List<User>)))]
pub(super) async fn list(State(api): State<Api>, signed: Signed) -> Result<Json<List<User>>, Problem> {
    let users = api.store().users(signed.scope).await?;
    Ok(Json(List::whole(users.iter().map(User::from).collect())))
}

/// One of the two.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleGiven {
    /// One that is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::BuiltInRole>)]
    role: Option<String>,
    /// One of the company's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_id: Option<Uuid>,
}

impl RoleGiven {
    fn read(&self) -> Result<IsGiven, Problem> {
        match (&self.role, self.role_id) {
            (Some(name), None) => {
                Role::named(name).map(IsGiven::BuiltIn).ok_or_else(|| Problem::invalid("role", "unknown"))
            }
            (None, Some(id)) => {
                // One that is built in has an id, too, where roles are listed.
                let built_in = ROLE.built_in_record(id).and_then(|record| Role::named(record.values[0].as_text()?));
                Ok(built_in.map_or(IsGiven::Own(id), IsGiven::BuiltIn))
            }
            _ => Err(Problem::invalid("role", "one_of_role_and_role_id")),
        }
    }
}

/// What somebody has from now on.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct RoleHad {
    user_id: Uuid,
    #[schema(value_type = words::BuiltInRole)]
    role: String,
    role_id: Option<Uuid>,
}

/// Give somebody a role; it counts at once.
#[utoipa::path(put, path = "/users/{id}/role", tag = "settings", request_body = RoleGiven,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Uuid, Header)),
    responses((status = 200, body = RoleHad), (status = 404), (status = 409), (status = 422)))]
pub(super) async fn assign(
    State(api): State<Api>,
    signed: Signed,
    Id(user): Id<UserId>,
    Key(key): Key,
    Input(body): Input<RoleGiven>,
) -> Result<Response, Refused> {
    let given = Given::by(&api, signed, Some(key), &("user.role", (user, &body)), Permission::WriteRoles).await?;
    let Came { to, replayed } = given.once(Box::pin(assigned(&given, user, &body))).await?;
    Ok(done(StatusCode::OK, replayed, &to))
}

async fn assigned(given: &Given<'_>, user: UserId, body: &RoleGiven) -> Result<RoleHad, Refused> {
    let (role, store, tenant) = (body.read()?, given.api.store(), given.signed.tenant());
    let mut wanted = Wanted::default();
    wanted.all(tenant, &USER);
    wanted.all(tenant, &ROLE);
    let is_fixed = store.fixed().fields(tenant, user.0).contains(&"role");
    let author =
        Author { actor: given.caller.principal.clone(), cause: given.caller.key, correlation: given.caller.key };
    let decided = store
        .administer(&wanted, &author, |known, at| {
            let staff = Staff::of(known.all(tenant, &USER), known.all(tenant, &ROLE));
            let (after, change) = staff.given(user, &role, given.signed.permissions, Timestamp(at)).map_err(unfit)?;
            if change.is_some() && is_fixed {
                return Err(Problem::from(Refusal::FIXED_BY_FILE));
            }
            let had = RoleHad {
                user_id: user.0,
                role: after.get(&USER, "role").and_then(Value::as_text).unwrap_or_default().to_owned(),
                role_id: after.get(&USER, "role_id").and_then(Value::as_id),
            };
            let result = given.result(&Outcome::Done { done: had });
            Ok(vec![Decided { result: Some(result), ..Decided::of(tenant, change.into_iter().collect()) }])
        })
        .await??;
    let result = decided.into_iter().find_map(|decided| decided.result).ok_or(Problem::internal())?;
    match Outcome::read(&result.answer) {
        Outcome::Done { done } => Ok(done),
        Outcome::Refused { .. } | Outcome::Unreadable => Err(Problem::internal().into()),
    }
}
