//! The answerer of a tenant, from the moment on when one is wanted.

use super::{Common, Service, StartError};
use dashoffice_actors::auto_responder::{AutoResponder, AutoResponderParts};
use dashoffice_actors::feed::FeedItem;
use dashoffice_actors::router::Router;
use dashoffice_domain::ports::{BoxFuture, TenantReads};
use dashoffice_runtime::SingletonSnapshot;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub(in crate::office) struct Answering {
    reads: Arc<dyn TenantReads>,
    router: Arc<Router>,
    /// Nobody, as long as none is wanted.
    auto_responder: RwLock<Option<AutoResponder>>,
}

impl Answering {
    pub(in crate::office) async fn start(
        common: &Common,
        reads: &Arc<dyn TenantReads>,
        router: &Arc<Router>,
    ) -> Result<Self, StartError> {
        let (reads, router) = (Arc::clone(reads), Arc::clone(router));
        let answering = Self { reads, router, auto_responder: RwLock::default() };
        answering.start_if_wanted(common).await?;
        Ok(answering)
    }

    async fn start_if_wanted(&self, common: &Common) -> Result<(), StartError> {
        if self.auto_responder().is_some() || common.settings.now().auto_responder.is_none() {
            return Ok(());
        }
        let auto_responder = AutoResponder::start(AutoResponderParts {
            reads: Arc::clone(&self.reads),
            conversations: common.conversations.clone(),
            agents: common.agents.clone(),
            router: (*self.router).clone(),
            ids: Arc::clone(&common.ids),
            settings: common.settings.part(|all| all.auto_responder.clone()),
        });
        let auto_responder = auto_responder.await?;
        *self.auto_responder.write().unwrap_or_else(PoisonError::into_inner) = Some(auto_responder);
        Ok(())
    }

    fn auto_responder(&self) -> Option<AutoResponder> {
        self.auto_responder.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Service for Answering {
    fn hear(&self, heard: &FeedItem) {
        if let Some(auto_responder) = self.auto_responder.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            auto_responder.hear(heard);
        }
    }

    fn settings_changed<'a>(&'a self, common: &'a Common) -> BoxFuture<'a, Result<(), StartError>> {
        Box::pin(self.start_if_wanted(common))
    }

    fn inspect(&self) -> Vec<SingletonSnapshot> {
        self.auto_responder().iter().map(AutoResponder::inspect).collect()
    }

    fn kill(&self) {
        self.auto_responder().iter().for_each(AutoResponder::kill);
    }

    fn drain(&self, within: Duration) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            if let Some(auto_responder) = self.auto_responder() {
                auto_responder.drain(within).await;
            }
            true
        })
    }

    fn crash(&self) {
        self.auto_responder().iter().for_each(AutoResponder::crash);
    }
}
