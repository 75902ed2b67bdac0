//! The answerer of a tenant, from the moment on when one is wanted.

use super::{Common, Service, StartError};
use dashoffice_actors::answerer::{Answerer, AnswererParts};
use dashoffice_actors::feed::Heard;
use dashoffice_actors::router::Router;
use dashoffice_domain::ports::{BoxFuture, TenantReads};
use dashoffice_runtime::StationSnapshot;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub(in crate::office) struct Answering {
    reads: Arc<dyn TenantReads>,
    router: Arc<Router>,
    /// Nobody, as long as none is wanted.
    answerer: RwLock<Option<Answerer>>,
}

impl Answering {
    pub(in crate::office) async fn start(
        common: &Common,
        reads: &Arc<dyn TenantReads>,
        router: &Arc<Router>,
    ) -> Result<Self, StartError> {
        let (reads, router) = (Arc::clone(reads), Arc::clone(router));
        let answering = Self { reads, router, answerer: RwLock::default() };
        answering.start_if_wanted(common).await?;
        Ok(answering)
    }

    async fn start_if_wanted(&self, common: &Common) -> Result<(), StartError> {
        if self.answerer().is_some() || common.settings.now().answerer.is_none() {
            return Ok(());
        }
        let answerer = Answerer::start(AnswererParts {
            reads: Arc::clone(&self.reads),
            conversations: common.conversations.clone(),
            agents: common.agents.clone(),
            router: (*self.router).clone(),
            ids: Arc::clone(&common.ids),
            settings: common.settings.part(|all| all.answerer.clone()),
        });
        let answerer = answerer.await?;
        *self.answerer.write().unwrap_or_else(PoisonError::into_inner) = Some(answerer);
        Ok(())
    }

    fn answerer(&self) -> Option<Answerer> {
        self.answerer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Service for Answering {
    fn hear(&self, heard: &Heard) {
        if let Some(answerer) = self.answerer.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            answerer.hear(heard);
        }
    }

    fn settings_changed<'a>(&'a self, common: &'a Common) -> BoxFuture<'a, Result<(), StartError>> {
        Box::pin(self.start_if_wanted(common))
    }

    fn inspect(&self) -> Vec<StationSnapshot> {
        self.answerer().iter().map(Answerer::inspect).collect()
    }

    fn kill(&self) {
        self.answerer().iter().for_each(Answerer::kill);
    }

    fn drain(&self, within: Duration) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            if let Some(answerer) = self.answerer() {
                answerer.drain(within).await;
            }
            true
        })
    }

    fn crash(&self) {
        self.answerer().iter().for_each(Answerer::crash);
    }
}
