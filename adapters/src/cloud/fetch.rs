//! Brings a file that a customer sent: asks Meta where it is, which holds for five minutes, and goes there at once (A9).

use super::CloudConfig;
use super::error::{self, Then};
use super::patience::asked;
use crate::lenient_json::Node;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dashoffice_domain::Span;
use dashoffice_domain::channel::media::{Announced, FileHash, WantedMedia};
use dashoffice_domain::ports::{BoxFuture, ChannelCredentials, Chunks, Fetching, Interrupted};
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;
use std::time::Duration;

/// More than Meta ever says of a file.
const LONGEST_ANSWER: usize = 64 * 1024;
const A_MOMENT: Span = Span::seconds(1);
/// Where Meta keeps files; nobody else is shown the token.
const HOUSES: [&str; 4] = ["fbsbx.com", "facebook.com", "fbcdn.net", "whatsapp.net"];

/// Where a file is, and what it will be.
struct Place {
    url: Url,
    announced: Announced,
}

pub(super) async fn fetch(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    wanted: &WantedMedia,
) -> Fetching {
    let place = match place(client, config, line, wanted).await {
        Ok(place) => place,
        Err(otherwise) => return otherwise,
    };
    let download = client
        .get(place.url)
        .bearer_auth(&line.access_token.0)
        .timeout(Duration::from_millis(config.fetch_timeout_ms))
        .send();
    let stall = Duration::from_millis(config.stall_timeout_ms);
    let Ok(Ok(response)) = tokio::time::timeout(stall, download).await else {
        return away(None, "the files of WhatsApp could not be reached");
    };
    match response.status() {
        StatusCode::OK => Fetching::Comes { announced: place.announced, chunks: Box::new(Body { response, stall }) },
        // An address lives for five minutes, and is asked anew each time: this is the token's trouble, or a moment's.
        status if status == StatusCode::NOT_FOUND || is_permission(status) => {
            stopped("the address of the file is not open to this number")
        }
        status if passes(status) => away(asked(response.headers()), "the files of WhatsApp are not given out now"),
        status => Fetching::Failed { reason: format!("the address of the file answered {}", status.as_u16()) },
    }
}

async fn place(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    wanted: &WantedMedia,
) -> Result<Place, Fetching> {
    let failed = |reason: &str| Fetching::Failed { reason: reason.to_owned() };
    let base = line.api_base.as_deref().unwrap_or(&config.api_base);
    let base = Url::parse(base).map_err(|_| stopped("the number's address is not a URL"))?;
    let mut announced = Announced {
        mime_type: wanted.declared_mime.clone(),
        sha256: wanted.declared_sha256.as_deref().and_then(hash).into_iter().collect(),
        size_bytes: None,
    };
    let address = match (&wanted.source.provider_media_id, &wanted.source.link) {
        (Some(id), _) => {
            let answer = describe(client, config, line, &base, id).await?;
            let answer = Node::of(&answer);
            announced.mime_type = answer.get("mime_type").filled().or(announced.mime_type);
            announced.sha256.extend(answer.get("sha256").filled().as_deref().and_then(hash));
            announced.size_bytes = answer.get("file_size").integer().and_then(|size| u64::try_from(size).ok());
            answer.get("url").filled().ok_or_else(|| failed("the answer names no address"))?
        }
        (None, Some(link)) => link.clone(),
        (None, None) => return Err(Fetching::Gone { reason: "the message names no file".to_owned() }),
    };
    let url = Url::parse(&address).map_err(|_| failed("the address of the file is not a URL"))?;
    if !is_shown_the_token(&url, &base) {
        return Err(failed("the file is said to be where WhatsApp keeps none"));
    }
    Ok(Place { url, announced })
}

/// Asks what a media id stands for.
async fn describe(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    base: &Url,
    id: &str,
) -> Result<Value, Fetching> {
    let mut url = base.clone();
    let path = [config.version.as_str(), id];
    url.path_segments_mut().map_err(|()| stopped("the number's address is not a URL"))?.pop_if_empty().extend(path);
    url.query_pairs_mut().append_pair("phone_number_id", &line.provider_ref);
    let request = client.get(url).timeout(config.post_timeout()).bearer_auth(&line.access_token.0);
    let mut response = request.send().await.map_err(|failure| {
        if failure.is_builder() {
            stopped("the number's token cannot be sent")
        } else {
            away(None, "WhatsApp could not be reached")
        }
    })?;
    let (status, wait) = (response.status(), asked(response.headers()));
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| away(None, "the answer broke off"))? {
        if answer.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Fetching::Failed { reason: "the answer never ends".to_owned() });
        }
        answer.extend_from_slice(&chunk);
    }
    let answer = serde_json::from_slice::<Value>(&answer).unwrap_or_default();
    if status == StatusCode::OK && Node::of(&answer).get("url").filled().is_some() {
        return Ok(answer);
    }
    Err(refusal(status, wait, Node::of(&answer).get("error")))
}

