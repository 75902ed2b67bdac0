//! A contact as outsiders see it.

use super::{instant, words};
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_store::views::{ContactView, MarketingView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Identifier)]
pub struct IdentifierShape {
    #[schema(value_type = words::IdentifierKind)]
    pub kind: &'static str,
    pub value: String,
}

impl From<&Identifier> for IdentifierShape {
    fn from(identifier: &Identifier) -> Self {
        Self { kind: identifier.kind.name(), value: identifier.value.clone() }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MarketingChoice)]
pub struct MarketingShape {
    pub number_id: Uuid,
    /// `stop`: they want none of it any more; `resume`: they do again.
    #[schema(value_type = words::Marketing)]
    pub wants: &'static str,
    pub said_at: String,
}

impl From<&MarketingView> for MarketingShape {
    fn from(view: &MarketingView) -> Self {
        Self { number_id: view.number.0, wants: view.wants.name(), said_at: instant(view.said_at) }
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Contact {
    pub id: Uuid,
    pub name: Option<String>,
    /// The name they chose to be found by, without `@`.
    pub username: Option<String>,
    /// What they are known by today, the strongest first.
    pub identifiers: Vec<IdentifierShape>,
    /// What they told WhatsApp about marketing of our numbers: the last word for each.
    pub marketing: Vec<MarketingShape>,
    /// To the minute.
    pub created_at: String,
    /// When they last wrote, to the minute.
    pub last_seen_at: String,
}

impl From<&ContactView> for Contact {
    fn from(view: &ContactView) -> Self {
        Self {
            id: view.id.0,
            name: view.name.clone(),
            username: view.username.clone(),
            identifiers: view.identifiers.iter().map(IdentifierShape::from).collect(),
            marketing: view.marketing.iter().map(MarketingShape::from).collect(),
            created_at: instant(view.created_at),
            last_seen_at: instant(view.seen_at),
        }
    }
}
