//! The low lane: work for which nobody waits at a console. It is done in small pieces while no other job waits, and one piece goes all the
//! same once the first in the lane has waited for [`PATIENCE`].

use super::Queued;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait in the lane while other jobs wait, as long as one piece at a time takes the store less than that.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Jobs that wait in the lane; whoever hands in more waits for room.
pub(super) const ROOM: usize = 16;

/// A piece of low work whose turn it is.
pub(super) enum Piece {
    /// A job, and how long it has waited.
    Job(Queued, Duration),
    /// A piece of throwing away what is too old.
    Tidying,
}

/// Jobs in the order in which they came, with the instants at which they did.
#[derive(Default)]
pub(super) struct LowLane {
    jobs: VecDeque<(Instant, Queued)>,
    /// The last turn was the lane's although other jobs waited: the next one is theirs.
    has_had_its_turn: bool,
}

impl LowLane {
    pub(super) fn has_room(&self) -> bool {
        self.jobs.len() < ROOM
    }

    pub(super) fn push(&mut self, queued: Queued, now: Instant) {
        self.jobs.push_back((now, queued));
    }

    /// The lane's next piece, if it is its turn; tidying has waited since `tidies_at`, where that is past.
    pub(super) fn next(&mut self, now: Instant, tidies_at: Instant, others_wait: bool) -> Option<Piece> {
        let job_since = self.jobs.front().map(|(since, _)| *since);
        let tidying_since = (tidies_at <= now).then_some(tidies_at);
        let has_had_its_turn = std::mem::take(&mut self.has_had_its_turn);
        let since = job_since.into_iter().chain(tidying_since).min()?;
        if others_wait && (has_had_its_turn || now.duration_since(since) < PATIENCE) {
            return None;
        }
        self.has_had_its_turn = others_wait;
        if job_since != Some(since) {
            return Some(Piece::Tidying);
        }
        self.jobs.pop_front().map(|(_, queued)| Piece::Job(queued, now.duration_since(since)))
    }

    /// Everything that waits; it will not have its turn.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = Queued> {
        self.jobs.drain(..).map(|(_, queued)| queued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{AdminWrite, Job};
    use uuid::Uuid;

    fn job(position: i64) -> Queued {
        Queued::new(Job::AdminWrite(AdminWrite::CountTry { tenant: Uuid::nil(), position })).0
    }

    /// What was given its turn: the position of a job, or zero for tidying.
    fn said(piece: Option<Piece>) -> Option<i64> {
        piece.map(|piece| match piece {
            Piece::Job(queued, _) => match queued.job.as_ref() {
                Job::AdminWrite(AdminWrite::CountTry { position, .. }) => *position,
                _ => unreachable!("nothing else was handed in"),
            },
            Piece::Tidying => 0,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_came_first_goes_first_and_only_while_nobody_else_waits() {
        let (mut lane, begin) = (LowLane::default(), Instant::now());
        let never = begin + Duration::from_hours(1);
        let after = |ms| begin + Duration::from_millis(ms);
        lane.push(job(1), after(0));
        lane.push(job(2), after(20));
        assert_eq!(said(lane.next(after(30), never, true)), None);
        assert_eq!(said(lane.next(after(30), never, false)), Some(1));
        assert_eq!(said(lane.next(after(40), after(10), false)), Some(0), "tidying was due before the second came");
        assert_eq!(said(lane.next(after(40), never, false)), Some(2));
        assert_eq!(said(lane.next(after(40), never, false)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_starves_and_what_has_waited_for_long_takes_one_turn_in_two() {
        let (mut lane, begin) = (LowLane::default(), Instant::now());
        let never = begin + Duration::from_hours(1);
        for position in 1..=3 {
            lane.push(job(position), begin);
        }
        assert_eq!(said(lane.next(begin + PATIENCE.checked_sub(Duration::from_millis(1)).unwrap(), never, true)), None);
        let turns: Vec<_> = (0..6).map(|_| said(lane.next(begin + PATIENCE, never, true))).collect();
        assert_eq!(turns, [Some(1), None, Some(2), None, Some(3), None]);
        assert_eq!(said(lane.next(begin + PATIENCE, begin, true)), Some(0), "nor does tidying");
    }
}