/// What an answer without a file means. Graph says "there is no such object" also of what the token may not see, so that no single
/// answer proves that a file is gone: it is waited for as long as Meta keeps files.
fn refusal(status: StatusCode, wait: Option<Span>, error: Node<'_>) -> Fetching {
    if status == StatusCode::GONE {
        return Fetching::Gone { reason: "WhatsApp has no file under this id".to_owned() };
    }
    let code = error.get("code").integer();
    let fault = code.map(|code| error::fault_with(code, error.get("error_subcode").integer()));
    match (fault.map(|fault| fault.then), fault.map(|fault| fault.words)) {
        (Some(Then::Again { after } | Then::Slow { after }), Some(words)) => {
            away(Some(wait.unwrap_or(after).max(after)), words)
        }
        (Some(Then::Stop { .. }), Some(words)) => stopped(words),
        _ if status == StatusCode::NOT_FOUND => {
            stopped("WhatsApp has no file under this id, or does not let us see it")
        }
        _ if is_permission(status) => stopped("WhatsApp does not let this number have its files"),
        _ if passes(status) || error.get("is_transient").flag() => away(wait, "WhatsApp has a passing fault"),
        _ => Fetching::Failed { reason: format!("WhatsApp answered {} to the file's id", status.as_u16()) },
    }
}

fn is_permission(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

fn passes(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// Webhooks write a hash in base64, Graph in hexadecimal digits. What is neither says nothing.
fn hash(text: &str) -> Option<FileHash> {
    let text = text.trim();
    let decoded = || STANDARD.decode(text).ok()?.try_into().ok().map(FileHash);
    text.to_ascii_lowercase().parse().ok().or_else(decoded)
}

/// The server that the number speaks to, or Meta's own houses.
fn is_shown_the_token(url: &Url, base: &Url) -> bool {
    let is_of_a_house = |host: &str| {
        HOUSES.iter().any(|house| host == *house || host.strip_suffix(house).is_some_and(|rest| rest.ends_with('.')))
    };
    url.origin() == base.origin() || (url.scheme() == "https" && url.host_str().is_some_and(is_of_a_house))
}

fn away(after: Option<Span>, reason: &str) -> Fetching {
    Fetching::Away { after: after.unwrap_or(A_MOMENT), reason: reason.to_owned() }
}

fn stopped(reason: &str) -> Fetching {
    Fetching::ChannelStopped { reason: reason.to_owned() }
}

/// The bytes of a file as they come; one that stands still is given up.
struct Body {
    response: Response,
    stall: Duration,
}

impl Chunks for Body {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(async {
            loop {
                let next = tokio::time::timeout(self.stall, self.response.chunk()).await;
                let next = next.map_err(|_| Interrupted("nothing came for too long".to_owned()))?;
                match next.map_err(|_| Interrupted("the connection ended".to_owned()))? {
                    Some(chunk) if chunk.is_empty() => {}
                    chunk => return Ok(chunk.map(Vec::from)),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_token_goes_to_the_numbers_own_server_and_to_metas_houses_alone() {
        let base = Url::parse("http://127.0.0.1:9000").unwrap();
        let shown = |url: &str| is_shown_the_token(&Url::parse(url).unwrap(), &base);
        for fine in ["http://127.0.0.1:9000/media/file/1", "https://lookaside.fbsbx.com/x?y", "https://fbsbx.com/"] {
            assert!(shown(fine), "{fine}");
        }
        for not in [
            "http://127.0.0.1:9001/",
            "http://lookaside.fbsbx.com/",
            "https://evilfbsbx.com/",
            "https://fbsbx.com.evil.example/",
            "https://169.254.169.254/",
            "file:///etc/passwd",
        ] {
            assert!(!shown(not), "{not}");
        }
    }

    #[test]
    fn a_hash_is_read_as_webhooks_and_as_graph_write_it() {
        let wanted = FileHash([0xab; 32]);
        assert_eq!(hash(&"AB".repeat(32)), Some(wanted));
        assert_eq!(hash(&STANDARD.encode([0xab; 32])), Some(wanted));
        assert_eq!((hash("abc="), hash("")), (None, None));
    }

    fn meaning(status: u16, error: &Value) -> &'static str {
        match refusal(StatusCode::from_u16(status).unwrap(), None, Node::of(error)) {
            Fetching::Gone { .. } => "gone",
            Fetching::Failed { .. } => "failed",
            Fetching::Away { .. } => "away",
            Fetching::ChannelStopped { .. } => "stopped",
            Fetching::Comes { .. } => "comes",
        }
    }

    #[test]
    fn a9_permission_trouble_is_the_numbers_and_never_gives_a_file_up() {
        for (status, error) in [
            (400, json!({"code": 100, "error_subcode": 33})),
            (404, Value::Null),
            (404, json!({"code": 803})),
            (400, json!({"code": 10})),
            (403, json!({"code": 200})),
            (401, json!({"code": 190})),
            (401, Value::Null),
            (403, Value::Null),
        ] {
            assert_eq!(meaning(status, &error), "stopped", "{status} {error}");
        }
    }

    #[test]
    fn a9_weather_is_told_from_what_will_never_be_better() {
        for (status, error, wanted) in [
            (410, Value::Null, "gone"),
            (400, json!({"code": 100}), "failed"),
            (429, json!({"code": 4}), "away"),
            (500, json!({"code": 2}), "away"),
            (502, Value::Null, "away"),
            (418, Value::Null, "failed"),
        ] {
            assert_eq!(meaning(status, &error), wanted, "{status} {error}");
        }
    }
}
