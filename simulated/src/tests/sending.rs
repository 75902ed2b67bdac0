//! Everything an agent may send, as our own adapter says it and the simulated Graph takes it.

use super::graph::text;
use super::receiver::Play;
use crate::Faults;
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_domain::Span;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{Checked, Marked, Posted};
use dashoffice_domain::channel::template::NoTemplates;
use dashoffice_domain::conversation::content::{Content, Media, MediaKind};
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{ChannelCredentials, Post, Sender as _, Templates as _};
use serde_json::{Value, json};
use uuid::Uuid;

fn channel() -> CloudChannel {
    CloudChannel::new(CloudConfig { post_timeout_ms: 400, ..CloudConfig::default() }).unwrap()
}

impl Play {
    /// What became of it: nothing, or the code it was refused with.
    async fn says(&self, id: u128, content: Content) -> Result<String, i64> {
        match self.post_with(self.line(), Post { content, ..text(id, 1) }).await {
            Posted::Accepted { provider_message_id, .. } => Ok(provider_message_id),
            Posted::Refused { error } => Err(error.code),
            other => panic!("{other:?}"),
        }
    }

    async fn first_written(&self) -> String {
        self.ask("/control/ledger/inbound").await["rows"][0]["wamid"].as_str().unwrap().to_owned()
    }

    async fn last_taken(&self) -> Value {
        self.ask("/control/ledger/outbound").await["rows"].as_array().unwrap().last().unwrap().clone()
    }
}

fn file(kind: MediaKind) -> Content {
    let caption = Some("olá".to_owned());
    let filename = Some("a.pdf".to_owned());
    Content::Media(Media::by_link(kind, "https://files.example/a".to_owned(), caption, filename))
}

fn reaction(to: &str, emoji: Option<&str>) -> Content {
    let message = MessageId(Uuid::from_u128(1));
    Content::Reaction { message, to: to.to_owned(), emoji: emoji.map(str::to_owned) }
}

fn template(name: &str, language: &str, parameters: &[&str]) -> Content {
    let parameters = parameters.iter().map(|text| (*text).to_owned()).collect();
    Content::Template { name: name.to_owned(), language: language.to_owned(), parameters, words: None }
}

#[tokio::test]
async fn files_of_every_kind_go_by_link() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    let kinds = [
        (MediaKind::Image, "image"),
        (MediaKind::Video, "video"),
        (MediaKind::Audio, "audio"),
        (MediaKind::Document, "document"),
        (MediaKind::Sticker, "sticker"),
    ];
    for (n, (kind, name)) in kinds.into_iter().enumerate() {
        play.says(10 + n as u128, file(kind)).await.unwrap();
        assert_eq!(play.last_taken().await["kind"], name);
    }
    let bad = Media::by_link(MediaKind::Image, "ftp://files.example/a".to_owned(), None, None);
    assert_eq!(play.says(20, Content::Media(bad)).await, Err(131_009));
}

#[tokio::test]
async fn a_reaction_finds_its_message_is_taken_back_and_needs_one_that_is_there() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    let wamid = play.first_written().await;
    for (id, emoji, wanted) in [(1, Some("👍"), "👍"), (2, None, "")] {
        play.says(id, reaction(&wamid, emoji)).await.unwrap();
        let row = play.last_taken().await;
        assert_eq!((&row["kind"], &row["text"]), (&json!("reaction"), &json!(wanted)));
    }
    let ours = play.says(3, Content::text("olá")).await.unwrap();
    assert!(play.says(4, reaction(&ours, Some("👍"))).await.is_ok(), "our own messages may be reacted to");
    assert_eq!(play.says(5, reaction("wamid.nobody", Some("👍"))).await, Err(131_009));
}

#[tokio::test]
async fn a_reaction_keeps_to_the_service_window() {
    let play = Play::begin(|config| config.service_window_s = 0).await;
    play.opened_by(1).await;
    let wamid = play.first_written().await;
    assert_eq!(play.says(1, reaction(&wamid, Some("👍"))).await, Err(131_047));
}

