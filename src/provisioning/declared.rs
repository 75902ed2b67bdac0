//! What a file declares, with ids in the place of keys and secrets in the place of their files.

use dashoffice_domain::Span;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AppId, NumberId, QueueId, TenantId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::routing::{AcceptMode, OnDisconnect, Strategy};
use dashoffice_store::Fixed;
use std::collections::BTreeSet;

/// A company. What is `None` below is not named, and stays as it is.
#[derive(Clone, Debug)]
pub(super) struct Company {
    pub(super) id: TenantId,
    /// Where it stands in the file, for whoever reads about it.
    pub(super) at: String,
    pub(super) name: String,
    pub(super) apps: Vec<App>,
    pub(super) queues: Vec<Queue>,
    pub(super) numbers: Vec<Number>,
    pub(super) users: Vec<User>,
}

#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) id: AppId,
    pub(super) at: String,
    pub(super) provider: String,
    pub(super) secret: Option<Secret>,
    pub(super) verify_token: Option<Secret>,
    pub(super) url_token: Option<Secret>,
}

#[derive(Clone, Debug)]
pub(super) struct Queue {
    pub(super) id: QueueId,
    pub(super) name: String,
    pub(super) strategy: Option<Strategy>,
    pub(super) accept: Option<AcceptMode>,
    pub(super) typing: Option<Span>,
    pub(super) on_disconnect: Option<OnDisconnect>,
    pub(super) grace: Option<Span>,
    pub(super) members: Option<BTreeSet<UserId>>,
}

#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) id: NumberId,
    pub(super) at: String,
    pub(super) app: AppId,
    pub(super) provider: String,
    pub(super) name: String,
    pub(super) provider_ref: String,
    pub(super) queue: QueueId,
    /// The phone number as people read it.
    pub(super) shown_as: Option<String>,
    pub(super) access_token: Option<Secret>,
    pub(super) account_ref: Option<String>,
    pub(super) api_base: Option<String>,
    pub(super) marketing_messages: Option<bool>,
}

#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) at: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) active: Option<bool>,
    pub(super) language: Option<String>,
    pub(super) capacity_units: Option<i64>,
    pub(super) queues: Option<BTreeSet<QueueId>>,
    pub(super) password: Option<Password>,
}

/// How a password is declared.
#[derive(Clone, Debug)]
pub(super) enum Password {
    Itself(Secret),
    Hash(Secret),
}

/// The names of those fields that are named.
fn named<const N: usize>(fields: [(&'static str, bool); N]) -> impl Iterator<Item = &'static str> {
    fields.into_iter().filter_map(|(field, named)| named.then_some(field))
}

impl Company {
    /// Adds the fields that the file holds from now on, under the names that the API has for them.
    pub(super) fn fixes(&self, fixed: &mut Fixed) {
        let tenant = self.id;
        fixed.fix(tenant, tenant.0, ["name"]);
        for app in &self.apps {
            let secrets = [
                ("app_secret", app.secret.is_some()),
                ("verify_token", app.verify_token.is_some()),
                ("url_token", app.url_token.is_some()),
            ];
            fixed.fix(tenant, app.id.0, named(secrets).chain(["provider"]));
        }
        for queue in &self.queues {
            let settings = [
                ("strategy", queue.strategy.is_some()),
                ("accept", queue.accept.is_some()),
                ("typing_extends", queue.typing.is_some()),
                ("on_disconnect", queue.on_disconnect.is_some()),
                ("grace", queue.grace.is_some()),
                ("member_ids", queue.members.is_some()),
            ];
            fixed.fix(tenant, queue.id.0, named(settings).chain(["name"]));
            for member in queue.members.iter().flatten() {
                fixed.fix(tenant, member.0, ["queue_ids"]);
            }
        }
        for number in &self.numbers {
            let named = named([
                ("display_phone_number", number.shown_as.is_some()),
                ("access_token", number.access_token.is_some()),
                ("account_ref", number.account_ref.is_some()),
                ("api_base", number.api_base.is_some()),
                ("marketing_messages", number.marketing_messages.is_some()),
            ]);
            fixed.fix(tenant, number.id.0, named.chain(["name", "provider", "provider_ref", "queue_id"]));
        }
        for user in &self.users {
            let named = named([
                ("active", user.active.is_some()),
                ("language", user.language.is_some()),
                ("capacity_units", user.capacity_units.is_some()),
                ("queue_ids", user.queues.is_some()),
                ("password", user.password.is_some()),
            ]);
            fixed.fix(tenant, user.id.0, named.chain(["email", "name", "role"]));
        }
    }
}
