//! `projection …` looks after tables that are made from the journal: through the running server where one runs, else in the store itself.

use crate::configuration::Configuration;
use crate::projections::{Rebuild, Rebuilt};
use crate::serving::{Request, ask_control};
use crate::wiring::{Running, open_store};
use anyhow::{Context, Result};
use clap::Subcommand;
use dashoffice_runtime::{Clock, Ids, SystemClock};
use std::io::{Write, stdout};
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Make a projection anew from the first event on, beside all other work; the next server does it where none runs.
    Rebuild {
        /// Which one: `audit`.
        name: String,
    },
}

pub(crate) fn run(order: Order, configuration: &Configuration) -> Result<()> {
    let Order::Rebuild { name } = order;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let Rebuilt { tenants } = runtime.block_on(rebuilt(Rebuild { name: name.clone() }, configuration))?;
    let text = format!("{name} is made anew, for {tenants} tenants\n");
    stdout().write_all(text.as_bytes()).context("cannot write to standard output")
}

async fn rebuilt(rebuild: Rebuild, configuration: &Configuration) -> Result<Rebuilt> {
    crate::serving::make_data_dir(&configuration.data.dir)?;
    let request = Request::Rebuild(rebuild.clone());
    if let Some(rebuilt) = ask_control(&configuration.data.dir, &request).await? {
        return Ok(rebuilt);
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Ids::from_system(Arc::clone(&clock));
    let store = open_store(&Running::of(configuration.clone()), &clock, &ids).await?;
    store.own().await?;
    let rebuilt = rebuild.order(&store).await;
    store.close().await;
    rebuilt
}
