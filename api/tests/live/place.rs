//! Where a house keeps its data: each drill is run on both databases.
#![expect(clippy::unwrap_used, reason = "a test that finds no place to be has failed")]

use dashoffice_domain::ports::Secret;
use dashoffice_store::{Config, LeaseTimes};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use tempfile::TempDir;
use tokio::process::Command;

pub(crate) enum Place {
    Directory(TempDir),
    /// The address of a database of its own, and a place for files.
    Postgres(String, TempDir),
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Directory(tempfile::tempdir().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        #[expect(clippy::disallowed_methods, reason = "tests are told here where their server is")]
        let server = std::env::var("DASHOFFICE_TEST_POSTGRES");
        let server = server.expect("tests on PostgreSQL need a server: run them through scripts/with-postgres");
        let name = format!("live_{}_{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        let created = Command::new("psql").args([&server, "-qc", &format!("CREATE DATABASE {name}")]).status().await;
        assert!(created.unwrap().success(), "the server of the tests makes a database");
        let (base, _) = server.rsplit_once('/').unwrap();
        Self::Postgres(format!("{base}/{name}"), tempfile::tempdir().unwrap())
    }

    pub(crate) fn media_dir(&self) -> PathBuf {
        let (Self::Directory(dir) | Self::Postgres(_, dir)) = self;
        dir.path().join("media")
    }

    pub(crate) fn config(&self) -> Config {
        match self {
            Self::Directory(dir) => Config::Sqlite { data_dir: dir.path().to_owned() },
            Self::Postgres(url, _) => Config::Postgres { url: Secret(url.clone()), lease: LeaseTimes::default() },
        }
    }
}

/// Each drill twice.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::place::Place::sqlite()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::place::Place::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;
