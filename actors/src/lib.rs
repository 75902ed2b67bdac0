//! What must happen one at a time, and who does it: intake, conversations, delivery. One folder each.
//!
//! An actor here is a pure [`dashoffice_runtime::Behaviour`] in a host, or a singleton that reads what was committed and acts on it.
//! Nobody outside sees a mailbox: they hold a handle whose methods read like sentences.

pub mod agent;
pub mod asking;
pub mod auto_responder;
pub mod capabilities;
pub mod conversation;
pub mod delivery;
pub mod feed;
pub mod intake;
pub mod live;
pub mod media;
mod one_more;
pub mod router;
pub mod seen;
mod seldom;

use dashoffice_domain::identity::Principal;
use dashoffice_domain::{Entity, Event, Item, Row};

/// The vocabulary that the kernel, the store and the actors share.
pub type Office = dashoffice_runtime::Of<Entity, Item, Event, Row, Principal>;
