//! What must hold between values, and what is legal but perhaps not meant.

use super::quantity::{Period, Size};
use super::values::Configuration;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// A line for the operator; nothing stops for it.
pub(crate) type Warning = String;

/// Everything that cannot be right.
pub(super) fn problems(c: &Configuration) -> Vec<String> {
    let url = c.data.database_url.reveal();
    let rules: [(bool, &str); 30] = [
        (c.server.webhook_timeout.0 > Duration::ZERO, "server.webhook_timeout must be more than nothing"),
        (c.server.header_timeout.0 > Duration::ZERO, "server.header_timeout must be more than nothing"),
        (c.server.body_timeout.0 > Duration::ZERO, "server.body_timeout must be more than nothing"),
        (in_bytes(c.server.body_limit, 1_000, 64_000_000), "server.body_limit must be from 1kB to 64MB"),
        (c.server.body_room >= c.server.body_limit, "server.body_room must hold at least one body (server.body_limit)"),
        (c.server.connections > 0, "server.connections must be at least 1"),
        (!c.data.dir.as_os_str().is_empty(), "data.dir must name a directory"),
        (
            url.is_empty() || url.starts_with("postgres://") || url.starts_with("postgresql://"),
            "data.database_url must begin with postgres:// (or be empty, for SQLite in the data directory)",
        ),
        (c.kernel.mailbox > 0 && c.kernel.mailbox <= 10_000, "kernel.mailbox must be from 1 to 10000"),
        (c.kernel.tries > 0 && c.kernel.tries <= 20, "kernel.tries must be from 1 to 20"),
        (c.kernel.crash_tries > 0 && c.kernel.crash_tries <= 20, "kernel.crash_tries must be from 1 to 20"),
        (
            c.kernel.max_resident >= 100 && c.kernel.max_resident <= 1_000_000,
            "kernel.max_resident must be from 100 to 1000000",
        ),
        (
            within(c.retention.dedupe, 7, 3_650),
            "retention.dedupe must be from 7d to 3650d: providers bring a message again for seven days",
        ),
        (within(c.retention.command_results, 1, 3_650), "retention.command_results must be from 1d to 3650d"),
        (within(c.retention.raw_items, 1, 3_650), "retention.raw_items must be from 1d to 3650d"),
        (within(c.retention.early_statuses, 1, 3_650), "retention.early_statuses must be from 1d to 3650d"),
        (c.admission.oldest.0 >= Duration::from_secs(1), "admission.oldest must be at least 1s"),
        (c.admission.per_tenant > 0, "admission.per_tenant must be at least 1"),
        (
            c.admission.in_all >= c.admission.per_tenant,
            "admission.in_all must hold what one tenant may have (admission.per_tenant)",
        ),
        (c.live.ring_events > 0 && c.live.console_frames > 0, "live.ring_events and console_frames must be at least 1"),
        (in_bytes(c.live.ring_size, 64 << 10, 1 << 30), "live.ring_size must be from 64KiB to 1GiB"),
        (in_bytes(c.live.console_size, 64 << 10, 1 << 30), "live.console_size must be from 64KiB to 1GiB"),
        (c.delivery.per_second > 0, "delivery.per_second must be at least 1"),
        (c.delivery.at_once > 0, "delivery.at_once must be at least 1"),
        ((1..=64).contains(&c.media.at_once), "media.at_once must be from 1 to 64"),
        ((1..=20).contains(&c.media.tries), "media.tries must be from 1 to 20"),
        (
            c.delivery.gives_up_after.0 >= Duration::from_mins(1),
            "delivery.gives_up_after must be at least 1m: a provider that is away for a moment comes back",
        ),
        (
            c.answerer.words.is_empty() || !c.answerer.agents.is_empty(),
            "answerer.agents must name somebody when answerer.words says something",
        ),
        (
            c.lease.beat.0 > Duration::ZERO && c.lease.beat.0 * 2 <= c.lease.ttl.0,
            "lease.beat must be at most half of lease.ttl, so that one missed beat loses nothing",
        ),
        (
            ["http://", "https://"].iter().any(|scheme| c.cloud.api_base.starts_with(scheme)),
            "cloud.api_base must begin with https:// (or http://, for a simulated provider)",
        ),
    ];
    let mut problems: Vec<String> =
        rules.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem.to_owned()).collect();
    problems.extend(not_nothing("kernel.command_timeout", c.kernel.command_timeout));
    problems.extend(not_nothing("kernel.idle", c.kernel.idle));
    problems.extend(not_nothing("delivery.post_timeout", c.delivery.post_timeout));
    problems.extend(not_nothing("media.fetch_timeout", c.media.fetch_timeout));
    problems.extend(not_nothing("media.stall_timeout", c.media.stall_timeout));
    if let Err(error) = EnvFilter::try_new(&c.log.level) {
        problems.push(format!("log.level: {error}"));
    }
    problems
}

/// What works, and may still surprise.
pub(super) fn warnings(c: &Configuration) -> Vec<Warning> {
    let api_is_near =
        ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|near| c.cloud.api_base.starts_with(near));
    let risks: [(bool, &str); 9] = [
        (
            !c.server.listen.ip().is_loopback(),
            "server.listen is open to other machines: it speaks plain HTTP, so put a proxy with TLS in front",
        ),
        (
            !c.server.listen.ip().is_loopback() && !c.server.trusted_proxies.0.reach_beyond_this_machine(),
            "server.trusted_proxies names nobody beyond this machine: behind a proxy elsewhere all requests come from its address, and \
             guesses at passwords count as everybody's",
        ),
        (
            c.server.webhook_timeout.0 > Duration::from_secs(5),
            "server.webhook_timeout is over 5s: providers give up sooner and come again",
        ),
        (
            c.server.short_way.0 * 2 > c.server.webhook_timeout.0,
            "server.short_way is over half of server.webhook_timeout and counts as half: what is not decided by then is still to be stored",
        ),
        (c.server.body_limit < Size(3_000_000), "server.body_limit is below 3MB: Meta may send bodies of 3 MB"),
        (
            c.cloud.api_base.starts_with("http://") && !api_is_near,
            "cloud.api_base is plain HTTP to another machine: access tokens travel in the clear",
        ),
        (
            c.retention.command_results.0 < Duration::from_hours(7 * 24),
            "retention.command_results is below 7d: the API promises its callers a week",
        ),
        (!c.answerer.words.is_empty(), "answerer.words is set: every customer is answered by itself"),
        (c.delivery.per_second > 1_000, "delivery.per_second is over 1000: no provider takes so many"),
    ];
    risks.into_iter().filter(|(risky, _)| *risky).map(|(_, risk)| risk.to_owned()).collect()
}

fn in_bytes(size: Size, least: u64, most: u64) -> bool {
    (least..=most).contains(&size.0)
}

fn within(period: Period, least_days: u64, most_days: u64) -> bool {
    (Duration::from_hours(24 * least_days)..=Duration::from_hours(24 * most_days)).contains(&period.0)
}

fn not_nothing(key: &str, period: Period) -> Option<String> {
    (period.0 == Duration::ZERO).then(|| format!("{key} must be more than nothing"))
}
