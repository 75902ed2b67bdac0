//! What is on disk, for checking what a simulation has come to. No actor reads any of it.

use super::Memory;
use crate::Office;
use crate::records::Reaction;
use dashoffice_domain::channel::media::{KeptMedia, MediaFailure, MediaState};
use dashoffice_domain::channel::outgoing::SendState;
use dashoffice_domain::conversation::ConversationRow;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{ConversationId, MessageId, NumberId, TenantId, ThreadId};
use dashoffice_domain::{Entity, Timestamp};
use dashoffice_runtime::{Envelope, StateRow};

/// A message as it stands on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenMessage {
    pub id: MessageId,
    pub thread: ThreadId,
    pub conversation: ConversationId,
    pub number: NumberId,
    pub position: i64,
    pub direction: Direction,
    pub status: Status,
    pub content: Option<Content>,
    pub provider_message_id: Option<String>,
    pub reply_to: Option<String>,
    pub reactions: Vec<Reaction>,
    pub edited_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub file: Option<SeenFile>,
}

/// A message's file as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFile {
    pub state: MediaState,
    pub failure: Option<MediaFailure>,
    pub kept: Option<KeptMedia>,
}

/// What a simulation has not brought to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unfinished {
    pub inbox: usize,
    /// Those are left out of which nobody knows whether they went.
    pub outbox: usize,
    /// Files that are still wanted.
    pub files: usize,
    pub read_marks: usize,
    pub dead: usize,
}

impl Memory {
    /// Every event of the tenant, in order.
    pub fn journal_of(&self, tenant: TenantId) -> Vec<Envelope<Office>> {
        self.disk(|disk| disk.events.get(&tenant.0).cloned().unwrap_or_default())
    }

    /// Every message of the tenant, in the order of its thread.
    pub fn messages_of(&self, tenant: TenantId) -> Vec<SeenMessage> {
        self.messages(tenant, |_| true)
    }

    /// The messages of one thread, in its order.
    pub fn messages_in(&self, tenant: TenantId, thread: ThreadId) -> Vec<SeenMessage> {
        self.messages(tenant, |of| of == thread)
    }

    /// The thread in which somebody writes to a number.
    pub fn thread_of(&self, tenant: TenantId, number: NumberId, who: &Identifier) -> Option<ThreadId> {
        self.disk(|disk| Some(disk.tables.addresses().get(&(tenant.0, number, who.clone()))?.thread))
    }

    fn messages(&self, tenant: TenantId, of_thread: impl Fn(ThreadId) -> bool) -> Vec<SeenMessage> {
        self.disk(|disk| {
            let mine = disk.tables.messages().iter();
            let mine = mine.filter(|((of, _), row)| *of == tenant.0 && of_thread(row.thread));
            let file = |id: &MessageId| {
                let row = disk.tables.media.get(&(tenant.0, *id))?;
                Some(SeenFile { state: row.state, failure: row.failure, kept: row.file.clone() })
            };
            let mut messages: Vec<SeenMessage> = mine
                .map(|((_, id), row)| SeenMessage {
                    id: *id,
                    thread: row.thread,
                    conversation: row.conversation,
                    number: row.number,
                    position: row.position,
                    direction: row.direction,
                    status: row.status,
                    content: row.content.clone(),
                    provider_message_id: row.provider_message_id.clone(),
                    reply_to: row.reply_to.clone(),
                    reactions: row.reactions.iter().filter(|reaction| !reaction.is_taken_back()).cloned().collect(),
                    edited_at: row.edited_at,
                    revoked_at: row.revoked_at,
                    file: file(id),
                })
                .collect();
            messages.sort_by_key(|message| (message.position, message.id));
            messages
        })
    }

    /// The tenant's open conversations.
    pub fn chats_of(&self, tenant: TenantId) -> Vec<ConversationRow> {
        self.disk(|disk| {
            let mine =
                disk.tables.conversations.iter().filter(|((of, _), row)| *of == tenant.0 && row.closed_at.is_none());
            mine.map(|(_, row)| row.clone()).collect()
        })
    }

    /// The row that each entity of the tenant would wake from.
    pub fn states_of(&self, tenant: TenantId) -> Vec<(Entity, StateRow)> {
        self.disk(|disk| {
            let mine = disk.tables.states.iter().filter(|((of, _), _)| *of == tenant.0);
            let row = |(key, state): (&(_, Entity), &crate::records::StateRecord)| {
                let (sequence, schema_version) = (state.sequence, state.schema_version);
                (key.1, StateRow { sequence, schema_version, body: state.body.clone() })
            };
            mine.map(row).collect()
        })
    }

    /// Where a message stands in the outbox; `None`: it is not there.
    pub fn send_state_of(&self, tenant: TenantId, message: MessageId) -> Option<SendState> {
        self.disk(|disk| disk.tables.outbox.get(&(tenant.0, message)).map(|row| row.state))
    }

    /// How much of each kind has not come to its end, and how many items were put aside.
    pub fn unfinished(&self, tenant: TenantId) -> Unfinished {
        self.disk(|disk| {
            let mine = |of: &uuid::Uuid| *of == tenant.0;
            let tables = &disk.tables;
            let sends = tables.outbox.iter().filter(|((of, _), row)| mine(of) && row.state != SendState::Unknown);
            let files = tables.media.iter().filter(|((of, _), row)| mine(of) && row.state == MediaState::Wanted);
            Unfinished {
                inbox: tables.inbox.iter().filter(|((of, _), _)| mine(of)).count(),
                outbox: sends.count(),
                files: files.count(),
                read_marks: tables.read_marks.iter().filter(|((of, _), _)| mine(of)).count(),
                dead: tables.dead.iter().filter(|((of, _), _)| mine(of)).count(),
            }
        })
    }
}
