//! What is in hand, in memory: the next process finds what the one before left.

use dashoffice_domain::ports::InHand;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
pub(crate) struct Slate(Mutex<Written>);

#[derive(Debug, Default)]
struct Written {
    next: u32,
    in_hand: BTreeMap<u32, String>,
    suspects: BTreeSet<String>,
}

impl Slate {
    /// As the next process finds it.
    pub(crate) fn after_a_death(&self) -> Arc<Self> {
        let written = self.0.lock().unwrap();
        let suspects = written.suspects.iter().chain(written.in_hand.values()).cloned().collect();
        Arc::new(Self(Mutex::new(Written { suspects, ..Written::default() })))
    }
}

impl InHand for Slate {
    fn take_up(&self, key: &str) -> Option<u32> {
        let mut written = self.0.lock().unwrap();
        written.next += 1;
        let place = written.next;
        written.in_hand.insert(place, key.to_owned());
        Some(place)
    }

    fn put_down(&self, place: u32) {
        self.0.lock().unwrap().in_hand.remove(&place);
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().in_hand.len()
    }

    fn is_suspect(&self, key: &str) -> bool {
        self.0.lock().unwrap().suspects.contains(key)
    }

    fn clear(&self, key: &str) {
        self.0.lock().unwrap().suspects.remove(key);
    }
}
