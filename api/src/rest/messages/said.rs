//! What a body says: a text, a file by its address, or a template; and whether the channel it is to go by takes it.

use crate::problem::{FieldError, Problem};
use crate::rest::input::without_nul;
use crate::shape::words;
use axum::http::Uri;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::template::{Unfit, unfit_values};
use dashoffice_domain::conversation::content::{Content, Media as File, MediaKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Of a template's name, in characters.
const LONGEST_NAME: usize = 1_024;
/// Of its language, in characters.
const LONGEST_LANGUAGE: usize = 35;
/// Of a file's address, in bytes.
const LONGEST_LINK: usize = 2_048;
/// Of a file's name, in characters.
const LONGEST_FILENAME: usize = 240;
/// Where plain HTTP leads nowhere but to this machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Send {
    pub(super) conversation_id: Uuid,
    #[serde(rename = "type")]
    #[schema(value_type = words::SentKind)]
    kind: String,
    /// With `text`: at most 4,096 characters.
    #[serde(default)]
    text: Option<String>,
    /// With `media`.
    #[serde(default)]
    media: Option<Media>,
    /// With `template`.
    #[serde(default)]
    template: Option<Template>,
    /// A message of the same thread.
    #[serde(default)]
    pub(super) reply_to: Option<Uuid>,
}

#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SentMedia)]
pub(crate) struct Media {
    #[schema(value_type = words::MediaKind)]
    kind: String,
    /// Where the provider fetches it: https.
    link: String,
    /// At most 1,024 characters; none with `audio` and `sticker`.
    #[serde(default)]
    caption: Option<String>,
    /// With `document` alone.
    #[serde(default)]
    filename: Option<String>,
}

#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SentTemplate)]
pub(crate) struct Template {
    name: String,
    language: String,
    /// In order; each at most 1,024 characters, not empty, without line breaks and tabs, and with at most four blanks in a row.
    parameters: Vec<String>,
}

impl Send {
    /// As it reads by itself; [`fitting`] says whether it may go.
    pub(super) fn content(&self) -> Result<Content, Problem> {
        let Self { text, media, template, .. } = self.clone();
        let given = [("text", text.is_some()), ("media", media.is_some()), ("template", template.is_some())];
        let wanted = given.iter().find(|(field, _)| *field == self.kind).map(|(field, _)| *field);
        let wanted = wanted.ok_or_else(|| Problem::invalid("type", "unknown"))?;
        if let Some((field, _)) = given.into_iter().find(|(field, given)| *given && *field != wanted) {
            return Err(Problem::invalid(field, "not_with_this_type"));
        }
        match (text, media, template) {
            (Some(text), ..) => Ok(Content::text(without_nul(text))),
            (_, Some(media), _) => media.content(),
            (.., Some(template)) => template.content(),
            (None, None, None) => Err(Problem::invalid(wanted, "required")),
        }
    }
}

impl Media {
    fn content(self) -> Result<Content, Problem> {
        let Self { kind, link, caption, filename } = self;
        let kind = match kind.as_str() {
            "image" => MediaKind::Image,
            "video" => MediaKind::Video,
            "audio" => MediaKind::Audio,
            "document" => MediaKind::Document,
            "sticker" => MediaKind::Sticker,
            _ => return Err(Problem::invalid("media.kind", "unknown")),
        };
        fetchable(&link).map_err(|why| Problem::invalid("media.link", why))?;
        Ok(Content::Media(File::by_link(kind, link, caption.map(without_nul), filename.map(without_nul))))
    }
}

/// The same as it goes by a channel that takes this; or what of it does not.
pub(super) fn fitting(mut content: Content, channel: &Capabilities) -> Result<Content, Problem> {
    match &mut content {
        Content::Media(file) => fitting_file(file, channel)?,
        Content::Template { parameters, .. } => fitting_values(parameters, channel)?,
        _ => {}
    }
    Ok(content)
}

