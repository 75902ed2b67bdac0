//! One request to Graph: where it goes, and its answer, read to its end or not believed at all.

use super::CloudConfig;
use dashoffice_domain::ports::ChannelCredentials;
use reqwest::{Response, Url};

/// `{api_base}/{version}/…`; each part is a segment of its own, whatever is in it.
pub(super) fn url(config: &CloudConfig, line: &ChannelCredentials, path: &[&str]) -> Option<Url> {
    let base = line.api_base.as_deref().unwrap_or(&config.api_base);
    let mut url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let path = std::iter::once(config.version.as_str()).chain(path.iter().copied());
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    Some(url)
}

/// The body of an answer of at most so many bytes. `None`: it broke off, or never ends, and tells nothing.
pub(super) async fn read(response: &mut Response, longest: usize) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if answer.len() + chunk.len() > longest => return None,
            Ok(Some(chunk)) => answer.extend_from_slice(&chunk),
            Ok(None) => return Some(answer),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::ports::Secret;

    fn line(api_base: Option<&str>) -> ChannelCredentials {
        ChannelCredentials {
            provider_ref: "12".to_owned(),
            access_token: Secret("t".to_owned()),
            api_base: api_base.map(str::to_owned),
            marketing_messages: false,
        }
    }

    #[test]
    fn a_number_id_cannot_lead_elsewhere() {
        let config = CloudConfig::default();
        let url = |id: &str, base| url(&config, &line(base), &[id, "messages"]).map(|url| url.to_string());
        assert_eq!(url("12", None).unwrap(), "https://graph.facebook.com/v26.0/12/messages");
        assert_eq!(url("12", Some("http://127.0.0.1:9/x/")).unwrap(), "http://127.0.0.1:9/x/v26.0/12/messages");
        assert_eq!(url("a/../b?c", None).unwrap(), "https://graph.facebook.com/v26.0/a%2F..%2Fb%3Fc/messages");
        assert_eq!(url("12", Some("file:///etc")), None);
        assert_eq!(url("12", Some("not a url")), None);
    }
}
