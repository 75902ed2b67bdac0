//! Edits, revocations and reactions of a message, in whatever order they come: the change that was made last counts.

use super::{MessageRecord, reactions};
use dashoffice_domain::Timestamp;
use dashoffice_domain::content::Content;
use dashoffice_domain::context::Version;
use dashoffice_domain::row::{MessageChange, Preview};

/// Of one message that is not here yet, so many changes are kept; of more, the oldest are forgotten.
pub(crate) const MOST_EARLY: usize = 64;

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

/// Keeps what it says no more, in the order in which it was said.
fn keep(known: &mut MessageRecord, content: Content, said_at: Timestamp) {
    let place = known.versions.partition_point(|version| version.said_at <= said_at);
    known.versions.insert(place, Version { content, said_at });
}

/// What the list shows of a message: what it says now, and of one that was taken back nothing. `None`: its words were not read.
pub(crate) fn preview(known: &MessageRecord) -> Option<Preview> {
    if known.revoked_at.is_some() {
        return Some(Preview::revoked());
    }
    known.content.as_ref().map(Preview::of)
}
