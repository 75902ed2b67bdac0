//! Applies the office's file to a store that is ours: at the start, and whenever it changes.

use super::declared::{Company, Password};
use super::orders::{Hashes, orders};
use super::read::{Reading, read};
use crate::reloading::{ConfigurationStateCell, Look, Looks};
use crate::wiring::Running;
use anyhow::Result;
use dashoffice_api::SecureRandom;
use dashoffice_api::auth::{Lane, Passwords};
use dashoffice_domain::identity::{Part, Principal};
use dashoffice_domain::ids::{TenantId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_store::{Fixed, Provision, Store};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// Between two looks at the file.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Who applies the file. One at a time sets anything up: whoever else would, holds it meanwhile.
pub(crate) struct Provisioner {
    running: Running,
    standing: ConfigurationStateCell,
    passwords: Passwords,
    secure_random: Arc<SecureRandom>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    looks: Looks,
    /// The file and its secrets, as of the last reading.
    files: Vec<PathBuf>,
}

/// Nothing is applied while this is there.
pub(crate) struct Held<'a> {
    _seen: MutexGuard<'a, Seen>,
}

/// What came of applying.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The store is as the file says; these companies look different now.
    Done(BTreeSet<TenantId>),
    /// Nothing of it was taken.
    Refused,
}

impl Provisioner {
    pub(crate) fn new(running: Running, standing: ConfigurationStateCell) -> Self {
        let secure_random = Arc::new(SecureRandom::from_system());
        Self {
            running,
            standing,
            passwords: Passwords::new(Arc::clone(&secure_random)),
            secure_random,
            seen: Mutex::default(),
        }
    }

