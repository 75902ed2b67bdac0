//! Every type of message a customer can send, and what it is read as.

use super::super::decode::decode;
use super::payloads::{PHONE, SCOPED, understood};
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::{Card, ChoiceSource, Content, Media, MediaKind, OrderLine};
use dashoffice_domain::conversation::context::{Forwarded, MessageContext, Product};
use dashoffice_domain::item::Said;
use dashoffice_domain::ports::Reading;
use serde_json::{Value, json};

fn content(rest: &Value) -> Content {
    match understood(rest).what {
        Said::Message { content } => content,
        other => panic!("{other:?}"),
    }
}

fn shown(content: Content) -> Said {
    Said::Message { content }
}

fn media(kind: MediaKind) -> Media {
    Media {
        kind,
        provider_media_id: Some("77".to_owned()),
        link: None,
        mime_type: Some("a/b".to_owned()),
        sha256: Some("abc=".to_owned()),
        caption: None,
        filename: None,
        voice: false,
        animated: false,
    }
}

#[test]
fn a_text_is_read_with_sender_name_and_time() {
    let inbound = understood(&json!({ "type": "text", "text": { "body": "Oi 😀" } }));
    assert_eq!(inbound.what, shown(Content::text("Oi 😀")));
    let wanted =
        [Identifier::new(IdentifierKind::ScopedUser, SCOPED), Identifier::new(IdentifierKind::WaId, PHONE)].to_vec();
    assert_eq!(inbound.identifiers, wanted);
    assert_eq!(inbound.profile_name.as_deref(), Some("Bia Lima"));
    assert_eq!(inbound.said_at, Timestamp::from_seconds(1_750_000_000));
    assert_eq!((inbound.reply_to, inbound.context), (None, MessageContext::default()));
}

#[test]
fn files_are_known_by_their_media_id() {
    let common = json!({ "id": "77", "mime_type": "a/b", "sha256": "abc=" });
    for (kind, name) in [
        (MediaKind::Image, "image"),
        (MediaKind::Video, "video"),
        (MediaKind::Audio, "audio"),
        (MediaKind::Document, "document"),
        (MediaKind::Sticker, "sticker"),
    ] {
        assert_eq!(content(&json!({ "type": name, name: common })), Content::Media(media(kind)));
    }
    let voice = json!({ "type": "audio", "audio": { "id": 77, "mime_type": "a/b", "sha256": "abc=", "voice": true } });
    assert_eq!(content(&voice), Content::Media(Media { voice: true, ..media(MediaKind::Audio) }));
    let paper = json!({ "type": "document", "document": {
        "id": "77", "mime_type": "a/b", "sha256": "abc=", "filename": "nota.pdf", "caption": "segue", "url": "https://x.example/1",
    } });
    let wanted = Media {
        filename: Some("nota.pdf".to_owned()),
        caption: Some("segue".to_owned()),
        link: Some("https://x.example/1".to_owned()),
        ..media(MediaKind::Document)
    };
    assert_eq!(content(&paper), Content::Media(wanted));
}

#[test]
fn a_place_is_read_from_numbers_and_from_strings() {
    let wanted =
        Content::Location { latitude: -23.5, longitude: -46.25, name: None, address: Some("Rua 1".to_owned()) };
    for (latitude, longitude) in [(json!(-23.5), json!(-46.25)), (json!("-23.5"), json!("-46.25"))] {
        let place = json!({ "latitude": latitude, "longitude": longitude, "address": "Rua 1", "name": "" });
        assert_eq!(content(&json!({ "type": "location", "location": place })), wanted);
    }
}

#[test]
fn contact_cards_bear_some_name() {
    let cards = json!([
        { "name": { "formatted_name": "Ana Sá" }, "phones": [{ "phone": "+55 11 90000-0002", "type": "CELL" }],
          "emails": [{ "email": "ana@example.org" }], "org": { "company": "Loja" } },
        { "name": { "first_name": "Rui", "last_name": "Reis" } },
        { "phones": [{ "wa_id": "5511900000003" }] },
    ]);
    let nobody = |name: &str| Card { name: name.to_owned(), ..Card::default() };
    let wanted = vec![
        Card {
            phones: vec!["+55 11 90000-0002".to_owned()],
            emails: vec!["ana@example.org".to_owned()],
            organisation: Some("Loja".to_owned()),
            ..nobody("Ana Sá")
        },
        nobody("Rui Reis"),
        Card { phones: vec!["5511900000003".to_owned()], ..nobody("5511900000003") },
    ];
    assert_eq!(content(&json!({ "type": "contacts", "contacts": cards })), Content::Contacts { cards: wanted });
}

