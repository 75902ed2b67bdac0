//! Opening a database: permissions, durability, tables up to date, and then the writer (A11).

use super::{Inner, Store};
use crate::Clock;
use crate::Fixed;
use crate::StoreSettings;
use crate::ownership::{Lease, LeaseTimes, OwnershipState, TakenError, lock};
use crate::sql::{
    Error, LAST_CHECKPOINT, LONGEST_LOG, PAGE, Pool, Purpose, RawReaders, Readers, SchemaError, Source, SqlLedger,
    Unfit, migrate, session,
};
use crate::views::ReadCache;
use crate::writer;
use dashoffice_domain::ports::Secret;
use dashoffice_runtime::Settings;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// Where to keep everything.
#[derive(Clone, Debug)]
pub enum Config {
    /// A directory of our own; it is made if it is not there.
    Sqlite {
        data_dir: PathBuf,
    },
    Postgres {
        url: Secret,
        lease: LeaseTimes,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Taken(#[from] TakenError),
    #[error("cannot prepare the data directory {}", path.display())]
    Directory { path: PathBuf, source: std::io::Error },
    #[error("what is acknowledged would not be kept: {0}")]
    NotDurable(String),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The address is not shown: it may hold a password.
    #[error("the database's address cannot be read")]
    Address,
    #[error("cannot open the database")]
    Database(#[from] Error),
    /// A pooler, or the server itself, gives no sessions that we could use.
    #[error(transparent)]
    Unfit(Unfit),
    #[error("cannot start the lease's thread")]
    Lease(#[source] std::io::Error),
    #[error("cannot start the writer's thread")]
    Writer(#[source] std::io::Error),
}

impl From<Unfit> for OpenError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Database(error) => Self::Database(error),
            unfit => Self::Unfit(unfit),
        }
    }
}

/// Readers at once, beside the writer.
const READERS: u32 = 4;
const POSTGRES_READERS: u32 = 8;
/// The statements of a batch come in a few sizes each; all of them stay prepared.
const STATEMENTS: usize = 512;

impl Store {
    /// Opens the store without owning it: it can be read, and [`Store::own`] comes next. `instance` is fresh at each
    /// start of a process; `clock` says what time it is.
    pub async fn open(config: Config, instance: Uuid, clock: Clock) -> Result<Self, OpenError> {
        Self::open_with(config, StoreSettings::default(), instance, clock).await
    }

    /// The same, with numbers of an operator's.
    pub async fn open_with(
        config: Config,
        settings: StoreSettings,
        instance: Uuid,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        match config {
            Config::Sqlite { data_dir } => Self::open_sqlite(&data_dir, settings, instance, clock).await,
            Config::Postgres { url, lease } => Self::open_postgres(&url, lease, settings, instance, clock).await,
        }
    }

    async fn open_sqlite(
        data_dir: &Path,
        settings: StoreSettings,
        instance: Uuid,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let file = data_dir.join("dashoffice.db");
        let prepared = prepare_directory(data_dir, &file);
        prepared.map_err(|source| OpenError::Directory { path: data_dir.to_owned(), source })?;
        let lock = lock(data_dir).await?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .page_size(PAGE)
            .pragma("wal_autocheckpoint", LAST_CHECKPOINT.to_string())
            .pragma("journal_size_limit", LONGEST_LOG.to_string())
            .statement_cache_capacity(STATEMENTS);
        // For starting up and for checkpoints; the writer has one of its own.
        let writes = Pool::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?);
        check_sqlite(&writes).await?;
        migrate(&writes).await?;
        let reads = Pool::Raw(RawReaders::of(&file, READERS));
        super::checkpoint::start(&writes, &file);
        let standing = Arc::new(OwnershipState::new());
        let source = Source::File(file);
        let ledger = SqlLedger::new(source, instance, standing.clone(), clock.clone(), settings.retention);
        let writer = writer::start_on_a_thread(ledger, clock, settings.admission).map_err(OpenError::Writer)?;
        let (fixed, lock, last_term) = (Settings::new(Fixed::default()), Mutex::new(Some(lock)), AtomicI64::new(0));
        let inner = Inner {
            reads,
            writes,
            writer,
            standing,
            instance,
            last_term,
            fixed,
            lease: None,
            lock,
            who: ReadCache::default(),
            administering: tokio::sync::Mutex::default(),
            administering_low: tokio::sync::Mutex::default(),
            progress: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    async fn open_postgres(
        url: &Secret,
        times: LeaseTimes,
        settings: StoreSettings,
        instance: Uuid,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let options = session::plain(&url.0).map_err(|_| OpenError::Address)?;
        let options = options.application_name("dashoffice").statement_cache_capacity(STATEMENTS);
        session::is_ours_alone(&options).await?;
        for purpose in [Purpose::Owning, Purpose::Reading] {
            session::has_settings(&options, purpose).await?;
        }
        let writes = Pool::Postgres(session::pool(2, Purpose::Owning).connect_with(options.clone()).await?);
        check_postgres(&writes).await?;
        migrate(&writes).await?;
        let reads = session::pool(POSTGRES_READERS, Purpose::Reading).connect_lazy_with(options.clone());
        let reads = Pool::Readers(Readers::of(reads));
        let standing = Arc::new(OwnershipState::new());
        let lease = Lease::start(options, times, instance, standing.clone()).map_err(OpenError::Lease)?;
        let grew = Arc::<Notify>::default();
        super::statistics::start(&writes, &grew);
        let (source, retention) = (Source::Pool { pool: writes.clone(), grew }, settings.retention);
        let ledger = SqlLedger::new(source, instance, standing.clone(), clock.clone(), retention);
        let writer = writer::start(ledger, clock, settings.admission);
        let (fixed, lock, last_term) = (Settings::new(Fixed::default()), Mutex::new(None), AtomicI64::new(0));
        let inner = Inner {
            reads,
            writes,
            writer,
            standing,
            instance,
            last_term,
            fixed,
            lease: Some(lease),
            lock,
            who: ReadCache::default(),
            administering: tokio::sync::Mutex::default(),
            administering_low: tokio::sync::Mutex::default(),
            progress: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

/// Nobody but us reads customers' words.
fn prepare_directory(data_dir: &Path, file: &Path) -> std::io::Result<()> {
    if !data_dir.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    }
    std::fs::set_permissions(data_dir, std::fs::Permissions::from_mode(0o700))?;
    // SQLite gives its log the permissions of the database, so the file is made before SQLite makes it.
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(file)?;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

async fn check_sqlite(pool: &Pool) -> Result<(), OpenError> {
    let mut db = pool.acquire().await?;
    let mode = db.row("PRAGMA journal_mode", Vec::new()).await?.map(|row| row.columns().text()).transpose()?;
    let synchronous = db.row("PRAGMA synchronous", Vec::new()).await?.map(|row| row.columns().int()).transpose()?;
    match (mode.as_deref(), synchronous) {
        (Some("wal"), Some(2)) => Ok(()),
        found => Err(OpenError::NotDurable(format!("journal_mode and synchronous are {found:?}, not wal and 2"))),
    }
}

async fn check_postgres(pool: &Pool) -> Result<(), OpenError> {
    let mut db = pool.acquire().await?;
    for (setting, bad) in [("fsync", "off"), ("synchronous_commit", "off")] {
        let sql = format!("SELECT current_setting('{setting}')");
        let value = db.row(sql, Vec::new()).await?.map(|row| row.columns().text()).transpose()?;
        if value.as_deref().is_none_or(|value| value == bad) {
            return Err(OpenError::NotDurable(format!("PostgreSQL runs with {setting} = {value:?}")));
        }
    }
    Ok(())
}
