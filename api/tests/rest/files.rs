//! Files as a provider brings them, by what their id says.
#![expect(clippy::unwrap_used, reason = "a test that cannot make its files has failed")]

use dashoffice_domain::channel::media::{Announced, WantedMedia};
use dashoffice_domain::conversation::content::{Media, MediaKind};
use dashoffice_domain::ports::{BoxFuture, Chunks, Fetching, Interrupted};

/// A picture of 1000 bytes.
pub(crate) fn picture() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend((8..1_000).map(|place| (place % 251) as u8));
    bytes
}

pub(crate) const PAGE: &[u8] = b"<html><script>alert(1)</script>";

pub(crate) fn media(kind: MediaKind, id: &str, filename: Option<&str>) -> Media {
    Media {
        kind,
        provider_media_id: Some(id.to_owned()),
        link: None,
        mime_type: Some("image/png".to_owned()),
        sha256: None,
        caption: None,
        filename: filename.map(str::to_owned),
        voice: false,
        animated: false,
    }
}

pub(crate) fn fetched(wanted: &WantedMedia) -> Fetching {
    let bytes = match wanted.source.provider_media_id.as_deref().unwrap() {
        "picture" => picture(),
        "page" => PAGE.to_vec(),
        _ => return Fetching::Gone { reason: "as the test wants it".to_owned() },
    };
    let announced = Announced { mime_type: wanted.declared_mime.clone(), ..Announced::default() };
    Fetching::Comes { announced, chunks: Box::new(Once(Some(bytes))) }
}

/// All in one piece.
struct Once(Option<Vec<u8>>);

impl Chunks for Once {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}
