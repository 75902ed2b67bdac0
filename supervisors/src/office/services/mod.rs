//! What stands for a tenant as long as its floor does: each part is a service, and whatever happens to all of them is said once.
//!
//! To add a service: its `impl Service`, and its line in `TenantRuntime::stand`.

mod answering;
mod deliveries;
mod singletons;

pub(super) use answering::Answering;
pub(super) use deliveries::Deliveries;

use super::StartError;
use super::common::Common;
use dashoffice_actors::feed::FeedItem;
use dashoffice_actors::seen::JobsSeen;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_runtime::SingletonSnapshot;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

/// When a service is drained: in this order, and within a stage in the order in which they were started. Conversations and agents are
/// drained after `GiveOut`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Says what nobody asked for.
    Answer,
    /// Hands in what came.
    TakeIn,
    GiveOut,
    /// Does in the world what was decided.
    Send,
    /// Tells of everything that was still decided.
    Show,
}

/// A part of a tenant.
pub(super) trait Service: Send + Sync {
    /// Something was committed, or news of it was missed.
    fn hear(&self, _heard: &FeedItem) {}

    /// Something was set up anew, or settings were.
    fn settings_changed<'a>(&'a self, _common: &'a Common) -> BoxFuture<'a, Result<(), StartError>> {
        Box::pin(ready(Ok(())))
    }

    fn inspect(&self) -> Vec<SingletonSnapshot>;

    /// What runs of each kind of jobs that it serves.
    fn jobs(&self) -> Vec<JobsSeen> {
        Vec::new()
    }

    /// Kills its actors, as a fault of theirs would; they come back.
    fn kill(&self);

    /// Takes nothing more and finishes what it has. `false`: time ran out.
    fn drain(&self, within: Duration) -> BoxFuture<'_, bool>;

    /// Ends at once, as a crash would.
    fn crash(&self);
}

/// All services of a tenant, in the order in which they were started.
#[derive(Default)]
pub(super) struct Services(Vec<(Stage, Arc<dyn Service>)>);

impl Services {
    /// From now on whatever happens to all of them happens to this one, too.
    pub(super) fn add<S: Service + 'static>(&mut self, stage: Stage, service: S) -> Arc<S> {
        let service = Arc::new(service);
        self.0.push((stage, Arc::<S>::clone(&service)));
        service
    }

    pub(super) fn hear(&self, heard: &FeedItem) {
        self.all().for_each(|service| service.hear(heard));
    }

    /// One after the other; whoever comes after one that could not is not told.
    pub(super) async fn settings_changed(&self, common: &Common) -> Result<(), StartError> {
        for service in self.all() {
            service.settings_changed(common).await?;
        }
        Ok(())
    }

    pub(super) fn inspect(&self) -> Vec<SingletonSnapshot> {
        self.all().flat_map(Service::inspect).collect()
    }

    /// What runs of each kind of jobs that anybody serves.
    pub(super) fn jobs(&self) -> Vec<JobsSeen> {
        let mut kinds: Vec<JobsSeen> = Vec::new();
        for seen in self.all().flat_map(Service::jobs) {
            match kinds.iter_mut().find(|known| known.kind == seen.kind) {
                Some(known) => known.under_way += seen.under_way,
                None => kinds.push(seen),
            }
        }
        kinds
    }

    pub(super) fn kill(&self) {
        self.all().for_each(Service::kill);
    }

    /// Drains those of a stage, each within this time. `false`: time ran out for one of them.
    pub(super) async fn drain(&self, stage: Stage, within: Duration) -> bool {
        let mut clean = true;
        for (_, service) in self.0.iter().filter(|(of, _)| *of == stage) {
            clean &= service.drain(within).await;
        }
        clean
    }

    pub(super) fn crash(&self) {
        self.all().for_each(Service::crash);
    }

    fn all(&self) -> impl Iterator<Item = &dyn Service> {
        self.0.iter().map(|(_, service)| &**service)
    }
}
