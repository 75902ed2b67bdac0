//! Reads the office's file: everything that can be known without the store is checked, and everything that is wrong is told at once.

use super::declared::{App, Company, Number, Password, Queue, User};
use super::file::{AppEntry, Key, Keyed, NumberEntry, OfficeFile, QueueEntry, TenantEntry, UserEntry};
use crate::configuration::{Period, placed};
use crate::setup::{checked_email, checked_name, checked_password};
use dashoffice_adapters::cloud::PROVIDER;
use dashoffice_domain::Span;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AppId, NumberId, QueueId, TenantId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::routing::AcceptMode;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// From this and the companies' keys follow the companies' ids, and from those all others.
const HOUSE: Uuid = Uuid::from_u128(0x6f66_6669_6365_5e1a_8d0c_0b1e_5d61_7368);
/// What a provider can be.
const PROVIDERS: [&str; 1] = [PROVIDER];
const LANGUAGES: [&str; 3] = ["es", "pt-BR", "en"];
/// More than any token or certificate.
const LONGEST_SECRET: u64 = 64 * 1_024;

/// What was read: companies, or everything that is wrong; and each file that was looked for.
pub(super) struct Reading {
    pub(super) companies: Result<Vec<Company>, Vec<String>>,
    pub(super) looked_for: Vec<PathBuf>,
}

/// Reads `file` and the secrets that it names, which are looked for beside it.
pub(super) fn read(file: &Path) -> Reading {
    let mut reader = Reader { beside: file.parent().map(Path::to_owned).unwrap_or_default(), ..Reader::default() };
    reader.looked_for.push(file.to_owned());
    let text = fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"));
    let parsed = text.and_then(|text| toml::from_str(&text).map_err(|error| placed(&error, &text)));
    let companies = match parsed {
        Ok(office) => reader.office(&office),
        Err(problem) => {
            reader.problems.push(problem);
            Vec::new()
        }
    };
    let Reader { problems, looked_for, .. } = reader;
    let told = |problem| format!("{}: {problem}", file.display());
    let companies = if problems.is_empty() { Ok(companies) } else { Err(problems.into_iter().map(told).collect()) };
    Reading { companies, looked_for }
}

/// The id of what a key of a tenant stands for: the same for ever, whatever else about it changes.
fn id_of(tenant: TenantId, kind: &str, key: &Key, given: Option<Uuid>) -> Uuid {
    given.unwrap_or_else(|| Uuid::new_v5(&tenant.0, format!("{kind}/{key}").as_bytes()))
}

#[derive(Default)]
struct Reader {
    beside: PathBuf,
    problems: Vec<String>,
    looked_for: Vec<PathBuf>,
    /// Over all companies: nobody signs in to two, and no address leads to two.
    emails: BTreeSet<String>,
    addresses: BTreeSet<String>,
    tenants: BTreeSet<Uuid>,
}

impl Reader {
    fn office(&mut self, office: &OfficeFile) -> Vec<Company> {
        office.tenants.iter().map(|(key, entry)| self.company(key, entry)).collect()
    }

    fn company(&mut self, key: &Key, entry: &TenantEntry) -> Company {
        let at = format!("tenants.{key}");
        let id = TenantId(entry.id.unwrap_or_else(|| Uuid::new_v5(&HOUSE, key.as_str().as_bytes())));
        if !self.tenants.insert(id.0) {
            self.wrong(&at, "another company has the same id");
        }
        let name = self.name(&at, &entry.name);
        let company = Company {
            id,
            name,
            apps: entry.apps.iter().map(|(key, app)| self.app(id, &at, key, app)).collect(),
            queues: entry.queues.iter().map(|(key, queue)| self.queue(id, &at, key, queue, entry)).collect(),
            numbers: entry.numbers.iter().map(|(key, number)| self.number(id, &at, key, number, entry)).collect(),
            users: entry.users.iter().map(|(key, user)| self.user(id, &at, key, user, entry)).collect(),
            at,
        };
        self.alike(&company);
        company
    }

