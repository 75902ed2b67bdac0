//! `user create`, in the store itself and through a running server.

#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

use dashoffice_domain::ids::{AppId, TenantId};
use dashoffice_domain::ports::Secret;
use dashoffice_load_tests::free_port;
use dashoffice_store::{Config, Provision, Store};
use std::fs::{File, read_to_string};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

fn create(dir: &Path, more: &[&str], password: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashoffice"));
    command.arg("--data-dir").arg(dir).args(["user", "create", "--email", "Ana@Example.com", "--name", "Ana"]);
    command.args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn user(dir: &Path, what: &str, email: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashoffice"));
    command.arg("--data-dir").arg(dir).args(["user", what, email]).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A tenant is set up while nobody runs; what was made is on disk when this returns.
async fn set_up(dir: &Path) {
    let config = Config::Sqlite { data_dir: dir.to_owned() };
    let store = Store::open(config, Uuid::from_u128(7), Arc::new(|| 1_700_000_000_000_000)).await.unwrap();
    store.own().await.unwrap();
    let tenant = TenantId(Uuid::from_u128(1));
    store.provision(Provision::Tenant { id: tenant, name: "Loja".into() }).await.unwrap();
    let secret = |text: &str| Secret(text.into());
    let app = Provision::App {
        tenant,
        id: AppId(Uuid::from_u128(2)),
        provider: "cloud".into(),
        app_secret: secret("app secret"),
        verify_token: secret("verify token"),
        url_token: secret("url-token"),
    };
    store.provision(app).await.unwrap();
    store.close().await;
}

/// A server that is killed when the test ends, however it ends.
struct Server(Child, u16);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(dir: &Path) -> Server {
    let port = free_port().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashoffice"));
    command.arg("--data-dir").arg(dir).arg("serve").env("DASHOFFICE__SERVER__LISTEN", format!("127.0.0.1:{port}"));
    let log = File::create(dir.join("log")).unwrap();
    let server = Server(command.stdout(Stdio::null()).stderr(log).spawn().unwrap(), port);
    let begun = Instant::now();
    while !asks(&server, "GET /readyz", "", "").starts_with("HTTP/1.1 200") {
        assert!(begun.elapsed() < Duration::from_secs(60), "it becomes ready");
        std::thread::sleep(Duration::from_millis(50));
    }
    server
}

/// The whole answer; nothing while nobody listens.
fn asks(server: &Server, what: &str, headers: &str, body: &str) -> String {
    let Ok(mut socket) = TcpStream::connect(("127.0.0.1", server.1)) else { return String::new() };
    let length = body.len();
    let request =
        format!("{what} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n");
    let mut answer = String::new();
    let asked = socket.write_all((request + body).as_bytes()).and_then(|()| socket.read_to_string(&mut answer));
    asked.map_or_else(|_| String::new(), |_| answer)
}

fn signs_in(server: &Server, password: &str) -> bool {
    login(server, password).starts_with("HTTP/1.1 200")
}

fn login(server: &Server, password: &str) -> String {
    login_by(server, "", password)
}

/// A sign-in as a proxy hands it on.
fn login_by(server: &Server, forwarded: &str, password: &str) -> String {
    let body = format!(r#"{{"email":"ana@example.com","password":"{password}"}}"#);
    asks(server, "POST /api/v1/auth/login", &format!("content-type: application/json\r\n{forwarded}"), &body)
}

/// Whether an access token is taken.
fn is_taken(server: &Server, token: &str) -> bool {
    asks(server, "GET /api/v1/me", &format!("authorization: Bearer {token}\r\n"), "").starts_with("HTTP/1.1 200")
}

/// The access token of an answer.
fn token(answer: &str) -> String {
    let (_, rest) = answer.split_once(r#""access_token":""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn a_user_needs_a_tenant_and_a_password_that_is_not_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let short = create(dir.path(), &["--role", "agent", "--password-stdin"], "short");
    assert!(!short.status.success());
    assert!(String::from_utf8_lossy(&short.stderr).contains("at least 10 characters"));
    let nowhere = create(dir.path(), &["--role", "agent"], "");
    assert!(!nowhere.status.success());
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no such tenant"));
    assert!(!String::from_utf8_lossy(&nowhere.stdout).contains("password"), "none is told where nobody was created");
}

#[tokio::test]
async fn e4_a_user_created_offline_signs_in_later_and_one_created_through_the_server_at_once() {
    let parent = tempfile::tempdir().unwrap();
    // Deeper than the path of a socket may be long.
    let dir = parent.path().join("d".repeat(120)).join("data");
    set_up(&dir).await;
    let offline = create(&dir, &["--role", "supervisor", "--password-stdin"], "a first password\n");
    assert!(said(&offline).starts_with("created Ana@Example.com ("), "{offline:?}");

    let server = serve(&dir);
    assert!(signs_in(&server, "a first password"));
    let online = create(&dir, &["--role", "supervisor", "--password-stdin"], "another password\n");
    assert!(said(&online).starts_with("updated Ana@Example.com ("), "{online:?}");
    assert!(signs_in(&server, "another password"));
    assert!(!signs_in(&server, "a first password"));
    for (what, says, can_sign_in) in
        [("sign-out", "signed out", true), ("disable", "disabled", false), ("enable", "enabled", true)]
    {
        let answer = login(&server, "another password");
        let held = answer.starts_with("HTTP/1.1 200").then(|| token(&answer));
        assert!(held.iter().all(|token| is_taken(&server, token)));
        let done = user(&dir, what, "Ana@Example.com");
        assert!(said(&done).starts_with(&format!("{says} Ana@Example.com (")), "{done:?}");
        assert!(!held.iter().any(|token| is_taken(&server, token)), "{what} ends the session at once");
        assert_eq!(signs_in(&server, "another password"), can_sign_in, "{what}");
    }
    let nobody = user(&dir, "disable", "nobody@example.com");
    assert!(!nobody.status.success() && String::from_utf8_lossy(&nobody.stderr).contains("nobody has this"));
    let made = create(&dir, &["--role", "agent", "--queue", "Nowhere"], "");
    assert!(String::from_utf8_lossy(&made.stderr).contains("there is no queue called Nowhere"), "{made:?}");
}

#[tokio::test]
async fn strangers_are_told_apart_by_the_word_of_a_trusted_proxy_and_their_failures_are_counted_and_logged() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    set_up(&dir).await;
    assert!(create(&dir, &["--role", "agent", "--password-stdin"], "a first password\n").status.success());
    let server = serve(&dir);
    let status = |forwarded: &str, password: &str| {
        let answer = login_by(&server, &format!("{forwarded}\r\n"), password);
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    for n in 0..10 {
        assert_eq!(status(&format!("x-forwarded-for: 203.0.113.{n}"), "a wrong password"), "401");
    }
    for same_network in [
        "x-forwarded-for: 203.0.113.200:4711",
        "x-forwarded-for: 6.6.6.6, 203.0.113.7",
        "forwarded: for=6.6.6.6, for=\"203.0.113.7:80\";proto=https",
    ] {
        assert_eq!(status(same_network, "a first password"), "429", "{same_network}");
    }
    assert_eq!(status("x-forwarded-for: 203.0.113.7, 198.51.100.1", "a first password"), "200");
    let forged = asks(&server, "POST /webhooks/cloud/url-token", "x-forwarded-for: 192.0.2.7\r\n", "{}");
    assert!(forged.starts_with("HTTP/1.1 401"), "{forged}");
    let metrics = asks(&server, "GET /metrics", "", "");
    for line in [
        "dashoffice_sign_ins_failed_total{why=\"wrong\"} 10",
        "dashoffice_sign_ins_failed_total{why=\"throttled\"} 3",
        "dashoffice_signatures_refused_total 1",
    ] {
        assert!(metrics.contains(line), "{line} is not in:\n{metrics}");
    }
    let log = read_to_string(dir.join("log")).unwrap();
    let told = |what: &str| log.lines().filter(|line| line.contains(what)).collect::<Vec<_>>();
    // One a minute, however slow the machine is.
    assert!((1..5).contains(&told("sign-ins failed").len()), "once in a while, not each of 13 times:\n{log}");
    assert!(told("sign-ins failed")[0].contains("203.0.113.0"), "by whom:\n{log}");
    assert!(told("signatures of webhooks were refused")[0].contains("192.0.2.7"), "{log}");
    assert!(!log.to_lowercase().contains("ana@example.com"), "whose account it was is nobody's business:\n{log}");
}
