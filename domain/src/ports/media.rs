//! Files of messages: how a channel brings one, and where we keep it.

use super::BoxFuture;
use crate::channel::media::{Announced, FileHash, Unfit};
use crate::ids::TenantId;
use crate::time::Span;

/// Bytes that come one piece after the other, so that nobody holds a file in memory.
pub trait Chunks: Send {
    /// The next piece, which is not empty; `None` at the end.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Vec<u8>>, Interrupted>>;
}

/// The bytes stopped coming before their end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file broke off: {0}")]
pub struct Interrupted(pub String);

/// What came of asking a provider for a file. Reasons are for the log: they hold no address, no name, no id of the provider's.
pub enum Fetching {
    /// It comes.
    Comes { announced: Announced, chunks: Box<dyn Chunks> },
    /// The provider does not have it, and will not.
    Gone { reason: String },
    /// Not this time, and the file itself is the reason: too many of these, and it is given up.
    Failed { reason: String },
    /// The provider or the way to it is away: nobody's fault, and worth asking again.
    Away { after: Span, reason: String },
    /// The provider refuses the number's token or account: nothing of this number can be fetched now.
    ChannelStopped { reason: String },
}

impl std::fmt::Debug for Fetching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Comes { announced, .. } => f.debug_tuple("Comes").field(announced).finish(),
            Self::Gone { reason } => f.debug_tuple("Gone").field(reason).finish(),
            Self::Failed { reason } => f.debug_tuple("Failed").field(reason).finish(),
            Self::Away { after, reason } => f.debug_tuple("Away").field(after).field(reason).finish(),
            Self::ChannelStopped { reason } => f.debug_tuple("ChannelStopped").field(reason).finish(),
        }
    }
}

/// A file that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    pub sha256: FileHash,
    pub size_bytes: u64,
    /// Its first bytes, at most [`crate::channel::media::HEAD`].
    pub head: Vec<u8>,
}

/// Says whether a file that came whole is to be kept.
pub type Accept = Box<dyn FnOnce(&Came) -> Result<(), Unfit> + Send>;

/// Why a file is not kept. Nothing of it is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    #[error("it is larger than it may be")]
    TooLarge,
    #[error("it is not fit to be kept")]
    Unfit(Unfit),
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    #[error(transparent)]
    Disk(#[from] DiskTrouble),
}

/// The place where files are kept cannot be used at the moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot keep or read files while {doing}: {reason}")]
pub struct DiskTrouble {
    pub doing: &'static str,
    pub reason: String,
}

/// A file of ours, open from some byte on.
pub struct OpenMedia {
    /// Of the whole file.
    pub size_bytes: u64,
    pub chunks: Box<dyn Chunks>,
}

/// Where files are kept, each under the hash of its bytes, each tenant's apart.
pub trait MediaFiles: Send + Sync {
    /// Takes a file of at most `most_bytes`; asks `accept` once it is whole; `Ok` means that it is on disk to stay.
    /// A file that is there already is the same file.
    fn put(
        &self,
        tenant: TenantId,
        chunks: Box<dyn Chunks>,
        most_bytes: u64,
        accept: Accept,
    ) -> BoxFuture<'static, Result<Came, NotKept>>;

    /// Opens a file at a byte; `None`: it is not here.
    fn open(
        &self,
        tenant: TenantId,
        file: FileHash,
        from: u64,
    ) -> BoxFuture<'static, Result<Option<OpenMedia>, DiskTrouble>>;

    /// Takes a file away; one that is not there is away.
    fn remove(&self, tenant: TenantId, file: FileHash) -> BoxFuture<'static, Result<(), DiskTrouble>>;

    /// Takes away what was begun and never finished. For whoever owns the store, before anything is fetched.
    fn sweep(&self) -> BoxFuture<'static, Result<(), DiskTrouble>>;
}
