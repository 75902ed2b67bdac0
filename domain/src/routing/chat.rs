//! A chat as routing sees it: whose it is, who may not have it yet, and when that changes by itself.

use super::index::Index;
use crate::conversation::ConversationRow;
use crate::conversation::{ConversationState, Owner, ReplyClock};
use crate::ids::{AgentId, ConversationId, QueueId, ThreadId};
use crate::time::Timestamp;

/// An open conversation, as routing sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatView {
    pub thread: ThreadId,
    pub conversation: ConversationId,
    pub state: ConversationState,
    pub owner: Owner,
    pub owner_epoch: i64,
    pub queue: QueueId,
    pub enqueued_at: Timestamp,
    /// The last word is the customer's; what a script said beside its owner is no answer.
    pub customer_waits: bool,
    /// Who just missed or declined it, until when.
    pub excluded: Vec<(AgentId, Timestamp)>,
    /// Those of them who missed it: until when they are not asked even where nobody else can be.
    pub pauses: Vec<(AgentId, Timestamp)>,
    pub reply_clock: Option<ReplyClock>,
}

impl ChatView {
    pub(super) fn of(row: &ConversationRow) -> Self {
        Self {
            thread: row.thread,
            conversation: row.id,
            state: row.state,
            owner: row.owner.clone(),
            owner_epoch: row.owner_epoch,
            queue: row.queue,
            enqueued_at: row.enqueued_at,
            customer_waits: row.waiting_since.is_some(),
            excluded: row.excluded.clone(),
            pauses: row.pauses.clone(),
            reply_clock: row.reply_clock,
        }
    }

    pub(super) fn excludes(&self, agent: AgentId, now: Timestamp) -> bool {
        self.excluded.iter().any(|(excluded, until)| *excluded == agent && *until > now)
    }

    /// Of who declined it, and of who missed it under a version that knew no pauses, the exclusion is all pause.
    pub(super) fn pauses_for(&self, agent: AgentId, now: Timestamp) -> bool {
        let pause = self.pauses.iter().find(|(paused, _)| *paused == agent);
        pause.map_or_else(|| self.excludes(agent, now), |(_, until)| *until > now)
    }

    fn releases(&self) -> impl Iterator<Item = Timestamp> {
        self.excluded.iter().chain(&self.pauses).map(|(_, until)| *until)
    }

    /// Whose units it takes: its owner's (unless it is snoozed), or those of everybody it is held out to.
    pub(super) fn occupied(&self) -> &[AgentId] {
        match &self.owner {
            Owner::Agent { agent } if self.state != ConversationState::Snoozed => std::slice::from_ref(agent),
            Owner::Offered { agents, .. } => agents,
            Owner::Agent { .. } | Owner::Nobody | Owner::Bot { .. } | Owner::Queue { .. } => &[],
        }
    }
}

impl Index {
    /// The chat in which this agent is writing, if its clock is to run on for that, with the instant it would run out at.
    pub fn kept_by_typing(
        &self,
        agent: AgentId,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Option<(ThreadId, Timestamp)> {
        let theirs = self.owned.get(&agent)?.iter().filter_map(|thread| self.chats.get(thread));
        let chat = theirs.into_iter().find(|chat| chat.conversation == conversation)?;
        let clock = chat.reply_clock?;
        clock.kept_by_typing(now).map(|_| (chat.thread, clock.due_at))
    }

    /// When time alone may make somebody eligible for a chat that waits, next: a pause or an exclusion ends.
    pub fn next_release(&self, now: Timestamp) -> Option<Timestamp> {
        let waiting = self.passed_by.iter().filter_map(|thread| self.chats.get(thread));
        waiting.flat_map(ChatView::releases).filter(|until| *until > now).min()
    }
}
