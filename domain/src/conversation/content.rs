//! What a message says: the words, pictures and choices of customers and agents. Lives in erasable rows, never in events (C1).

use crate::channel::template::Words;
use crate::ids::MessageId;
use serde::{Deserialize, Serialize};

/// The body of one message, in either direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        body: String,
    },
    Media(Media),
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
    },
    Contacts {
        cards: Vec<Card>,
    },
    /// A choice the customer tapped: a reply button, a list row, or a template's quick reply.
    Choice {
        source: ChoiceSource,
        id: String,
        title: String,
        description: Option<String>,
    },
    /// A filled-in form of a provider's flow; `response` is the provider's JSON as text.
    Form {
        name: Option<String>,
        body: Option<String>,
        response: String,
    },
    Order {
        catalog: Option<String>,
        note: Option<String>,
        lines: Vec<OrderLine>,
    },
    /// Something the provider says about the customer (a new number, a changed identity, a call permission).
    System {
        what: String,
        text: Option<String>,
    },
    /// An approved template with its text parameters, in order.
    Template {
        name: String,
        language: String,
        parameters: Vec<String>,
        /// What the customer read, with the parameters in their places, where it was known when it was said: the provider's template
        /// may become another, and this does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<Words>,
    },
    /// What an agent thinks of a message: a message to the provider, and to us a part of the one it is about. `to` is the
    /// provider's id of that one; no emoji takes an earlier reaction back.
    Reaction {
        message: MessageId,
        to: String,
        emoji: Option<String>,
    },
    /// The provider says it cannot show this; `code` is the provider's.
    Unsupported {
        code: Option<i64>,
        what: Option<String>,
    },
    /// A type this version does not know, or could not read: the raw item is kept.
    Unknown {
        what: String,
    },
}

/// A file in a message, known by the provider's id until it is fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub kind: MediaKind,
    /// The provider's media id (inbound), or nothing when sent by link.
    pub provider_media_id: Option<String>,
    pub link: Option<String>,
    pub mime_type: Option<String>,
    /// As the provider wrote it: base64 or hex.
    pub sha256: Option<String>,
    pub caption: Option<String>,
    pub filename: Option<String>,
    /// A voice note rather than a sound file.
    #[serde(default)]
    pub voice: bool,
    #[serde(default)]
    pub animated: bool,
}

impl Media {
    /// A file that the provider fetches from an address. Whether it has a place for words and name, its channel's capabilities say.
    pub fn by_link(kind: MediaKind, link: String, caption: Option<String>, filename: Option<String>) -> Self {
        Self {
            kind,
            provider_media_id: None,
            link: Some(link),
            mime_type: None,
            sha256: None,
            caption,
            filename,
            voice: false,
            animated: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

impl MediaKind {
    pub const ALL: [Self; 5] = [Self::Image, Self::Video, Self::Audio, Self::Document, Self::Sticker];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceSource {
    Button,
    List,
    TemplateButton,
}

/// A contact card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    pub phones: Vec<String>,
    pub emails: Vec<String>,
    pub organisation: Option<String>,
    /// Each in one line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// As it was written, mostly `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birthday: Option<String>,
}

/// A line of a customer's order; the price is the provider's text, so that nothing is rounded. What the line does not say is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub product: String,
    pub quantity: String,
    pub price: String,
    pub currency: String,
}

impl Content {
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text { body: body.into() }
    }

    /// One line for lists: at most 120 characters of what was said; empty where the console has its own word for the kind.
    pub fn preview(&self) -> String {
        let words = match self {
            Self::Text { body } => body.as_str(),
            Self::Media(media) => media.caption.as_deref().or(media.filename.as_deref()).unwrap_or_default(),
            Self::Location { name, address, .. } => name.as_deref().or(address.as_deref()).unwrap_or_default(),
            Self::Contacts { cards } => cards.first().map_or("", |card| card.name.as_str()),
            Self::Choice { title, .. } => title,
            Self::Form { body, .. } => body.as_deref().unwrap_or_default(),
            Self::Order { note, .. } => note.as_deref().unwrap_or_default(),
            Self::System { text, .. } => text.as_deref().unwrap_or_default(),
            Self::Template { name, words, .. } => words.as_ref().map_or(name, |words| &words.body),
            Self::Reaction { .. } | Self::Unsupported { .. } | Self::Unknown { .. } => "",
        };
        words.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    /// What a message says once it is edited to say `edit`. WhatsApp edits the words of a file and not the file, and may not name the file
    /// again.
    #[must_use]
    pub fn edited(&self, edit: &Self) -> Self {
        match (self, edit) {
            (Self::Media(file), Self::Media(edit)) if file.kind == edit.kind => {
                Self::Media(Media { caption: edit.caption.clone(), ..file.clone() })
            }
            _ => edit.clone(),
        }
    }

    /// The name of the kind, as it stands in rows.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Media(media) => media.kind.name(),
            Self::Location { .. } => "location",
            Self::Contacts { .. } => "contacts",
            Self::Choice { .. } => "choice",
            Self::Form { .. } => "form",
            Self::Order { .. } => "order",
            Self::System { .. } => "system",
            Self::Template { .. } => "template",
            Self::Reaction { .. } => "reaction",
            Self::Unsupported { .. } => "unsupported",
            Self::Unknown { .. } => "unknown",
        }
    }
}
