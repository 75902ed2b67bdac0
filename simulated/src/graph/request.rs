//! What a sender asks of Graph, read as strictly as Meta reads it.

use super::error::GraphError;
use super::templates::Wanted;
use serde_json::Value;

const LONGEST_TEXT: usize = 4_096;
const LONGEST_CAPTION: usize = 1_024;
const LONGEST_CORRELATION: usize = 512;

/// A request to `/messages`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// With or without a typing sign: the id of a customer's message.
    MarkRead(String),
    Message(Message),
}

/// A message that is well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) to: String,
    pub(super) kind: String,
    /// Its words, as far as it has any.
    pub(super) text: String,
    pub(super) correlation: Option<String>,
    pub(super) reply_to: Option<String>,
    pub(super) template: Option<Wanted>,
    /// The id of the message it reacts to.
    pub(super) reacts_to: Option<String>,
}

pub(super) fn read(request: &Value) -> Result<Asked, GraphError> {
    if request["messaging_product"] != "whatsapp" {
        return Err(GraphError::parameter("messaging_product must be whatsapp"));
    }
    if request["status"] == "read" {
        let id = request["message_id"].as_str().filter(|id| !id.is_empty());
        return id
            .map(|id| Asked::MarkRead(id.to_owned()))
            .ok_or_else(|| GraphError::parameter("message_id is missing"));
    }
    let to = address(request)?;
    let kind = request["type"].as_str().unwrap_or("text");
    let text = words(kind, &request[kind])?;
    let correlation = request["biz_opaque_callback_data"].as_str();
    if correlation.is_some_and(|data| data.len() > LONGEST_CORRELATION) {
        return Err(GraphError::parameter("biz_opaque_callback_data is too long"));
    }
    Ok(Asked::Message(Message {
        to,
        template: (kind == "template").then(|| wanted(&request["template"])),
        reacts_to: request["reaction"]["message_id"].as_str().filter(|_| kind == "reaction").map(str::to_owned),
        kind: kind.to_owned(),
        text,
        correlation: correlation.map(str::to_owned),
        reply_to: request["context"]["message_id"].as_str().map(str::to_owned),
    }))
}

/// `to` holds digits, `recipient` a business-scoped id; exactly one of them.
fn address(request: &Value) -> Result<String, GraphError> {
    match (request["to"].as_str(), request["recipient"].as_str()) {
        (Some(to), None) => {
            let digits = to.strip_prefix('+').unwrap_or(to);
            let is_phone = (7..=15).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
            if is_phone { Ok(digits.to_owned()) } else { Err(GraphError::parameter("to is no phone number")) }
        }
        (None, Some(user)) if user.contains('.') && user.len() <= 160 => Ok(user.to_owned()),
        (None, Some(_)) => Err(GraphError::parameter("recipient is no user id")),
        _ => Err(GraphError::parameter("one of to and recipient must be given")),
    }
}

fn words(kind: &str, body: &Value) -> Result<String, GraphError> {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match kind {
        "text" => {
            let words = text("body");
            let fits = !words.is_empty() && words.chars().count() <= LONGEST_TEXT;
            if fits { Ok(words) } else { Err(GraphError::parameter("text.body has 1 to 4096 characters")) }
        }
        "image" | "video" | "audio" | "document" | "sticker" => {
            match (body["id"].as_str(), body["link"].as_str()) {
                (None, None) => return Err(GraphError::parameter("id or link must be given")),
                (_, Some(link)) if !is_address(link) => return Err(GraphError::value("link is no address of a file")),
                _ => {}
            }
            let takes_caption = !matches!(kind, "audio" | "sticker");
            if !takes_caption && !body["caption"].is_null() {
                return Err(GraphError::parameter("this kind takes no caption"));
            }
            let fits = text("caption").chars().count() <= LONGEST_CAPTION;
            if fits { Ok(text("caption")) } else { Err(GraphError::parameter("a caption has at most 1024 characters")) }
        }
        "location" => {
            let given = body["latitude"].is_number() && body["longitude"].is_number();
            if given { Ok(text("name")) } else { Err(GraphError::parameter("latitude and longitude are numbers")) }
        }
        "reaction" if body["message_id"].is_string() => Ok(text("emoji")),
        "contacts" if body.is_array() => Ok(String::new()),
        "interactive" if body["action"].is_object() => Ok(body["body"]["text"].as_str().unwrap_or_default().to_owned()),
        "template" => template(body),
        _ => Err(GraphError::parameter("type is not known, or its member is missing")),
    }
}

