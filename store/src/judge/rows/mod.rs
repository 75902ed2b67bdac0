//! The rows of a commit, module by module: which of them speak against it, and what each one changes.

mod channel;
mod conversation;
mod record;
mod routing;

use super::commit::Against;
use super::status::Author;
use crate::Office;
use crate::records::{Tables, changes};
use dashoffice_domain::channel::NumberSettings;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::conversation::{ConversationRow, Row as OfConversation};
use dashoffice_domain::ids::{MessageId, NumberId};
use dashoffice_domain::{Entity, Row, settings};
use dashoffice_runtime::Commit;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(super) fn violation(tables: &Tables, commit: &Commit<Office>) -> Option<Against> {
    let tenant = commit.tenant;
    let brings = |message| {
        commit
            .rows
            .iter()
            .any(|row| matches!(row, Row::Conversation(OfConversation::Message(row)) if row.id == message))
    };
    if let Entity::Message(message) = commit.entity
        && !commit.events.is_empty()
        && !tables.messages().has(&(tenant, message))
        && !brings(message)
    {
        return Some(Against::Rejected("an event of a message that is not there"));
    }
    commit.rows.iter().find_map(|row| match row {
        Row::Conversation(row) => conversation::violation(tables, commit, row),
        Row::Channel(row) => channel::violation(tables, tenant, row),
        Row::Record(row) => record::violation(tables, tenant, row),
        Row::Routing(_) | Row::Settings(_) => None,
    })
}

/// What followed from the rows of a commit.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Messages that moved beyond what the commit's events say.
    pub(super) moved: Vec<MessageId>,
    /// Of these, those that failed for a trouble of their number or of the account.
    pub(super) refused: Vec<(MessageId, StopReason)>,
    /// Messages whose way has ended.
    pub(super) ended: Vec<MessageId>,
    /// Messages that look different by a change that came before them.
    pub(super) changed: Vec<MessageId>,
    /// Numbers that are set up: what came for them before is theirs.
    pub(super) connected: Vec<(NumberId, NumberSettings)>,
    /// The rows as they were recorded, for those who hear of them and do not read: a conversation's and a contact's are whole, and a
    /// conversation's shows its last message as that one is. Not among them are a contact's or a name's that changed nothing, and a
    /// message's that a change from before has changed; beside them is what was learned of customers.
    pub(super) recorded: Vec<Row>,
    /// Messages that look different now, by whatever: lists may show them.
    altered: Vec<MessageId>,
    /// Places of rows that are not told as they stand in the commit.
    unsaid: BTreeSet<usize>,
}

/// Where a row stands: the position of its commit, and its place within that.
#[derive(Clone, Copy, Debug)]
struct Place {
    position: i64,
    ordinal: usize,
}

/// Changes everything the rows ask for.
pub(super) fn record(tables: &mut Tables, commit: &Commit<Office>, author: &Author) -> Moves {
    let position = tables.position(commit.tenant) + commit.events.len() as i64;
    let mut moves = Moves::default();
    for (ordinal, row) in commit.rows.iter().enumerate() {
        let place = Place { position, ordinal };
        match row {
            Row::Conversation(row) => conversation::record(tables, author, place, row, &mut moves),
            Row::Channel(row) => channel::record(tables, author, place, row, &mut moves),
            Row::Routing(row) => routing::record(tables, commit.tenant, row),
            Row::Settings(settings::Row::Tenant { name }) => tables.tenants.put(commit.tenant, name.clone()),
            Row::Settings(settings::Row::Rights { of }) => {
                tables.access.changed.extend(of.iter().map(|user| (commit.tenant, *user)));
            }
            Row::Record(row) => record::record(tables, author, place, row, &mut moves),
        }
    }
    for message in std::mem::take(&mut moves.altered) {
        follow(tables, commit.tenant, message);
    }
    for (_, row) in commit.rows.iter().enumerate().filter(|(ordinal, _)| !moves.unsaid.contains(ordinal)) {
        moves.recorded.push(match row {
            Row::Conversation(row) => conversation::whole(tables, commit.tenant, row).into(),
            row => row.clone(),
        });
    }
    moves
}

/// The list's line of a conversation shows its last message as that one is now.
pub(super) fn follow(tables: &mut Tables, tenant: Uuid, message: MessageId) {
    let Some(known) = tables.messages().get(&(tenant, message)) else { return };
    let (conversation, Some(preview)) = ((tenant, known.conversation), changes::preview(known)) else { return };
    let is_shown = |row: &ConversationRow| row.last_message == Some(message) && row.preview.as_ref() != Some(&preview);
    if tables.conversations.get(&conversation).is_some_and(is_shown)
        && let Some(row) = tables.conversations.change(&conversation)
    {
        row.preview = Some(preview);
    }
}