    /// What must differ within a company.
    fn alike(&mut self, company: &Company) {
        let at = company.at.clone();
        let ids = company.apps.iter().map(|app| app.id.0).chain(company.queues.iter().map(|queue| queue.id.0));
        let ids = ids.chain(company.numbers.iter().map(|number| number.id.0));
        let ids: Vec<String> = ids.chain(company.users.iter().map(|user| user.id.0)).map(|id| id.to_string()).collect();
        let queues: Vec<String> = company.queues.iter().map(|queue| queue.name.clone()).collect();
        let numbers: Vec<String> = company.numbers.iter().map(|number| number.name.clone()).collect();
        let refs: Vec<String> =
            company.numbers.iter().map(|number| format!("{}/{}", number.app, number.provider_ref)).collect();
        for (all, what) in [
            (ids, "two things have the same id"),
            (queues, "two queues have the same name"),
            (numbers, "two numbers have the same name"),
            (refs, "two numbers of an app have the same provider_ref"),
        ] {
            if all.iter().collect::<BTreeSet<_>>().len() < all.len() {
                self.wrong(&at, what);
            }
        }
        let both = company.queues.iter().any(|queue| queue.members.is_some())
            && company.users.iter().any(|user| user.queues.is_some());
        if both {
            self.wrong(&at, "say who takes which queue either with `members` of queues or with `queues` of users");
        }
    }

    fn app(&mut self, tenant: TenantId, at: &str, key: &Key, entry: &AppEntry) -> App {
        let at = format!("{at}.apps.{key}");
        if !PROVIDERS.contains(&entry.provider.as_str()) {
            self.wrong(&at, &format!("provider must be one of: {}", PROVIDERS.join(", ")));
        }
        let [secret, verify_token, url_token] = [
            ("app_secret_file", &entry.app_secret_file),
            ("verify_token_file", &entry.verify_token_file),
            ("url_token_file", &entry.url_token_file),
        ]
        .map(|(field, file)| self.secret(&at, field, file.as_deref()));
        if let Some(token) = &url_token {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
            if !token.0.chars().all(is_plain) {
                self.wrong(&at, "url_token_file: the token may have only letters, digits and - . _ ~");
            }
            if !self.addresses.insert(token.0.clone()) {
                self.wrong(&at, "url_token_file: another app has the same token");
            }
        }
        let id = AppId(id_of(tenant, "app", key, entry.id));
        App { id, at, provider: entry.provider.clone(), secret, verify_token, url_token }
    }

    fn queue(&mut self, tenant: TenantId, at: &str, key: &Key, entry: &QueueEntry, all: &TenantEntry) -> Queue {
        let at = format!("{at}.queues.{key}");
        let within = |period: Option<Period>, most: Duration| {
            period.is_none_or(|period| period.0 >= Duration::from_secs(1) && period.0 <= most)
        };
        let day = Duration::from_hours(24);
        for (field, period) in [("first_reply", entry.first_reply), ("grace", entry.grace)] {
            if !within(period, day) {
                self.wrong(&at, &format!("{field} must be from 1s to 1d"));
            }
        }
        if entry.typing_extends.is_some_and(|period| period.0 > day) {
            self.wrong(&at, "typing_extends must be from 0s to 1d");
        }
        let span = |period: Period| Span(period.0.as_micros() as i64);
        if entry.offer_within.is_some() {
            let why =
                "offer_within: offers are not served yet, so that nobody could take a chat; name first_reply instead";
            self.wrong(&at, why);
        }
        let accept = entry.first_reply.map(|period| AcceptMode::Auto { first_reply_us: span(period) });
        let members = entry.members.as_ref().map(|keys| {
            let ids = keys.iter().filter_map(|key| {
                let user = self.known(&at, "members", "user", key, &all.users)?;
                Some(UserId(id_of(tenant, "user", key, user.id)))
            });
            ids.collect()
        });
        Queue {
            id: QueueId(id_of(tenant, "queue", key, entry.id)),
            name: self.name(&at, &entry.name),
            strategy: entry.strategy,
            accept,
            typing: entry.typing_extends.map(span),
            on_disconnect: entry.on_disconnect,
            grace: entry.grace.map(span),
            members,
        }
    }

    fn number(&mut self, tenant: TenantId, at: &str, key: &Key, entry: &NumberEntry, all: &TenantEntry) -> Number {
        let at = format!("{at}.numbers.{key}");
        let app = self.known(&at, "app", "app", &entry.app, &all.apps);
        let queue = self.known(&at, "queue", "queue", &entry.queue, &all.queues);
        if entry.provider_ref.trim().is_empty() {
            self.wrong(&at, "provider_ref is empty");
        }
        if entry.api_base.as_ref().is_some_and(|base| !base.starts_with("https://") && !base.starts_with("http://")) {
            self.wrong(&at, "api_base must begin with https:// (or http://, for a simulated provider)");
        }
        Number {
            id: NumberId(id_of(tenant, "number", key, entry.id)),
            app: AppId(id_of(tenant, "app", &entry.app, app.and_then(|app| app.id))),
            provider: app.map(|app| app.provider.clone()).unwrap_or_default(),
            name: self.name(&at, &entry.name),
            provider_ref: entry.provider_ref.trim().to_owned(),
            queue: QueueId(id_of(tenant, "queue", &entry.queue, queue.and_then(|queue| queue.id))),
            shown_as: entry.display_phone_number.clone(),
            access_token: self.secret(&at, "access_token_file", entry.access_token_file.as_deref()),
            account_ref: entry.account_ref.clone(),
            api_base: entry.api_base.clone(),
            marketing_messages: entry.marketing_messages,
            at,
        }
    }

