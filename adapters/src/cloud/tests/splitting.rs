//! One body, many items: each stands alone, and a bad one harms nobody.

use super::super::decode::decode;
use super::super::split::split;
use super::payloads::{NUMBER, PHONE, SCOPED, body, message, split_of, text, value_with};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::marketing::Marketing;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::item::Said;
use dashoffice_domain::ports::{Piece, PieceStatus, Reading};
use serde_json::{Value, json};
use uuid::Uuid;

fn ids(pieces: &[Piece]) -> Vec<&str> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Item { provider_message_id, .. } => provider_message_id.as_str(),
            Piece::Status(status) => status.provider_message_id.as_str(),
            Piece::Other { what, .. } => what.as_str(),
            Piece::News { kind, .. } => kind.as_str(),
            Piece::Marketing { number_ref, .. } => number_ref.as_str(),
        })
        .collect()
}

fn raw(piece: &Piece) -> Value {
    match piece {
        Piece::Item { raw, .. } | Piece::Other { raw, .. } | Piece::News { raw, .. } => {
            serde_json::from_slice(raw).unwrap()
        }
        Piece::Status(_) | Piece::Marketing { .. } => panic!("it has no raw bytes"),
    }
}

fn status(rest: &Value) -> Piece {
    let mut status =
        json!({ "id": "wamid.out", "status": "delivered", "timestamp": "1750000001", "recipient_id": PHONE });
    for (name, member) in rest.as_object().unwrap() {
        status[name] = member.clone();
    }
    let value = json!({ "metadata": { "phone_number_id": NUMBER }, "statuses": [status] });
    let mut pieces = split_of(&body("messages", &value));
    assert_eq!(pieces.len(), 1);
    pieces.remove(0)
}

#[test]
fn a1_entries_changes_and_messages_each_become_items_in_order() {
    let first = body("messages", &value_with(&[text("wamid.1", "a"), text("wamid.2", "b")]));
    let second = json!({ "field": "messages", "value": value_with(&[text("wamid.3", "c")]) });
    let mut whole = first.clone();
    whole["entry"][0]["changes"].as_array_mut().unwrap().push(second);
    whole["entry"]
        .as_array_mut()
        .unwrap()
        .push(body("messages", &value_with(&[text("wamid.4", "d")]))["entry"][0].clone());
    assert_eq!(ids(&split_of(&whole)), ["wamid.1", "wamid.2", "wamid.3", "wamid.4"]);
}

#[test]
fn a1_an_item_carries_its_own_sender_alone_and_the_errors_beside_it() {
    let another = message("wamid.2", &json!({ "from": "5511900000002", "type": "text", "text": { "body": "b" } }));
    let mut value = value_with(&[text("wamid.1", "a"), another]);
    value["contacts"] = json!([
        { "wa_id": "5511900000002", "profile": { "name": "Caio" } },
        { "wa_id": PHONE, "profile": { "name": "Bia" } },
    ]);
    value["errors"] = json!([{ "code": 131_000 }]);
    let pieces = split_of(&body("messages", &value));
    let names: Vec<Value> = pieces.iter().map(|piece| raw(piece)["contacts"][0]["profile"]["name"].clone()).collect();
    assert_eq!(names, ["Bia", "Caio"]);
    assert_eq!(raw(&pieces[0])["errors"][0]["code"], 131_000);
    assert_eq!(raw(&pieces[0])["metadata"]["phone_number_id"], NUMBER);
    assert_eq!(raw(&pieces[0])["contacts"].as_array().unwrap().len(), 1);
}

#[test]
fn a_contact_is_found_by_scoped_id_and_never_by_its_place() {
    let mut value = value_with(&[json!({ "id": "wamid.1", "from_user_id": SCOPED, "type": "text" })]);
    value["contacts"] = json!([{ "user_id": "BR.2" }, { "user_id": SCOPED, "profile": { "name": "Bia" } }]);
    assert_eq!(raw(&split_of(&body("messages", &value))[0])["contacts"][0]["profile"]["name"], "Bia");
    value["messages"] = json!([{ "id": "wamid.1", "from": "5511900000008", "type": "text" }]);
    assert_eq!(raw(&split_of(&body("messages", &value))[0])["contacts"], json!([]));
}

