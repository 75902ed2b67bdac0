//! What operators see of jobs: how many, where they stand and since when; never of whom.

use super::maybe_instant;
use dashoffice_actors::seen::JobsSeen;
use dashoffice_store::views::JobHeap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Every kind of job that this version knows, whether there is anything to do or not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobKinds {
    pub kinds: Vec<JobKind>,
}

/// Jobs of a kind that are not done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobKind {
    /// `sending`, `media` or `read_marks`.
    pub kind: String,
    /// Jobs that run in this process now; of read marks a job is a round of them.
    pub under_way: usize,
    pub states: Vec<JobState>,
}

/// Those of them that stand in the same state.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobState {
    /// `pending`, `running`, `unknown` or `dead`, or one that only a newer version knows.
    pub state: String,
    #[schema(minimum = 0)]
    pub count: i64,
    /// When the oldest of them was wanted; null where nobody knows.
    pub oldest_at: Option<String>,
    /// When the first of them may be tried; null where none waits for that.
    pub due_at: Option<String>,
}

impl JobKinds {
    /// By name; `seen`: what runs here. A kind that nobody serves here has rows perhaps.
    pub fn of(heaps: &[JobHeap], seen: &[JobsSeen]) -> Self {
        let state = |heap: &JobHeap| JobState {
            state: heap.state.clone(),
            count: heap.count,
            oldest_at: maybe_instant(heap.oldest_at),
            due_at: maybe_instant(heap.due_at),
        };
        let kind = |name: &str, under_way| {
            let states = heaps.iter().filter(|heap| heap.kind == name).map(state).collect();
            JobKind { kind: name.to_owned(), under_way, states }
        };
        let under_way: BTreeMap<_, _> = seen.iter().map(|seen| (seen.kind, seen.under_way)).collect();
        let names: BTreeSet<_> = under_way.keys().copied().chain(heaps.iter().map(|heap| heap.kind.as_str())).collect();
        let kinds =
            names.into_iter().map(|name| kind(name, under_way.get(name).copied().unwrap_or_default())).collect();
        Self { kinds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::Timestamp;
    use serde_json::json;

    #[test]
    fn jobs_that_nobody_serves_here_and_states_of_a_newer_version_are_shown_as_they_stand() {
        let heap = |kind: &str, state: &str| JobHeap {
            kind: kind.into(),
            state: state.into(),
            count: 2,
            oldest_at: Some(Timestamp::from_seconds(1_800_000_000)),
            due_at: None,
        };
        let heaps = [heap("media", "pending"), heap("sending", "pending"), heap("sending", "resting")];
        let seen = [("sending", 1), ("read_marks", 0)].map(|(kind, under_way)| JobsSeen { kind, under_way });
        let oldest_at = "2027-01-15T08:00:00.000000Z";
        let state = |state: &str| json!({ "state": state, "count": 2, "oldest_at": oldest_at, "due_at": null });
        let expected = json!({ "kinds": [
            { "kind": "media", "under_way": 0, "states": [state("pending")] },
            { "kind": "read_marks", "under_way": 0, "states": [] },
            { "kind": "sending", "under_way": 1, "states": [state("pending"), state("resting")] },
        ]});
        assert_eq!(serde_json::to_value(JobKinds::of(&heaps, &seen)).unwrap(), expected);
    }
}
