//! Reactions to a message: at most one per side is shown, and of ours also what was shown before, until the provider has it.

use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::ids::MessageId;
use serde::{Deserialize, Serialize};

/// Of ours, so many are remembered that neither arrived nor failed; of more, the oldest counts as arrived.
const MOST_UNDER_WAY: usize = 8;

/// A reaction to a message; each side has at most one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub by: Direction,
    /// Empty: taken back, and the provider does not know it yet.
    pub emoji: String,
    /// Of ours: those that may still fail, in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    under_way: Vec<UnderWay>,
    /// Of ours: what the customer saw before these. Empty: nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    settled: String,
    /// Of theirs: when it was made, or taken back: then it is kept without an emoji, so that an older one is known for what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct UnderWay {
    message: MessageId,
    emoji: String,
}

impl Reaction {
    fn by(by: Direction, emoji: String) -> Self {
        Self { by, emoji, under_way: Vec::new(), settled: String::new(), made_at: None }
    }

    /// Whether nothing is left of it but when it was taken back.
    pub(crate) fn is_taken_back(&self) -> bool {
        self.emoji.is_empty() && self.under_way.is_empty()
    }
}

/// What one side is known to think since `at`; no emoji: nothing any more. What it thought later is known already.
pub(crate) fn known(reactions: &mut Vec<Reaction>, by: Direction, emoji: Option<&str>, at: Timestamp) {
    let later = |reaction: &Reaction| reaction.by == by && reaction.made_at.is_some_and(|made_at| made_at > at);
    if reactions.iter().any(later) {
        return;
    }
    reactions.retain(|reaction| reaction.by != by);
    let emoji = emoji.unwrap_or_default().to_owned();
    reactions.push(Reaction { made_at: Some(at), ..Reaction::by(by, emoji) });
}

/// Ours is on its way as `message`, and is shown from now on.
pub(crate) fn begin(reactions: &mut Vec<Reaction>, message: MessageId, emoji: Option<&str>) {
    let emoji = emoji.unwrap_or_default().to_owned();
    let place = reactions.iter().position(|reaction| reaction.by == Direction::Outbound).unwrap_or_else(|| {
        reactions.push(Reaction::by(Direction::Outbound, String::new()));
        reactions.len() - 1
    });
    let ours = &mut reactions[place];
    if ours.under_way.is_empty() {
        ours.settled.clone_from(&ours.emoji);
    }
    ours.emoji.clone_from(&emoji);
    ours.under_way.push(UnderWay { message, emoji });
    if ours.under_way.len() > MOST_UNDER_WAY {
        ours.settled = ours.under_way.remove(0).emoji;
    }
}

/// The customer has what was sent as `message`.
pub(crate) fn arrived(reactions: &mut Vec<Reaction>, message: MessageId) {
    let Some((ours, at)) = ours(reactions, message) else { return };
    let arrived = ours.under_way.drain(..=at).next_back();
    ours.settled = arrived.map(|one| one.emoji).unwrap_or_default();
    tidy(reactions);
}

/// What was sent as `message` never arrives. True: something else is shown now.
pub(crate) fn failed(reactions: &mut Vec<Reaction>, message: MessageId) -> bool {
    let Some((ours, at)) = ours(reactions, message) else { return false };
    ours.under_way.remove(at);
    let left = ours.under_way.last().map_or(&ours.settled, |last| &last.emoji).clone();
    let changes = left != ours.emoji;
    ours.emoji = left;
    tidy(reactions);
    changes
}

fn ours(reactions: &mut [Reaction], message: MessageId) -> Option<(&mut Reaction, usize)> {
    let ours = reactions.iter_mut().find(|reaction| reaction.by == Direction::Outbound)?;
    let at = ours.under_way.iter().position(|one| one.message == message)?;
    Some((ours, at))
}

/// What is settled needs no memory of how it came to that.
fn tidy(reactions: &mut Vec<Reaction>) {
    for ours in reactions.iter_mut().filter(|reaction| reaction.under_way.is_empty()) {
        ours.settled.clear();
    }
    reactions.retain(|reaction| !reaction.is_taken_back() || reaction.made_at.is_some());
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn send(n: u128) -> MessageId {
        MessageId(Uuid::from_u128(n))
    }

    fn shown(reactions: &[Reaction]) -> Vec<&str> {
        let there = reactions.iter().filter(|reaction| !reaction.is_taken_back());
        there.map(|reaction| reaction.emoji.as_str()).collect()
    }

    #[test]
    fn a7_a_reaction_that_fails_gives_way_to_what_the_customer_sees() {
        let mut reactions = Vec::new();
        begin(&mut reactions, send(1), Some("👍"));
        assert_eq!(shown(&reactions), ["👍"]);
        assert!(failed(&mut reactions, send(1)));
        assert_eq!(reactions, []);

        begin(&mut reactions, send(2), Some("👍"));
        arrived(&mut reactions, send(2));
        begin(&mut reactions, send(3), None);
        assert_eq!(shown(&reactions), [""], "taken back, for us");
        assert!(failed(&mut reactions, send(3)));
        assert_eq!(shown(&reactions), ["👍"], "but the customer still sees it");
        assert!(!failed(&mut reactions, send(3)), "once");
    }

    #[test]
    fn of_several_under_way_the_last_that_does_not_fail_is_shown() {
        let mut reactions = Vec::new();
        begin(&mut reactions, send(1), Some("👍"));
        begin(&mut reactions, send(2), Some("❤️"));
        assert!(!failed(&mut reactions, send(1)), "a later one is shown");
        begin(&mut reactions, send(3), None);
        arrived(&mut reactions, send(2));
        assert!(failed(&mut reactions, send(3)));
        assert_eq!(shown(&reactions), ["❤️"]);
        begin(&mut reactions, send(4), None);
        arrived(&mut reactions, send(4));
        assert_eq!(reactions, [], "nothing is remembered of what is gone");
    }

    #[test]
    fn the_customers_own_reaction_is_another_matter_and_what_is_remembered_is_bounded() {
        let mut reactions = Vec::new();
        known(&mut reactions, Direction::Inbound, Some("😮"), Timestamp(1));
        for n in 1..100 {
            begin(&mut reactions, send(n), Some("👍"));
        }
        assert_eq!(shown(&reactions), ["😮", "👍"]);
        assert_eq!(reactions[1].under_way.len(), MOST_UNDER_WAY);
        known(&mut reactions, Direction::Inbound, None, Timestamp(2));
        assert_eq!(shown(&reactions), ["👍"]);
    }

    #[test]
    fn a_reaction_that_was_taken_back_stays_so_whichever_is_heard_first() {
        let mut reactions = Vec::new();
        known(&mut reactions, Direction::Inbound, None, Timestamp(2));
        known(&mut reactions, Direction::Inbound, Some("👍"), Timestamp(1));
        assert_eq!(shown(&reactions), [""; 0]);
        known(&mut reactions, Direction::Inbound, Some("❤️"), Timestamp(2));
        assert_eq!(shown(&reactions), ["❤️"], "of two of one second the one that came last");
    }
}
