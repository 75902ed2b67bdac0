//! A message of ours as Meta wants to be asked for it.

use super::{CAPABILITIES, error};
use dashoffice_domain::channel::outgoing::SendError;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::{Content, Media, MediaKind};
use dashoffice_domain::ports::Post;
use serde_json::{Map, Value, json};

/// Meta's own codes for what we refuse before asking.
const MISSING_PARAMETER: i64 = 131_008;
const UNDELIVERABLE: i64 = 131_026;
const UNSUPPORTED_TYPE: i64 = 131_051;

/// The body of the request; `Err` where Meta has no way to say this, or nobody to say it to.
pub(super) fn body(post: &Post) -> Result<Value, SendError> {
    let (kind, content) = content(&post.content)?;
    let (address_member, address) = address(&post.to).ok_or_else(|| refusal(UNDELIVERABLE))?;
    let mut body = Map::new();
    body.insert("messaging_product".to_owned(), json!("whatsapp"));
    body.insert("recipient_type".to_owned(), json!("individual"));
    body.insert(address_member.to_owned(), json!(address));
    body.insert("type".to_owned(), json!(kind));
    body.insert(kind.to_owned(), content);
    body.insert("biz_opaque_callback_data".to_owned(), json!(post.message.to_string()));
    if let Some(answered) = &post.reply_to {
        body.insert("context".to_owned(), json!({ "message_id": answered }));
    }
    Ok(Value::Object(body))
}

/// The phone where there is one, since some kinds of message need it; else the business-scoped id.
fn address(identifiers: &[Identifier]) -> Option<(&'static str, &str)> {
    let known_as =
        |kind| identifiers.iter().find(|identifier| identifier.kind == kind).map(|found| found.value.as_str());
    let phone = known_as(IdentifierKind::WaId).map(|phone| ("to", phone));
    phone.or_else(|| known_as(IdentifierKind::ScopedUser).map(|user| ("recipient", user)))
}

fn content(content: &Content) -> Result<(&'static str, Value), SendError> {
    match content {
        Content::Text { body } => Ok(("text", json!({ "body": body }))),
        Content::Media(given) => media(given),
        Content::Location { latitude, longitude, name, address } => {
            let mut location = json!({ "latitude": latitude, "longitude": longitude });
            set(&mut location, "name", name.as_deref());
            set(&mut location, "address", address.as_deref());
            Ok(("location", location))
        }
        Content::Template { name, language, parameters, .. } => Ok(("template", template(name, language, parameters))),
        Content::Reaction { to, emoji, .. } => {
            Ok(("reaction", json!({ "message_id": to, "emoji": emoji.as_deref().unwrap_or_default() })))
        }
        Content::Contacts { .. }
        | Content::Choice { .. }
        | Content::Form { .. }
        | Content::Order { .. }
        | Content::System { .. }
        | Content::Unsupported { .. }
        | Content::Unknown { .. } => Err(refusal(UNSUPPORTED_TYPE)),
    }
}

/// By link where there is one: an id of Meta's may have died.
fn media(given: &Media) -> Result<(&'static str, Value), SendError> {
    let mut media = match (&given.link, &given.provider_media_id) {
        (Some(link), _) => json!({ "link": link }),
        (None, Some(id)) => json!({ "id": id }),
        (None, None) => return Err(refusal(MISSING_PARAMETER)),
    };
    let kind = match given.kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    };
    if CAPABILITIES.captioned.contains(&given.kind) {
        set(&mut media, "caption", given.caption.as_deref());
    }
    if CAPABILITIES.named.contains(&given.kind) {
        set(&mut media, "filename", given.filename.as_deref());
    }
    if given.kind == MediaKind::Audio && given.voice {
        media["voice"] = json!(true);
    }
    Ok((kind, media))
}

fn template(name: &str, language: &str, parameters: &[String]) -> Value {
    let mut template = json!({ "name": name, "language": { "code": language } });
    if !parameters.is_empty() {
        let parameters: Vec<Value> = parameters.iter().map(|text| json!({ "type": "text", "text": text })).collect();
        template["components"] = json!([{ "type": "body", "parameters": parameters }]);
    }
    template
}

fn set(object: &mut Value, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        object[name] = json!(text);
    }
}

