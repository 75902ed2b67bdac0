//! What happened to what people set up: ids and names of fields, never what stands in them (C1).

use crate::deed::Deed;
use crate::record::What;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    RecordChanged {
        /// The name of the record's kind.
        record: String,
        id: Uuid,
        /// Of the record, after the change.
        version: i64,
        what: What,
        /// Those that are otherwise than before; `field.member` within objects.
        fields: Vec<String>,
    },
    /// The company is called otherwise.
    TenantRenamed,
}

impl Event {
    /// The names of all kinds.
    pub const KINDS: &'static [&'static str] = &["record_changed", "tenant_renamed"];

    /// The name of the kind, as it stands in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RecordChanged { .. } => "record_changed",
            Self::TenantRenamed => "tenant_renamed",
        }
    }

    /// What the audit tells of it, also where the office's file did it.
    pub fn deed(&self, tenant: Uuid) -> Deed {
        match self {
            Self::RecordChanged { record, id, what, .. } => Deed::new(record, *id, what.name()).also_of_the_system(),
            Self::TenantRenamed => Deed::new("tenant", tenant, "renamed").also_of_the_system(),
        }
    }

    /// The version of the kind's shape; every kind so far is at its first.
    pub const fn version(&self) -> i64 {
        1
    }
}
