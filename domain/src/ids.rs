//! Every kind of id is a type of its own, so that an agent's id cannot stand where a queue's belongs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// One company. Everything belongs to exactly one tenant.
    TenantId,
    /// A provider's application: one secret, one webhook address, of one tenant.
    AppId,
    /// A WhatsApp number (or another channel's account) connected through one provider.
    NumberId,
    /// A person, known by a set of identifiers.
    ContactId,
    /// Everything between one number and one customer's address, for ever.
    ThreadId,
    /// One episode of a thread, from opening to closing.
    ConversationId,
    /// One thing said.
    MessageId,
    /// Where conversations wait for a human.
    QueueId,
    /// A human who answers (the same id as their user).
    AgentId,
    /// Whatever runs a flow.
    BotId,
    /// One chat held out to one agent, or to several, for a limited time.
    OfferId,
    /// Somebody who signs in.
    UserId,
    /// One sign-in, until its end.
    SessionId,
}
