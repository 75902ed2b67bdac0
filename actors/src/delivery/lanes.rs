//! Lanes: what one conversation sends goes out in order; lanes do not wait for each other. Plain state, no input or output.

use dashoffice_domain::channel::outgoing::Class;
use dashoffice_domain::ids::{MessageId, ThreadId};
use std::collections::{HashMap, HashSet, VecDeque};
use tokio::time::Instant;

#[derive(Debug)]
struct Lane {
    queue: VecDeque<(MessageId, Class)>,
    state: LaneState,
}

/// What the head of a lane is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LaneState {
    Ready,
    UnderWay,
    /// Not before then: the provider said so, or the head's fate is unknown.
    Until(Instant),
}

/// The lanes of one number.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<ThreadId, Lane>,
    known: HashSet<MessageId>,
}

impl Lanes {
    /// A message joins the end of its lane. Told twice, it joins once.
    pub(super) fn join(&mut self, thread: ThreadId, message: MessageId, class: Class) {
        if self.known.insert(message) {
            let lane = self.lanes.entry(thread).or_insert(Lane { queue: VecDeque::new(), state: LaneState::Ready });
            lane.queue.push_back((message, class));
        }
    }

    /// The heads that may go now, agents' before bots' before campaigns'.
    pub(super) fn ready(&mut self, now: Instant, most: usize) -> Vec<(ThreadId, MessageId)> {
        let mut heads: Vec<(Class, MessageId, ThreadId)> = Vec::new();
        for (thread, lane) in &mut self.lanes {
            if matches!(lane.state, LaneState::Until(then) if then <= now) {
                lane.state = LaneState::Ready;
            }
            if let (LaneState::Ready, Some((message, class))) = (lane.state, lane.queue.front()) {
                heads.push((*class, *message, *thread));
            }
        }
        self.lanes.retain(|_, lane| lane.state != LaneState::Ready || !lane.queue.is_empty());
        // Ids are in the order of time: within a class the oldest goes first, and nobody starves.
        heads.sort_unstable();
        heads.into_iter().take(most).map(|(_, message, thread)| (thread, message)).collect()
    }

    /// The head of a lane is on its way.
    pub(super) fn begin(&mut self, thread: ThreadId) {
        if let Some(lane) = self.lanes.get_mut(&thread) {
            lane.state = LaneState::UnderWay;
        }
    }

    /// The message is done with, wherever it stands: the lane goes on.
    pub(super) fn leave(&mut self, thread: ThreadId, message: MessageId) {
        if !self.known.remove(&message) {
            return;
        }
        let Some(lane) = self.lanes.get_mut(&thread) else { return };
        if lane.queue.front().is_some_and(|(head, _)| *head == message) {
            lane.state = LaneState::Ready;
        }
        lane.queue.retain(|(waiting, _)| *waiting != message);
    }

    /// The lane waits, with its head, until then.
    pub(super) fn pause(&mut self, thread: ThreadId, until: Instant) {
        if let Some(lane) = self.lanes.get_mut(&thread) {
            lane.state = LaneState::Until(until);
        }
    }

    /// How many messages are known here.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn knows(&self, message: MessageId) -> bool {
        self.known.contains(&message)
    }

    /// What comes in this lane waits until then, unless its head is on its way or waits already. `true`: it does.
    pub(super) fn hold(&mut self, thread: ThreadId, until: Instant) -> bool {
        let lane = self.lanes.entry(thread).or_insert(Lane { queue: VecDeque::new(), state: LaneState::Ready });
        let may = lane.state == LaneState::Ready;
        if may {
            lane.state = LaneState::Until(until);
        }
        may
    }

    /// The head left, and what is or comes behind it waits a while: nobody knows whether the head arrived.
    pub(super) fn leave_and_pause(&mut self, thread: ThreadId, message: MessageId, until: Instant) {
        self.leave(thread, message);
        self.pause(thread, until);
    }

    /// There is news of what the lane waited for.
    pub(super) fn resume(&mut self, thread: ThreadId) {
        if let Some(lane) = self.lanes.get_mut(&thread)
            && matches!(lane.state, LaneState::Until(_))
        {
            lane.state = LaneState::Ready;
        }
    }

    pub(super) fn is_paused(&self, thread: ThreadId) -> bool {
        self.lanes.get(&thread).is_some_and(|lane| matches!(lane.state, LaneState::Until(_)))
    }

    /// The next instant at which a paused lane may go on.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let times = self.lanes.values().filter_map(|lane| match lane.state {
            LaneState::Until(then) => Some(then),
            LaneState::Ready | LaneState::UnderWay => None,
        });
        times.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use uuid::Uuid;

    fn thread(n: u128) -> ThreadId {
        ThreadId(Uuid::from_u128(n))
    }

    fn message(n: u128) -> MessageId {
        MessageId(Uuid::from_u128(n))
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_sends_one_after_the_other_and_waits_for_nobody_else() {
        let mut lanes = Lanes::default();
        lanes.join(thread(1), message(1), Class::Agent);
        lanes.join(thread(1), message(2), Class::Agent);
        lanes.join(thread(2), message(3), Class::Agent);
        lanes.join(thread(1), message(1), Class::Agent);
        let now = Instant::now();
        assert_eq!(lanes.ready(now, 9), [(thread(1), message(1)), (thread(2), message(3))]);
        lanes.begin(thread(1));
        assert_eq!(lanes.ready(now, 9), [(thread(2), message(3))]);
        lanes.leave(thread(1), message(1));
        assert_eq!(lanes.ready(now, 9), [(thread(1), message(2)), (thread(2), message(3))]);
    }

    #[tokio::test(start_paused = true)]
    async fn agents_go_before_campaigns() {
        let mut lanes = Lanes::default();
        lanes.join(thread(1), message(1), Class::Campaign);
        lanes.join(thread(2), message(2), Class::Agent);
        assert_eq!(lanes.ready(Instant::now(), 1), [(thread(2), message(2))]);
    }

    #[tokio::test(start_paused = true)]
    async fn a7_an_unknown_message_holds_its_lane_for_a_while_or_until_there_is_news() {
        let mut lanes = Lanes::default();
        lanes.join(thread(1), message(1), Class::Agent);
        lanes.join(thread(1), message(2), Class::Agent);
        let now = Instant::now();
        let later = now + Duration::from_secs(30);
        lanes.begin(thread(1));
        lanes.leave_and_pause(thread(1), message(1), later);
        assert_eq!((lanes.ready(now, 9), lanes.next_at()), (vec![], Some(later)));
        lanes.begin(thread(2));
        lanes.join(thread(2), message(3), Class::Agent);
        lanes.leave_and_pause(thread(2), message(3), later);
        lanes.join(thread(2), message(4), Class::Agent);
        assert_eq!(lanes.ready(now, 9), [], "also what comes behind it later waits");
        assert_eq!(lanes.ready(later, 9), [(thread(1), message(2)), (thread(2), message(4))]);
        lanes.pause(thread(1), later + Duration::from_secs(1));
        assert_eq!(lanes.ready(later, 9), [(thread(2), message(4))]);
        lanes.resume(thread(1));
        assert_eq!(lanes.ready(later, 9), [(thread(1), message(2)), (thread(2), message(4))]);
    }
}
