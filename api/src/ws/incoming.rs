//! What a console says: one JSON object a frame, every field of it known. What is wrong with one frame is said of that frame alone.

use crate::problem::Problem;
use dashoffice_actors::live::Topic;
use dashoffice_domain::ids::ConversationId;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a frame of each type may hold beside its type.
fn fields_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "hello" => &["token", "cursor", "topics", "client"],
        "token" => &["token"],
        "subscribe" => &["topic", "subscription"],
        "unsubscribe" => &["topic"],
        "command" => &["id", "name", "body"],
        "typing" => &["conversation_id"],
        _ => &[],
    }
}

/// Of what a client wrote, so much is repeated to it.
const LONGEST_ECHO: usize = 120;

/// A frame that cannot be read, or a handshake that cannot be taken: the socket ends, with these words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

impl From<&str> for Unreadable {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

#[derive(Debug)]
pub(super) enum Incoming {
    Hello(Hello),
    Token(String),
    Subscribe {
        topic: Topic,
        subscription: u64,
    },
    Unsubscribe(Topic),
    Command(Command),
    Typing(ConversationId),
    Ping,
    Pong,
    /// Known for what it is, and wrong: it is refused, and nothing else ends.
    Refused(Refused),
}

#[derive(Debug)]
pub(super) struct Hello {
    /// `None`: there is none.
    pub(super) token: Option<String>,
    /// Incarnation and position; one that is not of this form is of another server.
    pub(super) cursor: Option<(String, i64)>,
    pub(super) topics: Vec<Topic>,
    /// Topics of which there are none: refused after the welcome.
    pub(super) unknown: Vec<Refused>,
}

#[derive(Debug)]
pub(super) struct Command {
    /// The idempotency key.
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) body: Box<RawValue>,
}

/// What is refused, as far as it could be read, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refused {
    Topic { topic: Option<String>, subscription: Option<u64>, problem: Problem },
    Command { id: Option<String>, problem: Problem },
    Frame { of: &'static str, problem: Problem },
}

/// The fields of one frame, by name; null is absent.
struct Fields<'a> {
    given: BTreeMap<String, &'a RawValue>,
    /// What there may be.
    known: &'static [&'static str],
}

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Result<Self, Unreadable> {
        let fields: BTreeMap<String, &RawValue> =
            serde_json::from_str(text).map_err(|_| Unreadable::from("a frame is one JSON object"))?;
        Ok(Self { given: fields.into_iter().filter(|(_, value)| value.get() != "null").collect(), known: &[] })
    }

    /// A field's value; `None`: it is absent.
    fn maybe<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let value = self.given.get(name).map(|value| serde_json::from_str(value.get()));
        value.transpose().map_err(|_| Problem::invalid(name, "unreadable"))
    }

    fn needed<T: DeserializeOwned>(&self, name: &str) -> Result<T, Problem> {
        self.maybe(name)?.ok_or_else(|| Problem::invalid(name, "required"))
    }

    /// The first field that no frame of this type has.
    fn unknown(&self) -> Option<&str> {
        self.given.keys().map(String::as_str).find(|name| *name != "type" && !self.known.contains(name))
    }

    fn are_known(&self) -> Result<(), Problem> {
        match self.unknown() {
            Some(name) => Err(Problem::invalid(echo(name), "unknown")),
            None => Ok(()),
        }
    }

    /// What was written there, as far as it is a short text, to be said back.
    fn echoed(&self, name: &str) -> Option<String> {
        self.maybe::<String>(name).ok().flatten().map(|text| echo(&text))
    }

    fn hello(&self) -> Result<Hello, Unreadable> {
        if let Some(name) = self.unknown() {
            return Err(Unreadable(format!("hello: unknown field `{}`", echo(name))));
        }
        let wrong = |problem: Problem| {
            let field = problem.errors.into_iter().next().map(|error| error.field).unwrap_or_default();
            Unreadable(format!("hello: `{field}` cannot be read"))
        };
        let _: Option<String> = self.maybe("client").map_err(wrong)?;
        let (mut topics, mut unknown) = (Vec::new(), Vec::new());
        for topic in self.maybe::<Vec<String>>("topics").map_err(wrong)?.unwrap_or_default() {
            match topic.parse() {
                Ok(known) => topics.push(known),
                Err(_) => unknown.push(Refused::topic(Some(&topic), Some(0), no_such_topic(&topic))),
            }
        }
        let cursor: Option<String> = self.maybe("cursor").map_err(wrong)?;
        let cursor = cursor.as_deref().and_then(read_cursor);
        Ok(Hello { token: self.maybe("token").map_err(wrong)?, cursor, topics, unknown })
    }

    fn topic(&self) -> Result<Topic, Problem> {
        self.are_known()?;
        let topic: String = self.needed("topic")?;
        topic.parse().map_err(|_| no_such_topic(&topic))
    }

    fn subscribe(&self) -> Result<Incoming, Problem> {
        Ok(Incoming::Subscribe { topic: self.topic()?, subscription: self.needed("subscription")? })
    }

    fn command(&self) -> Result<Incoming, Problem> {
        self.are_known()?;
        let body: &RawValue = self.given.get("body").ok_or_else(|| Problem::invalid("body", "required"))?;
        Ok(Incoming::Command(Command { id: self.needed("id")?, name: self.needed("name")?, body: body.to_owned() }))
    }

    fn typing(&self) -> Result<Incoming, Problem> {
        self.are_known()?;
        self.needed("conversation_id").map(Incoming::Typing)
    }
}