    /// Nothing is applied while this is held.
    pub(crate) async fn hold(&self) -> Held<'_> {
        Held { _seen: self.seen.lock().await }
    }

    /// Returns once the file, or one that it names, is not what was applied last, and has stood still for a moment.
    pub(crate) async fn changes(&self) {
        loop {
            sleep(BETWEEN_LOOKS).await;
            let mut seen = self.seen.lock().await;
            let look = Look::at(self.files(&seen)).await;
            if seen.looks.is_settled_change(&look) {
                return;
            }
        }
    }

    /// What is to be looked at: the file that is named now, before all.
    fn files(&self, seen: &Seen) -> Vec<PathBuf> {
        let file = self.running.now().office_file();
        if seen.files.first() == file.as_ref() { seen.files.clone() } else { file.into_iter().collect() }
    }

    /// Makes the store what the file says.
    ///
    /// # Errors
    /// Nothing can be decided now, and nothing was written; the same can be tried again.
    pub(crate) async fn apply(&self, store: &Store) -> Result<Applied> {
        let mut seen = self.seen.lock().await;
        let before = Look::at(self.files(&seen)).await;
        let Reading { companies, looked_for } = self.read().await;
        let judged = match companies {
            Ok(companies) => self.judge(store, &companies).await?,
            Err(problems) => Err(problems),
        };
        let applied = match judged {
            Ok((orders, fixed)) => self.write(store, orders, fixed).await?,
            Err(problems) => self.refuse(&problems),
        };
        seen.files = looked_for;
        self.took(&mut seen, before).await;
        Ok(applied)
    }

    async fn took(&self, seen: &mut MutexGuard<'_, Seen>, before: Look) {
        let after = Look::at(self.files(seen)).await;
        // The first time we did not know which files there are.
        let before = if before.is_of(&seen.files) { before } else { after.clone() };
        seen.looks.took(&before, after);
    }

    async fn read(&self) -> Reading {
        let Some(file) = self.running.now().office_file() else {
            return Reading { companies: Ok(Vec::new()), looked_for: Vec::new() };
        };
        let reading = spawn_blocking(move || read(&file));
        reading.await.expect("reading does not panic, and blocking work is not aborted")
    }

    /// What is to be written, and what is held then; or everything that is wrong.
    async fn judge(
        &self,
        store: &Store,
        companies: &[Company],
    ) -> Result<Result<(Vec<Provision>, Fixed), Vec<String>>> {
        let scopes = store.tenants().await?;
        let (mut all, mut fixed, mut problems) = (Vec::new(), Fixed::default(), Vec::new());
        for company in companies {
            let there = match scopes.iter().find(|scope| scope.tenant() == company.id) {
                Some(scope) => store.set_up(*scope).await?,
                None => Vec::new(),
            };
            problems.extend(taken_elsewhere(store, company).await?);
            let hashes = self.hashes(company, &there).await?;
            match orders(company, &there, &hashes) {
                Ok(orders) => all.extend(orders),
                Err(missing) => problems.extend(missing),
            }
            company.fixes(&mut fixed);
        }
        if problems.is_empty() {
            return Ok(Ok((all, fixed)));
        }
        let file = self.running.now().office_file().unwrap_or_default();
        let told = |problem| format!("{}: {problem}", file.display());
        Ok(Err(problems.into_iter().map(told).collect()))
    }

    /// A password that is right already keeps its hash; whoever is new and has none gets one that nobody knows.
    async fn hashes(&self, company: &Company, there: &[Provision]) -> Result<Hashes> {
        let mut hashes = Hashes::new();
        for user in &company.users {
            let known = hash_of(there, user.id);
            let hash = match (&user.password, known) {
                (Some(Password::Hash(hash)), _) => hash.clone(),
                (Some(Password::Itself(password)), known) => {
                    let belongs = self.passwords.belongs(Lane::Known, password.clone(), known.clone()).await?;
                    match known.filter(|_| belongs) {
                        Some(known) => known,
                        None => self.passwords.hash(password.clone()).await?,
                    }
                }
                (None, Some(known)) => known,
                (None, None) => self.passwords.hash(Secret(self.secure_random.token())).await?,
            };
            hashes.insert(user.id, hash);
        }
        Ok(hashes)
    }

    async fn write(&self, store: &Store, orders: Vec<Provision>, fixed: Fixed) -> Result<Applied> {
        let mut changed: BTreeSet<TenantId> = orders.iter().map(Provision::tenant).collect();
        changed.extend(fixed.differing(&store.fixed()));
        let count = orders.len();
        if count > 0 {
            store.provision_by(Principal::System(Part::OfficeFile), orders).await?;
        }
        store.fixes(fixed);
        let was_refused = self.standing.change(|standing| !std::mem::take(&mut standing.office_refused).is_empty());
        if !changed.is_empty() || was_refused {
            tracing::info!(tenants = changed.len(), written = count, "the office's file is in force");
        }
        Ok(Applied::Done(changed))
    }

    fn refuse(&self, problems: &[String]) -> Applied {
        let is_new = self.standing.change(|standing| {
            let is_new = standing.office_refused != problems;
            problems.clone_into(&mut standing.office_refused);
            is_new
        });
        if is_new {
            let problems = problems.join("; ");
            tracing::warn!(
                problems,
                "the office's file is not right: nothing of it is applied, what was in force stays"
            );
        }
        Applied::Refused
    }
}

fn hash_of(there: &[Provision], id: UserId) -> Option<Secret> {
    there.iter().find_map(|order| match order {
        Provision::User { user, .. } if user.id == id => Some(user.password_hash.clone()),
        _ => None,
    })
}

/// What somebody else has already, who is not told about: addresses of people and of webhooks are unique over all companies.
async fn taken_elsewhere(store: &Store, company: &Company) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for user in &company.users {
        match store.user_by_email(&user.email).await? {
            Some(other) if other.scope.tenant() != company.id => {
                problems.push(format!("{}: the e-mail address belongs to a user of another tenant", user.at));
            }
            Some(other) if other.user != user.id => {
                let id = other.user;
                problems.push(format!(
                    "{}: this address has a user already; to take them over, add id = \"{id}\"",
                    user.at
                ));
            }
            _ => {}
        }
    }
    for app in &company.apps {
        let Some(token) = &app.url_token else { continue };
        let other = store.app_by_token(&token.0).await?;
        if other.is_some_and(|other| (other.scope.tenant(), other.app.id) != (company.id, app.id)) {
            problems.push(format!("{}: url_token_file: another app has the same token", app.at));
        }
    }
    Ok(problems)
}
