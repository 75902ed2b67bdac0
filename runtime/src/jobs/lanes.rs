//! Lanes: what is in one runs one after the other, and no lane waits for another. Plain state, no input or output.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::Hash;
use tokio::time::Instant;

#[derive(Debug)]
struct Entry<K, T> {
    key: K,
    turn: T,
    /// Since when it may go; in the future: not before then.
    from: Instant,
    /// It was wanted anew while it ran.
    again: bool,
}

#[derive(Debug)]
struct Lane<K, T> {
    queue: VecDeque<Entry<K, T>>,
    /// Its head runs.
    running: bool,
    /// It waits until then for news of a job that left it.
    held: Option<Instant>,
    stand: Stand<K, T>,
}

/// Where a lane is indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand<K, T> {
    Nowhere,
    Ready(T, Instant, K),
    Waits(Instant),
}

/// The lanes of one queue.
#[derive(Debug)]
pub(super) struct Lanes<L, K, T> {
    all: HashMap<L, Lane<K, T>>,
    known: HashSet<K>,
    ready: BTreeSet<(T, Instant, K, L)>,
    waiting: BTreeSet<(Instant, L)>,
}

impl<L, K, T> Default for Lanes<L, K, T> {
    fn default() -> Self {
        Self { all: HashMap::new(), known: HashSet::new(), ready: BTreeSet::new(), waiting: BTreeSet::new() }
    }
}

