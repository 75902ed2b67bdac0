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
mod names;
mod patience;
mod post;
mod said;
mod signature;
mod split;
mod status;
mod templates;
#[cfg(test)]
mod tests;

pub use config::CloudConfig;
pub use error::{Fault, Then, fault};
pub use post::client;
pub use signature::{signature, signed};

use dashoffice_domain::media::WantedMedia;
use dashoffice_domain::outgoing::{Checked, Marked, Posted};
use dashoffice_domain::ports::{BoxFuture, Channel, Fetching, Line, Malformed, Piece, Post, Reading, Secret};
use dashoffice_domain::template::{NoTemplates, Template};

/// The provider's name in rows, configuration and paths.
pub const PROVIDER: &str = "cloud";

/// The Cloud API behind the domain's port: one HTTP client for all numbers.
#[derive(Clone, Debug)]
pub struct CloudChannel {
    client: reqwest::Client,
    config: CloudConfig,
}

impl CloudChannel {
    /// Fails where the system's certificates or resolver cannot be set up.
    pub fn new(config: CloudConfig) -> Result<Self, reqwest::Error> {
        Ok(Self { client: client(&config)?, config })
    }
}

impl Channel for CloudChannel {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn signed(&self, app_secret: &Secret, signature: Option<&str>, body: &[u8]) -> bool {
        signed(&app_secret.0, signature, body)
    }

    fn split(&self, body: &[u8]) -> Result<Vec<Piece>, Malformed> {
        split::split(body)
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        decode::decode(raw)
    }

    fn post(&self, line: Line, message: Post) -> BoxFuture<'static, Posted> {
        let client = self.client.clone();
        let config = self.config.clone();
        Box::pin(async move { post::post(&client, &config, &line, &message).await })
    }

    fn fetch(&self, line: Line, wanted: WantedMedia) -> BoxFuture<'static, Fetching> {
        let client = self.client.clone();
        let config = self.config.clone();
        Box::pin(async move { fetch::fetch(&client, &config, &line, &wanted).await })
    }

    fn mark_read(&self, line: Line, provider_message_id: String) -> BoxFuture<'static, Marked> {
        let Self { client, config } = self.clone();
        Box::pin(async move { ask::mark_read(&client, &config, &line, &provider_message_id).await })
    }

    fn check(&self, line: Line) -> BoxFuture<'static, Checked> {
        let Self { client, config } = self.clone();
        Box::pin(async move { ask::check(&client, &config, &line).await })
    }

    fn templates(&self, line: Line, account_ref: String) -> BoxFuture<'static, Result<Vec<Template>, NoTemplates>> {
        let Self { client, config } = self.clone();
        Box::pin(async move { templates::templates(&client, &config, &line, &account_ref).await })
    }

    fn accounts(&self, body: &[u8]) -> Vec<(String, String)> {
        accounts::accounts(body)
    }
}
