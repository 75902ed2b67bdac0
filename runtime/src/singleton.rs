//! A singleton: one actor that must always be there. Whoever writes to it holds the singleton, not the actor, so a restart goes unnoticed.

use crate::budget::Backoff;
use crate::clock::Ids;
use crate::host::RESTARTS;
use ractor::{Actor, ActorProcessingErr, ActorRef, ActorRuntime, ActorStatus, Message, SupervisionEvent};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Makes the next actor and what it starts with.
type Factory<A> = Box<dyn Fn() -> (A, <A as Actor>::Arguments) + Send + Sync>;

/// After this long without a failure the delays begin anew.
const FORGIVEN_AFTER: Duration = Duration::from_secs(600);

/// Where one supervised actor stands.
pub struct Singleton<A: Actor> {
    shared: Arc<Shared<A>>,
    supervisor: ActorRef<SupervisorMessage>,
}

struct Shared<A: Actor> {
    name: &'static str,
    ids: Arc<Ids>,
    factory: Factory<A>,
    actor: RwLock<Option<ActorRef<A::Msg>>>,
    restarts: AtomicU64,
    closed: AtomicBool,
}

/// A singleton at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SingletonSnapshot {
    pub name: &'static str,
    pub standing: bool,
    pub restarts: u64,
    /// Somebody brings the next actor; else the singleton must be made anew.
    pub sound: bool,
}

impl<A: Actor> Clone for Singleton<A> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), supervisor: self.supervisor.clone() }
    }
}

