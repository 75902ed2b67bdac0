//! What is set up for a tenant beside its records.

use crate::ids::UserId;

/// Beside the tenant's own row, what follows from changes of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Tenant {
        name: String,
    },
    /// What these may do is otherwise than before, without a change of their own records.
    Rights {
        of: Vec<UserId>,
    },
}
