//! A customer's file, by the address that a message names: for the session it was made for, as long as they see the message.

use super::file_name::disposition;
use super::range::{Asked, asked};
use crate::problem::Problem;
use crate::state::Api;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dashoffice_domain::channel::media::KeptMedia;
use dashoffice_domain::conversation::content::{Content, Media};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{Chunks, DiskTrouble, Interrupted};
use futures_util::stream::unfold;

/// The bytes of a file, or a part of them. The address is signed and ends after ten minutes; no other sign-in is looked at.
#[utoipa::path(get, path = "/media/{token}", tag = "messages", params(("token" = String, Path)),
    responses((status = 200, description = "the file", content_type = "*/*"), (status = 206, description = "a part of it"),
        (status = 304), (status = 404), (status = 416)))]
pub(super) async fn one(
    State(api): State<Api>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let claim = api.files().read(api.store(), &token, (api.stamps().now)()).await?.ok_or(Problem::not_found())?;
    let signed = api.sessions().stands(claim.tenant, claim.session).await?.ok_or(Problem::not_found())?;
    let shown = api.store().message(signed.scope, signed.visibility(), claim.message).await?;
    let view = shown.what.filter(|view| view.revoked_at.is_none()).ok_or(Problem::not_found())?;
    let file = view.media.and_then(|media| media.file).ok_or(Problem::not_found())?;
    let Content::Media(media) = &view.row.content else { return Err(Problem::not_found()) };

    let size = file.size_bytes.cast_unsigned();
    let etag = format!("\"{}\"", file.sha256);
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, head(&etag)).into_response());
    }
    let (status, first, length) = match asked(&headers, size, &etag) {
        Asked::Whole => (StatusCode::OK, 0, size),
        Asked::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Asked::Nowhere => {
            let mut refused = Problem::range_not_satisfiable().into_response();
            refused.headers_mut().extend(head(&etag));
            refused.headers_mut().insert(CONTENT_RANGE, text(format!("bytes */{size}")));
            return Ok(refused);
        }
    };
    let open = api.files().kept().open(claim.tenant, file.sha256, first).await.map_err(|error| away(&error))?;
    let Some(open) = open.filter(|open| open.size_bytes == size) else {
        tracing::error!(message.id = %claim.message, "a file that is said to be here is not, or not whole");
        return Err(Problem::not_found());
    };
    let mut response = (status, head(&etag), Body::from_stream(pieces(open.chunks, length))).into_response();
    let headers = response.headers_mut();
    about(headers, media, claim.message, &file);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(CONTENT_RANGE, text(format!("bytes {first}-{}/{size}", first + length - 1)));
    }
    Ok(response)
}

/// What goes with every answer: it is this reader's, and a browser takes our word for what it is.
fn head(etag: &str) -> [(HeaderName, HeaderValue); 5] {
    [
        (ETAG, text(etag.to_owned())),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (CACHE_CONTROL, HeaderValue::from_static("private, max-age=600")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
    ]
}

fn about(headers: &mut HeaderMap, media: &Media, message: MessageId, file: &KeptMedia) {
    headers.insert(CONTENT_TYPE, text(file.mime_type.clone()));
    headers.insert(CONTENT_DISPOSITION, text(disposition(media, message, &file.mime_type)));
    // Whatever it is after all, it runs nothing. The browser's own reader of PDF needs to run.
    if file.mime_type != "application/pdf" {
        let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
        headers.insert(HeaderName::from_static("content-security-policy"), policy);
    }
}

fn text(value: String) -> HeaderValue {
    HeaderValue::try_from(value).expect("what is put in a header here is printable ASCII")
}

fn away(trouble: &DiskTrouble) -> Problem {
    tracing::error!(error = %trouble, "a file could not be read");
    Problem::unavailable(5)
}

/// At most `length` bytes, as they are read.
fn pieces(
    chunks: Box<dyn Chunks>,
    length: u64,
) -> impl futures_util::Stream<Item = Result<Bytes, Interrupted>> + Send + 'static {
    unfold((chunks, length), |(mut chunks, left)| async move {
        if left == 0 {
            return None;
        }
        match chunks.next().await {
            Ok(Some(mut piece)) => {
                piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - piece.len() as u64;
                Some((Ok(Bytes::from(piece)), (chunks, left)))
            }
            Ok(None) => Some((Err(Interrupted("it is shorter than it was".to_owned())), (chunks, 0))),
            Err(interrupted) => Some((Err(interrupted), (chunks, 0))),
        }
    })
}
