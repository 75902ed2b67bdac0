//! A whole office to look at: one company with its people, a WhatsApp number that is played in this process, customers who
//! write and agents who answer by themselves. Everything else is exactly what `serve` runs.

mod card;
mod cast;
mod heard;
mod office;
mod phrases;
mod play;
mod stage;

#[cfg(test)]
mod tests;

pub(crate) use office::{DemoOffice, Wishes};
