//! Who may do what: permissions as a catalogue, roles as sets of them, and what follows for what somebody sees; and who did it.
//!
//! To add a permission: a line of the catalogue in [`permission`], and the built-in roles that have it in [`role`].

mod administration;
mod permission;
mod permissions;
mod principal;
mod record;
mod refusals;
mod role;
mod user;
mod visibility;

pub use administration::{Administers, last_administrator_stays};
pub use permission::{Entry, Permission, Scope, UnknownPermission};
pub use permissions::Permissions;
pub use principal::{Part, Principal};
pub use record::{ROLE, allowed, allowed_by};
pub(crate) use refusals::REFUSALS;
pub use role::Role;
pub(crate) use user::{ROLE_AT, ROLE_ID_AT};
pub use user::{USER, User};
pub use visibility::{Visibility, Visible};
