//! Customers whose webhooks somebody else posted: known as soon as whoever took those knows them.

use super::receiver::Play;
use crate::{Elsewhere, WindowClosed};
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::outgoing::{Marked, Posted};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{BoxFuture, Post, Sender as _, Unavailable};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const IN_THE_FUTURE: Timestamp = Timestamp(i64::MAX);
const LONG_AGO: Timestamp = Timestamp(1);
const WAMID: &str = "wamid.of-somebody-else";

/// An office that took webhooks of somebody else's.
#[derive(Default)]
struct Took {
    windows: Mutex<HashMap<Identifier, Timestamp>>,
    is_away: Mutex<bool>,
}

impl Took {
    fn hears(&self, from: &Identifier, window_until: Timestamp) {
        self.windows.lock().unwrap().insert(from.clone(), window_until);
    }

    fn asked<T>(&self, answer: T) -> Result<T, Unavailable> {
        let away = || Unavailable { doing: "reading", reason: "away".to_owned() };
        if *self.is_away.lock().unwrap() { Err(away()) } else { Ok(answer) }
    }
}

impl Elsewhere for Took {
    fn window_until(&self, address: Identifier) -> BoxFuture<'_, Result<Option<Timestamp>, Unavailable>> {
        Box::pin(async move { self.asked(self.windows.lock().unwrap().get(&address).copied()) })
    }

    fn knows(&self, wamid: String) -> BoxFuture<'_, Result<bool, Unavailable>> {
        Box::pin(async move { self.asked(wamid == WAMID) })
    }
}

fn phone() -> Identifier {
    Identifier::new(IdentifierKind::WaId, "5521955550001")
}

fn says(id: u128, to: &Identifier, content: Content) -> Post {
    Post { message: MessageId(Uuid::from_u128(id)), to: vec![to.clone()], content, reply_to: None }
}

async fn played() -> (Arc<Took>, Play) {
    let took = Arc::new(Took::default());
    let play = Play::begin_beside(took.clone(), |_| {}).await;
    (took, play)
}

async fn posted(play: &Play, id: u128, to: &Identifier, content: Content) -> Posted {
    play.post_with(play.line(), says(id, to, content)).await
}

fn statuses(play: &Play) -> Vec<Status> {
    play.desk.statuses().iter().map(|status| status.status).collect()
}

#[tokio::test]
async fn a_customer_made_by_somebody_elses_webhook_can_be_answered_by_phone_and_by_scoped_id() {
    for known in [phone(), Identifier::new(IdentifierKind::ScopedUser, "BR.77")] {
        let (took, play) = played().await;
        took.hears(&known, IN_THE_FUTURE);
        let Posted::Accepted { known_as, .. } = posted(&play, 1, &known, Content::text("olá")).await else {
            panic!("it is taken")
        };
        assert_eq!(known_as, [known]);
        play.settled().await;
        assert_eq!(statuses(&play), [Status::Sent, Status::Delivered, Status::Read]);
    }
}

#[tokio::test]
async fn whoever_wrote_nowhere_is_still_nobody() {
    let (took, play) = played().await;
    took.hears(&Identifier::new(IdentifierKind::WaId, "5521955550002"), IN_THE_FUTURE);
    assert!(matches!(posted(&play, 1, &phone(), Content::text("olá")).await, Posted::Accepted { .. }));
    play.settled().await;
    let failed = play.desk.statuses().remove(0);
    assert_eq!((failed.status, failed.error.unwrap().code), (Status::Failed, 131_026));
}

#[tokio::test]
async fn the_service_window_of_a_customer_of_somebody_elses_is_what_their_messages_say() {
    let took = Arc::new(Took::default());
    let play = Play::begin_beside(took.clone(), |config| config.window_closed = WindowClosed::Refuse).await;
    took.hears(&phone(), LONG_AGO);
    let late = posted(&play, 1, &phone(), Content::text("olá")).await;
    assert!(matches!(&late, Posted::Refused { error } if error.code == 131_047), "{late:?}");
    let (name, language) = ("hello".to_owned(), "es".to_owned());
    let template = Content::Template { name, language, parameters: vec![], words: None };
    assert!(matches!(posted(&play, 2, &phone(), template).await, Posted::Accepted { .. }));
}

#[tokio::test]
async fn their_messages_can_be_marked_as_read_and_reacted_to() {
    let (took, play) = played().await;
    took.hears(&phone(), IN_THE_FUTURE);
    let channel = CloudChannel::new(CloudConfig::default()).unwrap();
    assert_eq!(channel.mark_read(play.line(), WAMID.to_owned()).await, Marked::Told);
    assert_eq!(channel.mark_read(play.line(), "wamid.nobody".to_owned()).await, Marked::Never);
    let react = |to: &str| {
        let message = MessageId(Uuid::from_u128(9));
        Content::Reaction { message, to: to.to_owned(), emoji: Some("👍".to_owned()) }
    };
    assert!(matches!(posted(&play, 1, &phone(), react(WAMID)).await, Posted::Accepted { .. }));
    let no = posted(&play, 2, &phone(), react("wamid.nobody")).await;
    assert!(matches!(&no, Posted::Refused { error } if error.code == 131_009), "{no:?}");
    assert_eq!(play.ask("/control/ledger").await["read_marks"], json!({ "told": 0, "messages": 0 }));
}

#[tokio::test]
async fn while_nobody_can_say_who_wrote_the_message_is_not_taken_and_may_be_tried_again() {
    let (took, play) = played().await;
    took.hears(&phone(), IN_THE_FUTURE);
    *took.is_away.lock().unwrap() = true;
    let later = posted(&play, 1, &phone(), Content::text("olá")).await;
    assert!(matches!(later, Posted::TryLater { .. }), "{later:?}");
    *took.is_away.lock().unwrap() = false;
    assert!(matches!(posted(&play, 1, &phone(), Content::text("olá")).await, Posted::Accepted { .. }));
}
