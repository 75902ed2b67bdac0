//! Who waits, who is free, and what is held: rebuilt from rows, kept current by what is committed.

use super::MOST_MISSES;
use super::chat::ChatView;
use super::load::Load;
use super::presence::{Chosen, Connection, Effective, effective};
use super::queue::{OnDisconnect, QueueSettings};
use crate::conversation::ConversationRow;
use crate::conversation::{ConversationState, Owner};
use crate::ids::{AgentId, OfferId, QueueId, ThreadId};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// An agent, as routing sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    pub chosen: Chosen,
    pub connection: Connection,
    pub capacity_units: i64,
    /// When their last chat ended; `None`: they have had none.
    pub last_release_at: Option<Timestamp>,
    pub last_assigned_at: Option<Timestamp>,
    /// Chats missed since they last acted.
    pub misses: i64,
}

impl AgentView {
    pub const fn effective(&self) -> Effective {
        effective(self.chosen, self.connection, self.misses >= MOST_MISSES)
    }

    /// Whether new chats may be offered (I9).
    pub const fn is_routable(&self) -> bool {
        matches!(self.connection, Connection::Connected) && self.effective().is_routable()
    }
}

/// Units set aside for a chat whose conversation has not decided yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    pub offer: OfferId,
    pub agent: AgentId,
    /// The epoch the offer expects; a change of owner beyond it ends the hold.
    pub epoch: i64,
    pub since: Timestamp,
}

/// What the router knows of one tenant.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub(super) queues: BTreeMap<QueueId, QueueSettings>,
    pub(super) agents: BTreeMap<AgentId, AgentView>,
    pub(super) chats: BTreeMap<ThreadId, ChatView>,
    /// Chats that wait, of each queue that has any in the order in which they are served: by age (I6, I7).
    pub(super) waiting: BTreeMap<QueueId, BTreeSet<(Timestamp, ThreadId)>>,
    /// Chats that take up somebody's units: the others may be many more, when nobody is free.
    pub(super) occupying: BTreeSet<ThreadId>,
    /// Chats that wait and that somebody missed or declined.
    pub(super) passed_by: BTreeSet<ThreadId>,
    /// Chats by the agent who owns them.
    pub(super) owned: BTreeMap<AgentId, BTreeSet<ThreadId>>,
    /// Chats of agents who are gone that must not wait for them: to be taken back.
    pub(super) abandoned: BTreeSet<ThreadId>,
    /// At most one a chat.
    pub(super) reservations: BTreeMap<ThreadId, Reservation>,
}

impl Index {
    pub fn set_queue(&mut self, queue: QueueSettings) {
        let id = queue.id;
        self.queues.insert(id, queue);
        let theirs = self.chats.values().filter(|chat| chat.queue == id).map(|chat| chat.thread);
        for thread in theirs.collect::<Vec<_>>() {
            self.note_abandoned(thread);
        }
    }

    /// Inserts or replaces an agent; a known one keeps their connection.
    pub fn set_agent(&mut self, id: AgentId, mut agent: AgentView) {
        if let Some(known) = self.agents.get(&id) {
            agent.connection = known.connection;
        }
        let connection = agent.connection;
        self.agents.insert(id, agent);
        self.connected(id, connection);
    }

