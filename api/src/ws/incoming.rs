//! What a console says: one JSON object a frame, every field of it known.

use dashoffice_actors::live::Topic;
use dashoffice_domain::ids::ConversationId;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// A frame that cannot be read: a fault of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

#[derive(Debug)]
pub(super) enum Incoming {
    Hello(Hello),
    Token(String),
    Subscribe { topic: Topic, subscription: u64 },
    Unsubscribe(Topic),
    Command(Command),
    Typing(ConversationId),
    Ping,
    Pong,
}

#[derive(Debug)]
pub(super) struct Hello {
    pub(super) token: String,
    /// Incarnation and position; one that is not of this form is of another server.
    pub(super) cursor: Option<(String, i64)>,
    pub(super) topics: Vec<Topic>,
}

#[derive(Debug)]
pub(super) struct Command {
    /// The idempotency key.
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) body: Box<RawValue>,
}

/// Every field of every frame.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    r#type: String,
    token: Option<String>,
    cursor: Option<String>,
    topics: Option<Vec<String>>,
    #[serde(rename = "client")]
    _client: Option<String>,
    topic: Option<String>,
    subscription: Option<u64>,
    conversation_id: Option<ConversationId>,
    id: Option<Uuid>,
    name: Option<String>,
    body: Option<Box<RawValue>>,
}

impl Incoming {
    pub(super) fn read(text: &str) -> Result<Self, Unreadable> {
        let fields: Fields = serde_json::from_str(text).map_err(|_| Unreadable)?;
        let topic = || fields.topic.as_deref().ok_or(Unreadable)?.parse().map_err(|_| Unreadable);
        Ok(match fields.r#type.as_str() {
            "hello" => {
                let topics = fields.topics.unwrap_or_default();
                let topics = topics.iter().map(|topic| topic.parse().map_err(|_| Unreadable));
                Self::Hello(Hello {
                    token: fields.token.ok_or(Unreadable)?,
                    cursor: fields.cursor.as_deref().and_then(read_cursor),
                    topics: topics.collect::<Result<_, _>>()?,
                })
            }
            "token" => Self::Token(fields.token.ok_or(Unreadable)?),
            "subscribe" => Self::Subscribe { topic: topic()?, subscription: fields.subscription.ok_or(Unreadable)? },
            "unsubscribe" => Self::Unsubscribe(topic()?),
            "command" => Self::Command(Command {
                id: fields.id.ok_or(Unreadable)?,
                name: fields.name.ok_or(Unreadable)?,
                body: fields.body.ok_or(Unreadable)?,
            }),
            "typing" => Self::Typing(fields.conversation_id.ok_or(Unreadable)?),
            "ping" => Self::Ping,
            "pong" => Self::Pong,
            _ => return Err(Unreadable),
        })
    }
}

/// What cannot be read as a cursor is of no server of ours: a snapshot is the answer to it.
fn read_cursor(cursor: &str) -> Option<(String, i64)> {
    let (incarnation, position) = cursor.split_once('.')?;
    Some((incarnation.to_owned(), position.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_contract_is_not_read() {
        for wrong in [
            "",
            "{",
            "[]",
            "null",
            r#"{"type":"hello"}"#,
            r#"{"type":"hello","token":"t","topics":["everything"]}"#,
            r#"{"type":"hello","token":"t","colour":"red"}"#,
            r#"{"type":"subscribe","topic":"inbox"}"#,
            r#"{"type":"subscribe","topic":"conversation:7","subscription":1}"#,
            r#"{"type":"command","id":"7","name":"send","body":{}}"#,
            r#"{"type":"shout"}"#,
            r#"{"type":"token","token":"\ud800"}"#,
        ] {
            assert!(Incoming::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cursor_of_another_form_is_no_cursor_and_no_fault() {
        let hello = |cursor: &str| {
            let text = format!(r#"{{"type":"hello","token":"t","cursor":{cursor},"topics":["inbox"]}}"#);
            let Ok(Incoming::Hello(hello)) = Incoming::read(&text) else { panic!("a hello") };
            hello.cursor
        };
        assert_eq!(hello(r#""k3f9.48213""#), Some(("k3f9".to_owned(), 48_213)));
        assert_eq!(hello("null"), None);
        assert_eq!(hello(r#""k3f9""#), None);
        assert_eq!(hello(r#""k3f9.x""#), None);
    }

    #[test]
    fn a_lone_surrogate_within_a_command_is_left_to_the_command() {
        let text =
            r#"{"type":"command","id":"00000000-0000-0000-0000-000000000007","name":"send","body":{"text":"\ud800"}}"#;
        assert!(matches!(Incoming::read(text), Ok(Incoming::Command(_))));
    }
}
