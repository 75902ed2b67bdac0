//! One decision, all of it or nothing: first every reason against it, then everything it asks for (A4).

use super::CommitStamp;
use super::job::{Answer, JobResult, TenantChanges, earlier};
use super::rows::{self, Moves};
use super::seen::{brings, is_seen};
use super::status::{self, Author};
use super::{access, unmatched};
use crate::Office;
use crate::records::{InboxRecord, ResultRecord, StateRecord, Tables, TimerRecord};
use dashoffice_domain::ports::InboxSource;
use dashoffice_domain::{Entity, Item, Timestamp};
use dashoffice_runtime::{Commit, Envelope, Outcome, Take, TimerChange};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most inbox rows and timers that one commit consumes.
const MOST_TAKEN: usize = 32;

/// Why a commit does not happen.
pub(super) enum Against {
    Conflict,
    Rejected(&'static str),
}

pub(super) fn judge(tables: &mut Tables, commit: &Commit<Office>, stamp: CommitStamp) -> JobResult {
    match violation(tables, commit, stamp) {
        Some(Against::Conflict) => JobResult::quiet(Answer::Commit(Outcome::Conflict)),
        Some(Against::Rejected(reason)) => {
            JobResult::quiet(Answer::Commit(Outcome::Rejected { reason: reason.to_owned() }))
        }
        None => {
            let news = record(tables, commit, stamp);
            let position = tables.position(commit.tenant);
            JobResult { answer: Answer::Commit(Outcome::Committed { position }), news: vec![news] }
        }
    }
}

fn violation(tables: &Tables, commit: &Commit<Office>, stamp: CommitStamp) -> Option<Against> {
    if let Some(reason) = malformed(commit) {
        return Some(Against::Rejected(reason));
    }
    let expected = |there: bool| (!there).then_some(Against::Conflict);
    let tenant = commit.tenant;
    expected(commit.term == stamp.term)
        .or_else(|| expected(commit.expected_sequence.is_none_or(|known| known == sequence_of(tables, commit))))
        .or_else(|| commit.take.iter().find_map(|take| expected(is_there(tables, tenant, take))))
        .or_else(|| {
            let guard = commit.guard.as_ref()?;
            expected(tables.guards.get(&(tenant, guard.name.clone())) == Some(&guard.value))
        })
        .or_else(|| {
            let result = commit.command_result.as_ref()?;
            expected(!tables.results.has(&(tenant, result.principal, result.key)))
        })
        .or_else(|| rows::violation(tables, commit))
}

/// What no store could record, whatever it holds.
fn malformed(commit: &Commit<Office>) -> Option<&'static str> {
    if commit.take.len() > MOST_TAKEN {
        return Some("a commit takes at most 32 rows and timers");
    }
    if commit.take.iter().collect::<BTreeSet<_>>().len() != commit.take.len() {
        return Some("a commit takes each row and timer once");
    }
    let is_message = matches!(commit.entity, Entity::Message(_));
    match (&commit.state, commit.expected_sequence) {
        (Some(_), _) if is_message => Some("a message keeps its sequence in its row and has no state"),
        (Some(_), None) => Some("a state needs the sequence it was decided at"),
        (Some(state), Some(expected)) if state.sequence != expected + commit.events.len() as i64 => {
            Some("the state's sequence is not the expected one plus the events")
        }
        (None, _) if !is_message && !commit.events.is_empty() => Some("events of this entity need its state"),
        _ => None,
    }
}

fn sequence_of(tables: &Tables, commit: &Commit<Office>) -> i64 {
    match commit.entity {
        Entity::Message(message) => tables.messages().get(&(commit.tenant, message)).map_or(0, |known| known.sequence),
        entity => tables.states.get(&(commit.tenant, entity)).map_or(0, |state| state.sequence),
    }
}

fn is_there(tables: &Tables, tenant: Uuid, take: &Take<Entity>) -> bool {
    match take {
        Take::Inbox(position) => tables.inbox.has(&(tenant, *position)),
        Take::Unseen(key) => !is_seen(tables, tenant, key),
        Take::Timer { entity, kind, token } => {
            tables.timers.get(&(tenant, *entity, kind.clone())).is_some_and(|timer| timer.token == *token)
        }
    }
}

