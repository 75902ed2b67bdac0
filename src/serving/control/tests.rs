//! What an operator asks of a running server, from a data directory as deep as they like.

use super::*;
use crate::configuration::{Sources, load};
use crate::setup::Outcome;
use crate::sign_ins::{Changed, Fate};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{QueueId, TenantId};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_runtime::{Clock, SystemClock};
use dashoffice_store::{Config, Fixed, Provision};
use uuid::Uuid;

const LOJA: TenantId = TenantId(Uuid::from_u128(1));
const SALES: QueueId = QueueId(Uuid::from_u128(2));

struct Running {
    _parent: tempfile::TempDir,
    data_dir: PathBuf,
    store: Store,
    control: Control,
}

/// A store with two tenants behind an open control socket.
async fn running() -> Running {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("a".repeat(100)).join("b".repeat(100)).join("data");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(Ids::from_system(Arc::clone(&clock)));
    let opening = Store::open(Config::Sqlite { data_dir: data_dir.clone() }, ids.next(), Arc::new(move || clock.now()));
    let store = opening.await.unwrap();
    store.own().await.unwrap();
    for (tenant, name) in [(LOJA, "Loja"), (TenantId(Uuid::from_u128(9)), "Padaria")] {
        store.provision(Provision::Tenant { id: tenant, name: name.into() }).await.unwrap();
        store.provision(Provision::Queue { tenant, settings: QueueSettings::usual(SALES, "Sales") }).await.unwrap();
    }
    let configuration =
        load(&Sources { data_dir: Some(data_dir.clone()), ..Sources::default() }).unwrap().configuration;
    let standing = ConfigurationStateCell::default();
    let provisioner = Arc::new(Provisioner::new(crate::wiring::Running::of(configuration), standing.clone()));
    let asked = Asked { store: store.clone(), ids, standing, provisioner };
    let control = Control::open(&data_dir, asked).unwrap();
    Running { _parent: parent, data_dir, store, control }
}

fn ana() -> NewUser {
    NewUser {
        email: "Ana@Example.com".into(),
        name: "Ana".into(),
        role: Role::AGENT,
        password_hash: "$argon2id$of-a-password".into(),
        tenant: Some("Loja".into()),
        queues: vec!["Sales".into()],
    }
}

impl Running {
    async fn creates(&self, user: NewUser) -> Result<Outcome, String> {
        let asked = ask::<Outcome>(&self.data_dir, &Request::CreateUser(user)).await;
        asked.map(|outcome| outcome.expect("a server runs")).map_err(|error| format!("{error:#}"))
    }
}

#[tokio::test]
async fn e4_a_user_is_created_through_the_running_server_which_is_told_of_it() {
    let running = running().await;
    let mut set_ups = running.store.set_ups();
    let created = running.creates(ana()).await.unwrap();
    assert!(!created.known);
    assert_eq!(set_ups.next().await.unwrap().into_iter().collect::<Vec<_>>(), [LOJA]);
    let known = running.store.user_by_email("ana@example.com").await.unwrap().unwrap();
    assert_eq!((known.user, known.scope.tenant()), (created.id, LOJA));
    let directory = running.store.directory(known.scope).await.unwrap().what;
    assert!(directory.queues[0].settings.members.iter().any(|member| member.0 == created.id.0));
}

#[tokio::test]
async fn e4_whoever_is_there_already_is_brought_up_to_date_and_stays_who_they_are() {
    let running = running().await;
    let first = running.creates(ana()).await.unwrap();
    let again = running.creates(NewUser { name: "Ana Lima".into(), email: "ANA@example.com".into(), ..ana() }).await;
    assert_eq!(again, Ok(Outcome { id: first.id, known: true }));
    let elsewhere = running.creates(NewUser { tenant: Some("Padaria".into()), ..ana() }).await;
    assert_eq!(elsewhere, Err("this e-mail address belongs to a user of another tenant".to_owned()));
}

#[tokio::test]
async fn e4_what_cannot_be_is_refused_with_its_reason_and_nobody_is_created() {
    let running = running().await;
    for (user, reason) in [
        (NewUser { email: "nowhere".into(), ..ana() }, "this is no e-mail address"),
        (NewUser { name: " ".into(), ..ana() }, "a name has 1 to 200 characters"),
        (NewUser { tenant: Some("Nobody".into()), ..ana() }, "there is no such tenant"),
        (NewUser { tenant: None, ..ana() }, "there are several tenants: say which one with --tenant"),
        (NewUser { queues: vec!["Repairs".into()], ..ana() }, "there is no queue called Repairs"),
    ] {
        assert_eq!(running.creates(user).await, Err(reason.to_owned()));
    }
    assert!(running.store.user_by_email("ana@example.com").await.unwrap().is_none());
}

#[tokio::test]
async fn e4_who_may_sign_in_is_not_changed_where_the_offices_file_holds_it_and_anybody_may_be_signed_out() {
    let running = running().await;
    let user = running.creates(ana()).await.unwrap().id;
    let change = async |email: &str, fate: Fate| {
        let request = Request::SignIns(SignIns { email: email.into(), fate });
        let asked = ask::<Changed>(&running.data_dir, &request).await;
        asked.map(|changed| changed.expect("a server runs").id).map_err(|error| format!("{error:#}"))
    };
    let active = async || running.store.user_by_email("ana@example.com").await.unwrap().unwrap().active;
    assert_eq!(change("nobody@example.com", Fate::Disable).await, Err("nobody has this e-mail address".to_owned()));
    assert_eq!(change("ANA@example.com", Fate::Disable).await, Ok(user));
    assert!(!active().await);
    assert_eq!(change("ana@example.com", Fate::Enable).await, Ok(user));
    assert!(active().await);
    let mut fixed = Fixed::default();
    fixed.fix(LOJA, user.0, ["active"]);
    running.store.fixes(fixed);
    for fate in [Fate::Disable, Fate::Enable] {
        assert!(change("ana@example.com", fate).await.unwrap_err().starts_with("fixed_by_file"));
    }
    assert_eq!(change("ana@example.com", Fate::SignOut).await, Ok(user));
    assert!(active().await);
}

#[tokio::test]
async fn e4_a_line_nobody_understands_is_answered_and_the_next_one_is_heard() {
    let running = running().await;
    let way = ShortWay::to(&running.data_dir).unwrap();
    let mut socket = BufReader::new(UnixStream::connect(&way.path).await.unwrap());
    socket.write_all(b"{\"order\":\"dance\"}\n").await.unwrap();
    let mut line = String::new();
    socket.read_line(&mut line).await.unwrap();
    assert_eq!(line, "{\"answer\":\"failed\",\"reason\":\"the request cannot be read\"}\n");
    assert!(running.creates(ana()).await.is_ok());
}

#[tokio::test]
async fn e4_where_no_server_runs_there_is_nobody_to_ask() {
    let running = running().await;
    let mode = std::fs::metadata(place(&running.data_dir)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else may ask");
    drop(running.control);
    let request = Request::CreateUser(ana());
    assert!(ask::<Outcome>(&running.data_dir, &request).await.unwrap().is_none());
    // What a process that was killed left lying there answers nobody.
    drop(std::os::unix::net::UnixListener::bind(ShortWay::to(&running.data_dir).unwrap().path).unwrap());
    assert!(ask::<Outcome>(&running.data_dir, &request).await.unwrap().is_none());
    assert!(ask::<Outcome>(&running.data_dir.join("nothing"), &request).await.unwrap().is_none());
}
