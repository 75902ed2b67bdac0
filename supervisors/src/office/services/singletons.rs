//! Services that are one actor each.

use super::{Common, Service, StartError};
use dashoffice_actors::feed::FeedItem;
use dashoffice_actors::intake::Intake;
use dashoffice_actors::live::Live;
use dashoffice_actors::media::MediaFetcher;
use dashoffice_actors::router::Router;
use dashoffice_actors::seen::JobsSeen;
use dashoffice_domain::ports::BoxFuture;
use dashoffice_runtime::SingletonSnapshot;
use std::future::ready;
use std::time::Duration;

/// What the handle of an actor says under the same name.
macro_rules! of_handle {
    (hear) => {
        fn hear(&self, heard: &FeedItem) {
            Self::hear(self, heard);
        }
    };
    (settings_changed) => {
        fn settings_changed<'a>(&'a self, _: &'a Common) -> BoxFuture<'a, Result<(), StartError>> {
            Self::settings_changed(self);
            Box::pin(ready(Ok(())))
        }
    };
    (drain) => {
        fn drain(&self, within: Duration) -> BoxFuture<'_, bool> {
            Box::pin(async move {
                Self::drain(self, within).await;
                true
            })
        }
    };
    (inspect, kill, crash) => {
        fn inspect(&self) -> Vec<SingletonSnapshot> {
            vec![Self::inspect(self)]
        }

        fn kill(&self) {
            Self::kill(self);
        }

        fn crash(&self) {
            Self::crash(self);
        }
    };
}

impl Service for Intake {
    of_handle!(settings_changed);
    of_handle!(inspect, kill, crash);
    of_handle!(drain);
}

impl Service for Router {
    of_handle!(hear);
    of_handle!(settings_changed);
    of_handle!(inspect, kill, crash);
    of_handle!(drain);
}

impl Service for Live {
    of_handle!(hear);
    of_handle!(settings_changed);
    of_handle!(inspect, kill, crash);
    of_handle!(drain);
}

impl Service for MediaFetcher {
    of_handle!(hear);
    of_handle!(inspect, kill, crash);

    fn jobs(&self) -> Vec<JobsSeen> {
        vec![self.under_way()]
    }

    /// Downloads are left to the next start.
    fn drain(&self, within: Duration) -> BoxFuture<'_, bool> {
        Box::pin(Self::drain(self, within))
    }
}
