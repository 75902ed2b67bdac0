//! Reads what a batch must know: a fixed number of statements, whatever the size of the batch.

use super::decode::{self, select_agent, select_inbox, select_media, select_message_head};
use super::needs::{Needs, entity_values, rows};
use super::{Connection, Error, values};
use super::{access, strays};
use crate::judge::Job;
use crate::records::{Cursor, ReadMarkRecord, ResultRecord, StartRecord, StateRecord, Tables, TimerRecord};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::MessageId;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// `cursors` are those that need not be read.
pub(crate) async fn load(
    db: &mut Connection,
    jobs: &[Arc<Job>],
    cursors: &HashMap<Uuid, Cursor>,
) -> Result<Tables, Error> {
    let mut needs = Needs::of(jobs);
    let mut tables = Tables::default();
    needs.cursors.retain(|tenant| match cursors.get(tenant) {
        Some(cursor) => {
            tables.cursors.known(*tenant, *cursor);
            false
        }
        None => true,
    });
    if needs.interrupted {
        interrupted(db, &mut tables).await?;
    }
    fences(db, &needs, &mut tables).await?;
    takes(db, &needs, &mut tables).await?;
    let found = strays::load(db, &needs.strays, &mut tables).await?;
    needs.dedupe.extend(found);
    claims(db, &needs, &mut tables).await?;
    messages(db, &needs, &mut tables).await?;
    files(db, &needs, &mut tables).await?;
    targets(db, &mut tables).await?;
    read_marks(db, &needs, &mut tables).await?;
    early(db, &needs, &mut tables).await?;
    access::load(db, &needs.access, &mut tables.access).await?;
    if let Some(since) = needs.starts_since {
        let sql = "SELECT instance, started_at, stopped_at FROM process_start WHERE started_at >= $1";
        for row in db.rows(sql, values![Timestamp(since)]).await? {
            let mut c = row.columns();
            tables.starts.known(c.id()?, StartRecord { started_at: c.time()?, stopped_at: c.time_or_null()? });
        }
    }
    Ok(tables)
}

async fn fences(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    let sql =
        "SELECT t.tenant, t.position, t.inbox_position FROM k CROSS JOIN tenant_cursor t WHERE t.tenant = k.tenant";
    for row in db.rows_with(&["tenant"], rows(&needs.cursors, |tenant| values![*tenant]), sql).await? {
        let mut c = row.columns();
        tables.cursors.known(c.id()?, Cursor { position: c.int()?, inbox_position: c.int()? });
    }
    let keys = rows(&needs.states, |(tenant, entity)| entity_values(*tenant, *entity));
    let sql = "SELECT s.tenant, s.entity_kind, s.entity_id, s.sequence, s.schema_version FROM k CROSS JOIN entity_state s \
               WHERE s.tenant = k.tenant AND s.entity_kind = k.entity_kind AND s.entity_id = k.entity_id";
    for row in db.rows_with(&["tenant", "entity_kind", "entity_id"], keys, sql).await? {
        let mut c = row.columns();
        let (tenant, entity) = (c.id()?, decode::entity(&mut c)?);
        // The body is not read: a commit that touches the row brings the whole of it.
        let state = StateRecord { sequence: c.int()?, schema_version: c.int()?, body: Vec::new() };
        tables.states.known((tenant, entity), state);
    }
    let keys = rows(&needs.guards, |(tenant, name)| values![*tenant, name]);
    let sql =
        "SELECT g.tenant, g.name, g.value FROM k CROSS JOIN guard g WHERE g.tenant = k.tenant AND g.name = k.name";
    for row in db.rows_with(&["tenant", "name"], keys, sql).await? {
        let mut c = row.columns();
        tables.guards.known((c.id()?, c.text()?), c.int()?);
    }
    let keys = rows(&needs.agents, |(tenant, agent)| values![*tenant, *agent]);
    let sql = concat!(select_agent!(), " FROM k CROSS JOIN agent a WHERE a.tenant = k.tenant AND a.id = k.id");
    for row in db.rows_with(&["tenant", "id"], keys, sql).await? {
        let mut c = row.columns();
        let key = (c.id()?, c.id()?);
        tables.agents.known(key, decode::agent(&mut c)?);
    }
    let keys = rows(&needs.queues, |(tenant, queue)| values![*tenant, *queue]);
    let sql = "SELECT q.tenant, q.id, q.settings FROM k CROSS JOIN queue q WHERE q.tenant = k.tenant AND q.id = k.id";
    for row in db.rows_with(&["tenant", "id"], keys, sql).await? {
        let mut c = row.columns();
        tables.queues.known((c.id()?, c.id()?), decode::json(&mut c)?);
    }
    Ok(())
}

