//! What outsiders may ask: webhooks, health, metrics, REST; authenticate, parse, ask a view or an actor, answer.
//!
//! Start at [`router()`]: it says which paths there are. [`server`] carries it over sockets and ends in order.

pub mod auth;
pub mod body;
mod connections;
mod console;
pub mod files;
pub mod handles;
pub mod health;
pub mod late;
mod peer;
pub mod problem;
pub mod readiness;
mod request_id;
pub mod rest;
pub mod router;
pub mod server;
pub mod shape;
pub mod state;
pub mod watch;
pub mod webhooks;
pub mod ws;

pub use auth::SecureRandom;
pub use console::{ConsoleFile, ConsoleFiles};
pub use handles::{Handles, HandlesCell};
pub use late::LateApi;
pub use peer::{NoNetwork, TrustedProxies, WithPeer, with_peers};
pub use problem::Problem;
pub use readiness::{Readiness, StartupState};
pub use router::{Doors, Stamps, router};
pub use server::{ConnectionLimits, Drained, serve};
pub use state::Api;
pub use ws::Sockets;
