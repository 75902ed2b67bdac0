//! Which clock wakes whom.

use super::Vocabulary;
use dashoffice_actors::conversation::Conversations;
use dashoffice_actors::intake::InboxesRead;
use dashoffice_domain::conversation::CLOCKS_ON_PEOPLE;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::{Entity, Item};
use dashoffice_runtime::timers::order_for;
use dashoffice_runtime::{Clock, FatalSignal, Journal, NotTaken, Timers};
use std::sync::Arc;

/// Hands each clock that has run out to its entity, once its tenant's inbox has been read (B5).
pub(super) fn watch_timers(
    journal: &Arc<dyn Journal<Vocabulary>>,
    clock: &Arc<dyn Clock>,
    conversations: &Conversations,
    inboxes_read: &InboxesRead,
    fatal_signal: &FatalSignal,
) -> Timers {
    let (conversations, inboxes_read) = (conversations.clone(), inboxes_read.clone());
    Timers::start(
        Arc::clone(journal),
        Arc::clone(clock),
        &CLOCKS_ON_PEOPLE,
        Arc::new(move |timer| match timer.entity {
            // What came in while we were down goes first: by it the clock is stopped, perhaps.
            Entity::Thread(_) if !inboxes_read.of(TenantId(timer.tenant)) => Some(Err(NotTaken::Busy)),
            Entity::Thread(thread) => {
                let order = order_for(&timer, Item::Due { timer: timer.kind.clone() });
                Some(conversations.deliver(TenantId(timer.tenant), thread, order))
            }
            Entity::Message(_) | Entity::Agent(_) | Entity::Queue(_) | Entity::Number(_) | Entity::Settings(_) => None,
        }),
        fatal_signal.clone(),
    )
}
