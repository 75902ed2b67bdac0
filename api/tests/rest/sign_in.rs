//! Sign-in, refresh, sign-out and the throttle (§3, E4).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_api::auth::{Origin, Passwords, SecureRandom, SignIn};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::UserId;
use dashoffice_domain::ports::Secret;
use dashoffice_store::{Provision, UserDraft};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

async fn refreshes(desk: &Desk, token: &str) -> Answer {
    let body = json!({"refresh_token": token}).to_string();
    desk.asks(None, "POST", "/api/v1/auth/refresh", Some(&body), None).await
}

fn refresh_token(answer: &serde_json::Value) -> String {
    answer["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_becomes_tokens_and_me_says_who_and_what_they_may() {
    let desk = Desk::open().await;
    let tokens = desk.signs_in(House::Blue, "ana").await;
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    let me = desk.gets(House::Blue, "ana", "/me").await;
    assert_eq!(me.body["user"]["email"], House::Blue.email("ana"));
    assert_eq!(me.body["tenant"]["name"], "The blue house");
    assert_eq!(me.body["permissions"], json!(["conversations.reply", "conversations.pick"]));
    assert_eq!(me.body["agent"]["queue_ids"], json!([QUEUE]));
    assert_eq!(desk.gets(House::Blue, "root", "/me").await.body["agent"], json!(null));
    assert_eq!(desk.login("ANA@Blue.Example", PASSWORD).await.status, 200, "in whatever case");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_and_wrong_are_answered_alike_and_the_eleventh_guess_waits() {
    let desk = Desk::open().await;
    for guess in 0..10 {
        let wrong = desk.login(&House::Blue.email("ana"), &format!("guess {guess}")).await;
        let unknown = desk.login("nobody@blue.example", "guess").await;
        assert_eq!((wrong.status, wrong.code()), (401, "wrong_credentials"));
        assert_eq!((unknown.status, unknown.body["title"].clone()), (401, wrong.body["title"].clone()));
    }
    let late = desk.login(&House::Blue.email("ana"), PASSWORD).await;
    assert_eq!((late.status, late.code()), (429, "rate_limited"));
    assert_eq!(late.header("retry-after"), Some(late.body["retry_after_s"].to_string().as_str()));
    assert_eq!(desk.login(&House::Blue.email("bia"), PASSWORD).await.status, 200, "others are not held up");
    desk.pass_seconds(601);
    assert_eq!(desk.login(&House::Blue.email("ana"), PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_who_keeps_guessing_is_refused_before_the_store_is_asked() {
    let desk = Desk::open().await;
    let addresses = [House::Blue.email("ana"), "nobody@blue.example".to_owned()];
    for address in &addresses {
        for _ in 0..10 {
            assert_eq!(desk.login(address, "a guess").await.code(), "wrong_credentials");
        }
    }
    desk.store.close().await;
    for address in &addresses {
        assert_eq!(desk.login(address, "a guess").await.code(), "rate_limited");
    }
    assert_eq!(desk.login(&House::Blue.email("bia"), "a guess").await.code(), "unavailable", "so it is away");
}

/// A sign-in of somebody of the blue house from an address, with what was answered on this device before.
async fn comes(
    desk: &Desk,
    who: &str,
    password: &str,
    from: &str,
    device: Option<&str>,
) -> Result<String, &'static str> {
    let from = Origin { address: Some(from.parse().unwrap()), is_sure: true, device };
    let signed_in = desk.api.sign_in().sign_in(&House::Blue.email(who), Secret(password.into()), from).await;
    signed_in.map(|tokens| tokens.device.unwrap()).map_err(|problem| problem.code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_knows_an_address_locks_its_owner_out_of_where_they_signed_in_before() {
    let desk = Desk::open().await;
    let device = comes(&desk, "ana", PASSWORD, "203.0.113.7", None).await.unwrap();
    let of_bia = comes(&desk, "bia", PASSWORD, "203.0.113.7", None).await.unwrap();
    for n in 0..16 {
        // Slowly enough to be looked at each time.
        desk.pass_seconds(9);
        let guess = comes(&desk, "ana", "a guess", &format!("198.51.{n}.1"), None).await;
        assert_eq!(guess, Err("wrong_credentials"));
    }
    assert_eq!(comes(&desk, "ana", PASSWORD, "192.0.2.1", None).await, Err("rate_limited"), "a stranger waits");
    assert_eq!(comes(&desk, "ana", PASSWORD, "192.0.2.1", Some(&of_bia)).await, Err("rate_limited"), "hers alone");
    assert_eq!(comes(&desk, "ana", PASSWORD, "192.0.2.1", Some("forged")).await, Err("rate_limited"));
    assert!(comes(&desk, "ana", PASSWORD, "203.0.113.99", None).await.is_ok(), "from a network of hers");
    let device = comes(&desk, "ana", PASSWORD, "192.0.2.1", Some(&device)).await.unwrap();
    assert!(comes(&desk, "bia", PASSWORD, "192.0.2.1", None).await.is_ok(), "nobody else is held up");
    for _ in 0..10 {
        assert_eq!(comes(&desk, "ana", "a guess", "203.0.113.66", None).await, Err("wrong_credentials"));
    }
    assert!(
        comes(&desk, "ana", PASSWORD, "203.0.113.7", None).await.is_ok(),
        "nor is she locked out within her network"
    );
    assert!(comes(&desk, "ana", PASSWORD, "203.0.113.7", Some(&device)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_known_by_the_address_of_a_proxy_behind_which_anybody_may_stand() {
    let desk = Desk::open().await;
    let from = Origin { address: Some("10.0.0.1".parse().unwrap()), is_sure: false, device: None };
    let signs_in = async || {
        let signed_in = desk.api.sign_in().sign_in(&House::Blue.email("ana"), Secret(PASSWORD.into()), from).await;
        signed_in.map_err(|problem| problem.code).map(|_| ())
    };
    assert_eq!(signs_in().await, Ok(()));
    for n in 0..16 {
        desk.pass_seconds(9);
        let _ = comes(&desk, "ana", "a guess", &format!("198.51.{n}.1"), None).await;
    }
    assert_eq!(signs_in().await, Err("rate_limited"), "it may be a stranger");
    assert_eq!(comes(&desk, "ana", PASSWORD, "10.0.0.1", None).await, Err("rate_limited"), "nor was it the proxy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_stand_in_line_do_not_hold_up_whoever_was_here_before() {
    const STRANGERS: usize = 40;
    let desk = Desk::open().await;
    let device = comes(&desk, "ana", PASSWORD, "203.0.113.7", None).await.unwrap();
    let answered = AtomicUsize::new(0);
    let strangers = (0..STRANGERS).map(async |n| {
        // Each from a network of their own, for an account of their own: nothing slows them down but one another.
        let _ = comes(&desk, &format!("nobody{n}"), "a guess", &format!("198.51.{n}.1"), None).await;
        answered.fetch_add(1, SeqCst);
    });
    let known = async {
        // The strangers stand in line by then.
        while answered.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(comes(&desk, "ana", PASSWORD, "192.0.2.1", Some(&device)).await.is_ok());
        answered.load(SeqCst)
    };
    let (_, before) = tokio::join!(futures_util::future::join_all(strangers), known);
    assert!(before < STRANGERS / 2, "{before} strangers were answered first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_answered_at_sign_in_taken_at_the_next_and_null_at_a_refresh() {
    let desk = Desk::open().await;
    let first = desk.signs_in(House::Blue, "ana").await;
    let login = async |device: serde_json::Value| {
        let body = json!({"email": House::Blue.email("ana"), "password": PASSWORD, "device": device}).to_string();
        desk.asks(None, "POST", "/api/v1/auth/login", Some(&body), None).await
    };
    for device in [first["device"].clone(), json!("of nobody"), json!(null)] {
        let again = login(device).await;
        assert!(again.status == 200 && again.body["device"].is_string(), "{again:?}");
    }
    assert_eq!(refreshes(&desk, &refresh_token(&first)).await.body["device"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshes_repeated_at_once_with_one_token_are_all_answered_the_same_and_later_ones_end_its_family() {
    let desk = Desk::open().await;
    let first = refresh_token(&desk.signs_in(House::Blue, "ana").await);
    let mut changes = desk.api.sessions().changes();
    // Four tabs at once, and three that lost their answers.
    let together = tokio::join!(
        refreshes(&desk, &first),
        refreshes(&desk, &first),
        refreshes(&desk, &first),
        refreshes(&desk, &first)
    );
    let mut answers = vec![together.0, together.1, together.2, together.3];
    for _ in 0..3 {
        desk.pass_seconds(3);
        answers.push(refreshes(&desk, &first).await);
    }
    let second = refresh_token(&answers[0].body);
    assert_ne!(second, first);
    for answer in &answers {
        assert_eq!((answer.status, refresh_token(&answer.body)), (200, second.clone()));
        let access = answer.body["access_token"].as_str();
        assert_eq!(desk.asks(access, "GET", "/api/v1/me", None, None).await.status, 200);
    }
    let elsewhere = SignIn::new(desk.store.clone(), desk.api.stamps().clone(), Arc::new(SecureRandom::from_seed(9)));
    assert_eq!(elsewhere.refresh(&first).await.unwrap().refresh_token, second, "of the installation, not of a process");
    assert_eq!(refreshes(&desk, &second).await.status, 200);
    assert!(changes.try_recv().is_err(), "no session ended");
    desk.pass_seconds(2);
    let reused = refreshes(&desk, &first).await;
    assert_eq!((reused.status, reused.code()), (401, "refresh_reused"));
    assert!(changes.try_recv().is_ok(), "sockets of the family are told");
    for answer in &answers {
        assert_eq!(refreshes(&desk, &refresh_token(&answer.body)).await.code(), "unauthenticated");
        let access = answer.body["access_token"].as_str();
        assert_eq!(desk.asks(access, "GET", "/api/v1/me", None, None).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_comes_back_late_is_theft() {
    let desk = Desk::open().await;
    let first = desk.signs_in(House::Blue, "ana").await;
    assert_eq!(refreshes(&desk, &refresh_token(&first)).await.status, 200);
    desk.pass_seconds(11);
    assert_eq!(refreshes(&desk, &refresh_token(&first)).await.code(), "refresh_reused");
    assert_eq!(refreshes(&desk, "never made").await.code(), "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unused_refresh_token_lives_thirty_days() {
    let desk = Desk::open().await;
    let (kept, left) = (desk.signs_in(House::Blue, "ana").await, desk.signs_in(House::Blue, "ana").await);
    desk.pass_seconds(30 * 86_400 - 1);
    assert_eq!(refreshes(&desk, &refresh_token(&kept)).await.status, 200);
    desk.pass_seconds(1);
    assert_eq!(refreshes(&desk, &refresh_token(&left)).await.code(), "unauthenticated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_signing_out_acts_at_once_on_this_session_alone() {
    let desk = Desk::open().await;
    let (gone, stays) = (desk.signs_in(House::Blue, "ana").await, desk.signs_in(House::Blue, "ana").await);
    let access = |tokens: &serde_json::Value| tokens["access_token"].as_str().unwrap().to_owned();
    let mut ended = desk.api.sessions().changes();
    let out = desk.asks(Some(&access(&gone)), "POST", "/api/v1/auth/logout", None, None).await;
    assert_eq!(out.status, 204);
    assert!(ended.try_recv().is_ok());
    assert_eq!(desk.asks(Some(&access(&gone)), "GET", "/api/v1/me", None, None).await.code(), "unauthenticated");
    assert_eq!(refreshes(&desk, &refresh_token(&gone)).await.code(), "unauthenticated");
    assert_eq!(desk.asks(Some(&access(&stays)), "GET", "/api/v1/me", None, None).await.status, 200);
}

/// Ana of the blue house, changed.
async fn changes(desk: &Desk, change: impl FnOnce(&mut UserDraft)) {
    let scope = desk.store.user_by_email(&House::Blue.email("ana")).await.unwrap().unwrap().scope;
    let id = UserId(user_id(House::Blue, "ana"));
    let mut users = desk.store.set_up(scope).await.unwrap().into_iter().filter_map(|order| match order {
        Provision::User { tenant, user } if user.id == id => Some((tenant, user)),
        _ => None,
    });
    let (tenant, mut user) = users.next().unwrap();
    change(&mut user);
    desk.store.provision(Provision::User { tenant, user }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_another_password_ends_every_session_of_its_user_on_the_next_request() {
    let desk = Desk::open().await;
    let tokens = [desk.signs_in(House::Blue, "ana").await, desk.signs_in(House::Blue, "ana").await];
    let me = async |tokens: &serde_json::Value| {
        desk.asks(tokens["access_token"].as_str(), "GET", "/api/v1/me", None, None).await.status
    };
    assert_eq!((me(&tokens[0]).await, me(&tokens[1]).await), (200, 200));
    let hash =
        Passwords::new(Arc::new(SecureRandom::from_seed(1))).hash(Secret("another password".into())).await.unwrap();
    changes(&desk, |ana| ana.password_hash = hash).await;
    for tokens in &tokens {
        assert_eq!(me(tokens).await, 401);
        assert_eq!(refreshes(&desk, &refresh_token(tokens)).await.code(), "unauthenticated");
    }
    assert_eq!(desk.gets(House::Blue, "bia", "/me").await.status, 200, "nobody else's");
    assert_eq!(desk.login(&House::Blue.email("ana"), PASSWORD).await.status, 401);
    assert_eq!(desk.login(&House::Blue.email("ana"), "another password").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_new_role_and_the_loss_of_the_right_to_sign_in_count_on_the_next_request() {
    let desk = Desk::open().await;
    let tokens = desk.signs_in(House::Blue, "ana").await;
    let access = tokens["access_token"].as_str();
    let users = async || desk.asks(access, "GET", "/api/v1/users", None, None).await.status;
    assert_eq!(users().await, 403);
    changes(&desk, |ana| ana.role = Role::SUPERVISOR).await;
    assert_eq!(users().await, 200);
    let me = desk.asks(access, "GET", "/api/v1/me", None, None).await.body;
    assert_eq!(me["user"]["role"], "supervisor");
    changes(&desk, |ana| ana.role = Role::AGENT).await;
    assert_eq!(users().await, 403);
    changes(&desk, |ana| ana.active = false).await;
    assert_eq!(users().await, 401);
    changes(&desk, |ana| ana.active = true).await;
    assert_eq!(users().await, 401, "the session has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_changed_user_is_told_by_me_at_once_and_their_rights_to_whoever_remembers_nothing() {
    let desk = Desk::open().await;
    let tokens = desk.signs_in(House::Blue, "ana").await;
    let access = tokens["access_token"].as_str().unwrap();
    let me = async || desk.asks(Some(access), "GET", "/api/v1/me", None, None).await;
    assert_eq!(me().await.body["user"]["role"], "agent");
    let another_process = async || {
        let sign_in = SignIn::new(desk.store.clone(), desk.api.stamps().clone(), Arc::new(SecureRandom::from_seed(1)));
        sign_in.sessions().check(access).await.map(|signed| signed.permissions).map_err(|problem| problem.code)
    };
    changes(&desk, |ana| (ana.role, ana.name) = (Role::SUPERVISOR, "Ana Lima".into())).await;
    let told = me().await.body;
    assert_eq!((&told["user"]["role"], &told["user"]["name"]), (&json!("supervisor"), &json!("Ana Lima")));
    assert_eq!(told["agent"]["name"], "Ana Lima");
    assert_eq!(another_process().await, Ok(Role::SUPERVISOR.permissions()));
    changes(&desk, |ana| ana.active = false).await;
    assert_eq!(another_process().await, Err("unauthenticated"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_expires_after_a_quarter_of_an_hour() {
    let desk = Desk::open().await;
    desk.pass_seconds(899);
    assert_eq!(desk.gets(House::Blue, "ana", "/me").await.status, 200);
    desk.pass_seconds(1);
    assert_eq!(desk.gets(House::Blue, "ana", "/me").await.code(), "token_expired");
}
