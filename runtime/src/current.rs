//! Settings that may change while everything runs: one place where they are set, and readers that ask when they decide.
//!
//! Whoever reads asks anew for each decision and keeps nothing, so that a change needs no message to anybody.

use arc_swap::ArcSwap;
use std::fmt;
use std::sync::Arc;

/// The place where settings are set. Cheap to clone: all clones are the same place.
pub struct Settings<T>(Arc<ArcSwap<T>>);

impl<T: Send + Sync + 'static> Settings<T> {
    pub fn new(settings: T) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(settings)))
    }

    /// From now on these count.
    pub fn set(&self, settings: T) {
        self.0.store(Arc::new(settings));
    }

    /// Those that count at this moment.
    pub fn now(&self) -> Arc<T> {
        self.0.load_full()
    }

    /// A part of them, to be read again and again.
    pub fn part<P>(&self, pick: impl Fn(&T) -> P + Send + Sync + 'static) -> Current<P> {
        let place = Arc::clone(&self.0);
        Current(Arc::new(move || pick(&place.load())))
    }
}

impl<T> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + Sync + 'static> From<T> for Settings<T> {
    fn from(settings: T) -> Self {
        Self::new(settings)
    }
}

/// Settings as a reader sees them: what [`Current::now`] says may differ from call to call.
pub struct Current<T>(Arc<dyn Fn() -> T + Send + Sync>);

impl<T> Current<T> {
    /// Those that count at this moment.
    pub fn now(&self) -> T {
        (self.0)()
    }
}

impl<T> Clone for Current<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Settings that never change.
impl<T: Clone + Send + Sync + 'static> From<T> for Current<T> {
    fn from(settings: T) -> Self {
        Self(Arc::new(move || settings.clone()))
    }
}

impl<T: Clone + Default + Send + Sync + 'static> Default for Current<T> {
    fn default() -> Self {
        T::default().into()
    }
}

impl<T: fmt::Debug> fmt::Debug for Current<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e5_whoever_asks_sees_what_counts_at_that_moment() {
        let place = Settings::new((1, "a"));
        let first = place.part(|(number, _)| *number);
        let same = first.clone();
        assert_eq!((first.now(), Current::from(7).now()), (1, 7));
        place.clone().set((2, "b"));
        assert_eq!((first.now(), same.now(), place.now().1), (2, 2, "b"));
    }
}
