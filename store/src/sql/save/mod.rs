//! Writes what a batch changed: at most one statement per table and kind of change.

mod agents;
mod aside;
mod files;
mod journal;
mod messages;
mod people;
mod sends;
mod waiting;

use super::{Connection, Error, Value, access};
use crate::records::Tables;
use dashoffice_domain::Entity;
use dashoffice_domain::outgoing::SendError;
use serde::Serialize;

pub(crate) async fn save(db: &mut Connection, tables: &Tables) -> Result<(), Error> {
    journal::save(db, tables).await?;
    waiting::save(db, tables).await?;
    sends::save(db, tables).await?;
    people::save(db, tables).await?;
    messages::save(db, tables).await?;
    files::save(db, tables).await?;
    agents::save(db, tables).await?;
    aside::save(db, tables).await?;
    access::save(db, &tables.access).await
}

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Encode(Box::new(error)))
}

/// Code, text and class.
fn error_values(error: Option<&SendError>) -> [Value; 3] {
    [
        error.map(|error| error.code).into(),
        error.map(|error| error.text.as_str()).into(),
        error.map(|error| error.class.name()).into(),
    ]
}

fn maybe_entity(entity: Option<Entity>) -> [Value; 2] {
    [entity.map(|entity| entity.kind()).into(), entity.map(|entity| entity.id()).into()]
}
