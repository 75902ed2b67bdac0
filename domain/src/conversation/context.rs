//! What comes beside the words of a message: whether it is one of the customer's at all, and how they came to say it. Lives in
//! erasable rows, as the words do (C1).

use crate::conversation::content::Content;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Empty for most messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageContext {
    /// The provider says it, not the customer: it is shown, and answers for nothing the customer did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notice: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
    /// The product of a catalogue that the customer asks about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<Product>,
    /// The advertisement or post that led the customer here. Boxed: it is large, and few have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Box<Referral>>,
}

impl MessageContext {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How often a message had been passed on before it came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forwarded {
    Once,
    /// WhatsApp's own mark: more than five times.
    Often,
}

impl Forwarded {
    pub const ALL: [Self; 2] = [Self::Once, Self::Often];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Often => "often",
        }
    }
}

/// A product of the business's own catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub catalog: Option<String>,
    pub product: String,
}

/// Where a customer came from: an advertisement or a post that opened the chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The provider's word: `ad`, `post`.
    pub source_type: Option<String>,
    pub source_id: Option<String>,
    pub source_url: Option<String>,
    pub headline: Option<String>,
    #[serde(default)]
    pub body: Option<String>,
    #[serde(default)]
    pub media_type: Option<String>,
    #[serde(default)]
    pub image_url: Option<String>,
    #[serde(default)]
    pub video_url: Option<String>,
    #[serde(default)]
    pub thumbnail_url: Option<String>,
    /// What the advertisement greeted them with.
    #[serde(default)]
    pub welcome: Option<String>,
    /// The provider's id of the click, by which advertisers count what came of it.
    pub click_id: Option<String>,
}

/// What a message said before it was edited, or what an edit said that another one overtook. Of many the first and the newest are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    pub content: Content,
    /// When it was said, by the provider's clock.
    pub said_at: Timestamp,
}
