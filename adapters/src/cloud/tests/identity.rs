//! Who a message is from, and what Meta's notices say of it.

use super::super::decode::decode;
use super::super::{body, names};
use super::payloads::{NUMBER, PHONE, SCOPED, message, split_of, text, understood, value_with};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::item::{Inbound, Moved, Said};
use dashoffice_domain::ports::{Piece, Post, Reading};
use serde_json::{Value, json};
use uuid::Uuid;

fn phone(digits: &str) -> Identifier {
    Identifier::new(IdentifierKind::WaId, digits)
}

fn scoped(id: &str) -> Identifier {
    Identifier::new(IdentifierKind::ScopedUser, id)
}

fn moved(from: Identifier, to: Identifier) -> Moved {
    Moved { from, to }
}

/// The items of a value of `field`, each as it is read.
fn read(field: &str, value: &Value) -> Vec<Inbound> {
    let pieces = split_of(&super::payloads::body(field, value));
    let read = pieces.iter().map(|piece| {
        let Piece::Item { raw, number_ref, .. } = piece else { panic!("{piece:?} is no item") };
        assert_eq!(number_ref, NUMBER);
        match decode(raw) {
            Reading::Understood(inbound) => inbound,
            other => panic!("{other:?}"),
        }
    });
    read.collect()
}

/// A notice as Meta sends it: without contacts.
fn notice(from: &Value, system: &Value) -> Inbound {
    let mut message = message("wamid.n", &json!({ "type": "system", "system": system }));
    message.as_object_mut().unwrap().remove("from");
    for (name, member) in from.as_object().unwrap() {
        message[name] = member.clone();
    }
    let mut value = value_with(&[message]);
    value.as_object_mut().unwrap().remove("contacts");
    read("messages", &value).remove(0)
}

#[test]
fn b3_a_changed_number_is_the_customers_from_now_on_and_the_old_one_is_not() {
    let system = json!({ "type": "user_changed_number", "body": "changed", "wa_id": "5511900000009" });
    let inbound = notice(&json!({ "from": PHONE }), &system);
    let wanted = Content::System { what: "user_changed_number".to_owned(), text: Some("changed".to_owned()) };
    assert_eq!(inbound.what, Said::Notice { content: wanted });
    assert_eq!(inbound.identifiers, [phone(PHONE)]);
    assert_eq!(inbound.moved, [moved(phone(PHONE), phone("5511900000009"))]);
    let older = json!({ "type": "customer_changed_number", "new_wa_id": "5511900000009", "customer": PHONE });
    assert_eq!(notice(&json!({ "from": PHONE }), &older).moved, inbound.moved);
    assert_eq!(notice(&json!({}), &older).moved, inbound.moved);
    let identity = json!({ "type": "customer_identity_changed", "body": "x", "wa_id": "5511900000009" });
    assert_eq!(notice(&json!({ "from": PHONE }), &identity).moved, []);
}

#[test]
fn a_changed_number_brings_a_new_business_scoped_id_with_it() {
    let system = json!({
        "type": "user_changed_number", "wa_id": "5511900000009", "previous_user_id": "BR.old", "user_id": "BR.new",
    });
    for from in [json!({ "from": PHONE }), json!({ "from": PHONE, "from_user_id": "BR.new" })] {
        let inbound = notice(&from, &system);
        assert_eq!(inbound.identifiers, [scoped("BR.old"), phone(PHONE)]);
        let numbers = moved(phone(PHONE), phone("5511900000009"));
        assert_eq!(inbound.moved, [numbers, moved(scoped("BR.old"), scoped("BR.new"))]);
    }
    let without_before = json!({ "type": "user_changed_number", "wa_id": "5511900000009", "user_id": "BR.new" });
    let inbound = notice(&json!({ "from": PHONE }), &without_before);
    assert_eq!(
        (&inbound.identifiers[..], &inbound.moved[1]),
        (&[phone(PHONE)][..], &moved(scoped("BR.new"), scoped("BR.new")))
    );
}

