//! Whether files changed, without reading them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// What files looked like at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look(Vec<(PathBuf, Option<Face>)>);

/// Which file it is, its size, and when content and name last changed.
type Face = (u64, u64, u64, (i64, i64), (i64, i64));

impl Look {
    /// Links are followed to their end. What is not there looks like nothing.
    pub(crate) async fn at(files: Vec<PathBuf>) -> Self {
        let looked = spawn_blocking(|| Self(files.into_iter().map(|file| (file.clone(), face(&file))).collect()));
        looked.await.expect("looking does not panic, and blocking work is not aborted")
    }

    /// Whether it is of these files.
    pub(crate) fn is_of(&self, files: &[PathBuf]) -> bool {
        self.0.iter().map(|(file, _)| file).eq(files)
    }
}

fn face(file: &Path) -> Option<Face> {
    let met = fs::metadata(file).ok()?;
    Some((met.dev(), met.ino(), met.size(), (met.mtime(), met.mtime_nsec()), (met.ctime(), met.ctime_nsec())))
}

/// What was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// At the last reading; `None`: nothing was read, or it changed meanwhile.
    taken: Option<Look>,
    /// A change that was seen once.
    unsettled: Option<Look>,
}

impl Looks {
    /// Whether this differs from what was read, and has stood still since the look before. The first is one.
    pub(crate) fn is_settled_change(&mut self, look: &Look) -> bool {
        let Some(taken) = &self.taken else { return true };
        if taken == look {
            self.unsettled = None;
            return false;
        }
        self.unsettled.replace(look.clone()).as_ref() == Some(look)
    }

    /// Everything was read between these two looks.
    pub(crate) fn took(&mut self, before: &Look, after: Look) {
        self.taken = (*before == after).then_some(after);
        self.unsettled = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    async fn look(file: &Path) -> Look {
        Look::at(vec![file.to_owned()]).await
    }

    #[tokio::test]
    async fn e5_a_file_written_in_place_moved_over_or_reached_by_another_link_looks_different() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let mut seen = vec![look(&at("file")).await];
        fs::write(at("file"), "one").unwrap();
        seen.push(look(&at("file")).await);
        assert_eq!(seen[1], look(&at("file")).await);
        fs::write(at("file"), "longer").unwrap();
        seen.push(look(&at("file")).await);
        fs::write(at("new"), "moved!").unwrap();
        fs::rename(at("new"), at("file")).unwrap();
        seen.push(look(&at("file")).await);
        // As Kubernetes mounts a ConfigMap: the file is a link into a directory that is a link itself.
        fs::remove_file(at("file")).unwrap();
        for version in ["v1", "v2"] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("file"), "moved!").unwrap();
        }
        symlink("data/file", at("file")).unwrap();
        for version in ["v1", "v2"] {
            symlink(version, at("link")).unwrap();
            fs::rename(at("link"), at("data")).unwrap();
            seen.push(look(&at("file")).await);
        }
        for (n, one) in seen.iter().enumerate() {
            assert!(seen[n + 1..].iter().all(|other| other != one), "{n}: {seen:?}");
        }
    }

    #[test]
    fn e5_a_change_counts_once_it_stands_still() {
        let face = |size| Look(vec![(PathBuf::from("a"), Some((0, 0, size, (0, 0), (0, 0))))]);
        let mut looks = Looks::default();
        assert!(looks.is_settled_change(&face(1)), "nothing was read yet");
        looks.took(&face(1), face(1));
        assert!(!looks.is_settled_change(&face(1)));
        assert!(!looks.is_settled_change(&face(2)), "seen for the first time");
        assert!(!looks.is_settled_change(&face(3)), "still being written");
        assert!(looks.is_settled_change(&face(3)));
        looks.took(&face(3), face(4));
        assert!(looks.is_settled_change(&face(4)), "it changed while it was read");
        looks.took(&face(4), face(4));
        assert!(!looks.is_settled_change(&face(5)) && !looks.is_settled_change(&face(4)), "changed back");
    }
}
