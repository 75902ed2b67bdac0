//! The world of one run: the store on its disk, the process that dies and comes back, and the day that passes in it.

use crate::checks;
use crate::crowd;
use crate::places::{Customer, House, Number, provision};
use crate::provider::Provider;
use crate::scene::{Hour, Scene};
use crate::staff::Agent;
use crate::streams;
use dashoffice_actors::delivery::UnderWay;
use dashoffice_domain::ports::Channels;
use dashoffice_runtime::{Clock, Ids, Journal, TokioClock, task};
use dashoffice_store::memory::{Chances, Memory, Unfinished};
use dashoffice_supervisors::{Office, OfficeParts, OfficeSettings, TenantParts};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How bad a day it is: deaths, lost answers, dropped or doubled hints and absences in a thousand transactions; the share of what the
/// provider is asked that meets a fault.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mischief {
    pub(crate) deaths: u32,
    pub(crate) lost_answers: u32,
    pub(crate) hints: u32,
    pub(crate) absences: u32,
    pub(crate) provider: f64,
}

pub(crate) struct World {
    mischief: Mischief,
    scene: Arc<Scene>,
    chance: StdRng,
    /// When the process died.
    deaths: Vec<i64>,
    /// Of the process.
    under_way: UnderWay,
}

impl World {
    pub(crate) async fn begin(seed: u64, mischief: Mischief) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::showing(1_700_000_000_000_000));
        let ids = Arc::new(Ids::from_seed(Arc::clone(&clock), seed));
        let ticking = Arc::clone(&clock);
        let store = Memory::new(seed, Arc::new(move || ticking.now()));
        store.own().await.unwrap();
        provision(&store).await;
        store.set_chances(Chances {
            die_before: mischief.deaths,
            die_after: mischief.deaths,
            answer_lost: mischief.lost_answers,
            told_twice: mischief.hints,
            hint_dropped: mischief.hints,
            unavailable: mischief.absences,
            slowest: Duration::from_millis(3),
        });
        let provider = Provider::new(seed, mischief.provider, store.clone());
        let scene = Arc::new(Scene::new(clock, ids, provider, store));
        let mut world = Self {
            mischief,
            scene,
            chance: StdRng::seed_from_u64(seed),
            deaths: Vec::new(),
            under_way: UnderWay::default(),
        };
        world.open().await;
        world
    }

    /// Stands an office up over the living incarnation; it may die while it does.
    async fn open(&mut self) {
        loop {
            let store = self.scene.store();
            tokio::select! {
                opened = Office::open(self.parts(&store)) => if let Ok(office) = opened {
                    *self.scene.office.lock().unwrap() = Some(office);
                    return;
                },
                () = store.crashed() => self.restart().await,
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn parts(&self, store: &Memory) -> OfficeParts {
        let feed = streams::committed(store.subscribe());
        let tenants = House::ALL.map(|house| {
            let arrivals = store.subscribe_arrivals(house.tenant());
            let refuge = store.inbox(house.tenant());
            TenantParts { reads: store.tenant_reads(house.tenant()), arrivals, refuge, live: None }
        });
        let journal: Arc<dyn Journal<dashoffice_actors::Office>> = Arc::new(store.clone());
        OfficeParts {
            instance: self.scene.ids.next(),
            journal,
            tenants: tenants.into(),
            feed,
            files: Some(Arc::new(self.scene.shelf.clone())),
            channels: Channels(vec![self.scene.provider.another_office()]),
            clock: Arc::clone(&self.scene.clock),
            ids: Arc::clone(&self.scene.ids),
            settings: OfficeSettings::default().into(),
            under_way: self.under_way.clone(),
            doors: self.scene.doors(),
        }
    }

    async fn restart(&mut self) {
        self.deaths.push(self.scene.clock.now());
        if let Some(office) = self.scene.office.lock().unwrap().take() {
            office.crash();
        }
        let dead = self.scene.store();
        // Half of the time the process goes on and owns the store anew, with whatever is still on its way.
        let next = if self.chance.random_bool(0.5) {
            dead.reopen(self.under_way.messages()).await.unwrap()
        } else {
            self.scene.provider.another_process();
            self.scene.is_another_process();
            self.under_way = UnderWay::default();
            dead.restart().await.unwrap()
        };
        *self.scene.store.lock().unwrap() = next;
    }

    /// Customers write, agents answer, the provider reports, the process dies and comes back; then everything heals and comes to
    /// rest.
    pub(crate) async fn day(&mut self) {
        let customers = self.customers();
        let staff = House::ALL.into_iter().flat_map(|house| house.agents().map(|id| (house, id)));
        for (house, id) in staff {
            let agent = Agent::new(Arc::clone(&self.scene), house, id, self.another_chance());
            task::spawn("agent", agent.works());
        }
        task::spawn("reporter", crowd::reports(Arc::clone(&self.scene), self.chance.random()));
        while !customers.iter().all(JoinHandle::is_finished) {
            self.live_on(Duration::from_millis(200)).await;
            if self.mischief.deaths > 0 {
                self.does_harm();
            }
        }
        self.scene.store().set_chances(Chances::default());
        self.scene.strikes(Hour::Closing);
        while !self.is_at_rest() {
            self.live_on(Duration::from_secs(1)).await;
        }
        self.scene.strikes(Hour::Over);
        // Whoever was in the middle of something comes to its end.
        self.live_on(Duration::from_secs(10)).await;
    }

    fn another_chance(&mut self) -> StdRng {
        StdRng::seed_from_u64(self.chance.random())
    }

    fn customers(&mut self) -> Vec<JoinHandle<()>> {
        let mut customers = Vec::new();
        for number in Number::all() {
            for nth in 0..self.chance.random_range(1..=4_usize) {
                let customer = Customer { number, nth };
                let (acts, chance) = (self.chance.random_range(2..=9), self.another_chance());
                let writes = crowd::writes(Arc::clone(&self.scene), customer, acts, chance);
                customers.push(task::spawn("customer", writes));
            }
        }
        customers
    }

    /// The process dies, or somebody in it.
    fn does_harm(&mut self) {
        let Some(office) = self.scene.office() else { return };
        match self.chance.random_range(0..100_u32) {
            0..2 => self.scene.store().crash(),
            2..4 => office.kill_stations(),
            4..8 => {
                let house = House::ALL[self.chance.random_range(0..2_usize)];
                if let Some(chat) = self.scene.store().chats_of(house.tenant()).first() {
                    office.conversations().kill(house.tenant(), chat.thread);
                }
            }
            _ => {}
        }
    }

    fn is_at_rest(&self) -> bool {
        let store = self.scene.store();
        House::ALL.into_iter().all(|house| {
            let unfinished = store.unfinished(house.tenant());
            unfinished == Unfinished { dead: unfinished.dead, ..Unfinished::default() }
                && store.chats_of(house.tenant()).is_empty()
        })
    }

    async fn live_on(&mut self, span: Duration) {
        let store = self.scene.store();
        tokio::select! {
            () = store.crashed() => {
                self.restart().await;
                self.open().await;
            }
            () = tokio::time::sleep(span) => {}
        }
    }

    /// Everything that was promised.
    pub(crate) fn check(&self) {
        checks::all(&self.scene, &self.deaths);
    }
}
