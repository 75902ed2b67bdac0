//! What is put aside, and what an operator set up.

use super::{json, maybe_entity};
use crate::records::{Change, Tables};
use crate::sql::{Connection, Error, values};
use dashoffice_domain::number::StopReason;
use dashoffice_domain::ports::InboxSource;

/// Dead letters, raw items and starts.
pub(super) async fn save(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let dead = tables.dead.written().map(|((tenant, position), row)| {
        let (number, told, raw) = match &row.item.source {
            InboxSource::Provider { number, raw } => (Some(number.0), None, raw),
            InboxSource::Tell { entity, item } => (None, Some(*entity), item),
        };
        let mut values = values![*tenant, *position, number];
        values.extend(maybe_entity(row.entity.or(told)));
        values.extend(values![&row.reason, &row.detail, raw.clone(), row.item.received_at, row.item.tries]);
        values.extend(values![row.item.correlation, row.parked_at]);
        values
    });
    let columns = &[
        "tenant",
        "position",
        "number",
        "entity_kind",
        "entity_id",
        "reason",
        "detail",
        "raw",
        "received_at",
        "tries",
        "correlation",
        "parked_at",
    ];
    db.insert("dead_letter", columns, dead.collect(), "").await?;
    let gone = tables.dead.gone().map(|(tenant, position)| values![*tenant, *position]).collect();
    let sql = "DELETE FROM dead_letter WHERE (tenant, position) IN (SELECT k.tenant, k.position FROM k)";
    db.run_with(&["tenant", "position"], gone, sql).await?;
    raw_items(db, tables).await?;
    let starts = tables.starts.written();
    let starts = starts.map(|(instance, start)| values![*instance, start.started_at, start.stopped_at]).collect();
    let tail =
        "ON CONFLICT (instance) DO UPDATE SET started_at = excluded.started_at, stopped_at = excluded.stopped_at";
    db.insert("process_start", &["instance", "started_at", "stopped_at"], starts, tail).await?;
    configuration(db, tables).await
}

async fn raw_items(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let gone = tables.raw_items.gone().map(|(tenant, id)| values![*tenant, *id]).collect();
    let sql = "DELETE FROM raw_item WHERE (tenant, id) IN (SELECT k.tenant, k.id FROM k)";
    db.run_with(&["tenant", "id"], gone, sql).await?;
    let raw = tables.raw_items.touched(Change::New).map(|(_, item)| {
        values![
            item.tenant,
            item.number.map(|number| number.0),
            item.app.map(|app| app.0),
            item.number_ref.clone(),
            item.item_key.clone(),
            item.correlation,
            &item.reason,
            item.raw.clone(),
            item.kept_at,
        ]
    });
    let columns = &["tenant", "number", "app", "number_ref", "item_key", "correlation", "reason", "raw", "kept_at"];
    db.insert("raw_item", columns, raw.collect(), "").await
}

async fn configuration(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    let tenants = tables.tenants.written().map(|(id, name)| values![*id, name]).collect();
    db.insert("tenant", &["id", "name"], tenants, "ON CONFLICT (id) DO UPDATE SET name = excluded.name").await?;
    let mut queues = Vec::new();
    for ((tenant, id), settings) in tables.queues.written() {
        queues.push(values![*tenant, *id, &settings.name, json(settings)?]);
    }
    let tail = "ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, settings = excluded.settings";
    db.insert("queue", &["tenant", "id", "name", "settings"], queues, tail).await?;
    let apps = tables.apps.written().map(|((tenant, id), app)| {
        values![*tenant, *id, &app.provider, &app.app_secret, &app.verify_token, &app.url_token]
    });
    db.insert(
        "provider_app",
        &["tenant", "id", "provider", "app_secret", "verify_token", "url_token"],
        apps.collect(),
        "ON CONFLICT (tenant, id) DO UPDATE SET provider = excluded.provider, app_secret = excluded.app_secret, \
         verify_token = excluded.verify_token, url_token = excluded.url_token",
    )
    .await?;
    let numbers = tables.numbers.written().map(|((tenant, id), number)| {
        values![
            *tenant,
            *id,
            number.app,
            &number.provider_ref,
            &number.display_name,
            &number.display_phone_number,
            number.queue,
            &number.access_token,
            number.api_base.clone(),
            number.account_ref.clone(),
        ]
    });
    db.insert(
        "number",
        &[
            "tenant",
            "id",
            "app",
            "provider_ref",
            "display_name",
            "display_phone_number",
            "queue",
            "access_token",
            "api_base",
            "account_ref",
        ],
        numbers.collect(),
        "ON CONFLICT (tenant, id) DO UPDATE SET app = excluded.app, provider_ref = excluded.provider_ref, \
         display_name = excluded.display_name, display_phone_number = excluded.display_phone_number, \
         queue = excluded.queue, access_token = excluded.access_token, api_base = excluded.api_base, \
         account_ref = COALESCE(excluded.account_ref, number.account_ref)",
    )
    .await?;
    let heard = tables.accounts.written().map(|((tenant, number), account)| values![*tenant, *number, account]);
    let sql = "UPDATE number SET account_ref = k.account_ref FROM k \
               WHERE number.tenant = k.tenant AND number.id = k.id AND number.account_ref IS NULL";
    db.run_with(&["tenant", "id", "account_ref"], heard.collect(), sql).await?;
    let states = tables
        .number_states
        .written()
        .map(|((tenant, number), state)| values![*tenant, *number, state.name(), state.reason().map(StopReason::name)]);
    let sql = "UPDATE number SET state = k.state, state_reason = k.state_reason FROM k \
               WHERE number.tenant = k.tenant AND number.id = k.id";
    db.run_with(&["tenant", "id", "state", "state_reason"], states.collect(), sql).await.map(|_| ())
}
