//! What the journal alone must show: no gaps, one owner, no agent over capacity, and states that it leads to.

use super::Seen;
use crate::places::CAPACITY;
use dashoffice_domain::conversation::{Owner, Thread};
use dashoffice_domain::routing::CHAT_UNITS;
use dashoffice_domain::{Entity, Event, Timestamp, conversation};
use std::collections::HashMap;
use uuid::Uuid;

impl Seen<'_> {
    /// I1, I2, I4, I12, I17.
    pub(super) fn check_positions_and_owners(&self) {
        let mut owners: HashMap<Uuid, (Owner, i64)> = HashMap::new();
        let mut sequences: HashMap<Entity, i64> = HashMap::new();
        let agents = self.house.agents();
        for (n, envelope) in self.journal.iter().enumerate() {
            assert_eq!(envelope.tenant, self.house.tenant().0, "C6: each journal is one tenant's");
            assert_eq!(envelope.position, n as i64 + 1, "positions have no gaps");
            let sequence = sequences.entry(envelope.entity).or_default();
            *sequence += 1;
            assert_eq!(envelope.sequence, *sequence, "sequences have no gaps");
            let Event::Conversation(conversation::Event::OwnerChanged { from, to, .. }) = &envelope.event else {
                continue;
            };
            let known = owners.entry(envelope.entity.id()).or_insert((Owner::Nobody, 0));
            assert_eq!(&known.0, from, "I1, I17: from whoever had it");
            assert_eq!(envelope.owner_epoch, known.1 + 1, "I12: by one");
            *known = (to.clone(), envelope.owner_epoch);
            let Some(agent) = to.agent() else { continue };
            assert!(agents.contains(&agent), "C6: an agent of the house");
            let held = owners.values().filter(|(owner, _)| owner.agent() == Some(agent)).count() as i64;
            assert!(held * CHAT_UNITS <= CAPACITY, "I4: never over capacity");
        }
        assert_eq!(owners.len(), self.customers.len(), "one thread a customer");
    }

    /// C2: what an entity wakes from is what its journal leads to.
    pub(super) fn check_states(&self) {
        for (entity, row) in self.scene.store().states_of(self.house.tenant()) {
            let Entity::Thread(id) = entity else { continue };
            let mut thread = Thread::fresh(id);
            let mine = self.journal.iter().filter(|envelope| envelope.entity == entity);
            let mut sequence = 0;
            for envelope in mine {
                if let Event::Conversation(event) = &envelope.event {
                    thread.apply(event, Timestamp(envelope.at));
                }
                sequence = envelope.sequence;
            }
            let woken: Thread = serde_json::from_slice(&row.body).unwrap();
            assert_eq!((woken, row.sequence), (thread, sequence), "C2: {entity:?}");
        }
    }
}
