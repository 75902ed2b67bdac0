//! Setting a user up: the same whether the running server does it or the command itself.

use anyhow::{Context, Error, Result, bail, ensure};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AgentId, QueueId, UserId};
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

/// The problem `fixed_by_file`, as a command tells it.
fn held(what: &str) -> String {
    format!("fixed_by_file: the office's file holds {what}; change it there")
}

/// Below this a password is guessed.
const SHORTEST_PASSWORD: usize = 10;

pub(crate) fn checked_email(email: &str) -> Result<(), &'static str> {
    (email.contains('@') && email.len() <= 254).then_some(()).ok_or("this is no e-mail address")
}

/// Without the white space around it.
pub(crate) fn checked_name(name: &str) -> Result<String, &'static str> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= 200;
    fits.then(|| name.to_owned()).ok_or("a name has 1 to 200 characters")
}

pub(crate) fn checked_password(password: &str) -> Result<(), &'static str> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err("a password has at least 10 characters");
    }
    (password.len() <= 1_024).then_some(()).ok_or("a password has at most 1024 bytes")
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
        checked_email(&self.email).map_err(Error::msg)?;
        let name = checked_name(&self.name).map_err(Error::msg)?;
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
        self.is_free(store, scope, known.as_ref().map(|known| known.user), &queues).await?;
        let (tenant, id) = (scope.tenant(), known.as_ref().map_or_else(|| UserId(ids.next()), |known| known.user));
        let user = UserDraft {
            id,
            email: self.email.clone(),
            name,
            role: self.role.clone(),
            password_hash: Secret(self.password_hash.clone()),
            active: true,
            language: None,
        };
        store.provision(Provision::User { tenant, user }).await?;
        if self.role == Role::AGENT || !queues.is_empty() {
            let agent = AgentId(id.0);
            store.provision(Provision::Agent { tenant, id: agent, capacity_units: DEFAULT_CAPACITY }).await?;
            for queue in queues {
                store.provision(Provision::Member { tenant, queue, agent }).await?;
            }
        }
        Ok(Outcome { id, known: known.is_some() })
    }

    /// Nothing that this would change is held by the office's file.
    async fn is_free(
        &self,
        store: &Store,
        scope: TenantScope,
        known: Option<UserId>,
        queues: &[QueueId],
    ) -> Result<()> {
        let (fixed, tenant) = (store.fixed(), scope.tenant());
        for queue in queues {
            ensure!(!fixed.holds(tenant, queue.0, "member_ids"), held("the members of this queue"));
        }
        let Some(user) = known else { return Ok(()) };
        let before = store.user(scope, user).await?;
        let differs = before.is_none_or(|before| before.name != self.name.trim() || before.role != self.role);
        ensure!(!differs || !fixed.holds(tenant, user.0, "name"), held("name and role of this user"));
        ensure!(!fixed.holds(tenant, user.0, "password"), held("the password of this user"));
        ensure!(queues.is_empty() || !fixed.holds(tenant, user.0, "queue_ids"), held("the queues of this user"));
        Ok(())
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
