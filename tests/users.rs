//! `user create`, in the store itself and through a running server.

#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn create(dir: &Path, more: &[&str], password: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashoffice"));
    command.arg("--data-dir").arg(dir).args(["user", "create", "--email", "Ana@Example.com", "--name", "Ana"]);
    command.args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_user_needs_a_tenant_and_a_password_that_is_not_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let short = create(dir.path(), &["--role", "agent", "--password-stdin"], "short");
    assert!(!short.status.success());
    assert!(String::from_utf8_lossy(&short.stderr).contains("at least 10 characters"));
    let nowhere = create(dir.path(), &["--role", "agent"], "");
    assert!(!nowhere.status.success());
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no such tenant"));
    assert!(!String::from_utf8_lossy(&nowhere.stdout).contains("password"), "none is told where nobody was created");
}
