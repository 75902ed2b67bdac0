//! What is in the folder is whole, wanted, on disk, and the tenant's alone.

use super::*;
use dashoffice_domain::channel::media::Unfit;
use std::os::unix::fs::PermissionsExt as _;
use uuid::Uuid;

const OURS: TenantId = TenantId(Uuid::from_u128(1));
const THEIRS: TenantId = TenantId(Uuid::from_u128(2));

/// These pieces, and then an end or an interruption.
struct Said(Vec<Result<Vec<u8>, Interrupted>>);

impl Chunks for Said {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>> {
        let next = if self.0.is_empty() { None } else { Some(self.0.remove(0)) };
        Box::pin(std::future::ready(next.transpose()))
    }
}

fn pieces(all: &[&[u8]]) -> Box<dyn Chunks> {
    Box::new(Said(all.iter().map(|piece| Ok(piece.to_vec())).collect()))
}

fn any() -> Accept {
    Box::new(|_| Ok(()))
}

async fn read(folder: &MediaFolder, tenant: TenantId, file: FileHash, from: u64) -> Option<Vec<u8>> {
    let mut open = folder.open(tenant, file, from).await.unwrap()?;
    let mut all = Vec::new();
    while let Some(piece) = open.chunks.next().await.unwrap() {
        all.extend(piece);
    }
    assert_eq!(open.size_bytes, from + all.len() as u64);
    Some(all)
}

/// Every file below, with its permissions.
fn files(below: &Path) -> Vec<(PathBuf, u32)> {
    let Ok(entries) = std::fs::read_dir(below) else { return Vec::new() };
    entries
        .flat_map(|entry| {
            let (path, metadata) = entry.map(|entry| (entry.path(), entry.metadata().unwrap())).unwrap();
            if metadata.is_dir() { files(&path) } else { vec![(path, metadata.permissions().mode() & 0o777)] }
        })
        .collect()
}

#[tokio::test]
async fn a9_a_file_lies_under_the_hash_of_its_bytes_and_another_tenant_does_not_find_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = MediaFolder::new(home.path().join("media"));
    let came = folder.put(OURS, pieces(&[b"hello ", b"world"]), 11, any()).await.unwrap();
    assert_eq!((came.sha256.0.as_slice(), came.size_bytes), (Sha256::digest(b"hello world").as_slice(), 11));
    assert_eq!(came.head, b"hello world");
    assert_eq!(read(&folder, OURS, came.sha256, 0).await.unwrap(), b"hello world");
    assert_eq!(read(&folder, OURS, came.sha256, 6).await.unwrap(), b"world");
    assert_eq!(read(&folder, THEIRS, came.sha256, 0).await, None);
    let again = folder.put(OURS, pieces(&[b"hello world"]), 11, any()).await.unwrap();
    assert_eq!(again, came);
    let all = files(home.path());
    assert_eq!(all.len(), 1, "the same bytes are one file: {all:?}");
    assert_eq!(all[0].1, 0o600);
    assert_eq!(std::fs::metadata(home.path().join("media/kept")).unwrap().permissions().mode() & 0o777, 0o700);
    folder.remove(OURS, came.sha256).await.unwrap();
    folder.remove(OURS, came.sha256).await.unwrap();
    assert_eq!(read(&folder, OURS, came.sha256, 0).await, None);
}

#[tokio::test]
async fn a_file_that_is_too_large_or_unfit_or_broken_off_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let folder = MediaFolder::new(home.path());
    let large = folder.put(OURS, pieces(&[b"hello ", b"world"]), 10, any()).await;
    assert_eq!(large, Err(NotKept::TooLarge));
    let unfit = folder.put(OURS, pieces(&[b"hello"]), 10, Box::new(|_| Err(Unfit::NotAllowed))).await;
    assert_eq!(unfit, Err(NotKept::Unfit(Unfit::NotAllowed)));
    let broken = vec![Ok(b"hel".to_vec()), Err(Interrupted("it ended".to_owned()))];
    let broken = folder.put(OURS, Box::new(Said(broken)), 10, any()).await;
    assert_eq!(broken, Err(NotKept::Interrupted(Interrupted("it ended".to_owned()))));
    assert_eq!(files(home.path()), []);
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_swept_and_what_is_whole_stays() {
    let home = tempfile::tempdir().unwrap();
    let folder = MediaFolder::new(home.path());
    folder.sweep().await.unwrap();
    let came = folder.put(OURS, pieces(&[b"whole"]), 10, any()).await.unwrap();
    std::fs::write(home.path().join("coming/1-1"), "hal").unwrap();
    folder.sweep().await.unwrap();
    assert_eq!(files(home.path()).len(), 1);
    assert_eq!(read(&folder, OURS, came.sha256, 0).await.unwrap(), b"whole");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_trouble_with_the_disk() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("media"), "a file where the folder should be").unwrap();
    let folder = MediaFolder::new(home.path().join("media"));
    let put = folder.put(OURS, pieces(&[b"hello"]), 10, any()).await;
    assert!(matches!(put, Err(NotKept::Disk(_))), "{put:?}");
}
