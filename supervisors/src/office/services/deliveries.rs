//! The deliveries of a tenant, one per number.

use super::{Common, Service, StartError};
use dashoffice_actors::delivery::{Delivery, DeliveryParts};
use dashoffice_actors::feed::FeedItem;
use dashoffice_actors::seen::JobsSeen;
use dashoffice_domain::ids::NumberId;
use dashoffice_domain::ports::{BoxFuture, Channel, NumberRow, TenantReads};
use dashoffice_runtime::SingletonSnapshot;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub(in crate::office) struct Deliveries {
    reads: Arc<dyn TenantReads>,
    /// Each with the number it was made for.
    standing: RwLock<Vec<(NumberRow, Delivery)>>,
}

impl Deliveries {
    pub(in crate::office) async fn start(common: &Common, reads: &Arc<dyn TenantReads>) -> Result<Self, StartError> {
        let mut standing = Vec::new();
        for (number, channel) in with_channels(common, reads.numbers().await?)? {
            let delivery = delivery(common, reads, &number, channel).await?;
            standing.push((number, delivery));
        }
        Ok(Self { reads: Arc::clone(reads), standing: RwLock::new(standing) })
    }

    pub(in crate::office) fn of(&self, number: NumberId) -> Option<Delivery> {
        self.all().into_iter().find(|(known, _)| known.id == number).map(|(_, delivery)| delivery)
    }

    /// Each number gets its delivery.
    async fn refresh(&self, common: &Common) -> Result<(), StartError> {
        for (number, channel) in with_channels(common, self.reads.numbers().await?)? {
            let standing = self.all().into_iter().find(|(known, _)| known.id == number.id);
            match standing {
                Some((known, _)) if known == number => continue,
                // Its line or its provider changed. Nobody waits for what is on its way over the old one: it goes on, its lane waits for
                // it in the new one, too, and everything else the old one knew is in the outbox.
                Some((_, old)) => old.crash(),
                None => {}
            }
            let delivery = delivery(common, &self.reads, &number, channel).await?;
            {
                let mut standing = self.standing.write().unwrap_or_else(PoisonError::into_inner);
                standing.retain(|(known, _)| known.id != number.id);
                standing.push((number, delivery.clone()));
            }
            // It has begun to read, and nobody told it of what came meanwhile.
            delivery.hear(&FeedItem::Missed);
        }
        Ok(())
    }

    fn all(&self) -> Vec<(NumberRow, Delivery)> {
        self.standing.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Service for Deliveries {
    fn hear(&self, heard: &FeedItem) {
        for (_, delivery) in self.standing.read().unwrap_or_else(PoisonError::into_inner).iter() {
            delivery.hear(heard);
        }
    }

    fn settings_changed<'a>(&'a self, common: &'a Common) -> BoxFuture<'a, Result<(), StartError>> {
        Box::pin(self.refresh(common))
    }

    fn inspect(&self) -> Vec<SingletonSnapshot> {
        self.all().iter().map(|(_, delivery)| delivery.inspect()).collect()
    }

    fn jobs(&self) -> Vec<JobsSeen> {
        self.all().iter().flat_map(|(_, delivery)| delivery.under_way()).collect()
    }

    fn kill(&self) {
        self.all().iter().for_each(|(_, delivery)| delivery.kill());
    }

    /// Posts under way come home.
    fn drain(&self, within: Duration) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let mut clean = true;
            for (_, delivery) in self.all() {
                clean &= delivery.drain(within).await;
            }
            clean
        })
    }

    fn crash(&self) {
        self.all().iter().for_each(|(_, delivery)| delivery.crash());
    }
}

/// A number, and who speaks for it.
type Speaking = (NumberRow, Channel);

/// All of them or none: nobody stands up before everybody can.
fn with_channels(common: &Common, numbers: Vec<NumberRow>) -> Result<Vec<Speaking>, StartError> {
    let with_channel = |number: NumberRow| match common.channels.named(&number.provider) {
        Some(channel) => Ok((number, channel.clone())),
        None => Err(StartError::NoSuchChannel(number.provider)),
    };
    numbers.into_iter().map(with_channel).collect()
}

async fn delivery(
    common: &Common,
    reads: &Arc<dyn TenantReads>,
    number: &NumberRow,
    channel: Channel,
) -> Result<Delivery, StartError> {
    common.capabilities.set(number.id, channel.capabilities);
    let delivery = DeliveryParts {
        number: number.id,
        line: number.line.clone(),
        capabilities: channel.capabilities,
        sender: channel.sender,
        templates: channel.templates,
        reads: Arc::clone(reads),
        settings: common.settings.part(|all| all.delivery),
        cx: common.jobs_of(reads.tenant()),
        under_way: common.under_way.clone(),
    };
    Ok(Delivery::start(delivery).await?)
}
