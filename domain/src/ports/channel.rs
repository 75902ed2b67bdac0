//! A provider's channel, in parts: what comes by webhook, what is sent, where files and templates come from, and what it takes. Whoever needs
//! one part is handed that part.

use super::{BoxFuture, Fetching, Malformed, Piece, Reading, Secret};
use crate::channel::Capabilities;
use crate::channel::media::WantedMedia;
use crate::channel::outgoing::{Checked, Marked, Posted};
use crate::channel::template::{NoTemplates, Template};
use crate::conversation::contact::Identifier;
use crate::conversation::content::Content;
use crate::ids::MessageId;
use std::fmt;
use std::sync::Arc;

/// What a number needs to speak: the provider's id of it, a token, and where the provider listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelCredentials {
    pub provider_ref: String,
    pub access_token: Secret,
    /// `None`: the provider's own address as configured.
    pub api_base: Option<String>,
    /// Templates go to the provider's own way for marketing first; what is no marketing goes the usual way.
    pub marketing_messages: bool,
}

/// A message to be posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// Given to the provider as correlation id, and given back in statuses.
    pub message: MessageId,
    /// The customer's identifiers on this number, strongest last known first.
    pub to: Vec<Identifier>,
    pub content: Content,
    pub reply_to: Option<String>,
}

/// What a provider posts to us. Pure: nobody is asked anything.
pub trait Webhook: Send + Sync {
    /// Whether the raw bytes carry the provider's signature made with `app_secret`; compared in constant time.
    fn signed(&self, app_secret: &Secret, signature: Option<&str>, body: &[u8]) -> bool;
    /// Splits a well-signed body into items. One bad item never harms the others.
    fn split(&self, body: &[u8]) -> Result<Vec<Piece>, Malformed>;
    /// Reads one raw item as `split` made it.
    fn decode(&self, raw: &[u8]) -> Reading;
    /// The accounts that a well-signed body names: the provider's id of a number, and of the account it belongs to.
    fn accounts(&self, _body: &[u8]) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// What a number tells its provider.
pub trait Sender: Send + Sync {
    /// Posts one message; never panics for what the provider answers, and says `Unknown` when it cannot know.
    fn post(&self, line: ChannelCredentials, post: Post) -> BoxFuture<'static, Posted>;
    /// Tells the provider that the customer's message with this id, and everything before it, was read.
    fn mark_read(&self, _line: ChannelCredentials, _provider_message_id: String) -> BoxFuture<'static, Marked> {
        Box::pin(std::future::ready(Marked::Never))
    }
    /// Asks for nothing but whether the number is in order.
    fn check(&self, _line: ChannelCredentials) -> BoxFuture<'static, Checked> {
        Box::pin(std::future::ready(Checked::Well))
    }
}

/// Where the files are that customers send.
pub trait MediaSource: Send + Sync {
    /// Asks for one of them.
    fn fetch(&self, line: ChannelCredentials, wanted: WantedMedia) -> BoxFuture<'static, Fetching>;
}

/// The texts that a provider approved for an account.
pub trait Templates: Send + Sync {
    /// All of the account, without those that are sure not to go at the moment.
    fn of_account(
        &self,
        line: ChannelCredentials,
        account_ref: String,
    ) -> BoxFuture<'static, Result<Vec<Template>, NoTemplates>>;
}

/// A provider's channel: its parts, each alone or all the same adapter.
#[derive(Clone)]
pub struct Channel {
    /// The provider's name in rows, configuration and paths.
    pub provider: &'static str,
    pub capabilities: Capabilities,
    pub webhook: Arc<dyn Webhook>,
    pub sender: Arc<dyn Sender>,
    /// `None`: its messages bring no files.
    pub media: Option<Arc<dyn MediaSource>>,
    /// `None`: nothing has to be approved beforehand.
    pub templates: Option<Arc<dyn Templates>>,
}

impl Channel {
    /// One that has messages alone.
    pub fn of<A>(provider: &'static str, capabilities: Capabilities, adapter: Arc<A>) -> Self
    where
        A: Webhook + Sender + 'static,
    {
        Self { provider, capabilities, webhook: adapter.clone(), sender: adapter, media: None, templates: None }
    }

    #[must_use]
    pub fn with_media(self, source: Arc<dyn MediaSource>) -> Self {
        Self { media: Some(source), ..self }
    }

    #[must_use]
    pub fn with_templates(self, templates: Arc<dyn Templates>) -> Self {
        Self { templates: Some(templates), ..self }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Channel").field(&self.provider).finish()
    }
}

/// The channels that are wired in, by provider name.
#[derive(Clone, Debug, Default)]
pub struct Channels(pub Vec<Channel>);

impl Channels {
    pub fn named(&self, provider: &str) -> Option<&Channel> {
        self.0.iter().find(|channel| channel.provider == provider)
    }
}
