//! The adapter as a whole: bodies as Meta sends them in, readings out, and posts against every kind of answer.

mod bounds;
mod damage;
mod decoding;
mod fixtures;
mod identity;
mod mutations;
mod payloads;
mod posting;
mod splitting;
