//! Tenants, numbers and agents that come while the office stands find their place in it.

use crate::bench::{ANA, APP, BIA, Bench, NUMBER, QUEUE, TENANT, number, parts_of, provision};
use dashoffice_domain::ids::{AgentId, NumberId, TenantId};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_store::Provision;
use std::time::Duration;
use uuid::Uuid;

const OTHER: NumberId = NumberId(Uuid::from_u128(33));
const NEW_TENANT: TenantId = TenantId(Uuid::from_u128(11));
const EVA: AgentId = AgentId(Uuid::from_u128(103));

#[tokio::test(start_paused = true)]
async fn a_number_that_comes_later_sends_what_is_said_over_it() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    let set_up = Provision::Number { tenant: TENANT, app: APP, number: number(OTHER, "t") };
    bench.store.provision(set_up).await.unwrap();
    bench.says_to(TENANT, OTHER, 1, "1").await;
    let (thread, _) = bench.assigned().await;
    // Said before its delivery stands: it is in the outbox.
    let early = bench.replies(ANA, thread).await;
    bench.office.refresh(TENANT).await.unwrap();
    let late = bench.replies(ANA, thread).await;
    bench.until(async |bench| (bench.posts() == [early, late]).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn a_number_whose_token_changed_speaks_with_the_new_one() {
    let bench = Bench::usual().await;
    bench.comes(ANA).await;
    bench.says(1, "1").await;
    let (thread, _) = bench.assigned().await;
    bench.replies(ANA, thread).await;
    bench.until(async |bench| (bench.posts().len() == 1).then_some(())).await;
    let set_up = Provision::Number { tenant: TENANT, app: APP, number: number(NUMBER, "new") };
    bench.store.provision(set_up).await.unwrap();
    bench.office.refresh(TENANT).await.unwrap();
    bench.replies(ANA, thread).await;
    bench.until(async |bench| (bench.posts().len() == 2).then_some(())).await;
    assert_eq!(*bench.glass.tokens.lock().unwrap(), ["t", "new"]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_comes_later_gets_chats() {
    let bench = Bench::usual().await;
    bench.says(1, "1").await;
    bench.store.provision(Provision::Agent { tenant: TENANT, id: EVA, capacity_units: 300 }).await.unwrap();
    bench.store.provision(Provision::Member { tenant: TENANT, queue: QUEUE, agent: EVA }).await.unwrap();
    bench.office.refresh(TENANT).await.unwrap();
    bench.comes(EVA).await;
    assert_eq!(bench.assigned().await.1, EVA);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_comes_later_is_served_from_its_first_message() {
    let bench = Bench::usual().await;
    let queue = QueueSettings { members: [ANA, BIA].into(), ..QueueSettings::usual(QUEUE, "Ventas") };
    provision(&bench.store, NEW_TENANT, queue, OTHER).await;
    // Accepted before anybody reads its inbox.
    bench.says_to(NEW_TENANT, OTHER, 1, "1").await;
    assert!(!bench.office.serves(NEW_TENANT));
    assert!(bench.office.admit(parts_of(&bench.store, NEW_TENANT)).await.unwrap());
    assert!(!bench.office.admit(parts_of(&bench.store, NEW_TENANT)).await.unwrap(), "it has its floor");
    bench.office.router(NEW_TENANT).unwrap().stands().await;
    bench.says_to(NEW_TENANT, OTHER, 2, "2").await;
    bench.until(async |bench| (bench.store.messages_of(NEW_TENANT).len() == 2).then_some(())).await;
    assert_eq!(bench.store.unfinished(NEW_TENANT).inbox, 0);
    let singletons = bench.office.inspect().singletons;
    assert_eq!(singletons.iter().filter(|singleton| singleton.name == "router").count(), 2);
    assert_eq!(singletons.iter().filter(|singleton| singleton.name == "intake").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn f3_whoever_is_set_up_while_the_office_ends_stands_nowhere_afterwards() {
    let bench = Bench::usual().await;
    let queue = QueueSettings { members: [ANA, BIA].into(), ..QueueSettings::usual(QUEUE, "Ventas") };
    provision(&bench.store, NEW_TENANT, queue, OTHER).await;
    let set_up = Provision::Number { tenant: TENANT, app: APP, number: number(NUMBER, "new") };
    bench.store.provision(set_up).await.unwrap();
    // It goes on in a task of its own while whoever asked for it has turned to the end.
    bench.office.crash();
    bench.office.refresh(TENANT).await.unwrap();
    assert!(bench.office.admit(parts_of(&bench.store, NEW_TENANT)).await.unwrap());
    bench
        .until(async |bench| {
            bench.office.inspect().singletons.iter().all(|singleton| !singleton.standing).then_some(())
        })
        .await;
    bench.says_to(NEW_TENANT, OTHER, 1, "1").await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(bench.office.inspect().singletons.iter().all(|singleton| !singleton.standing));
    assert_eq!(bench.store.messages_of(NEW_TENANT), [], "nobody reads its inbox in the name of an office that is over");
}
