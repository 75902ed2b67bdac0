//! Customers whose webhooks somebody else signed with the card's secret: the office keeps them, so the simulated WhatsApp asks its store.

use super::cast;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::ports::{BoxFuture, Unavailable};
use dashoffice_simulated::Elsewhere;
use dashoffice_store::Store;
use dashoffice_store::views::{TenantScope, Visibility};

/// What the demo's number heard, whoever told it.
pub(super) struct HeardElsewhere(pub(super) Store);

impl HeardElsewhere {
    /// `None`: the demo's company is not set up yet.
    async fn scope(&self) -> Result<Option<TenantScope>, Unavailable> {
        let tenants = self.0.tenants().await.map_err(away)?;
        Ok(tenants.into_iter().find(|scope| scope.tenant() == cast::tenant()))
    }
}

impl Elsewhere for HeardElsewhere {
    fn window_until(&self, address: Identifier) -> BoxFuture<'_, Result<Option<Timestamp>, Unavailable>> {
        Box::pin(async move {
            let Some(scope) = self.scope().await? else { return Ok(None) };
            self.0.window_until(scope, cast::number(), &address).await.map_err(away)
        })
    }

    fn knows(&self, wamid: String) -> BoxFuture<'_, Result<bool, Unavailable>> {
        Box::pin(async move {
            let Some(scope) = self.scope().await? else { return Ok(false) };
            let found = self.0.messages_by_provider_id(scope, Visibility::All, &wamid).await.map_err(away)?;
            Ok(found.what.iter().any(|message| message.row.number == cast::number()))
        })
    }
}

fn away(error: dashoffice_runtime::Unavailable) -> Unavailable {
    Unavailable { doing: error.doing, reason: error.reason }
}
