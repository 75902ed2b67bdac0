//! What a number's delivery holds: its messages, its read marks, and what is known of the number itself.

use super::actor::{DeliveryMessage, Heed};
use super::marks::{self, Marks};
use super::number_health::NumberHealth;
use super::posting::{Sends, queued};
use super::{DeliveryParts, Shared};
use crate::seldom::Seldom;
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::Checked;
use dashoffice_runtime::jobs::{BACKSTOP, Found, Gate, Overtaken, Queue, QueueMessage, Signal, Went};
use dashoffice_runtime::{Backlog, Changes, task};
use futures_util::FutureExt;
use ractor::ActorRef;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// Before a state is recorded whose task panicked.
pub(super) const AFTER_A_FALL: Duration = Duration::from_secs(1);

pub(crate) struct DeliveryState {
    parts: DeliveryParts,
    backlog: Arc<Backlog<Heed>>,
    sends: Queue<Sends>,
    marks: Queue<Marks>,
    standing: NumberHealth,
    /// Messages that were failed for a trouble of the number.
    refusals: Seldom,
}

impl DeliveryState {
    pub(super) fn new(parts: DeliveryParts, shared: &Shared) -> Self {
        let (sends, message) = (Arc::new(Sends(parts.clone())), Arc::new(Marks::of(parts.clone())));
        let (posts, rounds) = (shared.posts.clone(), shared.rounds.clone());
        Self {
            backlog: Arc::clone(&shared.backlog),
            sends: Queue::new(sends, Arc::clone(&parts.cx), posts, shared.closing.subscribe()),
            marks: Queue::new(message, Arc::clone(&parts.cx), rounds, shared.closing.subscribe()),
            standing: NumberHealth::default(),
            refusals: Seldom::default(),
            parts,
        }
    }

    /// Takes what was committed; where something was missed, reads it.
    pub(super) async fn news(&mut self, myself: &ActorRef<DeliveryMessage>) {
        match self.backlog.take() {
            Changes::All(heeds) => heeds.into_iter().for_each(|heed| self.heeds(heed, myself)),
            Changes::Missed => {
                self.sends.misses();
                self.look(myself).await;
                self.marks.wants([marks::round()]);
            }
        }
    }

    fn heeds(&mut self, heed: Heed, myself: &ActorRef<DeliveryMessage>) {
        match heed {
            Heed::Queued(outgoing) => self.sends.wants([queued(&outgoing)]),
            Heed::Moved(message) => self.sends.hears_of(message),
            Heed::Read => self.marks.wants([marks::round()]),
            Heed::Refused { reason, code } => self.refused(reason, code, myself),
        }
    }

    /// Reads what no news told.
    pub(super) async fn look(&mut self, myself: &ActorRef<DeliveryMessage>) {
        let _ = self.sends(QueueMessage::Look, myself).await;
        let _ = self.marks(QueueMessage::Look, myself).await;
    }

    pub(super) async fn sends(
        &mut self,
        message: QueueMessage<Sends>,
        myself: &ActorRef<DeliveryMessage>,
    ) -> Result<(), Overtaken> {
        let found = self.sends.take(message, myself).await?;
        self.found(found, myself);
        Ok(())
    }

    pub(super) async fn marks(
        &mut self,
        message: QueueMessage<Marks>,
        myself: &ActorRef<DeliveryMessage>,
    ) -> Result<(), Overtaken> {
        self.marks.take(message, myself).await.map(drop)
    }

    fn hears(&mut self, heard: Signal<StopReason>, myself: &ActorRef<DeliveryMessage>) {
        let found = self.sends.hears(heard);
        self.found(found, myself);
    }

    fn found(&mut self, found: Option<Found<StopReason>>, myself: &ActorRef<DeliveryMessage>) {
        let state = found.map(|found| match found {
            Found::Well => NumberState::Connected,
            Found::Stopped(reason) => NumberState::Stopped { reason },
        });
        if let Some(state) = state {
            self.standing.finds(state, &self.parts, myself);
        }
    }

    /// A status said that nothing of this number goes.
    fn refused(&mut self, reason: StopReason, code: i64, myself: &ActorRef<DeliveryMessage>) {
        let (number, reason_name) = (self.parts.number, reason.name());
        if let Some(messages) = self.refusals.count(Timestamp(self.parts.cx.clock.now())) {
            tracing::warn!(number.id = %number, reason = reason_name, code, messages, "the provider fails the messages of this number");
        }
        self.hears(Signal::StoppedLater(reason), myself);
    }

    pub(super) fn not_recorded(&mut self, myself: &ActorRef<DeliveryMessage>) {
        self.standing.is_not_recorded(&self.parts, myself);
    }

    pub(super) fn recorded(&mut self, state: NumberState, myself: &ActorRef<DeliveryMessage>) {
        self.standing.is_recorded(state, &self.parts, myself);
    }

    /// Asks the provider about the number, for no message's sake.
    pub(super) fn check(&self, myself: &ActorRef<DeliveryMessage>) {
        let (parts, myself) = (self.parts.clone(), myself.clone());
        let fallen = {
            let myself = myself.clone();
            move || _ = myself.cast(DeliveryMessage::Checked(Checked::Away))
        };
        task::spawn_or("check", fallen, async move {
            let asked = AssertUnwindSafe(parts.sender.check(parts.line.clone())).catch_unwind().await;
            let checked = asked.unwrap_or_else(|_| {
                tracing::error!(number.id = %parts.number, "an adapter panicked while asking about a number");
                Checked::Away
            });
            let _ = myself.cast(DeliveryMessage::Checked(checked));
        });
    }

    pub(super) fn checked(&mut self, checked: &Checked, myself: &ActorRef<DeliveryMessage>) {
        match checked {
            Checked::Well => self.hears(Signal::Answered, myself),
            Checked::Stopped { reason, error } => {
                let (number, word) = (self.parts.number, reason.name());
                tracing::error!(number.id = %number, reason = word, code = error.code, "the provider refuses this number");
                self.hears(Signal::Stopped(*reason), myself);
            }
            Checked::Away => {
                let at_rest = self.gate() != Gate::Open;
                self.hears(Signal::Failed, myself);
                if !at_rest && self.gate() == Gate::Open {
                    myself.send_after(BACKSTOP, || DeliveryMessage::Check);
                }
            }
        }
    }

    fn gate(&self) -> Gate {
        self.sends.breaker.gate(self.parts.cx.clock.now())
    }

    /// Sends off what may go.
    pub(super) fn go(&mut self, myself: &ActorRef<DeliveryMessage>) {
        let found = self.sends.breaker.was_not_refused(self.parts.cx.clock.now());
        self.found(found, myself);
        if self.sends.go(myself) == Went::NothingToTry {
            // A question is an attempt, too.
            self.sends.breaker.tries();
            self.check(myself);
        }
        // Marks go the same way to the same provider.
        if self.gate() == Gate::Open {
            self.marks.go(myself);
        }
    }
}
