//! Postmen take webhooks to their address, again and again until they are answered 200.

use crate::clock::now_us;
use crate::office::{Job, LaneKey, Parcel};
use crate::webhook::{Envelope, pack};
use crate::world::{Due, World};
use std::sync::Arc;
use std::time::Duration;

/// A duplicate follows at most this much later.
const DUPLICATE_WITHIN_MS: u64 = 2_000;

/// One postman's life. As many live side by side as webhooks may be under way.
pub(crate) async fn carry(world: Arc<World>) {
    loop {
        match world.office.job(world.config.postman.batch.max(1)).await {
            Job::Batch(batch) => deliver(&world, &batch).await,
            Job::Again(envelope) => {
                // Remembered as attempted, whatever comes of it: it was acknowledged before.
                if world.ledger().attempt(&envelope.messages, true, now_us()).is_ok() {
                    post(&world, &envelope).await;
                }
            }
        }
    }
}

async fn deliver(world: &World, batch: &[(LaneKey, Parcel)]) {
    let parcels = batch.iter().map(|(_, parcel)| *parcel);
    let envelope = pack(&world.config, &world.people, &world.ledger(), now_us(), parcels);
    let mut pause_ms = world.config.postman.first_retry_ms;
    while !attempt(world, &envelope).await {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        pause_ms = (pause_ms * 2).min(world.config.postman.last_retry_ms).max(1);
    }
    world.office.done(batch);
    if world.post_chance.happens(world.faults().duplicate) {
        let after_us = world.post_chance.between([0, DUPLICATE_WITHIN_MS]) as i64 * 1_000;
        world.calendar.add(now_us() + after_us, Due::Again(envelope));
    }
}

/// Whether it was answered 200 and the ledger knows it; what the ledger cannot keep is as if it had not been.
async fn attempt(world: &World, envelope: &Envelope) -> bool {
    if world.ledger().attempt(&envelope.messages, false, now_us()).is_err() {
        return false;
    }
    if !post(world, envelope).await {
        return false;
    }
    let at_us = now_us();
    let mut ledger = world.ledger();
    let kept = ledger.acknowledge(&envelope.messages, at_us).is_ok();
    kept && envelope
        .statuses
        .iter()
        .all(|(position, status)| ledger.acknowledge_status(*position, *status, at_us).is_ok())
}

/// Only 200 counts, not 201 or 204.
async fn post(world: &World, envelope: &Envelope) -> bool {
    let request = world
        .client
        .post(&world.config.webhook_url)
        .header("content-type", "application/json")
        .header("x-hub-signature-256", &envelope.signature)
        .body(envelope.body.clone());
    match request.send().await {
        Ok(response) => {
            let taken = response.status() == reqwest::StatusCode::OK;
            // Read to its end, so that the connection can be used again.
            let _ = response.bytes().await;
            taken
        }
        Err(_) => false,
    }
}

/// Does what the calendar says when its time has come.
pub(crate) async fn watch_calendar(world: Arc<World>) {
    loop {
        match world.calendar.next().await {
            Due::Parcel(key, parcel) => world.office.ripen(key, parcel),
            Due::Again(envelope) => world.office.send_again(envelope),
            Due::Write(customer, moment) => world.speak_up(customer, moment),
        }
    }
}