impl Refused {
    fn topic(topic: Option<&str>, subscription: Option<u64>, problem: Problem) -> Self {
        Self::Topic { topic: topic.map(echo), subscription, problem }
    }
}

impl Incoming {
    /// # Errors
    /// What is no object of a known type, or a hello or a token that cannot be read.
    pub(super) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut fields = Fields::read(text)?;
        let kind: String = match fields.maybe("type") {
            Ok(Some(kind)) => kind,
            _ => return Err("a frame has a `type`".into()),
        };
        fields.known = fields_of(&kind);
        let refused = |of| move |problem| Self::Refused(Refused::Frame { of, problem });
        Ok(match kind.as_str() {
            "hello" => Self::Hello(fields.hello()?),
            "token" => {
                let token = fields.are_known().and_then(|()| fields.needed("token"));
                Self::Token(token.map_err(|_| Unreadable::from("a token frame has a `token`, and nothing else"))?)
            }
            "subscribe" | "unsubscribe" => {
                let read = if kind == "subscribe" { fields.subscribe() } else { fields.topic().map(Self::Unsubscribe) };
                read.unwrap_or_else(|problem| {
                    let subscription = fields.maybe("subscription").ok().flatten();
                    Self::Refused(Refused::topic(fields.echoed("topic").as_deref(), subscription, problem))
                })
            }
            "command" => fields
                .command()
                .unwrap_or_else(|problem| Self::Refused(Refused::Command { id: fields.echoed("id"), problem })),
            "typing" => fields.typing().unwrap_or_else(refused("typing")),
            "ping" => fields.are_known().map_or_else(refused("ping"), |()| Self::Ping),
            "pong" => fields.are_known().map_or_else(refused("pong"), |()| Self::Pong),
            _ => return Err("no frame has this `type`".into()),
        })
    }
}

/// What is no id names nothing; anything else is no topic.
fn no_such_topic(topic: &str) -> Problem {
    if topic.starts_with("conversation:") { Problem::not_found() } else { Problem::invalid("topic", "unknown") }
}

fn echo(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}

/// What cannot be read as a cursor is of no server of ours: a snapshot is the answer to it.
fn read_cursor(cursor: &str) -> Option<(String, i64)> {
    let (incarnation, position) = cursor.split_once('.')?;
    Some((incarnation.to_owned(), position.parse().ok()?))
}

