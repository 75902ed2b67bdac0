//! Webhooks: signed, repeated until answered 200, in order per customer, remembered.

use super::receiver::Play;
use crate::{Faults, Life, Postman, Simulator, SimulatorConfig, serve};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::item::Said;
use serde_json::{Value, json};

/// The running numbers at the start of `#17 …`.
fn numbers(texts: &[String]) -> Vec<u64> {
    let number = |text: &String| text.strip_prefix('#')?.split(' ').next()?.parse().ok();
    texts.iter().map(|text| number(text).unwrap_or_else(|| panic!("not numbered: {text}"))).collect()
}

#[tokio::test]
async fn what_a_customer_writes_arrives_signed_and_readable() {
    let play = Play::begin(|_| {}).await;
    let wrote = play.order("/control/write", &json!({ "customer": 3, "text": "São/Paulo 😀" })).await;
    let got = play.desk.wait_for(|got| !got.is_empty()).await;
    assert!(got[0].signed, "signed as the adapter checks it");
    assert!(got[0].body.is_ascii(), "escaped as Meta escapes it");
    assert!(got[0].body.windows(2).any(|pair| pair == b"\\/"));
    let inbound = &play.desk.inbound()[0];
    assert_eq!(inbound.what, Said::Message { content: Content::text("São/Paulo 😀") });
    assert_eq!(wrote["rows"][0]["wamid"], inbound.provider_message_id);
    let wanted = [
        Identifier::new(IdentifierKind::ScopedUser, "BR.900000000003"),
        Identifier::new(IdentifierKind::WaId, "5511900000003"),
    ];
    assert_eq!(inbound.identifiers, wanted);
}

#[tokio::test]
async fn only_200_counts_and_until_then_it_comes_again() {
    let play = Play::begin(|_| {}).await;
    play.desk.answers(201);
    play.order("/control/write", &json!({ "customer": 1, "sequence": ["a", "b"] })).await;
    play.desk.wait_for(|got| got.len() >= 2).await;
    play.desk.answers(503);
    let before = play.desk.all().len();
    play.desk.wait_for(|got| got.len() >= before + 2).await;
    let sums = play.ask("/control/ledger").await;
    assert_eq!((&sums["inbound"]["written"], &sums["inbound"]["acknowledged"]), (&json!(2), &json!(0)));
    play.desk.answers(200);
    play.settled().await;
    let texts = play.desk.texts();
    assert_eq!(texts["BR.900000000001"], ["a", "b"], "the second waited for the first");
    let row = play.ask("/control/ledger/inbound/1").await;
    assert!(row["attempts"].as_u64().unwrap() >= 5 && row["acknowledged_at_us"].is_i64());
    assert_eq!(row["attempted_at_us"].as_array().unwrap().len() as u64, row["attempts"].as_u64().unwrap().min(32));
}

#[tokio::test]
async fn a1_what_was_not_acknowledged_outlives_the_simulator() {
    let play = Play::begin(|_| {}).await;
    play.desk.answers(503);
    let wrote = play.order("/control/write", &json!({ "customer": 1, "text": "ainda aqui?" })).await;
    play.desk.wait_for(|got| !got.is_empty()).await;
    let play = play.restart().await;
    play.desk.answers(200);
    play.settled().await;
    assert_eq!(play.desk.inbound().last().unwrap().provider_message_id, wrote["rows"][0]["wamid"]);
    let later = play.order("/control/write", &json!({ "customer": 1, "text": "oi" })).await;
    assert_eq!(later["rows"][0]["sequence"], 2);
    assert_ne!(later["rows"][0]["wamid"], wrote["rows"][0]["wamid"]);
}

