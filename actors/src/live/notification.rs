//! What a subscriber is told, in the order in which it is to be sent.

use super::frame::{Frame, Pick};
use super::reads::{Body, Snapshot};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{ConversationId, UserId};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What can be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    Inbox,
    Conversation(ConversationId),
    Board,
}

/// There is no such topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchTopic;

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inbox => f.write_str("inbox"),
            Self::Conversation(id) => write!(f, "conversation:{id}"),
            Self::Board => f.write_str("board"),
        }
    }
}

impl FromStr for Topic {
    type Err = NoSuchTopic;

    fn from_str(text: &str) -> Result<Self, NoSuchTopic> {
        match text.split_once(':') {
            None if text == "inbox" => Ok(Self::Inbox),
            None if text == "board" => Ok(Self::Board),
            Some(("conversation", id)) => id.parse().map(Self::Conversation).map_err(|_| NoSuchTopic),
            _ => Err(NoSuchTopic),
        }
    }
}

/// Why a subscription was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There is nothing by this id, or it is not visible.
    NotFound,
    Forbidden,
    TooMany,
}

/// Why everything is told anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resync {
    Lagging,
    RightsChanged,
}

impl Resync {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lagging => "lagging",
            Self::RightsChanged => "rights_changed",
        }
    }
}

/// Rows of the board: all of them, or those that changed.
#[derive(Clone, Debug, Default)]
pub struct BoardRows {
    pub full: bool,
    pub at: Timestamp,
    pub numbers: Vec<Body>,
    pub queues: Vec<Body>,
    pub agents: Vec<Body>,
}

#[derive(Clone, Debug)]
pub enum Notification {
    Welcome {
        resumed: bool,
        position: i64,
    },
    Event {
        frame: Arc<Frame>,
        picks: Vec<Pick>,
    },
    Snapshot {
        topic: Topic,
        subscription: u64,
        snapshot: Arc<Snapshot>,
    },
    Refused {
        topic: Topic,
        subscription: u64,
        why: NotTaken,
    },
    /// Nothing visible happened up to here.
    Watermark(i64),
    Resync {
        reason: Resync,
        position: i64,
    },
    Board(Arc<BoardRows>),
    /// Numbers and queues of which more than a figure changed, or all of them.
    Directory(Arc<BoardRows>),
    /// The subscriber's own agent.
    Presence(Body),
    Typing {
        conversation: ConversationId,
        by: UserId,
        until: Timestamp,
    },
}

impl Notification {
    /// About how many bytes it is as text. A snapshot is not counted: a subscriber never has two of them waiting.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Event { frame, picks } => frame.weight(picks),
            Self::Board(rows) | Self::Directory(rows) => {
                let rows = rows.numbers.iter().chain(&rows.queues).chain(&rows.agents);
                128 + rows.map(|row| row.len()).sum::<usize>()
            }
            Self::Presence(body) => 64 + body.len(),
            Self::Welcome { .. }
            | Self::Snapshot { .. }
            | Self::Refused { .. }
            | Self::Watermark(_)
            | Self::Resync { .. }
            | Self::Typing { .. } => 128,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_topic_is_read_as_it_is_written() {
        for topic in [Topic::Inbox, Topic::Board, Topic::Conversation(ConversationId(Uuid::from_u128(7)))] {
            assert_eq!(topic.to_string().parse(), Ok(topic));
        }
        for wrong in ["", "inbox:1", "conversation:", "conversation:7", "contact:0193"] {
            assert_eq!(wrong.parse::<Topic>(), Err(NoSuchTopic));
        }
    }
}
