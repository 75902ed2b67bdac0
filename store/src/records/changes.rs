//! Edits, revocations and reactions of a message, in whatever order they come: the change that was made last counts.

use super::{MessageRecord, reactions};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::Version;
use dashoffice_domain::conversation::{MessageChange, Preview};

/// Of one message that is not here yet, so many changes are kept; of more, the oldest are forgotten.
pub(crate) const MOST_EARLY: usize = 64;

/// Of what a message said before, so much is kept: what it said at first, and of the rest the newest.
pub(crate) const MOST_VERSIONS: usize = 20;

/// Changes a message whose words were read.
pub(crate) fn apply(known: &mut MessageRecord, change: &MessageChange) {
    match change {
        MessageChange::Reaction { by, emoji, at } => {
            reactions::known(&mut known.reactions, *by, emoji.as_deref(), *at);
        }
        MessageChange::Edited { content, at } => edit(known, content, *at),
        MessageChange::Original { content, at } => {
            // An edit of a file's words may not have named the file.
            known.content = known.content.as_ref().map(|current| content.edited(current));
            keep(known, content.clone(), *at);
        }
        MessageChange::Revoked { at } => {
            known.revoked_at.get_or_insert(*at);
        }
    }
}

fn edit(known: &mut MessageRecord, edit: &Content, at: Timestamp) {
    let Some(current) = known.content.clone() else { return };
    let edited = current.edited(edit);
    if known.edited_at.is_some_and(|latest| latest > at) {
        keep(known, edited, at);
        return;
    }
    let said_at = known.edited_at.unwrap_or(known.said_at);
    if edited != current {
        keep(known, current, said_at);
    }
    known.content = Some(edited);
    known.edited_at = Some(at);
}

/// Keeps what it says no more, in the order in which it was said. Who edits again and again keeps neither a row growing nor others from
/// knowing what was said at first.
fn keep(known: &mut MessageRecord, content: Content, said_at: Timestamp) {
    let place = known.versions.partition_point(|version| version.said_at <= said_at);
    known.versions.insert(place, Version { content, said_at });
    if known.versions.len() > MOST_VERSIONS {
        known.versions.remove(1);
    }
}

/// What the list shows of a message: what it says now, and of one that was taken back nothing. `None`: its words were not read.
pub(crate) fn preview(known: &MessageRecord) -> Option<Preview> {
    if known.revoked_at.is_some() {
        return Some(Preview::revoked());
    }
    known.content.as_ref().map(Preview::of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::conversation::MessageRow;
    use dashoffice_domain::conversation::context::MessageContext;
    use dashoffice_domain::conversation::message::{Direction, Status};
    use dashoffice_domain::ids::{ConversationId, MessageId, NumberId, ThreadId};
    use uuid::Uuid;

    fn said(body: &str) -> MessageRecord {
        let id = Uuid::from_u128(1);
        let row = MessageRow {
            id: MessageId(id),
            thread: ThreadId(id),
            conversation: ConversationId(id),
            number: NumberId(id),
            direction: Direction::Inbound,
            status: Status::Received,
            content: Content::text(body),
            provider_message_id: None,
            reply_to: None,
            author: None,
            said_at: Timestamp(0),
            recorded_at: Timestamp(0),
            context: MessageContext::default(),
        };
        MessageRecord::of(&row, 1)
    }

    fn versions(known: &MessageRecord) -> Vec<String> {
        known.versions.iter().map(|version| version.content.preview()).collect()
    }

    #[test]
    fn of_a_message_edited_again_and_again_the_first_words_and_the_newest_are_kept() {
        let mut known = said("v0");
        for n in 1..=100 {
            apply(&mut known, &MessageChange::Edited { content: Content::text(format!("v{n}")), at: Timestamp(n) });
        }
        let newest = (81..100).map(|n| format!("v{n}"));
        assert_eq!(versions(&known), std::iter::once("v0".to_owned()).chain(newest).collect::<Vec<_>>());
        apply(&mut known, &MessageChange::Edited { content: Content::text("late"), at: Timestamp(50) });
        assert_eq!(versions(&known)[..2], ["v0", "v81"], "no room for what came late and is older");
        let first = MessageChange::Original { content: Content::text("at first"), at: Timestamp(-1) };
        apply(&mut known, &first);
        assert_eq!(versions(&known)[..2], ["at first", "v81"], "what it really said at first");
    }
}
