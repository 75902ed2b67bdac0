//! What the kernel is told about its caller's world: five types, and nothing of what they mean.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

/// The caller's vocabulary.
pub trait Durable: Send + Sync + 'static {
    /// The owner of a stream of events.
    type Entity: Copy + Eq + Hash + Ord + Debug + Send + Sync + 'static;
    /// One piece of work for one entity.
    type Item: Clone + Debug + Send + Sync + 'static;
    /// Something that happened.
    type Event: Clone + Debug + Send + Sync + 'static;
    /// Something to remember beside the events, in the same transaction.
    type Row: Clone + Debug + Send + Sync + 'static;
    /// Whoever has something done; the default is the kernel itself.
    type Principal: Clone + Debug + Default + Eq + Send + Sync + 'static;
}

/// A vocabulary made of five types: lets two crates that do not know each other speak of the same one.
#[derive(Debug)]
pub struct Of<Entity, Item, Event, Row, Principal>(PhantomData<(Entity, Item, Event, Row, Principal)>);

// By hand, because a vocabulary is only a name: what is spoken in it can be copied and compared whatever its types are.
impl<Entity, Item, Event, Row, Principal> Clone for Of<Entity, Item, Event, Row, Principal> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Entity, Item, Event, Row, Principal> Copy for Of<Entity, Item, Event, Row, Principal> {}

impl<Entity, Item, Event, Row, Principal> PartialEq for Of<Entity, Item, Event, Row, Principal> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<Entity, Item, Event, Row, Principal> Eq for Of<Entity, Item, Event, Row, Principal> {}

impl<Entity, Item, Event, Row, Principal> Durable for Of<Entity, Item, Event, Row, Principal>
where
    Entity: Copy + Eq + Hash + Ord + Debug + Send + Sync + 'static,
    Item: Clone + Debug + Send + Sync + 'static,
    Event: Clone + Debug + Send + Sync + 'static,
    Row: Clone + Debug + Send + Sync + 'static,
    Principal: Clone + Debug + Default + Eq + Send + Sync + 'static,
{
    type Entity = Entity;
    type Item = Item;
    type Event = Event;
    type Row = Row;
    type Principal = Principal;
}
