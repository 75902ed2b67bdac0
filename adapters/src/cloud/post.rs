//! Posts one message to Meta and says honestly what is known of it afterwards (A7).

use super::CloudConfig;
use super::answer::judge;
use super::body::body;
use super::graph;
use super::patience::heed;
use dashoffice_domain::Span;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{ErrorClass, Posted, SendError};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::ports::{ChannelCredentials, Post};
use serde_json::Value;
use std::time::Duration;

/// More than Meta ever answers; of a longer answer nothing is believed.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How long to wait when nobody answered the call.
const AFTER_NO_CONNECTION: Span = Span::seconds(1);
/// Where everything goes, and where marketing may go.
const MESSAGES: &str = "messages";
const MARKETING: &str = "marketing_messages";
/// The way for marketing was asked for something else.
const ONLY_MARKETING: i64 = 134_100;

/// The HTTP client of all numbers: one pool, no redirects (the token would go along), no repeats of its own, no proxy.
///
/// The process must have called `rustls::crypto::ring::default_provider().install_default()` before; without a provider
/// reqwest panics, even where no TLS is spoken.
pub fn client(config: &CloudConfig) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("dashoffice/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
        .timeout(config.post_timeout())
        .build()
}

/// Posts once. Whoever is told `Unknown` must not post again before a status has settled it.
pub(super) async fn post(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    message: &Post,
) -> Posted {
    let body = match body(message) {
        Ok(body) => body,
        Err(error) => return Posted::Refused { error },
    };
    if line.marketing_messages && matches!(message.content, Content::Template { .. }) {
        let posted = post_to(client, config, line, MARKETING, &body).await;
        // Nothing was sent: this template goes the usual way.
        if !matches!(&posted, Posted::Refused { error } if error.code == ONLY_MARKETING) {
            return posted;
        }
    }
    post_to(client, config, line, MESSAGES, &body).await
}

async fn post_to(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    way: &str,
    body: &Value,
) -> Posted {
    let Some(url) = graph::url(config, line, &[&line.provider_ref, way]) else {
        return stopped(StopReason::NotRegistered, "the number's address is not a URL");
    };
    let request = client.post(url).timeout(config.post_timeout()).bearer_auth(&line.access_token.0).json(body);
    match request.send().await {
        Ok(response) => read(response).await,
        Err(failure) if failure.is_builder() => stopped(StopReason::TokenExpired, "the number's token cannot be sent"),
        Err(failure) if failure.is_connect() => Posted::TryLater {
            after: AFTER_NO_CONNECTION,
            error: SendError::new(SendError::NOT_REACHED, ErrorClass::Retry, "WhatsApp could not be reached"),
        },
        Err(_) => Posted::Unknown,
    }
}

async fn read(mut response: reqwest::Response) -> Posted {
    let status = response.status().as_u16();
    match graph::read(&mut response, LONGEST_ANSWER).await {
        Some(answer) => heed(judge(status, &answer), response.headers()),
        None => Posted::Unknown,
    }
}

fn stopped(reason: StopReason, why: &str) -> Posted {
    Posted::ChannelStopped { reason, error: SendError::new(SendError::NOT_REACHED, ErrorClass::Account, why) }
}