async fn takes(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    let keys = rows(&needs.inbox, |(tenant, position)| values![*tenant, *position]);
    let sql =
        concat!(select_inbox!(), " FROM k CROSS JOIN inbox i WHERE i.tenant = k.tenant AND i.position = k.position");
    for row in db.rows_with(&["tenant", "position"], keys, sql).await? {
        let mut c = row.columns();
        let key = (c.id()?, c.int()?);
        tables.inbox.known(key, decode::inbox(&mut c)?);
    }
    let keys = rows(&needs.dead, |(tenant, position)| values![*tenant, *position]);
    let sql = "SELECT d.tenant, d.position, d.number, d.entity_kind, d.entity_id, d.raw, d.received_at, d.tries, \
               d.correlation, d.reason, d.detail, d.parked_at FROM k CROSS JOIN dead_letter d \
               WHERE d.tenant = k.tenant AND d.position = k.position";
    for row in db.rows_with(&["tenant", "position"], keys, sql).await? {
        let mut c = row.columns();
        let key = (c.id()?, c.int()?);
        tables.dead.known(key, decode::dead_letter(&mut c)?);
    }
    let keys = rows(&needs.timers, |(tenant, entity, kind)| {
        let mut key = entity_values(*tenant, *entity);
        key.push(kind.into());
        key
    });
    let sql = "SELECT t.tenant, t.entity_kind, t.entity_id, t.kind, t.token, t.due_at FROM k CROSS JOIN timer t \
               WHERE t.tenant = k.tenant AND t.entity_kind = k.entity_kind AND t.entity_id = k.entity_id AND t.kind = k.kind";
    let mut timers = db.rows_with(&["tenant", "entity_kind", "entity_id", "kind"], keys, sql).await?;
    let kinds = rows(&needs.timer_kinds, |kind| values![*kind]);
    let sql = "SELECT t.tenant, t.entity_kind, t.entity_id, t.kind, t.token, t.due_at FROM k CROSS JOIN timer t \
               WHERE t.kind = k.kind";
    timers.extend(db.rows_with(&["kind"], kinds, sql).await?);
    for row in timers {
        let mut c = row.columns();
        let key = (c.id()?, decode::entity(&mut c)?, c.text()?);
        tables.timers.known(key, TimerRecord { token: c.id()?, due_at: c.time()? });
    }
    Ok(())
}

