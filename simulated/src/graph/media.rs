//! Files: every media id has one, and an address of it that holds for five minutes.

use super::error::GraphError;
use super::{World, authorize};
use crate::clock::now_us;
use crate::files::file;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// More than anybody takes, in bytes.
const TOO_LARGE: usize = 2_000_000_000;

/// What Graph says of a media id: where it is, and how to check it.
pub(super) async fn describe(
    State(world): State<Arc<World>>,
    Path((_, media)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, GraphError> {
    authorize(&world, &headers)?;
    let faults = world.faults();
    if world.graph_chance.happens(faults.media_missing) {
        return Err(GraphError::no_such_object());
    }
    if world.graph_chance.happens(faults.media_error_500) {
        return Err(GraphError::passing());
    }
    let file = file(&media);
    let too_large = world.graph_chance.happens(faults.media_too_large);
    let until = now_us() / 1_000_000 + world.config.media_url_lives_s.cast_signed();
    Ok(Json(json!({
        "messaging_product": "whatsapp",
        "url": format!("http://{}/media/file/{media}?until={until}", world.config.listen),
        "mime_type": file.mime_type,
        "sha256": hex::encode(Sha256::digest(&file.bytes)),
        "file_size": if too_large { TOO_LARGE } else { file.bytes.len() },
        "id": media,
    })))
}

#[derive(Deserialize)]
pub(super) struct Address {
    /// Seconds since 1970.
    until: i64,
}

/// The bytes, for whoever shows the token in time.
pub(super) async fn download(
    State(world): State<Arc<World>>,
    Path(media): Path<String>,
    Query(address): Query<Address>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorize(&world, &headers)?;
    if now_us() / 1_000_000 >= address.until {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let faults = world.faults();
    if world.graph_chance.happens(faults.media_slow) {
        tokio::time::sleep(Duration::from_millis(faults.media_slow_ms)).await;
    }
    let mut file = file(&media);
    if world.graph_chance.happens(faults.media_other_bytes)
        && let Some(last) = file.bytes.last_mut()
    {
        *last ^= 1;
    }
    Ok(([(CONTENT_TYPE, file.mime_type)], file.bytes).into_response())
}
