//! Whatever arrives, reading it never panics.

use super::super::decode::decode;
use super::super::split::split;
use super::payloads::{body, message, text, value_with};
use dashoffice_domain::ports::{Piece, Reading};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A body with one of everything.
fn everything() -> Value {
    let mut value = value_with(&[
        text("wamid.1", "olá \u{1f600}"),
        message("wamid.2", &json!({ "type": "image", "image": { "id": "7", "sha256": "x", "caption": "c" } })),
        message("wamid.3", &json!({ "type": "location", "location": { "latitude": 1.5, "longitude": "2" } })),
        message(
            "wamid.4",
            &json!({ "type": "contacts", "contacts": [{ "name": { "first_name": "A" }, "phones": [{ "phone": "1" }] }] }),
        ),
        message(
            "wamid.5",
            &json!({ "type": "order", "order": { "product_items": [{ "product_retailer_id": "1", "quantity": 1, "item_price": 2 }] } }),
        ),
        message(
            "wamid.6",
            &json!({ "type": "edit", "edit": { "original_message_id": "a", "message": { "type": "text", "text": { "body": "x" } } } }),
        ),
        message("wamid.7", &json!({ "type": "system", "system": { "type": "user_changed_number", "wa_id": "1" } })),
        message("wamid.8", &json!({ "type": "unsupported", "errors": [{ "code": 1 }] })),
    ]);
    value["statuses"] =
        json!([{ "id": "w", "status": "failed", "timestamp": { "low": 1, "high": -1 }, "errors": [{ "code": 1 }] }]);
    body("messages", &value)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["text", "edit", "interactive", "system", "9999999999999999999"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("(low|high|id|type|code|body|message)", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Puts `replacement` at the `at`-th place of the tree, counted as one walks it.
fn replace(value: &mut Value, at: &mut usize, replacement: &Value) {
    if *at == 0 {
        *value = replacement.clone();
        *at = usize::MAX;
        return;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, replacement)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, at, replacement)),
        _ => {}
    }
}

/// Splits and decodes; what an item is read as must bear the id it was filed under.
fn read_all(bytes: &[u8]) {
    for piece in split(bytes).unwrap_or_default() {
        let Piece::Item { provider_message_id, raw, .. } = piece else { continue };
        match decode(&raw) {
            Reading::Understood(inbound) | Reading::Partly(inbound) => {
                assert_eq!(inbound.provider_message_id, provider_message_id);
                assert!(!inbound.identifiers.is_empty());
            }
            Reading::Unreadable { reason } => assert!(!reason.is_empty()),
        }
    }
}

proptest! {
    #[test]
    fn a1_any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
        let _ = decode(&bytes);
    }

    #[test]
    fn a1_any_member_may_be_anything(at in 1_usize..160, replacement in any_json()) {
        let mut body = everything();
        replace(&mut body, &mut at.clone(), &replacement);
        let bytes = body.to_string().into_bytes();
        read_all(&bytes);
        if body["entry"] != json!([]) {
            prop_assert!(split(&bytes).map_or(true, |pieces| !pieces.is_empty()), "nothing may vanish");
        }
    }

    #[test]
    fn a1_bytes_may_be_cut_and_changed(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        cutting in any::<bool>(),
    ) {
        let mut bytes = everything().to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cutting {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_all(&bytes);
    }

    #[test]
    fn a1_a_text_survives_the_way_whatever_is_in_it(words in any::<String>()) {
        let whole = body("messages", &value_with(&[text("wamid.1", &words)])).to_string();
        let pieces = split(whole.as_bytes()).unwrap();
        let Piece::Item { raw, .. } = &pieces[0] else { panic!("a text is an item") };
        let Reading::Understood(inbound) = decode(raw) else { panic!("a text is understood") };
        let wanted = dashoffice_domain::conversation::content::Content::text(words.replace('\0', ""));
        prop_assert_eq!(inbound.what, dashoffice_domain::item::Said::Message { content: wanted });
    }
}
