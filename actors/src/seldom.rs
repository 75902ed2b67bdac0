//! One line of the log for many things of a kind: the first at once, then one in a while, which says how many there were.

use dashoffice_domain::{Span, Timestamp};

/// Between two lines.
const APART: Span = Span::minutes(1);

/// Counts what is not said each time.
#[derive(Debug, Default)]
pub(crate) struct Seldom {
    said_at: Option<Timestamp>,
    unsaid: u64,
}

impl Seldom {
    /// One more. `Some`: it is to be said now, of so many.
    pub(crate) fn count(&mut self, now: Timestamp) -> Option<u64> {
        self.unsaid += 1;
        let is_soon = |then: Timestamp| (0..APART.0).contains(&now.since(then).0);
        if self.said_at.is_some_and(is_soon) {
            return None;
        }
        self.said_at = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_said_at_once_and_of_the_others_how_many_there_were() {
        let (mut seldom, noon) = (Seldom::default(), Timestamp(1_700_000_000_000_000));
        let said = |seldom: &mut Seldom, seconds| seldom.count(noon.plus(Span::seconds(seconds)));
        assert_eq!(said(&mut seldom, 0), Some(1));
        assert_eq!((1..60).filter_map(|second| said(&mut seldom, second)).count(), 0);
        assert_eq!(said(&mut seldom, 60), Some(60));
        assert_eq!(said(&mut seldom, 61), None);
        assert_eq!(said(&mut seldom, -3600), Some(2), "a clock that was set back silences nothing");
    }
}
