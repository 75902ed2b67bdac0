//! Work beside commits: tries, dead letters, holds, starts, interrupted sends, sign-ins.

use super::CommitStamp;
use super::commit::tell;
use super::job::{AdminWrite, Answer, Fate, JobResult, TenantChanges};
use super::status::{self, Author};
use super::{access, projection, unmatched};
use crate::records::{DeadRecord, InboxRecord, ResultRecord, StartRecord, Tables, TimerKey};
use dashoffice_domain::channel::outgoing::SendState;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{MessageId, OfferId, TenantId};
use dashoffice_domain::{Entity, Item, Span, Timestamp};
use dashoffice_runtime::{CommandResult, Take};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub(super) fn judge(tables: &mut Tables, admin_write: &AdminWrite, stamp: CommitStamp) -> JobResult {
    let done = JobResult::quiet(Answer::Count(0));
    match admin_write {
        AdminWrite::CountTry { tenant, position } => {
            let tries = tables.inbox.change(&(*tenant, *position)).map_or(0, |row| {
                row.tries += 1;
                row.tries
            });
            JobResult::quiet(Answer::Count(tries))
        }
        AdminWrite::Park { tenant, take: Take::Timer { entity, kind, token }, .. } => {
            let key = (*tenant, *entity, kind.clone());
            if tables.timers.get(&key).is_some_and(|timer| timer.token == *token) {
                tables.timers.remove(&key);
            }
            done
        }
        // It is nowhere yet, and its sender is told so.
        AdminWrite::Park { take: Take::Unseen(_), .. } => done,
        AdminWrite::Park { tenant, take: Take::Inbox(position), entity, reason, detail } => {
            let mut news = TenantChanges::of(*tenant);
            if let Some(item) = tables.inbox.remove(&(*tenant, *position)) {
                news.gone.push(*position);
                tables.dead.put(
                    (*tenant, *position),
                    DeadRecord {
                        item,
                        entity: *entity,
                        reason: reason.name().to_owned(),
                        detail: detail.clone(),
                        parked_at: stamp.now,
                    },
                );
            }
            JobResult { answer: Answer::Count(0), news: vec![news] }
        }
        AdminWrite::Suspend { tenant, positions, held } => {
            let mut news = TenantChanges::of(*tenant);
            for position in positions {
                let key = (*tenant, *position);
                let Some(row) = tables.inbox.get(&key).filter(|row| row.held != *held) else { continue };
                if *held {
                    news.gone.push(*position);
                } else {
                    news.back.push((*position, row.received_at));
                }
                if let Some(row) = tables.inbox.change(&key) {
                    row.held = *held;
                }
            }
            JobResult { answer: Answer::Count(0), news: vec![news] }
        }
        AdminWrite::Started { instance, at, window_us } => {
            let unclean = tables
                .starts
                .iter()
                .filter(|(other, start)| {
                    *other != instance && start.stopped_at.is_none() && start.started_at.0 >= at.0 - window_us
                })
                .count();
            tables.starts.put(*instance, StartRecord { started_at: *at, stopped_at: None });
            JobResult::quiet(Answer::Count(unclean as i64))
        }
        AdminWrite::Stopped { instance, at } => {
            if let Some(start) = tables.starts.change(instance) {
                start.stopped_at = Some(*at);
            }
            done
        }
        AdminWrite::Alive { at } => {
            tables.guards.put(alive_key(), at.0);
            done
        }
        AdminWrite::ShiftTimers { kinds, at } => shift_timers(tables, kinds, *at, stamp),
        AdminWrite::SettleInterrupted { under_way } => settle_interrupted(tables, under_way, stamp),
        AdminWrite::BumpFencingToken { tenant, name } => {
            let key = (*tenant, name.clone());
            let value = tables.guards.get(&key).copied().unwrap_or(0) + 1;
            tables.guards.put(key, value);
            JobResult::quiet(Answer::Count(value))
        }
        AdminWrite::Answer { tenant, result } => {
            JobResult::quiet(Answer::Count(keep(tables, *tenant, result, stamp).into()))
        }
        AdminWrite::DeadLetter { tenant, position, fate } => dead_letter(tables, (*tenant, *position), fate, stamp),
        AdminWrite::Connect { tenant, app, number, provider_ref } => {
            let mut news = TenantChanges::of(*tenant);
            let count = unmatched::deliver(tables, (*tenant, *app, provider_ref), *number, stamp, &mut news);
            JobResult { answer: Answer::Count(count as i64), news: vec![news] }
        }
        AdminWrite::Rewind { projection, tenant } => projection::rewind(tables, projection, *tenant),
        AdminWrite::Access(admin_write) => {
            let answer = access::judge(tables, admin_write, stamp);
            let tenant = admin_write.tenant();
            let users = access::changed(&mut tables.access, tenant);
            JobResult { answer, news: vec![TenantChanges { users, ..TenantChanges::of(tenant) }] }
        }
    }
}