#[test]
fn a_changed_user_id_is_linked_by_the_previous_one_also_where_the_sender_is_not_named() {
    let system =
        json!({ "type": "user_changed_user_id", "body": "x", "previous_user_id": "BR.old1", "user_id": "BR.new1" });
    for from in [
        json!({}),
        json!({ "from_user_id": "BR.old1" }),
        json!({ "from_user_id": "BR.new1" }),
        json!({ "from": "BR.new1" }),
    ] {
        let inbound = notice(&from, &system);
        assert_eq!(inbound.identifiers, [scoped("BR.old1")], "{from}");
        assert_eq!(inbound.moved, [moved(scoped("BR.old1"), scoped("BR.new1"))]);
    }
    let known_by_phone =
        notice(&json!({ "from": PHONE }), &json!({ "type": "user_changed_user_id", "user_id": "BR.new1" }));
    assert_eq!(known_by_phone.identifiers, [phone(PHONE)]);
    assert_eq!(known_by_phone.moved, [moved(scoped("BR.new1"), scoped("BR.new1"))]);
    let nothing_of_before = notice(&json!({}), &json!({ "type": "user_changed_user_id", "user_id": "BR.new1" }));
    assert_eq!((nothing_of_before.identifiers, nothing_of_before.moved), (vec![scoped("BR.new1")], vec![]));
}

#[test]
fn the_field_user_id_update_is_read_as_the_notice_it_is() {
    let metadata = json!({ "phone_number_id": NUMBER });
    let update =
        json!({ "wa_id": PHONE, "user_id": { "previous": "BR.a", "current": "BR.b" }, "timestamp": 1_750_000_000 });
    let value = json!({ "metadata": metadata, "user_id_update": [update, { "previous_user_id": "BR.b", "user_id": "BR.c", "timestamp": "1750000009" }] });
    let read = read("user_id_update", &value);
    assert_eq!(read[0].identifiers, [scoped("BR.a"), phone(PHONE)]);
    assert_eq!(read[0].moved, [moved(scoped("BR.a"), scoped("BR.b"))]);
    assert_eq!(read[1].moved, [moved(scoped("BR.b"), scoped("BR.c"))]);
    assert_ne!(read[0].provider_message_id, read[1].provider_message_id);
    for odd in [json!([]), json!([{ "user_id": "BR.c" }]), json!({}), json!([5])] {
        let value = json!({ "metadata": { "phone_number_id": NUMBER }, "user_id_update": odd });
        let pieces = split_of(&super::payloads::body("user_id_update", &value));
        assert!(matches!(&pieces[..], [Piece::Other { what, .. }] if what == "user_id_update"), "{pieces:?}");
    }
}

#[test]
fn a_business_scoped_id_that_stands_in_from_is_one_and_is_answered_as_recipient() {
    let inbound = understood(&json!({ "from": SCOPED, "type": "text", "text": { "body": "oi" } }));
    assert_eq!(inbound.identifiers, [scoped(SCOPED), phone(PHONE)]);
    let mut value =
        value_with(&[message("wamid.1", &json!({ "from": SCOPED, "type": "text", "text": { "body": "oi" } }))]);
    value["contacts"] = json!([{ "profile": { "name": "Nina" }, "user_id": SCOPED }]);
    let alone = read("messages", &value).remove(0);
    assert_eq!((&alone.identifiers[..], alone.profile_name.as_deref()), (&[scoped(SCOPED)][..], Some("Nina")));
    let message = MessageId(Uuid::from_u128(7));
    let post = Post { message, to: alone.identifiers, content: Content::text("olá"), reply_to: None };
    let asked = body::body(&post).unwrap();
    assert_eq!((&asked["recipient"], asked.get("to")), (&json!(SCOPED), None));
}