    fn user(&mut self, tenant: TenantId, at: &str, key: &Key, entry: &UserEntry, all: &TenantEntry) -> User {
        let at = format!("{at}.users.{key}");
        if let Err(problem) = checked_email(&entry.email) {
            self.wrong(&at, problem);
        }
        let email = entry.email.to_lowercase();
        if !self.emails.insert(email.clone()) {
            self.wrong(&at, "somebody else in the file has the same e-mail address");
        }
        if entry.language.as_ref().is_some_and(|language| !LANGUAGES.contains(&language.as_str())) {
            self.wrong(&at, &format!("language must be one of: {}", LANGUAGES.join(", ")));
        }
        if entry.capacity_units.is_some_and(|units| !(1..=1_000_000).contains(&units)) {
            self.wrong(&at, "capacity_units must be from 1 to 1000000");
        }
        let queues = entry.queues.as_ref().map(|keys| {
            let ids = keys.iter().filter_map(|key| {
                let queue = self.known(&at, "queues", "queue", key, &all.queues)?;
                Some(QueueId(id_of(tenant, "queue", key, queue.id)))
            });
            ids.collect()
        });
        User {
            id: UserId(id_of(tenant, "user", key, entry.id)),
            email,
            name: self.name(&at, &entry.name),
            role: entry.role.clone(),
            active: entry.active,
            language: entry.language.clone(),
            capacity_units: entry.capacity_units,
            queues,
            password: self.password(&at, entry),
            at,
        }
    }

    fn password(&mut self, at: &str, entry: &UserEntry) -> Option<Password> {
        match (&entry.password_file, &entry.password_hash) {
            (Some(_), Some(_)) => {
                self.wrong(at, "password_file and password_hash exclude each other");
                None
            }
            (Some(file), None) => {
                let password = self.secret(at, "password_file", Some(file))?;
                if let Err(problem) = checked_password(&password.0) {
                    self.wrong(at, &format!("password_file: {problem}"));
                }
                Some(Password::Itself(password))
            }
            (None, Some(hash)) => {
                if !hash.starts_with("$argon2id$") {
                    self.wrong(at, "password_hash must be a hash of argon2id in the PHC string format");
                }
                Some(Password::Hash(Secret(hash.clone())))
            }
            (None, None) => None,
        }
    }

    fn name(&mut self, at: &str, name: &str) -> String {
        checked_name(name).unwrap_or_else(|problem| {
            self.wrong(at, problem);
            String::new()
        })
    }

    /// What a key names elsewhere in the company.
    fn known<'a, T>(&mut self, at: &str, field: &str, kind: &str, key: &Key, all: &'a Keyed<T>) -> Option<&'a T> {
        let found = all.get(key);
        if found.is_none() {
            self.wrong(at, &format!("{field}: there is no {kind} with the key {key}"));
        }
        found
    }

    /// What a file beside ours says, without the white space around it.
    fn secret(&mut self, at: &str, field: &str, file: Option<&Path>) -> Option<Secret> {
        let path = self.beside.join(file?);
        self.looked_for.push(path.clone());
        let length = fs::metadata(&path).map_or(0, |met| met.len());
        let read = if length > LONGEST_SECRET {
            Err("it is far too long for a secret".to_owned())
        } else {
            fs::read_to_string(&path).map_err(|error| error.to_string())
        };
        match read.map(|text| text.trim().to_owned()) {
            Ok(text) if !text.is_empty() => Some(Secret(text)),
            Ok(_) => {
                self.wrong(at, &format!("{field}: {} is empty", path.display()));
                None
            }
            Err(error) => {
                self.wrong(at, &format!("{field}: cannot read {}: {error}", path.display()));
                None
            }
        }
    }

    fn wrong(&mut self, at: &str, problem: &str) {
        self.problems.push(format!("{at}: {problem}"));
    }
}

impl User {
    /// Whether they take chats: whoever has a place for them is an agent, whatever their role.
    pub(super) fn takes_chats(&self, is_member: bool) -> bool {
        let has_queues = self.queues.as_ref().is_some_and(|queues| !queues.is_empty());
        self.role == Role::AGENT || self.capacity_units.is_some() || has_queues || is_member
    }
}
