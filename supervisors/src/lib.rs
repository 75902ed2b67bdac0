//! Keeps it alive: what stands in a running office, in which order it stands up and lies down, and who brings it back.
//!
//! | child | how many | comes back | what a customer or agent notices |
//! | --- | --- | --- | --- |
//! | conversation | one per thread in use | at once after a kill; after 0.1 to 30 s after a fault; quarantined for a minute after 3 parked items or 5 failed loads in 10 minutes | nothing, or that one chat rests |
//! | intake | one per tenant | after 0.1 to 30 s, and reads the inbox from its first row | messages appear a moment later |
//! | delivery | one per number | after 0.1 to 30 s, and reads the outbox; posts under way go on | replies leave a moment later |
//! | media | one per tenant | after 0.1 to 30 s, and looks which files are wanted; downloads under way go on | pictures appear a moment later |
//! | agent | one per agent | as a conversation | that agent's presence cannot be changed for a moment |
//! | router | one per tenant | after 0.1 to 30 s, as a new incarnation with an index read anew | waiting chats are given out a moment later |
//! | live | one per tenant | after 0.1 to 30 s; its consoles come back to the next | a console reconnects |
//! | auto responder | one per tenant, in demos | after 0.1 to 30 s, and looks who waits | an automatic answer comes later |
//!
//! Beside the actors stand tasks. One that panics is never merely missed: it begins anew after 0.1 to 30 s, and where everybody
//! stands on it and it falls five times in ten minutes, the office *ends* and opens anew, as after lost ownership: not ready,
//! everything ended as by a crash, a new office over the same store.
//!
//! | task | after a panic |
//! | --- | --- |
//! | feed | anew, and everybody reads again what they may have missed; keeps falling: the office ends |
//! | releases (ends of quarantines), timers, passivation, recovery of a slot, arrivals of an intake | anew; keeps falling: the office ends |
//! | the end of an actor that never began | the office ends |
//! | availability (who asks for a store that is away), upkeep of metrics, checkpoints, control socket | anew, for ever |
//! | the writer of the store | anew: who waited hears that nobody knows, and everybody reads again; PostgreSQL's lease: anew, under the same term |
//! | what an intake hears of ends | its actor is killed, and the next one scans |
//! | a post, a download, a console's snapshot | its message is looked at again; its console comes back |
//! | an offer, a pick, a requeue | asked again by the router's sweep |
//! | the supervisor of a host or of a singleton | found within five seconds: the office ends |
//! | who keeps the office | the process ends, for whoever runs it to start it again |
//!
//! The mechanism (slots, back-off, budgets, kept tasks, the fatal signal) is the kernel's; what stands here is who there is, and in what
//! order: whatever stands for a tenant is a service (`office/services`), and a new one is a line of `TenantRuntime::stand`. A tenant or number that appears while the office stands gets its place by [`Office::admit`] and [`Office::refresh`].

mod office;

pub use office::{Office, OfficeParts, OfficeSettings, OfficeSnapshot, StartError, TenantParts};