/// `false`: something is kept under this key already.
fn keep(tables: &mut Tables, tenant: Uuid, result: &CommandResult, stamp: CommitStamp) -> bool {
    let key = (tenant, result.principal, result.key);
    if tables.results.has(&key) {
        return false;
    }
    let answer = result.answer.clone();
    tables.results.put(key, ResultRecord { fingerprint: result.fingerprint, answer, at: stamp.now });
    true
}

/// 0: there is none, 1: done, 2: answered before.
fn dead_letter(tables: &mut Tables, key: (Uuid, i64), fate: &Fate, stamp: CommitStamp) -> JobResult {
    let tenant = key.0;
    if !tables.dead.has(&key) {
        return JobResult::quiet(Answer::Count(0));
    }
    let Fate::Retried { result } = fate else {
        tables.dead.remove(&key);
        return JobResult::quiet(Answer::Count(1));
    };
    if !keep(tables, tenant, result, stamp) {
        return JobResult::quiet(Answer::Count(2));
    }
    let mut news = TenantChanges::of(tenant);
    if let Some(dead) = tables.dead.remove(&key) {
        let position = tables.next_inbox_position(tenant);
        // It waits from now on: that it came long ago is nobody's backlog (A6).
        let row = InboxRecord { received_at: stamp.now, tries: 0, held: false, ..dead.item };
        news.arrivals.push((position, row.received_at));
        tables.inbox.put((tenant, position), row);
    }
    JobResult { answer: Answer::Count(1), news: vec![news] }
}

/// Where it stands when we were last known to be at work: among the guards, of no tenant.
pub(crate) fn alive_key() -> (Uuid, String) {
    (Uuid::nil(), "alive_at".to_owned())
}

/// Answers by how much they were moved, and tells each thread of it that has one. A clock that was set back moves nothing.
fn shift_timers(tables: &mut Tables, kinds: &[&str], at: Timestamp, stamp: CommitStamp) -> JobResult {
    let last = tables.guards.get(&alive_key()).copied();
    tables.guards.put(alive_key(), at.0);
    let lost = Span(last.map_or(0, |last| at.0.saturating_sub(last).max(0)));
    if lost.0 == 0 {
        return JobResult::quiet(Answer::Count(0));
    }
    let mut news: BTreeMap<Uuid, TenantChanges> = BTreeMap::new();
    let standing = tables.timers.iter().filter(|((_, _, kind), _)| kinds.contains(&kind.as_str()));
    let standing: Vec<TimerKey> = standing.map(|(key, _)| key.clone()).collect();
    for key in standing {
        if let Some(timer) = tables.timers.change(&key) {
            timer.due_at = timer.due_at.plus(lost);
            let (tenant, entity, token) = (key.0, key.1, OfferId(timer.token));
            if matches!(entity, Entity::Thread(_)) {
                let news = news.entry(tenant).or_insert_with(|| TenantChanges::of(tenant));
                tell(tables, tenant, entity, &Item::ClockStood { token, by_us: lost }, (stamp.now, Uuid::nil()), news);
            }
        }
    }
    JobResult { answer: Answer::Count(lost.0), news: news.into_values().collect() }
}

fn settle_interrupted(
    tables: &mut Tables,
    under_way: &BTreeSet<(TenantId, MessageId)>,
    stamp: CommitStamp,
) -> JobResult {
    let sending = tables.outbox.iter().filter(|(_, row)| row.state == SendState::Sending).map(|(key, _)| *key);
    let interrupted: Vec<(Uuid, MessageId)> =
        sending.filter(|(tenant, message)| !under_way.contains(&(TenantId(*tenant), *message))).collect();
    let mut news: BTreeMap<Uuid, TenantChanges> = BTreeMap::new();
    for (tenant, message) in &interrupted {
        if let Some(row) = tables.outbox.change(&(*tenant, *message)) {
            row.state = SendState::Unknown;
            row.changed_at = stamp.now;
        }
        if status::merge(tables, *tenant, *message, Status::Unknown, None) {
            let author = Author {
                tenant: *tenant,
                term: stamp.term,
                at: stamp.now,
                actor: Principal::SYSTEM,
                cause: message.0,
                correlation: message.0,
            };
            let event = status::moved(tables, &author, *message);
            news.entry(*tenant).or_insert_with(|| TenantChanges::of(*tenant)).events.extend(event);
        }
    }
    JobResult { answer: Answer::Count(interrupted.len() as i64), news: news.into_values().collect() }
}
