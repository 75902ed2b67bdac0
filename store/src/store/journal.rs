//! The kernel's port on a database.

use super::Store;
use crate::Office;
use crate::judge::AdminWrite;
use crate::sql::{Columns, Connection, Error, decode, unavailable, values, was_seen};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::{Entity, Event, Timestamp};
use dashoffice_runtime::{
    Commit, DueTimer, Envelope, Journal, Micros, Outcome, ParkReason, Recorded, StateRow, Take, Unavailable,
};
use futures_util::future::BoxFuture;
use uuid::Uuid;

impl Journal<Office> for Store {
    fn commit(&self, commit: Commit<Office>) -> BoxFuture<'static, Outcome> {
        if self.term().is_none() {
            return Box::pin(std::future::ready(Outcome::Unavailable));
        }
        Box::pin(self.inner.writer.commit(commit))
    }

    fn barrier(&self) -> BoxFuture<'_, Result<(), Unavailable>> {
        Box::pin(async move {
            self.inner.writer.barrier().await?;
            // Whoever asks wants to go on: a store that took nothing just now is asked first whether it does again.
            if self.inner.writer.is_away() { self.takes_writes().await } else { Ok(()) }
        })
    }

    fn load(&self, tenant: Uuid, entity: Entity) -> BoxFuture<'_, Result<Option<StateRow>, Unavailable>> {
        Box::pin(self.reading("loading a state", async move |db| {
            let sql = "SELECT sequence, schema_version, body FROM entity_state \
                       WHERE tenant = $1 AND entity_kind = $2 AND entity_id = $3";
            let row = db.row(sql, values![tenant, entity.kind(), entity.id()]).await?;
            row.map(|row| {
                let mut c = row.columns();
                Ok(StateRow { sequence: c.int()?, schema_version: c.int()?, body: c.blob()? })
            })
            .transpose()
        }))
    }

    fn events(
        &self,
        tenant: Uuid,
        entity: Entity,
        after: i64,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<Envelope<Office>>, Unavailable>> {
        Box::pin(self.reading("reading events", async move |db| {
            let sql = format!(
                "SELECT {ENVELOPE} FROM event WHERE tenant = $1 AND entity_kind = $2 AND entity_id = $3 \
                 AND sequence > $4 ORDER BY sequence LIMIT $5"
            );
            let args = values![tenant, entity.kind(), entity.id(), after, i64::from(limit)];
            let rows = db.rows(sql, args).await?;
            rows.iter().filter_map(|row| envelope(&mut row.columns()).transpose()).collect()
        }))
    }

    fn last_at(&self, tenant: Uuid) -> BoxFuture<'_, Result<Option<Micros>, Unavailable>> {
        Box::pin(self.reading("looking for the last event", async move |db| {
            let sql = "SELECT at FROM event WHERE tenant = $1 ORDER BY position DESC LIMIT 1";
            let row = db.row(sql, values![tenant]).await?;
            row.map(|row| row.columns().time().map(|at| at.0)).transpose()
        }))
    }

    fn still_there(&self, tenant: Uuid, take: Take<Entity>) -> BoxFuture<'_, Result<bool, Unavailable>> {
        Box::pin(self.reading("looking for an item", async move |db| {
            let row = match take {
                Take::Unseen(key) => return Ok(!was_seen(db, tenant, &key).await?),
                Take::Inbox(position) => {
                    let sql = "SELECT position FROM inbox WHERE tenant = $1 AND position = $2";
                    db.row(sql, values![tenant, position]).await?
                }
                Take::Timer { entity, kind, token } => {
                    let sql = "SELECT token FROM timer WHERE tenant = $1 AND entity_kind = $2 AND entity_id = $3 \
                               AND kind = $4 AND token = $5";
                    db.row(sql, values![tenant, entity.kind(), entity.id(), kind, token]).await?
                }
            };
            Ok(row.is_some())
        }))
    }

    fn recorded(
        &self,
        tenant: Uuid,
        principal: Uuid,
        key: Uuid,
    ) -> BoxFuture<'_, Result<Option<Recorded>, Unavailable>> {
        Box::pin(self.reading("looking for a command's result", async move |db| {
            let sql = "SELECT fingerprint, answer FROM command_result \
                       WHERE tenant = $1 AND principal = $2 AND command_key = $3";
            let Some(row) = db.row(sql, values![tenant, principal, key]).await? else { return Ok(None) };
            let mut c = row.columns();
            let fingerprint = <[u8; 32]>::try_from(c.blob()?);
            let fingerprint = fingerprint.map_err(|_| crate::sql::unreadable("a fingerprint of 32 bytes"))?;
            Ok(Some(Recorded { fingerprint, answer: c.blob()? }))
        }))
    }

    fn count_try(&self, tenant: Uuid, position: i64) -> BoxFuture<'_, Result<i64, Unavailable>> {
        Box::pin(self.inner.writer.admin_write("counting a try", AdminWrite::CountTry { tenant, position }))
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
        Box::pin(async move { self.inner.writer.admin_write("parking an item", admin_write).await.map(|_| ()) })
    }

    fn suspend(&self, tenant: Uuid, positions: Vec<i64>, held: bool) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Suspend { tenant, positions, held };
        Box::pin(async move { self.inner.writer.admin_write("holding rows", admin_write).await.map(|_| ()) })
    }

    fn bump_fencing_token(&self, tenant: Uuid, name: String) -> BoxFuture<'_, Result<i64, Unavailable>> {
        Box::pin(async move {
            self.inner.writer.admin_write("raising a guard", AdminWrite::BumpFencingToken { tenant, name }).await
        })
    }

    fn due_timers(
        &self,
        until: Micros,
        limit: u32,
    ) -> BoxFuture<'_, Result<(Vec<DueTimer<Entity>>, Option<Micros>), Unavailable>> {
        Box::pin(self.reading("looking for due timers", async move |db| {
            let known = &*decode::KNOWN_KINDS;
            let sql = format!(
                "SELECT tenant, entity_kind, entity_id, kind, token, due_at FROM timer WHERE due_at <= $1 \
                 AND entity_kind IN ({known}) ORDER BY due_at, tenant, entity_id, kind LIMIT $2"
            );
            // One more than asked for tells when the next one is due.
            let rows = db.rows(sql, values![Timestamp(until), i64::from(limit) + 1]).await?;
            let mut due = rows.iter().map(|row| due_timer(&mut row.columns())).collect::<Result<Vec<_>, Error>>()?;
            if due.len() > limit as usize {
                let next = due.pop().map(|timer| timer.due_at);
                return Ok((due, next));
            }
            let sql = format!("SELECT MIN(due_at) FROM timer WHERE due_at > $1 AND entity_kind IN ({known})");
            let row = db.row(sql, values![Timestamp(until)]).await?;
            let next = row.map(|row| row.columns().time_or_null()).transpose()?.flatten();
            Ok((due, next.map(|instant| instant.0)))
        }))
    }

    fn alive(&self, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Alive { at: Timestamp(at) };
        Box::pin(
            async move { self.inner.writer.admin_write("saying that we are at work", admin_write).await.map(|_| ()) },
        )
    }

    fn shift_timers(&self, kinds: &'static [&'static str], at: Micros) -> BoxFuture<'_, Result<Micros, Unavailable>> {
        let admin_write = AdminWrite::ShiftTimers { kinds, at: Timestamp(at) };
        Box::pin(self.inner.writer.admin_write("giving clocks their time back", admin_write))
    }

    fn started(&self, instance: Uuid, at: Micros, window: Micros) -> BoxFuture<'_, Result<u32, Unavailable>> {
        let admin_write = AdminWrite::Started { instance, at: Timestamp(at), window_us: window };
        Box::pin(async move {
            self.inner.writer.admin_write("recording a start", admin_write).await.map(|count| count as u32)
        })
    }

    fn stopped(&self, instance: Uuid, at: Micros) -> BoxFuture<'_, Result<(), Unavailable>> {
        let admin_write = AdminWrite::Stopped { instance, at: Timestamp(at) };
        Box::pin(async move { self.inner.writer.admin_write("recording a clean end", admin_write).await.map(|_| ()) })
    }

    fn term(&self) -> Option<i64> {
        self.inner.standing.term()
    }
}