#[test]
fn the_only_contact_is_the_sender_however_its_number_is_written() {
    for (from, wa_id) in
        [("5531987650011", "553187650011"), ("5215512345678", "525512345678"), ("16505551234", "972501112233")]
    {
        let mut value =
            value_with(&[message("wamid.1", &json!({ "from": from, "type": "text", "text": { "body": "oi" } }))]);
        value["contacts"] = json!([{ "profile": { "name": "Nome" }, "wa_id": wa_id, "user_id": "BR.q1" }]);
        let inbound = read("messages", &value).remove(0);
        assert_eq!(inbound.profile_name.as_deref(), Some("Nome"));
        assert_eq!(inbound.identifiers, [scoped("BR.q1"), phone(from), phone(wa_id)]);
    }
}

#[test]
fn of_several_contacts_and_senders_each_message_gets_its_own_or_none() {
    let from = |id: &str, from: &str| message(id, &json!({ "from": from, "type": "text", "text": { "body": "oi" } }));
    let mut value = value_with(&[from("wamid.1", "5531987650011"), from("wamid.2", "5511900000002")]);
    value["contacts"] = json!([
        { "profile": { "name": "Caio" }, "wa_id": "5511900000002" },
        { "profile": { "name": "Nome" }, "wa_id": "553187650011" },
    ]);
    let names: Vec<_> = read("messages", &value).into_iter().map(|inbound| inbound.profile_name).collect();
    assert_eq!(names, [Some("Nome".to_owned()), Some("Caio".to_owned())]);
    value["contacts"] = json!([{ "profile": { "name": "Caio" }, "wa_id": "5511900000002", "user_id": "BR.2" }]);
    let read = read("messages", &value);
    assert_eq!(read[0].identifiers, [phone("5531987650011")], "another sender's contact is nobody else's");
    assert_eq!(read[1].identifiers, [scoped("BR.2"), phone("5511900000002")]);
}

#[test]
fn a_contact_with_another_scoped_id_is_not_the_sender() {
    let mut value = value_with(&[
        json!({ "id": "wamid.1", "from_user_id": "BR.1", "timestamp": "1", "type": "text", "text": { "body": "x" } }),
    ]);
    value["contacts"] = json!([{ "user_id": "BR.2", "profile": { "name": "Bia" } }]);
    let inbound = read("messages", &value).remove(0);
    assert_eq!((&inbound.identifiers[..], inbound.profile_name), (&[scoped("BR.1")][..], None));
}

#[test]
fn a_name_of_invisible_characters_is_no_name_and_a_user_name_is_kept() {
    for (profile, name, username) in [
        (json!({ "name": "\u{3164}" }), None, None),
        (json!({ "name": "\u{200b}\u{e0041}\u{e007f}\u{2800}" }), None, None),
        (json!({ "name": " Nina " , "username": "@nina.sol" }), Some("Nina"), Some("nina.sol")),
        (json!({ "username": "nina.sol" }), None, Some("nina.sol")),
        (json!({ "name": "N", "username": "\u{3164}" }), Some("N"), None),
    ] {
        let mut value = value_with(&[text("wamid.1", "oi")]);
        value["contacts"] = json!([{ "profile": profile, "wa_id": PHONE }]);
        let inbound = read("messages", &value).remove(0);
        assert_eq!((inbound.profile_name.as_deref(), inbound.username.as_deref()), (name, username));
    }
    assert_eq!(names::username("nina.sol").as_deref(), Some("nina.sol"));
}

#[test]
fn a_status_names_the_scoped_id_of_whom_it_reached() {
    let status = |rest: Value| {
        let mut status =
            json!({ "id": "wamid.out", "status": "delivered", "timestamp": "1750000000", "recipient_id": PHONE });
        for (name, member) in rest.as_object().unwrap() {
            status[name] = member.clone();
        }
        let value = json!({ "metadata": { "phone_number_id": NUMBER }, "statuses": [status] });
        match split_of(&super::payloads::body("messages", &value)).remove(0) {
            Piece::Status(status) => status.recipient,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(status(json!({ "recipient_user_id": SCOPED })), Some(scoped(SCOPED)));
    assert_eq!(status(json!({})), None);
    assert_eq!(status(json!({ "recipient_user_id": SCOPED, "recipient_type": "group" })), None);
}
