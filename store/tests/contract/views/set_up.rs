//! What is set up, told and written as a whole (E5).

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{QueueId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::routing::QueueSettings;
use dashoffice_store::{Fixed, Provision, UserDraft};

for_both_databases!(
    e5_what_is_set_up_is_told_as_the_orders_that_would_make_it_so,
    e5_a_list_of_orders_is_written_whole_or_not_at_all,
    e5_what_a_file_holds_is_shown_in_the_directory_of_its_tenant_alone,
);

fn people() -> Vec<Provision> {
    let user = UserDraft {
        id: UserId(AGENT.0),
        email: "ana@example.com".into(),
        name: "Ana".into(),
        role: Role::AGENT,
        password_hash: Secret("hash".into()),
        active: false,
        language: Some("es".into()),
    };
    vec![
        Provision::User { tenant: TENANT, user },
        Provision::Agent { tenant: TENANT, id: AGENT, capacity_units: 70 },
        Provision::Member { tenant: TENANT, queue: QUEUE, agent: AGENT },
    ]
}

async fn e5_what_is_set_up_is_told_as_the_orders_that_would_make_it_so(desk: Desk) {
    desk.store().provision_all(people()).await.unwrap();
    let scope = desk.scope().await;
    let told = desk.store().set_up(scope).await.unwrap();
    assert!(told.iter().all(|order| order.tenant() == TENANT));
    for order in &people()[..2] {
        assert!(told.contains(order), "{order:?} is not in {told:?}");
    }
    let queue = told.iter().find_map(|order| match order {
        Provision::Queue { settings, .. } if settings.id == QUEUE => Some(settings),
        _ => None,
    });
    assert!(queue.unwrap().members.contains(&AGENT));
    for kind in [
        told.iter().any(|order| matches!(order, Provision::Tenant { name, .. } if name == "Padaria")),
        told.iter().any(|order| matches!(order, Provision::App { id, .. } if *id == APP)),
        told.iter()
            .any(|order| matches!(order, Provision::Number { app, number, .. } if *app == APP && number.id == NUMBER)),
    ] {
        assert!(kind, "{told:?}");
    }
    desk.store().provision_all(told.clone()).await.unwrap();
    assert_eq!(desk.store().set_up(scope).await.unwrap(), told);
}

async fn e5_a_list_of_orders_is_written_whole_or_not_at_all(desk: Desk) {
    let scope = desk.scope().await;
    let before = desk.store().set_up(scope).await.unwrap();
    let nowhere = Provision::Member { tenant: TENANT, queue: fresh(), agent: AGENT };
    let tenant = Provision::Tenant { id: TENANT, name: "Other".into() };
    let list = [vec![tenant], people(), vec![nowhere]].concat();
    assert!(desk.store().provision_all(list).await.is_err());
    assert_eq!(desk.store().set_up(scope).await.unwrap(), before);
    assert!(desk.store().user_by_email("ana@example.com").await.unwrap().is_none());
}

async fn e5_what_a_file_holds_is_shown_in_the_directory_of_its_tenant_alone(desk: Desk) {
    desk.store().provision_all(people()).await.unwrap();
    let other: QueueId = fresh();
    let settings = QueueSettings::usual(other, "Zeta");
    desk.provision(Provision::Queue { tenant: TENANT, settings }).await;
    let mut fixed = Fixed::default();
    fixed.fix(TENANT, QUEUE.0, ["name"]);
    fixed.fix(TENANT, AGENT.0, ["role"]);
    fixed.fix(OTHER_TENANT, other.0, ["name"]);
    desk.store().fixes(fixed);
    let scope = desk.scope().await;
    let shown = desk.store().directory(scope).await.unwrap().what;
    let fields: Vec<_> = shown.queues.iter().map(|queue| (queue.settings.id, queue.fixed.clone())).collect();
    assert_eq!(fields, [(QUEUE, vec!["name"]), (other, vec![])]);
    assert_eq!(shown.agents[0].fixed, ["role"]);
    let who = desk.store().who(scope, UserId(AGENT.0)).await.unwrap().unwrap();
    assert_eq!(
        (who.user.fixed.as_slice(), who.agent.as_ref().unwrap().fixed.as_slice()),
        (["role"].as_slice(), ["role"].as_slice())
    );
    assert_eq!(desk.store().users(scope).await.unwrap(), std::slice::from_ref(&who.user));
    assert!(shown.numbers.iter().all(|number| number.fixed.is_empty()));
}