#[test]
fn a_single_contact_is_the_sender_of_a_message_that_names_nobody() {
    let value = value_with(&[
        json!({ "id": "wamid.1", "from": "<PHONE>", "timestamp": "1", "type": "text", "text": { "body": "x" } }),
    ]);
    let pieces = split_of(&body("messages", &value));
    let Piece::Item { raw, .. } = &pieces[0] else { panic!("it is an item") };
    let Reading::Understood(inbound) = decode(raw) else { panic!("the contact names the sender") };
    assert_eq!(inbound.identifiers.len(), 2);
}

#[test]
fn a1_a_bad_item_never_harms_the_others() {
    for bad in ["5", "null", r#"{"id":"\ud800","x":1e999}"#, r#"{"type":{"a":[]},"id":[]}"#, r#"{"\ud800":1}"#] {
        let good = |id| text(id, "x").to_string();
        let value = format!(
            r#"{{"metadata":{{"phone_number_id":"{NUMBER}"}},"contacts":7,"messages":[{},{bad},{}]}}"#,
            good("wamid.1"),
            good("wamid.3")
        );
        let whole = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"messages","value":{value}}}]}}]}}"#
        );
        let pieces = split(whole.as_bytes()).unwrap();
        assert_eq!(pieces.len(), 3, "{bad}");
        assert_eq!((ids(&pieces)[0], ids(&pieces)[2]), ("wamid.1", "wamid.3"));
        let Piece::Item { raw, .. } = &pieces[1] else { panic!("the bad one is an item too") };
        assert!(matches!(decode(raw), Reading::Unreadable { .. }), "{bad}");
    }
}

#[test]
fn a1_invalid_bytes_cost_only_themselves() {
    let whole = body("messages", &value_with(&[text("wamid.1", "abXcd"), text("wamid.2", "b")])).to_string();
    let mut bytes = whole.into_bytes();
    let at = bytes.windows(5).position(|window| window == b"abXcd").unwrap();
    bytes[at + 2] = 0xff;
    let pieces = split(&bytes).unwrap();
    assert_eq!(ids(&pieces), ["wamid.1", "wamid.2"]);
    assert_eq!(raw(&pieces[0])["message"]["text"]["body"], "ab\u{fffd}cd");
}

#[test]
fn a1_items_without_an_id_get_the_same_one_each_time() {
    let whole = body("messages", &value_with(&[json!({ "type": "text" }), json!({ "type": "image" })]));
    let first = split_of(&whole);
    assert_eq!(first, split_of(&whole));
    let ids = ids(&first);
    assert!(ids[0].starts_with("sha256:") && ids[0].len() == 71 && ids[0] != ids[1]);
}

#[test]
fn an_id_no_index_takes_is_replaced() {
    let whole = body("messages", &value_with(&[text(&"x".repeat(5_000), "a")]));
    assert!(ids(&split_of(&whole))[0].starts_with("sha256:"));
    let whole = body("messages", &value_with(&[text("wamid.\u{0}1", "a")]));
    assert_eq!(ids(&split_of(&whole)), ["wamid.1"]);
}

