//! Business hours: when a company answers, by the clock on the wall of its zone.
//!
//! [`Calendar`] is pure: a weekly plan, holidays that take a day's place, and a state forced until an instant. It is open at an instant when
//! the wall's clock shows a time within one of the day's intervals; so an hour that the clocks skip is nobody's, one that they show twice is
//! open twice, and what is planned over a missing midnight begins with the first minute there is.

mod calendar;
mod holidays;
mod interval;
mod record;
mod zone;

#[cfg(test)]
mod tests;

pub use calendar::{Calendar, Forced, Opening, Week};
pub use holidays::{Holidays, date};
pub use interval::{Day, Interval, NoPlan};
pub use record::{HOLIDAYS, HOURS};
pub use zone::{Zone, release};
