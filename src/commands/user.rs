//! `user create` sets up who signs in: through the running server where one runs, else in the store itself.

use crate::configuration::Configuration;
use crate::provisioning;
use crate::serving::{Request, ask_control};
use crate::setup::{NewUser, Outcome, checked_password};
use crate::wiring::{Running, open_store};
use anyhow::{Context, Error, Result};
use clap::{Args, Subcommand, ValueEnum};
use dashoffice_api::Chance;
use dashoffice_api::auth::Passwords;
use dashoffice_domain::access::Role;
use dashoffice_domain::ports::Secret;
use dashoffice_runtime::{Clock, Ids, SystemClock};
use std::io::{Read, Write, stdin, stdout};
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Create a user, or give the one with this address a new name, role and password.
    Create(Create),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What they sign in with; unique over all tenants.
    #[arg(long)]
    email: String,
    #[arg(long)]
    name: String,
    #[arg(long, value_enum)]
    role: RoleName,
    /// The tenant's name, where there are several.
    #[arg(long)]
    tenant: Option<String>,
    /// A queue whose chats they take; may be given several times.
    #[arg(long = "queue", value_name = "NAME")]
    queues: Vec<String>,
    /// Read the password from standard input; without it one is made and printed.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    Administrator,
    Supervisor,
    Agent,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Administrator => Self::Administrator,
            RoleName::Supervisor => Self::Supervisor,
            RoleName::Agent => Self::Agent,
        }
    }
}

pub(crate) fn run(order: Order, configuration: &Configuration) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let Order::Create(create) = order;
    runtime.block_on(create.run(configuration))
}

impl Create {
    async fn run(self, configuration: &Configuration) -> Result<()> {
        let chance = Arc::new(Chance::from_system());
        let (password, made) = if self.password_stdin { (read_password()?, false) } else { (chance.token(), true) };
        let hash = Passwords::new(chance).hash(Secret(password.clone())).await?;
        let email = self.email.clone();
        let user = NewUser {
            email: self.email,
            name: self.name,
            role: self.role.into(),
            password_hash: hash.0,
            tenant: self.tenant,
            queues: self.queues,
        };
        let outcome = created(user, configuration).await?;
        let verb = if outcome.known { "updated" } else { "created" };
        let mut text = format!("{verb} {email} ({})\n", outcome.id);
        if made {
            text = format!("{text}password: {password}\n");
        }
        stdout().write_all(text.as_bytes()).context("cannot write to standard output")
    }
}

async fn created(user: NewUser, configuration: &Configuration) -> Result<Outcome> {
    crate::serving::make_data_dir(&configuration.data.dir)?;
    let request = Request::CreateUser(user.clone());
    if let Some(outcome) = ask_control(&configuration.data.dir, &request).await? {
        return Ok(outcome);
    }
    // Nobody else says here what the office's file holds.
    let fixed = provisioning::look(configuration).context("the office's file must be right first")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Ids::from_system(Arc::clone(&clock));
    let store = open_store(&Running::of(configuration.clone()), &clock, &ids).await?;
    store.own().await?;
    store.fixes(fixed);
    let outcome = user.create(&store, &ids).await;
    store.close().await;
    outcome
}

fn read_password() -> Result<String> {
    let mut text = String::new();
    stdin().take(4_096).read_to_string(&mut text).context("cannot read standard input")?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    checked_password(&password).map_err(Error::msg)?;
    Ok(password)
}
