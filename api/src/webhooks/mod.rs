//! The way in for providers: verified, split, stored, and only then answered 200 (A1, E2).

pub(crate) mod cloud;
mod seldom;
mod sorting;

use crate::body::Held;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::readiness::StartupState;
use crate::router::Doors;
use axum::body::Body;
use axum::http::StatusCode;
use dashoffice_domain::ids::NumberId;
use dashoffice_domain::ports::{Delivery, Inbox, NotAccepted, ProviderApp, Webhook};
pub(crate) use seldom::Seldom;
use sorting::Parts;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::time::{Instant, timeout, timeout_at};

/// Seconds after which a provider may ask again when we cannot take anything.
const RETRY_AFTER_S: u32 = 5;

/// Longer than any token we make; whoever sends more is not looked up.
const LONGEST_TOKEN: usize = 128;

/// What all webhooks share.
pub struct Webhooks {
    doors: Doors,
    away: Seldom,
    slow: Seldom,
    forged: Seldom,
}

/// An app, found by the token in its address.
struct Found {
    app: ProviderApp,
    inbox: Arc<dyn Inbox>,
    webhook: Arc<dyn Webhook>,
    /// Who asks, for what is logged.
    peer: Peer,
}

impl Webhooks {
    pub fn new(doors: Doors) -> Self {
        Self { doors, away: Seldom::default(), slow: Seldom::default(), forged: Seldom::default() }
    }

    /// The whole body, while there is room for it.
    async fn body(&self, body: Body) -> Result<Held, Problem> {
        let read = self.doors.bodies.read(body).await;
        if read.as_ref().is_err_and(|problem| problem.status == StatusCode::SERVICE_UNAVAILABLE) {
            refused("no_room");
        }
        read
    }

    /// The app this address belongs to, if it is one of `provider`'s.
    async fn found(&self, provider: &str, token: &str, peer: Peer) -> Result<Found, Problem> {
        if self.doors.readiness.standing() == StartupState::Starting {
            refused("starting");
            return Err(Problem::unavailable(RETRY_AFTER_S));
        }
        if token.len() > LONGEST_TOKEN {
            return Err(Problem::not_found());
        }
        let looked_up = timeout(self.doors.webhook_timeout.now(), self.doors.apps.by_token(token)).await;
        let Ok(Ok(found)) = looked_up else {
            refused(if looked_up.is_ok() { "store_away" } else { "too_slow" });
            return Err(Problem::unavailable(RETRY_AFTER_S));
        };
        let (app, inbox) = found.filter(|(app, _)| app.provider == provider).ok_or(Problem::not_found())?;
        let webhook = Arc::clone(&self.doors.channels.named(provider).ok_or(Problem::not_found())?.webhook);
        Ok(Found { app, inbox, webhook, peer })
    }

    /// Whether the bytes are signed with the app's secret; an app without a secret takes nothing.
    fn signed(&self, found: &Found, signature: Option<&str>, body: &[u8]) -> bool {
        let signed = !found.app.app_secret.0.is_empty() && found.webhook.signed(&found.app.app_secret, signature, body);
        if !signed {
            metrics::counter!("dashoffice_signatures_refused_total").increment(1);
            if let Some(times) = self.forged.again() {
                tracing::warn!(client.address = found.peer.named(), app.id = %found.app.id, times, "signatures of webhooks were refused; app and address are those of the last one");
            }
        }
        signed
    }

    /// To which accounts the app's numbers belong, where that is not known yet.
    fn accounts(found: &Found, body: &[u8]) -> Vec<(NumberId, String)> {
        if found.app.without_account.is_empty() {
            return Vec::new();
        }
        let named = catch_unwind(AssertUnwindSafe(|| found.webhook.accounts(body))).unwrap_or_default();
        sorting::accounts(&found.app, named)
    }

    /// Stores a well-signed body whole; `Ok` means it is on disk. Part by part, and each part in one transaction, where it is larger than
    /// providers' are: what is stored takes several times its own memory while it is.
    async fn take(&self, found: &Found, body: &[u8]) -> Result<(), Problem> {
        let received_at = (self.doors.stamps.now)();
        let correlation = (self.doors.stamps.correlation)();
        let parts = match catch_unwind(AssertUnwindSafe(|| found.webhook.split(body))) {
            Ok(Ok(pieces)) => Parts::of(&found.app, pieces, received_at),
            Ok(Err(_malformed)) => return Err(Problem::malformed_body()),
            Err(_panic) => {
                tracing::error!(client.address = found.peer.named(), app.id = %found.app.id, correlation.id = %correlation, "splitting a webhook's body panicked");
                Parts::unsplit(&found.app, body)
            }
        };
        let mut accounts = Self::accounts(found, body);
        let deadline = Instant::now() + self.doors.webhook_timeout.now();
        for part in parts {
            for news in &part.news {
                metrics::counter!("dashoffice_account_news_total", "kind" => counted_as(&news.kind)).increment(1);
            }
            let delivery = Delivery { received_at, correlation, accounts: std::mem::take(&mut accounts), ..part };
            self.accept(found, delivery, deadline).await?;
        }
        Ok(())
    }

    async fn accept(&self, found: &Found, delivery: Delivery, deadline: Instant) -> Result<(), Problem> {
        let correlation = delivery.correlation;
        match timeout_at(deadline, found.inbox.accept(delivery)).await {
            Ok(Ok(receipt)) => {
                tracing::debug!(client.address = found.peer.named(), app.id = %found.app.id, correlation.id = %correlation, ?receipt, "took a webhook");
                Ok(())
            }
            Ok(Err(NotAccepted::Backlog { retry_after_s })) => {
                refused("backlog");
                Err(Problem::backlog(retry_after_s))
            }
            Ok(Err(NotAccepted::Unavailable(unavailable))) => {
                if let Some(times) = self.away.again() {
                    tracing::warn!(client.address = found.peer.named(), app.id = %found.app.id, times, error = %unavailable, "could not take a webhook");
                }
                refused("store_away");
                Err(Problem::unavailable(RETRY_AFTER_S))
            }
            // It may still land: the provider comes again, and the dedupe key knows it.
            Err(_elapsed) => {
                if let Some(times) = self.slow.again() {
                    tracing::warn!(client.address = found.peer.named(), app.id = %found.app.id, times, "the inbox did not answer in time");
                }
                refused("too_slow");
                Err(Problem::unavailable(RETRY_AFTER_S))
            }
        }
    }
}

/// Kinds are names of the provider's, of which there are few; a label holds no more of one.
fn counted_as(kind: &str) -> String {
    kind.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect()
}

/// A provider was told to come again, and why.
fn refused(why: &'static str) {
    metrics::counter!("dashoffice_webhooks_refused_total", "why" => why).increment(1);
}
