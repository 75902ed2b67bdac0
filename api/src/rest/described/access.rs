//! Who may ask, and what a command is called on the live socket, put at every operation from what it declares.

use super::object;
use crate::rest::table::{Access, declared};
use serde_json::{Value, json};

pub(super) fn complete(described: &mut Value) {
    let paths = object(&mut described["paths"]).values_mut();
    for operation in paths.flat_map(|operations| object(operations).values_mut()) {
        let Some((access, socket)) = declared(operation["operationId"].as_str().unwrap_or_default()) else { continue };
        operation["x-permission"] = access.name().into();
        if access != Access::Anybody {
            operation["security"] = json!([{"bearer": []}]);
        }
        if let Some(socket) = socket {
            operation["x-socket"] = socket.into();
        }
    }
}
