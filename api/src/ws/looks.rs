//! When a socket looks whether its session still stands and what its user may do: now and then whatever it is told, and soon again where
//! it could not be found out.

use std::time::Duration;
use tokio::time::Instant;

/// Between two looks.
const USUAL: Duration = Duration::from_secs(30);
/// After one that found out nothing; each further one doubles it.
const SOON: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Looks {
    next: Instant,
    /// Until the look after one that finds out nothing.
    pause: Duration,
}

impl Default for Looks {
    fn default() -> Self {
        Self { next: Instant::now() + USUAL, pause: SOON }
    }
}

impl Looks {
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    pub(super) fn saw(&mut self) {
        *self = Self::default();
    }

    /// What ended meanwhile is told to nobody twice, so it is asked for.
    pub(super) fn saw_nothing(&mut self) {
        self.next = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(USUAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_found_out_is_looked_for_soon_and_then_less_and_less_often() {
        let mut looks = Looks::default();
        let until = |looks: &Looks| looks.next().duration_since(Instant::now()).as_secs();
        assert_eq!(until(&looks), 30);
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            looks.saw_nothing();
            assert_eq!(until(&looks), pause);
        }
        looks.saw();
        assert_eq!(until(&looks), 30);
        looks.saw_nothing();
        assert_eq!(until(&looks), 1);
    }
}
