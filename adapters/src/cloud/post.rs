//! Posts one message to Meta and says honestly what is known of it afterwards (A7).

use super::CloudConfig;
use super::answer::judge;
use super::body::body;
use super::patience::heed;
use dashoffice_domain::Span;
use dashoffice_domain::outgoing::{Posted, SendError};
use dashoffice_domain::ports::{Line, Post};
use reqwest::Url;
use std::time::Duration;

/// More than Meta ever answers; of a longer answer nothing is believed.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How long to wait when nobody answered the call.
const AFTER_NO_CONNECTION: Span = Span::seconds(1);
/// No code of Meta's: the fault lies before it.
const NO_CODE: i64 = -1;

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
        .timeout(Duration::from_millis(config.post_timeout_ms))
        .build()
}

/// Posts once. Whoever is told `Unknown` must not post again before a status or an echo has settled it.
pub(super) async fn post(client: &reqwest::Client, config: &CloudConfig, line: &Line, message: &Post) -> Posted {
    let body = match body(message) {
        Ok(body) => body,
        Err(error) => return Posted::Refused { error },
    };
    let Some(url) = url(config, line) else {
        return stopped("the number's address is not a URL");
    };
    let request = client.post(url).bearer_auth(&line.access_token.0).json(&body);
    match request.send().await {
        Ok(response) => read(response).await,
        Err(failure) if failure.is_builder() => stopped("the number's token cannot be sent"),
        Err(failure) if failure.is_connect() => Posted::TryLater {
            after: AFTER_NO_CONNECTION,
            error: SendError { code: NO_CODE, text: "WhatsApp could not be reached".to_owned() },
        },
        Err(_) => Posted::Unknown,
    }
}

/// `{api_base}/{version}/{phone_number_id}/messages`; the id is a segment of its own, whatever is in it.
fn url(config: &CloudConfig, line: &Line) -> Option<Url> {
    let base = line.api_base.as_deref().unwrap_or(&config.api_base);
    let mut url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let path = [config.version.as_str(), line.provider_ref.as_str(), "messages"];
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    Some(url)
}

/// An answer that breaks off or never ends tells nothing.
async fn read(mut response: reqwest::Response) -> Posted {
    let status = response.status().as_u16();
    let mut answer = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if answer.len() + chunk.len() > LONGEST_ANSWER => return Posted::Unknown,
            Ok(Some(chunk)) => answer.extend_from_slice(&chunk),
            Ok(None) => return heed(judge(status, &answer), response.headers()),
            Err(_) => return Posted::Unknown,
        }
    }
}

fn stopped(why: &str) -> Posted {
    Posted::ChannelStopped { error: SendError { code: NO_CODE, text: why.to_owned() } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::ports::Secret;

    fn line(provider_ref: &str, api_base: Option<&str>) -> Line {
        Line {
            provider_ref: provider_ref.to_owned(),
            access_token: Secret("t".to_owned()),
            api_base: api_base.map(str::to_owned),
        }
    }

    #[test]
    fn a_number_id_cannot_lead_elsewhere() {
        let config = CloudConfig::default();
        let url = |line| url(&config, &line).map(|url| url.to_string());
        assert_eq!(url(line("12", None)).unwrap(), "https://graph.facebook.com/v26.0/12/messages");
        assert_eq!(url(line("12", Some("http://127.0.0.1:9/x/"))).unwrap(), "http://127.0.0.1:9/x/v26.0/12/messages");
        assert_eq!(url(line("a/../b?c", None)).unwrap(), "https://graph.facebook.com/v26.0/a%2F..%2Fb%3Fc/messages");
        assert_eq!(url(line("12", Some("file:///etc"))), None);
        assert_eq!(url(line("12", Some("not a url"))), None);
    }
}
