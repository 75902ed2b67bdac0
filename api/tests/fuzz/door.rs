//! The real router before Meta's real speech, with an inbox that remembers what it was given.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use dashoffice_adapters::cloud::{CloudChannel, CloudConfig, signature};
use dashoffice_api::body::BodyReader;
use dashoffice_api::{Doors, LateApi, Readiness, Stamps, router};
use dashoffice_domain::Timestamp;
use dashoffice_domain::ids::{AppId, NumberId};
use dashoffice_domain::ports::{
    Apps, BoxFuture, Channels, Delivery, Inbox, NotAccepted, ProviderApp, Receipt, Secret, Unavailable, Webhook as _,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use uuid::Uuid;

const SECRET: &str = "the app's secret";
const NUMBER: NumberId = NumberId(Uuid::from_u128(100));
/// What Meta calls our number.
pub(crate) const NUMBER_REF: &str = "100000000000001";
/// What any store can index.
const LONGEST_KEY: usize = 400;

#[derive(Default)]
struct Memory(Mutex<Delivery>);

impl Inbox for Memory {
    fn accept(&self, delivery: Delivery) -> BoxFuture<'_, Result<Receipt, NotAccepted>> {
        let accepted = delivery.arrivals.len();
        *self.0.lock().unwrap() = delivery;
        Box::pin(std::future::ready(Ok(Receipt { accepted, ..Receipt::default() })))
    }
}

struct OneApp(Arc<Memory>);

impl Apps for OneApp {
    fn by_token<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<(ProviderApp, Arc<dyn Inbox>)>, Unavailable>> {
        let app = ProviderApp {
            id: AppId(Uuid::from_u128(1)),
            provider: "cloud".into(),
            app_secret: Secret(SECRET.into()),
            verify_token: Secret("open sesame".into()),
            numbers: vec![(NUMBER_REF.into(), NUMBER)],
            without_account: vec![NUMBER],
            accounts: Vec::new(),
        };
        let inbox: Arc<dyn Inbox> = self.0.clone();
        Box::pin(std::future::ready(Ok(Some((app, inbox)))))
    }
}

pub(crate) struct Door {
    pub(crate) channel: Arc<CloudChannel>,
    inbox: Arc<Memory>,
    router: Router,
    runtime: Runtime,
}

impl Door {
    pub(crate) fn open() -> Self {
        // Set already where another test of this process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let channel = Arc::new(CloudChannel::new(CloudConfig::default()).unwrap());
        let inbox = Arc::<Memory>::default();
        let readiness = Readiness::default();
        readiness.ready();
        let router = router(Doors {
            apps: Arc::new(OneApp(inbox.clone())),
            channels: Channels(vec![CloudChannel::clone(&channel).whole()]),
            readiness,
            stamps: Stamps {
                now: Arc::new(|| Timestamp::from_seconds(1_700_000_000)),
                correlation: Arc::new(|| Uuid::from_u128(5)),
            },
            bodies: BodyReader::new(4_000_000, Duration::from_secs(60), 64_000_000),
            webhook_timeout: Duration::from_secs(60).into(),
            api: LateApi::default(),
            metrics: None,
            console: |_| None,
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { channel, inbox, router, runtime }
    }

    /// Posts a body with the right signature: the status, and the problem where there is one.
    pub(crate) fn posts(&self, body: &[u8]) -> (u16, Value) {
        *self.inbox.0.lock().unwrap() = Delivery::default();
        let request = Request::post("/webhooks/cloud/token")
            .header("x-hub-signature-256", signature(SECRET, body).unwrap())
            .body(Body::from(body.to_vec()))
            .unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let answered = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice(&answered).unwrap_or_default())
        })
    }

    /// The raw item that the last body brought under this id of Meta's.
    pub(crate) fn arrived(&self, id: &str) -> Option<Vec<u8>> {
        let given = self.inbox.0.lock().unwrap();
        let mut found = given.arrivals.iter().filter(|arrival| arrival.dedupe_key == format!("{NUMBER}/{id}"));
        let first = found.next().map(|arrival| arrival.raw.clone());
        first.filter(|_| found.next().is_none())
    }

    /// Whatever came, any store can keep it: keys are short and plain, and words hold no control characters.
    pub(crate) fn everything_can_be_stored(&self) -> Result<(), TestCaseError> {
        let given = self.inbox.0.lock().unwrap();
        let plain = |key: &str| key.len() <= LONGEST_KEY && key.bytes().all(|byte| byte.is_ascii_graphic());
        for arrival in &given.arrivals {
            prop_assert!(plain(&arrival.dedupe_key), "{:?}", arrival.dedupe_key);
            // What is understood is told on: no NUL in it (C5).
            if let dashoffice_domain::ports::Reading::Understood(inbound) = self.channel.decode(&arrival.raw) {
                let told = serde_json::to_value(&inbound).unwrap();
                prop_assert!(!holds_a_nul(&told), "{}", told);
                prop_assert!(!inbound.identifiers.is_empty(), "somebody said it");
            }
        }
        for status in &given.statuses {
            prop_assert!(plain(&status.provider_message_id), "{:?}", status.provider_message_id);
        }
        for unmatched in &given.unmatched {
            let words = unmatched.number_ref.iter().chain(&unmatched.item_key).chain([&unmatched.reason]);
            prop_assert!(words.into_iter().all(|words| !words.contains('\0')), "{:?}", unmatched);
        }
        Ok(())
    }
}

/// Whether any key or text of it holds U+0000; the six characters that would escape it are words like any other.
fn holds_a_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_a_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || holds_a_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
