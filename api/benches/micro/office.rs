//! The whole office on SQLite with a real disk under it: commits in groups, news to many sockets, an actor that must be woken.

use crate::house::{House, QUEUE, TENANT, agent};
use crate::place::Place;
use dashoffice_actors::asking::Caller;
use dashoffice_actors::live::{Claims, Hello, Notification, Subscription, Topic};
use dashoffice_domain::conversation::Command;
use dashoffice_domain::identity::{Principal, Role};
use dashoffice_domain::ids::{ThreadId, UserId};
use divan::Bencher;
use divan::counter::ItemsCount;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::runtime::Runtime;
use uuid::Uuid;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// So many webhooks at once, each its own job, until every one is on disk: one fsync for as many as wait.
#[divan::bench(args = [1, 8, 64, 512], sample_count = 50)]
fn commit_group(bencher: Bencher<'_, '_>, jobs: u64) {
    let (runtime, place) = (runtime(), Place::sqlite());
    let house = runtime.block_on(House::open(&place, 0));
    // Nobody takes what comes: the writer alone is measured.
    house.office.crash();
    bencher.counter(ItemsCount::new(jobs)).bench_local(|| {
        runtime.block_on(join_all((0..jobs).map(|n| house.writes(n, "bom dia"))));
    });
}

fn sits(house: &House, n: u128) -> Subscription {
    let live = house.office.lives().into_iter().find(|live| live.tenant() == TENANT).unwrap();
    let claims = Claims { user: UserId(Uuid::from_u128(n)), agent: None, permissions: Role::SUPERVISOR.permissions() };
    let hello = Hello { connection: Uuid::from_u128(n), claims, cursor: None, topics: vec![Topic::Inbox] };
    live.subscribe(hello).unwrap()
}

/// The chat that the only customer's message opened.
async fn waiting(house: &House) -> ThreadId {
    let reads = house.store.tenant_reads(TENANT);
    loop {
        if let Some(chat) = reads.routing().await.unwrap().chats.first() {
            return chat.thread;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn told(subscription: &Subscription, is_it: impl Fn(&Notification) -> bool) {
    while !is_it(&subscription.next().await.unwrap()) {}
}

/// A customer's message from the door to each of so many consoles, two commits on the way.
#[divan::bench(args = [1, 30], sample_count = 50)]
fn message_to_consoles(bencher: Bencher<'_, '_>, consoles: u128) {
    let (runtime, place) = (runtime(), Place::sqlite());
    let house = runtime.block_on(House::open(&place, 1));
    let subscriptions: Vec<Subscription> = (1..=consoles).map(|n| sits(&house, n)).collect();
    runtime.block_on(async {
        house.writes(1, "bom dia").await;
        waiting(&house).await;
        join_all(subscriptions.iter().map(|one| told(one, |told| matches!(told, Notification::Snapshot { .. })))).await;
    });
    bencher.bench_local(|| {
        runtime.block_on(async {
            house.writes(1, "bom dia").await;
            join_all(subscriptions.iter().map(|one| told(one, |told| matches!(told, Notification::Event { .. }))))
                .await;
        });
    });
}

/// A refused command of a conversation whose actor is there, and of one that must be read from disk first. A refusal is recorded
/// once under its key, so that both are told what was told before: nothing but the waking differs.
#[divan::bench(args = [false, true], sample_count = 50)]
fn ask_conversation(bencher: Bencher<'_, '_>, asleep: bool) {
    let (runtime, place) = (runtime(), Place::sqlite());
    let house = runtime.block_on(House::open(&place, 1));
    let thread: ThreadId = runtime.block_on(async {
        house.writes(1, "bom dia").await;
        waiting(&house).await
    });
    let close = Command::Close { by: agent(1), seen: None };
    let caller = Caller::commanding(Principal::SYSTEM, Uuid::from_u128(QUEUE.0.as_u128()), thread, &close);
    bencher
        .with_inputs(|| {
            if asleep {
                house.office.conversations().kill(TENANT, thread);
            }
        })
        .bench_local_values(|()| {
            let asked = house.office.conversations().command_by(TENANT, thread, caller.clone(), close.clone());
            assert!(runtime.block_on(asked).unwrap().is_err());
        });
}
