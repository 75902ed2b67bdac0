//! Whether a file that came may be kept, what it is kept as, and whether a browser may show it where it is.

use super::sniff::{Family, Found, sniff};
use super::{FileHash, MediaFailure};
use crate::conversation::content::MediaKind;
use crate::ports::Came;

/// What the provider said of a file before its bytes came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    pub mime_type: Option<String>,
    /// All of them must be those of the bytes.
    pub sha256: Vec<FileHash>,
    pub size_bytes: Option<u64>,
}

/// Why a file that came whole is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Not what was announced: the next time may bring it.
    OtherBytes,
    /// It will be no better the next time.
    NotAllowed,
}

impl From<Unfit> for MediaFailure {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::OtherBytes => Self::OtherBytes,
            Unfit::NotAllowed => Self::NotAllowed,
        }
    }
}

const UNKNOWN: &str = "application/octet-stream";

/// The type a file is kept as, or why it is not.
///
/// What somebody calls a picture and is a page, a program or a document is not taken; what nobody can name is kept as bytes.
pub fn fit(kind: MediaKind, announced: &Announced, came: &Came) -> Result<String, Unfit> {
    let other_hash = announced.sha256.iter().any(|hash| *hash != came.sha256);
    let other_size = announced.size_bytes.is_some_and(|size| size != came.size_bytes);
    if other_hash || other_size {
        return Err(Unfit::OtherBytes);
    }
    let Some(found) = sniff(&came.head) else {
        return Ok(if kind == MediaKind::Document { harmless(announced) } else { UNKNOWN.to_owned() });
    };
    match (kind, found.family) {
        (_, Family::Program) => Err(Unfit::NotAllowed),
        (MediaKind::Image | MediaKind::Sticker, Family::Image) => Ok(found.mime_type.to_owned()),
        // A film's container with sound alone in it.
        (MediaKind::Audio, Family::Video) => Ok(found.mime_type.replacen("video/", "audio/", 1)),
        (MediaKind::Audio, Family::Audio) => Ok(found.mime_type.to_owned()),
        // What WhatsApp shows as a moving picture may be a picture.
        (MediaKind::Video, Family::Video | Family::Image | Family::Matroska) => Ok(found.mime_type.to_owned()),
        (MediaKind::Audio, Family::Matroska) => Ok(found.mime_type.replacen("video/", "audio/", 1)),
        (MediaKind::Document, _) => Ok(as_document(found, announced)),
        _ => Err(Unfit::NotAllowed),
    }
}

fn as_document(found: Found, announced: &Announced) -> String {
    match found.family {
        Family::Archive => harmless(announced),
        Family::Markup => UNKNOWN.to_owned(),
        _ => found.mime_type.to_owned(),
    }
}

/// The announced type, where a browser does nothing with it but save it.
fn harmless(announced: &Announced) -> String {
    const SAVED: [&str; 6] =
        ["application/vnd.", "application/msword", "application/zip", "application/x-", "text/plain", "text/csv"];
    let named = announced.mime_type.as_deref().unwrap_or_default();
    let named = named.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_plain = named.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.+-_".contains(&byte));
    let runs = ["xml", "html", "script"].iter().any(|word| named.ends_with(word));
    let saved = is_plain && !runs && named.len() <= 127 && SAVED.iter().any(|begins| named.starts_with(begins));
    if saved { named } else { UNKNOWN.to_owned() }
}

/// Whether a file of this type, which we found it to be ourselves, may be shown where it stands. All else is only saved.
pub fn is_shown(mime_type: &str) -> bool {
    const SHOWN: [&str; 18] = [
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/bmp",
        "image/avif",
        "audio/ogg",
        "audio/amr",
        "audio/mpeg",
        "audio/mp4",
        "audio/3gpp",
        "audio/aac",
        "audio/wav",
        "audio/webm",
        "video/mp4",
        "video/3gpp",
        "video/webm",
        "application/pdf",
    ];
    SHOWN.contains(&mime_type)
}
