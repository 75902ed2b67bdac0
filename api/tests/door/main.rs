//! The api over real sockets, with the house behind it held in the test's hands.

mod server;
mod support;
mod webhooks;
