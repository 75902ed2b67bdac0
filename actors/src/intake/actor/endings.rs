//! What was handed over and has ended, and what there is room for then.

use super::super::addresses::Place;
use super::IntakeState;
use crate::Office;
use dashoffice_domain::Entity;
use dashoffice_domain::ports::Unavailable;
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{End, Settled, Take};

/// Rows offered at a time to a slot that was full.
const REFILL: usize = 32;

impl IntakeState {
    pub(super) async fn settled(&mut self, settled: Settled<Office>) -> Result<(), Unavailable> {
        reach("intake", "settled");
        let position = match settled.take {
            Take::Inbox(position) => position,
            Take::Unseen(key) => {
                let Entity::Thread(thread) = settled.entity else { return Ok(()) };
                return self.unstored_settled(thread, &key, &settled.how).await;
            }
            Take::Timer { .. } => return Ok(()),
        };
        match settled.how {
            End::Done(_) => {
                if let Entity::Thread(thread) = settled.entity {
                    self.addresses.landed(thread, Place(position, 0));
                }
                self.is_no_suspect(position);
                self.waiting.settled(position);
            }
            End::Gone | End::Left => {
                // Perhaps taken for another thread: what is believed of this one for its sake was never recorded.
                if let Entity::Thread(thread) = settled.entity {
                    self.addresses.lost(thread, Place(position, 0));
                }
                self.is_no_suspect(position);
                self.waiting.settled(position);
            }
            End::Parked => self.gone(position),
            End::Held => self.suspend(settled.entity).await?,
            End::Returned => {
                if let Entity::Thread(thread) = settled.entity {
                    self.addresses.forget(thread);
                }
                // Perhaps it belongs elsewhere: everything is read again from the first row.
                self.start_over();
                if self.safe_mode.is_none() {
                    return self.scan().await;
                }
            }
        }
        self.refill(settled.entity).await?;
        if self.safe_mode.is_some() {
            return self.next_in_safe_mode().await;
        }
        Ok(())
    }

    /// A row is not there any more, by a commit of which nothing was heard, or put aside.
    pub(in super::super) fn gone(&mut self, position: i64) {
        self.is_no_suspect(position);
        if let Some(Entity::Thread(thread)) = self.waiting.settled(position) {
            self.addresses.lost(thread, Place(position, 0));
        }
    }

    /// It was handled, or put aside, and nobody died of it.
    fn is_no_suspect(&mut self, position: i64) {
        if let Some(key) = self.suspects.remove(&position) {
            self.parts.doors.clear(&key);
        }
    }

    /// Offers an entity what had no room before.
    pub(in super::super) async fn refill(&mut self, entity: Entity) -> Result<(), Unavailable> {
        loop {
            let positions = self.waiting.next(entity, REFILL);
            if positions.is_empty() {
                return Ok(());
            }
            let rows = self.parts.reads.inbox_rows(positions.clone()).await?;
            let gone: Vec<i64> =
                positions.into_iter().filter(|position| rows.iter().all(|row| row.position != *position)).collect();
            for position in gone {
                self.gone(position);
            }
            for row in rows {
                let position = row.position;
                match self.placed(row).await? {
                    None => self.gone(position),
                    Some((placed, order)) if placed == entity => {
                        if !self.offer(entity, order).await? {
                            return Ok(());
                        }
                    }
                    // It belongs to somebody else by now: read everything again, in order.
                    Some(_) => {
                        self.start_over();
                        return Ok(());
                    }
                }
            }
        }
    }
}
