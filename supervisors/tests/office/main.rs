//! One office over the store in memory, one thing gone wrong at a time: what a simulation meets by chance, met on purpose.

mod bench;
mod clocks;
mod delivery;
mod intake;
mod routing;
