//! `migrate` brings the tables up to date and ends: what `serve` does first, for those who want it apart.

use crate::configuration::Configuration;
use crate::wiring::{Running, open_store};
use anyhow::{Context, Result};
use dashoffice_runtime::{Clock, Ids, SystemClock};
use std::io::{Write, stdout};
use std::sync::Arc;

pub(crate) fn run(configuration: &Configuration) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(async {
        crate::serving::make_data_dir(&configuration.data.dir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids = Ids::from_system(Arc::clone(&clock));
        let store = open_store(&Running::of(configuration.clone()), &clock, &ids).await?;
        store.close().await;
        Ok::<(), anyhow::Error>(())
    })?;
    stdout().write_all(b"the tables are up to date\n").context("cannot write to standard output")
}
