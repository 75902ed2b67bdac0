//! Who has which role when roles change: those who have one follow it, in the same commit.

use dashoffice_domain::Timestamp;
use dashoffice_domain::identity::ROLE;
use dashoffice_domain::identity::USER;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::record::Kind;
use dashoffice_domain::settings::{Follows, Row, Staff, Unfit};
use dashoffice_store::{Decided, Known, Wanted};

/// A change of a role is decided with everybody in view.
pub(super) fn also_wanted(wanted: &mut Wanted, tenant: TenantId, kind: &Kind) {
    if *kind == ROLE {
        wanted.all(tenant, &USER);
        wanted.all(tenant, &ROLE);
    }
}

/// With what follows from its changes of roles.
///
/// # Errors
/// What cannot be for those who have the role.
pub(super) fn followed(known: &Known, mut decided: Decided, now: Timestamp) -> Result<Decided, Unfit> {
    let tenant = decided.tenant;
    let staff = Staff::of(known.all(tenant, &USER), known.all(tenant, &ROLE));
    let Follows { changes, users } = staff.follow(decided.changes.iter().filter(|change| *change.kind == ROLE), now)?;
    if !users.is_empty() {
        decided.rows.push(Row::Rights { of: users }.into());
    }
    decided.changes.extend(changes);
    Ok(decided)
}
