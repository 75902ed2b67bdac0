//! What the rules need of the world: the store's inbox and reads (implemented by `store`), and providers' channels and our files (by
//! `adapters`).

mod channel;
mod inbox;
mod media;
mod pieces;

pub use channel::{Channel, ChannelCredentials, Channels, MediaSource, Post, Sender, Templates, Webhook};
pub use inbox::{
    AccountNews, Announced, Arrival, Delivery, InHand, Inbox, MarketingNews, NotAccepted, Receipt, Refuge,
    UnmatchedWebhook,
};
pub use media::{Accept, Came, Chunks, DiskTrouble, Fetching, Interrupted, MediaFiles, NotKept, OpenMedia};
pub use pieces::{Malformed, Piece, PieceStatus, Reading};

use crate::channel::media::MediaJob;
use crate::channel::{ReadMarkRow, SendPlace, SendRow, WaitingSend};
use crate::conversation::ConversationRow;
use crate::conversation::Owner;
use crate::conversation::contact::Identifier;
use crate::conversation::identity::KnownThread;
use crate::entity::Entity;
use crate::ids::{AgentId, AppId, ConversationId, MessageId, NumberId, QueueId, TenantId, ThreadId};
use crate::routing::{AgentView, QueueSettings};
use crate::time::Timestamp;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use uuid::Uuid;

/// A future that can be kept behind `dyn`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The store cannot be reached, or is not ours at the moment. Nothing was decided; trying again can help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable while {doing}: {reason}")]
pub struct Unavailable {
    pub doing: &'static str,
    pub reason: String,
}

/// A text that must not be shown: its `Debug` prints stars.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

// ----------------------------------------------------------------------------------------------------------------- apps

/// A provider's application as webhooks need it.
#[derive(Clone, Debug)]
pub struct ProviderApp {
    pub id: AppId,
    pub provider: String,
    /// Every body must be signed with it.
    pub app_secret: Secret,
    pub verify_token: Secret,
    /// The provider's id of each number of this app, with ours.
    pub numbers: Vec<(String, NumberId)>,
    /// Those of them whose account is not known.
    pub without_account: Vec<NumberId>,
    /// The provider's ids of the accounts that its numbers belong to, as far as they are known.
    pub accounts: Vec<String>,
}

/// Finds whose webhook address this is: one of the few reads that begin without a tenant (C6).
pub trait Apps: Send + Sync {
    /// The app behind the random token of a webhook address, with the inbox of its tenant; `None`: nobody's.
    #[expect(clippy::type_complexity, reason = "one look-up, one shape")]
    fn by_token<'a>(
        &'a self,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>>;
}

// ---------------------------------------------------------------------------------------------------------------- reads

/// A row of the inbox: something that came in and was not consumed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// Per tenant, without gaps at the time of writing, in the order of acceptance.
    pub position: i64,
    pub source: InboxSource,
    pub received_at: Timestamp,
    pub tries: i64,
    pub correlation: Uuid,
    /// A process died with it in hand while it was nowhere: the key by which it was known.
    pub suspect: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxSource {
    /// From a provider: read by the tenant's intake alone (A2).
    Provider { number: NumberId, raw: Vec<u8> },
    /// From another entity of the tenant: an [`crate::Item`] as JSON.
    Tell { entity: Entity, item: Vec<u8> },
}

/// A connected number, with what its adapter needs to speak for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRow {
    pub id: NumberId,
    pub provider: String,
    pub display_name: String,
    pub display_phone_number: String,
    /// Where conversations of this number wait for a human.
    pub queue: QueueId,
    pub line: ChannelCredentials,
    /// The provider's id of the account it belongs to; `None`: not configured, and not heard yet.
    pub account_ref: Option<String>,
}

/// A conversation whose customer waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaiting {
    pub thread: ThreadId,
    pub conversation: ConversationId,
    pub owner: Owner,
    pub owner_epoch: i64,
    /// The customer's last message.
    pub message: MessageId,
}

/// Everything routing stands on, read in one transaction.
#[derive(Clone, Debug, Default)]
pub struct RoutingSnapshot {
    /// The tenant's position it shows.
    pub as_of: i64,
    pub queues: Vec<QueueSettings>,
    pub agents: Vec<(AgentId, AgentView)>,
    /// Every conversation that is not closed.
    pub chats: Vec<ConversationRow>,
}

/// What the actors of one tenant read. Made by `store` alone, for a tenant whose shard we own (C6).
pub trait TenantReads: Send + Sync {
    fn tenant(&self) -> TenantId;
    fn numbers(&self) -> BoxFuture<'_, Result<Vec<NumberRow>, Unavailable>>;
    /// Rows after a position, in order, held ones too: who reads anew learns from the entity itself whether it is still
    /// quarantined. At most `limit`.
    fn unconsumed(&self, after: i64, limit: u32) -> BoxFuture<'_, Result<Vec<InboxRow>, Unavailable>>;
    /// Those of the given rows that are still there, in order.
    fn inbox_rows(&self, positions: Vec<i64>) -> BoxFuture<'_, Result<Vec<InboxRow>, Unavailable>>;
    /// The threads of this number that any of the identifiers leads to, each with all its addresses, in no order.
    fn threads_of(
        &self,
        number: NumberId,
        identifiers: Vec<Identifier>,
    ) -> BoxFuture<'_, Result<Vec<KnownThread>, Unavailable>>;
    /// Whether the number has a message that the provider knows by this id.
    fn has_message(&self, number: NumberId, provider_message_id: String) -> BoxFuture<'_, Result<bool, Unavailable>>;
    /// The number's outbox after a place, in the order in which its rows were committed.
    fn sends(
        &self,
        number: NumberId,
        after: SendPlace,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<WaitingSend>, Unavailable>>;
    /// One row of the outbox.
    fn send(&self, message: MessageId) -> BoxFuture<'_, Result<Option<SendRow>, Unavailable>>;
    /// Threads of the number whose read mark the provider is to be told of.
    fn read_marks(&self, number: NumberId, limit: u32) -> BoxFuture<'_, Result<Vec<ReadMarkRow>, Unavailable>>;
    /// The queues, the agents and the open conversations.
    fn routing(&self) -> BoxFuture<'_, Result<RoutingSnapshot, Unavailable>>;
    /// What a message says; `None`: it is no text, or is not there.
    fn text_of(&self, message: MessageId) -> BoxFuture<'_, Result<Option<String>, Unavailable>>;
    /// Open conversations whose customer waits, longest first.
    fn awaiting(&self, limit: u32) -> BoxFuture<'_, Result<Vec<Awaiting>, Unavailable>>;
    /// Files that are wanted of providers, those due first first.
    fn media_jobs(&self, limit: u32) -> BoxFuture<'_, Result<Vec<MediaJob>, Unavailable>>;
    /// One of them; `None`: it is not wanted, or not any more.
    fn media_job(&self, message: MessageId) -> BoxFuture<'_, Result<Option<MediaJob>, Unavailable>>;
}
