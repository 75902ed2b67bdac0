//! What an operator or a test sets up for a tenant: asking twice changes nothing.

use crate::administration::{Decided, Known, Wanted};
use dashoffice_domain::channel::{APP, App, NUMBER, NumberSettings};
use dashoffice_domain::identity::Role;
use dashoffice_domain::identity::{USER, User};
use dashoffice_domain::ids::{AgentId, AppId, NumberId, QueueId, SessionId, TenantId, UserId};
use dashoffice_domain::ports::{NumberRow, Secret};
use dashoffice_domain::record::{Expect, Fault, Kind, Record, Value, Wish, propose};
use dashoffice_domain::routing::{QUEUE, QueueSettings};
use dashoffice_domain::{Timestamp, routing, settings};
use uuid::Uuid;

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

    /// The record that it is about.
    fn record(&self) -> Option<(&'static Kind, Uuid)> {
        Some(match self {
            Self::Queue { settings, .. } => (&QUEUE, settings.id.0),
            Self::Member { queue, .. } => (&QUEUE, queue.0),
            Self::App { id, .. } => (&APP, id.0),
            Self::Number { number, .. } => (&NUMBER, number.id.0),
            Self::User { user, .. } => (&USER, user.id.0),
            Self::Tenant { .. } | Self::Agent { .. } => return None,
        })
    }

    /// The number that is there afterwards.
    pub(crate) fn connected(&self) -> Option<(TenantId, AppId, NumberId, &str)> {
        match self {
            Self::Number { tenant, app, number } => Some((*tenant, *app, number.id, &number.line.provider_ref)),
            _ => None,
        }
    }

    /// The values that its record has afterwards.
    fn values(&self, before: Option<&[Value]>) -> Result<Vec<Value>, String> {
        Ok(match self {
            Self::Queue { settings, .. } => settings.values(),
            Self::Member { queue, agent, .. } => {
                let missing = || "there is no such queue".to_owned();
                let mut settings = before.and_then(QueueSettings::of_values).ok_or_else(missing)?;
                debug_assert_eq!(settings.id, *queue, "a queue's settings name it");
                settings.members.insert(*agent);
                settings.values()
            }
            Self::App { provider, app_secret, verify_token, url_token, .. } => App {
                provider: provider.clone(),
                app_secret: app_secret.clone(),
                verify_token: verify_token.clone(),
                url_token: url_token.clone(),
            }
            .values(),
            Self::Number { app, number, .. } => NumberSettings::values(*app, number),
            Self::User { user, .. } => User {
                email: user.email.clone(),
                name: user.name.clone(),
                role: user.role.clone(),
                password_hash: user.password_hash.clone(),
                active: user.active,
                language: user.language.clone(),
                // Whoever is set up so has a role that is built in, and no other.
                role_id: None,
            }
            .values(),
            Self::Tenant { .. } | Self::Agent { .. } => Vec::new(),
        })
    }
}

pub(crate) fn wanted(provisions: &[Provision]) -> Wanted {
    let mut wanted = Wanted::default();
    for provision in provisions {
        wanted.tenant(provision.tenant());
        if let Some((kind, id)) = provision.record() {
            wanted.record(provision.tenant(), kind, id);
        }
        // Of a member nothing can be said before its queue is known, and then nothing speaks against it.
        if let Ok(values) = provision.values(None) {
            provision.record().into_iter().for_each(|(kind, _)| wanted.values(provision.tenant(), kind, &values));
        }
    }
    wanted
}

/// What changes so that all of it is there, tenant by tenant; later ones stand on what earlier ones set up.
pub(crate) fn decide(provisions: &[Provision], known: &Known, at: i64) -> Result<Vec<Decided>, String> {
    let mut all: Vec<Decided> = wanted(provisions).tenants().map(|tenant| Decided::of(tenant, Vec::new())).collect();
    for decided in &mut all {
        let tenant = decided.tenant;
        let mut records: Vec<(&'static Kind, Uuid, Vec<Value>)> = Vec::new();
        for provision in provisions.iter().filter(|provision| provision.tenant() == tenant) {
            match provision {
                Provision::Tenant { name, .. } if known.name(tenant) != Some(name) => {
                    decided.rows.push(settings::Row::Tenant { name: name.clone() }.into());
                    decided.events.push(settings::Event::TenantRenamed.into());
                }
                Provision::Agent { id, capacity_units, .. } => {
                    decided.rows.push(routing::Row::AgentCapacity { agent: *id, units: *capacity_units }.into());
                }
                _ => {}
            }
            let Some((kind, id)) = provision.record() else { continue };
            let earlier = records.iter_mut().find(|(of, other, _)| *of == kind && *other == id);
            let before = match &earlier {
                Some((.., values)) => Some(values.as_slice()),
                None => known.record(tenant, kind, id).map(|record: &Record| record.values.as_slice()),
            };
            let values = provision.values(before)?;
            match earlier {
                Some(earlier) => earlier.2 = values,
                None => records.push((kind, id, values)),
            }
        }
        for (kind, id, values) in records {
            let before = known.record(tenant, kind, id);
            let is_there = |fault: &&Fault| fault.code == "taken";
            if let Some(fault) = known.faults(tenant, kind, id, &values).iter().find(is_there) {
                return Err(format!("another {} has this {} already", kind.name, fault.field));
            }
            let change = propose(kind, id, before, Expect::Any, Wish::Put(values), Timestamp(at));
            let change = change.map_err(|refused| format!("a {} cannot be as it is wanted: {refused:?}", kind.name))?;
            decided.changes.extend(change);
        }
    }
    Ok(all)
}