#[test]
fn a_body_that_is_no_json_object_is_refused_whole() {
    for body in ["", "[]", "7", "{", "{\"object\":", "nonsense"] {
        assert!(split(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn what_concerns_the_account_is_kept_and_named() {
    for field in ["calls", "group_lifecycle_update", "something_new"] {
        let value = json!({ "metadata": { "phone_number_id": NUMBER }, "messages": [text("wamid.1", "x")] });
        let pieces = split_of(&body(field, &value));
        let [Piece::Other { number_ref, what, .. }] = pieces.as_slice() else { panic!("{field} is kept whole") };
        assert_eq!((number_ref.as_deref(), what.as_str()), (Some(NUMBER), field));
        assert_eq!(raw(&pieces[0])["id"], "900800700");
        assert_eq!(raw(&pieces[0])["changes"][0]["field"], field);
    }
}

#[test]
fn news_of_the_account_are_known_by_name_and_say_whose_they_are() {
    for field in [
        "account_update",
        "account_alerts",
        "phone_number_quality_update",
        "business_capability_update",
        "message_template_status_update",
        "message_template_quality_update",
        "template_category_update",
        "user_preferences",
        "history",
        "smb_app_state_sync",
    ] {
        let value = json!({ "metadata": { "phone_number_id": NUMBER }, "event": "x" });
        let pieces = split_of(&body(field, &value));
        let [Piece::News { number_ref, account_ref, kind, .. }] = pieces.as_slice() else {
            panic!("{field}: {pieces:?}")
        };
        assert_eq!((number_ref.as_deref(), account_ref.as_deref()), (Some(NUMBER), Some("900800700")));
        assert_eq!((kind.as_str(), raw(&pieces[0])["changes"][0]["field"].as_str()), (field, Some(field)));
        let alone = split_of(&body(field, &json!({ "event": "x" })));
        assert!(matches!(alone.as_slice(), [Piece::News { number_ref: None, account_ref: Some(_), .. }]), "{field}");
    }
}

#[test]
fn a_word_on_marketing_belongs_to_a_customer_and_a_number() {
    let said = json!({ "wa_id": PHONE, "category": "marketing_messages", "value": "stop", "timestamp": 1_731_705_721 });
    let value = json!({ "metadata": { "phone_number_id": NUMBER }, "user_preferences": [said, { "odd": 1 }] });
    let pieces = split_of(&body("user_preferences", &value));
    let [Piece::Marketing { number_ref, choice }, Piece::News { .. }] = pieces.as_slice() else { panic!("{pieces:?}") };
    assert_eq!((number_ref.as_str(), choice.wants), (NUMBER, Marketing::Stop));
}

#[test]
fn errors_alone_and_other_objects_are_kept() {
    let value = json!({ "metadata": { "phone_number_id": NUMBER }, "errors": [{ "code": 131_000 }] });
    assert_eq!(ids(&split_of(&body("messages", &value))), ["errors"]);
    let mut value = value;
    value["statuses"] = json!([{ "id": "wamid.out", "status": "read", "timestamp": "1750000000" }]);
    assert_eq!(ids(&split_of(&body("messages", &value))), ["wamid.out", "errors"]);
    value["errors"] = json!([]);
    assert_eq!(ids(&split_of(&body("messages", &value))), ["wamid.out"]);
    assert_eq!(ids(&split_of(&json!({ "object": "page", "entry": [] }))), ["object:page"]);
    assert_eq!(ids(&split_of(&json!({ "object": "whatsapp_business_account", "entry": {} }))).len(), 1);
    assert_eq!(ids(&split_of(&json!({ "object": "whatsapp_business_account" }))), ["object:whatsapp_business_account"]);
    assert_eq!(ids(&split_of(&json!({ "object": "whatsapp_business_account", "entry": [5, {}] }))), ["entry", "entry"]);
}

#[test]
fn a_message_without_a_number_or_to_a_group_belongs_to_no_thread() {
    let mut value = value_with(&[text("wamid.1", "a")]);
    value["metadata"] = json!(null);
    assert_eq!(ids(&split_of(&body("messages", &value))), ["message without a number"]);
    let grouped = message("wamid.1", &json!({ "group_id": "g1", "type": "text", "text": { "body": "x" } }));
    assert_eq!(ids(&split_of(&body("messages", &value_with(&[grouped])))), ["group message"]);
}

#[test]
fn a8_a_status_brings_back_our_own_id() {
    let ours = Uuid::from_u128(42);
    let wanted = PieceStatus {
        number_ref: NUMBER.to_owned(),
        provider_message_id: "wamid.out".to_owned(),
        message: Some(MessageId(ours)),
        status: Status::Delivered,
        at: Timestamp::from_seconds(1_750_000_001),
        error: None,
        stops: None,
        pricing: None,
        recipient: None,
    };
    assert_eq!(
        status(&json!({ "biz_opaque_callback_data": ours.to_string() })),
        Piece::Status(Box::new(wanted.clone()))
    );
    let foreign = status(&json!({ "biz_opaque_callback_data": "some data" }));
    assert_eq!(foreign, Piece::Status(Box::new(PieceStatus { message: None, ..wanted })));
}

#[test]
fn how_a_payment_goes_says_nothing_of_how_far_its_message_got() {
    for word in ["failed", "pending", "captured"] {
        let payment = status(&json!({ "type": "payment", "status": word, "payment": { "reference_id": "7" } }));
        let Piece::Other { what, .. } = payment else { panic!("{word}: {payment:?}") };
        assert_eq!(what, "payment status");
    }
}

#[test]
fn a8_every_word_of_metas_alphabet_moves_a_message_on() {
    for (word, wanted) in [
        ("sent", Status::Sent),
        ("delivered", Status::Delivered),
        ("read", Status::Read),
        ("played", Status::Played),
        ("failed", Status::Failed),
    ] {
        let Piece::Status(status) = status(&json!({ "status": word })) else { panic!("{word} is a status") };
        assert_eq!(status.status, wanted);
    }
    for word in ["deleted", "warning", "Sent", "", "somewhere"] {
        assert!(matches!(status(&json!({ "status": word })), Piece::Other { .. }), "{word}");
    }
}

#[test]
fn a_failure_gives_its_reason_in_our_words() {
    let Piece::Status(failed) =
        status(&json!({ "status": "failed", "errors": [{ "code": 131_047, "title": "Re-engagement" }] }))
    else {
        panic!("a failure is a status");
    };
    let error = failed.error.unwrap();
    assert_eq!((error.code, error.text.contains("window")), (131_047, true));
}

#[test]
fn calls_have_an_alphabet_of_their_own() {
    assert_eq!(ids(&[status(&json!({ "type": "call", "status": "RINGING" }))]), ["call status"]);
    assert_eq!(ids(&[status(&json!({ "id": "wacid.1" }))]), ["call status"]);
}

#[test]
fn in_a_group_one_failure_of_many_is_no_failure() {
    let participant = json!({ "recipient_type": "group", "recipient_participant_id": PHONE, "status": "failed" });
    let kept = status(&participant);
    assert_eq!(ids(std::slice::from_ref(&kept)), ["status:failed for one of a group"]);
    assert_eq!(raw(&kept)["changes"][0]["value"]["statuses"][0]["recipient_participant_id"], PHONE);
    let read = status(&json!({ "recipient_participant_id": PHONE, "status": "read" }));
    assert!(matches!(read, Piece::Status(status) if status.status == Status::Read));
}

#[test]
fn a1_messages_in_an_odd_shape_are_kept_beside_what_can_be_read() {
    let mut value = value_with(&[]);
    value["messages"] = json!({ "0": text("wamid.1", "a") });
    value["statuses"] = json!([{ "id": "wamid.out", "status": "read", "timestamp": "1750000000" }]);
    let pieces = split_of(&body("messages", &value));
    assert_eq!(ids(&pieces), ["wamid.out", "messages"]);
    assert_eq!(raw(&pieces[1])["changes"][0]["value"]["messages"]["0"]["id"], "wamid.1");
}

#[test]
fn what_stands_beside_all_messages_cannot_multiply_a_body() {
    let mut value = value_with(&[text("wamid.1", "a"), text("wamid.2", "b")]);
    value["metadata"]["more"] = json!("x".repeat(20_000));
    value["errors"] = json!(["x".repeat(20_000)]);
    let pieces = split_of(&body("messages", &value));
    assert_eq!(ids(&pieces), ["wamid.1", "wamid.2"]);
    assert!(raw(&pieces[0]).to_string().len() < 1_000);
}

#[test]
fn messages_and_statuses_of_one_change_are_both_told() {
    let mut value = value_with(&[text("wamid.1", "a")]);
    value["statuses"] = json!([{ "id": "wamid.out", "status": "read", "timestamp": 1_750_000_000 }]);
    assert_eq!(ids(&split_of(&body("messages", &value))), ["wamid.1", "wamid.out"]);
}

#[test]
fn a_failure_says_whether_it_is_the_numbers_trouble() {
    let stops = |errors: &Value| match status(&json!({ "status": "failed", "errors": errors })) {
        Piece::Status(status) => (status.error.map(|error| error.code), status.stops),
        other => panic!("{other:?}"),
    };
    for (code, reason) in [
        (131_042, StopReason::PaymentProblem),
        (131_031, StopReason::AccountRestricted),
        (131_045, StopReason::NotRegistered),
        (368, StopReason::AccountRestricted),
        (133_010, StopReason::NotRegistered),
        (131_037, StopReason::NotRegistered),
    ] {
        assert_eq!(stops(&json!([{ "code": code }])), (Some(code), Some(reason)));
        assert_eq!(stops(&json!([{ "code": code.to_string() }])), (Some(code), Some(reason)));
    }
    assert_eq!(stops(&json!([{ "code": 131_026 }])), (Some(131_026), None));
    assert_eq!(stops(&json!([{ "code": 131_000 }, { "code": 131_042 }])).0, Some(131_042), "the graver of two counts");
    assert_eq!(stops(&json!([])), (None, None));
    let delivered = status(&json!({ "status": "delivered", "errors": [{ "code": 131_042 }] }));
    assert!(matches!(delivered, Piece::Status(status) if status.stops.is_none() && status.error.is_none()));
}

#[test]
fn a_status_says_what_its_message_costs() {
    let pricing = |given: &Value| match status(&json!({ "pricing": given })) {
        Piece::Status(status) => status.pricing,
        other => panic!("{other:?}"),
    };
    let name = |name: &str| Some(name.to_owned());
    let told = pricing(&json!({ "billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility" }));
    let wanted = Pricing { billable: Some(true), model: name("PMP"), kind: name("regular"), category: name("utility") };
    assert_eq!(told, Some(wanted));
    let old = pricing(&json!({ "pricing_model": "CBP", "category": "business_initiated" })).unwrap();
    assert_eq!((old.billable, old.kind), (None, None), "what is not said is not made up");
    assert_eq!(pricing(&json!({})), None);
    assert_eq!(pricing(&json!("free")), None);
    assert_eq!(pricing(&json!({ "category": "x".repeat(65) })), None);
}

#[test]
fn what_was_said_with_the_phone_is_an_item_of_ours_to_the_customer() {
    let echo = json!({ "from": "15550001111", "to": PHONE, "to_user_id": SCOPED, "id": "wamid.e", "timestamp": "1697043223",
        "type": "text", "text": { "body": "pelo telefone" } });
    let value = json!({ "metadata": { "phone_number_id": NUMBER }, "contacts": [{ "wa_id": PHONE, "profile": { "name": "Bia" } }],
        "message_echoes": [echo] });
    let pieces = split_of(&body("smb_message_echoes", &value));
    let [Piece::Item { number_ref, provider_message_id, raw }] = pieces.as_slice() else { panic!("{pieces:?}") };
    assert_eq!((number_ref.as_str(), provider_message_id.as_str()), (NUMBER, "wamid.e"));
    let Reading::Understood(inbound) = decode(raw) else { panic!("it is understood") };
    let known_as: Vec<_> = inbound.identifiers.iter().map(|one| one.value.as_str()).collect();
    assert_eq!(
        (known_as, inbound.profile_name.as_deref()),
        (vec![SCOPED, PHONE], Some("Bia")),
        "the customer's, not ours"
    );
    let text = Said::Message { content: Content::text("pelo telefone") };
    assert_eq!(inbound.what, Said::Echo { what: Box::new(text) });
}

#[test]
fn a_change_made_with_the_phone_is_an_echo_too_and_one_of_nobody_is_kept() {
    let echo = |rest: Value| {
        let mut echo = json!({ "from": "15550001111", "to": PHONE, "id": "wamid.e", "timestamp": "1697043223" });
        for (name, member) in rest.as_object().unwrap() {
            echo[name] = member.clone();
        }
        let value = json!({ "metadata": { "phone_number_id": NUMBER }, "message_echoes": [echo] });
        let pieces = split_of(&body("smb_message_echoes", &value));
        let [Piece::Item { raw, .. }] = pieces.as_slice() else { panic!("{pieces:?}") };
        decode(raw)
    };
    let revoked = echo(json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.0" } }));
    let Reading::Understood(inbound) = revoked else { panic!("{revoked:?}") };
    assert_eq!(inbound.what, Said::Echo { what: Box::new(Said::Revoke { of: "wamid.0".to_owned() }) });
    let to_nobody = echo(json!({ "to": "<WHATSAPP_USER_PHONE_NUMBER>", "type": "text", "text": { "body": "x" } }));
    assert!(matches!(to_nobody, Reading::Unreadable { .. }), "{to_nobody:?}");
}
