//! What the api shows: reads that need a [`TenantScope`], which is made here alone, by look-up (C6).

mod contacts;
mod conversations;
mod messages;
mod page;
mod scope;
mod unscoped;
mod users;

pub use contacts::ContactView;
pub use conversations::{ConversationFilter, ConversationView};
pub(crate) use conversations::{conversation, select_conversation};
pub use messages::MessageView;
pub use page::{Cursor, Page};
pub use scope::TenantScope;
pub use unscoped::{AppSeen, SessionSeen, SignInSeen, UNSCOPED};
pub use users::UserView;
