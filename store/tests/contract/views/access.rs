//! Users, sessions and the tokens that keep them going (§3 of the API).

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{SessionId, TenantId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_store::views::TenantScope;
use dashoffice_store::{NewSession, Provision, Renewal, RightsSince, UserDraft};

for_both_databases!(
    an_address_belongs_to_one_user_of_all_tenants_in_whatever_case,
    a_token_that_comes_back_within_ten_seconds_goes_on_with_the_same_successor_and_later_ends_its_family,
    a_session_of_somebody_disabled_goes_no_further,
    another_password_ends_every_session_of_its_user_in_the_same_transaction_and_nobody_elses,
    whoever_may_no_longer_sign_in_is_signed_out_at_once_and_stays_so,
    all_sessions_of_a_user_end_together,
    somebody_is_signed_in_until_the_last_of_their_sessions_ends,
    a_session_begins_only_while_the_password_that_was_proved_is_its_users,
    a_network_is_known_of_whoever_signed_in_from_it_and_of_nobody_else,
    what_was_read_of_somebody_before_a_change_is_known_to_be_of_before,
    a_secret_of_the_house_is_kept_once_and_survives_a_restart,
    an_agent_joins_a_queue_and_its_settings_stay,
);

const ANA: UserId = UserId(AGENT.0);

fn draft(id: UserId, email: &str) -> UserDraft {
    UserDraft {
        id,
        email: email.into(),
        name: "Ana Lima".into(),
        role: Role::AGENT,
        password_hash: Secret("hash".into()),
        active: true,
        language: None,
    }
}

async fn put(desk: &Desk, tenant: TenantId, user: UserDraft) {
    desk.provision(Provision::User { tenant, user }).await;
}

fn new(user: UserId, session: SessionId, token: u8, password_hash: &str) -> NewSession {
    NewSession {
        user,
        session,
        token: [token; 32],
        proved: Secret(password_hash.into()),
        network: Some([user.0.as_bytes()[10]; 32]),
    }
}

async fn begin(desk: &Desk, scope: TenantScope, user: UserId, session: SessionId, token: u8) {
    assert!(desk.store().begin_session(scope, new(user, session, token, "hash")).await.unwrap());
}

async fn session(desk: &Desk, token: [u8; 32]) -> (TenantScope, SessionId) {
    put(desk, TENANT, draft(ANA, "ana@example.com")).await;
    let seen = desk.store().user_by_email("ana@example.com").await.unwrap().unwrap();
    let session = fresh();
    begin(desk, seen.scope, ANA, session, token[0]).await;
    (seen.scope, session)
}

async fn an_address_belongs_to_one_user_of_all_tenants_in_whatever_case(desk: Desk) {
    put(&desk, TENANT, draft(ANA, "Ana@Example.com")).await;
    put(&desk, TENANT, UserDraft { role: Role::SUPERVISOR, ..draft(ANA, "ANA@example.com") }).await;
    let seen = desk.store().user_by_email("aNa@eXample.com").await.unwrap().unwrap();
    assert_eq!((seen.scope.tenant(), seen.user, seen.role), (TENANT, ANA, Role::SUPERVISOR));
    for tenant in [TENANT, OTHER_TENANT] {
        let taken = Provision::User { tenant, user: draft(fresh(), "ana@EXAMPLE.com") };
        assert!(desk.store().provision(taken).await.is_err());
    }
    assert_eq!(desk.store().users(seen.scope).await.unwrap().len(), 1);
    assert!(desk.store().user_by_email("bia@example.com").await.unwrap().is_none());
}

async fn a_token_that_comes_back_within_ten_seconds_goes_on_with_the_same_successor_and_later_ends_its_family(
    desk: Desk,
) {
    let (scope, session) = session(&desk, [1; 32]).await;
    let renew = async |presented: u8, successor: u8| {
        desk.store().renew_session(scope, [presented; 32], [successor; 32]).await.unwrap()
    };
    assert_eq!(renew(9, 2).await, Renewal::Unknown);
    assert_eq!(renew(1, 2).await, Renewal::Renewed);
    assert_eq!(renew(2, 3).await, Renewal::Renewed);
    desk.hands.pass_seconds(10);
    for _ in 0..3 {
        assert_eq!(renew(1, 2).await, Renewal::Renewed);
    }
    let live = async || desk.store().session(TENANT, session).await.unwrap().unwrap().live;
    assert!(live().await);
    desk.hands.pass_seconds(1);
    assert_eq!(renew(2, 3).await, Renewal::Reused, "that its token came back made the successor no younger");
    assert!(!live().await);
    assert_eq!(renew(3, 4).await, Renewal::Unknown);
    assert!(desk.store().session_by_refresh_token([4; 32]).await.unwrap().is_none());
    assert!(desk.store().session(OTHER_TENANT, session).await.unwrap().is_none());
}

async fn a_session_of_somebody_disabled_goes_no_further(desk: Desk) {
    let (scope, session) = session(&desk, [1; 32]).await;
    put(&desk, TENANT, UserDraft { active: false, ..draft(ANA, "ana@example.com") }).await;
    assert!(!desk.store().session(TENANT, session).await.unwrap().unwrap().live);
    assert_eq!(desk.store().renew_session(scope, [1; 32], [2; 32]).await.unwrap(), Renewal::Unknown);
}

/// Ana with two sessions, and Bia with one.
async fn signed_in(desk: &Desk) -> (TenantScope, UserId, [SessionId; 3]) {
    let (scope, first) = session(desk, [1; 32]).await;
    let (bia, second, third) = (fresh(), fresh(), fresh());
    put(desk, TENANT, draft(bia, "bia@example.com")).await;
    begin(desk, scope, ANA, second, 2).await;
    begin(desk, scope, bia, third, 3).await;
    (scope, bia, [first, second, third])
}

async fn which_live(desk: &Desk, sessions: [SessionId; 3]) -> [bool; 3] {
    let mut live = [false; 3];
    for (live, session) in live.iter_mut().zip(sessions) {
        *live = desk.store().session(TENANT, session).await.unwrap().unwrap().live;
    }
    live
}

async fn another_password_ends_every_session_of_its_user_in_the_same_transaction_and_nobody_elses(desk: Desk) {
    let (scope, _, sessions) = signed_in(&desk).await;
    let mut changes = desk.store().rights_changes();
    put(&desk, TENANT, UserDraft { name: "Ana".into(), ..draft(ANA, "ana@example.com") }).await;
    assert_eq!(which_live(&desk, sessions).await, [true; 3], "the password is the same");
    assert!(changes.try_recv().is_err());
    let other = UserDraft { password_hash: Secret("another".into()), ..draft(ANA, "ana@example.com") };
    put(&desk, TENANT, other.clone()).await;
    assert_eq!(which_live(&desk, sessions).await, [false, false, true]);
    assert_eq!(changes.try_recv().unwrap(), (TENANT, ANA));
    assert_eq!(desk.store().renew_session(scope, [1; 32], [9; 32]).await.unwrap(), Renewal::Unknown);
    // Many at once are one transaction: nothing of it happened, so nobody was signed out.
    let again = UserDraft { password_hash: Secret("a third".into()), ..draft(ANA, "ana@example.com") };
    let late = fresh();
    assert!(desk.store().begin_session(scope, new(ANA, late, 4, "another")).await.unwrap());
    let taken = Provision::User { tenant: TENANT, user: draft(fresh(), "bia@example.com") };
    let all = vec![Provision::User { tenant: TENANT, user: again }, taken];
    assert!(desk.store().provision_all(all).await.is_err());
    assert!(desk.store().session(TENANT, late).await.unwrap().unwrap().live);
    assert!(changes.try_recv().is_err());
}

async fn whoever_may_no_longer_sign_in_is_signed_out_at_once_and_stays_so(desk: Desk) {
    let (scope, bia, sessions) = signed_in(&desk).await;
    assert_eq!(desk.store().activate_user(scope, ANA, false).await.unwrap(), 2);
    assert_eq!(desk.store().activate_user(scope, ANA, false).await.unwrap(), 0);
    assert_eq!(which_live(&desk, sessions).await, [false, false, true]);
    assert!(!desk.store().user_by_email("ana@example.com").await.unwrap().unwrap().active);
    assert_eq!(desk.store().activate_user(scope, ANA, true).await.unwrap(), 0);
    assert!(desk.store().user_by_email("ana@example.com").await.unwrap().unwrap().active);
    assert_eq!(which_live(&desk, sessions).await, [false, false, true], "nobody is signed in again by it");
    put(&desk, TENANT, UserDraft { active: false, ..draft(bia, "bia@example.com") }).await;
    put(&desk, TENANT, draft(bia, "bia@example.com")).await;
    assert_eq!(which_live(&desk, sessions).await, [false; 3]);
}

async fn a_session_begins_only_while_the_password_that_was_proved_is_its_users(desk: Desk) {
    let (scope, _) = session(&desk, [1; 32]).await;
    let late = fresh();
    put(&desk, TENANT, UserDraft { password_hash: Secret("another".into()), ..draft(ANA, "ana@example.com") }).await;
    assert!(!desk.store().begin_session(scope, new(ANA, late, 2, "hash")).await.unwrap(), "it was changed meanwhile");
    assert!(desk.store().session(TENANT, late).await.unwrap().is_none());
    assert!(desk.store().begin_session(scope, new(ANA, late, 2, "another")).await.unwrap());
    desk.store().activate_user(scope, ANA, false).await.unwrap();
    assert!(!desk.store().begin_session(scope, new(ANA, fresh(), 3, "another")).await.unwrap());
    assert!(!desk.store().begin_session(scope, new(fresh(), fresh(), 4, "another")).await.unwrap(), "of nobody");
}

async fn a_network_is_known_of_whoever_signed_in_from_it_and_of_nobody_else(desk: Desk) {
    let (scope, bia, sessions) = signed_in(&desk).await;
    let network = |user: UserId| [user.0.as_bytes()[10]; 32];
    let known = async |email: &str, network| {
        let seen = desk.store().signing_in(email, network).await.unwrap();
        seen.map(|(seen, known)| (seen.user, known))
    };
    assert_ne!(network(ANA), network(bia));
    for (email, user, other) in [("Ana@example.com", ANA, bia), ("bia@example.com", bia, ANA)] {
        assert_eq!(known(email, Some(network(user))).await, Some((user, true)));
        assert_eq!(known(email, Some(network(other))).await, Some((user, false)));
        assert_eq!(known(email, None).await, Some((user, false)));
    }
    assert_eq!(known("nobody@example.com", Some(network(ANA))).await, None);
    // Going on and ending write the session again, and where it began stays.
    assert_eq!(desk.store().renew_session(scope, [3; 32], [9; 32]).await.unwrap(), Renewal::Renewed);
    desk.store().end_session(scope, sessions[2]).await.unwrap();
    assert_eq!(known("bia@example.com", Some(network(bia))).await, Some((bia, true)));
    put(&desk, OTHER_TENANT, draft(ANA, "ana@elsewhere.example")).await;
    assert_eq!(known("ana@elsewhere.example", Some(network(ANA))).await, Some((ANA, false)), "of another tenant");
}

async fn all_sessions_of_a_user_end_together(desk: Desk) {
    let (scope, _, sessions) = signed_in(&desk).await;
    desk.store().end_session(scope, sessions[0]).await.unwrap();
    assert_eq!(desk.store().end_sessions(scope, ANA).await.unwrap(), 1, "one had ended before");
    assert_eq!(which_live(&desk, sessions).await, [false, false, true]);
    assert_eq!(desk.store().end_sessions(scope, fresh()).await.unwrap(), 0);
}

async fn somebody_is_signed_in_until_the_last_of_their_sessions_ends(desk: Desk) {
    let (scope, bia, sessions) = signed_in(&desk).await;
    let theirs = desk.store().app_by_token(&url_token(OTHER_TENANT)).await.unwrap().unwrap().scope;
    let is_signed_in = async |user| desk.store().is_signed_in(scope, user).await.unwrap();
    desk.store().end_session(scope, sessions[0]).await.unwrap();
    assert!(is_signed_in(ANA).await, "one is left");
    desk.store().end_session(scope, sessions[1]).await.unwrap();
    assert!(!is_signed_in(ANA).await);
    assert!(is_signed_in(bia).await && !desk.store().is_signed_in(theirs, bia).await.unwrap());
}

async fn what_was_read_of_somebody_before_a_change_is_known_to_be_of_before(desk: Desk) {
    let (scope, bia, sessions) = signed_in(&desk).await;
    let before = desk.store().rights_as_of();
    let since = |user| desk.store().rights_since(before, (TENANT, user));
    begin(&desk, scope, ANA, fresh(), 7).await;
    assert_eq!((since(ANA), since(bia)), (RightsSince::Same, RightsSince::Same));
    put(&desk, TENANT, UserDraft { role: Role::SUPERVISOR, ..draft(ANA, "ana@example.com") }).await;
    assert_eq!((since(ANA), since(bia)), (RightsSince::Changed, RightsSince::Same));
    desk.store().end_session(scope, sessions[2]).await.unwrap();
    assert_eq!(since(bia), RightsSince::Changed);
    let after = desk.store().rights_as_of();
    assert_eq!(desk.store().rights_since(after, (TENANT, bia)), RightsSince::Same);
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
