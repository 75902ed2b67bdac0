//! How other people's systems speak: providers behind the domain's `Channel` port.
//!
//! To add a provider: a folder beside [`cloud`] that implements [`dashoffice_domain::ports::Channel`].

pub mod cloud;
pub mod folder;
pub mod in_hand;
mod loose;
