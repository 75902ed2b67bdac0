//! What is set up for a tenant beside its records.

/// The tenant's own row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Tenant { name: String },
}
