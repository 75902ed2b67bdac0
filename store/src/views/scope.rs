//! The right to read one tenant's data: held by whoever came through a look-up, and made nowhere else.

use dashoffice_domain::ids::TenantId;

/// There is no way to make one but [`super::unscoped`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TenantScope {
    tenant: TenantId,
}

impl TenantScope {
    /// For [`super::unscoped`] alone.
    pub(super) const fn looked_up(tenant: TenantId) -> Self {
        Self { tenant }
    }

    pub const fn tenant(self) -> TenantId {
        self.tenant
    }
}
