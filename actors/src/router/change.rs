//! What in a committed batch concerns the router's index.

use crate::Office;
use dashoffice_domain::conversation::ConversationRow;
use dashoffice_domain::ids::AgentId;
use dashoffice_domain::routing::{Activity, Chosen, Index};
use dashoffice_domain::{Row, conversation, routing};
use dashoffice_runtime::Published;

/// A change of the index, as of the position of the last event of its batch.
#[derive(Debug)]
pub(super) struct Change {
    position: i64,
    what: What,
}

#[derive(Debug)]
enum What {
    Chat(Box<ConversationRow>),
    Chose(AgentId, Chosen),
    Missed(AgentId),
    Answered(AgentId),
}

pub(super) fn of_interest(batch: &Published<Office>) -> Vec<Change> {
    let Some(position) = batch.events.last().map(|last| last.position) else { return Vec::new() };
    let what = |row: &Row| match row {
        Row::Conversation(conversation::Row::Conversation(row)) => Some(What::Chat(row.clone())),
        Row::Routing(routing::Row::AgentPresence { agent, chosen, .. }) => Some(What::Chose(*agent, *chosen)),
        Row::Routing(routing::Row::AgentActivity { agent, what: Activity::Missed, .. }) => Some(What::Missed(*agent)),
        Row::Routing(routing::Row::AgentActivity { agent, what: Activity::Answered, .. }) => {
            Some(What::Answered(*agent))
        }
        _ => None,
    };
    batch.rows.iter().filter_map(what).map(|what| Change { position, what }).collect()
}

impl Change {
    /// Puts it into an index that was read at a position: what was committed before then is in it.
    pub(super) fn enter(&self, index: &mut Index, as_of: i64) {
        if self.position <= as_of {
            return;
        }
        match &self.what {
            What::Chat(row) => index.saw(row),
            What::Chose(agent, chosen) => index.chose(*agent, *chosen),
            What::Missed(agent) => index.missed(*agent),
            What::Answered(agent) => index.answered(*agent),
        }
    }
}
