//! What outsiders may ask: webhooks, health and, later, REST and WebSocket; authenticate, parse, call a port, answer.
//!
//! Start at [`router`]: it says which paths there are. [`server`] carries it over sockets and ends in order.

pub mod auth;
pub mod body;
pub mod handles;
pub mod health;
pub mod problem;
pub mod readiness;
pub mod router;
pub mod server;
pub mod state;
pub mod webhooks;

pub use handles::{Handles, HandlesCell};
pub use problem::Problem;
pub use readiness::{Readiness, Standing};
pub use router::{Doors, Stamps, router};
pub use server::{ConnectionLimits, Drained, serve};
pub use state::Api;
