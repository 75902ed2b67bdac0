//! Projections, as an operator has them made anew, whether the running server does it or the command itself.

use anyhow::{Context, Result};
use dashoffice_store::{Store, projections};
use serde::{Deserialize, Serialize};

/// Which projection is to be made anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rebuild {
    pub(crate) name: String,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rebuilt {
    /// For how many it is made anew.
    pub(crate) tenants: usize,
}

impl Rebuild {
    /// It begins with the first event of each tenant, and goes on while a server runs.
    pub(crate) async fn order(&self, store: &Store) -> Result<Rebuilt> {
        let tenants = store.rebuild(&self.name).await?.with_context(|| {
            let names = projections().collect::<Vec<_>>().join(", ");
            format!("no projection is called {}; there are: {names}", self.name)
        })?;
        tracing::info!(projection = self.name, tenants, "an operator has a projection made anew");
        Ok(Rebuilt { tenants })
    }
}
