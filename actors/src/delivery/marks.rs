//! Read marks: the provider is told how far each thread was read. Beside the messages, never before them; told twice does no harm.
//!
//! Each thread has one mark in the store, the latest, so what comes while a round is under way is told in the next one, once.

use super::DeliveryParts;
use super::standing::empty;
use dashoffice_domain::Row;
use dashoffice_domain::channel;
use dashoffice_domain::channel::ReadMarkRow;
use dashoffice_domain::channel::outgoing::Marked;
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_runtime::Outcome;
use dashoffice_runtime::fail_point::reach;
use futures_util::{FutureExt, StreamExt, stream};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// Marks of one round.
const PER_ROUND: u32 = 64;
/// Marks under way at once.
const AT_ONCE: usize = 4;
/// How long to wait where the store did not take a round's record.
const A_WHILE: Duration = Duration::from_secs(5);
/// So many that are told and not recorded get a commit of their own.
const WORTH_A_COMMIT: usize = 64;

/// What was told and is not recorded yet: it is recorded together, so that a mark costs next to no commit.
pub(super) type Told = Vec<(ThreadId, MessageId)>;

/// Tells what there is to be told, beside what `told` says; `record`: whatever is told gets a commit now. `Some`: not all of
/// it was told, and it is not tried again before this.
pub(super) async fn tell(parts: &DeliveryParts, told: &mut Told, record: bool) -> Option<Duration> {
    loop {
        let most = PER_ROUND + WORTH_A_COMMIT as u32;
        let Ok(mut marks) = parts.reads.read_marks(parts.number, most).await else { return Some(A_WHILE) };
        marks.retain(|mark| !told.contains(&(mark.thread, mark.message)));
        let is_all = marks.is_empty();
        reach("read_marks", "tell");
        let said = stream::iter(marks).map(async |mark| (mark.clone(), said(parts, mark).await));
        let mut wait = None;
        for (mark, outcome) in said.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            match outcome {
                // What cannot be told is not kept either.
                Marked::Told | Marked::Never => told.push((mark.thread, mark.message)),
                Marked::TryLater { after } => wait = wait.max(Some(after)),
            }
        }
        reach("read_marks", "told");
        if told.len() >= WORTH_A_COMMIT || record && !told.is_empty() {
            let term = parts.journal.term()?;
            let mut commit = empty(parts, term, parts.ids.next());
            commit.rows = vec![Row::Channel(channel::Row::ReadMarksTold { marks: std::mem::take(told) })];
            // Where it does not come about, the marks are told once more.
            if !matches!(parts.journal.commit(commit).await, Outcome::Committed { .. }) {
                return Some(A_WHILE);
            }
        }
        if let Some(wait) = wait {
            return Some(Duration::from_micros(wait.0.max(0).cast_unsigned()).max(A_WHILE));
        }
        if is_all {
            return None;
        }
    }
}

async fn said(parts: &DeliveryParts, mark: ReadMarkRow) -> Marked {
    let Some(id) = mark.provider_message_id else { return Marked::Never };
    let telling = AssertUnwindSafe(parts.channel.mark_read(parts.line.clone(), id)).catch_unwind().await;
    telling.unwrap_or_else(|_| {
        tracing::error!(message.id = %mark.message, "an adapter panicked while marking as read");
        Marked::Never
    })
}
