//! Rows that are not handed to anybody for now, or never: held for an entity in quarantine, parked where nobody reads them.

use super::{IntakeState, read_again};
use crate::Office;
use dashoffice_domain::Entity;
use dashoffice_domain::ports::Unavailable;
use dashoffice_runtime::{Order, ParkReason, Take};

impl IntakeState {
    /// The entity is quarantined: its rows stay, and are no part of admission (A6).
    pub(super) async fn suspend(&mut self, entity: Entity) -> Result<(), Unavailable> {
        let positions = self.waiting.suspend(entity);
        self.flag(positions, true).await
    }

    pub(super) async fn flag(&self, positions: Vec<i64>, held: bool) -> Result<(), Unavailable> {
        if positions.is_empty() {
            return Ok(());
        }
        self.parts.journal.suspend(self.parts.reads.tenant().0, positions, held).await.map_err(read_again)
    }

    /// An order for a kind of entity that this version does not serve.
    pub(super) async fn park_unserved(&mut self, entity: Entity, order: &Order<Office>) -> Result<(), Unavailable> {
        if let Some(Take::Inbox(position)) = order.take() {
            self.park(*position, Some(entity), format!("no actor serves a {}", entity.kind())).await?;
            self.waiting.settled(*position);
        }
        Ok(())
    }

    pub(super) async fn park(&self, position: i64, entity: Option<Entity>, detail: String) -> Result<(), Unavailable> {
        let tenant = self.parts.reads.tenant().0;
        metrics::counter!("dashoffice_intake_unreadable_total").increment(1);
        let parked = self.parts.journal.park(tenant, Take::Inbox(position), entity, ParkReason::Unreadable, detail);
        parked.await.map_err(read_again)
    }
}
