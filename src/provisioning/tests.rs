//! The file read, checked and applied: to a real store, where what is said of companies and people can be seen.

use super::apply::{Applied, Provisioner};
use super::read::read;
use crate::configuration::{Sources, load};
use crate::reloading::ConfigurationStateCell;
use crate::wiring::Running;
use dashoffice_api::SecureRandom;
use dashoffice_api::auth::{Lane, Passwords};
use dashoffice_domain::Span;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AgentId, QueueId, TenantId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::routing::{AcceptMode, QueueSettings};
use dashoffice_store::views::{Directory, TenantScope};
use dashoffice_store::{Config, Provision, Store, UserDraft};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

const EXAMPLE: &str = include_str!("../../config/office.example.toml");
const FOREIGN: TenantId = TenantId(Uuid::from_u128(0xF0));

/// A data directory with a file and its secrets, and a store beside it that holds a company of its own.
struct Desk {
    dir: TempDir,
    store: Store,
    standing: ConfigurationStateCell,
    provisioner: Provisioner,
}

impl Desk {
    async fn with(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::Sqlite { data_dir: dir.path().join("data") };
        let store = Store::open(config, Uuid::from_u128(1), Arc::new(|| 1_800_000_000_000_000)).await.unwrap();
        store.own().await.unwrap();
        let user = UserDraft {
            id: UserId(Uuid::from_u128(0xF1)),
            email: "eva@example.com".into(),
            name: "Eva".into(),
            role: Role::AGENT,
            password_hash: Secret("none".into()),
            active: true,
            language: None,
        };
        let settings = QueueSettings::usual(QueueId(Uuid::from_u128(0xF2)), "Vendas");
        for order in [
            Provision::Tenant { id: FOREIGN, name: "Foreign".into() },
            Provision::User { tenant: FOREIGN, user },
            Provision::Queue { tenant: FOREIGN, settings },
        ] {
            store.provision(order).await.unwrap();
        }
        fs::create_dir(dir.path().join("secrets")).unwrap();
        for (name, secret) in [
            ("app-secret", "s3cr3t-app"),
            ("verify-token", "s3cr3t-verify"),
            ("url-token", "s3cr3t-url"),
            ("access-token", "s3cr3t-access"),
            ("ana", "a s3cr3t password"),
        ] {
            fs::write(dir.path().join("secrets").join(name), format!("{secret}\n")).unwrap();
        }
        let file = dir.path().join("office.toml");
        fs::write(&file, text).unwrap();
        let file = ("DASHOFFICE__PROVISIONING__FILE".to_owned(), file.display().to_string());
        let sources = Sources { data_dir: Some(dir.path().into()), environment: vec![file], ..Sources::default() };
        let (running, standing) =
            (Running::of(load(&sources).unwrap().configuration), ConfigurationStateCell::default());
        let provisioner = Provisioner::new(running, standing.clone());
        Self { dir, store, standing, provisioner }
    }

    fn says(&self, text: &str) {
        fs::write(self.dir.path().join("office.toml"), text).unwrap();
    }

    async fn applies(&self) -> usize {
        match self.provisioner.apply(&self.store).await.unwrap() {
            Applied::Done(changed) => changed.len(),
            Applied::Refused => panic!("{:?}", self.standing.now()),
        }
    }

    /// What is wrong; nothing was written.
    async fn is_refused(&self) -> String {
        let before = self.everything().await;
        assert_eq!(self.provisioner.apply(&self.store).await.unwrap(), Applied::Refused);
        assert_eq!(self.everything().await, before);
        self.standing.now().office_refused.join("\n")
    }

    async fn everything(&self) -> Vec<Provision> {
        let mut all = Vec::new();
        for scope in self.store.tenants().await.unwrap() {
            all.extend(self.store.set_up(scope).await.unwrap());
        }
        all
    }

    /// The company of the file.
    async fn scope(&self) -> TenantScope {
        let scopes = self.store.tenants().await.unwrap();
        scopes.into_iter().find(|scope| scope.tenant() != FOREIGN).unwrap()
    }

