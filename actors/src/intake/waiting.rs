//! Which rows have been read and not yet been settled, by the entity they belong to: positions, and what the provider calls the messages
//! they bring; bounded by admission (A6).

use dashoffice_domain::Entity;
use dashoffice_domain::ids::NumberId;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tokio::time::Instant;

/// The rows of one entity, in order.
#[derive(Debug, Default)]
struct Line {
    positions: VecDeque<i64>,
    /// The first so many have been offered to the slot.
    offered: usize,
    /// Its rows are held until its quarantine ends.
    held: bool,
}

/// Everybody's rows.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    lines: HashMap<Entity, Line>,
    entity_of: BTreeMap<i64, (Entity, Instant)>,
    /// What is on its way, and therefore not in the store yet.
    messages: HashMap<i64, (NumberId, String)>,
}

impl Waiting {
    /// A row was read. `true`: nothing of its entity waits to be offered, so it may be offered now.
    pub(super) fn add(&mut self, entity: Entity, position: i64) -> bool {
        self.entity_of.insert(position, (entity, Instant::now()));
        let line = self.lines.entry(entity).or_default();
        line.positions.push_back(position);
        !line.held && line.offered == line.positions.len() - 1
    }

    /// The row brings this message of the provider's.
    pub(super) fn brings(&mut self, position: i64, number: NumberId, provider_message_id: &str) {
        self.messages.insert(position, (number, provider_message_id.to_owned()));
    }

    /// Whether the message is on its way. Asked of edits alone, which are few.
    pub(super) fn has_message(&self, number: NumberId, provider_message_id: &str) -> bool {
        self.messages.values().any(|(of, id)| *of == number && id == provider_message_id)
    }

    /// The entity's next row was taken into its slot.
    pub(super) fn offered(&mut self, entity: Entity) {
        if let Some(line) = self.lines.get_mut(&entity) {
            line.offered = (line.offered + 1).min(line.positions.len());
        }
    }

    /// A row has ended: nothing more is done about it. Whose it was.
    pub(super) fn settled(&mut self, position: i64) -> Option<Entity> {
        self.messages.remove(&position);
        let (entity, _) = self.entity_of.remove(&position)?;
        let Some(line) = self.lines.get_mut(&entity) else { return Some(entity) };
        if let Some(at) = line.positions.iter().position(|waiting| *waiting == position) {
            line.positions.remove(at);
            if at < line.offered {
                line.offered -= 1;
            }
        }
        if line.positions.is_empty() && !line.held {
            self.lines.remove(&entity);
        }
        Some(entity)
    }

    /// The entity is quarantined: nothing is offered; its positions, to be flagged. None where it was held already.
    pub(super) fn suspend(&mut self, entity: Entity) -> Vec<i64> {
        let line = self.lines.entry(entity).or_default();
        if std::mem::replace(&mut line.held, true) {
            return Vec::new();
        }
        line.offered = 0;
        line.positions.iter().copied().collect()
    }

    /// Whether anything of the entity is not in its slot yet, and goes before whatever comes now.
    pub(super) fn is_behind(&self, entity: Entity) -> bool {
        self.lines.get(&entity).is_some_and(|line| line.held || line.offered < line.positions.len())
    }

    pub(super) fn is_held(&self, entity: Entity) -> bool {
        self.lines.get(&entity).is_some_and(|line| line.held)
    }

    /// The quarantine has ended; the positions whose flag is to be taken back.
    pub(super) fn release(&mut self, entity: Entity) -> Vec<i64> {
        let Some(line) = self.lines.get_mut(&entity) else { return Vec::new() };
        line.held = false;
        line.offered = 0;
        line.positions.iter().copied().collect()
    }

    /// The next rows of an entity that may be offered, at most `most`.
    pub(super) fn next(&self, entity: Entity, most: usize) -> Vec<i64> {
        self.lines
            .get(&entity)
            .filter(|line| !line.held)
            .map(|line| line.positions.iter().skip(line.offered).take(most).copied().collect())
            .unwrap_or_default()
    }

    pub(super) fn knows(&self, position: i64) -> bool {
        self.entity_of.contains_key(&position)
    }

    /// Whether nothing is under way, but for what is held for as long as its entity is quarantined.
    pub(super) fn is_at_rest(&self) -> bool {
        self.entity_of.values().all(|(entity, _)| self.is_held(*entity))
    }

    /// Rows that have waited since before `then`, oldest position first, at most `most`: perhaps their end was not heard of.
    pub(super) fn since_before(&self, then: Instant, most: usize) -> Vec<i64> {
        self.entity_of.iter().filter(|(_, (_, since))| *since < then).map(|(at, _)| *at).take(most).collect()
    }

    /// Entities with rows that could be offered.
    pub(super) fn stalled(&self) -> Vec<Entity> {
        self.lines
            .iter()
            .filter(|(_, line)| !line.held && line.offered < line.positions.len())
            .map(|(entity, _)| *entity)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::ids::ThreadId;
    use uuid::Uuid;

    fn thread(n: u128) -> Entity {
        Entity::Thread(ThreadId(Uuid::from_u128(n)))
    }

    #[test]
    fn a2_a_row_behind_one_that_was_refused_waits_for_it() {
        let mut waiting = Waiting::default();
        assert!(waiting.add(thread(1), 1), "the first may be offered");
        assert!(!waiting.add(thread(1), 2), "the first was not taken yet");
        assert!(waiting.is_behind(thread(1)) && !waiting.is_behind(thread(2)), "nothing goes past it");
        waiting.offered(thread(1));
        assert_eq!(waiting.next(thread(1), 10), [2]);
        waiting.settled(1);
        waiting.offered(thread(1));
        assert!(!waiting.is_behind(thread(1)), "all of it is in the slot");
        assert!(waiting.add(thread(1), 3));
    }

    #[test]
    fn a6_rows_of_a_quarantined_entity_are_not_offered() {
        let mut waiting = Waiting::default();
        waiting.add(thread(1), 1);
        assert_eq!(waiting.suspend(thread(1)), [1]);
        assert_eq!(waiting.suspend(thread(1)), [0_i64; 0], "flagged once");
        assert!(waiting.is_held(thread(1)) && !waiting.is_held(thread(2)));
        assert!(!waiting.add(thread(1), 2));
        assert!(waiting.next(thread(1), 10).is_empty() && waiting.stalled().is_empty());
        assert_eq!(waiting.release(thread(1)), [1, 2]);
        assert_eq!(waiting.next(thread(1), 10), [1, 2]);
    }
}
