//! The time zones that the program brings along: governments change theirs with a few weeks' notice.

use super::Finding;
use dashoffice_runtime::Micros;

/// Years after which some clock in our zones has been set otherwise.
const OLD: i64 = 1;

/// `release` as the IANA names them: a year and a letter.
pub(super) fn judge(release: &str, now: Micros) -> Finding {
    let of: Option<i64> = release.get(..4).and_then(|year| year.parse().ok());
    let this = 1970 + now.div_euclid(31_556_952_000_000);
    match of {
        Some(year) if this - year <= OLD => Finding::fine(format!("time zones are those of IANA {release}")),
        _ => Finding::problem(
            format!(
                "time zones are those of IANA {release}: business hours may be an hour wrong where clocks are set otherwise since"
            ),
            "install a newer version of dashoffice",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_of_last_year_will_do_and_older_ones_are_a_problem() {
        // 2026-12-01, and two years later.
        let (now, later) = (1_796_083_200_000_000, 1_859_241_600_000_000);
        assert_eq!(judge("2026f", now), Finding::fine("time zones are those of IANA 2026f"));
        assert!(!judge("2025b", now).is_problem());
        assert!(judge("2026f", later).is_problem() && judge("?", now).is_problem());
    }
}
