//! What an operator may set: compiled-in defaults, then TOML files, then the environment; checked whole before anything starts (E5).
//!
//! To add a key: a field in [`values`], the key with its default and a comment in `config/default.toml`, and, if it is only read at
//! a start, a line in [`reload`].

mod checks;
mod layers;
mod load;
mod networks;
mod quantity;
mod reload;
mod show;
mod values;

#[cfg(test)]
mod tests;

pub(crate) use load::{Loaded, Problems, Sources, load, load_noting, placed};
pub(crate) use quantity::Period;
pub(crate) use reload::Change;
pub(crate) use values::{Configuration, LogFormat};

/// Every key with its default and a comment, as operators read it.
const DEFAULTS: &str = include_str!("../../config/default.toml");
