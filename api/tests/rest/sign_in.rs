//! Sign-in, refresh, sign-out and the throttle (§3, E4).
#![expect(clippy::unwrap_used, reason = "a test that cannot read an answer has failed")]

use crate::desk::*;
use dashoffice_api::auth::{Chance, SignIn};
use dashoffice_domain::access::Role;
use dashoffice_domain::ids::UserId;
use dashoffice_store::Provision;
use serde_json::json;
use std::sync::Arc;

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
async fn a_refresh_token_is_used_once_forgiven_once_and_then_ends_its_family() {
    let desk = Desk::open().await;
    let mut ended = desk.api.sessions().ended();
    let first = desk.signs_in(House::Blue, "ana").await;
    let second = refreshes(&desk, &refresh_token(&first)).await;
    assert_eq!(second.status, 200);
    desk.pass_seconds(10);
    let forgiven = refreshes(&desk, &refresh_token(&first)).await;
    assert_eq!(forgiven.status, 200, "two tabs, or a lost answer");
    assert!(ended.try_recv().is_err());
    let reused = refreshes(&desk, &refresh_token(&first)).await;
    assert_eq!((reused.status, reused.code()), (401, "refresh_reused"));
    assert!(ended.try_recv().is_ok(), "sockets of the family are told");
    for tokens in [&second.body, &forgiven.body] {
        assert_eq!(refreshes(&desk, &refresh_token(tokens)).await.code(), "unauthenticated");
        let access = tokens["access_token"].as_str();
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
    let mut ended = desk.api.sessions().ended();
    let out = desk.asks(Some(&access(&gone)), "POST", "/api/v1/auth/logout", None, None).await;
    assert_eq!(out.status, 204);
    assert!(ended.try_recv().is_ok());
    assert_eq!(desk.asks(Some(&access(&gone)), "GET", "/api/v1/me", None, None).await.code(), "unauthenticated");
    assert_eq!(refreshes(&desk, &refresh_token(&gone)).await.code(), "unauthenticated");
    assert_eq!(desk.asks(Some(&access(&stays)), "GET", "/api/v1/me", None, None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e4_a_changed_user_is_told_by_me_at_once_and_their_rights_to_whoever_remembers_nothing() {
    let desk = Desk::open().await;
    let tokens = desk.signs_in(House::Blue, "ana").await;
    let access = tokens["access_token"].as_str().unwrap();
    let me = async || desk.asks(Some(access), "GET", "/api/v1/me", None, None).await;
    assert_eq!(me().await.body["user"]["role"], "agent");
    let scope = desk.api.sessions().check(access).await.unwrap().scope;
    let changes = async |role: Role, active: bool| {
        let id = UserId(user_id(House::Blue, "ana"));
        let set_up = desk.store.set_up(scope).await.unwrap();
        let changed = set_up.into_iter().find_map(|order| match order {
            Provision::User { tenant, mut user } if user.id == id => {
                (user.role, user.active, user.name) = (role, active, "Ana Lima".into());
                Some(Provision::User { tenant, user })
            }
            _ => None,
        });
        desk.store.provision(changed.unwrap()).await.unwrap();
    };
    let another_process = async || {
        let sign_in = SignIn::new(desk.store.clone(), desk.api.stamps().clone(), Arc::new(Chance::from_seed(1)));
        sign_in.sessions().check(access).await.map(|signed| signed.role).map_err(|problem| problem.code)
    };
    changes(Role::Supervisor, true).await;
    let told = me().await.body;
    assert_eq!((&told["user"]["role"], &told["user"]["name"]), (&json!("supervisor"), &json!("Ana Lima")));
    assert_eq!(told["agent"]["name"], "Ana Lima");
    assert_eq!(another_process().await, Ok(Role::Supervisor));
    changes(Role::Supervisor, false).await;
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
