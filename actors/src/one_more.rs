//! A gauge that counts what lives: one more while somebody holds this, one less when they are gone, however they went.

use metrics::Gauge;

/// One more, for as long as it lives.
pub(crate) struct OneMore(Gauge);

impl OneMore {
    pub(crate) fn of(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl std::fmt::Debug for OneMore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneMore")
    }
}
