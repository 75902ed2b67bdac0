//! Customers' files, asked for by our own adapter.

use super::receiver::Play;
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig};
use dashoffice_domain::Timestamp;
use dashoffice_domain::channel::media::{FileHash, MediaReference, WantedMedia, fit};
use dashoffice_domain::conversation::content::{Content, Media, MediaKind};
use dashoffice_domain::ids::{MessageId, NumberId};
use dashoffice_domain::item::Said;
use dashoffice_domain::ports::{Came, ChannelCredentials, Fetching, MediaSource as _, Secret};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[tokio::test]
async fn a_customers_file_comes_as_it_was_announced_and_its_address_ends() {
    let play = Play::begin(|_| {}).await;
    for kind in ["image", "voice", "document"] {
        play.order("/control/write", &json!({ "customer": 1, "file": kind })).await;
    }
    play.desk.wait_for(|got| got.len() == 3).await;
    let ours = CloudChannel::new(CloudConfig::default()).unwrap();
    for (inbound, wanted) in play.desk.inbound().into_iter().zip(["image/bmp", "audio/ogg", "application/pdf"]) {
        let Said::Message { content: Content::Media(media) } = inbound.what else { panic!("a file") };
        let order = wanted_media(&media);
        let Fetching::Comes { announced, mut chunks } = ours.fetch(play.line(), order.clone()).await else {
            panic!("it is there")
        };
        let mut bytes = Vec::new();
        while let Some(piece) = chunks.next().await.unwrap() {
            bytes.extend(piece);
        }
        let hash = FileHash(Sha256::digest(&bytes).into());
        assert_eq!(announced.sha256, [hash, hash], "the webhook and Graph agree");
        let came = Came { sha256: hash, size_bytes: bytes.len() as u64, head: bytes };
        assert_eq!(fit(order.kind, &announced, &came).as_deref(), Ok(wanted));
    }

    let play = Play::begin(|config| config.media_url_lives_s = 0).await;
    let expired = ours.fetch(play.line(), WantedMedia { source: source("77"), ..nothing() }).await;
    // Nothing says that the file is gone: its address is asked anew, for as long as Meta keeps files.
    assert!(matches!(expired, Fetching::ChannelStopped { .. }), "{expired:?}");
    let wrong_token = ChannelCredentials { access_token: Secret("another".to_owned()), ..play.line() };
    let stopped = ours.fetch(wrong_token, WantedMedia { source: source("77"), ..nothing() }).await;
    assert!(matches!(stopped, Fetching::ChannelStopped { .. }), "{stopped:?}");
}

fn source(id: &str) -> MediaReference {
    MediaReference { provider_media_id: Some(id.to_owned()), link: None }
}

fn nothing() -> WantedMedia {
    WantedMedia {
        message: MessageId(Uuid::from_u128(1)),
        number: NumberId(Uuid::from_u128(2)),
        kind: MediaKind::Image,
        source: MediaReference::default(),
        declared_mime: None,
        declared_sha256: None,
        wanted_at: Timestamp(0),
    }
}

fn wanted_media(media: &Media) -> WantedMedia {
    WantedMedia {
        kind: media.kind,
        source: source(media.provider_media_id.as_deref().unwrap()),
        declared_mime: media.mime_type.clone(),
        declared_sha256: media.sha256.clone(),
        ..nothing()
    }
}
