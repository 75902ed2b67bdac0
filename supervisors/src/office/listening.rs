//! What an office listens to while it stands; nobody of these falls silent without somebody noticing.

use super::{Office, OfficeSnapshot};
use dashoffice_actors::feed::{Feed, FeedItem};
use dashoffice_domain::Entity;
use dashoffice_domain::ids::TenantId;
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Upkeep, task};
use futures_util::StreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;

/// Between two looks whether everybody who brings others back is there.
const LOOK: Duration = Duration::from_secs(5);

impl Office {
    /// Returns when something fell that cannot be brought back alone, with its name: this office is to be ended and opened anew.
    pub async fn falls(&self) -> &'static str {
        self.common.fatal_signal.raised().await
    }

    /// Passes on what is committed.
    pub(super) fn listen(self: &Arc<Self>, feed: Feed) {
        let (feed, office) = (Arc::new(Mutex::new(feed)), Arc::downgrade(self));
        let fell = Arc::<AtomicBool>::default();
        task::keep("feed", Upkeep::OrRaise(self.common.fatal_signal.clone()), move || {
            let (feed, office) = (Arc::clone(&feed), office.clone());
            let fell = fell.swap(true, Ordering::AcqRel);
            async move {
                let mut feed = feed.lock().await;
                // Whatever was in hand, somebody has not heard of it.
                let mut next = fell.then_some(FeedItem::Missed);
                loop {
                    if let Some(heard) = next {
                        let Some(office) = office.upgrade() else { return };
                        reach("feed", "hear");
                        office.hear(&heard);
                        reach("feed", "heard");
                    }
                    next = feed.next().await;
                    if next.is_none() {
                        return;
                    }
                }
            }
        });
    }

    /// Entities whose quarantine has ended are offered their rows again.
    pub(super) fn hear_releases(self: &Arc<Self>, released: mpsc::UnboundedReceiver<(Uuid, Entity)>) {
        // With the one in hand, which nobody would tell of again.
        let (released, office) = (Arc::new(Mutex::new((released, None))), Arc::downgrade(self));
        task::keep("releases", Upkeep::OrRaise(self.common.fatal_signal.clone()), move || {
            let (released, office) = (Arc::clone(&released), office.clone());
            async move {
                let mut released = released.lock().await;
                let (released, in_hand) = &mut *released;
                loop {
                    if in_hand.is_none() {
                        *in_hand = released.recv().await;
                    }
                    let (Some((tenant, entity)), Some(office)) = (*in_hand, office.upgrade()) else { return };
                    reach("releases", "release");
                    office.release(TenantId(tenant), entity);
                    *in_hand = None;
                }
            }
        });
    }

    /// Looks, again and again, whether hosts and singletons still have their supervisors.
    pub(super) fn look_around(self: &Arc<Self>) {
        let (office, fatal_signal) = (Arc::downgrade(self), self.common.fatal_signal.clone());
        task::keep("look around", Upkeep::OrRaise(fatal_signal.clone()), move || {
            let (office, fatal_signal) = (office.clone(), fatal_signal.clone());
            async move {
                loop {
                    tokio::time::sleep(LOOK).await;
                    let Some(office) = office.upgrade() else { return };
                    if let Some(kind) = unsound(&office.inspect()) {
                        fatal_signal.raise(kind);
                        return;
                    }
                }
            }
        });
    }
}

/// The kind of somebody who will never be brought back.
fn unsound(seen: &OfficeSnapshot) -> Option<&'static str> {
    let hosts = seen.hosts.iter().map(|host| (host.kind, host.sound));
    let singletons = seen.singletons.iter().map(|singleton| (singleton.name, singleton.sound));
    hosts.chain(singletons).find_map(|(kind, sound)| (!sound).then_some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_runtime::{HostSnapshot, SingletonSnapshot};

    #[test]
    fn f3_a_keeper_that_is_gone_is_the_end_of_the_office_and_a_station_at_rest_is_not() {
        let host = |sound| HostSnapshot { kind: "conversation", sound, ..HostSnapshot::default() };
        let singleton = |sound| SingletonSnapshot { name: "router", standing: false, restarts: 3, sound };
        let seen = |host, singleton| OfficeSnapshot { hosts: vec![host], singletons: vec![singleton] };
        assert_eq!(unsound(&seen(host(true), singleton(true))), None);
        assert_eq!(unsound(&seen(host(true), singleton(false))), Some("router"));
        assert_eq!(unsound(&seen(host(false), singleton(true))), Some("conversation"));
    }
}