impl<L, K, T> Lanes<L, K, T>
where
    L: Copy + Eq + Hash + Ord,
    K: Copy + Eq + Hash + Ord,
    T: Copy + Ord,
{
    /// A job joins the end of its lane, to go from then on, or at once. One that is known keeps its place and waits until `from`; one
    /// that runs is left alone, but for `again`: it runs once more.
    pub(super) fn join(&mut self, lane: L, key: K, turn: T, from: Option<Instant>, again: bool) {
        let is_new = self.known.insert(key);
        let this = self.lane(lane);
        if is_new {
            let from = from.unwrap_or_else(Instant::now);
            this.queue.push_back(Entry { key, turn, from, again: false });
        } else {
            let running = this.running;
            let place = this.queue.iter().position(|entry| entry.key == key);
            match place.map(|place| (place, &mut this.queue[place])) {
                Some((0, head)) if running => head.again |= again,
                Some((_, entry)) => entry.from = from.unwrap_or(entry.from),
                None => {}
            }
        }
        self.stand(lane);
    }

    /// The heads that may go now, in the order of their turns.
    pub(super) fn ready(&mut self, now: Instant, most: usize) -> Vec<(L, K)> {
        while let Some((then, lane)) = self.waiting.first().copied().filter(|(then, _)| *then <= now) {
            self.stand_at(lane, now);
            debug_assert!(self.waiting.first() != Some(&(then, lane)), "it waits no more");
        }
        self.ready.iter().take(most).map(|(_, _, key, lane)| (*lane, *key)).collect()
    }

    /// The head of a lane runs.
    pub(super) fn begin(&mut self, lane: L) {
        self.lane(lane).running = true;
        self.stand(lane);
    }

    /// The job is done with, wherever it stands: the lane goes on. One that was wanted anew stays.
    pub(super) fn leave(&mut self, lane: L, key: K) {
        if !self.known.contains(&key) {
            return;
        }
        let this = self.lane(lane);
        let place = this.queue.iter().position(|entry| entry.key == key);
        if place == Some(0) {
            this.running = false;
        }
        if let Some(place) = place {
            let entry = &mut this.queue[place];
            if !std::mem::take(&mut entry.again) {
                this.queue.remove(place);
                self.known.remove(&key);
            }
        }
        self.stand(lane);
    }

    /// The job did not come to its end, and goes again from then on, in its place.
    pub(super) fn put_off(&mut self, lane: L, key: K, from: Instant) {
        if !self.known.contains(&key) {
            return;
        }
        let this = self.lane(lane);
        if this.queue.front().is_some_and(|head| head.key == key) {
            this.running = false;
        }
        if let Some(entry) = this.queue.iter_mut().find(|entry| entry.key == key) {
            (entry.from, entry.again) = (from, false);
        }
        self.stand(lane);
    }

    /// How many jobs are known here.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn knows(&self, key: K) -> bool {
        self.known.contains(&key)
    }

    /// What is or comes in this lane waits until then: of a job that left it nobody knows what became.
    pub(super) fn hold(&mut self, lane: L, until: Instant) {
        self.lane(lane).held = Some(until);
        self.stand(lane);
    }

    /// Whether nothing of it runs, and it is not held.
    pub(super) fn is_idle(&self, lane: L) -> bool {
        self.all.get(&lane).is_none_or(|lane| !lane.running && lane.held.is_none())
    }

    pub(super) fn is_held(&self, lane: L) -> bool {
        self.all.get(&lane).is_some_and(|lane| lane.held.is_some())
    }

    /// There is news of what the lane waited for.
    pub(super) fn resume(&mut self, lane: L) {
        self.lane(lane).held = None;
        self.stand(lane);
    }

    /// The next instant at which a lane that waits may go on.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.waiting.first().map(|(then, _)| *then)
    }

    fn lane(&mut self, lane: L) -> &mut Lane<K, T> {
        self.all.entry(lane).or_insert_with(|| Lane {
            queue: VecDeque::new(),
            running: false,
            held: None,
            stand: Stand::Nowhere,
        })
    }

    fn stand(&mut self, lane: L) {
        self.stand_at(lane, Instant::now());
    }

    /// Indexes a lane that may have changed, and forgets one that has nothing to say.
    fn stand_at(&mut self, lane: L, now: Instant) {
        let Some(this) = self.all.get_mut(&lane) else { return };
        this.held.take_if(|held| *held <= now);
        let head = this.queue.front().filter(|_| !this.running);
        let waits_until = this.held.max(head.map(|head| head.from)).filter(|then| *then > now);
        let stand = match (head, waits_until) {
            _ if this.running => Stand::Nowhere,
            (_, Some(then)) => Stand::Waits(then),
            (Some(head), None) => Stand::Ready(head.turn, head.from, head.key),
            (None, None) => Stand::Nowhere,
        };
        match std::mem::replace(&mut this.stand, stand) {
            Stand::Nowhere => {}
            Stand::Ready(turn, from, key) => _ = self.ready.remove(&(turn, from, key, lane)),
            Stand::Waits(then) => _ = self.waiting.remove(&(then, lane)),
        }
        match stand {
            Stand::Nowhere if this.queue.is_empty() && this.held.is_none() => _ = self.all.remove(&lane),
            Stand::Nowhere => {}
            Stand::Ready(turn, from, key) => _ = self.ready.insert((turn, from, key, lane)),
            Stand::Waits(then) => _ = self.waiting.insert((then, lane)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Lanes and jobs are numbers, and so are turns: 0 goes first.
    type Toys = Lanes<u32, u32, u8>;

    fn joins(lanes: &mut Toys, lane: u32, key: u32, turn: u8) {
        lanes.join(lane, key, turn, None, false);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_runs_one_after_the_other_and_waits_for_nobody_else() {
        let (mut lanes, now) = (Toys::default(), Instant::now());
        for (lane, key) in [(1, 1), (1, 2), (2, 3), (1, 1)] {
            joins(&mut lanes, lane, key, 0);
        }
        assert_eq!(lanes.ready(now, 9), [(1, 1), (2, 3)]);
        lanes.begin(1);
        joins(&mut lanes, 1, 1, 0);
        assert_eq!(lanes.ready(now, 9), [(2, 3)]);
        lanes.leave(1, 1);
        assert_eq!(lanes.ready(now, 9), [(1, 2), (2, 3)]);
        lanes.begin(1);
        lanes.leave(1, 2);
        lanes.leave(2, 3);
        assert_eq!((lanes.ready(now, 9), lanes.len(), lanes.all.len()), (vec![], 0, 0), "nothing is left of it");
    }

    #[tokio::test(start_paused = true)]
    async fn whose_turn_it_is_goes_first_and_of_those_alike_whoever_could_go_for_longest() {
        let mut lanes = Toys::default();
        joins(&mut lanes, 1, 1, 2);
        joins(&mut lanes, 2, 2, 1);
        assert_eq!(lanes.ready(Instant::now(), 1), [(2, 2)]);
        let soon = Instant::now() + Duration::from_secs(5);
        lanes.put_off(2, 2, soon);
        tokio::time::advance(Duration::from_secs(4)).await;
        joins(&mut lanes, 3, 3, 1);
        assert_eq!((lanes.ready(Instant::now(), 9), lanes.next_at()), (vec![(3, 3), (1, 1)], Some(soon)));
        assert_eq!(lanes.ready(soon, 9), [(3, 3), (2, 2), (1, 1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a7_a_job_of_which_nobody_knows_holds_its_lane_for_a_while_or_until_there_is_news() {
        let (mut lanes, now) = (Toys::default(), Instant::now());
        let later = now + Duration::from_secs(30);
        joins(&mut lanes, 1, 1, 0);
        joins(&mut lanes, 1, 2, 0);
        for (lane, key) in [(1, 1), (2, 3)] {
            joins(&mut lanes, lane, key, 0);
            lanes.begin(lane);
            lanes.leave(lane, key);
            lanes.hold(lane, later);
        }
        joins(&mut lanes, 2, 4, 0);
        assert_eq!(
            (lanes.ready(now, 9), lanes.next_at()),
            (vec![], Some(later)),
            "also what comes behind it later waits"
        );
        lanes.resume(1);
        assert_eq!(lanes.ready(now, 9), [(1, 2)]);
        assert_eq!((lanes.ready(later, 9), lanes.is_held(2)), (vec![(1, 2), (2, 4)], false));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_wanted_anew_while_it_runs_runs_once_more_and_else_once() {
        let (mut lanes, now) = (Toys::default(), Instant::now());
        for (again, left) in [(false, vec![]), (true, vec![(1, 1)])] {
            joins(&mut lanes, 1, 1, 0);
            lanes.begin(1);
            lanes.join(1, 1, 0, None, again);
            lanes.leave(1, 1);
            assert_eq!(lanes.ready(now, 9), left);
        }
        lanes.begin(1);
        lanes.leave(1, 1);
        assert_eq!(lanes.len(), 0, "and no more than once");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rows_say_anew_until_when_a_job_waits_that_does_not_run() {
        let (mut lanes, now) = (Toys::default(), Instant::now());
        joins(&mut lanes, 1, 1, 0);
        lanes.put_off(1, 1, now + Duration::from_secs(60));
        joins(&mut lanes, 1, 1, 0);
        assert_eq!(lanes.next_at(), Some(now + Duration::from_secs(60)), "they say nothing of it");
        lanes.join(1, 1, 0, Some(now + Duration::from_secs(5)), false);
        assert_eq!((lanes.len(), lanes.next_at()), (1, Some(now + Duration::from_secs(5))));
    }
}
