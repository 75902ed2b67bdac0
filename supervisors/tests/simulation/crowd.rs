//! Customers who write and insist, and the provider's reporter, who tells how far our messages got: late, out of order, twice.

use crate::acts::Act;
use crate::places::Customer;
use crate::scene::{Hour, Scene};
use dashoffice_domain::channel::outgoing::{ErrorClass, SendError, StatusNews};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ports::{Arrival, Delivery};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// One thing after the other; each is posted again until it is answered, and now and then once more.
pub(crate) async fn writes(scene: Arc<Scene>, customer: Customer, acts: usize, mut chance: StdRng) {
    let mut done: Vec<Act> = Vec::new();
    for _ in 0..acts {
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..4_000))).await;
        let act = Act::next(customer, &done, || heard(&scene, customer), scene.now(), &mut chance);
        // Some answers are lost on their way back, and the provider posts again.
        while !posted(&scene, customer, &act, &mut chance).await || chance.random_bool(0.1) {
            tokio::time::sleep(Duration::from_millis(chance.random_range(10..300))).await;
        }
        scene.acknowledged.lock().unwrap().entry(customer).or_default().push(act.clone());
        done.push(act);
        if chance.random_bool(0.1) {
            // An old webhook, come once more.
            let again = &done[chance.random_range(0..done.len())];
            posted(&scene, customer, again, &mut chance).await;
        }
    }
}

/// What of ours a customer can react to: we know what the provider calls it.
fn heard(scene: &Scene, customer: Customer) -> Vec<String> {
    let (store, tenant) = (scene.store(), customer.number.house.tenant());
    let Some(thread) = store.thread_of(tenant, customer.number.id(), &customer.identifier()) else { return Vec::new() };
    let ours = store.messages_in(tenant, thread).into_iter().filter(|message| {
        let is_reaction = matches!(message.content, Some(Content::Reaction { .. }));
        message.direction == Direction::Outbound && !is_reaction
    });
    ours.filter_map(|message| message.provider_message_id).collect()
}

async fn posted(scene: &Scene, customer: Customer, act: &Act, chance: &mut StdRng) -> bool {
    let delivery = Delivery {
        arrivals: vec![Arrival::new(customer.number.id(), &act.wamid, act.raw(customer))],
        received_at: scene.now(),
        correlation: Uuid::from_u128(chance.random()),
        ..Delivery::default()
    };
    scene.posts(customer.number.house, delivery).await
}

/// Tells statuses of what the provider took, any of them at any time, until the day is over.
pub(crate) async fn reports(scene: Arc<Scene>, seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    while !scene.is_past(Hour::Closing) {
        tokio::time::sleep(Duration::from_millis(chance.random_range(100..500))).await;
        let taken = {
            let ledger = scene.provider.ledger();
            if ledger.taken.is_empty() {
                continue;
            }
            ledger.taken[chance.random_range(0..ledger.taken.len())].clone()
        };
        let all = [Status::Sent, Status::Delivered, Status::Read, Status::Failed];
        // Few fail once they were taken.
        let which = chance.random_range(0..13_usize).min(12);
        let status = all[if which == 12 { 3 } else { which % 3 }];
        let error = (status == Status::Failed).then(|| SendError::new(131_026, ErrorClass::Recipient, "undeliverable"));
        if status == Status::Failed {
            scene.told_failed.lock().unwrap().insert(taken.message);
        }
        let news = StatusNews {
            number: taken.number.id(),
            provider_message_id: taken.wamid.clone(),
            message: chance.random_bool(0.7).then_some(taken.message),
            status,
            at: scene.now(),
            error,
            stops: None,
            pricing: None,
            recipient: None,
        };
        let delivery = Delivery { statuses: vec![news], received_at: scene.now(), ..Delivery::default() };
        while !scene.is_past(Hour::Closing) && !scene.posts(taken.number.house, delivery.clone()).await {
            tokio::time::sleep(Duration::from_millis(chance.random_range(10..300))).await;
        }
        if !scene.is_past(Hour::Closing) {
            scene.told.lock().unwrap().entry(taken.message).or_default().push(status);
        }
    }
}
