//! Every metric there is: its name, what it is and what it may be labelled with. All are there from the start, for what is not there
//! cannot be watched. `docs/operations.md` says when to be woken by one.

use dashoffice_domain::channel::media::MediaFailure;
use dashoffice_domain::channel::number::StopReason;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only up, from zero with the process.
    Counter,
    /// Up and down: how it stands now.
    Gauge,
    Histogram,
}

/// One metric, of which there is a series for each value of its label.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// `None`: a number of things.
    pub unit: Option<Unit>,
    /// For people who look at it: one line.
    pub help: &'static str,
    /// Its name, and all that it can be.
    pub label: Option<(&'static str, &'static [&'static str])>,
}

impl Metric {
    const fn of(self, label: &'static str, values: &'static [&'static str]) -> Self {
        Self { label: Some((label, values)), ..self }
    }

    const fn in_unit(self, unit: Unit) -> Self {
        Self { unit: Some(unit), ..self }
    }

    /// Says what it is, and that nothing has happened yet.
    fn begin(&self) {
        let (name, help) = (self.name, self.help);
        let unit = self.unit.unwrap_or(Unit::Count);
        match self.kind {
            Kind::Counter => describe_counter!(name, unit, help),
            Kind::Gauge => describe_gauge!(name, unit, help),
            Kind::Histogram => describe_histogram!(name, unit, help),
        }
        let labels = match self.label {
            None => vec![vec![]],
            Some((label, values)) => values.iter().map(|value| vec![(label, *value)]).collect(),
        };
        for labels in labels {
            match self.kind {
                Kind::Counter => counter!(name, &labels).increment(0),
                Kind::Gauge => gauge!(name, &labels).increment(0.0),
                Kind::Histogram => drop(histogram!(name, &labels)),
            }
        }
    }
}

/// From now on all of [`ALL`] are shown. Once a recorder is there.
pub(super) fn begin() {
    for metric in ALL {
        metric.begin();
    }
}

const fn metric(kind: Kind, name: &'static str, help: &'static str) -> Metric {
    Metric { name, kind, unit: None, help, label: None }
}

const fn counts(name: &'static str, help: &'static str) -> Metric {
    metric(Kind::Counter, name, help)
}

const fn stands(name: &'static str, help: &'static str) -> Metric {
    metric(Kind::Gauge, name, help)
}

const fn spreads(name: &'static str, help: &'static str) -> Metric {
    metric(Kind::Histogram, name, help)
}

/// Actors of which there is one for each thing in the world, and which have a mailbox of ours.
const HOSTED: &[&str] = &["conversation", "agent"];
/// All kinds of actors.
const ACTORS: &[&str] = &["conversation", "agent", "intake", "delivery", "media", "router", "live", "answerer"];

/// Kinds of jobs.
const JOBS: &[&str] = &["sending", "media", "read_marks"];

/// Tables that are made from the journal.
const PROJECTIONS: &[&str] = &["audit"];

/// Tasks that begin anew when they panic.
pub const TASKS: &[&str] = &[
    "arrivals",
    "checkpoint",
    "control",
    "departures",
    "feed",
    "lease",
    "leaving",
    "look around",
    "metrics",
    "passivation",
    "projection",
    "projections",
    "recovery",
    "releases",
    "reload",
    "statistics",
    "timers",
    "weather",
    "writer",
];

/// What can fall for good, so that the office is opened anew: tasks, what begins an actor, and supervisors of each kind of actor.
pub const ALARMS: &[&str] = &[
    "arrivals",
    "departures",
    "feed",
    "look around",
    "passivation",
    "recovery",
    "releases",
    "timers",
    "beginning",
    "conversation",
    "agent",
    "intake",
    "delivery",
    "media",
    "router",
    "live",
    "answerer",
];

/// News of an account, as the provider names them.
pub const NEWS: &[&str] = &[
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "business_capability_update",
    "business_status_update",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "template_category_update",
    "template_correct_category_detection",
    "user_preferences",
];

const STOPS: [&str; StopReason::ALL.len()] = {
    let mut names = [""; StopReason::ALL.len()];
    let mut n = 0;
    while n < names.len() {
        names[n] = StopReason::ALL[n].name();
        n += 1;
    }
    names
};

const MEDIA_FAILURES: [&str; MediaFailure::ALL.len()] = {
    let mut names = [""; MediaFailure::ALL.len()];
    let mut n = 0;
    while n < names.len() {
        names[n] = MediaFailure::ALL[n].name();
        n += 1;
    }
    names
};

/// All of them, in the order in which they are documented.
pub const ALL: &[Metric] = &[
    stands("dashoffice_configuration_refused", "1: the configuration on disk is not legal, and is not what runs"),
    stands("dashoffice_configuration_waiting", "Keys that changed on disk and take effect at the next start"),
    stands("dashoffice_provisioning_refused", "1: the office's file is wrong, and nothing of it was applied"),
    counts("dashoffice_alarms_total", "What could not be kept up, so that the office ended and opened anew")
        .of("what", ALARMS),
    stands("dashoffice_actors_quarantined", "Chats or agents that are left alone now because they keep failing")
        .of("kind", HOSTED),
    counts("dashoffice_actor_quarantines_total", "How often a chat or an agent began to be left alone")
        .of("kind", HOSTED),
    counts("dashoffice_actor_parked_total", "Items put aside as dead letters").of("kind", HOSTED),
    counts("dashoffice_intake_unreadable_total", "Items put aside because nobody could tell whose they are"),
    counts("dashoffice_account_news_total", "News of an account or its numbers, by the provider's name for them")
        .of("kind", NEWS),
    counts("dashoffice_actor_restarts_total", "Actors that failed and were begun anew").of("kind", ACTORS),
    counts("dashoffice_task_restarts_total", "Tasks that panicked and were begun anew").of("task", TASKS),
    stands("dashoffice_actor_orders_waiting", "Orders in mailboxes").of("kind", HOSTED),
    stands("dashoffice_actor_orders_in_flight", "Orders being handled").of("kind", HOSTED),
    counts("dashoffice_actor_busy_total", "Orders that met a full mailbox, and come again").of("kind", HOSTED),
    spreads("dashoffice_actor_handling_seconds", "From taking an order to its outcome, commit and all")
        .of("kind", HOSTED)
        .in_unit(Unit::Seconds),
    stands("dashoffice_actors_resident", "Actors in memory").of("kind", ACTORS),
    stands("dashoffice_jobs_waiting", "Jobs that are known and wait for their turn or until they are due")
        .of("kind", JOBS),
    stands("dashoffice_jobs_under_way", "Jobs being done").of("kind", JOBS),
    counts("dashoffice_jobs_done_total", "Jobs that were done").of("kind", JOBS),
    counts("dashoffice_jobs_postponed_total", "Attempts at jobs that are made again later").of("kind", JOBS),
    counts("dashoffice_jobs_dead_total", "Jobs that were given up").of("kind", JOBS),
    counts("dashoffice_jobs_unknown_total", "Attempts at jobs of which nobody knows what became").of("kind", JOBS),
    spreads("dashoffice_job_running_seconds", "An attempt at a job, without what is recorded of it")
        .of("kind", JOBS)
        .in_unit(Unit::Seconds),
    counts("dashoffice_webhook_items_total", "Items of webhooks that are on disk, by the way they came there")
        .of("way", &["short", "inbox"]),
    counts("dashoffice_store_answers_total", "What the store came to")
        .of("answer", &["committed", "accepted", "conflict", "rejected", "unknown", "unavailable"]),
    counts("dashoffice_store_transactions_total", "Transactions begun"),
    counts("dashoffice_store_jobs_total", "Jobs put into transactions"),
    spreads("dashoffice_store_batch_jobs", "Jobs that shared one transaction"),
    stands("dashoffice_store_low_jobs_waiting", "Jobs of the low lane that wait for room or for their turn"),
    counts("dashoffice_store_low_jobs_total", "Jobs of the low lane that had their turn"),
    spreads("dashoffice_store_low_wait_seconds", "How long a job of the low lane waited for its turn")
        .in_unit(Unit::Seconds),
    stands("dashoffice_store_low_longest_wait_seconds", "The longest wait in the low lane since the process began")
        .in_unit(Unit::Seconds),
    stands("dashoffice_projection_behind_events", "Events that a projection has not folded yet, of all tenants")
        .of("projection", PROJECTIONS),
    stands(
        "dashoffice_projection_behind_seconds",
        "How long ago the first event happened that a projection has not folded",
    )
    .of("projection", PROJECTIONS)
    .in_unit(Unit::Seconds),
    stands("dashoffice_projection_stopped", "Tenants for which a projection fails and is tried again")
        .of("projection", PROJECTIONS),
    stands("dashoffice_store_wal_bytes", "Length of SQLite's write-ahead log").in_unit(Unit::Bytes),
    counts("dashoffice_store_subscribers_lagged_total", "Listeners in the process that fell behind the feed"),
    stands("dashoffice_store_orphan_statuses", "Statuses of messages that nobody here sent, older than ten minutes"),
    counts("dashoffice_connections_ended_total", "Idle connections that were ended for new ones"),
    counts("dashoffice_requests_refused_total", "Requests answered 503 because too few connections were left"),
    counts("dashoffice_connections_unread_total", "Connections hung up on because nobody took the answer"),
    counts("dashoffice_webhooks_refused_total", "Webhooks answered 503")
        .of("why", &["starting", "store_away", "too_slow", "backlog", "no_room"]),
    counts("dashoffice_signatures_refused_total", "Webhooks whose signature was missing or wrong"),
    counts("dashoffice_sign_ins_failed_total", "Sign-ins that failed").of("why", &["wrong", "throttled", "crowded"]),
    stands("dashoffice_numbers_stopped", "Numbers from which nothing leaves now").of("why", &STOPS),
    stands("dashoffice_api_sockets", "Consoles connected"),
    stands("dashoffice_live_subscribers", "Consoles that follow something, of all tenants"),
    counts("dashoffice_live_lagged_total", "Consoles that fell behind and were shown everything anew"),
    counts("dashoffice_media_fetched_total", "Files of customers that were fetched"),
    counts("dashoffice_media_fetched_bytes_total", "Bytes of files of customers that were fetched")
        .in_unit(Unit::Bytes),
    counts("dashoffice_media_failed_total", "Files of customers that will not be fetched").of("why", &MEDIA_FAILURES),
];
