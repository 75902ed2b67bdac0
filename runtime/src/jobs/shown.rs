//! What operators see of jobs, by kind.

use super::kind::{AttemptResult, Kind};
use metrics::Gauge;
use std::time::Duration;

pub(super) fn ended<K: Kind>(verdict: &AttemptResult<K>) {
    let counted = match verdict {
        AttemptResult::Done(_) => metrics::counter!("dashoffice_jobs_done_total", "kind" => K::NAME),
        AttemptResult::Later { .. } => metrics::counter!("dashoffice_jobs_postponed_total", "kind" => K::NAME),
        AttemptResult::Never(_) => metrics::counter!("dashoffice_jobs_dead_total", "kind" => K::NAME),
        AttemptResult::Unknown => metrics::counter!("dashoffice_jobs_unknown_total", "kind" => K::NAME),
    };
    counted.increment(1);
}

pub(super) fn took<K: Kind>(running: Duration) {
    metrics::histogram!("dashoffice_job_running_seconds", "kind" => K::NAME).record(running);
}

/// One queue's part of gauges that all queues of a kind add to; it goes with the queue.
pub(super) struct Shown {
    waiting: Part,
    under_way: Part,
}

impl Shown {
    pub(super) fn of<K: Kind>() -> Self {
        let waiting = metrics::gauge!("dashoffice_jobs_waiting", "kind" => K::NAME);
        let under_way = metrics::gauge!("dashoffice_jobs_under_way", "kind" => K::NAME);
        Self { waiting: Part { gauge: waiting, size: 0 }, under_way: Part { gauge: under_way, size: 0 } }
    }

    pub(super) fn set(&mut self, known: usize, under_way: usize) {
        self.waiting.set(known.saturating_sub(under_way));
        self.under_way.set(under_way);
    }
}

struct Part {
    gauge: Gauge,
    size: usize,
}

impl Part {
    fn set(&mut self, size: usize) {
        self.gauge.increment(size as f64 - self.size as f64);
        self.size = size;
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.set(0);
    }
}