fn fitting_file(file: &mut File, channel: &Capabilities) -> Result<(), Problem> {
    if let Some(caption) = &file.caption {
        if !channel.captioned.contains(&file.kind) {
            return Err(Problem::invalid("media.caption", "not_with_this_kind"));
        }
        if caption.chars().count() > channel.longest_caption {
            return Err(Problem::invalid("media.caption", "too_long"));
        }
    }
    if let Some(filename) = &file.filename {
        if !channel.named.contains(&file.kind) {
            return Err(Problem::invalid("media.filename", "not_with_this_kind"));
        }
        if filename.is_empty() || filename.chars().count() > LONGEST_FILENAME {
            return Err(Problem::invalid("media.filename", "out_of_range"));
        }
    }
    file.caption.take_if(|words| words.is_empty());
    Ok(())
}

fn fitting_values(values: &[String], channel: &Capabilities) -> Result<(), Problem> {
    let too_long = values.iter().any(|value| value.chars().count() > channel.longest_template_value);
    if values.len() > channel.most_template_values || too_long {
        return Err(Problem::invalid("template.parameters", "out_of_range"));
    }
    let unfit = unfit_values(values);
    if unfit.is_empty() { Ok(()) } else { Err(does_not_fit(unfit)) }
}

/// Whether a provider may fetch a file from there; `Err` is the code of what is wrong.
fn fetchable(link: &str) -> Result<(), &'static str> {
    if link.len() > LONGEST_LINK {
        return Err("too_long");
    }
    let uri: Uri = link.parse().map_err(|_| "unreadable")?;
    let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or("unreadable")?;
    // A name and a password would be shown to whoever reads the chat.
    if authority.as_str().contains('@') {
        return Err("unreadable");
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if LOOPBACK.contains(&authority.host()) => Ok(()),
        _ => Err("not_https"),
    }
}

impl Template {
    fn content(self) -> Result<Content, Problem> {
        let Self { name, language, parameters } = self;
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Problem::invalid("template.name", "out_of_range"));
        }
        if language.is_empty() || language.chars().count() > LONGEST_LANGUAGE {
            return Err(Problem::invalid("template.language", "out_of_range"));
        }
        let parameters = parameters.into_iter().map(without_nul).collect();
        Ok(Content::Template { name: without_nul(name), language: without_nul(language), parameters, words: None })
    }
}

