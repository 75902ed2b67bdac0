//! Rows of what goes out and comes in: sends and their ends, read marks, files, numbers, what was not understood.

use super::{Moves, Place};
use crate::judge::commit::Against;
use crate::judge::early;
use crate::judge::status::{self, Author};
use crate::records::{MediaRecord, OutboxRecord, RawRecord, ReadMarkRecord, Tables};
use dashoffice_domain::channel::Row;
use dashoffice_domain::channel::media::MediaState;
use dashoffice_domain::channel::outgoing::{Outgoing, SendState};
use dashoffice_domain::conversation::message::{Settled, Status};
use dashoffice_domain::ids::{MessageId, ThreadId};
use uuid::Uuid;

pub(super) fn violation(tables: &Tables, tenant: Uuid, row: &Row) -> Option<Against> {
    match row {
        Row::SendStarted { message } => {
            let waits = tables.outbox.get(&(tenant, *message)).is_some_and(|row| row.state == SendState::Pending);
            (!waits).then_some(Against::Conflict)
        }
        Row::SendQueued(outgoing) => tables
            .outbox
            .has(&(tenant, outgoing.message))
            .then_some(Against::Rejected("this message is queued already")),
        Row::MediaWanted(wanted) => tables
            .media
            .has(&(tenant, wanted.message))
            .then_some(Against::Rejected("the file of this message is ordered already")),
        Row::MediaPostponed { message, .. } | Row::MediaReady { message, .. } | Row::MediaFailed { message, .. } => {
            let wanted = tables.media.get(&(tenant, *message)).is_some_and(|row| row.state == MediaState::Wanted);
            (!wanted).then_some(Against::Conflict)
        }
        Row::SendSettled { thread, message, settled: Settled::Resent } => {
            let known = tables.messages().get(&(tenant, *message)).filter(|known| known.thread == *thread)?;
            (!known.status.may_be_said_again()).then_some(Against::Conflict)
        }
        Row::SendEnded { message, provider_message_id: Some(provider_id), .. } => {
            let number = tables.messages().get(&(tenant, *message))?.number;
            let other = tables.message_by_provider_id(tenant, number, provider_id)?;
            (other != *message).then_some(Against::Rejected("another message has this provider id"))
        }
        _ => None,
    }
}

pub(super) fn record(tables: &mut Tables, author: &Author, place: Place, row: &Row, moves: &mut Moves) {
    let tenant = author.tenant;
    match row {
        Row::ReadMark { thread, number, message } => {
            tables.read_marks.put((tenant, *thread), ReadMarkRecord { number: *number, message: *message });
        }
        Row::ReadMarksNotified { marks } => {
            for (thread, message) in marks {
                let key = (tenant, *thread);
                if tables.read_marks.get(&key).is_some_and(|mark| mark.message == *message) {
                    tables.read_marks.remove(&key);
                }
            }
        }
        Row::NumberState { number, state } => tables.number_states.put((tenant, *number), *state),
        Row::SendQueued(outgoing) => queue(tables, author, outgoing, place),
        Row::SendStarted { message } => {
            change_send(tables, author, *message, |row| {
                row.state = SendState::Sending;
                row.attempts += 1;
            });
            status::merge(tables, tenant, *message, Status::Sending, None);
        }
        Row::SendPostponed { message, not_before, error } => {
            // Whoever was told meanwhile that nobody knows decides; it does not go by itself again.
            if tables.outbox.get(&(tenant, *message)).is_some_and(|row| row.state != SendState::Unknown) {
                change_send(tables, author, *message, |row| {
                    row.state = SendState::Pending;
                    row.not_before = Some(*not_before);
                    row.error = Some(error.clone());
                });
            }
        }
        Row::SendUnknown { message } => {
            change_send(tables, author, *message, |row| row.state = SendState::Unknown);
            status::merge(tables, tenant, *message, Status::Unknown, None);
        }
        Row::SendSettled { thread, message, settled } => {
            if status::settle(tables, tenant, *thread, *message, *settled) {
                moves.moved.push(*message);
            }
        }
        Row::SendEnded { message, status, provider_message_id, error } => {
            tables.outbox.remove(&(tenant, *message));
            status::merge(tables, tenant, *message, *status, error.as_ref());
            moves.ended.push(*message);
            if let Some(provider_id) = provider_message_id {
                let early = status::learn_provider_id(tables, author, *message, provider_id);
                moves.moved.extend(early.moved.then_some(*message));
                moves.refused.extend(early.stops.map(|reason| (*message, reason)));
                moves.recorded.extend(early.recipient);
                if early::apply(tables, tenant, *message, provider_id) {
                    moves.altered.push(*message);
                    moves.changed.push(*message);
                }
            }
        }
        Row::SendsCancelled { thread } => {
            for message in pending_of(tables, tenant, *thread) {
                tables.outbox.remove(&(tenant, message));
                if status::merge(tables, tenant, message, Status::Cancelled, None) {
                    moves.moved.push(message);
                }
            }
        }
        Row::MediaWanted(wanted) => tables.media.put((tenant, wanted.message), MediaRecord::of(wanted)),
        Row::MediaPostponed { message, due_at, tried } => {
            change_media(tables, author, *message, |row| {
                row.due_at = *due_at;
                row.attempts += 1;
                row.tries += i64::from(*tried);
            });
        }
        Row::MediaReady { message, file } => {
            change_media(tables, author, *message, |row| {
                row.state = MediaState::Ready;
                row.file = Some(file.clone());
            });
        }
        Row::MediaFailed { message, why } => {
            change_media(tables, author, *message, |row| {
                row.state = MediaState::Failed;
                row.failure = Some(*why);
            });
        }
        Row::UnparsedItem { number, reason, raw } => tables.keep_raw(RawRecord {
            tenant,
            number: Some(*number),
            app: None,
            number_ref: None,
            item_key: None,
            correlation: None,
            news: None,
            account_ref: None,
            reason: reason.clone(),
            raw: raw.clone(),
            kept_at: author.at,
        }),
    }
}

fn queue(tables: &mut Tables, author: &Author, outgoing: &Outgoing, place: Place) {
    tables.outbox.put(
        (author.tenant, outgoing.message),
        OutboxRecord {
            outgoing: outgoing.clone(),
            state: SendState::Pending,
            attempts: 0,
            not_before: None,
            error: None,
            changed_at: author.at,
            position: place.position,
            ordinal: place.ordinal as i64,
        },
    );
}

/// Changes a row of the outbox. None there: a status has proved the send, or it was withdrawn, and nothing is left to do.
fn change_send(tables: &mut Tables, author: &Author, message: MessageId, change: impl FnOnce(&mut OutboxRecord)) {
    if let Some(row) = tables.outbox.change(&(author.tenant, message)) {
        change(row);
        row.changed_at = author.at;
    }
}

/// The row is there, or the commit would have met a violation.
fn change_media(tables: &mut Tables, author: &Author, message: MessageId, change: impl FnOnce(&mut MediaRecord)) {
    if let Some(row) = tables.media.change(&(author.tenant, message)) {
        change(row);
        row.changed_at = author.at;
    }
}

fn pending_of(tables: &Tables, tenant: Uuid, thread: ThreadId) -> Vec<MessageId> {
    tables
        .outbox
        .iter()
        .filter(|((of, _), row)| *of == tenant && row.outgoing.thread == thread && row.state == SendState::Pending)
        .map(|((_, message), _)| *message)
        .collect()
}
