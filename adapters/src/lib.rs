//! How other people's systems speak: providers behind the domain's ports.
//!
//! To add a provider: a folder beside [`cloud`] that makes a [`dashoffice_domain::ports::Channel`]: what comes by
//! webhook, what is sent, and where there are any, files and templates.

pub mod cloud;
pub mod folder;
pub mod in_hand;
mod lenient_json;
