//! The careful start: after a crash loop, what was found is counted on disk before it is handled, and nothing else goes beside it (A3).

use super::actor::{Desk, PAGE, read_again};
use dashoffice_domain::ports::Unavailable;
use dashoffice_runtime::{Admission, Turn};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

/// Rows of a careful start that go together, when none of them was in hand at a death.
const UNSUSPECTED_AT_ONCE: usize = 64;

/// Rows found at a careful start.
#[derive(Debug, Default)]
pub(super) struct Careful {
    /// `None`: not looked yet.
    pub(super) found: Option<VecDeque<(i64, i64)>>,
    /// Held while one of them is in hand: alone in the process.
    turn: Option<Turn>,
}

impl Desk {
    /// Crash-loop mode: what was found at the start is counted on disk first, and nothing else goes beside it; whoever was in hand at
    /// a death before goes alone.
    pub(super) async fn next_of_careful_start(&mut self) -> Result<(), Unavailable> {
        if !self.waiting.is_empty() {
            return Ok(());
        }
        // The one before is at its end, and so is its turn.
        let mut careful = self.careful.replace(Careful::default()).unwrap_or_default();
        careful.turn = None;
        if careful.found.is_none() {
            careful.found = Some(self.everything_there().await?);
        }
        while let Some(group) = careful.found.as_mut().map(next_group).filter(|group| !group.is_empty()) {
            let turn = self.parts.rescue.turn().await;
            let tenant = self.parts.reads.tenant().0;
            let admissions = self.parts.rescue.admit(tenant, &group).await.map_err(read_again)?;
            let admitted = group.into_iter().zip(admissions).filter(|(_, admission)| *admission == Admission::Handle);
            for row in self.parts.reads.inbox_rows(admitted.map(|(position, _)| position).collect()).await? {
                self.take_up(row).await?;
            }
            if !self.waiting.is_empty() {
                careful.turn = Some(turn);
                self.careful = Some(careful);
                return Ok(());
            }
        }
        tracing::info!("what was found at the start has been handled");
        self.careful = None;
        self.care_is_over.store(true, Ordering::Release);
        self.start_over();
        self.scan().await
    }

    /// The positions of all rows there are, in order, each with how often it was tried.
    async fn everything_there(&self) -> Result<VecDeque<(i64, i64)>, Unavailable> {
        let mut positions = VecDeque::new();
        loop {
            let after = positions.back().map_or(0, |(position, _)| *position);
            let rows = self.parts.reads.unconsumed(after, PAGE).await?;
            let is_last = rows.len() < PAGE as usize;
            positions.extend(rows.into_iter().map(|row| (row.position, row.tries)));
            if is_last {
                return Ok(positions);
            }
        }
    }
}

/// The first row alone if it was in hand before; else as many as nobody suspects, up to a few.
fn next_group(found: &mut VecDeque<(i64, i64)>) -> Vec<i64> {
    let suspects = found.iter().position(|(_, tries)| *tries > 0).unwrap_or(found.len());
    let group = suspects.clamp(1, UNSUSPECTED_AT_ONCE).min(found.len());
    found.drain(..group).map(|(position, _)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_whoever_was_in_hand_at_a_death_goes_alone_and_the_others_a_few_at_a_time() {
        let mut found: VecDeque<(i64, i64)> = (1..=70).map(|position| (position, i64::from(position == 67))).collect();
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