/// Only its form is looked at: nothing is fetched.
fn is_address(link: &str) -> bool {
    let host = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/')) && !link.contains(char::is_whitespace)
}

fn wanted(body: &Value) -> Wanted {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let components = body["components"].as_array().into_iter().flatten();
    let bodies = components.filter(|component| component["type"] == "body");
    let parameters = bodies.map(|component| component["parameters"].as_array().map_or(0, Vec::len)).sum();
    Wanted { name: text(&body["name"]), language: text(&body["language"]["code"]), parameters }
}

/// The name and the parameters, in order.
fn template(body: &Value) -> Result<String, GraphError> {
    let name = body["name"].as_str().filter(|name| !name.is_empty());
    let (Some(name), Some(_)) = (name, body["language"]["code"].as_str()) else {
        return Err(GraphError::parameter("a template has a name and a language code"));
    };
    let components = body["components"].as_array().into_iter().flatten();
    let parameters = components.flat_map(|component| component["parameters"].as_array().into_iter().flatten());
    let texts = parameters.filter_map(|parameter| parameter["text"].as_str());
    Ok(std::iter::once(name).chain(texts).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(body: &str) -> Value {
        json!({ "messaging_product": "whatsapp", "to": "5511900000001", "type": "text", "text": { "body": body } })
    }

    #[test]
    fn a_text_has_at_most_4096_characters() {
        assert!(read(&text(&"é".repeat(4_096))).is_ok());
        assert!(read(&text(&"é".repeat(4_097))).is_err());
        assert!(read(&text("")).is_err());
    }

    #[test]
    fn exactly_one_well_formed_address_is_needed() {
        let addressed = |to: Value, recipient: Value| {
            let mut request = text("x");
            request["to"] = to;
            request["recipient"] = recipient;
            read(&request)
        };
        assert!(addressed(json!("+5511900000001"), json!(null)).is_ok());
        assert!(addressed(json!(null), json!("BR.1")).is_ok());
        for (to, recipient) in
            [(json!(null), json!(null)), (json!("1"), json!(null)), (json!("551190x0001"), json!(null))]
        {
            assert!(addressed(to, recipient).is_err());
        }
        assert!(addressed(json!("5511900000001"), json!("BR.1")).is_err());
    }

    #[test]
    fn a_template_is_remembered_by_name_and_parameters() {
        let request = json!({
            "messaging_product": "whatsapp", "to": "5511900000001", "type": "template",
            "biz_opaque_callback_data": "m1", "context": { "message_id": "wamid.1" },
            "template": { "name": "ready", "language": { "code": "pt_BR" },
                "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "Ana" }] }] },
        });
        let Ok(Asked::Message(message)) = read(&request) else { panic!("it is well formed") };
        assert_eq!((message.kind.as_str(), message.text.as_str()), ("template", "ready Ana"));
        assert_eq!((message.correlation.as_deref(), message.reply_to.as_deref()), (Some("m1"), Some("wamid.1")));
    }

    #[test]
    fn a_file_is_fetched_from_an_address_and_has_at_most_1024_characters_beside_it() {
        let file = |kind: &str, member: Value| {
            let mut request = json!({ "messaging_product": "whatsapp", "to": "5511900000001", "type": kind });
            request[kind] = member;
            read(&request).is_ok()
        };
        assert!(file("image", json!({ "link": "https://files.example/a", "caption": "é".repeat(1_024) })));
        assert!(!file("image", json!({ "link": "https://files.example/a", "caption": "é".repeat(1_025) })));
        assert!(!file("image", json!({ "link": "ftp://files.example/a" })));
        assert!(!file("image", json!({ "link": "https:///a" })));
        assert!(!file("sticker", json!({ "link": "https://files.example/a", "caption": "x" })));
        assert!(file("document", json!({ "id": "7" })));
        assert!(!file("reaction", json!({ "emoji": "👍" })));
    }

    #[test]
    fn a_read_mark_names_its_message() {
        let mark = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1",
            "typing_indicator": { "type": "text" } });
        assert_eq!(read(&mark), Ok(Asked::MarkRead("wamid.1".to_owned())));
        assert!(read(&json!({ "messaging_product": "whatsapp", "status": "read" })).is_err());
    }
}
