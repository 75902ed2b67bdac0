//! What the api shows: reads that need a [`TenantScope`], which is made here alone, by look-up (C6).

mod audit;
mod built_in;
mod contacts;
pub(crate) mod conversations;
mod dead_letters;
mod directory;
mod history;
mod jobs;
mod live;
mod messages;
mod page;
mod read_cache;
mod records;
mod results;
mod scope;
mod set_up;
mod shown;
#[cfg(test)]
mod touch;
mod unscoped;
mod users;
mod visibility;
mod who;

pub use audit::{AuditFilter, AuditPlace, AuditView};
pub use contacts::{ContactView, MarketingView};
pub use conversations::{ConversationFilter, ConversationView, Order, Whose};
pub(crate) use conversations::{conversation_columns, conversation_row};
pub use dashoffice_domain::identity::Visibility;
pub use dead_letters::{DeadLetterList, DeadLetterView, Heap, UnparsedItemView};
pub use directory::{AgentView, Directory, Load, NumberView, QueueView};
pub use history::HistoryLine;
pub use jobs::JobHeap;
pub use live::{LineView, LiveChanges, LiveTopic, LiveWanted, TopicView};
pub use messages::{MediaView, MessageView, ReadMark, Waiting};
pub use page::{Cursor, Page};
pub(crate) use read_cache::ReadCache;
pub use records::{Archived, RecordFilter, RecordPage, RecordPlace};
pub use scope::TenantScope;
pub use shown::Shown;
pub use unscoped::{AppSeen, SessionSeen, SignInSeen, UNSCOPED};
pub use users::UserView;
pub use who::WhoView;
