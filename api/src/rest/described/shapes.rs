//! What all shapes have in common (docs/api-design.md, section 1): names of instants, no nulls left out, lists of things with names.

use super::object;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const SCHEMAS: &str = "#/components/schemas/";
const UUID: &str = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";

pub(super) fn complete(described: &mut Value) {
    name_what_is_listed(object(&mut described["components"]["schemas"]));
    describe_keys(described);
    let answered = answered_alone(described);
    for (name, schema) in object(&mut described["components"]["schemas"]) {
        mark_instants(schema);
        if answered.contains(name) {
            leave_no_null_out(schema);
        }
    }
}

/// A header is text: a client that is generated from a UUID would hand over one, and fail at the first command.
fn describe_keys(described: &mut Value) {
    let operations =
        object(&mut described["paths"]).values_mut().flat_map(|operations| object(operations).values_mut());
    let parameters = operations.filter_map(|operation| operation.get_mut("parameters")?.as_array_mut()).flatten();
    for key in parameters.filter(|parameter| parameter["name"] == "Idempotency-Key") {
        key["description"] = "A UUID: new for each intention, the same for each repetition of it.".into();
        key["schema"] = serde_json::json!({"type": "string", "pattern": UUID});
    }
}

/// A list's items are written out where they stand: they become the shape of their own name, which clients know from elsewhere.
fn name_what_is_listed(schemas: &mut Map<String, Value>) {
    let lists: Vec<String> = schemas.keys().filter(|name| name.starts_with("List_")).cloned().collect();
    for list in lists {
        let name = list.trim_start_matches("List_").to_owned();
        let reference = serde_json::json!({"$ref": format!("{SCHEMAS}{name}")});
        let written_out = std::mem::replace(&mut schemas[&list]["properties"]["items"]["items"], reference);
        schemas.entry(name).or_insert(written_out);
    }
}

/// The shapes that answers reach and requests do not.
fn answered_alone(described: &Value) -> BTreeSet<String> {
    let operations = || described["paths"].as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    let parts = |part: &'static str| operations().flat_map(Map::values).map(move |operation| &operation[part]);
    let schemas = &described["components"]["schemas"];
    let mut answered = reached(parts("responses"), schemas);
    answered.insert("Problem".to_owned());
    answered.insert("FieldError".to_owned());
    &answered - &reached(parts("requestBody"), schemas)
}

fn reached<'a>(from: impl Iterator<Item = &'a Value>, schemas: &'a Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut to_look_at: Vec<&Value> = from.collect();
    while let Some(part) = to_look_at.pop() {
        match part {
            Value::Object(fields) => to_look_at.extend(fields.values()),
            Value::Array(items) => to_look_at.extend(items),
            Value::String(text) => {
                if let Some(name) = text.strip_prefix(SCHEMAS)
                    && found.insert(name.to_owned())
                {
                    to_look_at.push(&schemas[name]);
                }
            }
            _ => {}
        }
    }
    found
}

/// By the name that every instant has.
fn mark_instants(schema: &mut Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (name, property) in properties {
        let is_instant = matches!(name.as_str(), "at" | "until")
            || ["_at", "_since", "_until"].iter().any(|ending| name.ends_with(ending));
        if is_instant {
            object(property).insert("format".to_owned(), "date-time".into());
        }
    }
}

/// What may be null in an answer stands there as null; what can be left out is never null.
fn leave_no_null_out(schema: &mut Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    let mut required: BTreeSet<String> =
        properties.iter().filter(|(_, property)| may_be_null(property)).map(|(name, _)| name.clone()).collect();
    let already = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    required.extend(already);
    if !required.is_empty() {
        schema["required"] = required.into_iter().collect();
    }
}

fn may_be_null(property: &Value) -> bool {
    let has_null = |kinds: &Value| kinds.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
    let alternatives = property["oneOf"].as_array();
    has_null(&property["type"]) || alternatives.is_some_and(|kinds| kinds.iter().any(|kind| kind["type"] == "null"))
}
