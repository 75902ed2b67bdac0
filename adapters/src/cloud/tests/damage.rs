//! Messages that are damaged, unknown or odd: as much of them as can be shown is shown (A1).

use super::super::decode::decode;
use super::payloads::{PHONE, partly, reading_of};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::item::Said;
use dashoffice_domain::ports::Reading;
use serde_json::json;

fn shown(content: Content) -> Said {
    Said::Message { content }
}

fn unknown(what: &str) -> Said {
    shown(Content::Unknown { what: what.to_owned() })
}

#[test]
fn a1_what_is_not_understood_is_shown_in_its_thread_and_kept() {
    let code = json!([{ "code": 131_051, "title": "Message type unknown" }]);
    let unsupported =
        |what: Option<&str>| shown(Content::Unsupported { code: Some(131_051), what: what.map(str::to_owned) });
    assert_eq!(partly(&json!({ "type": "unsupported", "errors": code })), unsupported(None));
    let poll = json!({ "type": "unsupported", "errors": code, "unsupported": { "type": "poll" } });
    assert_eq!(partly(&poll), unsupported(Some("poll")));
    assert_eq!(partly(&json!({ "type": "ephemeral" })), unknown("ephemeral"));
    assert_eq!(partly(&json!({})), unknown("no type"));
    for (kind, member) in [
        ("text", json!({})),
        ("image", json!({ "mime_type": "image/png" })),
        ("location", json!({ "latitude": "north" })),
        ("contacts", json!([])),
        ("interactive", json!({ "type": "new_reply" })),
        ("reaction", json!({})),
        ("order", json!({ "product_items": [{}] })),
        ("revoke", json!("x")),
    ] {
        assert_eq!(partly(&json!({ "type": kind, kind: member })), unknown(kind));
    }
}

#[test]
fn a_missing_body_with_an_error_beside_it_is_the_providers_fault() {
    let raw = json!({
        "metadata": {}, "contacts": [{ "wa_id": PHONE }],
        "message": { "from": PHONE, "id": "wamid.1", "timestamp": "1750000000", "type": "interactive" },
        "errors": [{ "code": 131_000 }],
    });
    let Reading::Partly(inbound) = decode(raw.to_string().as_bytes()) else { panic!("nothing was understood") };
    let wanted = Content::Unsupported { code: Some(131_000), what: Some("interactive".to_owned()) };
    assert_eq!(inbound.what, shown(wanted));
}

#[test]
fn a1_half_an_emoji_and_a_nul_do_not_cost_the_message() {
    let raw = format!(
        r#"{{"contacts":[],"message":{{"from":"{PHONE}","id":"wamid.1","timestamp":"1750000000","type":"text","text":{{"body":"a\u0000b \ud83d c"}}}}}}"#
    );
    let Reading::Understood(inbound) = decode(raw.as_bytes()) else { panic!("half an emoji is no reason") };
    assert_eq!(inbound.what, shown(Content::text("ab \u{fffd} c")));
}

#[test]
fn a1_a_member_no_parser_takes_leaves_the_sender_readable() {
    let deep = format!("{}1{}", "[".repeat(400), "]".repeat(400));
    for odd in ["1e999", deep.as_str()] {
        let raw = format!(
            r#"{{"contacts":[{{"wa_id":"{PHONE}","profile":{{"name":"Bia"}}}}],"message":{{"from":"{PHONE}","id":"wamid.1","timestamp":"1750000000","type":"text","text":{odd}}}}}"#
        );
        let Reading::Partly(inbound) = decode(raw.as_bytes()) else { panic!("the text cannot be read") };
        assert_eq!(inbound.what, unknown("text"));
        assert_eq!(inbound.profile_name.as_deref(), Some("Bia"));
    }
}

#[test]
fn without_id_or_sender_nothing_can_be_shown() {
    let without = |name: &str| {
        let mut message =
            json!({ "from": PHONE, "id": "wamid.1", "timestamp": "1", "type": "text", "text": { "body": "x" } });
        message.as_object_mut().unwrap().remove(name);
        decode(json!({ "contacts": [], "message": message }).to_string().as_bytes())
    };
    assert!(matches!(without("id"), Reading::Unreadable { .. }));
    assert!(matches!(without("from"), Reading::Unreadable { .. }));
    assert!(matches!(without("type"), Reading::Partly(_)));
    assert!(matches!(without("timestamp"), Reading::Partly(_)));
    assert!(matches!(decode(b"\xff{"), Reading::Unreadable { .. }));
}

#[test]
fn numbers_and_strings_may_change_places() {
    let raw = json!({
        "message": { "from": 5_511_900_000_001_u64, "id": 12, "timestamp": 1_750_000_000_000_u64, "type": "text", "text": { "body": 5 } },
    });
    let Reading::Understood(inbound) = decode(raw.to_string().as_bytes()) else { panic!("all of it can be read") };
    assert_eq!(inbound.provider_message_id, "12");
    assert_eq!(inbound.said_at, Timestamp::from_seconds(1_750_000_000));
    assert_eq!(inbound.identifiers, [Identifier::new(IdentifierKind::WaId, PHONE)]);
    assert!(matches!(reading_of(&json!({ "type": "text", "text": { "body": "" } })), Reading::Understood(_)));
}

#[test]
fn an_edit_we_cannot_read_never_overwrites_what_was_said() {
    let edit = json!({ "original_message_id": "wamid.0", "message": { "type": "hologram" } });
    assert_eq!(partly(&json!({ "type": "edit", "edit": edit })), unknown("edit"));
}
