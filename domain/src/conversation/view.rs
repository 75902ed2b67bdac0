//! The line of the inbox list, drawn from the state after a decision.

use super::state::Thread;
use crate::conversation::message::Direction;
use crate::conversation::{ConversationRow, Preview};

impl Thread {
    /// The list's row of the latest conversation, with a line of the message just decided, if one was.
    /// `None` while there has been no conversation.
    pub fn conversation_row(&self, preview: Option<Preview>) -> Option<ConversationRow> {
        let episode = self.episode.as_ref()?;
        let last = episode.last_message.as_ref();
        Some(ConversationRow {
            id: episode.id,
            thread: self.id,
            number: self.number?,
            contact: self.contact?,
            state: episode.state,
            owner: episode.owner.clone(),
            owner_epoch: self.owner_epoch,
            queue: episode.queue,
            opened_at: episode.opened_at,
            enqueued_at: episode.enqueued_at,
            closed_at: episode.closed_at,
            last_message: last.map(|message| message.id),
            last_message_at: last.map_or(episode.opened_at, |message| message.at),
            last_direction: last.map_or(Direction::Inbound, |message| message.direction),
            preview,
            waiting_since: episode.waiting_since,
            window_until: self.window_until,
            unanswered: episode.unanswered,
            unread: episode.unread(),
            last_agent: episode.last_agent,
            reply_clock: episode.reply_clock,
            changed_at: self.last_event_at,
            excluded: episode.excluded.clone(),
            pauses: episode.pauses.clone(),
        })
    }
}