impl Store {
    /// Borrows a connection for one read; an error means that it is away for now.
    pub(crate) async fn reading<T>(
        &self,
        doing: &'static str,
        read: impl AsyncFnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Unavailable> {
        let mut db = self.reads().reader(doing).await?;
        read(&mut db).await.map_err(|error| unavailable(doing, &error))
    }
}

fn due_timer(c: &mut Columns<'_>) -> Result<DueTimer<Entity>, Error> {
    Ok(DueTimer { tenant: c.id()?, entity: decode::entity(c)?, kind: c.text()?, token: c.id()?, due_at: c.time()?.0 })
}

/// The columns of an event, as [`envelope`] reads them.
pub(super) const ENVELOPE: &str = "id, tenant, position, entity_kind, entity_id, sequence, at, actor, actor_kind, cause, correlation, \
                                   owner_epoch, term, body";

/// `None`: an event of a kind that a newer version wrote; it is skipped (C2).
pub(super) fn envelope(c: &mut Columns<'_>) -> Result<Option<Envelope<Office>>, Error> {
    let (id, tenant, position, entity) = (c.id()?, c.id()?, c.int()?, decode::entity(c)?);
    let (sequence, at) = (c.int()?, c.time()?.0);
    let (actor, actor_kind) = (c.id()?, c.text_or_null()?);
    let (cause, correlation) = (c.id()?, c.id()?);
    let (owner_epoch, term, body) = (c.int()?, c.int()?, c.text()?);
    let Ok(event) = serde_json::from_str::<Event>(&body) else {
        tracing::warn!(event.id = %id, position, "an event this version does not know was skipped");
        return Ok(None);
    };
    Ok(Some(Envelope {
        id,
        tenant,
        position,
        entity,
        sequence,
        at,
        actor: Principal::read(actor_kind.as_deref(), actor),
        cause,
        correlation,
        owner_epoch,
        term,
        event,
    }))
}
