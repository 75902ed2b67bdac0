//! What a batch changed, as it is written: at most one write per table and kind of change.

mod agents;
mod dead_letters;
mod files;
mod journal;
mod messages;
mod people;
mod sends;
mod waiting;

use super::{Error, Value, Writes, access, projections, records};
use crate::records::Tables;
use dashoffice_domain::Entity;
use dashoffice_domain::channel::outgoing::SendError;
use dashoffice_domain::channel::pricing::Pricing;
use serde::Serialize;

pub(crate) fn save(tables: &Tables) -> Result<Writes, Error> {
    let mut writes = Writes::default();
    journal::save(tables, &mut writes)?;
    waiting::save(tables, &mut writes)?;
    sends::save(tables, &mut writes);
    people::save(tables, &mut writes)?;
    messages::save(tables, &mut writes)?;
    files::save(tables, &mut writes);
    agents::save(tables, &mut writes);
    dead_letters::save(tables, &mut writes);
    access::save(&tables.access, &mut writes);
    records::save(tables, &mut writes);
    projections::save(tables, &mut writes);
    Ok(writes)
}

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Encode(Box::new(error)))
}

/// Code, text, class, details and trace.
fn error_values(error: Option<&SendError>) -> [Value; 5] {
    [
        error.map(|error| error.code).into(),
        error.map(|error| error.text.as_str()).into(),
        error.map(|error| error.class.name()).into(),
        error.and_then(|error| error.details.clone()).into(),
        error.and_then(|error| error.trace.clone()).into(),
    ]
}

/// Billable, model, type and category.
fn pricing_values(pricing: Option<&Pricing>) -> [Value; 4] {
    let said = |name: fn(&Pricing) -> Option<&String>| pricing.and_then(name).map(String::as_str).into();
    [
        pricing.and_then(|pricing| pricing.billable).map(i64::from).into(),
        said(|pricing| pricing.model.as_ref()),
        said(|pricing| pricing.kind.as_ref()),
        said(|pricing| pricing.category.as_ref()),
    ]
}

fn maybe_entity(entity: Option<Entity>) -> [Value; 2] {
    [entity.map(|entity| entity.kind()).into(), entity.map(|entity| entity.id()).into()]
}
