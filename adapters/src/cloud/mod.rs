//! Meta's WhatsApp Cloud API: its webhooks read, our messages posted.
//!
//! The process must have installed rustls' ring provider before a [`CloudChannel`] is made (see [`client`]).

mod accounts;
mod answer;
mod ask;
mod body;
mod config;
mod content;
mod decode;
mod error;
mod fetch;
mod graph;
mod identity;
mod names;
mod news;
mod patience;
mod pieces;
mod post;
mod said;
mod signature;
mod split;
mod status;
mod templates;
#[cfg(test)]
mod tests;
mod user_ids;

pub use config::{CloudConfig, Patience};
pub use error::{Fault, Then, fault};
pub use news::KINDS as NEWS;
pub use post::client;
pub use signature::{signature, signed};

use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::media::WantedMedia;
use dashoffice_domain::channel::outgoing::{Checked, Marked, Posted};
use dashoffice_domain::channel::template::{NoTemplates, Template};
use dashoffice_domain::ports::{
    BoxFuture, Channel, ChannelCredentials, Fetching, Malformed, MediaSource, Piece, Post, Reading, Secret, Sender,
    Templates, Webhook,
};
use std::fmt;
use std::sync::Arc;

/// The Cloud API takes what WhatsApp takes.
const CAPABILITIES: Capabilities = Capabilities::WHATSAPP;

/// The provider's name in rows, configuration and paths.
pub const PROVIDER: &str = "cloud";

/// The Cloud API behind the domain's ports: one HTTP client for all numbers.
#[derive(Clone)]
pub struct CloudChannel {
    client: reqwest::Client,
    config: CloudConfig,
    patience: Option<CurrentPatience>,
}

/// How long we wait, as it is set at the moment of asking.
pub type CurrentPatience = Arc<dyn Fn() -> Patience + Send + Sync>;

impl fmt::Debug for CloudChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudChannel").field("config", &self.config).finish_non_exhaustive()
    }
}

impl CloudChannel {
    /// Fails where the system's certificates or resolver cannot be set up.
    pub fn new(config: CloudConfig) -> Result<Self, reqwest::Error> {
        Ok(Self { client: client(&config)?, config, patience: None })
    }

    /// Waits as long as this says at each question, whatever the configuration says.
    pub fn waiting(self, patience: CurrentPatience) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// With all its parts, as it is wired in.
    pub fn whole(self) -> Channel {
        let this = Arc::new(self);
        Channel::of(PROVIDER, CAPABILITIES, Arc::clone(&this)).with_media(this.clone()).with_templates(this)
    }

    /// What a question is asked with.
    fn asking(&self) -> (reqwest::Client, CloudConfig) {
        let config = self.patience.as_ref().map_or_else(|| self.config.clone(), |now| self.config.with(now()));
        (self.client.clone(), config)
    }
}

impl Webhook for CloudChannel {
    fn signed(&self, app_secret: &Secret, signature: Option<&str>, body: &[u8]) -> bool {
        signed(&app_secret.0, signature, body)
    }

    fn split(&self, body: &[u8]) -> Result<Vec<Piece>, Malformed> {
        split::split(body)
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        decode::decode(raw)
    }

    fn accounts(&self, body: &[u8]) -> Vec<(String, String)> {
        accounts::accounts(body)
    }
}

impl Sender for CloudChannel {
    fn post(&self, line: ChannelCredentials, message: Post) -> BoxFuture<'static, Posted> {
        let (client, config) = self.asking();
        Box::pin(async move { post::post(&client, &config, &line, &message).await })
    }

    fn mark_read(&self, line: ChannelCredentials, provider_message_id: String) -> BoxFuture<'static, Marked> {
        let (client, config) = self.asking();
        Box::pin(async move { ask::mark_read(&client, &config, &line, &provider_message_id).await })
    }

    fn check(&self, line: ChannelCredentials) -> BoxFuture<'static, Checked> {
        let (client, config) = self.asking();
        Box::pin(async move { ask::check(&client, &config, &line).await })
    }
}

impl MediaSource for CloudChannel {
    fn fetch(&self, line: ChannelCredentials, wanted: WantedMedia) -> BoxFuture<'static, Fetching> {
        let (client, config) = self.asking();
        Box::pin(async move { fetch::fetch(&client, &config, &line, &wanted).await })
    }
}

impl Templates for CloudChannel {
    fn of_account(
        &self,
        line: ChannelCredentials,
        account_ref: String,
    ) -> BoxFuture<'static, Result<Vec<Template>, NoTemplates>> {
        let (client, config) = self.asking();
        Box::pin(async move { templates::templates(&client, &config, &line, &account_ref).await })
    }
}
