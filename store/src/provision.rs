//! What an operator or a test sets up for a tenant: asking twice changes nothing.

use dashoffice_domain::access::Role;
use dashoffice_domain::ids::{AgentId, AppId, QueueId, SessionId, TenantId, UserId};
use dashoffice_domain::ports::{NumberRow, Secret};
use dashoffice_domain::routing::QueueSettings;

/// One thing to be there, inserted or brought up to date by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Somebody who signs in; refused where another user of any tenant has the e-mail address.
    User {
        tenant: TenantId,
        user: UserDraft,
    },
    /// An agent's place in a queue that is there.
    Member {
        tenant: TenantId,
        queue: QueueId,
        agent: AgentId,
    },
}

/// Somebody who signs in. The address is compared without regard to case, and kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDraft {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// In the PHC string format.
    pub password_hash: Secret,
    /// Whoever is not active cannot sign in, and their sessions go no further.
    pub active: bool,
    pub language: Option<String>,
}

/// Somebody signs in.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub user: UserId,
    pub session: SessionId,
    /// The SHA-256 of its first refresh token.
    pub token: [u8; 32],
    /// The hash that their password was found to belong to: the session begins only while it is theirs.
    pub proved: Secret,
    /// Where they sign in from, derived so that the address cannot be read from it.
    pub network: Option<[u8; 32]>,
}

impl Provision {
    pub const fn tenant(&self) -> TenantId {
        match self {
            Self::Tenant { id, .. } => *id,
            Self::Queue { tenant, .. }
            | Self::Agent { tenant, .. }
            | Self::App { tenant, .. }
            | Self::Number { tenant, .. }
            | Self::User { tenant, .. }
            | Self::Member { tenant, .. } => *tenant,
        }
    }
}
