//! Queues as records.

use super::QueueSettings;
use crate::identity::Permission;
use crate::record::{Fault, Field, Kind, Record, Value};

/// `settings` is the whole of [`QueueSettings`], its name among it.
pub static QUEUE: Kind = Kind {
    name: "queue",
    plural: "queues",
    table: "queue",
    fields: &[Field::text("name", 200), Field::object("settings")],
    uniques: &[],
    is_wired: true,
    is_served: false,
    read: None,
    write: Permission::WriteSettings,
    check,
    beyond: Kind::nothing_beyond,
    built_in: None,
};

fn check(_: &Kind, values: &[Value]) -> Vec<Fault> {
    match (values, QueueSettings::of_values(values)) {
        ([Value::Text(name), _], Some(settings)) if settings.name == *name => Vec::new(),
        _ => vec![Fault::new("settings", "invalid")],
    }
}

impl QueueSettings {
    /// What a record of a queue holds; nothing where it holds what this version cannot read.
    pub fn of(record: &Record) -> Option<Self> {
        Self::of_values(&record.values)
    }

    /// The same of its values alone.
    pub fn of_values(values: &[Value]) -> Option<Self> {
        match values {
            [_, Value::Object(settings)] => serde_json::from_value(settings.clone()).ok(),
            _ => None,
        }
    }

    /// The values of its record.
    pub fn values(&self) -> Vec<Value> {
        let settings = serde_json::to_value(self).expect("settings are plain data");
        vec![Value::text(&self.name), Value::Object(settings)]
    }
}
