//! Who keeps the projections of all tenants: hears what is committed, and tells each of them how far their tenant has come. What it tells
//! is a hint; what is missed is found by a look every few seconds.

use super::follow::Follower;
use super::from_feed::{Batches, FromFeed, batches};
use super::{PROJECTIONS, Progress, Projection, Source};
use crate::writer::Feed;
use dashoffice_runtime::{Upkeep, task};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// Between two looks at how far all tenants have come.
const LOOKS: Duration = Duration::from_secs(5);

/// Those of one tenant; they end with it.
struct Followed {
    head: watch::Sender<i64>,
    /// For each projection.
    batches: Vec<Batches>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Keeps them all until the store is closed.
pub(crate) fn keep<S: Source>(source: S, progress: Arc<Progress>) -> JoinHandle<()> {
    keep_these(source, progress, &PROJECTIONS)
}

pub(super) fn keep_these<S: Source>(
    source: S,
    progress: Arc<Progress>,
    projections: &'static [&'static Projection],
) -> JoinHandle<()> {
    task::keep("projections", Upkeep::ForEver, move || {
        let runner = Runner { source: source.clone(), progress: Arc::clone(&progress), projections };
        runner.run()
    })
}

struct Runner<S> {
    source: S,
    progress: Arc<Progress>,
    projections: &'static [&'static Projection],
}

impl<S: Source> Runner<S> {
    async fn run(self) {
        let mut feed = self.source.subscribe();
        let mut followed = BTreeMap::new();
        let mut looks = interval(LOOKS);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                heard = feed.next() => match heard {
                    None => break,
                    Some(Feed::Lagged) => self.look(&mut followed).await,
                    Some(Feed::Batch(batch)) => {
                        if let Some(last) = batch.events.last() {
                            let position = last.position;
                            let known = self.known(&mut followed, batch.tenant);
                            for batches in &known.batches {
                                batches.add(vec![Arc::clone(&batch)]);
                            }
                            self.tell(known, batch.tenant, position);
                        }
                    }
                },
                _ = looks.tick() => self.look(&mut followed).await,
            }
        }
        self.progress.forget_all();
    }

    /// A store that is away or not ours is looked at the next time.
    async fn look(&self, followed: &mut BTreeMap<Uuid, Followed>) {
        if self.source.is_ours()
            && let Ok(heads) = self.source.heads().await
        {
            for (tenant, head) in heads {
                self.tell(self.known(followed, tenant), tenant, head);
            }
        }
        self.progress.measure(self.source.now());
    }

    fn known<'a>(&self, followed: &'a mut BTreeMap<Uuid, Followed>, tenant: Uuid) -> &'a Followed {
        followed.entry(tenant).or_insert_with(|| self.follow(tenant))
    }

    fn tell(&self, known: &Followed, tenant: Uuid, position: i64) {
        for projection in self.projections {
            self.progress.head((projection.name, tenant), position);
        }
        known.head.send_if_modified(|head| {
            let rises = position > *head;
            *head = position.max(*head);
            rises
        });
    }

    fn follow(&self, tenant: Uuid) -> Followed {
        let head = watch::Sender::new(0);
        let batches: Vec<Batches> = self.projections.iter().map(|_| batches()).collect();
        let tasks = self.projections.iter().zip(&batches).map(|(projection, batches)| {
            let (source, progress, head) = (self.source.clone(), Arc::clone(&self.progress), head.subscribe());
            let batches = Arc::clone(batches);
            task::keep("projection", Upkeep::ForEver, move || {
                let (source, progress, head) = (source.clone(), Arc::clone(&progress), head.clone());
                let feed = FromFeed::of(Arc::clone(&batches));
                Follower { source, projection, tenant, head, feed, progress }.run()
            })
        });
        let tasks = tasks.collect();
        Followed { head, batches, tasks }
    }
}
