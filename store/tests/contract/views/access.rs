//! Users, sessions and the tokens that keep them going (§3 of the API).

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::access::Role;
use dashoffice_domain::ids::{SessionId, TenantId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_store::views::TenantScope;
use dashoffice_store::{Provision, Renewal, UserDraft};

for_both_databases!(
    an_address_belongs_to_one_user_of_all_tenants_in_whatever_case,
    a_token_is_used_once_forgiven_once_and_then_its_family_ends,
    a_session_of_somebody_disabled_goes_no_further,
    a_secret_of_the_house_is_kept_once_and_survives_a_restart,
    an_agent_joins_a_queue_and_its_settings_stay,
);

const ANA: UserId = UserId(AGENT.0);

fn draft(id: UserId, email: &str) -> UserDraft {
    UserDraft {
        id,
        email: email.into(),
        name: "Ana Lima".into(),
        role: Role::Agent,
        password_hash: Secret("hash".into()),
        active: true,
        language: None,
    }
}

async fn put(desk: &Desk, tenant: TenantId, user: UserDraft) {
    desk.provision(Provision::User { tenant, user }).await;
}

async fn session(desk: &Desk, token: [u8; 32]) -> (TenantScope, SessionId) {
    put(desk, TENANT, draft(ANA, "ana@example.com")).await;
    let seen = desk.store().user_by_email("ana@example.com").await.unwrap().unwrap();
    let session = fresh();
    desk.store().begin_session(seen.scope, ANA, session, token).await.unwrap();
    (seen.scope, session)
}

async fn an_address_belongs_to_one_user_of_all_tenants_in_whatever_case(desk: Desk) {
    put(&desk, TENANT, draft(ANA, "Ana@Example.com")).await;
    put(&desk, TENANT, UserDraft { role: Role::Supervisor, ..draft(ANA, "ANA@example.com") }).await;
    let seen = desk.store().user_by_email("aNa@eXample.com").await.unwrap().unwrap();
    assert_eq!((seen.scope.tenant(), seen.user, seen.role), (TENANT, ANA, Role::Supervisor));
    for tenant in [TENANT, OTHER_TENANT] {
        let taken = Provision::User { tenant, user: draft(fresh(), "ana@EXAMPLE.com") };
        assert!(desk.store().provision(taken).await.is_err());
    }
    assert_eq!(desk.store().users(seen.scope).await.unwrap().len(), 1);
    assert!(desk.store().user_by_email("bia@example.com").await.unwrap().is_none());
}

async fn a_token_is_used_once_forgiven_once_and_then_its_family_ends(desk: Desk) {
    let (scope, session) = session(&desk, [1; 32]).await;
    let renew = async |presented: u8, successor: u8| {
        desk.store().renew_session(scope, [presented; 32], [successor; 32]).await.unwrap()
    };
    assert_eq!(renew(9, 2).await, Renewal::Unknown);
    assert_eq!(renew(1, 2).await, Renewal::Renewed);
    desk.hands.pass_seconds(10);
    assert_eq!(renew(1, 3).await, Renewal::Renewed);
    let live = async || desk.store().session(TENANT, session).await.unwrap().unwrap().live;
    assert!(live().await);
    assert_eq!(renew(1, 4).await, Renewal::Reused);
    assert!(!live().await);
    assert_eq!(renew(2, 5).await, Renewal::Unknown);
    assert!(desk.store().session_by_refresh_token([4; 32]).await.unwrap().is_none());
    assert!(desk.store().session(OTHER_TENANT, session).await.unwrap().is_none());
}

async fn a_session_of_somebody_disabled_goes_no_further(desk: Desk) {
    let (scope, session) = session(&desk, [1; 32]).await;
    put(&desk, TENANT, UserDraft { active: false, ..draft(ANA, "ana@example.com") }).await;
    assert!(!desk.store().session(TENANT, session).await.unwrap().unwrap().live);
    assert_eq!(desk.store().renew_session(scope, [1; 32], [2; 32]).await.unwrap(), Renewal::Unknown);
}

async fn a_secret_of_the_house_is_kept_once_and_survives_a_restart(desk: Desk) {
    assert_eq!(desk.store().secret("key").await.unwrap(), None);
    for value in [b"first".to_vec(), b"second".to_vec()] {
        desk.store().keep_secret("key", value).await.unwrap();
    }
    let desk = desk.restart().await;
    assert_eq!(desk.store().secret("key").await.unwrap(), Some(b"first".to_vec()));
}

async fn an_agent_joins_a_queue_and_its_settings_stay(desk: Desk) {
    desk.provision(Provision::Agent { tenant: TENANT, id: AGENT, capacity_units: 100 }).await;
    for _ in 0..2 {
        desk.provision(Provision::Member { tenant: TENANT, queue: QUEUE, agent: AGENT }).await;
    }
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let directory = desk.store().directory(scope).await.unwrap().what;
    assert_eq!((directory.queues[0].settings.name.as_str(), directory.queues[0].settings.members.len()), ("Vendas", 1));
    assert_eq!(directory.agents[0].queues, [QUEUE]);
    let nowhere = Provision::Member { tenant: TENANT, queue: fresh(), agent: AGENT };
    assert!(desk.store().provision(nowhere).await.is_err());
}
