//! The version of Meta's Graph API: whether it is about to end.

use super::Finding;

/// Versions whose end is known, with the first instant at which they answer no more, in microseconds since 1970.
const ENDS: [(u32, &str, i64); 1] = [(25, "February 2027", 1_801_440_000_000_000)];
/// The version that this program is made for.
const OURS: u32 = 26;
/// So long before an end it is a problem to be solved.
const SOON_US: i64 = 60 * 24 * 60 * 60 * 1_000_000;

/// `now` in microseconds since 1970.
pub(super) fn judge(version: &str, now: i64) -> Finding {
    let number = version.strip_prefix('v').and_then(|rest| rest.split('.').next()).and_then(|major| major.parse().ok());
    let Some(number): Option<u32> = number else {
        return Finding::note(format!("cloud.version is {version}, of which no end is known"));
    };
    let remedy = format!("let cloud.version be v{OURS}.0, which this program is made for, or leave it out");
    let (_, oldest_end, _) = ENDS[0];
    match ENDS.iter().find(|(ends, ..)| *ends == number) {
        Some((_, when, end)) if now >= *end => {
            Finding::problem(format!("version {version} of the Graph API ended in {when}"), remedy)
        }
        Some((_, when, end)) if now >= end - SOON_US => {
            Finding::problem(format!("version {version} of the Graph API ends in {when}"), remedy)
        }
        Some((_, when, _)) => Finding::note(format!("version {version} of the Graph API ends in {when}; {remedy}")),
        None if number < ENDS[0].0 => Finding::problem(
            format!("version {version} of the Graph API has ended, or ends before {oldest_end}"),
            remedy,
        ),
        None if number > OURS => Finding::note(format!(
            "version {version} of the Graph API is newer than v{OURS}.0, which this program is made for"
        )),
        None => Finding::fine(format!("version {version} of the Graph API is not about to end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days since 1970, in microseconds.
    const fn day(days: i64) -> i64 {
        days * 24 * 60 * 60 * 1_000_000
    }

    const TODAY: i64 = day(20_787);

    #[test]
    fn a_version_of_the_graph_api_that_is_about_to_end_is_told_in_time() {
        let told = |version: &str, now| judge(version, now).to_string();
        assert!(!judge("v25.0", TODAY).is_problem() && told("v25.0", TODAY).contains("ends in February 2027"));
        for (now, words) in [(day(20_802), "ends in February 2027"), (day(20_851), "ended in February 2027")] {
            assert!(judge("v25.0", now).is_problem() && told("v25.0", now).contains(words), "{}", told("v25.0", now));
        }
        assert!(judge("v19.0", TODAY).is_problem() && told("v19.0", TODAY).contains("has ended, or ends before"));
        for other in ["v26.0", "v27.0", "latest"] {
            assert!(!judge(other, TODAY).is_problem(), "{}", told(other, TODAY));
        }
    }

    #[test]
    fn the_version_that_is_configured_when_nobody_says_is_ours() {
        assert_eq!(dashoffice_adapters::cloud::CloudConfig::default().version, format!("v{OURS}.0"));
    }
}
