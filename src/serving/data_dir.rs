//! The data directory: ours alone, because secrets and customers' words lie in it.

use anyhow::{Context, Result};
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Nobody but its owner reads, writes or enters.
const OURS_ALONE: u32 = 0o700;

/// Makes the directory if it is not there, and closes it to others if it was open.
pub(crate) fn make(dir: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(OURS_ALONE)
        .create(dir)
        .with_context(|| format!("cannot make the data directory {}", dir.display()))?;
    fs::set_permissions(dir, Permissions::from_mode(OURS_ALONE))
        .with_context(|| format!("cannot close the data directory {} to others", dir.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_directory_is_ours_alone_even_if_it_was_open() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("deep/data");
        make(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        make(&dir).unwrap();
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
