//! Our own adapter posts to the simulated Graph, and statuses come back.

use super::receiver::Play;
use crate::WindowClosed;
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{ChannelCredentials, Post, Secret, Sender as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

impl Play {
    pub(super) fn line(&self) -> ChannelCredentials {
        ChannelCredentials {
            provider_ref: self.config.phone_number_id.clone(),
            access_token: Secret(self.config.access_token.clone()),
            api_base: Some(self.simulator.graph_url()),
            marketing_messages: false,
        }
    }

    pub(super) async fn post_with(&self, line: ChannelCredentials, message: Post) -> Posted {
        let config = CloudConfig { post_timeout_ms: 400, ..CloudConfig::default() };
        CloudChannel::new(config).unwrap().post(line, message).await
    }

    /// Posts a text under the correlation id `id`.
    pub(super) async fn post(&self, id: u128, customer: u32) -> Posted {
        self.post_with(self.line(), text(id, customer)).await
    }

    /// The customer has written, so that the service window is open.
    pub(super) async fn opened_by(&self, customer: u32) {
        self.order("/control/write", &json!({ "customer": customer, "text": "oi" })).await;
        self.settled().await;
    }
}

pub(super) fn text(id: u128, customer: u32) -> Post {
    Post {
        message: MessageId(Uuid::from_u128(id)),
        to: vec![Identifier::new(IdentifierKind::WaId, format!("55119{customer:08}"))],
        content: Content::text("olá"),
        reply_to: None,
    }
}

fn code(posted: Posted) -> i64 {
    match posted {
        Posted::Refused { error }
        | Posted::ChannelStopped { error, .. }
        | Posted::TryLater { error, .. }
        | Posted::Throttled { error, .. } => error.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a8_statuses_bring_back_our_id_in_their_order() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    let Posted::Accepted { provider_message_id, known_as } = play.post(7, 1).await else { panic!("it is taken") };
    assert!(known_as.contains(&Identifier::new(IdentifierKind::WaId, "5511900000001")), "{known_as:?}");
    play.settled().await;
    let statuses = play.desk.statuses();
    let order: Vec<Status> = statuses.iter().map(|status| status.status).collect();
    assert_eq!(order, [Status::Sent, Status::Delivered, Status::Read]);
    for status in &statuses {
        assert_eq!(status.message, Some(MessageId(Uuid::from_u128(7))));
        assert_eq!(status.provider_message_id, provider_message_id);
    }
    let page = play.ask("/control/ledger/outbound?message=00000000-0000-0000-0000-000000000007").await;
    let row = &page["rows"][0];
    assert_eq!(
        (&row["wamid"], &row["text"], &row["answered"]),
        (&json!(provider_message_id), &json!("olá"), &json!("ok"))
    );
    assert_eq!(row["plan"], json!(["sent", "delivered", "read"]));
    assert_eq!(row["statuses"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_customer_without_a_phone_is_reached_by_scoped_id() {
    let play = Play::begin(|config| config.phoneless_share = 1.0).await;
    play.opened_by(1).await;
    let to = vec![Identifier::new(IdentifierKind::ScopedUser, "BR.900000000001")];
    let posted = play.post_with(play.line(), Post { to, ..text(7, 1) }).await;
    assert!(matches!(posted, Posted::Accepted { .. }));
    assert_eq!(play.ask("/control/ledger/outbound").await["rows"][0]["customer"], 1);
}

#[tokio::test]
async fn graph_refuses_as_meta_does() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    let wrong_token = ChannelCredentials { access_token: Secret("another".to_owned()), ..play.line() };
    assert_eq!(code(play.post_with(wrong_token, text(1, 1)).await), 190);
    let wrong_number = ChannelCredentials { provider_ref: "1".to_owned(), ..play.line() };
    assert!(
        matches!(play.post_with(wrong_number, text(1, 1)).await, Posted::ChannelStopped { error, .. } if error.code == 100)
    );
    let long = Post { content: Content::text("x".repeat(4_097)), ..text(1, 1) };
    assert!(matches!(play.post_with(play.line(), long).await, Posted::Refused { error } if error.code == 100));
    assert_eq!(play.ask("/control/ledger").await["outbound"]["accepted"], 0);
}

#[tokio::test]
async fn outside_the_window_only_a_template_goes() {
    let play = Play::begin(|_| {}).await;
    assert_eq!(code(play.post(1, 1).await), 131_047);
    let template = Content::Template {
        name: "ready".to_owned(),
        language: "pt_BR".to_owned(),
        parameters: vec!["Ana".to_owned()],
        words: None,
    };
    let posted = play.post_with(play.line(), Post { content: template, ..text(2, 1) }).await;
    assert!(matches!(posted, Posted::Accepted { .. }));

    let play = Play::begin(|config| config.window_closed = WindowClosed::FailLater).await;
    assert!(matches!(play.post(1, 1).await, Posted::Accepted { .. }));
    play.settled().await;
    let failed = play.desk.statuses().remove(0);
    assert_eq!((failed.status, failed.error.unwrap().code), (Status::Failed, 131_047));

    let play = Play::begin(|config| config.service_window_s = 0).await;
    play.opened_by(1).await;
    assert_eq!(code(play.post(1, 1).await), 131_047);
}

#[tokio::test]
async fn an_address_nobody_has_is_taken_and_fails_later() {
    let play = Play::begin(|_| {}).await;
    assert!(matches!(play.post(1, 777).await, Posted::Accepted { .. }));
    play.settled().await;
    let failed = play.desk.statuses().remove(0);
    assert_eq!((failed.status, failed.error.unwrap().code), (Status::Failed, 131_026));
}

#[tokio::test]
async fn statuses_not_acknowledged_outlive_the_simulator() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    play.desk.answers(503);
    assert!(matches!(play.post(7, 1).await, Posted::Accepted { .. }));
    let play = play.restart().await;
    play.desk.answers(200);
    play.settled().await;
    let order: Vec<Status> = play.desk.statuses().iter().map(|status| status.status).collect();
    assert_eq!(order, [Status::Sent, Status::Delivered, Status::Read]);
}

#[tokio::test]
async fn files_are_played_too() {
    let play = Play::begin(|_| {}).await;
    let token = &play.config.access_token;
    let url = format!("{}/v26.0/77", play.simulator.graph_url());
    assert_eq!(play.http.get(&url).send().await.unwrap().status(), 401);
    let file: Value = play.http.get(&url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    let url = file["url"].as_str().unwrap();
    assert_eq!(play.http.get(url).send().await.unwrap().status(), 401);
    let bytes = play.http.get(url).bearer_auth(token).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(file["file_size"], bytes.len());
    assert_eq!(file["sha256"], hex::encode(Sha256::digest(&bytes)));
}
