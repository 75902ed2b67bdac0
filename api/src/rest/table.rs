//! Every operation of `/api/v1`, with who may ask for it and what it is called on the live socket. Its method, path, body and answers are
//! said at its handler; from both together come the router, the description for machines, `docs/permissions.md` and the tests of rights.
//!
//! To add an operation: a handler with `#[utoipa::path]` in the file of its noun, and a line here. What has no line is refused to everybody.

use super::spoken::Spoken;
use super::{actors, agents, auth, board, contacts, conversations, described, hours, me, media, messages};
use super::{numbers, ops, presence, queues, records, send, users};
use crate::auth::Signed;
use crate::problem::Problem;
use crate::state::Api;
use dashoffice_domain::identity::{Permission, Permissions};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever comes: what they bring proves itself, or is what is asked for.
    Anybody,
    /// Whoever is signed in; what they see is theirs, or follows from what they may see.
    SignedIn,
    May(Permission),
}

impl Access {
    /// As the description has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anybody => "none",
            Self::SignedIn => "self",
            Self::May(permission) => permission.name(),
        }
    }

    /// Whether it is open to somebody signed in who may do this.
    pub const fn is_open_to(self, permissions: Permissions) -> bool {
        match self {
            Self::Anybody | Self::SignedIn => true,
            Self::May(permission) => permissions.has(permission),
        }
    }

    /// # Errors
    /// `forbidden`.
    pub(crate) fn allows(self, signed: &Signed) -> Result<(), Problem> {
        if self.is_open_to(signed.permissions) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self::May(permission)
    }
}

/// A line of the table.
pub(super) struct Declared {
    /// The handler's path, which its operation is named after.
    pub(super) handler: &'static [&'static str],
    pub(super) access: Access,
    /// `None`: the live socket does not take it.
    pub(super) spoken: Option<Spoken>,
}

macro_rules! table {
    ($($($part:ident)::+ => $access:expr $(, spoken $command:path)?;)+) => {
        pub(super) const TABLE: &[Declared] = &[$(Declared {
            handler: &[$(stringify!($part)),+],
            access: $access,
            spoken: table!(@spoken $($command)?),
        },)+];

        /// The handlers of the table, each described under its name, and those of records.
        pub(super) fn handlers() -> OpenApiRouter<Api> {
            OpenApiRouter::new()$(.routes(described::named(&[$(stringify!($part)),+], routes!($($part)::+))))+
                .merge(records::routes())
        }
    };
    (@spoken) => { None };
    (@spoken $command:path) => { Some(Spoken::of::<$command>()) };
}

use Access::{Anybody, May, SignedIn};
use Permission::{Pick, ReadBoard, ReadOps, ReadRaw, ReadUsers, Reply, WriteOps, WriteRoles, WriteSettings};

table! {
    auth::login => Anybody;
    auth::refresh => Anybody;
    auth::logout => SignedIn;
    me::me => SignedIn;
    presence::choose => May(Reply), spoken presence::Presence;
    numbers::list => SignedIn;
    numbers::templates => May(Reply);
    queues::list => SignedIn;
    agents::list => SignedIn;
    users::list => May(ReadUsers);
    users::assign => May(WriteRoles);
    hours::openings => SignedIn;
    contacts::list => SignedIn;
    contacts::one => SignedIn;
    conversations::list::list => SignedIn;
    conversations::one => SignedIn;
    conversations::messages => SignedIn;
    conversations::history => SignedIn;
    conversations::pick::pick => May(Pick), spoken conversations::pick::Pick;
    conversations::close::close => May(Reply), spoken conversations::close::Close;
    conversations::read::read => May(Reply), spoken conversations::read::Read;
    conversations::react::react => May(Reply), spoken conversations::react::React;
    messages::by_provider_id => SignedIn;
    messages::post::post => May(Reply), spoken messages::said::Send;
    messages::one => SignedIn;
    messages::settle::settle => May(Reply), spoken messages::settle::Settle;
    messages::resend::resend => May(Reply), spoken messages::resend::Resend;
    media::one => Anybody;
    board::board => May(ReadBoard);
    send::send => May(Reply);
    actors::actors => May(ReadOps);
    ops::put_aside => May(ReadOps);
    ops::jobs::jobs => May(ReadOps);
    ops::dead_letters::list => May(ReadOps);
    ops::dead_letters::raw => May(ReadRaw);
    ops::dead_letters::retry => May(WriteOps);
    ops::dead_letters::discard => May(WriteOps);
    ops::raw_items::strays => May(ReadOps);
    ops::raw_items::account_news => May(ReadOps);
    ops::raw_items::account_news_raw => May(ReadRaw);
    ops::raw_items::stray_raw => May(ReadRaw);
    ops::raw_items::raw_items => May(ReadOps);
    ops::raw_items::raw_item_raw => May(ReadRaw);
    records::audit => May(WriteSettings);
}

/// What an operation declares, by its name: in the table, or in the description of the kind of record that it is about.
pub(super) fn declared(operation: &str) -> Option<(Access, Option<&'static str>)> {
    let line = TABLE.iter().find(|declared| described::name_of(declared.handler) == operation);
    let in_table = line.map(|line| (line.access, line.spoken.as_ref().map(|spoken| spoken.name)));
    in_table.or_else(|| Some((records::access_of(operation)?, None)))
}

/// An operation as it stands, whole: what its line of the table says and what its handler does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `conversations_pick`
    pub name: String,
    /// In upper case.
    pub method: String,
    /// Below `/api/v1`, with `{id}` where there is one.
    pub path: String,
    /// `None`: it declares nothing, and is refused to everybody.
    pub access: Option<Access>,
    /// The shape of its body.
    pub body: Option<String>,
    /// Each status it is answered with when all is well, with the shape of the answer.
    pub answers: Vec<(String, Option<String>)>,
    /// It takes an idempotency key: whoever gives it has it done once.
    pub idempotent: bool,
    /// What it is called on the live socket.
    pub socket: Option<&'static str>,
}

/// Every operation that is described.
pub(super) fn routes_of(described: &Value) -> Vec<Route> {
    let entries = |part: &Value| part.as_object().cloned().unwrap_or_default();
    let mut routes = Vec::new();
    for (path, operations) in entries(&described["paths"]) {
        for (method, operation) in entries(&operations) {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            let declared = declared(&name);
            let answers = entries(&operation["responses"]).into_iter().filter(|(status, _)| status.starts_with('2'));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.strip_prefix(super::ROOT).unwrap_or(&path).to_owned(),
                access: declared.map(|(access, _)| access),
                body: shape_of(&operation["requestBody"]),
                answers: answers.map(|(status, answer)| (status, shape_of(&answer))).collect(),
                idempotent: parameters.into_iter().any(|parameter| parameter["name"] == "Idempotency-Key"),
                socket: declared.and_then(|(_, socket)| socket),
                name,
            });
        }
    }
    routes
}

fn shape_of(part: &Value) -> Option<String> {
    let content = part["content"].as_object()?.values().next()?;
    let name = content["schema"]["$ref"].as_str()?.rsplit('/').next()?;
    Some(name.to_owned())
}
