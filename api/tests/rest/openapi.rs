//! The description for machines is the one that is checked in, so that its changes are seen.

use crate::desk::Desk;
use std::path::Path;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_the_one_that_is_checked_in() {
    let desk = Desk::open().await;
    let described = desk.asks(None, "GET", "/api/openapi.json", None, None).await.body;
    let text = format!("{}\n", serde_json::to_string_pretty(&described).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.json");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says here that the change is meant")]
    let update = std::env::var("UPDATE").is_ok_and(|update| update == "1");
    if update {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "openapi.json is out of date: run this test with UPDATE=1 and look at the difference");
}