#[tokio::test]
async fn a2_load_keeps_the_order_of_each_customer_and_loses_nothing() {
    let rough = Faults { duplicate: 0.3, delay_ms: [0, 4], ..Faults::default() };
    for batch in [1, 7] {
        let change = |config: &mut SimulatorConfig| {
            config.postman = Postman { batch, ..config.postman };
            config.faults = rough;
        };
        let play = Play::begin(change).await;
        let order = json!({ "rate_per_s": 2_000.0, "count": 300, "customers": 6 });
        assert_eq!(play.order("/control/load", &order).await, json!({ "load": 1, "planned": 300 }));
        play.desk.wait_for(|got| got.len() > 20).await;
        play.desk.answers(500);
        let before = play.desk.all().len();
        play.desk.wait_for(|got| got.len() > before + 10).await;
        play.desk.answers(200);
        let sums = play.settled().await;
        assert_eq!(sums["inbound"]["acknowledged"], 300);
        assert_eq!(sums["loads"][0]["missed"], 0);
        let texts = play.desk.texts();
        assert_eq!(texts.len(), 6);
        for texts in texts.values() {
            assert_eq!(numbers(texts), (1..=50).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_duplicate_is_the_same_message_again_and_counted() {
    let play = Play::begin(|config| config.faults.duplicate = 1.0).await;
    let wrote = play.order("/control/write", &json!({ "customer": 1, "text": "oi" })).await;
    play.desk.wait_for(|got| got.len() == 2).await;
    let inbound = play.desk.inbound();
    assert_eq!(inbound[0], inbound[1]);
    assert_eq!(inbound[0].provider_message_id, wrote["rows"][0]["wamid"]);
    let sums = play.ask("/control/ledger").await;
    assert_eq!(sums["inbound"], json!({ "written": 1, "acknowledged": 1, "attempts": 2, "duplicates": 1 }));
}

#[tokio::test]
async fn customers_live_they_open_answer_and_leave() {
    let change = |config: &mut SimulatorConfig| {
        config.life = Life {
            mean_interval_ms: 5,
            answer_probability: 1.0,
            turns: 3,
            answer_delay_ms: [0, 5],
            file_probability: 0.0,
            ..config.life
        };
        config.customers = 1;
    };
    let play = Play::begin(change).await;
    for turn in 1..=3 {
        play.desk.wait_for(|got| got.len() >= turn).await;
        play.settled_inbound(turn).await;
        play.reply(&format!("answer {turn}")).await;
    }
    play.order("/control/life", &json!({ "mean_interval_ms": 0 })).await;
    let texts = &play.desk.texts()["BR.900000000001"];
    assert!(texts.len() >= 3, "{texts:?}");
}

impl Play {
    async fn settled_inbound(&self, written: usize) {
        self.ask_until("/control/ledger", |sums| sums["inbound"]["acknowledged"].as_u64() >= Some(written as u64))
            .await;
    }

    async fn reply(&self, text: &str) {
        let url = format!("{}/v26.0/{}/messages", self.simulator.graph_url(), self.config.phone_number_id);
        let body =
            json!({ "messaging_product": "whatsapp", "to": "5511900000001", "type": "text", "text": { "body": text } });
        let answer = self.http.post(url).bearer_auth(&self.config.access_token).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}

#[tokio::test]
async fn any_kind_of_message_can_be_written() {
    let play = Play::begin(|_| {}).await;
    let content = json!({ "type": "image", "image": { "id": "77", "mime_type": "image/bmp" } });
    play.order("/control/write", &json!({ "customer": 2, "content": content })).await;
    play.desk.wait_for(|got| !got.is_empty()).await;
    let Said::Message { content: Content::Media(media) } = &play.desk.inbound()[0].what else { panic!("an image") };
    assert_eq!(media.provider_media_id.as_deref(), Some("77"));
}

#[tokio::test]
async fn a_customer_without_a_phone_writes_all_the_same() {
    let play = Play::begin(|config| config.phoneless_share = 1.0).await;
    play.order("/control/write", &json!({ "customer": 1, "text": "oi" })).await;
    play.desk.wait_for(|got| !got.is_empty()).await;
    assert_eq!(play.desk.inbound()[0].identifiers, [Identifier::new(IdentifierKind::ScopedUser, "BR.900000000001")]);
}

#[tokio::test]
async fn the_webhook_is_asked_for_its_verification() {
    let play = Play::begin(|config| config.verify_on_start = true).await;
    play.ask_until("/control/health", |health| health["verification"] == "verified").await;
    let play = Play::begin(|config| config.verify_token = "another".to_owned()).await;
    assert_eq!(play.ask("/control/health").await["verification"], "not asked");
    assert_eq!(play.order("/control/verify", &Value::Null).await["verification"], "refused");
}

#[tokio::test]
async fn the_ledger_is_read_in_pages() {
    let play = Play::begin(|_| {}).await;
    play.order("/control/write", &json!({ "customer": 1, "sequence": ["a", "b", "c"] })).await;
    play.order("/control/write", &json!({ "customer": 2, "text": "d" })).await;
    play.settled().await;
    let texts = |page: &Value| -> Vec<String> {
        page["rows"].as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
    };
    let first = play.ask("/control/ledger/inbound?limit=2").await;
    assert_eq!((texts(&first), &first["next"]), (vec!["a".to_owned(), "b".to_owned()], &json!(2)));
    let second = play.ask("/control/ledger/inbound?limit=2&after=2").await;
    assert_eq!((texts(&second), &second["next"]), (vec!["c".to_owned(), "d".to_owned()], &Value::Null));
    assert_eq!(texts(&play.ask("/control/ledger/inbound?customer=2&acknowledged=true").await), ["d"]);
    assert!(texts(&play.ask("/control/ledger/inbound?acknowledged=false").await).is_empty());
}

#[tokio::test]
async fn orders_that_make_no_sense_are_refused() {
    let play = Play::begin(|_| {}).await;
    for (path, order, wanted) in [
        ("/control/write", json!({ "customer": 99, "text": "x" }), 404),
        ("/control/write", json!({ "customer": 1 }), 400),
        ("/control/write", json!({ "customer": 1, "text": "x", "sequence": [] }), 400),
        ("/control/load", json!({ "rate_per_s": 0.0, "count": 1 }), 400),
        ("/control/load", json!({ "rate_per_s": 1.0 }), 400),
        ("/control/load", json!({ "rate_per_s": 1.0, "count": 1, "customers": 21 }), 400),
        ("/control/write", json!({ "customer": "one", "text": "x" }), 422),
        ("/control/faults", json!({ "duplicate": 1.5 }), 400),
        ("/control/faults", json!({ "duplicates": 0.5 }), 422),
        ("/control/faults", json!({ "graph_hang": 0.6, "graph_cut": 0.6 }), 400),
    ] {
        let (status, answer) = play.try_order(path, &order).await;
        assert_eq!(status, wanted, "{path} {order}");
        assert!(answer["error"].is_string());
    }
    let outside = SimulatorConfig { listen: "0.0.0.0:0".parse().unwrap(), ..play.config.clone() };
    assert!(Simulator::start(outside).await.is_err());
}

#[tokio::test]
async fn it_plays_until_it_is_told_to_end() {
    let play = Play::begin(|_| {}).await;
    let ledger = play.config.ledger.with_file_name("another.jsonl");
    let config = SimulatorConfig { ledger: ledger.clone(), ..play.config.clone() };
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async {
        assert!(ledger.exists(), "it plays before it is told to end");
        end.send(()).expect("somebody waits for the end");
    };
    serve(config.clone(), shutdown).await.unwrap();
    ended.await.expect("the end was waited for");
    let again = Simulator::start(config).await.expect("ledger and ports are free again");
    again.stop().await;
}