impl<A> Singleton<A>
where
    A: Actor,
    A::Msg: Message,
{
    /// Starts the actor, and starts it again whenever it ends, after growing delays.
    ///
    /// # Errors
    /// When the runtime refuses to spawn the supervisor.
    pub async fn start(
        name: &'static str,
        ids: Arc<Ids>,
        factory: impl Fn() -> (A, A::Arguments) + Send + Sync + 'static,
    ) -> Result<Self, ractor::SpawnErr> {
        metrics::counter!(RESTARTS, "kind" => name).increment(0);
        let shared = Arc::new(Shared {
            name,
            ids,
            factory: Box::new(factory),
            actor: RwLock::new(None),
            restarts: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        let (supervisor, _) =
            SingletonSupervisor::<A>::spawn(None, SingletonSupervisor(std::marker::PhantomData), Arc::clone(&shared))
                .await?;
        // Answered once the first actor stands.
        let singleton = Self { shared, supervisor };
        singleton
            .supervisor
            .cast(SupervisorMessage::Stand)
            .map_err(|error| ractor::SpawnErr::StartupFailed(error.to_string().into()))?;
        Ok(singleton)
    }

    /// Writes to whoever stands here now. `false`: nobody does at the moment; what matters is in the store, and is looked for
    /// again by the next.
    pub fn send(&self, message: A::Msg) -> bool {
        let actor = self.shared.actor.read().unwrap_or_else(PoisonError::into_inner).clone();
        actor.is_some_and(|actor| actor.cast(message).is_ok())
    }

    pub fn inspect(&self) -> SingletonSnapshot {
        let actor = self.shared.actor.read().unwrap_or_else(PoisonError::into_inner);
        SingletonSnapshot {
            name: self.shared.name,
            standing: actor.as_ref().is_some_and(|actor| actor.get_status() == ActorStatus::Running),
            restarts: self.shared.restarts.load(Ordering::Relaxed),
            sound: self.is_sound(),
        }
    }

    fn is_sound(&self) -> bool {
        self.is_closed() || self.supervisor.get_status() == ActorStatus::Running
    }

    /// Whether it was closed for good: nobody stands here any more, and nobody will.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    /// Finishes what has been written and closes the singleton.
    pub async fn drain(&self, within: Duration) {
        self.shared.closed.store(true, Ordering::Release);
        let begun = async {
            while self.shared.is_beginning() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // Time ran out: it has not begun, and what was written to it is in the store.
        let _ = tokio::time::timeout(within, begun).await;
        self.supervisor.drain_children_and_wait(Some(within)).await;
        self.supervisor.stop(None);
    }

    /// Ends it at once, as a crash would.
    pub fn crash(&self) {
        self.shared.closed.store(true, Ordering::Release);
        self.supervisor.kill();
    }

    /// Kills the actor that stands here now; another one comes.
    pub fn kill(&self) {
        if let Some(actor) = self.shared.actor.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            actor.kill();
        }
    }
}

/// Ends when the actor has begun, or has failed to.
type Begun = JoinHandle<Result<JoinHandle<()>, ractor::SpawnErr>>;

impl<A> Shared<A>
where
    A: Actor,
    A::Msg: Message,
{
    /// An actor was spawned and is no child of its supervisor's yet.
    fn is_beginning(&self) -> bool {
        let actor = self.actor.read().unwrap_or_else(PoisonError::into_inner);
        let status = actor.as_ref().map(|actor| actor.get_status());
        status.is_some_and(|status| matches!(status, ActorStatus::Unstarted | ActorStatus::Starting))
    }

    /// Spawns the next actor, which can be written to before it takes its first step: what it reads then, it reads after everything
    /// that nobody could be told of.
    fn spawn(&self, supervisor: &ActorRef<SupervisorMessage>) -> Result<Begun, ractor::SpawnErr> {
        let (handler, arguments) = (self.factory)();
        let mut standing = self.actor.write().unwrap_or_else(PoisonError::into_inner);
        let (actor, begun) = ActorRuntime::spawn_linked_instant(None, handler, arguments, supervisor.get_cell())?;
        *standing = Some(actor);
        Ok(begun)
    }
}

#[derive(Debug)]
enum SupervisorMessage {
    Stand,
}

struct SingletonSupervisor<A>(std::marker::PhantomData<fn() -> A>);

struct Watch<A: Actor> {
    shared: Arc<Shared<A>>,
    failures: u32,
    last_failure: Option<Instant>,
}

impl<A> Actor for SingletonSupervisor<A>
where
    A: Actor,
    A::Msg: Message,
{
    type Msg = SupervisorMessage;
    type State = Watch<A>;
    type Arguments = Arc<Shared<A>>;

    async fn pre_start(
        &self,
        _: ActorRef<SupervisorMessage>,
        shared: Arc<Shared<A>>,
    ) -> Result<Watch<A>, ActorProcessingErr> {
        Ok(Watch { shared, failures: 0, last_failure: None })
    }

    async fn handle(
        &self,
        myself: ActorRef<SupervisorMessage>,
        SupervisorMessage::Stand: SupervisorMessage,
        watch: &mut Watch<A>,
    ) -> Result<(), ActorProcessingErr> {
        if watch.shared.closed.load(Ordering::Acquire) {
            return Ok(());
        }
        // A failed start comes back from spawn and is never heard of again.
        match watch.shared.spawn(&myself) {
            Ok(begun) => match begun.await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => watch.fell(&myself, &error.to_string()),
                Err(error) => watch.fell(&myself, &error.to_string()),
            },
            Err(error) => watch.fell(&myself, &error.to_string()),
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<SupervisorMessage>,
        event: SupervisionEvent,
        watch: &mut Watch<A>,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(_, error) => watch.fell(&myself, &error.to_string()),
            SupervisionEvent::ActorTerminated(_, _, reason) => {
                watch.fell(&myself, reason.as_deref().unwrap_or("it ended"));
            }
            SupervisionEvent::ActorStarted(_) | SupervisionEvent::ProcessGroupChanged(_) => {}
        }
        Ok(())
    }
}

impl<A> Watch<A>
where
    A: Actor,
    A::Msg: Message,
{
    fn fell(&mut self, myself: &ActorRef<SupervisorMessage>, reason: &str) {
        *self.shared.actor.write().unwrap_or_else(PoisonError::into_inner) = None;
        if self.shared.closed.load(Ordering::Acquire) {
            return;
        }
        let now = Instant::now();
        if self.last_failure.is_some_and(|last| now.duration_since(last) > FORGIVEN_AFTER) {
            self.failures = 0;
        }
        self.failures += 1;
        self.last_failure = Some(now);
        self.shared.restarts.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(RESTARTS, "kind" => self.shared.name).increment(1);
        let pause = Backoff::RESTARTS.delay(self.failures, self.shared.ids.fraction());
        tracing::error!(
            actor.kind = self.shared.name,
            reason,
            pause_ms = pause.as_millis() as u64,
            "a station fell and will stand again"
        );
        myself.send_after(pause, || SupervisorMessage::Stand);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::TokioClock;
    use std::sync::atomic::AtomicU32;

    struct Counter(Arc<AtomicU32>);

    impl Actor for Counter {
        type Msg = bool;
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<bool>, (): ()) -> Result<(), ActorProcessingErr> {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(())
        }

        async fn handle(&self, _: ActorRef<bool>, fails: bool, (): &mut ()) -> Result<(), ActorProcessingErr> {
            assert!(!fails, "told to fail");
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    async fn sent(singleton: &Singleton<Counter>, message: bool) {
        while !singleton.send(message) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_holds_the_station_reaches_the_next_actor_too() {
        let count = Arc::new(AtomicU32::new(0));
        let ids = Arc::new(Ids::from_seed(Arc::new(TokioClock::showing(0)), 1));
        let counted = Arc::clone(&count);
        let singleton = Singleton::start("counter", ids, move || (Counter(Arc::clone(&counted)), ())).await.unwrap();
        for n in 1..=5 {
            sent(&singleton, true).await;
            while singleton.inspect().restarts < n {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            sent(&singleton, false).await;
        }
        singleton.drain(Duration::from_secs(1)).await;
        assert_eq!(count.load(Ordering::Relaxed), 5);
        assert!(!singleton.send(false));
    }

    #[tokio::test(start_paused = true)]
    async fn f3_a_station_whose_keeper_is_gone_says_so_and_one_that_was_closed_is_sound() {
        let stands = || async {
            let ids = Arc::new(Ids::from_seed(Arc::new(TokioClock::showing(0)), 1));
            Singleton::start("counter", ids, move || (Counter(Arc::default()), ())).await.unwrap()
        };
        let (left_alone, closed) = (stands().await, stands().await);
        sent(&left_alone, false).await;
        assert!(left_alone.inspect().sound);
        left_alone.supervisor.kill();
        while left_alone.inspect().sound {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        closed.drain(Duration::from_secs(1)).await;
        assert!(closed.inspect().sound && closed.is_closed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_written_while_an_actor_begins_reaches_it_and_one_killed_then_is_followed() {
        let count = Arc::new(AtomicU32::new(0));
        let ids = Arc::new(Ids::from_seed(Arc::new(TokioClock::showing(0)), 1));
        let counted = Arc::clone(&count);
        let singleton = Singleton::start("counter", ids, move || (Counter(Arc::clone(&counted)), ())).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
        singleton.kill();
        while singleton.inspect().restarts == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let began = Instant::now();
        sent(&singleton, false).await;
        while count.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(began.elapsed() > Duration::from_millis(50), "it was written to before it had begun");
    }
}