impl Refused {
    /// As it is told.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Topic { topic, subscription, problem } => serde_json::json!({
                "type": "refused",
                "topic": topic,
                "subscription": subscription,
                "problem": problem.to_json(None),
            }),
            Self::Command { id, problem } => serde_json::json!({
                "type": "result",
                "command_id": id,
                "ok": false,
                "problem": problem.to_json(None),
            }),
            Self::Frame { of, problem } => {
                serde_json::json!({"type": "fault", "of": of, "problem": problem.to_json(None)})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Value {
        let Ok(Incoming::Refused(refused)) = Incoming::read(text) else { panic!("{text} is refused by itself") };
        refused.to_json()
    }

    #[test]
    fn what_is_no_frame_of_the_contract_is_not_read_and_each_is_told_why() {
        for (wrong, why) in [
            ("", "a frame is one JSON object"),
            ("{", "a frame is one JSON object"),
            ("[]", "a frame is one JSON object"),
            ("null", "a frame is one JSON object"),
            ("{}", "a frame has a `type`"),
            (r#"{"type":7}"#, "a frame has a `type`"),
            (r#"{"type":"shout"}"#, "no frame has this `type`"),
            (r#"{"type":"hello","token":"t","colour":"red"}"#, "hello: unknown field `colour`"),
            (r#"{"type":"hello","token":7}"#, "hello: `token` cannot be read"),
            (r#"{"type":"hello","token":"t","topics":"inbox"}"#, "hello: `topics` cannot be read"),
            (r#"{"type":"hello","token":"t","cursor":48213}"#, "hello: `cursor` cannot be read"),
            (r#"{"type":"token","token":"\ud800"}"#, "a token frame has a `token`, and nothing else"),
        ] {
            assert_eq!(Incoming::read(wrong).err(), Some(why.into()), "{wrong}");
        }
    }

    #[test]
    fn e3_one_wrong_frame_is_refused_by_itself_and_its_field_is_named() {
        let id = "00000000-0000-0000-0000-000000000007";
        let cases = [
            (r#"{"type":"subscribe","topic":"everything","subscription":1}"#.to_owned(), "refused", "topic", "unknown"),
            (r#"{"type":"subscribe","topic":"inbox"}"#.to_owned(), "refused", "subscription", "required"),
            (
                r#"{"type":"subscribe","topic":"inbox","subscription":1,"colour":"red"}"#.to_owned(),
                "refused",
                "colour",
                "unknown",
            ),
            (r#"{"type":"unsubscribe"}"#.to_owned(), "refused", "topic", "required"),
            (r#"{"type":"command","id":"7","name":"send","body":{}}"#.to_owned(), "result", "id", "unreadable"),
            (r#"{"type":"command","name":"send","body":{}}"#.to_owned(), "result", "id", "required"),
            (format!(r#"{{"type":"command","id":"{id}","name":"send"}}"#), "result", "body", "required"),
            (format!(r#"{{"type":"command","id":"{id}","body":{{}}}}"#), "result", "name", "required"),
            (
                format!(r#"{{"type":"command","id":"{id}","name":"send","body":{{}},"key":1}}"#),
                "result",
                "key",
                "unknown",
            ),
            (r#"{"type":"typing","conversation_id":"7"}"#.to_owned(), "fault", "conversation_id", "unreadable"),
            (r#"{"type":"pong","at":1}"#.to_owned(), "fault", "at", "unknown"),
        ];
        for (text, kind, field, code) in cases {
            let told = refused(&text);
            assert_eq!(told["type"], kind, "{text}");
            assert_eq!(told["problem"]["code"], "invalid", "{text}");
            assert_eq!(told["problem"]["errors"], serde_json::json!([{"field": field, "code": code}]), "{text}");
        }
        let told = refused(r#"{"type":"subscribe","topic":"conversation:7","subscription":9}"#);
        assert_eq!((&told["topic"], &told["subscription"]), (&"conversation:7".into(), &9.into()));
        assert_eq!(told["problem"]["code"], "not_found");
        assert_eq!(refused(r#"{"type":"command","id":"7","name":"send","body":{}}"#)["command_id"], "7");
    }

    #[test]
    fn a_field_of_another_type_of_frame_is_unknown() {
        let id = "00000000-0000-0000-0000-000000000007";
        for (text, field) in [
            (r#"{"type":"subscribe","topic":"inbox","subscription":1,"topics":[]}"#.to_owned(), "topics"),
            (r#"{"type":"unsubscribe","topic":"inbox","subscription":1}"#.to_owned(), "subscription"),
            (format!(r#"{{"type":"command","id":"{id}","name":"send","body":{{}},"topic":"inbox"}}"#), "topic"),
            (format!(r#"{{"type":"typing","conversation_id":"{id}","body":{{}}}}"#), "body"),
            (r#"{"type":"ping","id":"7"}"#.to_owned(), "id"),
        ] {
            let told = refused(&text);
            let errors = serde_json::json!([{"field": field, "code": "unknown"}]);
            assert_eq!(told["problem"]["errors"], errors, "{text}");
        }
        for (text, why) in [
            (r#"{"type":"hello","token":"t","subscription":1}"#, "hello: unknown field `subscription`"),
            (r#"{"type":"token","token":"t","client":"c"}"#, "a token frame has a `token`, and nothing else"),
        ] {
            assert_eq!(Incoming::read(text).err(), Some(why.into()), "{text}");
        }
    }

    #[test]
    fn a_topic_of_a_hello_that_there_is_none_of_spoils_no_other() {
        let text = r#"{"type":"hello","token":"t","topics":["everything","inbox"]}"#;
        let Ok(Incoming::Hello(hello)) = Incoming::read(text) else { panic!("a hello") };
        assert_eq!(hello.topics, [Topic::Inbox]);
        assert_eq!(hello.unknown.len(), 1);
        assert_eq!(hello.unknown[0].to_json()["topic"], "everything");
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