async fn claims(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    let keys = rows(&needs.dedupe, |(tenant, key)| values![*tenant, key]);
    let sql = "SELECT d.tenant, d.dedupe_key FROM k CROSS JOIN dedupe d \
               WHERE d.tenant = k.tenant AND d.dedupe_key = k.dedupe_key";
    for row in db.rows_with(&["tenant", "dedupe_key"], keys, sql).await? {
        let mut c = row.columns();
        tables.dedupe.known((c.id()?, c.text()?), 0);
    }
    let keys = rows(&needs.results, |(tenant, principal, key)| values![*tenant, *principal, *key]);
    let sql = "SELECT r.tenant, r.principal, r.command_key FROM k CROSS JOIN command_result r \
               WHERE r.tenant = k.tenant AND r.principal = k.principal AND r.command_key = k.command_key";
    for row in db.rows_with(&["tenant", "principal", "command_key"], keys, sql).await? {
        let mut c = row.columns();
        let there = ResultRecord { fingerprint: [0; 32], answer: Vec::new(), at: Timestamp::default() };
        tables.results.known((c.id()?, c.id()?, c.id()?), there);
    }
    let keys = rows(&needs.addresses, |(tenant, number, identifier)| {
        values![*tenant, *number, identifier.kind.name(), &identifier.value]
    });
    let sql = "SELECT a.tenant, a.number, a.kind, a.value, a.thread, a.contact FROM k CROSS JOIN address a \
               WHERE a.tenant = k.tenant AND a.number = k.number AND a.kind = k.kind AND a.value = k.value";
    for row in db.rows_with(&["tenant", "number", "kind", "value"], keys, sql).await? {
        let mut c = row.columns();
        let (tenant, number, identifier) = (c.id()?, c.id()?, decode::identifier(&mut c)?);
        tables.addresses.known((tenant, number, identifier), decode::address(&mut c)?);
    }
    Ok(())
}

/// Messages without their words, each with its row of the outbox.
async fn messages(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    macro_rules! read {
        ($columns:expr, $keys:expr, $from:literal) => {
            let sql = concat!(
                select_message_head!(),
                " FROM k ",
                $from,
                " LEFT JOIN outbox o ON o.tenant = m.tenant AND o.message = m.id"
            );
            for row in db.rows_with($columns, $keys, sql).await? {
                decode::message_head(&row, tables)?;
            }
        };
    }
    let keys = rows(&needs.messages, |(tenant, message)| values![*tenant, *message]);
    read!(&["tenant", "id"], keys, "INNER JOIN message m ON m.tenant = k.tenant AND m.id = k.id");
    let keys = rows(&needs.messages_by_provider_id, |(tenant, number, id)| values![*tenant, *number, id]);
    read!(
        &["tenant", "number", "id"],
        keys,
        "INNER JOIN message m ON m.tenant = k.tenant AND m.number = k.number AND m.provider_message_id = k.id"
    );
    let keys = rows(&needs.messages_of_threads, |(tenant, thread, id)| values![*tenant, *thread, id]);
    if !keys.is_empty() {
        let sql = "SELECT t.tenant, t.id, t.number, t.contact, t.created_at FROM k CROSS JOIN thread t \
                   WHERE t.tenant = k.tenant AND t.id = k.id";
        for row in db.rows_with(&["tenant", "id", "provider_id"], keys.clone(), sql).await? {
            let mut c = row.columns();
            let key = (c.id()?, c.id()?);
            tables.threads.known(key, decode::thread(&mut c)?);
        }
    }
    read!(
        &["tenant", "id", "provider_id"],
        keys,
        "INNER JOIN thread t ON t.tenant = k.tenant AND t.id = k.id \
         INNER JOIN message m ON m.tenant = t.tenant AND m.number = t.number AND m.provider_message_id = k.provider_id"
    );
    let keys = rows(&needs.pending_of_threads, |(tenant, thread)| values![*tenant, *thread]);
    read!(
        &["tenant", "thread"],
        keys,
        "INNER JOIN outbox p ON p.tenant = k.tenant AND p.thread = k.thread \
         INNER JOIN message m ON m.tenant = p.tenant AND m.id = p.message"
    );
    Ok(())
}

async fn files(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    let keys = rows(&needs.media, |(tenant, message)| values![*tenant, *message]);
    let sql =
        concat!(select_media!(), " FROM k CROSS JOIN media f WHERE f.tenant = k.tenant AND f.message = k.message");
    for row in db.rows_with(&["tenant", "message"], keys, sql).await? {
        let mut c = row.columns();
        let tenant = c.id()?;
        let record = decode::media(&mut c)?;
        tables.media.known((tenant, record.wanted.message), record);
    }
    Ok(())
}

