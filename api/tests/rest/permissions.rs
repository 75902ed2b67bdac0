//! Who may ask for what is written down in `docs/permissions.md`, made from what each route declares and from the roles.
#![expect(clippy::unwrap_used, reason = "a page that cannot be read has failed")]

use dashoffice_api::rest::{Access, Route, rest};
use dashoffice_domain::identity::{Permission, Role, Scope};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

pub(crate) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| rest().routes);

/// The page that people read, as it is checked in.
const PAGE: &str = "../docs/permissions.md";

const BEGINNING: &str = "\
# Who may ask for what

This page is made from what each route declares and from the roles; a test holds it to that (`UPDATE=1` with
`cargo nextest run -p dashoffice-api permissions` writes it anew).
A permission says that something may be asked. What it is asked of must be visible besides (`docs/api-design.md`, section 8): with
`conversations.read_all` every conversation is, else one's own and what waits in one's queues. `none`: whoever comes; `self`: whoever is
signed in, who is shown what is theirs or visible to them.

";

fn tick(may: bool) -> &'static str {
    if may { "✓" } else { "" }
}

fn page() -> String {
    let mut page = BEGINNING.to_owned();
    let roles = Role::BUILT_IN.map(|role| role.name().to_owned()).join(" | ");
    let marks = |open: &dyn Fn(&Role) -> bool| Role::BUILT_IN.each_ref().map(|role| tick(open(role))).join(" | ");
    let line = " --- |".repeat(Role::BUILT_IN.len());
    write!(page, "## Permissions\n\n| permission | reaches | allows | {roles} |\n| --- | --- | --- |{line}\n").unwrap();
    for entry in Permission::catalogue() {
        let scope = entry.scope.map_or("–", Scope::name);
        let marks = marks(&|role| role.permissions().has(entry.permission));
        writeln!(page, "| `{}` | {scope} | {} | {marks} |", entry.name, entry.allows).unwrap();
    }
    write!(page, "\n## Routes\n\n| route | on the socket | needs | {roles} |\n| --- | --- | --- |{line}\n").unwrap();
    for Route { method, path, access, socket, .. } in &*ROUTES {
        let needs = access.map_or("nobody", Access::name);
        let socket = socket.map_or_else(|| "–".to_owned(), |name| format!("`{name}`"));
        let marks = marks(&|role| access.is_some_and(|access| access.is_open_to(role.permissions())));
        writeln!(page, "| `{method} {path}` | {socket} | `{needs}` | {marks} |").unwrap();
    }
    page
}

/// Whether the page that is checked in has a route open to a role.
pub(crate) fn is_open(route: &Route, role: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(path).unwrap();
    let place = Role::BUILT_IN.iter().position(|known| known.name() == role).unwrap();
    let start = format!("| `{} {}` |", route.method, route.path);
    let line = page.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{start} is on the page"));
    line.split('|').nth(4 + place).unwrap().trim() == "✓"
}

#[test]
fn the_page_of_permissions_is_the_one_that_is_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says here that the change is meant")]
    let update = std::env::var("UPDATE").is_ok_and(|update| update == "1");
    if update {
        std::fs::write(&path, page()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page(),
        "docs/permissions.md is out of date: run this test with UPDATE=1 and look at the difference"
    );
}

#[test]
fn every_route_declares_who_may_ask_and_every_permission_is_one_of_the_catalogue() {
    for Route { method, path, access, .. } in &*ROUTES {
        assert!(access.is_some(), "{method} {path} declares no permission");
    }
    let open: Vec<_> = ROUTES.iter().filter(|route| route.access == Some(Access::Anybody)).collect();
    let open: Vec<_> = open.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(open, ["POST /auth/login", "POST /auth/refresh", "GET /media/{token}"], "open to whoever comes");
}

#[test]
fn every_command_of_the_socket_is_a_route_under_a_name_of_its_own() {
    let spoken: Vec<_> = ROUTES.iter().filter_map(|route| Some((route.socket?, route))).collect();
    let names: BTreeSet<_> = spoken.iter().map(|(name, _)| *name).collect();
    let expected = ["close", "pick", "presence", "react", "read", "resend", "send", "settle"];
    assert_eq!((names, spoken.len()), (BTreeSet::from(expected), expected.len()));
    for (name, route) in spoken {
        assert!(route.idempotent && route.body.is_some(), "{name} has a body and a key");
    }
}
