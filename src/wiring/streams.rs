//! The store's feeds as the actors hear them.

use dashoffice_actors::feed::{Feed, FeedItem};
use dashoffice_store::{self as store, Subscription};
use futures_util::stream::unfold;
use std::sync::Arc;

/// Committed batches; a lag is told as such.
pub(super) fn committed(subscription: Subscription) -> Feed {
    Box::pin(unfold(subscription, |mut subscription| async {
        let heard = match subscription.next().await? {
            store::Feed::Batch(batch) => FeedItem::Batch(Arc::unwrap_or_clone(batch)),
            store::Feed::Lagged => FeedItem::Missed,
        };
        Some((heard, subscription))
    }))
}
