//! Files: every media id has one, the same bytes each time.

use super::error::GraphError;
use super::{World, authorize};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const KIND: &str = "image/bmp";
/// A square of one colour, this many pixels wide.
const WIDTH: u8 = 16;
const HEADER: u8 = 54;

/// What Graph says of a media id: where it is, and how to check it.
pub(super) async fn describe(
    State(world): State<Arc<World>>,
    Path((_, media)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, GraphError> {
    authorize(&world, &headers)?;
    let bytes = picture(&media);
    Ok(Json(json!({
        "messaging_product": "whatsapp",
        "url": format!("http://{}/media/file/{media}", world.config.listen),
        "mime_type": KIND,
        "sha256": hex::encode(Sha256::digest(&bytes)),
        "file_size": bytes.len(),
        "id": media,
    })))
}

/// The bytes, for whoever shows the token.
pub(super) async fn download(
    State(world): State<Arc<World>>,
    Path(media): Path<String>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorize(&world, &headers)?;
    Ok(([(CONTENT_TYPE, KIND)], picture(&media)).into_response())
}

/// A bitmap whose colour follows from the id.
fn picture(media: &str) -> Vec<u8> {
    let colour: [u8; 32] = Sha256::digest(media.as_bytes()).into();
    let pixels = usize::from(WIDTH) * usize::from(WIDTH);
    let size = usize::from(HEADER) + pixels * 3;
    let mut file = Vec::with_capacity(size);
    file.extend_from_slice(b"BM");
    file.extend_from_slice(&(size as u32).to_le_bytes());
    for word in [0, u32::from(HEADER), 40, u32::from(WIDTH), u32::from(WIDTH)] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    // One plane of 24 bits, not compressed; the rest may be nothing.
    file.extend_from_slice(&[1, 0, 24, 0]);
    file.resize(usize::from(HEADER), 0);
    for _ in 0..pixels {
        file.extend_from_slice(&colour[..3]);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_bitmap_and_always_the_same() {
        let file = picture("1");
        assert_eq!(file, picture("1"));
        assert_ne!(file, picture("2"));
        assert_eq!((file.len(), &file[..2], file[10], file[14]), (54 + 16 * 16 * 3, b"BM".as_slice(), 54, 40));
    }
}
