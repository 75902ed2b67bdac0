//! The answerer: picks waiting chats up and replies by itself, through the same handle as everybody. The demo's agents stand on it.
//!
//! Each answer's command and message ids are derived from the message that is answered, so that a crash between two words never
//! makes it say them twice.

mod actor;

use crate::conversation::Conversations;
use crate::feed::Heard;
use actor::AnswererActor;
use dashoffice_domain::ids::{AgentId, TenantId};
use dashoffice_domain::ports::TenantReads;
use dashoffice_runtime::{Ids, Station, StationSnapshot};
use std::sync::Arc;
use std::time::Duration;

/// What an answerer works with.
#[derive(Clone)]
pub struct AnswererParts {
    pub reads: Arc<dyn TenantReads>,
    pub conversations: Conversations,
    pub ids: Arc<Ids>,
    /// As whom it answers; chats are shared out among them.
    pub agents: Vec<AgentId>,
    /// What it says.
    pub words: String,
}

/// One tenant's answerer.
#[derive(Clone)]
pub struct Answerer {
    tenant: TenantId,
    station: Station<AnswererActor>,
}

impl Answerer {
    pub async fn start(parts: AnswererParts) -> Result<Self, ractor::SpawnErr> {
        let tenant = parts.reads.tenant();
        let ids = Arc::clone(&parts.ids);
        let station = Station::start("answerer", ids, move || (AnswererActor, parts.clone())).await?;
        Ok(Self { tenant, station })
    }

    /// Something was committed: perhaps somebody wrote.
    pub fn hear(&self, heard: &Heard) {
        if let Heard::Batch(batch) = heard
            && batch.tenant == self.tenant.0
            && let Some(told) = actor::of_interest(batch)
        {
            // Nobody there: whoever comes next looks who waits.
            let _ = self.station.send(told);
        }
    }

    pub fn inspect(&self) -> StationSnapshot {
        self.station.inspect()
    }

    pub async fn drain(&self, within: Duration) {
        self.station.drain(within).await;
    }

    pub fn crash(&self) {
        self.station.crash();
    }
}
