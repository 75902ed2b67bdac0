//! Everything that was promised, looked for on the disk and in the provider's ledger when the day is over.

mod inbound;
mod journal;
mod outbound;

use crate::places::House;
use crate::scene::Scene;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::ThreadId;
use dashoffice_runtime::Envelope;
use dashoffice_store::Office;
use dashoffice_store::memory::{SeenMessage, Unfinished};
use std::collections::BTreeMap;

/// What is on the disk of one house.
pub(crate) struct Seen<'a> {
    scene: &'a Scene,
    house: House,
    messages: Vec<SeenMessage>,
    journal: Vec<Envelope<Office>>,
    /// Who writes in each thread, by their place among the customers.
    customers: BTreeMap<ThreadId, usize>,
}

pub(crate) fn all(scene: &Scene, deaths: &[i64]) {
    let complaints = scene.complaints.lock().unwrap();
    assert!(complaints.is_empty(), "{complaints:?}");
    let ledger = scene.provider.ledger();
    assert!(ledger.complaints.is_empty(), "{:?}", ledger.complaints);
    drop(ledger);
    for house in House::ALL {
        let store = scene.store();
        assert_eq!(store.unfinished(house.tenant()), Unfinished::default(), "everything came to its end");
        let (messages, journal) = (store.messages_of(house.tenant()), store.journal_of(house.tenant()));
        let customers = inbound::customers(&messages);
        let seen = Seen { scene, house, messages, journal, customers };
        seen.check_inbound();
        seen.check_files();
        seen.check_positions_and_owners();
        seen.check_states();
        seen.check_outbound(deaths);
        seen.check_lanes();
        seen.check_reactions();
        seen.check_read_marks();
    }
}

impl Seen<'_> {
    fn of(&self, direction: Direction) -> impl Iterator<Item = &SeenMessage> {
        self.messages.iter().filter(move |message| message.direction == direction)
    }
}

const fn is_reaction(message: &SeenMessage) -> bool {
    matches!(message.content, Some(Content::Reaction { .. }))
}
