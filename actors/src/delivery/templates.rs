//! The templates of a number's account, asked of the provider and remembered for a while, and what one of them says.

use super::DeliveryParts;
use dashoffice_domain::channel::template::{Filled, NoTemplates, Template, Unfit, Words, said};
use dashoffice_domain::{Span, Timestamp};
use dashoffice_runtime::task;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A template that was approved a moment ago is told after this long at the latest.
const REMEMBERED: Span = Span::minutes(5);
/// What does not fit what was told longer ago than this may fit what the provider has by now.
const JUST_NOW: Span = Span::seconds(10);
/// Whoever wants to say something waits this long for the provider's answer.
const AT_ONCE: Duration = Duration::from_secs(2);

type Kept = Option<(Timestamp, Arc<[Template]>)>;

pub(super) struct Templates {
    parts: DeliveryParts,
    /// Held while the provider is asked, so that many who ask at once ask it once.
    kept: Arc<Mutex<Kept>>,
}

impl Templates {
    pub(super) fn of(parts: DeliveryParts) -> Self {
        Self { parts, kept: Arc::default() }
    }

    pub(super) async fn told(&self) -> Result<Arc<[Template]>, NoTemplates> {
        let kept = Arc::clone(&self.kept).lock_owned().await;
        self.read(kept, REMEMBERED).await
    }

    /// What the customer will read, or what does not fit; `None` also where the templates are not known at once.
    pub(super) async fn said(self: &Arc<Self>, filled: Filled<'_>) -> Result<Option<Words>, Unfit> {
        let Some(known) = self.at_once(REMEMBERED).await else { return Ok(None) };
        if let Ok(words) = said(filled, &known) {
            return Ok(words);
        }
        // Approved or changed since, perhaps.
        let Some(known) = self.at_once(JUST_NOW).await else { return Ok(None) };
        said(filled, &known)
    }

    async fn at_once(self: &Arc<Self>, fresh: Span) -> Option<Arc<[Template]>> {
        let these = Arc::clone(self);
        let asked = async move {
            let kept = Arc::clone(&these.kept).lock_owned().await;
            // The asking goes on when nobody waits any more, so that the answer is there the next time.
            task::spawn("templates", async move { these.read(kept, fresh).await }).await.ok()?.ok()
        };
        tokio::time::timeout(AT_ONCE, asked).await.ok()?
    }

    async fn read(&self, mut kept: OwnedMutexGuard<Kept>, fresh: Span) -> Result<Arc<[Template]>, NoTemplates> {
        let now = Timestamp(self.parts.cx.clock.now());
        if let Some((at, templates)) = &*kept
            && now.since(*at) < fresh
        {
            return Ok(Arc::clone(templates));
        }
        // Heard after we began, perhaps: what was read then is not enough.
        let numbers = self.parts.reads.numbers().await.map_err(|_| NoTemplates::Away)?;
        let number = numbers.into_iter().find(|number| number.id == self.parts.number);
        let account = number.and_then(|number| number.account_ref).ok_or(NoTemplates::AccountUnknown)?;
        let asked = match &self.parts.templates {
            Some(templates) => templates.of_account(self.parts.line.clone(), account).await?,
            None => Vec::new(),
        };
        let templates: Arc<[Template]> = asked.into();
        *kept = Some((now, Arc::clone(&templates)));
        Ok(templates)
    }
}