#[test]
fn a_card_keeps_where_somebody_lives_their_pages_and_their_birthday() {
    let cards = json!([{ "name": { "formatted_name": "Ana" }, "birthday": "1990-02-28",
        "addresses": [{ "street": "Rua 1", "city": "Santos", "state": "SP", "zip": "11000-000", "country": "Brasil", "type": "HOME" }, {}],
        "urls": [{ "url": "https://ana.example", "type": "WORK" }] }]);
    let wanted = Card {
        name: "Ana".to_owned(),
        addresses: vec!["Rua 1, Santos, SP, 11000-000, Brasil".to_owned()],
        links: vec!["https://ana.example".to_owned()],
        birthday: Some("1990-02-28".to_owned()),
        ..Card::default()
    };
    assert_eq!(content(&json!({ "type": "contacts", "contacts": cards })), Content::Contacts { cards: vec![wanted] });
}

#[test]
fn an_order_stays_whole_when_a_line_does_not_say_everything() {
    let order = json!({ "catalog_id": "1", "text": "sem cebola", "product_items": [
        { "product_retailer_id": "SKU1", "quantity": 2, "item_price": 19.9, "currency": "BRL" },
        { "product_retailer_id": "SKU2", "quantity": 1, "currency": "BRL" },
        { "quantity": 3, "item_price": "1" },
    ] });
    let Content::Order { lines, note, .. } = content(&json!({ "type": "order", "order": order })) else {
        panic!("an order")
    };
    let said: Vec<_> =
        lines.iter().map(|line| (line.product.as_str(), line.quantity.as_str(), line.price.as_str())).collect();
    assert_eq!(said, [("SKU1", "2", "19.9"), ("SKU2", "1", ""), ("", "3", "1")]);
    assert_eq!(note.as_deref(), Some("sem cebola"));
}

#[test]
fn a_tapped_choice_says_where_it_was_tapped() {
    let wanted = |source, description: Option<&str>| Content::Choice {
        source,
        id: "opt_1".to_owned(),
        title: "Sim".to_owned(),
        description: description.map(str::to_owned),
    };
    let button = json!({ "type": "button_reply", "button_reply": { "id": "opt_1", "title": "Sim" } });
    assert_eq!(content(&json!({ "type": "interactive", "interactive": button })), wanted(ChoiceSource::Button, None));
    let row = json!({ "type": "list_reply", "list_reply": { "id": "opt_1", "title": "Sim", "description": "já" } });
    assert_eq!(content(&json!({ "type": "interactive", "interactive": row })), wanted(ChoiceSource::List, Some("já")));
    let quick = json!({ "type": "button", "button": { "payload": "opt_1", "text": "Sim" } });
    assert_eq!(content(&quick), wanted(ChoiceSource::TemplateButton, None));
}

#[test]
fn a_form_keeps_its_answer_as_text_even_where_it_is_no_json() {
    for answer in [r#"{"rating":"4"}"#, "{broken"] {
        let reply = json!({ "name": "flow", "body": "Sent", "response_json": answer });
        let form = json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": reply } });
        let wanted =
            Content::Form { name: Some("flow".to_owned()), body: Some("Sent".to_owned()), response: answer.to_owned() };
        assert_eq!(content(&form), wanted);
    }
}

#[test]
fn a_call_permission_is_something_the_provider_says_about_the_customer() {
    let reply =
        json!({ "response": "accept", "expiration_timestamp": 1_753_186_982, "response_source": "user_action" });
    let answer = json!({ "type": "call_permission_reply", "call_permission_reply": reply });
    let wanted = Content::System { what: "call_permission_reply".to_owned(), text: Some("accept".to_owned()) };
    assert_eq!(content(&json!({ "type": "interactive", "interactive": answer })), wanted);
}

#[test]
fn an_order_keeps_prices_as_written() {
    let order = json!({ "catalog_id": "c1", "text": "", "product_items": [
        { "product_retailer_id": "A1", "quantity": 2, "item_price": 30, "currency": "BRL" },
        { "product_retailer_id": "B2", "quantity": "1", "item_price": "19.90", "currency": "BRL" },
    ] });
    let line = |product: &str, quantity: &str, price: &str| OrderLine {
        product: product.to_owned(),
        quantity: quantity.to_owned(),
        price: price.to_owned(),
        currency: "BRL".to_owned(),
    };
    let wanted = Content::Order {
        catalog: Some("c1".to_owned()),
        note: None,
        lines: vec![line("A1", "2", "30"), line("B2", "1", "19.90")],
    };
    assert_eq!(content(&json!({ "type": "order", "order": order })), wanted);
}

#[test]
fn a_reaction_is_taken_back_in_two_ways() {
    let reaction = |rest: Value| understood(&json!({ "type": "reaction", "reaction": rest })).what;
    let wanted = |emoji: Option<&str>| Said::Reaction { to: "wamid.0".to_owned(), emoji: emoji.map(str::to_owned) };
    assert_eq!(reaction(json!({ "message_id": "wamid.0", "emoji": "👍" })), wanted(Some("👍")));
    assert_eq!(reaction(json!({ "message_id": "wamid.0", "emoji": "" })), wanted(None));
    assert_eq!(reaction(json!({ "message_id": "wamid.0" })), wanted(None));
}