    async fn directory(&self) -> Directory {
        self.store.directory(self.scope().await).await.unwrap().what
    }
}

/// The example without the table of this name.
fn without(table: &str) -> String {
    let (mut text, mut skips) = (String::new(), false);
    for line in EXAMPLE.lines() {
        if line.starts_with('[') {
            skips = line == table;
        }
        if !skips {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[tokio::test]
async fn e5_the_example_is_applied_as_it_stands_and_a_second_time_writes_nothing() {
    let desk = Desk::with(EXAMPLE).await;
    assert_eq!(desk.applies().await, 1);
    let directory = desk.directory().await;
    let vendas = directory.queues.iter().find(|queue| queue.settings.name == "Vendas").unwrap();
    assert_eq!(vendas.settings, QueueSettings { members: vendas.settings.members.clone(), ..usual(&vendas.settings) });
    let suporte = directory.queues.iter().find(|queue| queue.settings.name == "Suporte").unwrap();
    assert_eq!(suporte.settings.accept, AcceptMode::Auto { first_reply_us: Span::minutes(5) });
    assert_eq!(suporte.settings.typing_us, Some(Span::minutes(1)));
    let ana = &directory.agents[0];
    assert_eq!((ana.name.as_str(), ana.capacity_units, ana.queues.len()), ("Ana Lima", 100, 2));
    assert_eq!(ana.fixed, ["capacity_units", "email", "language", "name", "password", "queue_ids", "role"]);
    assert_eq!(directory.agents.len(), 1, "a supervisor without queues takes no chats");
    assert_eq!(directory.numbers[0].queue, vendas.settings.id);
    assert!(directory.numbers[0].fixed.contains(&"access_token") && vendas.fixed.contains(&"accept"));
    let app = desk.store.app_by_token("s3cr3t-url").await.unwrap().unwrap();
    assert_eq!((app.app.app_secret.0.as_str(), app.scope), ("s3cr3t-app", desk.scope().await));
    let user = desk.store.user_by_email("ana@example.com").await.unwrap().unwrap();
    let passwords = Passwords::new(Arc::new(SecureRandom::from_seed(1)));
    assert!(
        passwords.belongs(Lane::Known, Secret("a s3cr3t password".into()), Some(user.password_hash)).await.unwrap()
    );

    let before = desk.everything().await;
    assert_eq!(desk.applies().await, 0);
    assert_eq!(desk.everything().await, before);
}

fn usual(settings: &QueueSettings) -> QueueSettings {
    QueueSettings::usual(settings.id, settings.name.clone())
}

#[tokio::test]
async fn e5_what_is_called_otherwise_stays_who_it_is_and_what_is_not_named_stays_as_it_is() {
    let desk = Desk::with(EXAMPLE).await;
    desk.applies().await;
    let before = desk.directory().await;
    desk.says(&EXAMPLE.replace("\"Vendas\"", "\"Ventas\"").replace("ana@example.com", "lima@example.com"));
    desk.applies().await;
    let after = desk.directory().await;
    assert!(after.queues.iter().any(|queue| queue.settings.name == "Ventas"));
    assert_eq!(ids(&after), ids(&before));
    assert!(desk.store.user_by_email("ana@example.com").await.unwrap().is_none());

    // Let go: it stays, and may be changed elsewhere.
    desk.says(&without("[tenants.loja-azul.queues.suporte]").replace("[\"vendas\", \"suporte\"]", "[\"vendas\"]"));
    assert_eq!(desk.applies().await, 1);
    let after = desk.directory().await;
    let suporte = after.queues.iter().find(|queue| queue.settings.name == "Suporte").unwrap();
    assert_eq!((suporte.fixed.as_slice(), suporte.settings.members.len()), ([].as_slice(), 0));
    let mut settings = suporte.settings.clone();
    settings.name = "Help".into();
    let tenant = desk.scope().await.tenant();
    desk.store.provision(Provision::Queue { tenant, settings }).await.unwrap();
    assert_eq!(desk.applies().await, 0);
    assert!(desk.directory().await.queues.iter().any(|queue| queue.settings.name == "Help"));
}

fn ids(directory: &Directory) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = directory.queues.iter().map(|queue| queue.settings.id.0).collect();
    ids.extend(directory.agents.iter().map(|agent| agent.id.0));
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn e5_the_file_wins_for_what_it_names_and_a_person_who_was_there_may_be_named() {
    let desk = Desk::with(EXAMPLE).await;
    desk.applies().await;
    let tenant = desk.scope().await.tenant();
    let mut settings = desk.directory().await.queues[0].settings.clone();
    (settings.name, settings.members) = ("Mine".into(), [AgentId(Uuid::from_u128(5))].into());
    desk.store.provision(Provision::Queue { tenant, settings }).await.unwrap();
    assert_eq!(desk.applies().await, 1, "what it names is put right");
    let directory = desk.directory().await;
    assert!(directory.queues.iter().all(|queue| queue.settings.name != "Mine"));
    let strangers =
        directory.queues.iter().filter(|queue| queue.settings.members.contains(&AgentId(Uuid::from_u128(5))));
    assert_eq!(strangers.count(), 1, "the file says which queues Ana has, and nothing of others");

    let user = UserDraft {
        id: UserId(Uuid::from_u128(6)),
        email: "caio@example.com".into(),
        name: "Caio".into(),
        role: Role::AGENT,
        password_hash: Secret("his own".into()),
        active: true,
        language: None,
    };
    desk.store.provision(Provision::User { tenant, user }).await.unwrap();
    let caio =
        "\n[tenants.loja-azul.users.caio]\nemail = \"caio@example.com\"\nname = \"Caio Reis\"\nrole = \"agent\"\n";
    desk.says(&format!("{EXAMPLE}{caio}"));
    let problem = desk.is_refused().await;
    assert!(problem.contains("users.caio") && problem.contains("add id = \"00000000-0000-0000-0000-000000000006\""));
    desk.says(&format!("{EXAMPLE}{caio}id = \"00000000-0000-0000-0000-000000000006\"\n"));
    assert_eq!(desk.applies().await, 1);
    assert!(desk.standing.now().office_refused.is_empty());
    let user = desk.store.user_by_email("caio@example.com").await.unwrap().unwrap();
    assert_eq!(user.password_hash.0, "his own");
}

#[tokio::test]
async fn e5_a_file_reaches_into_no_tenant_that_it_does_not_name() {
    let desk = Desk::with(EXAMPLE).await;
    let scopes = desk.store.tenants().await.unwrap();
    let foreign = *scopes.iter().find(|scope| scope.tenant() == FOREIGN).unwrap();
    let before = desk.store.set_up(foreign).await.unwrap();
    desk.applies().await;
    assert_eq!(desk.store.set_up(foreign).await.unwrap(), before);
    // Not by an address, and not by an id of something foreign.
    desk.says(&EXAMPLE.replace("bia@example.com", "EVA@example.com"));
    assert!(desk.is_refused().await.contains("users.bia: the e-mail address belongs to a user of another tenant"));
    let queue = Uuid::from_u128(0xF2);
    desk.says(&EXAMPLE.replace("name = \"Vendas\"", &format!("name = \"Theirs\"\nid = \"{queue}\"")));
    desk.applies().await;
    assert_eq!(desk.store.set_up(foreign).await.unwrap(), before);
    assert!(desk.store.directory(foreign).await.unwrap().what.queues[0].fixed.is_empty());
}

#[tokio::test]
async fn e5_what_is_new_needs_what_it_cannot_do_without() {
    let desk = Desk::with(&EXAMPLE.replace("access_token_file", "# ").replace("app_secret_file", "# ")).await;
    let problems = desk.is_refused().await;
    assert!(problems.contains("numbers.principal: it is not there yet, so it needs access_token_file"), "{problems}");
    assert!(problems.contains("apps.meta: it is not there yet, so it needs app_secret_file"), "{problems}");
    desk.says(EXAMPLE);
    desk.applies().await;
    desk.says(&EXAMPLE.replace("access_token_file", "# ").replace("app_secret_file", "# "));
    desk.applies().await;
    let app = desk.store.app_by_token("s3cr3t-url").await.unwrap().unwrap();
    assert_eq!(app.app.app_secret.0, "s3cr3t-app", "what is not named any more stays");
}

/// Else chats are held out to people who have no way to take them, and after three of these they get none at all.
#[tokio::test]
async fn offers_are_refused_until_they_are_served_and_the_example_does_not_show_them() {
    let example = include_str!("../../config/office.example.toml");
    assert!(!example.contains("offer"), "the example shows what works");
    let desk = Desk::with(&EXAMPLE.replace("first_reply = \"3m\"", "offer_within = \"20s\"")).await;
    let told = desk.is_refused().await;
    assert!(told.contains("queues.vendas: offer_within: offers are not served yet"), "{told}");
}

#[test]
fn e5_everything_that_is_wrong_is_told_at_once_by_its_place_and_no_secret_is() {
    let dir = tempfile::tempdir().unwrap();
    let problems = |text: &str| {
        fs::write(dir.path().join("office.toml"), text).unwrap();
        read(&dir.path().join("office.toml")).companies.unwrap_err().join("\n")
    };
    let told = problems(
        &EXAMPLE
            .replace("queue = \"vendas\"", "queue = \"nowhere\"")
            .replace("provider = \"cloud\"", "provider = \"pigeons\"")
            .replace("first_reply = \"3m\"", "first_reply = \"3m\"\noffer_within = \"9s\"")
            .replace("name = \"Suporte\"", "name = \"Vendas\"\nmembers = [\"zoe\"]")
            .replace("bia@example.com", "ANA@example.com")
            .replace("name = \"Bia Souza\"", "name = \" \"")
            .replace("grace = \"1m\"", "grace = \"2d\""),
    );
    for part in [
        "office.toml: tenants.loja-azul.numbers.principal: queue: there is no queue with the key nowhere",
        "apps.meta: provider must be one of: cloud",
        "apps.meta: app_secret_file: cannot read",
        "queues.vendas: offer_within: offers are not served yet, so that nobody could take a chat; name first_reply instead",
        "queues.vendas: grace must be from 1s to 1d",
        "tenants.loja-azul: two queues have the same name",
        "queues.suporte: members: there is no user with the key zoe",
        "tenants.loja-azul: say who takes which queue either",
        "users.bia: somebody else in the file has the same e-mail address",
        "users.bia: a name has 1 to 200 characters",
        "users.ana: password_file: cannot read",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
    let told = problems("[tenants.a]\nname = \"A\"\nnmae = \"B\"\n");
    assert!(told.contains("unknown field `nmae`") && told.contains("line 3"), "{told}");
    let told = problems("[tenants.\"Not a key\"]\nname = \"A\"\n");
    assert!(told.contains("a key has 1 to 64"), "{told}");
    let told = problems("[tenants.a]\nname = \"A\" s3cr3t\n");
    assert!(told.contains("line 2") && !told.contains("s3cr3t"), "{told}");
}

#[test]
fn e5_keys_make_the_same_ids_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("office.toml");
    fs::write(&file, "[tenants.a]\nname = \"A\"\n[tenants.a.queues.q]\nname = \"Q\"\n").unwrap();
    let first = &read(&file).companies.unwrap()[0];
    assert_eq!(first.id.to_string(), "c3cb0a80-d13a-5686-9ff0-f28e3a885019");
    assert_eq!(first.queues[0].id.to_string(), "48198cd2-a83c-5d89-9e84-70e662089b15");
}

#[tokio::test]
async fn e5_a_change_of_the_file_or_of_a_secret_is_noticed() {
    let desk = Desk::with(EXAMPLE).await;
    desk.applies().await;
    for change in ["office.toml", "secrets/access-token"] {
        let path: &Path = &desk.dir.path().join(change);
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, format!("{}\n", text.replace("s3cr3t", "changed").replace("\"Vendas\"", "\"Ventas\"")))
            .unwrap();
        desk.provisioner.changes().await;
        assert_eq!(desk.applies().await, 1, "{change}");
    }
}
