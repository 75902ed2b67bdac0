//! The post office: lanes of what waits to be sent. In a lane the next leaves only when the one before was acknowledged.

use crate::ledger::Planned;
use crate::webhook::Envelope;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Envelopes that may wait to be sent once more; above this a duplicate is not made.
const MOST_DUPLICATES: usize = 1_000;

/// What one customer wrote, or the statuses of what one customer got (`0`: of addresses nobody has).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LaneKey {
    Messages(u32),
    Statuses(u32),
}

/// Something to be sent, by its position in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parcel {
    Message(usize),
    Status(usize, Planned),
}

/// Work for one postman.
#[derive(Debug)]
pub(crate) enum Job {
    Batch(Vec<(LaneKey, Parcel)>),
    Again(Envelope),
}

#[derive(Debug)]
pub(crate) struct Office {
    desk: Mutex<Desk>,
    something_ready: Notify,
    max_waiting: usize,
}

#[derive(Debug, Default)]
struct Desk {
    lanes: HashMap<LaneKey, Lane>,
    ready: VecDeque<LaneKey>,
    again: VecDeque<Envelope>,
    /// Parcels in lanes, on the calendar, or under way.
    waiting: usize,
}

#[derive(Debug, Default)]
struct Lane {
    parcels: VecDeque<Parcel>,
    /// Is in `ready`, or with a postman.
    busy: bool,
    /// Parcels that wait for their time: whatever comes after them waits with them.
    on_calendar: usize,
    last_due_us: i64,
}

impl Office {
    pub(crate) fn new(max_waiting: usize) -> Self {
        Self { desk: Mutex::default(), something_ready: Notify::new(), max_waiting }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.desk().waiting < self.max_waiting
    }

    pub(crate) fn waiting(&self) -> usize {
        self.desk().waiting
    }

    /// Takes a parcel that may leave after `delay_us`. Returns the time at which it must be brought to [`Office::ripen`],
    /// never before its predecessors in the lane; nothing if it is on its way already.
    pub(crate) fn put(&self, key: LaneKey, parcel: Parcel, now_us: i64, delay_us: i64) -> Option<i64> {
        let mut desk = self.desk();
        desk.waiting += 1;
        let lane = desk.lanes.entry(key).or_default();
        if delay_us <= 0 && lane.on_calendar == 0 {
            desk.enter(key, parcel);
            drop(desk);
            self.something_ready.notify_one();
            return None;
        }
        lane.on_calendar += 1;
        lane.last_due_us = lane.last_due_us.max(now_us + delay_us);
        Some(lane.last_due_us)
    }

    /// Takes a parcel for a time of its own, whatever else is in its lane.
    pub(crate) fn put_for_later(&self, key: LaneKey) {
        let mut desk = self.desk();
        desk.waiting += 1;
        desk.lanes.entry(key).or_default().on_calendar += 1;
    }

    /// The time of a parcel from the calendar has come.
    pub(crate) fn ripen(&self, key: LaneKey, parcel: Parcel) {
        let mut desk = self.desk();
        let lane = desk.lanes.entry(key).or_default();
        lane.on_calendar = lane.on_calendar.saturating_sub(1);
        desk.enter(key, parcel);
        drop(desk);
        self.something_ready.notify_one();
    }

    pub(crate) fn send_again(&self, envelope: Envelope) {
        let mut desk = self.desk();
        if desk.again.len() < MOST_DUPLICATES {
            desk.again.push_back(envelope);
            drop(desk);
            self.something_ready.notify_one();
        }
    }

    /// Waits for work: up to `most` parcels of lanes that nobody else serves.
    pub(crate) async fn job(&self, most: usize) -> Job {
        loop {
            if let Some(job) = self.desk().job(most) {
                // There may be more: wake the next postman too.
                self.something_ready.notify_one();
                return job;
            }
            self.something_ready.notified().await;
        }
    }

