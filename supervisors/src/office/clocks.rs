//! Which clock wakes whom.

use super::Vocabulary;
use dashoffice_actors::conversation::Conversations;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::thread::CLOCKS_ON_PEOPLE;
use dashoffice_domain::{Entity, Item};
use dashoffice_runtime::timers::order_for;
use dashoffice_runtime::{Alarm, Clock, Journal, Timers};
use std::sync::Arc;

/// Hands each clock that has run out to its entity.
pub(super) fn watch_timers(
    journal: &Arc<dyn Journal<Vocabulary>>,
    clock: &Arc<dyn Clock>,
    conversations: &Conversations,
    alarm: &Alarm,
) -> Timers {
    let conversations = conversations.clone();
    Timers::start(
        Arc::clone(journal),
        Arc::clone(clock),
        &CLOCKS_ON_PEOPLE,
        Arc::new(move |timer| match timer.entity {
            Entity::Thread(thread) => {
                let order = order_for(&timer, Item::Due { timer: timer.kind.clone() });
                Some(conversations.deliver(TenantId(timer.tenant), thread, order))
            }
            Entity::Message(_) | Entity::Agent(_) | Entity::Queue(_) | Entity::Number(_) | Entity::Settings(_) => None,
        }),
        alarm.clone(),
    )
}
