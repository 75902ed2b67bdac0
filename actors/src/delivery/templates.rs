//! The templates of a number's account, asked of the provider and remembered for a while.

use super::DeliveryParts;
use dashoffice_domain::template::{NoTemplates, Template};
use dashoffice_domain::{Span, Timestamp};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A template that was approved a moment ago is told after this long at the latest.
const REMEMBERED: Span = Span::minutes(5);

pub(super) struct Templates {
    parts: DeliveryParts,
    /// Held while the provider is asked, so that many who ask at once ask it once.
    kept: Mutex<Option<(Timestamp, Arc<[Template]>)>>,
}

impl Templates {
    pub(super) fn of(parts: DeliveryParts) -> Self {
        Self { parts, kept: Mutex::default() }
    }

    pub(super) async fn told(&self) -> Result<Arc<[Template]>, NoTemplates> {
        let mut kept = self.kept.lock().await;
        let now = Timestamp(self.parts.clock.now());
        if let Some((at, templates)) = &*kept
            && now.since(*at) < REMEMBERED
        {
            return Ok(Arc::clone(templates));
        }
        // Heard after we began, perhaps: what was read then is not enough.
        let numbers = self.parts.reads.numbers().await.map_err(|_| NoTemplates::Away)?;
        let number = numbers.into_iter().find(|number| number.id == self.parts.number);
        let account = number.and_then(|number| number.account_ref).ok_or(NoTemplates::AccountUnknown)?;
        let asked = self.parts.channel.templates(self.parts.line.clone(), account).await?;
        let templates: Arc<[Template]> = asked.into();
        *kept = Some((now, Arc::clone(&templates)));
        Ok(templates)
    }
}