    /// The batch was acknowledged: its lanes may go on.
    pub(crate) fn done(&self, batch: &[(LaneKey, Parcel)]) {
        let mut desk = self.desk();
        desk.waiting = desk.waiting.saturating_sub(batch.len());
        for (index, (key, _)) in batch.iter().enumerate() {
            let released = batch[..index].iter().any(|(other, _)| other == key);
            if !released {
                desk.release(*key);
            }
        }
        drop(desk);
        self.something_ready.notify_one();
    }
}

impl Desk {
    fn enter(&mut self, key: LaneKey, parcel: Parcel) {
        let lane = self.lanes.entry(key).or_default();
        lane.parcels.push_back(parcel);
        if !lane.busy {
            lane.busy = true;
            self.ready.push_back(key);
        }
    }

    fn job(&mut self, most: usize) -> Option<Job> {
        if let Some(envelope) = self.again.pop_front() {
            return Some(Job::Again(envelope));
        }
        let mut batch = Vec::new();
        while batch.len() < most
            && let Some(key) = self.ready.pop_front()
        {
            batch.extend(self.next_of(key));
        }
        // Still room: more of the same lanes, in their order.
        let mut served = 0;
        while batch.len() < most && served < batch.len() {
            let key = batch[served].0;
            batch.extend(self.next_of(key));
            served += 1;
        }
        (!batch.is_empty()).then_some(Job::Batch(batch))
    }

    fn next_of(&mut self, key: LaneKey) -> Option<(LaneKey, Parcel)> {
        self.lanes.get_mut(&key)?.parcels.pop_front().map(|parcel| (key, parcel))
    }

    fn release(&mut self, key: LaneKey) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        lane.busy = !lane.parcels.is_empty();
        if lane.busy {
            self.ready.push_back(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(job: Job) -> Vec<(LaneKey, Parcel)> {
        match job {
            Job::Batch(batch) => batch,
            Job::Again(_) => panic!("nothing was sent yet"),
        }
    }

    #[tokio::test]
    async fn a2_the_next_message_of_a_customer_waits_for_the_one_before() {
        let office = Office::new(10);
        let (one, two) = (LaneKey::Messages(1), LaneKey::Messages(2));
        for (key, position) in [(one, 1), (one, 2), (two, 3)] {
            assert_eq!(office.put(key, Parcel::Message(position), 0, 0), None);
        }
        let first = batch(office.job(1).await);
        assert_eq!(first, [(one, Parcel::Message(1))]);
        assert_eq!(batch(office.job(1).await), [(two, Parcel::Message(3))]);
        assert!(office.desk().job(1).is_none(), "message 2 waits for 1");
        office.done(&first);
        assert_eq!(batch(office.job(1).await), [(one, Parcel::Message(2))]);
        assert_eq!(office.waiting(), 2);
    }

    #[tokio::test]
    async fn a_batch_takes_from_every_lane_and_keeps_the_order_of_each() {
        let office = Office::new(10);
        let (one, two) = (LaneKey::Messages(1), LaneKey::Messages(2));
        for (key, position) in [(one, 1), (one, 2), (two, 3), (one, 4)] {
            office.put(key, Parcel::Message(position), 0, 0);
        }
        let all = batch(office.job(8).await);
        let positions: Vec<Parcel> = all.iter().map(|(_, parcel)| *parcel).collect();
        assert_eq!(positions, [1, 3, 2, 4].map(Parcel::Message));
        office.done(&all);
        assert!(office.desk().job(8).is_none());
        assert_eq!(office.waiting(), 0);
    }

    #[tokio::test]
    async fn a2_whoever_comes_after_a_delayed_message_waits_with_it() {
        let office = Office::new(10);
        let key = LaneKey::Messages(1);
        assert_eq!(office.put(key, Parcel::Message(1), 100, 50), Some(150));
        assert_eq!(office.put(key, Parcel::Message(2), 110, 0), Some(150));
        assert_eq!(office.put(key, Parcel::Message(3), 120, 90), Some(210));
        assert!(office.desk().job(8).is_none());
        office.ripen(key, Parcel::Message(1));
        assert_eq!(batch(office.job(8).await).len(), 1);
    }
}