/// The messages that the reactions at hand are about: one that fails is taken back there.
async fn targets(db: &mut Connection, tables: &mut Tables) -> Result<(), Error> {
    let about = tables.messages().iter().filter_map(|((tenant, _), row)| Some((*tenant, row.reaction_to?)));
    let keys: BTreeSet<(Uuid, MessageId)> = about.filter(|key| !tables.messages().has(key)).collect();
    let sql = concat!(
        select_message_head!(),
        " FROM k INNER JOIN message m ON m.tenant = k.tenant AND m.id = k.id \
         LEFT JOIN outbox o ON o.tenant = m.tenant AND o.message = m.id"
    );
    let keys = rows(&keys, |(tenant, message)| values![*tenant, *message]);
    for row in db.rows_with(&["tenant", "id"], keys, sql).await? {
        decode::message_head(&row, tables)?;
    }
    Ok(())
}

async fn read_marks(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    let keys = rows(&needs.read_marks, |(tenant, thread)| values![*tenant, *thread]);
    let sql = "SELECT r.tenant, r.thread, r.number, r.message FROM k CROSS JOIN read_mark r \
               WHERE r.tenant = k.tenant AND r.thread = k.thread";
    for row in db.rows_with(&["tenant", "thread"], keys, sql).await? {
        let mut c = row.columns();
        tables.read_marks.known((c.id()?, c.id()?), ReadMarkRecord { number: c.id()?, message: c.id()? });
    }
    Ok(())
}

async fn early(db: &mut Connection, needs: &Needs, tables: &mut Tables) -> Result<(), Error> {
    let keys = rows(&needs.early, |(tenant, number, id)| values![*tenant, *number, id]);
    let by_key = "SELECT e.tenant, e.number, e.provider_message_id, e.status, e.at, e.error_code, e.error_text, e.error_class, e.seen_at \
                  FROM k CROSS JOIN early_status e \
                  WHERE e.tenant = k.tenant AND e.number = k.number AND e.provider_message_id = k.id";
    let mut found = db.rows_with(&["tenant", "number", "id"], keys, by_key).await?;
    let keys = rows(&needs.early_of_messages, |(tenant, message, id)| values![*tenant, *message, id]);
    let by_message = "SELECT e.tenant, e.number, e.provider_message_id, e.status, e.at, e.error_code, e.error_text, e.error_class, e.seen_at \
                      FROM k CROSS JOIN message m CROSS JOIN early_status e \
                      WHERE m.tenant = k.tenant AND m.id = k.message \
                      AND e.tenant = m.tenant AND e.number = m.number AND e.provider_message_id = k.id";
    found.extend(db.rows_with(&["tenant", "message", "id"], keys, by_message).await?);
    for row in found {
        let mut c = row.columns();
        let key = (c.id()?, c.id()?, c.text()?);
        tables.early.known(key, decode::early(&mut c)?);
    }
    Ok(())
}

/// Every send that was under way, of all tenants: read once, when a new owner begins.
async fn interrupted(db: &mut Connection, tables: &mut Tables) -> Result<(), Error> {
    let sql = concat!(
        select_message_head!(),
        " FROM outbox o INNER JOIN message m ON m.tenant = o.tenant AND m.id = o.message WHERE o.state = 'sending'"
    );
    for row in db.rows(sql, Vec::new()).await? {
        decode::message_head(&row, tables)?;
    }
    let sql = "SELECT DISTINCT t.tenant, t.position, t.inbox_position FROM outbox o \
               INNER JOIN tenant_cursor t ON t.tenant = o.tenant WHERE o.state = 'sending'";
    for row in db.rows(sql, Vec::new()).await? {
        let mut c = row.columns();
        tables.cursors.known(c.id()?, Cursor { position: c.int()?, inbox_position: c.int()? });
    }
    Ok(())
}
