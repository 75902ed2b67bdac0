//! What delivery found of its number, recorded when it changes, so that it outlives us and consoles are told.

use super::DeliveryParts;
use super::actor::DeliveryMessage;
use super::state::AFTER_A_FALL;
use crate::Office;
use crate::one_more::OneMore;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::{Entity, Event, Row, channel};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Commit, Draft, Outcome, StateRow, task};
use ractor::ActorRef;
use uuid::Uuid;

/// Of the state row's shape.
const SCHEMA_VERSION: i64 = 1;

/// What is recorded, and what should be.
#[derive(Debug, Default)]
pub(super) struct NumberHealth {
    /// `None`: nothing was found yet in this life.
    found: Option<NumberState>,
    recorded: Option<NumberState>,
    recording: bool,
    /// While it is stopped.
    stopped: Option<OneMore>,
}

impl NumberHealth {
    pub(super) fn finds(&mut self, state: NumberState, parts: &DeliveryParts, myself: &ActorRef<DeliveryMessage>) {
        if self.found != Some(state)
            && let Some(reason) = state.reason()
        {
            tracing::warn!(number.id = %parts.number, reason = reason.name(), "nothing leaves by this number for now");
        }
        if self.found != Some(state) {
            let gauge = |reason: StopReason| metrics::gauge!("dashoffice_numbers_stopped", "why" => reason.name());
            self.stopped = state.reason().map(gauge).map(OneMore::of);
        }
        self.found = Some(state);
        self.record(parts, myself);
    }

    /// A record was made of this state.
    pub(super) fn is_recorded(
        &mut self,
        state: NumberState,
        parts: &DeliveryParts,
        myself: &ActorRef<DeliveryMessage>,
    ) {
        (self.recording, self.recorded) = (false, Some(state));
        self.record(parts, myself);
    }

    /// Whoever was to record it fell: perhaps it stands, and perhaps it does not.
    pub(super) fn is_not_recorded(&mut self, parts: &DeliveryParts, myself: &ActorRef<DeliveryMessage>) {
        self.recording = false;
        self.record(parts, myself);
    }

    fn record(&mut self, parts: &DeliveryParts, myself: &ActorRef<DeliveryMessage>) {
        let Some(state) = self.found.filter(|found| Some(*found) != self.recorded && !self.recording) else { return };
        self.recording = true;
        let (parts, myself) = (parts.clone(), myself.clone());
        let fallen = {
            let myself = myself.clone();
            move || _ = myself.send_after(AFTER_A_FALL, || DeliveryMessage::NotRecorded)
        };
        task::spawn_or("number state", fallen, async move {
            record(&parts, state).await;
            // Nobody there: the next actor finds out by itself.
            let _ = myself.cast(DeliveryMessage::Recorded(state));
        });
    }
}

/// Records the state, unless it is the one that stands. Whoever lost the store in the meantime records nothing: what the next owner
/// finds is newer.
async fn record(parts: &DeliveryParts, state: NumberState) {
    let (tenant, entity) = (parts.reads.tenant().0, Entity::Number(parts.number));
    reach("number_state", "record");
    loop {
        if parts.cx.life.is_over() {
            return;
        }
        let Ok(known) = parts.cx.journal.load(tenant, entity).await else {
            parts.cx.availability.wait().await;
            continue;
        };
        let sequence = known.as_ref().map_or(0, |row| row.sequence);
        let stands = known.and_then(|row| serde_json::from_slice::<NumberState>(&row.body).ok());
        if stands == Some(state) {
            return;
        }
        let id = parts.cx.ids.next();
        let body = serde_json::to_vec(&state).expect("a state is plain data");
        let commit = Commit::<Office> {
            expected_sequence: Some(sequence),
            events: vec![Draft {
                id,
                owner_epoch: 0,
                event: Event::Channel(channel::Event::NumberStateChanged { number: parts.number, state }),
            }],
            state: Some(StateRow { sequence: sequence + 1, schema_version: SCHEMA_VERSION, body }),
            rows: vec![Row::Channel(channel::Row::NumberState { number: parts.number, state })],
            ..empty(parts, parts.cx.life.term(), id)
        };
        match parts.cx.journal.commit(commit).await {
            Outcome::Committed { .. } => return,
            // It may stand or not: the row tells.
            Outcome::Conflict | Outcome::Unknown => {
                if parts.cx.journal.barrier().await.is_err() {
                    parts.cx.availability.wait().await;
                }
            }
            Outcome::Unavailable => parts.cx.availability.wait().await,
            Outcome::Rejected { reason } => {
                tracing::error!(number.id = %parts.number, reason, "a number's state could not be recorded");
                return;
            }
        }
    }
}

/// A commit about the number that says nothing yet.
pub(super) fn empty(parts: &DeliveryParts, term: i64, cause: Uuid) -> Commit<Office> {
    Commit::of_fact(parts.reads.tenant().0, Entity::Number(parts.number), term, parts.cx.clock.now(), cause)
}