fn refusal(code: i64) -> SendError {
    error::fault(code).as_send_error(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::ids::MessageId;
    use uuid::Uuid;

    fn post(to: &[Identifier], content: Content) -> Post {
        Post { message: MessageId(Uuid::from_u128(7)), to: to.to_vec(), content, reply_to: None }
    }

    fn phone() -> Identifier {
        Identifier::new(IdentifierKind::WaId, "5511900000001")
    }

    fn scoped() -> Identifier {
        Identifier::new(IdentifierKind::ScopedUser, "BR.1")
    }

    fn media_of(kind: MediaKind) -> Media {
        Media {
            kind,
            provider_media_id: None,
            link: Some("https://files.example/a".to_owned()),
            mime_type: None,
            sha256: None,
            caption: Some("c".to_owned()),
            filename: Some("a.pdf".to_owned()),
            voice: false,
            animated: false,
        }
    }

    #[test]
    fn a7_a_text_carries_our_id_so_that_statuses_find_it() {
        let mut post = post(&[scoped(), phone()], Content::text("olá"));
        post.reply_to = Some("wamid.1".to_owned());
        let wanted = json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "5511900000001", "type": "text",
            "text": { "body": "olá" }, "biz_opaque_callback_data": "00000000-0000-0000-0000-000000000007",
            "context": { "message_id": "wamid.1" },
        });
        assert_eq!(body(&post).unwrap(), wanted);
    }

    #[test]
    fn a_reaction_names_its_message_and_an_empty_one_takes_it_back() {
        for (emoji, wanted) in [(Some("👍"), "👍"), (None, "")] {
            let target = MessageId(Uuid::from_u128(8));
            let emoji = emoji.map(str::to_owned);
            let reaction = Content::Reaction { message: target, to: "wamid.1".to_owned(), emoji };
            let body = body(&post(&[phone()], reaction)).unwrap();
            assert_eq!(body["type"], "reaction");
            assert_eq!(body["reaction"], json!({ "message_id": "wamid.1", "emoji": wanted }));
        }
    }

    #[test]
    fn every_kind_names_what_it_answers() {
        let template = Content::Template {
            name: "ready".to_owned(),
            language: "pt_BR".to_owned(),
            parameters: vec![],
            words: None,
        };
        for content in [Content::text("olá"), Content::Media(media_of(MediaKind::Image)), template] {
            let post = Post { reply_to: Some("wamid.1".to_owned()), ..post(&[phone()], content) };
            assert_eq!(body(&post).unwrap()["context"], json!({ "message_id": "wamid.1" }));
        }
    }

    #[test]
    fn a_customer_without_a_phone_is_addressed_by_scoped_id() {
        let body = body(&post(&[scoped()], Content::text("hi"))).unwrap();
        assert_eq!(body["recipient"], "BR.1");
        assert_eq!(body.get("to"), None);
    }

    #[test]
    fn a_caption_and_a_file_name_go_only_where_whatsapp_takes_them() {
        for (kind, wanted) in [
            (MediaKind::Image, json!({ "link": "https://files.example/a", "caption": "c" })),
            (MediaKind::Document, json!({ "link": "https://files.example/a", "caption": "c", "filename": "a.pdf" })),
            (MediaKind::Sticker, json!({ "link": "https://files.example/a" })),
        ] {
            let body = body(&post(&[phone()], Content::Media(media_of(kind)))).unwrap();
            assert_eq!(body[body["type"].as_str().unwrap()], wanted);
        }
        let voice =
            Media { voice: true, link: None, provider_media_id: Some("9".to_owned()), ..media_of(MediaKind::Audio) };
        let body = body(&post(&[phone()], Content::Media(voice))).unwrap();
        assert_eq!(body["audio"], json!({ "id": "9", "voice": true }));
    }

    #[test]
    fn a_template_lists_its_text_parameters_in_order() {
        let content = Content::Template {
            name: "order_ready".to_owned(),
            language: "pt_BR".to_owned(),
            parameters: vec!["Ana".to_owned(), "17".to_owned()],
            words: None,
        };
        let wanted = json!({
            "name": "order_ready", "language": { "code": "pt_BR" },
            "components": [{ "type": "body", "parameters": [{ "type": "text", "text": "Ana" }, { "type": "text", "text": "17" }] }],
        });
        assert_eq!(body(&post(&[phone()], content)).unwrap()["template"], wanted);
    }

    #[test]
    fn what_cannot_be_said_is_refused_before_anybody_is_asked() {
        let lid = Identifier::new(IdentifierKind::Lid, "1");
        assert_eq!(body(&post(&[lid], Content::text("hi"))).unwrap_err().code, UNDELIVERABLE);
        let unknown = Content::Unknown { what: "x".to_owned() };
        assert_eq!(body(&post(&[phone()], unknown)).unwrap_err().code, UNSUPPORTED_TYPE);
        let nowhere = Media { link: None, ..media_of(MediaKind::Image) };
        assert_eq!(body(&post(&[phone()], Content::Media(nowhere))).unwrap_err().code, MISSING_PARAMETER);
    }
}
