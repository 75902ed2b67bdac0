//! Steps at which a test makes an actor panic. Without the feature `fail-points`, which tests alone switch on, to reach one is nothing.

#[cfg(feature = "fail-points")]
pub use planned::{falls_at, falls_left, reach};

/// Somebody of this kind is at this step.
#[cfg(not(feature = "fail-points"))]
#[inline(always)]
pub const fn reach(_actor: &'static str, _step: &'static str) {}

#[cfg(feature = "fail-points")]
mod planned {
    use std::cell::RefCell;
    use std::collections::HashMap;

    thread_local! {
        /// Of this thread, so that tests which run beside each other leave each other alone: a test's runtime has one thread.
        static FALLS: RefCell<HashMap<(&'static str, &'static str), u32>> = RefCell::default();
    }

    /// What a fall says; tests tell it from a real one by this.
    const TOLD_TO: &str = "told to fall";

    /// Whoever of this kind comes to this step from now on panics there, so many times.
    pub fn falls_at(actor: &'static str, step: &'static str, times: u32) {
        FALLS.with_borrow_mut(|falls| falls.insert((actor, step), times));
    }

    /// How many of them are still to come: as many as were planned where nobody ever came by.
    pub fn falls_left(actor: &'static str, step: &'static str) -> u32 {
        FALLS.with_borrow(|falls| falls.get(&(actor, step)).copied().unwrap_or(0))
    }

    /// Somebody of this kind is at this step.
    pub fn reach(actor: &'static str, step: &'static str) {
        let falls = FALLS.with_borrow_mut(|falls| {
            falls.get_mut(&(actor, step)).is_some_and(|left| {
                let falls = *left > 0;
                *left = left.saturating_sub(1);
                falls
            })
        });
        assert!(!falls, "{TOLD_TO}: {actor}, {step}");
    }
}
