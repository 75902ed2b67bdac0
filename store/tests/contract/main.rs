//! What every store promises (F7): part one is the kernel's and the domain's ports on all three, part two the views on the
//! two databases. Tests on PostgreSQL are run through `scripts/with-postgres`.

#![expect(clippy::unwrap_used, reason = "what a test expects of its surroundings it expects without ceremony")]

#[expect(unreachable_pub, reason = "shared by all modules of this test")]
mod desk;
mod foreign;
mod lease;
mod memory;
mod port;
#[expect(unreachable_pub, reason = "shared by all modules of this test")]
mod rows;
mod sqlite;
mod statistics;
mod views;
