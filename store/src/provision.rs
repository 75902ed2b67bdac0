//! What an operator or a test sets up for a tenant: asking twice changes nothing.

use dashoffice_domain::ids::{AgentId, AppId, TenantId};
use dashoffice_domain::ports::{NumberRow, Secret};
use dashoffice_domain::routing::QueueSettings;

/// One thing to be there, inserted or brought up to date by its id.
#[derive(Clone, Debug)]
pub enum Provision {
    Tenant {
        id: TenantId,
        name: String,
    },
    Queue {
        tenant: TenantId,
        settings: QueueSettings,
    },
    /// An agent's place in the routing; what they chose and did is kept.
    Agent {
        tenant: TenantId,
        id: AgentId,
        capacity_units: i64,
    },
    /// `url_token` is the random part of the webhook's address, unique over all tenants.
    App {
        tenant: TenantId,
        id: AppId,
        provider: String,
        app_secret: Secret,
        verify_token: Secret,
        url_token: Secret,
    },
    Number {
        tenant: TenantId,
        app: AppId,
        number: NumberRow,
    },
}

impl Provision {
    pub const fn tenant(&self) -> TenantId {
        match self {
            Self::Tenant { id, .. } => *id,
            Self::Queue { tenant, .. }
            | Self::Agent { tenant, .. }
            | Self::App { tenant, .. }
            | Self::Number { tenant, .. } => *tenant,
        }
    }
}
