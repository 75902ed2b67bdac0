//! `/metrics`: what is counted, and beside it what stands where at this moment. By kind of actor, never by id (E6).

pub mod described;

use crate::handles::HandlesCell;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use dashoffice_runtime::{Upkeep, task};
use metrics::gauge;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::time::Duration;
use tokio::time::interval;

/// Between two clearings of what histograms no longer need.
const UPKEEP: Duration = Duration::from_secs(5);

/// Seconds; from a decision in memory to a store that is away.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What is a number of jobs, not a time: how many shared one transaction.
const COUNTED: &str = "dashoffice_store_batch_jobs";
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// Everything that is counted in this process.
#[derive(Clone)]
pub struct Metrics {
    recorded: PrometheusHandle,
    handles: HandlesCell,
}

impl Metrics {
    /// From now on everything is counted, and shown, also while it is nothing. Once per process, and within a runtime: a task clears up
    /// behind it.
    pub fn install(handles: HandlesCell) -> Result<Self, BuildError> {
        let counted = Matcher::Full(COUNTED.to_owned());
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.set_buckets_for_metric(counted, &COUNTS)?;
        let recorded = builder.install_recorder()?;
        described::begin();
        let kept = recorded.clone();
        task::keep("metrics", Upkeep::ForEver, move || {
            let kept = kept.clone();
            async move {
                let mut turns = interval(UPKEEP);
                loop {
                    turns.tick().await;
                    kept.run_upkeep();
                }
            }
        });
        Ok(Self { recorded, handles })
    }

    fn render(&self) -> String {
        if let Ok(handles) = self.handles.get() {
            let (hosts, singletons) = (handles.inspect)();
            for host in hosts {
                let figures = [
                    ("dashoffice_actors_resident", host.resident),
                    ("dashoffice_actor_orders_waiting", host.queued),
                    ("dashoffice_actor_orders_in_flight", host.in_flight),
                    ("dashoffice_actors_quarantined", host.quarantined),
                ];
                for (name, figure) in figures {
                    gauge!(name, "kind" => host.kind).set(figure as f64);
                }
            }
            let mut standing: std::collections::BTreeMap<&'static str, usize> = std::collections::BTreeMap::new();
            for singleton in singletons {
                *standing.entry(singleton.name).or_default() += usize::from(singleton.standing);
            }
            for (kind, count) in standing {
                gauge!("dashoffice_actors_resident", "kind" => kind).set(count as f64);
            }
        }
        self.recorded.render()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

pub(crate) async fn metrics(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render())
}
