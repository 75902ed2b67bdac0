//! The console's files, which the binary carries: one page, its assets for ever, and nothing inline (docs/api-design.md, section 10).

use crate::problem::Problem;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use std::fmt;

/// The console's file of a name; none at all where the console was not built.
pub type ConsoleFiles = fn(&str) -> Option<ConsoleFile>;

/// A file of the console, handed in by whoever carries it: a new console compiles none of the api anew.
#[derive(Clone)]
pub struct ConsoleFile {
    pub bytes: Cow<'static, [u8]>,
    /// As `Content-Type` says it.
    pub kind: String,
    pub sha256: [u8; 32],
}

impl fmt::Debug for ConsoleFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConsoleFile({}, {} bytes)", self.kind, self.bytes.len())
    }
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
                      worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Paths that are the server's own: nothing there is ever a page.
const OURS: [&str; 5] = ["/api", "/webhooks", "/healthz", "/readyz", "/metrics"];

/// Answers every path that no route has: a file, a page of the console, or a problem.
pub(crate) fn console(files: ConsoleFiles, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
    let path = uri.path();
    if OURS.iter().any(|own| path == *own || path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/'))) {
        return Problem::not_found().into_response();
    }
    if *method != Method::GET && *method != Method::HEAD {
        return ([(ALLOW, "GET, HEAD")], Problem::method_not_allowed()).into_response();
    }
    match find(path, files) {
        Found::File { name, file } => answer(&name, file, files, headers),
        Found::Nothing => Problem::not_found().into_response(),
        Found::NotBuilt => not_built(),
    }
}

enum Found<F> {
    File { name: String, file: F },
    Nothing,
    NotBuilt,
}

/// The file of a path, or the one page for whatever is a page's address.
fn find<F>(path: &str, get: impl Fn(&str) -> Option<F>) -> Found<F> {
    let name = path.trim_start_matches('/');
    let is_compressed_twin = std::path::Path::new(name).extension().is_some_and(|extension| extension == "gz");
    if !name.is_empty()
        && !is_compressed_twin
        && let Some(file) = get(name)
    {
        return Found::File { name: name.to_owned(), file };
    }
    if name.starts_with("assets/") {
        return Found::Nothing;
    }
    match get("index.html") {
        Some(file) => Found::File { name: "index.html".to_owned(), file },
        None => Found::NotBuilt,
    }
}

fn answer(name: &str, file: ConsoleFile, files: ConsoleFiles, headers: &HeaderMap) -> Response {
    let compressed = accepts_gzip(headers).then(|| files(&format!("{name}.gz"))).flatten();
    let is_asset = name.starts_with("assets/");
    let etag = format!("\"{}\"", hex::encode(&file.sha256[..16]));
    let mut answer = Response::new(Body::empty());
    let set = answer.headers_mut();
    set.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    set.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    set.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    let lifetime = if is_asset { "public, max-age=31536000, immutable" } else { "no-cache" };
    set.insert(CACHE_CONTROL, HeaderValue::from_static(lifetime));
    if let Ok(tag) = HeaderValue::from_str(&etag) {
        set.insert(ETAG, tag);
    }
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    if let Ok(kind) = HeaderValue::from_str(&file.kind) {
        set.insert(CONTENT_TYPE, kind);
    }
    let body = match compressed {
        Some(compressed) => {
            set.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            compressed.bytes
        }
        None => file.bytes,
    };
    *answer.body_mut() = Body::from(body.into_owned());
    answer
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let refused = |part: &str| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        parts.next() == Some("gzip") && !parts.any(refused)
    })
}

fn not_built() -> Response {
    let words = "The console is not part of this build: run `make console` and build again.\n";
    (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(name: &str) -> Option<&'static str> {
        match name {
            "index.html" => Some("the page"),
            "assets/a-1.js" | "favicon.svg" | "index.html.gz" => Some("a file"),
            _ => None,
        }
    }

    fn name_of(path: &str) -> Option<String> {
        match find(path, built) {
            Found::File { name, .. } => Some(name),
            Found::Nothing | Found::NotBuilt => None,
        }
    }

    #[test]
    fn an_address_of_a_page_is_the_page_and_a_missing_asset_is_missing() {
        assert_eq!(name_of("/").as_deref(), Some("index.html"));
        assert_eq!(name_of("/inbox/0193").as_deref(), Some("index.html"));
        assert_eq!(name_of("/assets/a-1.js").as_deref(), Some("assets/a-1.js"));
        assert_eq!(name_of("/assets/a-2.js"), None);
        assert_eq!(name_of("/index.html.gz").as_deref(), Some("index.html"), "twins are never asked for by name");
    }

    fn carried(name: &str) -> Option<ConsoleFile> {
        let bytes = built(name)?.as_bytes();
        Some(ConsoleFile { bytes: bytes.into(), kind: "text/html".to_owned(), sha256: [7; 32] })
    }

    #[test]
    fn what_is_answered_is_what_was_handed_in() {
        let asks = |header: (axum::http::HeaderName, &'static str)| {
            let headers = HeaderMap::from_iter([(header.0, HeaderValue::from_static(header.1))]);
            console(carried, &Method::GET, &"/inbox".parse().unwrap(), &headers)
        };
        let answer = asks((ACCEPT_ENCODING, "gzip"));
        let tag = format!("\"{}\"", "07".repeat(16));
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip", "the twin was handed in, too");
        assert_eq!(
            (&answer.headers()[CONTENT_TYPE], &answer.headers()[CACHE_CONTROL]),
            (&"text/html".parse().unwrap(), &"no-cache".parse().unwrap())
        );
        assert_eq!(answer.headers()[ETAG], tag.as_str());
        let known = asks((IF_NONE_MATCH, "\"07070707070707070707070707070707\""));
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn without_a_build_there_is_no_page() {
        let answer = console(|_| None, &Method::GET, &"/".parse().unwrap(), &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn the_servers_own_paths_are_never_a_page() {
        for path in ["/api", "/api/v1/nothing", "/webhooks/x", "/metrics/x"] {
            let answer = console(carried, &Method::GET, &path.parse().unwrap(), &HeaderMap::new());
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json", "{path}");
        }
        let answer = console(carried, &Method::POST, &"/inbox".parse().unwrap(), &HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers()[ALLOW], "GET, HEAD");
    }

    #[test]
    fn gzip_goes_to_whoever_takes_it() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepts_gzip(&headers)
        };
        assert!(with("br, gzip") && with("gzip;q=0.5"));
        assert!(!with("br") && !with("gzip;q=0") && !accepts_gzip(&HeaderMap::new()));
    }
}
