//! The kernel's port in memory.

use super::Memory;
use super::life::NoAnswer;
use crate::Office;
use crate::judge::{AdminWrite, is_seen};
use dashoffice_domain::{Entity, Timestamp};
use dashoffice_runtime::{
    Commit, DueTimer, Envelope, Journal, Micros, Outcome, ParkReason, Recorded, StateRow, Take, Unavailable,
};
use futures_util::future::BoxFuture;
use uuid::Uuid;

impl Memory {
    pub(super) async fn admin_write(&self, doing: &'static str, admin_write: AdminWrite) -> Result<i64, Unavailable> {
        let store = self.answering().await;
        store
            .lived(store.writer.admin_write(doing, admin_write))
            .await
            .unwrap_or_else(|NoAnswer| Err(NoAnswer::to_who_was(doing)))
    }

    async fn committed(&self, commit: Commit<Office>) -> Outcome {
        let store = self.answering().await;
        if store.term_now().is_none() {
            return Outcome::Unavailable;
        }
        store.lived(store.writer.commit(commit)).await.unwrap_or(Outcome::Unknown)
    }

    async fn passed(&self) -> Result<(), Unavailable> {
        let store = self.answering().await;
        let doing = "waiting for the writer";
        store.lived(store.writer.barrier()).await.unwrap_or_else(|NoAnswer| Err(NoAnswer::to_who_was(doing)))
    }
}

impl Journal<Office> for Memory {
    fn commit(&self, commit: Commit<Office>) -> BoxFuture<'static, Outcome> {
        let store = self.clone();
        if store.life.is_over() || store.term_now().is_none() {
            return Box::pin(async move { store.committed(commit).await });
        }
        // Handed in at once: a barrier asked for from now on is behind it.
        let commit = self.writer.commit(commit);
        Box::pin(async move { store.lived(commit).await.unwrap_or(Outcome::Unknown) })
    }

    fn barrier(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(self.passed())
    }

    fn load(&self, tenant: Uuid, entity: Entity) -> BoxFuture<'_, Result<Option<StateRow>, Unavailable>> {
        Box::pin(self.reading(move |disk| {
            Ok(disk.tables.states.get(&(tenant, entity)).map(|state| StateRow {
                sequence: state.sequence,
                schema_version: state.schema_version,
                body: state.body.clone(),
            }))
        }))
    }

    fn events(
        &self,
        tenant: Uuid,
        entity: Entity,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Envelope<Office>>, Unavailable>> {
        Box::pin(self.reading(move |disk| {
            let of_tenant = disk.events.get(&tenant).map_or(&[][..], Vec::as_slice);
            let of_entity = of_tenant.iter().filter(|event| event.entity == entity && event.sequence > after);
            Ok(of_entity.take(limit as usize).cloned().collect())
        }))
    }

    fn last_at(&self, tenant: Uuid) -> BoxFuture<'_, Result<Option<Micros>, Unavailable>> {
        Box::pin(self.reading(move |disk| Ok(disk.events.get(&tenant).and_then(|events| Some(events.last()?.at)))))
    }

    fn still_there(&self, tenant: Uuid, take: Take<Entity>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        Box::pin(self.reading(move |disk| {
            Ok(match take {
                Take::Inbox(position) => disk.tables.inbox.has(&(tenant, position)),
                Take::Unseen(key) => !is_seen(&disk.tables, tenant, &key),
                Take::Timer { entity, kind, token } => {
                    disk.tables.timers.get(&(tenant, entity, kind)).is_some_and(|timer| timer.token == token)
                }
            })
        }))
    }

    fn recorded(
        &self,
        tenant: Uuid,
        principal: Uuid,
        key: Uuid,
    ) -> BoxFuture<'_, Result<Option<Recorded>, Unavailable>> {
        Box::pin(self.reading(move |disk| {
            let result = disk.tables.results.get(&(tenant, principal, key));
            Ok(result.map(|result| Recorded { fingerprint: result.fingerprint, answer: result.answer.clone() }))
        }))
    }

    fn count_try(&self, tenant: Uuid, position: i64) -> BoxFuture<'_, Result<i64, Unavailable>> {
        Box::pin(self.admin_write("counting a try", AdminWrite::CountTry { tenant, position }))
    }

    fn park(
        &self,
        tenant: Uuid,
        take: Take<Entity>,
        entity: Option<Entity>,
        reason: ParkReason,
        detail: String,
    ) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Park { tenant, take, entity, reason, detail };
        Box::pin(async move { self.admin_write("parking an item", admin_write).await.map(|_| ()) })
    }

    fn suspend(&self, tenant: Uuid, positions: Vec<i64>, held: bool) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Suspend { tenant, positions, held };
        Box::pin(async move { self.admin_write("holding rows", admin_write).await.map(|_| ()) })
    }

    fn bump_fencing_token(&self, tenant: Uuid, name: String) -> BoxFuture<'_, Result<i64, Unavailable>> {
        Box::pin(self.admin_write("raising a guard", AdminWrite::BumpFencingToken { tenant, name }))
    }

    fn due_timers(
        &self,
        until: Micros,
        limit: u32,
    ) -> BoxFuture<'_, Result<(Vec<DueTimer<Entity>>, Option<Micros>), Unavailable>> {
        Box::pin(self.reading(move |disk| {
            let mut timers: Vec<DueTimer<Entity>> = disk
                .tables
                .timers
                .iter()
                .map(|((tenant, entity, kind), timer)| DueTimer {
                    tenant: *tenant,
                    entity: *entity,
                    kind: kind.clone(),
                    token: timer.token,
                    due_at: timer.due_at.0,
                })
                .collect();
            timers.sort_by_key(|timer| timer.due_at);
            let due = timers.iter().take(limit as usize).take_while(|timer| timer.due_at <= until).count();
            let later = timers.split_off(due);
            Ok((timers, later.first().map(|timer| timer.due_at)))
        }))
    }

    fn alive(&self, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Alive { at: Timestamp(at) };
        Box::pin(async move { self.admin_write("saying that we are at work", admin_write).await.map(|_| ()) })
    }

    fn shift_timers(&self, kinds: &'static [&'static str], at: Micros) -> BoxFuture<'_, Result<Micros, Unavailable>> {
        let admin_write = AdminWrite::ShiftTimers { kinds, at: Timestamp(at) };
        Box::pin(self.admin_write("giving clocks their time back", admin_write))
    }

    fn started(&self, instance: Uuid, at: Micros, window: Micros) -> BoxFuture<'_, Result<u32, Unavailable>> {
        let admin_write = AdminWrite::Started { instance, at: Timestamp(at), window_us: window };
        Box::pin(async move { self.admin_write("recording a start", admin_write).await.map(|count| count as u32) })
    }

    fn stopped(&self, instance: Uuid, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Stopped { instance, at: Timestamp(at) };
        Box::pin(async move { self.admin_write("recording a clean end", admin_write).await.map(|_| ()) })
    }

    fn term(&self) -> Option<i64> {
        self.term_now()
    }
}
