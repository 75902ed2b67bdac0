//! What operations are answered: to what the handlers name comes what follows from what a request must bring, and each has its words.

use super::object;
use serde_json::{Value, json};

/// Puts what may come of it, and what that means, at every operation.
pub(super) fn complete(described: &mut Value) {
    for (path, operations) in object(&mut described["paths"]) {
        for operation in object(operations).values_mut() {
            let follows = follows(path, operation);
            let answers = object(&mut operation["responses"]);
            for status in follows {
                answers.entry(status.to_string()).or_insert_with(|| json!({}));
            }
            for (status, answer) in answers {
                complete_answer(status, object(answer));
            }
        }
    }
}

/// The statuses that follow from what is asked for: a sign-in, an id, a body, a key. Unknown query parameters are refused everywhere.
fn follows(path: &str, operation: &Value) -> Vec<u16> {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_keyed = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
    let mut statuses = vec![422, 500, 503];
    if operation.get("security").is_some() {
        statuses.push(401);
    }
    if operation["x-permission"].as_str().is_some_and(|permission| permission.contains('.')) {
        statuses.push(403);
    }
    if path.contains('{') {
        statuses.push(404);
    }
    if operation.get("requestBody").is_some() {
        statuses.extend([400, 408, 413]);
    }
    // Whatever bears a key is a command: it waits for whoever decides.
    if is_keyed {
        statuses.extend([400, 504]);
    }
    statuses
}

fn complete_answer(status: &str, answer: &mut serde_json::Map<String, Value>) {
    let is_said = answer.get("description").and_then(Value::as_str).is_some_and(|words| !words.is_empty());
    if !is_said {
        answer.insert("description".to_owned(), words(status).into());
    }
    if status.starts_with(['4', '5']) {
        let problem = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        answer.insert("content".to_owned(), problem);
    }
    if matches!(status, "429" | "503") {
        let seconds = json!({"type": "integer", "format": "int32", "minimum": 1});
        let header = json!({"Retry-After": {"description": "Seconds until trying again can help.", "schema": seconds}});
        answer.insert("headers".to_owned(), header);
    }
}

/// What a status means wherever it is answered; which `code` it is, the problem says.
fn words(status: &str) -> &'static str {
    match status {
        "200" => "What was asked for.",
        "202" => "It is recorded, and happens in its turn.",
        "201" => "It is there now.",
        "204" => "It is done, and there is nothing to say.",
        "206" => "A part of it.",
        "304" => "It is still what you have.",
        "400" => {
            "The body is not JSON or not of this shape or was cut off, or the idempotency key is absent or no UUID."
        }
        "401" => "There is no token, or it is not good any more; of a sign-in: it is refused.",
        "403" => "The permission is missing.",
        "404" => "Nothing is known by this id, or it is not visible to you.",
        "408" => "The body did not arrive in time.",
        "409" => "It is not as it was thought to be: look again.",
        "412" => "Somebody has changed it since.",
        "413" => "The body is longer than this server takes.",
        "416" => "The file has no such part.",
        "422" => "A value or a query parameter is not understood, or the rules say no; `errors` names fields.",
        "428" => "It does not say which version is meant.",
        "429" => "Too many attempts.",
        "500" => "A fault of ours.",
        "502" => "The provider refuses to tell.",
        "503" => "It cannot be taken now; nothing was decided.",
        "504" => "There was no outcome in time; it may still happen.",
        _ => "",
    }
}