#[test]
fn edits_and_revocations_name_the_message_they_change() {
    let edited = json!({ "type": "text", "text": { "body": "melhor" }, "context": { "id": "wamid.q" } });
    let edit = json!({ "type": "edit", "edit": { "original_message_id": "wamid.0", "message": edited } });
    let inbound = understood(&edit);
    assert_eq!(inbound.what, Said::Edit { of: "wamid.0".to_owned(), content: Content::text("melhor") });
    assert_eq!(inbound.reply_to.as_deref(), Some("wamid.q"));
    let revoke = json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.0" } });
    assert_eq!(understood(&revoke).what, Said::Revoke { of: "wamid.0".to_owned() });
}

#[test]
fn replies_and_forwards_are_told_apart() {
    let with = |context: Value| understood(&json!({ "type": "text", "text": { "body": "x" }, "context": context }));
    assert_eq!(with(json!({ "from": "1", "id": "wamid.q" })).reply_to.as_deref(), Some("wamid.q"));
    for (mark, forwarded) in [("forwarded", Forwarded::Once), ("frequently_forwarded", Forwarded::Often)] {
        let inbound = with(json!({ mark: true }));
        assert_eq!((inbound.context.forwarded, inbound.reply_to), (Some(forwarded), None));
    }
}

#[test]
fn what_the_provider_says_by_itself_is_a_notice_and_what_the_customer_answered_is_not() {
    let said = |rest: Value| understood(&rest).what;
    let system = |what: &str| Content::System { what: what.to_owned(), text: None };
    assert_eq!(said(json!({ "type": "request_welcome" })), Said::Notice { content: system("request_welcome") });
    let identity = json!({ "type": "customer_identity_changed", "identity": "abc", "customer": PHONE });
    let notice = Said::Notice { content: system("customer_identity_changed") };
    assert_eq!(said(json!({ "type": "system", "system": identity })), notice);
    for (source, is_notice) in [("automatic", true), ("user_action", false)] {
        let reply = json!({ "response": "reject", "response_source": source });
        let answer = json!({ "type": "call_permission_reply", "call_permission_reply": reply });
        let said = said(json!({ "type": "interactive", "interactive": answer }));
        assert_eq!(matches!(said, Said::Notice { .. }), is_notice, "{source}");
    }
}

#[test]
fn the_product_that_is_asked_about_is_kept() {
    let context = json!({ "from": "1", "id": "wamid.q", "referred_product": { "catalog_id": "7", "product_retailer_id": "SKU-1" } });
    let inbound = understood(&json!({ "type": "text", "text": { "body": "Tem no 40?" }, "context": context }));
    let wanted = Product { catalog: Some("7".to_owned()), product: "SKU-1".to_owned() };
    assert_eq!((inbound.context.product, inbound.reply_to.as_deref()), (Some(wanted), Some("wamid.q")));
}

#[test]
fn an_edit_of_a_files_words_need_not_name_the_file() {
    let edited = json!({ "type": "image", "image": { "caption": "lado B" } });
    let edit = json!({ "type": "edit", "edit": { "original_message_id": "wamid.0", "message": edited } });
    let Said::Edit { content: Content::Media(file), .. } = understood(&edit).what else { panic!("an edit") };
    assert_eq!((file.caption.as_deref(), file.provider_media_id), (Some("lado B"), None));
}

#[test]
fn an_advertisement_that_opened_the_chat_is_kept() {
    let referral = json!({ "source_url": "https://ad.example", "source_id": "7", "source_type": "ad",
        "headline": "Oferta", "body": "So hoje", "ctwa_clid": "click", "media_type": "image",
        "image_url": "https://ad.example/1.jpg", "welcome_message": { "text": "Oi!" } });
    for (kind, words) in [("text", json!({ "body": "x" })), ("request_welcome", json!({}))] {
        let read = understood(&json!({ "type": kind, kind: words, "referral": referral })).context.referral.unwrap();
        let known = [&read.source_type, &read.source_id, &read.headline, &read.body, &read.media_type, &read.click_id];
        let wanted = ["ad", "7", "Oferta", "So hoje", "image", "click"];
        assert_eq!(known.map(|text| text.as_deref().unwrap_or_default()), wanted, "{kind}");
        assert_eq!(read.image_url.as_deref(), Some("https://ad.example/1.jpg"));
        assert_eq!((read.source_url.as_deref(), read.welcome.as_deref()), (Some("https://ad.example"), Some("Oi!")));
    }
}

#[test]
fn a_customer_may_have_no_phone_at_all() {
    let raw = json!({
        "contacts": [{ "profile": { "username": "bia" }, "user_id": SCOPED }],
        "message": { "from_user_id": SCOPED, "id": "wamid.1", "timestamp": 1_750_000_000, "type": "text", "text": { "body": "x" } },
    });
    let Reading::Understood(inbound) = decode(raw.to_string().as_bytes()) else { panic!("it is all there") };
    assert_eq!(inbound.identifiers, [Identifier::new(IdentifierKind::ScopedUser, SCOPED)]);
    assert_eq!(inbound.profile_name, None);
}
