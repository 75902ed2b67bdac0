//! A tenant always has somebody who can administer it: whatever would end that is refused.

use super::permission::Permission;
use super::permissions::Permissions;
use crate::Refusal;

/// A user, as far as administering is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Administers {
    /// They can sign in.
    pub active: bool,
    pub permissions: Permissions,
}

/// Whoever has these can give everybody everything again, themselves among them.
const ADMINISTERING: Permissions = Permissions::of(&[Permission::WriteSettings, Permission::WriteRoles]);

impl Administers {
    const fn can(self) -> bool {
        self.active && self.permissions.include(ADMINISTERING)
    }
}

/// Whether a change may be made to all users of a tenant, as they are and as they would be: to a user or to a role.
///
/// # Errors
/// It would leave nobody able to administer. Where there is nobody already, nothing gets worse.
pub fn last_administrator_stays(
    before: impl IntoIterator<Item = Administers>,
    after: impl IntoIterator<Item = Administers>,
) -> Result<(), Refusal> {
    let is_taken = before.into_iter().any(Administers::can) && !after.into_iter().any(Administers::can);
    if is_taken { Err(Refusal::LAST_ADMINISTRATOR) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;

    fn with(role: &Role) -> Administers {
        Administers { active: true, permissions: role.permissions() }
    }

    #[test]
    fn the_last_administrator_stays() {
        let (root, sue) = (with(&Role::ADMINISTRATOR), with(&Role::SUPERVISOR));
        let gone = Err(Refusal::LAST_ADMINISTRATOR);
        assert_eq!(last_administrator_stays([root, sue], [sue]), gone, "removed");
        assert_eq!(
            last_administrator_stays([root, sue], [Administers { active: false, ..root }, sue]),
            gone,
            "disabled"
        );
        assert_eq!(last_administrator_stays([root, sue], [with(&Role::AGENT), sue]), gone, "of another role");
        for lacked in [Permission::WriteSettings, Permission::WriteRoles] {
            let emptied = Administers { permissions: Permissions::all().without(lacked), ..root };
            assert_eq!(last_administrator_stays([root], [emptied]), gone, "the role allows less");
        }
    }

    #[test]
    fn an_administrator_goes_where_another_one_stays() {
        let (root, sue) = (with(&Role::ADMINISTRATOR), with(&Role::SUPERVISOR));
        assert_eq!(last_administrator_stays([root, root], [root, sue]), Ok(()));
        assert_eq!(last_administrator_stays([root, sue], [with(&Role::AGENT), root]), Ok(()), "handed over");
        let keeper = Permissions::of(&[Permission::WriteSettings, Permission::WriteRoles]);
        let keeper = Administers { active: true, permissions: keeper };
        assert_eq!(last_administrator_stays([root], [keeper]), Ok(()), "whatever the role is called");
        assert_eq!(last_administrator_stays([sue], [with(&Role::AGENT)]), Ok(()), "there was none");
    }
}
