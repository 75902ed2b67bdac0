//! A clock for an actor, which does not run ahead of it: while one tick waits in the mailbox, none follows.

use crate::task;
use ractor::{ActorRef, Message};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Held by the message that brings it; the next one comes after it was dropped.
#[derive(Debug)]
pub struct Tick(Arc<AtomicBool>);

impl Drop for Tick {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Sends the actor a tick every so often for as long as it lives. One that cannot be looked at in time is the only one that waits, however
/// long that takes.
pub fn tick<M: Message>(actor: &ActorRef<M>, every: Duration, told: impl Fn(Tick) -> M + Send + 'static) {
    let (actor, waits) = (actor.clone(), Arc::<AtomicBool>::default());
    task::spawn("tick", async move {
        loop {
            tokio::time::sleep(every).await;
            if !waits.swap(true, Ordering::AcqRel) && actor.cast(told(Tick(Arc::clone(&waits)))).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use ractor::{Actor, ActorProcessingErr};
    use std::sync::atomic::AtomicU32;
    use tokio::sync::Semaphore;

    /// Looks at a tick only when it gets leave to.
    struct Slow {
        leave: Arc<Semaphore>,
        looked: Arc<AtomicU32>,
    }

    impl Actor for Slow {
        type Msg = Tick;
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, myself: ActorRef<Tick>, (): ()) -> Result<(), ActorProcessingErr> {
            tick(&myself, Duration::from_secs(1), |tick| tick);
            Ok(())
        }

        async fn handle(&self, _: ActorRef<Tick>, tick: Tick, (): &mut ()) -> Result<(), ActorProcessingErr> {
            drop(tick);
            self.leave.acquire().await?.forget();
            self.looked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_actor_that_is_held_up_for_an_hour_finds_one_tick_and_not_thousands() {
        let (leave, looked) = (Arc::new(Semaphore::new(0)), Arc::<AtomicU32>::default());
        let slow = Slow { leave: Arc::clone(&leave), looked: Arc::clone(&looked) };
        let (actor, end) = Slow::spawn(None, slow, ()).await.unwrap();
        tokio::time::sleep(Duration::from_hours(1)).await;
        leave.add_permits(10_000);
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(looked.load(Ordering::Relaxed), 2, "the one that held it up, and the one that waited");
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(looked.load(Ordering::Relaxed), 5, "and it goes on");
        actor.stop(None);
        end.await.unwrap();
    }
}