fn record(tables: &mut Tables, commit: &Commit<Office>, stamp: CommitStamp) -> TenantChanges {
    let tenant = commit.tenant;
    let mut news = TenantChanges::of(tenant);
    for take in &commit.take {
        match take {
            Take::Inbox(position) => {
                tables.inbox.remove(&(tenant, *position));
                news.gone.push(*position);
            }
            Take::Unseen(key) if brings(commit, key) => {}
            Take::Unseen(key) => tables.dedupe.put((tenant, key.clone()), stamp.now.0),
            Take::Timer { entity, kind, .. } => {
                tables.timers.remove(&(tenant, *entity, kind.clone()));
            }
        }
    }
    let author = Author {
        tenant,
        term: commit.term,
        at: Timestamp(commit.at),
        actor: commit.actor.clone(),
        cause: commit.cause,
        correlation: commit.correlation,
    };
    // Rows first: a message must be there before its events can be counted on it. Its own moves follow the decision's
    // events, so that a reader hears first what was decided and then what came of it.
    let Moves { moved, refused, ended, changed, recorded, connected, .. } = rows::record(tables, commit, &author);
    record_events(tables, commit, &mut news);
    for message in &moved {
        news.events.extend(status::moved(tables, &author, *message));
        status::finish_send(tables, tenant, *message);
    }
    for (message, reason) in refused {
        news.events.extend(status::refused(tables, &author, message, reason));
    }
    for message in moved.iter().chain(&ended).copied().collect::<BTreeSet<_>>() {
        status::tell_thread(tables, &author, message, &mut news);
    }
    for message in moved.into_iter().chain(ended) {
        if let Some(target) = status::tell_target(tables, tenant, message) {
            news.events.extend(status::changed(tables, &author, message, target));
        }
    }
    for message in changed {
        news.events.extend(status::overtaken(tables, &author, message));
    }
    if let Some(state) = &commit.state {
        tables.states.put(
            (tenant, commit.entity),
            StateRecord { sequence: state.sequence, schema_version: state.schema_version, body: state.body.clone() },
        );
    }
    for (number, settings) in connected {
        unmatched::deliver(tables, (tenant, settings.app, &settings.line.provider_ref), number, stamp, &mut news);
    }
    news.users = access::changed(&mut tables.access, tenant);
    news.due = change_timers(tables, commit);
    tell_all(tables, commit, stamp, &mut news);
    if let Some(result) = &commit.command_result {
        tables.results.put(
            (tenant, result.principal, result.key),
            ResultRecord { fingerprint: result.fingerprint, answer: result.answer.clone(), at: stamp.now },
        );
    }
    news.rows = recorded;
    news
}

fn record_events(tables: &mut Tables, commit: &Commit<Office>, news: &mut TenantChanges) {
    let tenant = commit.tenant;
    let mut sequence = sequence_of(tables, commit);
    for draft in &commit.events {
        sequence += 1;
        let event = Envelope {
            id: draft.id,
            tenant,
            position: tables.next_position(tenant),
            entity: commit.entity,
            sequence,
            at: commit.at,
            actor: commit.actor.clone(),
            cause: commit.cause,
            correlation: commit.correlation,
            owner_epoch: draft.owner_epoch,
            term: commit.term,
            event: draft.event.clone(),
        };
        tables.events.push(event.clone());
        news.events.push(event);
    }
    if let Entity::Message(message) = commit.entity
        && !commit.events.is_empty()
    {
        tables.change_message(tenant, message, |known| known.sequence = sequence);
    }
}

/// Answers when the first of the clocks that were set runs out.
fn change_timers(tables: &mut Tables, commit: &Commit<Office>) -> Option<i64> {
    let mut first = None;
    for change in &commit.timers {
        match change {
            TimerChange::Set { entity, kind, token, due_at } => {
                let record = TimerRecord { token: *token, due_at: Timestamp(*due_at) };
                tables.timers.put((commit.tenant, *entity, kind.clone()), record);
                first = earlier(first, Some(*due_at));
            }
            TimerChange::Clear { entity, kind } => {
                tables.timers.remove(&(commit.tenant, *entity, kind.clone()));
            }
        }
    }
    first
}

/// Orders to other entities become rows of the inbox, each once.
fn tell_all(tables: &mut Tables, commit: &Commit<Office>, stamp: CommitStamp, news: &mut TenantChanges) {
    for order in &commit.tells {
        let key = (commit.tenant, tell_key(order.id));
        if tables.dedupe.has(&key) {
            continue;
        }
        tables.dedupe.put(key, stamp.now.0);
        tell(tables, commit.tenant, order.to, &order.item, (stamp.now, commit.correlation), news);
    }
}

/// Puts an order to an entity into the inbox of its tenant, with what it is followed by.
pub(super) fn tell(
    tables: &mut Tables,
    tenant: Uuid,
    entity: Entity,
    item: &Item,
    (received_at, correlation): (Timestamp, Uuid),
    news: &mut TenantChanges,
) {
    let position = tables.next_inbox_position(tenant);
    let item = serde_json::to_vec(item).expect("an item of ours is always JSON");
    let source = InboxSource::Tell { entity, item };
    let record = InboxRecord { source, received_at, tries: 0, correlation, held: false, suspect: None };
    news.arrivals.push((position, record.received_at));
    tables.inbox.put((tenant, position), record);
}

/// What a tell is deduplicated by, beside the keys of providers.
pub(crate) fn tell_key(id: Uuid) -> String {
    format!("tell:{id}")
}