    pub fn connected(&mut self, id: AgentId, connection: Connection) {
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.connection = connection;
        }
        for thread in self.owned.get(&id).cloned().unwrap_or_default() {
            self.note_abandoned(thread);
        }
    }

    /// Whether a chat is to be taken back is asked when it changes, when its agent comes or goes, and at no other time.
    fn note_abandoned(&mut self, thread: ThreadId) {
        if self.chats.get(&thread).is_some_and(|chat| self.is_abandoned(chat)) {
            self.abandoned.insert(thread);
        } else {
            self.abandoned.remove(&thread);
        }
    }

    fn is_abandoned(&self, chat: &ChatView) -> bool {
        let owner = chat.owner.agent().and_then(|agent| self.agents.get(&agent));
        owner.is_some_and(|agent| agent.connection == Connection::Gone) && self.must_not_wait(chat)
    }

    /// What its queue says of chats whose agent is gone (rule 8).
    fn must_not_wait(&self, chat: &ChatView) -> bool {
        match self.queues.get(&chat.queue).map(|queue| queue.on_disconnect) {
            None | Some(OnDisconnect::Keep) => false,
            Some(OnDisconnect::RequeueUnanswered) => chat.customer_waits,
            Some(OnDisconnect::RequeueAll) => true,
        }
    }

    pub fn chose(&mut self, agent: AgentId, chosen: Chosen) {
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.chosen = chosen;
            agent.misses = 0;
        }
    }

    pub fn missed(&mut self, agent: AgentId) {
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.misses += 1;
        }
    }

    pub fn answered(&mut self, agent: AgentId) {
        if let Some(agent) = self.agents.get_mut(&agent) {
            agent.misses = 0;
        }
    }

    /// A conversation's row was committed. An older row than the one known changes nothing.
    pub fn saw(&mut self, row: &ConversationRow) {
        let known = self.chats.get(&row.thread);
        if known.is_some_and(|known| known.owner_epoch > row.owner_epoch) {
            return;
        }
        let before = known.map(|known| (known.owner.agent(), known.queue, known.enqueued_at));
        if let Some((_, queue, enqueued_at)) = before {
            self.leaves_line(queue, (enqueued_at, row.thread));
        }
        let owner = before.and_then(|(agent, ..)| agent);
        self.note_assignment(owner, row);
        self.note_owner(owner, row);
        if row.state == ConversationState::Closed {
            self.chats.remove(&row.thread);
            self.occupying.remove(&row.thread);
            self.passed_by.remove(&row.thread);
            self.abandoned.remove(&row.thread);
            self.reservations.remove(&row.thread);
            return;
        }
        if matches!(row.owner, Owner::Queue { .. }) {
            self.waiting.entry(row.queue).or_default().insert((row.enqueued_at, row.thread));
        }
        if self.reservations.get(&row.thread).is_some_and(|reservation| row.owner_epoch > reservation.epoch) {
            // The conversation has decided: what is committed counts from now on.
            self.reservations.remove(&row.thread);
        }
        if matches!(row.owner, Owner::Queue { .. }) && !row.excluded.is_empty() {
            self.passed_by.insert(row.thread);
        } else {
            self.passed_by.remove(&row.thread);
        }
        let chat = ChatView::of(row);
        if chat.occupied().is_empty() {
            self.occupying.remove(&row.thread);
        } else {
            self.occupying.insert(row.thread);
        }
        self.chats.insert(row.thread, chat);
        self.note_abandoned(row.thread);
    }

    fn note_owner(&mut self, before: Option<AgentId>, row: &ConversationRow) {
        if let Some(agent) = before
            && let Some(theirs) = self.owned.get_mut(&agent)
        {
            theirs.remove(&row.thread);
            if theirs.is_empty() {
                self.owned.remove(&agent);
            }
        }
        if let Some(agent) = row.owner.agent().filter(|_| row.state != ConversationState::Closed) {
            self.owned.entry(agent).or_default().insert(row.thread);
        }
    }

    fn leaves_line(&mut self, queue: QueueId, place: (Timestamp, ThreadId)) {
        if let Some(line) = self.waiting.get_mut(&queue) {
            line.remove(&place);
            if line.is_empty() {
                self.waiting.remove(&queue);
            }
        }
    }

    fn note_assignment(&mut self, before: Option<AgentId>, row: &ConversationRow) {
        let now = row.owner.agent();
        if before == now {
            return;
        }
        if let Some(agent) = before.and_then(|agent| self.agents.get_mut(&agent)) {
            agent.last_release_at = agent.last_release_at.max(Some(row.changed_at));
        }
        if let Some(agent) = now.and_then(|agent| self.agents.get_mut(&agent)) {
            agent.last_assigned_at = agent.last_assigned_at.max(Some(row.changed_at));
        }
    }

    pub fn chat(&self, thread: ThreadId) -> Option<&ChatView> {
        self.chats.get(&thread)
    }

    pub fn agent(&self, agent: AgentId) -> Option<&AgentView> {
        self.agents.get(&agent)
    }

    pub fn agents(&self) -> impl Iterator<Item = (AgentId, &AgentView)> {
        self.agents.iter().map(|(id, agent)| (*id, agent))
    }

    pub fn queues(&self) -> impl Iterator<Item = &QueueSettings> {
        self.queues.values()
    }

    pub fn chats(&self) -> impl Iterator<Item = &ChatView> {
        self.chats.values()
    }

    /// What each agent has taken on, as of now.
    pub fn load(&self) -> Load {
        Load::of(self)
    }

    /// Whether this agent, beside what they have taken on, may be offered this chat now (routing: who is eligible).
    pub fn eligible(&self, id: AgentId, agent: &AgentView, load: &Load, chat: &ChatView, now: Timestamp) -> bool {
        self.could_have(id, agent, load, chat) && !chat.excludes(id, now)
    }

    /// Whether they may be offered it if nobody is eligible: they missed it, and the pause after that is over (rule 6).
    pub fn eligible_alone(&self, id: AgentId, agent: &AgentView, load: &Load, chat: &ChatView, now: Timestamp) -> bool {
        self.could_have(id, agent, load, chat) && !chat.pauses_for(id, now)
    }

    fn could_have(&self, id: AgentId, agent: &AgentView, load: &Load, chat: &ChatView) -> bool {
        self.queues.get(&chat.queue).is_some_and(|queue| queue.members.contains(&id))
            && agent.is_routable()
            && load.leaves_room(id, agent)
    }

    /// Takes a hold for a pick by hand: being there and capacity count, the chosen presence and exclusion do not (rule 5).
    pub fn reserve_for_pick(
        &mut self,
        agent: AgentId,
        thread: ThreadId,
        offer: OfferId,
        now: Timestamp,
    ) -> Result<i64, Refusal> {
        let view = self.agents.get(&agent).ok_or(Refusal::NOT_FOUND)?;
        let chat = self.chats.get(&thread).ok_or(Refusal::NOT_OPEN)?;
        if !matches!(chat.owner, Owner::Queue { .. }) {
            return Err(Refusal::NOT_OWNER);
        }
        // What somebody absent took would be taken back from them at once.
        if !view.connection.is_present() {
            return Err(Refusal::NOT_ROUTABLE);
        }
        if self.reservations.contains_key(&thread) {
            return Err(Refusal::STALE_EPOCH);
        }
        if !self.load().leaves_room(agent, view) {
            return Err(Refusal::OVER_CAPACITY);
        }
        let epoch = chat.owner_epoch;
        self.reservations.insert(thread, Reservation { offer, agent, epoch, since: now });
        Ok(epoch)
    }

    /// The conversation refused, or nobody knows: the units are free again if nothing was committed.
    pub fn give_back(&mut self, thread: ThreadId, offer: OfferId) {
        if self.reservations.get(&thread).is_some_and(|reservation| reservation.offer == offer) {
            self.reservations.remove(&thread);
        }
    }

    /// The conversation committed what it was asked under this offer. The hold ends when the row is seen; a decision that is older
    /// than the hold, told once more, will not be seen again, and ends it now.
    pub fn decided(&mut self, thread: ThreadId, offer: OfferId, owner_epoch: i64) {
        if self.reservations.get(&thread).is_some_and(|reservation| owner_epoch <= reservation.epoch) {
            self.give_back(thread, offer);
        }
    }

    pub fn reservation(&self, thread: ThreadId) -> Option<Reservation> {
        self.reservations.get(&thread).copied()
    }

    pub fn held_offers(&self) -> BTreeSet<OfferId> {
        self.reservations.values().map(|reservation| reservation.offer).collect()
    }

    /// Holds that have waited for a decision since before `then`: to be asked about, not released.
    pub fn overdue_reservations(&self, then: Timestamp) -> Vec<(ThreadId, Reservation)> {
        self.reservations
            .iter()
            .filter(|(_, reservation)| reservation.since < then)
            .map(|(thread, reservation)| (*thread, *reservation))
            .collect()
    }

    /// Chats to take back from an agent whose grace has ended, those whose customer waits first, with the epoch they are at (rule 8).
    pub fn to_requeue(&self, agent: AgentId) -> Vec<(ThreadId, i64)> {
        let theirs = self.owned.get(&agent).into_iter().flatten();
        let mut chats: Vec<&ChatView> = theirs.filter_map(|thread| self.chats.get(thread)).collect();
        chats.retain(|chat| self.must_not_wait(chat));
        chats.sort_by_key(|chat| (!chat.customer_waits, chat.enqueued_at, chat.thread));
        chats.into_iter().map(|chat| (chat.thread, chat.owner_epoch)).collect()
    }

    /// Agents who are gone and have chats that must not wait for them.
    pub fn abandoning(&self) -> BTreeSet<AgentId> {
        let chats = self.abandoned.iter().filter_map(|thread| self.chats.get(thread));
        chats.filter_map(|chat| chat.owner.agent()).collect()
    }

    /// The longest grace among the agent's queues.
    pub fn grace_of(&self, agent: AgentId) -> crate::time::Span {
        let mine = self.queues.values().filter(|queue| queue.members.contains(&agent));
        mine.map(|queue| queue.grace_us).max().unwrap_or(crate::time::Span::seconds(60))
    }
}
