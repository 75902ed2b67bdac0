//! What a body becomes is bounded by its length, whatever is in it.

use super::super::split::split;
use super::payloads::{NUMBER, body, text, value_with};
use dashoffice_domain::ports::Piece;
use serde_json::{Value, json};

fn bytes(pieces: &[Piece]) -> usize {
    let raw = |piece: &Piece| match piece {
        Piece::Item { raw, .. } | Piece::News { raw, .. } | Piece::Other { raw, .. } => raw.len(),
        Piece::Status(_) | Piece::Marketing { .. } => 0,
    };
    pieces.iter().map(raw).sum()
}

/// As much as stands beside a message at most, again and again.
fn words(length: usize) -> String {
    "x".repeat(length)
}

fn messages(count: usize) -> Value {
    let messages: Vec<Value> = (0..count).map(|n| text(&format!("wamid.{n}"), "olá")).collect();
    let mut value = value_with(&messages);
    value["contacts"][0]["profile"]["name"] = json!(words(15_000));
    value["metadata"]["display_phone_number"] = json!(words(15_000));
    value["errors"] = json!([{ "code": 131_051, "title": words(15_000) }]);
    body("messages", &value)
}

#[test]
fn twenty_thousand_messages_are_items_each_and_what_they_share_is_not_repeated_for_ever() {
    let body = messages(20_000).to_string();
    let pieces = split(body.as_bytes()).unwrap();
    assert!(pieces.iter().all(|piece| matches!(piece, Piece::Item { number_ref, .. } if number_ref == NUMBER)));
    assert_eq!(pieces.len(), 20_000);
    assert!(bytes(&pieces) < 6 * body.len(), "{} of {}", bytes(&pieces), body.len());
}

#[test]
fn what_messages_of_an_ordinary_body_share_stands_beside_each_of_them() {
    let pieces = split(messages(1).to_string().as_bytes()).unwrap();
    let Piece::Item { raw, .. } = &pieces[0] else { panic!("{pieces:?}") };
    assert!(raw.len() > 45_000);
    let mut value = value_with(&(0..1_000).map(|n| text(&format!("wamid.{n}"), "olá")).collect::<Vec<_>>());
    value["errors"] = json!([{ "code": 131_051, "title": words(30) }]);
    for piece in split(body("messages", &value).to_string().as_bytes()).unwrap() {
        let Piece::Item { raw, .. } = piece else { panic!("{piece:?}") };
        let raw: Value = serde_json::from_slice(&raw).unwrap();
        assert!(raw["contacts"][0] == value["contacts"][0] && raw["metadata"] == value["metadata"], "{raw}");
        assert_eq!(raw["errors"], value["errors"]);
    }
}

/// Of the bodies that are made to grow.
const LENGTH: usize = 300_000;

#[test]
fn bytes_that_are_no_text_make_a_body_no_longer() {
    let body = [br#"{"object":""#.to_vec(), vec![0xff; LENGTH], br#""}"#.to_vec()].concat();
    let pieces = split(&body).unwrap();
    assert!(bytes(&pieces) <= body.len() + 64 * 1_024, "{}", bytes(&pieces));
    let few = split(b"{\"object\":\"a\xffb\xf0\x9f\"}").unwrap();
    let Piece::Other { raw, .. } = &few[0] else { panic!("{few:?}") };
    assert_eq!(String::from_utf8_lossy(raw), "{\"object\":\"a\u{fffd}b\u{fffd}\"}");
}

#[test]
fn bodies_made_to_grow_do_not() {
    let many = |of: &dyn Fn(usize) -> String, length: usize| {
        let mut all = String::new();
        for n in 0.. {
            let next = of(n);
            if all.len() + next.len() >= length {
                return all;
            }
            all.push_str(if n == 0 { "" } else { "," });
            all.push_str(&next);
        }
        all
    };
    let changes = |changes: &str| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{}","changes":[{changes}]}}]}}"#,
            words(15_000)
        )
    };
    let value = |value: &str| changes(&format!(r#"{{"field":"messages","value":{{{value}}}}}"#));
    let about = format!(r#""metadata":{{"phone_number_id":"{NUMBER}","x":"{}"}}"#, words(15_000));
    let echoes =
        |of: &str| changes(&format!(r#"{{"field":"smb_message_echoes","value":{{{about},"message_echoes":[{of}]}}}}"#));
    let preferences =
        |of: &str| changes(&format!(r#"{{"field":"user_preferences","value":{{{about},"user_preferences":[{of}]}}}}"#));
    let preference = r#"{"wa_id":"5511#","category":"marketing_messages","value":"stop"}"#;
    for body in [
        value(&format!(r#"{about},"messages":[{}]"#, many(&|n| n.to_string(), LENGTH))),
        value(&format!(r#"{about},"messages":[{}]"#, many(&|_| "[]".to_owned(), LENGTH))),
        value(&format!(r#"{about},"statuses":[{}]"#, many(&|_| "{}".to_owned(), LENGTH))),
        value(&format!(r#"{about},"contacts":[{}],"messages":[{{}}]"#, many(&|_| "{}".to_owned(), LENGTH))),
        changes(&many(&|_| "{}".to_owned(), LENGTH)),
        format!(r#"{{"object":"whatsapp_business_account","entry":[{}]}}"#, many(&|_| "{}".to_owned(), LENGTH)),
        echoes(&many(&|n| n.to_string(), LENGTH)),
        preferences(&many(&|n| preference.replace('#', &n.to_string()), 40_000 * preference.len())),
    ] {
        let pieces = split(body.as_bytes()).unwrap();
        assert!(pieces.len() <= 32_769, "{} pieces", pieces.len());
        // Itself, what is repeated, and itself once more where not all of it fits; and a few words about each piece.
        let most = 2 * body.len() + (2 * body.len()).max(1 << 20) + 128 * pieces.len();
        assert!(bytes(&pieces) < most, "{} of {}: {}", bytes(&pieces), body.len(), &body[..80]);
        let Some(Piece::Other { what, raw, .. }) = pieces.last() else { continue };
        if what == "more pieces than a body may have" {
            assert!(raw == body.as_bytes(), "what did not fit is kept with the rest");
        }
    }
}
