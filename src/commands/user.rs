//! `user …` sets up who signs in, and signs them out: through the running server where one runs, else in the store itself.

use crate::configuration::Configuration;
use crate::provisioning;
use crate::serving::{Request, ask_control};
use crate::setup::{NewUser, Outcome, checked_password};
use crate::sign_ins::{Changed, Fate, SignIns};
use crate::wiring::{Running, open_store};
use anyhow::{Context, Error, Result};
use clap::{Args, Subcommand, ValueEnum};
use dashoffice_api::SecureRandom;
use dashoffice_api::auth::Passwords;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ports::Secret;
use dashoffice_runtime::{Clock, Ids, SystemClock};
use dashoffice_store::Store;
use std::io::{Read, Write, stdin, stdout};
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Create a user, or give the one with this address a new name, role and password.
    Create(Create),
    /// Let somebody sign in no more; they are signed out everywhere at once.
    Disable(Whom),
    /// Let somebody who was disabled sign in again.
    Enable(Whom),
    /// Sign somebody out everywhere at once; they may sign in again.
    SignOut(Whom),
}

#[derive(Debug, Args)]
pub(crate) struct Whom {
    /// What they sign in with.
    email: String,
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
            RoleName::Administrator => Self::ADMINISTRATOR,
            RoleName::Supervisor => Self::SUPERVISOR,
            RoleName::Agent => Self::AGENT,
        }
    }
}

pub(crate) fn run(order: Order, configuration: &Configuration) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(async {
        match order {
            Order::Create(create) => create.run(configuration).await,
            Order::Disable(Whom { email }) => change(SignIns { email, fate: Fate::Disable }, configuration).await,
            Order::Enable(Whom { email }) => change(SignIns { email, fate: Fate::Enable }, configuration).await,
            Order::SignOut(Whom { email }) => change(SignIns { email, fate: Fate::SignOut }, configuration).await,
        }
    })
}

impl Create {
    async fn run(self, configuration: &Configuration) -> Result<()> {
        let secure_random = Arc::new(SecureRandom::from_system());
        let (password, made) =
            if self.password_stdin { (read_password()?, false) } else { (secure_random.token(), true) };
        let hash = Passwords::new(secure_random).hash(Secret(password.clone())).await?;
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
    let (store, ids) = own_store(configuration).await?;
    let outcome = user.create(&store, &ids).await;
    store.close().await;
    outcome
}

async fn change(sign_ins: SignIns, configuration: &Configuration) -> Result<()> {
    crate::serving::make_data_dir(&configuration.data.dir)?;
    let request = Request::SignIns(sign_ins.clone());
    let changed: Changed = if let Some(changed) = ask_control(&configuration.data.dir, &request).await? {
        changed
    } else {
        let (store, _) = own_store(configuration).await?;
        let changed = sign_ins.change(&store).await;
        store.close().await;
        changed?
    };
    let verb = match sign_ins.fate {
        Fate::Disable => "disabled",
        Fate::Enable => "enabled",
        Fate::SignOut => "signed out",
    };
    let text = format!("{verb} {} ({}): {} sessions ended\n", sign_ins.email, changed.id, changed.sessions);
    stdout().write_all(text.as_bytes()).context("cannot write to standard output")
}

/// The store itself, where no server runs that could be asked.
async fn own_store(configuration: &Configuration) -> Result<(Store, Ids)> {
    // Nobody else says here what the office's file holds.
    let fixed = provisioning::look(configuration).context("the office's file must be right first")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Ids::from_system(Arc::clone(&clock));
    let store = open_store(&Running::of(configuration.clone()), &clock, &ids).await?;
    store.own().await?;
    store.fixes(fixed);
    Ok((store, ids))
}

fn read_password() -> Result<String> {
    let mut text = String::new();
    stdin().take(4_096).read_to_string(&mut text).context("cannot read standard input")?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    checked_password(&password).map_err(Error::msg)?;
    Ok(password)
}