#[tokio::test]
async fn a_template_is_known_by_name_language_and_number_of_parameters() {
    let play = Play::begin(|_| {}).await;
    assert!(play.says(1, template("appointment_reminder", "es", &["Ana", "lunes"])).await.is_ok());
    assert!(play.says(2, template("hello", "pt_BR", &[])).await.is_ok());
    assert_eq!(play.says(3, template("hello", "pt_PT", &[])).await, Err(132_001));
    assert_eq!(play.says(4, template("goodbye", "es", &[])).await, Err(132_001));
    assert_eq!(play.says(5, template("summer_sale", "en", &["Ana"])).await, Err(132_001), "it is not approved yet");
    assert_eq!(play.says(6, template("appointment_reminder", "es", &["Ana"])).await, Err(132_000));
    assert_eq!(play.says(7, template("hello", "es", &["Ana"])).await, Err(132_000));
}

#[tokio::test]
async fn the_approved_templates_are_told_whole_whatever_the_pages() {
    let play = Play::begin(|_| {}).await;
    let account = play.config.account_id.clone();
    let told = channel().of_account(play.line(), account.clone()).await.unwrap();
    let names: Vec<(&str, &str, u32)> =
        told.iter().map(|one| (one.name.as_str(), one.language.as_str(), one.parameters)).collect();
    assert_eq!(names.len(), 8, "all but the one that is not approved: {names:?}");
    assert_eq!((names[0], names[7]), (("appointment_reminder", "es", 2), ("ready", "pt_BR", 1)));
    let words = told[0].words.as_ref().unwrap();
    assert_eq!(words.body, "Hola {{1}}, le recordamos su cita del {{2}}.");
    assert_eq!((words.header.as_deref(), words.footer.as_deref()), (Some("Su cita"), Some("DashOffice")));
    assert_eq!(
        words.buttons.iter().map(|button| button.text.as_str()).collect::<Vec<_>>(),
        ["Confirmo", "Cómo llegar"]
    );

    let wrong = channel().of_account(play.line(), "1".to_owned()).await;
    assert!(matches!(wrong, Err(NoTemplates::Refused(error)) if error.code == 100));
    let nowhere = ChannelCredentials { api_base: Some("http://127.0.0.1:9".to_owned()), ..play.line() };
    assert_eq!(channel().of_account(nowhere, account).await, Err(NoTemplates::Away));
}

#[tokio::test]
async fn a_read_mark_is_counted_on_the_message_it_is_about() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    let wamid = play.first_written().await;
    for _ in 0..2 {
        assert_eq!(channel().mark_read(play.line(), wamid.clone()).await, Marked::Told);
    }
    assert_eq!(play.ask("/control/ledger").await["read_marks"], json!({ "told": 2, "messages": 1 }));
    assert!(play.ask("/control/ledger/inbound").await["rows"][0]["read_at_us"].is_i64());
    assert_eq!(channel().mark_read(play.line(), "wamid.nobody".to_owned()).await, Marked::Never);
    let nowhere = ChannelCredentials { api_base: Some("http://127.0.0.1:9".to_owned()), ..play.line() };
    assert_eq!(channel().mark_read(nowhere, wamid).await, Marked::TryLater { after: Span::seconds(5) });
}

#[tokio::test]
async fn a_number_is_checked_without_a_message() {
    let play = Play::begin(|_| {}).await;
    let check = async |line: ChannelCredentials| channel().check(line).await;
    assert_eq!(check(play.line()).await, Checked::Well);
    let nowhere = ChannelCredentials { api_base: Some("http://127.0.0.1:9".to_owned()), ..play.line() };
    assert_eq!(check(nowhere).await, Checked::Away);
    let faults = Faults { token_expired: true, ..Faults::default() };
    play.order("/control/faults", &serde_json::to_value(faults).unwrap()).await;
    let stopped = check(play.line()).await;
    assert!(matches!(stopped, Checked::Stopped { reason: StopReason::TokenExpired, .. }), "{stopped:?}");
    let posted = play.post(1, 1).await;
    assert!(matches!(posted, Posted::ChannelStopped { reason: StopReason::TokenExpired, .. }), "{posted:?}");
}
