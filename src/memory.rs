//! Keeps the process as small as what it holds: pages that were needed once go back to the system.

use dashoffice_runtime::task;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long what was freed may stay ours; giving back costs a few system calls.
const BETWEEN_RETURNS: Duration = Duration::from_secs(30);

/// Small pages only: with huge ones a few kilobytes in use hold two megabytes. Called first of all.
///
/// Where the kernel knows no such switch (before Linux 3.15, or forbidden) nothing is lost but memory.
pub(crate) fn in_small_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Gives back what was freed, again and again: the allocator looks for it when a thread ends, and at rest none would.
pub(crate) fn given_back() {
    task::spawn("memory", async {
        loop {
            tokio::time::sleep(BETWEEN_RETURNS).await;
            // Without a thread to spare there are worse troubles.
            let _ = std::thread::Builder::new().name("memory".to_owned()).spawn(|| ());
        }
    });
}
