//! What OpenAPI says of a kind's routes, from the kind's description.

use dashoffice_domain::record::{Field, Holds, Kind};
use serde_json::{Map, Value as Json, json};
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};

type Schemas = Vec<(String, RefOr<Schema>)>;

/// The operations at one of the kind's paths, and the shapes that they name.
pub(super) fn of(kind: &Kind, path: &str) -> (Schemas, Paths) {
    let operations = match path.trim_start_matches('/').trim_start_matches(kind.plural) {
        "" => json!({ "get": list(kind), "post": create(kind) }),
        "/export" => json!({ "get": export(kind) }),
        "/import" => json!({ "post": import(kind) }),
        "/{id}" => json!({ "get": one(kind), "patch": change(kind) }),
        rest => json!({ "post": put_aside(kind, rest.trim_start_matches("/{id}/")) }),
    };
    let mut paths = Paths::new();
    let item = serde_json::from_value(operations).expect("a description of ours is one of OpenAPI's");
    paths.paths.insert(path.to_owned(), item);
    let schemas = schemas(kind).into_iter().map(|(name, schema)| {
        let schema: Schema = serde_json::from_value(schema).expect("a shape of ours is one of OpenAPI's");
        (name, RefOr::T(schema))
    });
    (schemas.collect(), paths)
}

/// `tag` as `Tag`.
fn title(kind: &Kind) -> String {
    let mut letters = kind.name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn schemas(kind: &Kind) -> Vec<(String, Json)> {
    let title = title(kind);
    let shown = kind.fields.iter().filter(|field| !field.is_secret());
    let mut properties: Map<String, Json> = shown.clone().map(|field| (field.name.to_owned(), schema(field))).collect();
    properties.insert("id".to_owned(), json!({ "type": "string", "format": "uuid" }));
    properties.insert("version".to_owned(), json!({ "type": "integer", "format": "int64", "minimum": 1 }));
    properties.insert("changed_at".to_owned(), json!({ "type": "string" }));
    properties.insert("archived_at".to_owned(), json!({ "type": ["string", "null"] }));
    let fixed = json!({ "type": "array", "items": { "type": "string" }, "description": "Fields that the office's file holds." });
    properties.insert("fixed".to_owned(), fixed);
    if kind.built_in.is_some() {
        let words = "It is in every tenant, and nobody changes it.";
        properties.insert("built_in".to_owned(), json!({ "type": "boolean", "description": words }));
    }
    let names: Vec<&String> = properties.keys().collect();
    let record = json!({ "type": "object", "required": names, "properties": properties });
    let given: Map<String, Json> = kind.fields.iter().map(|field| (field.name.to_owned(), schema(field))).collect();
    let needed: Vec<&str> = kind.fields.iter().filter(|field| !field.is_optional()).map(|field| field.name).collect();
    let items = reference(&title);
    vec![
        (title.clone(), record),
        (format!("{title}New"), json!({ "type": "object", "required": needed, "properties": given })),
        (format!("{title}Change"), json!({ "type": "object", "properties": given })),
        (
            format!("{title}Page"),
            json!({ "type": "object", "required": ["items", "next_cursor"], "properties": {
                "items": { "type": "array", "items": items },
                "next_cursor": { "type": ["string", "null"] },
                "total": { "type": "integer", "format": "int64", "minimum": 0, "description": "With `count=true`." },
            }}),
        ),
        ("ImportReport".to_owned(), report()),
    ]
}

fn report() -> Json {
    let count = json!({ "type": "integer", "minimum": 0 });
    let error = json!({ "type": "object", "required": ["line", "field", "code"], "properties": {
        "line": { "type": "integer", "minimum": 1, "description": "As spreadsheets count: the first after the names is 2." },
        "field": { "type": "string" },
        "code": { "type": "string" },
    }});
    json!({ "type": "object",
        "required": ["applied", "lines", "created", "changed", "unchanged", "refused", "errors"],
        "properties": {
            "applied": { "type": "boolean", "description": "Whether it was written." },
            "lines": count, "created": count, "changed": count, "unchanged": count, "refused": count,
            "errors": { "type": "array", "items": error },
        }
    })
}

fn schema(field: &Field) -> Json {
    let mut schema = match field.holds {
        Holds::Text { longest } => json!({ "type": "string", "maxLength": longest }),
        Holds::Integer { least, most } => {
            json!({ "type": "integer", "format": "int64", "minimum": least, "maximum": most })
        }
        Holds::Boolean => json!({ "type": "boolean" }),
        Holds::Set(words) => {
            json!({ "type": "array", "items": { "type": "string", "enum": words }, "uniqueItems": true })
        }
        Holds::Choice(words) => json!({ "type": "string", "enum": words }),
        Holds::Id { .. } => json!({ "type": "string", "format": "uuid" }),
        Holds::Object => json!({ "type": "object" }),
    };
    if field.is_optional() {
        schema["type"] = json!([schema["type"], "null"]);
        if let Some(words) = schema["enum"].as_array_mut() {
            words.push(Json::Null);
        }
    }
    schema
}

fn parameter(place: &str, name: &str, required: bool, schema: &Json, words: &str) -> Json {
    json!({ "in": place, "name": name, "required": required, "schema": schema, "description": words })
}

fn id() -> Json {
    parameter("path", "id", true, &json!({ "type": "string", "format": "uuid" }), "Of the record.")
}

fn key() -> Json {
    parameter("header", "Idempotency-Key", true, &json!({ "type": "string" }), "")
}

fn seen() -> Json {
    let words = "The version that was seen, as `ETag` said it; `*` for whichever.";
    parameter("header", "If-Match", true, &json!({ "type": "string" }), words)
}

/// Filters, words and order; what a page has beside them comes with a list.
fn filters(kind: &Kind) -> Vec<Json> {
    let sorted: Vec<&str> = kind.fields.iter().filter(|field| field.is_sorted()).map(|field| field.name).collect();
    let orders: Vec<String> = sorted.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]).collect();
    let archived = json!({ "type": "string", "enum": ["false", "true", "any"] });
    let mut parameters = vec![
        parameter(
            "query",
            "q",
            false,
            &json!({ "type": "string" }),
            "Beginnings of words, in any order, without regard to accents and case.",
        ),
        parameter("query", "archived", false, &archived, "`false` if absent."),
    ];
    if !orders.is_empty() {
        let schema = json!({ "type": "string", "enum": orders });
        parameters.push(parameter("query", "sort", false, &schema, "With `-` the other way round."));
    }
    let filtered = kind.fields.iter().filter(|field| field.is_filtered());
    parameters.extend(filtered.map(|field| {
        parameter("query", field.name, false, &schema(field), "Those that have it so; `null` for those without.")
    }));
    parameters
}

