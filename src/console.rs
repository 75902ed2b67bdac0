//! The console's files, embedded into this binary. A debug build reads them from `web/dist` as they are asked for.

use dashoffice_api::ConsoleFile;
use rust_embed::RustEmbed;

/// What `npm run build` made; empty where nobody has run it.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// The file of a name, with what its answer says of it.
pub(crate) fn file(name: &str) -> Option<ConsoleFile> {
    let file = Files::get(name)?;
    let kind = file.metadata.mimetype().to_owned();
    Some(ConsoleFile { bytes: file.data, kind, sha256: file.metadata.sha256_hash() })
}
