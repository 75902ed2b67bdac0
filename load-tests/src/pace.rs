//! When messages are due in an open loop: at random around a rate, as strangers write who do not know of each other; the same for the same seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A rate that holds for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    pub per_second: f64,
    pub seconds: f64,
}

/// The instants at which messages are due, in µs from the beginning, rising.
#[derive(Debug)]
pub struct Arrivals {
    chance: StdRng,
    stretches: std::vec::IntoIter<Stretch>,
    /// The stretch we are in and where it ends, in seconds.
    now: Option<(Stretch, f64)>,
    at: f64,
}

impl Arrivals {
    pub fn new(seed: u64, stretches: Vec<Stretch>) -> Self {
        let mut arrivals =
            Self { chance: StdRng::seed_from_u64(seed), stretches: stretches.into_iter(), now: None, at: 0.0 };
        arrivals.next_stretch(0.0);
        arrivals
    }

    fn next_stretch(&mut self, from: f64) {
        self.at = from;
        self.now = self.stretches.next().map(|stretch| (stretch, from + stretch.seconds));
    }
}

impl Iterator for Arrivals {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        loop {
            let (stretch, end) = self.now?;
            // Exponential gaps; `1 - share` is never 0.
            let gap = -(1.0 - self.chance.random::<f64>()).ln() / stretch.per_second.max(f64::MIN_POSITIVE);
            self.at += gap;
            if self.at < end {
                return Some((self.at * 1e6) as i64);
            }
            self.next_stretch(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(seed: u64) -> Vec<i64> {
        let stretch = |per_second, seconds| Stretch { per_second, seconds };
        Arrivals::new(seed, vec![stretch(100.0, 10.0), stretch(2_000.0, 5.0), stretch(0.0, 5.0), stretch(100.0, 10.0)])
            .collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_instants_and_another_one_others() {
        assert_eq!(arrivals(1), arrivals(1));
        assert_ne!(arrivals(1), arrivals(2));
    }

    #[test]
    fn each_stretch_has_its_rate_and_its_end() {
        let all = arrivals(3);
        assert!(all.is_sorted());
        let between = |from: i64, to: i64| all.iter().filter(|at| (from..to).contains(&(**at / 1_000_000))).count();
        assert!((850..1_150).contains(&between(0, 10)), "{}", between(0, 10));
        assert!((9_500..10_500).contains(&between(10, 15)), "{}", between(10, 15));
        assert_eq!(between(15, 20), 0);
        assert!((850..1_150).contains(&between(20, 30)), "{}", between(20, 30));
        assert_eq!(between(30, 99), 0);
    }
}