fn operation(kind: &Kind, verb: &str, summary: &str, parameters: &[Json], answer: &Json) -> Json {
    json!({
        "tags": ["settings"],
        "operationId": format!("{}_{verb}", kind.plural),
        "summary": summary,
        "security": [{ "bearer": [] }],
        "parameters": parameters,
        "responses": answer,
    })
}

fn answer(status: &str, shape: &str) -> Json {
    json!({ status: { "description": "", "content": { "application/json": { "schema": reference(shape) } } } })
}

fn list(kind: &Kind) -> Json {
    let mut parameters = filters(kind);
    parameters.extend([
        parameter("query", "count", false, &json!({ "type": "boolean" }), "Says how many there are in all."),
        parameter("query", "cursor", false, &json!({ "type": "string" }), "Where the page before ended."),
        parameter(
            "query",
            "limit",
            false,
            &json!({ "type": "integer", "minimum": 1, "maximum": 200 }),
            "1 to 200; 50 if absent.",
        ),
    ]);
    let answer = answer("200", &format!("{}Page", title(kind)));
    operation(kind, "list", &format!("All {}, filtered and in order.", kind.plural), &parameters, &answer)
}

fn one(kind: &Kind) -> Json {
    operation(kind, "one", &format!("One {}.", kind.name), &[id()], &answer("200", &title(kind)))
}

fn body(mut operation: Json, media: &str, schema: &Json) -> Json {
    operation["requestBody"] = json!({ "required": true, "content": { media: { "schema": schema } } });
    operation
}

fn create(kind: &Kind) -> Json {
    let operation = operation(kind, "create", &format!("A new {}.", kind.name), &[key()], &answer("201", &title(kind)));
    body(operation, "application/json", &reference(&format!("{}New", title(kind))))
}

/// What is answered where somebody may have changed it since.
fn over(shape: &str) -> Json {
    let mut answers = answer("200", shape);
    for status in ["409", "412", "428"] {
        answers[status] = json!({ "description": "" });
    }
    answers
}

fn change(kind: &Kind) -> Json {
    let summary = format!("Fields of a {} that are named; the others stay.", kind.name);
    let operation = operation(kind, "change", &summary, &[id(), key(), seen()], &over(&title(kind)));
    body(operation, "application/json", &reference(&format!("{}Change", title(kind))))
}

fn put_aside(kind: &Kind, verb: &str) -> Json {
    let summary = match verb {
        "archive" => format!("Out of use: a {} that is kept for what refers to it.", kind.name),
        _ => format!("A {} is in use again.", kind.name),
    };
    operation(kind, verb, &summary, &[id(), key(), seen()], &over(&title(kind)))
}

fn export(kind: &Kind) -> Json {
    let answer = json!({ "200": { "description": "", "content": { "text/csv": { "schema": { "type": "string" } } } } });
    operation(kind, "export", &format!("All {} as comma-separated values.", kind.plural), &filters(kind), &answer)
}

fn import(kind: &Kind) -> Json {
    let yes = json!({ "type": "boolean" });
    let parameters = [
        key(),
        parameter("query", "dry_run", false, &yes, "Only tells what would become of it."),
        parameter("query", "partial", false, &yes, "Writes the lines that are right, also where others are not."),
    ];
    let summary = format!("{} from comma-separated values: all of them, or none where a line is wrong.", title(kind));
    let operation = operation(kind, "import", &summary, &parameters, &answer("200", "ImportReport"));
    let mut described = body(operation, "text/csv", &json!({ "type": "string" }));
    // The same bytes, under a name that every generator of clients can send a file as.
    described["requestBody"]["content"]["application/octet-stream"] =
        json!({ "schema": { "type": "string", "format": "binary" } });
    described
}
