//! A provider in a glass: takes posts and remembers them whatever happens to us, and fails in every way a provider can.

use dashoffice_domain::Span;
use dashoffice_domain::contact::{Identifier, IdentifierKind};
use dashoffice_domain::content::Content;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::outgoing::{ErrorClass, Posted, SendError};
use dashoffice_domain::ports::{BoxFuture, Channel, Line, Malformed, Piece, Post, Reading, Secret};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What an adapter with a bug says.
pub(crate) const ON_PURPOSE: &str = "an adapter's bug, after the provider took it";

/// What the provider knows, and we cannot make it forget.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Every post it took, in order.
    pub(crate) taken: Vec<(MessageId, String)>,
}

pub(crate) struct Provider {
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    chance: Mutex<StdRng>,
    /// Of posts, how many meet some fault.
    faults: f64,
}

impl Provider {
    pub(crate) fn new(seed: u64, faults: f64) -> Self {
        Self { ledger: Arc::default(), chance: Mutex::new(StdRng::seed_from_u64(seed)), faults }
    }

    /// What a customer said, as a webhook's item.
    pub(crate) fn item(customer: usize, wamid: &str, said_at: dashoffice_domain::Timestamp) -> Vec<u8> {
        serde_json::to_vec(&Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, format!("55119{customer:08}"))],
            profile_name: Some(format!("Customer {customer}")),
            provider_message_id: wamid.to_owned(),
            said_at,
            what: Said::Message { content: Content::text(wamid) },
            reply_to: None,
            forwarded: false,
            referral: None,
        })
        .unwrap()
    }
}

impl Channel for Provider {
    fn provider(&self) -> &'static str {
        "glass"
    }

    fn signed(&self, _: &Secret, _: Option<&str>, _: &[u8]) -> bool {
        true
    }

    fn split(&self, _: &[u8]) -> Result<Vec<Piece>, Malformed> {
        Err(Malformed("nothing comes by HTTP here".into()))
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        match serde_json::from_slice(raw) {
            Ok(inbound) => Reading::Understood(inbound),
            Err(error) => Reading::Unreadable { reason: error.to_string() },
        }
    }

    fn post(&self, _: Line, post: Post) -> BoxFuture<'static, Posted> {
        let (fault, way, pause) = {
            let mut chance = self.chance.lock().unwrap();
            (chance.random_bool(self.faults), chance.random_range(0..5_u32), chance.random_range(1..200_u64))
        };
        let ledger = Arc::clone(&self.ledger);
        let take = move || {
            let mut ledger = ledger.lock().unwrap();
            let wamid = format!("out.{}", ledger.taken.len());
            ledger.taken.push((post.message, wamid.clone()));
            wamid
        };
        let error = || SendError::new(131_000, ErrorClass::Retry, "a fault of the provider");
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            match (fault, way) {
                (true, 0) => Posted::TryLater { after: Span::seconds(1), error: error() },
                (true, 1) => Posted::Refused { error: error() },
                (true, 2) => {
                    take();
                    Posted::Unknown
                }
                (true, 3) => Posted::Unknown,
                (true, _) => {
                    take();
                    panic!("{ON_PURPOSE}");
                }
                (false, _) => {
                    let provider_message_id = take();
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    Posted::Accepted { provider_message_id, wa_id: None }
                }
            }
        })
    }
}
