//! The tables: a version we understand, and nothing in them that waits for somebody to look.

use super::Finding;
use dashoffice_domain::Timestamp;
use dashoffice_store::examine::{Counts, Examination, Tables};

/// The oldest item waits longer than this: nobody works.
const WAITS_TOO_LONG_US: i64 = 60_000_000;
/// A start that lies further in the future was recorded by another clock.
const FUTURE_US: i64 = 60_000_000;

/// `now` in microseconds since 1970; `speaks` says whether there is a channel to a provider.
pub(super) fn judge(seen: &Examination, now: i64, speaks: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = seen.tables.map(version).into_iter().collect();
    if let Some(counts) = &seen.counts {
        findings.extend([backlog(counts, now), dead_letters(counts), unknown_sends(counts)]);
        findings.extend(put_aside(counts));
        findings.extend(clock(counts.last_start_at, now));
        findings.extend(lines(counts, speaks));
    }
    findings
}

fn version(tables: Tables) -> Finding {
    let Tables { version, known_version, min_reader, reader } = tables;
    if !tables.is_understood() {
        return Finding::problem(
            format!("the tables need a program that reads version {min_reader}; this one reads {reader}"),
            "install the version of dashoffice that last ran here, or a newer one",
        );
    }
    match version.cmp(&known_version) {
        std::cmp::Ordering::Less => {
            Finding::note(format!("the tables are of version {version}; the next start brings them to {known_version}"))
        }
        std::cmp::Ordering::Equal => Finding::fine(format!("the tables are of version {version}, and up to date")),
        std::cmp::Ordering::Greater => Finding::note(format!(
            "a newer program was here (tables {version}); this one (tables {known_version}) may run"
        )),
    }
}

fn backlog(counts: &Counts, now: i64) -> Finding {
    let Counts { backlog, oldest_received_at, .. } = counts;
    let waits_us = oldest_received_at.map_or(0, |Timestamp(since)| now - since);
    if waits_us > WAITS_TOO_LONG_US {
        let seconds = waits_us / 1_000_000;
        return Finding::problem(
            format!("{backlog} messages wait to be handled, the oldest for {seconds} s"),
            "start the server if none runs; if one does, its log says what holds it up",
        );
    }
    Finding::fine(format!("{backlog} messages wait to be handled"))
}

fn dead_letters(counts: &Counts) -> Finding {
    match counts.dead_letters {
        0 => Finding::fine("there are no dead letters"),
        n => Finding::problem(
            format!("{n} messages were put aside as dead letters: handling them failed each time"),
            "GET /api/v1/ops/dead-letters lists them, and an administrator retries or discards them; report it: this is a fault of ours",
        ),
    }
}

fn unknown_sends(counts: &Counts) -> Finding {
    match counts.unknown_sends {
        0 => Finding::fine("every send has come to a known end"),
        n => Finding::note(format!(
            "of {n} sends nobody knows whether they went; they are never repeated by themselves: ask the customer, and say in the console what became of them or send them again"
        )),
    }
}

fn put_aside(counts: &Counts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if counts.held > 0 {
        let what = format!("{} messages are held, because their chats fail again and again", counts.held);
        findings.push(Finding::problem(what, "the server tries them each minute; its log says why they fail"));
    }
    if counts.unmatched > 0 {
        let what = format!("{} items came for numbers that are not connected here (strays)", counts.unmatched);
        findings.push(Finding::note(what));
    }
    if counts.unparsed_items > 0 {
        let what = format!("{} items were not fully understood, and are kept raw for 30 days", counts.unparsed_items);
        findings.push(Finding::note(what));
    }
    if !counts.account_news.is_empty() {
        let kinds: Vec<_> = counts.account_news.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        let what = format!("news of the account in the last 30 days: {}", kinds.join(", "));
        findings.push(Finding::note(what));
    }
    findings
}

fn clock(last_start_at: Option<Timestamp>, now: i64) -> Option<Finding> {
    let ahead_us = last_start_at?.0 - now;
    (ahead_us > FUTURE_US).then(|| {
        Finding::problem(
            format!(
                "the last start was recorded {} s in the future: this machine's clock went back",
                ahead_us / 1_000_000
            ),
            "set the clock right, and let it follow time servers (chrony, systemd-timesyncd)",
        )
    })
}

fn lines(counts: &Counts, speaks: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = counts
        .lines
        .iter()
        .filter_map(|line| {
            let id = line.number;
            match &line.provider {
                None => Some(Finding::problem(
                    format!("number {id} belongs to no provider's app"),
                    "set its app up again, with the same secret and token",
                )),
                Some(provider) if !speaks(provider) => Some(Finding::problem(
                    format!(
                        "number {id} is at {provider}, and this program has no such channel: `serve` will not start"
                    ),
                    "install a version of dashoffice that has it, or remove the number",
                )),
                Some(_) => None,
            }
        })
        .collect();
    if findings.is_empty() {
        findings.push(match counts.lines.len() {
            0 => Finding::note("no number is connected yet"),
            n => Finding::fine(format!("connected numbers: {n}; each has a channel")),
        });
    }
    findings
}
