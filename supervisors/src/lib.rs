//! Keeps it alive: what stands in a running office, in which order it stands up and lies down, and who brings it back.
//!
//! | child | how many | comes back | what a customer or agent notices |
//! | --- | --- | --- | --- |
//! | conversation | one per thread in use | at once after a kill; after 0.1 to 30 s after a fault; quarantined for a minute after 3 parked items or 5 failed loads in 10 minutes | nothing, or that one chat rests |
//! | intake | one per tenant | after 0.1 to 30 s, and reads the inbox from its first row | messages appear a moment later |
//! | delivery | one per number | after 0.1 to 30 s, and reads the outbox; posts under way go on | replies leave a moment later |
//! | agent | one per agent | as a conversation | that agent's presence cannot be changed for a moment |
//! | router | one per tenant | after 0.1 to 30 s, as a new incarnation with an index read anew | waiting chats are given out a moment later |
//! | answerer | one per tenant, in demos | after 0.1 to 30 s, and looks who waits | an automatic answer comes later |
//! | timers | one | with the process | – |
//!
//! The mechanism (slots, back-off, budgets) is the kernel's; what stands here is who there is, and in what order.

mod office;

pub use office::{Office, OfficeParts, OfficeSettings, OfficeSnapshot, StartError, TenantParts};
