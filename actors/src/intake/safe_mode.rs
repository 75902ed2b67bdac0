//! Care: after a crash loop, and when something comes again of which a process died on its way past the inbox, what is there is counted on
//! disk before it is handled, and nothing else goes beside it (A3).

use super::actor::{IntakeState, PAGE, read_again};
use dashoffice_domain::ports::Unavailable;
use dashoffice_runtime::{Admission, Turn};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

/// Rows of a start in safe mode that go together, when none of them was in hand at a death.
const UNSUSPECTED_AT_ONCE: usize = 64;

/// A row that was there when care began.
#[derive(Debug)]
pub(super) struct FoundRow {
    position: i64,
    /// It was in hand at a death.
    is_suspect: bool,
}

/// Rows found when care began: at a start in safe mode, or when something came again of which a process had died on its way past the inbox.
#[derive(Debug, Default)]
pub(super) struct SafeMode {
    /// `None`: not looked yet.
    pub(super) found: Option<VecDeque<FoundRow>>,
    /// Held while one of them is in hand: alone in the process.
    turn: Option<Turn>,
}

impl IntakeState {
    /// Crash-loop mode: what was found at the start is counted on disk first, and nothing else goes beside it; whoever was in hand at
    /// a death before goes alone.
    pub(super) async fn next_in_safe_mode(&mut self) -> Result<(), Unavailable> {
        if !self.waiting.is_at_rest() || !self.unstored.is_empty() {
            return Ok(());
        }
        // The one before is at its end, and so is its turn.
        let mut safe_mode = self.safe_mode.replace(SafeMode::default()).unwrap_or_default();
        safe_mode.turn = None;
        if safe_mode.found.is_none() {
            safe_mode.found = Some(self.everything_there().await?);
        }
        while let Some(group) = safe_mode.found.as_mut().map(next_group).filter(|group| !group.is_empty()) {
            let turn = self.parts.crash_loop_guard.turn().await;
            self.parts.doors.are_quiet().await;
            let tenant = self.parts.reads.tenant().0;
            let admissions = self.parts.crash_loop_guard.admit(tenant, &group).await.map_err(read_again)?;
            let (admitted, parked): (Vec<_>, Vec<_>) =
                group.into_iter().zip(admissions).partition(|(_, admission)| *admission == Admission::Handle);
            for (position, _) in parked {
                self.gone(position);
            }
            for row in self.parts.reads.inbox_rows(admitted.into_iter().map(|(position, _)| position).collect()).await?
            {
                self.take_up(row).await?;
            }
            if !self.waiting.is_at_rest() {
                safe_mode.turn = Some(turn);
                self.safe_mode = Some(safe_mode);
                return Ok(());
            }
        }
        tracing::info!("what was there when care began has been handled");
        self.safe_mode = None;
        self.care_is_over.store(true, Ordering::Release);
        self.start_over();
        // It may find another one.
        Box::pin(self.scan()).await
    }

    /// All rows there are, in order.
    async fn everything_there(&mut self) -> Result<VecDeque<FoundRow>, Unavailable> {
        let mut found: VecDeque<FoundRow> = VecDeque::new();
        loop {
            let after = found.back().map_or(0, |row| row.position);
            let rows = self.parts.reads.unconsumed(after, PAGE).await?;
            let is_last = rows.len() < PAGE as usize;
            for row in rows {
                let is_suspect = row.tries > 0 || row.suspect.is_some();
                found.push_back(FoundRow { position: row.position, is_suspect });
                self.suspects.extend(row.suspect.map(|key| (row.position, key)));
            }
            if is_last {
                return Ok(found);
            }
        }
    }
}

/// The first row alone if it was in hand before; else as many as nobody suspects, up to a few.
fn next_group(found: &mut VecDeque<FoundRow>) -> Vec<i64> {
    let suspects = found.iter().position(|row| row.is_suspect).unwrap_or(found.len());
    let group = suspects.clamp(1, UNSUSPECTED_AT_ONCE).min(found.len());
    found.drain(..group).map(|row| row.position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_whoever_was_in_hand_at_a_death_goes_alone_and_the_others_a_few_at_a_time() {
        let found = (1..=70).map(|position| FoundRow { position, is_suspect: position == 67 });
        let mut found: VecDeque<FoundRow> = found.collect();
        let mut groups = Vec::new();
        while !found.is_empty() {
            groups.push(next_group(&mut found));
        }
        let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [64, 2, 1, 3]);
        assert_eq!(groups[2], [67]);
        assert_eq!(groups.concat(), (1..=70).collect::<Vec<_>>(), "in order, and nobody is left out");
    }
}