/// What of a template is refused, each with its field.
pub(super) fn does_not_fit(unfit: impl IntoIterator<Item = Unfit>) -> Problem {
    let errors = unfit.into_iter().map(|fault| {
        let field = format!("template.{}", fault.field());
        FieldError { field, code: fault.code().into() }
    });
    Problem::all_invalid(errors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(body: &Value) -> Result<Content, (String, String)> {
        let mut whole = json!({ "conversation_id": Uuid::nil() });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let send: Send = serde_json::from_value(whole).unwrap();
        let content = send.content().and_then(|content| fitting(content, &Capabilities::default()));
        content.map_err(|problem| (problem.errors[0].field.clone(), problem.errors[0].code.to_string()))
    }

    fn media(media: &Value) -> Result<Content, (String, String)> {
        said(&json!({ "type": "media", "media": media }))
    }

    #[test]
    fn a_file_is_fetched_by_https_or_from_this_machine() {
        for link in
            ["https://files.example/a.jpg?b=c", "http://127.0.0.1:8090/a", "http://localhost/a", "http://[::1]:9/a"]
        {
            assert!(media(&json!({ "kind": "image", "link": link })).is_ok(), "{link}");
        }
        let long = format!("https://files.example/{}", "x".repeat(2_048));
        for (link, why) in [
            ("http://files.example/a", "not_https"),
            ("http://127.0.0.1.example/a", "not_https"),
            ("ftp://files.example/a", "not_https"),
            ("file:///etc/passwd", "unreadable"),
            ("/a", "unreadable"),
            ("https://", "unreadable"),
            ("https://ana:secret@files.example/a", "unreadable"),
            ("https://files.example/a b", "unreadable"),
            (long.as_str(), "too_long"),
        ] {
            let wanted = Err(("media.link".to_owned(), why.to_owned()));
            assert_eq!(media(&json!({ "kind": "image", "link": link })), wanted, "{link}");
        }
    }

    #[test]
    fn words_and_names_go_where_whatsapp_has_a_place_for_them() {
        let link = "https://files.example/a";
        let with = |kind: &str, field: &str, value: &str| media(&json!({ "kind": kind, "link": link, field: value }));
        assert!(with("image", "caption", &"é".repeat(1_024)).is_ok());
        assert!(with("document", "filename", "a.pdf").is_ok());
        for (kind, field, value, why) in [
            ("image", "caption", "é".repeat(1_025), "too_long"),
            ("audio", "caption", "x".to_owned(), "not_with_this_kind"),
            ("sticker", "caption", "x".to_owned(), "not_with_this_kind"),
            ("image", "filename", "a.jpg".to_owned(), "not_with_this_kind"),
            ("document", "filename", "x".repeat(241), "out_of_range"),
        ] {
            assert_eq!(with(kind, field, &value), Err((format!("media.{field}"), why.to_owned())), "{kind}");
        }
        assert_eq!(
            media(&json!({ "kind": "gif", "link": link })),
            Err(("media.kind".to_owned(), "unknown".to_owned()))
        );
    }

    #[test]
    fn what_goes_with_a_file_and_into_a_template_is_the_channels() {
        let channel = Capabilities {
            longest_caption: 2,
            captioned: &[MediaKind::Audio],
            named: &[MediaKind::Audio],
            most_template_values: 1,
            longest_template_value: 3,
            ..Capabilities::default()
        };
        let why = |content| fitting(content, &channel).err().map(|problem| problem.errors[0].code.to_string());
        let file = |kind, caption: Option<&str>, filename: Option<&str>| {
            let link = "https://files.example/a".to_owned();
            Content::Media(File::by_link(kind, link, caption.map(str::to_owned), filename.map(str::to_owned)))
        };
        assert_eq!(why(file(MediaKind::Audio, Some("aí"), Some("a.ogg"))), None);
        assert_eq!(why(file(MediaKind::Audio, Some("veja"), None)).as_deref(), Some("too_long"));
        assert_eq!(why(file(MediaKind::Image, Some("aí"), None)).as_deref(), Some("not_with_this_kind"));
        assert_eq!(why(file(MediaKind::Document, None, Some("a"))).as_deref(), Some("not_with_this_kind"));
        let template = |values: &[&str]| {
            let parameters = values.iter().map(|value| (*value).to_owned()).collect();
            Content::Template { name: "a".to_owned(), language: "es".to_owned(), parameters, words: None }
        };
        assert_eq!(why(template(&["Ana"])), None);
        assert_eq!(why(template(&["Anas"])).as_deref(), Some("out_of_range"));
        assert_eq!(why(template(&["Ana", "17"])).as_deref(), Some("out_of_range"));
    }

    #[test]
    fn one_thing_is_said_and_it_is_the_one_that_was_named() {
        let template = json!({ "name": "a", "language": "es", "parameters": [] });
        let refused = |field: &str, why: &str| Err((field.to_owned(), why.to_owned()));
        assert_eq!(said(&json!({ "type": "text" })), refused("text", "required"));
        assert_eq!(said(&json!({ "type": "media", "text": "x" })), refused("text", "not_with_this_type"));
        assert_eq!(
            said(&json!({ "type": "text", "text": "x", "template": template })),
            refused("template", "not_with_this_type")
        );
        assert_eq!(said(&json!({ "type": "poll" })), refused("type", "unknown"));
        assert!(said(&json!({ "type": "template", "template": template })).is_ok());
    }
}
