//! Who asks, and may they: sign-in, access tokens, sessions that end at once, and the throttle on guessing.
//!
//! [`SessionCheck`] answers for a token, on REST and on the live socket alike; [`SignIn`] makes tokens.

mod derived;
mod device;
mod key;
mod network;
mod passwords;
mod secure_random;
mod sessions;
mod sign_in;
mod signed;
mod throttle;
mod token;
mod verified;

pub(crate) use key::house_secret;
pub use passwords::{Lane, Passwords};
pub use secure_random::SecureRandom;
pub use sessions::SessionCheck;
pub use sign_in::{Origin, SignIn, Tokens};
pub use signed::Signed;
pub use token::ACCESS_LIVES_S;
