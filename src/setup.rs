//! Setting a user up: the same whether the running server does it or the command itself.

use anyhow::{Context, Result, bail, ensure};
use dashoffice_domain::access::Role;
use dashoffice_domain::ids::{AgentId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::routing::DEFAULT_CAPACITY;
use dashoffice_runtime::Ids;
use dashoffice_store::views::TenantScope;
use dashoffice_store::{Provision, Store, UserDraft};
use serde::{Deserialize, Serialize};

/// Somebody who is to sign in.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct NewUser {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// In the PHC string format: the password itself does not leave the command.
    pub(crate) password_hash: String,
    /// The tenant's name; `None`: the only one there is.
    pub(crate) tenant: Option<String>,
    /// Names of queues whose chats they take; whoever has one is an agent, whatever their role.
    pub(crate) queues: Vec<String>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("role", &self.role).finish_non_exhaustive()
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) id: UserId,
    /// They were there already, and were brought up to date.
    pub(crate) known: bool,
}

impl NewUser {
    /// Creates the user, or brings them up to date; an agent gets a place in the routing and in the queues.
    pub(crate) async fn create(&self, store: &Store, ids: &Ids) -> Result<Outcome> {
        ensure!(self.email.contains('@') && self.email.len() <= 254, "this is no e-mail address");
        ensure!(!self.name.trim().is_empty() && self.name.chars().count() <= 200, "a name has 1 to 200 characters");
        let scope = self.scope(store).await?;
        let known = store.user_by_email(&self.email).await?;
        if known.as_ref().is_some_and(|known| known.scope != scope) {
            bail!("this e-mail address belongs to a user of another tenant");
        }
        let settings = store.directory(scope).await?.what.queues;
        let mut queues = Vec::new();
        for name in &self.queues {
            let queue = settings.iter().find(|queue| queue.settings.name == *name);
            queues.push(queue.with_context(|| format!("there is no queue called {name}"))?.settings.id);
        }
        let (tenant, id) = (scope.tenant(), known.as_ref().map_or_else(|| UserId(ids.next()), |known| known.user));
        let user = UserDraft {
            id,
            email: self.email.clone(),
            name: self.name.trim().to_owned(),
            role: self.role,
            password_hash: Secret(self.password_hash.clone()),
            active: true,
            language: None,
        };
        store.provision(Provision::User { tenant, user }).await?;
        if self.role == Role::Agent || !queues.is_empty() {
            let agent = AgentId(id.0);
            store.provision(Provision::Agent { tenant, id: agent, capacity_units: DEFAULT_CAPACITY }).await?;
            for queue in queues {
                store.provision(Provision::Member { tenant, queue, agent }).await?;
            }
        }
        Ok(Outcome { id, known: known.is_some() })
    }

    async fn scope(&self, store: &Store) -> Result<TenantScope> {
        let mut found = Vec::new();
        for scope in store.tenants().await? {
            if let Some(wanted) = &self.tenant
                && store.tenant_name(scope).await? != *wanted
            {
                continue;
            }
            found.push(scope);
        }
        match found.as_slice() {
            [scope] => Ok(*scope),
            [] => bail!("there is no such tenant"),
            _ => bail!("there are several tenants: say which one with --tenant"),
        }
    }
}
