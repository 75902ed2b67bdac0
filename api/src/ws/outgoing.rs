//! What a console is told, as text: bodies are taken as they were made, once for everybody.

use super::close::Close;
use crate::files::Links;
use crate::problem::Problem;
use crate::shape::instant as rfc3339;
use axum::extract::ws::Message;
use dashoffice_actors::live::{BoardRows, Body, Contents, Frame, NotTaken, Notification, Pick, Snapshot, Topic};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::UserId;
use serde_json::{Value, json};
use std::fmt::Write as _;
use uuid::Uuid;

/// Of a close frame's reason, in bytes (RFC 6455 §5.5).
const LONGEST_REASON: usize = 123;
/// Conversations of one part of a snapshot.
const PER_PART: usize = 200;

/// Whom it is told to, and by whom.
pub(super) struct Context {
    pub(super) user: UserId,
    pub(super) connection: Uuid,
    pub(super) incarnation: String,
    pub(super) heartbeat_s: u64,
    /// Makes the addresses of files that are in what is told.
    pub(super) links: Links,
}

impl Context {
    /// The frames that tell it, in order.
    pub(super) fn frames(&self, told: &Notification, now: Timestamp) -> Vec<String> {
        let one = match told {
            Notification::Welcome { resumed, position } => json!({
                "type": "welcome",
                "mode": if *resumed { "resumed" } else { "snapshot" },
                "incarnation": self.incarnation,
                "position": position,
                "user_id": self.user,
                "connection_id": self.connection,
                "server_time": rfc3339(now),
                "server_version": env!("CARGO_PKG_VERSION"),
                "heartbeat_s": self.heartbeat_s,
            })
            .to_string(),
            Notification::Event { frame, picks } => self.links.fill(self.event(frame, picks), now),
            Notification::Snapshot { topic, subscription, snapshot } => {
                let parts = parts(*topic, *subscription, snapshot).into_iter();
                return parts.map(|part| self.links.fill(part, now)).collect();
            }
            Notification::Refused { topic, subscription, why } => json!({
                "type": "refused",
                "topic": topic.to_string(),
                "subscription": subscription,
                "problem": problem_of(*why).to_json(None),
            })
            .to_string(),
            Notification::Watermark(position) => json!({"type": "watermark", "position": position}).to_string(),
            Notification::Resync { reason, position } => json!({
                "type": "resync",
                "reason": reason.name(),
                "incarnation": self.incarnation,
                "position": position,
            })
            .to_string(),
            Notification::Board(rows) => board(rows),
            Notification::Directory(rows) => directory(rows),
            Notification::Presence(agent) => format!(r#"{{"type":"presence","agent":{agent}}}"#),
            Notification::Typing { conversation, by, until } => json!({
                "type": "typing",
                "conversation_id": conversation,
                "by": {"kind": "agent", "id": by},
                "until": rfc3339(*until),
            })
            .to_string(),
        };
        vec![one]
    }

    fn event(&self, frame: &Frame, picks: &[Pick]) -> String {
        let cause = (frame.actor.user() == Some(self.user)).then_some(frame.cause);
        let (at, cause) = (rfc3339(Timestamp(frame.at)), json!(cause));
        let mut text =
            format!(r#"{{"type":"event","position":{},"at":"{at}","cause":{cause},"changes":["#, frame.position);
        for (place, pick) in picks.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            let written = match pick {
                Pick::Change(place) => {
                    let change = &frame.changes[*place];
                    write!(text, r#"{{"name":"{}","body":{}}}"#, change.name, change.body)
                }
                Pick::Removed(id, loss) => write!(
                    text,
                    r#"{{"name":"conversation.removed","body":{{"id":"{id}","reason":"{}"}}}}"#,
                    loss.name()
                ),
            };
            written.expect("a string takes what is written to it");
        }
        text.push_str("]}");
        text
    }
}

fn problem_of(why: NotTaken) -> Problem {
    match why {
        NotTaken::NotFound => Problem::not_found(),
        NotTaken::Forbidden => Problem::forbidden(),
        NotTaken::TooMany => Problem::invalid("topic", "too_many"),
    }
}

fn list<'a>(bodies: impl Iterator<Item = &'a Body>) -> String {
    let bodies: Vec<&str> = bodies.map(|body| &**body).collect();
    format!("[{}]", bodies.join(","))
}

fn directory(rows: &BoardRows) -> String {
    let (numbers, queues, full) = (list(rows.numbers.iter()), list(rows.queues.iter()), rows.full);
    format!(r#"{{"type":"directory","full":{full},"numbers":{numbers},"queues":{queues}}}"#)
}

fn board(rows: &BoardRows) -> String {
    let (numbers, queues, agents) = (list(rows.numbers.iter()), list(rows.queues.iter()), list(rows.agents.iter()));
    let (full, at) = (rows.full, rfc3339(rows.at));
    format!(r#"{{"type":"board","full":{full},"at":"{at}","numbers":{numbers},"queues":{queues},"agents":{agents}}}"#)
}

fn parts(topic: Topic, subscription: u64, snapshot: &Snapshot) -> Vec<String> {
    let as_of = snapshot.as_of;
    let begin = |part: usize, last: bool, truncated: bool| {
        format!(
            r#"{{"type":"snapshot","topic":"{topic}","subscription":{subscription},"as_of":{as_of},"part":{part},"last":{last},"truncated":{truncated},"#
        )
    };
    match &snapshot.contents {
        Contents::Conversation(body) => {
            // The members of the object, without the brace that opens it.
            vec![format!("{}{}", begin(1, true, false), body.strip_prefix('{').unwrap_or(body))]
        }
        Contents::Inbox { directory, conversations, truncated } => {
            let (numbers, queues) = (list(directory.numbers.values()), list(directory.queues.values()));
            let agents = list(directory.agents.values());
            let names = format!(r#""directory":{{"numbers":{numbers},"queues":{queues},"agents":{agents}}},"#);
            let count = conversations.len().div_ceil(PER_PART).max(1);
            let part = |number: usize| {
                let some = conversations.iter().skip((number - 1) * PER_PART).take(PER_PART);
                let names = if number == 1 { names.as_str() } else { "" };
                let some = list(some.map(|(_, body)| body));
                format!(r#"{}{names}"conversations":{some}}}"#, begin(number, number == count, *truncated))
            };
            (1..=count).map(part).collect()
        }
    }
}

/// What became of a command.
pub(super) fn result(command: Uuid, outcome: &Result<Value, Problem>) -> String {
    match outcome {
        Ok(body) => json!({"type": "result", "command_id": command, "ok": true, "body": body}),
        Err(problem) => {
            json!({"type": "result", "command_id": command, "ok": false, "problem": problem.to_json(None)})
        }
    }
    .to_string()
}

/// `words`: what is known beyond the code, for developers.
pub(super) fn close(close: Close, words: Option<&str>) -> Message {
    let mut reason = words.unwrap_or(close.reason()).to_owned();
    reason.truncate(reason.floor_char_boundary(LONGEST_REASON));
    Message::Close(Some(axum::extract::ws::CloseFrame { code: close.code(), reason: reason.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_actors::live::Directory;
    use dashoffice_domain::ids::ConversationId;

    #[test]
    fn a_snapshot_is_told_in_parts_of_two_hundred_of_which_one_is_the_last() {
        for (count, expected) in [(0, 1), (1, 1), (200, 1), (201, 2), (450, 3)] {
            let conversations = (0..count).map(|n| (ConversationId(Uuid::from_u128(n)), format!("{n}").into()));
            let (directory, conversations) = (Directory::default(), conversations.collect());
            let contents = Contents::Inbox { directory, conversations, truncated: false };
            let told = parts(Topic::Inbox, 7, &Snapshot { as_of: 3, contents });
            let told: Vec<Value> = told.iter().map(|part| serde_json::from_str(part).unwrap()).collect();
            assert_eq!(told.len(), expected);
            let lasts: Vec<bool> = told.iter().map(|part| part["last"].as_bool().unwrap()).collect();
            assert_eq!(lasts.iter().filter(|last| **last).count(), 1);
            assert!(lasts[expected - 1]);
            assert_eq!(told[0]["directory"]["queues"], json!([]));
            let all: Vec<u64> = told
                .iter()
                .flat_map(|part| part["conversations"].as_array().unwrap())
                .map(|number| number.as_u64().unwrap())
                .collect();
            assert_eq!(all, (0..count as u64).collect::<Vec<_>>());
        }
    }
}
