//! What operators see of what was put aside: how much, since when and why, never what was said.

use super::{instant, maybe_instant};
use dashoffice_store::views::{DeadLetterView, Heap as HeapView, UnparsedItemView};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An item whose handling failed each time, or which nobody could place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Its position in the inbox.
    #[schema(minimum = 0)]
    pub id: i64,
    /// The number it came to; null: one of our own orders.
    pub number_id: Option<Uuid>,
    pub entity: Option<EntityShape>,
    /// `fault`, `crashed` or `unreadable`.
    pub reason: String,
    /// May quote what was said, so it is null without `ops.read_raw`.
    pub detail: Option<String>,
    #[schema(minimum = 0)]
    pub size_bytes: i64,
    #[schema(minimum = 0)]
    pub tries: i64,
    pub correlation_id: Uuid,
    pub received_at: String,
    pub parked_at: String,
}

/// Who it was for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntityShape {
    /// `thread`, `agent` or `message`.
    pub kind: &'static str,
    pub id: Uuid,
}

/// Something that was kept raw, for 30 days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RawItem {
    #[schema(minimum = 0)]
    pub id: i64,
    /// Null: a stray, it belongs to no number of ours.
    pub number_id: Option<Uuid>,
    /// The app it came to.
    pub provider_app_id: Option<Uuid>,
    /// The provider's id of the number, where there was one.
    pub number_ref: Option<String>,
    /// Of news of the account: the provider's id of it.
    pub account_ref: Option<String>,
    pub reason: String,
    /// It is delivered when its number is connected.
    pub deliverable: bool,
    #[schema(minimum = 0)]
    pub size_bytes: i64,
    pub kept_at: String,
}

/// How much lies aside for one reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Heap {
    pub reason: String,
    #[schema(minimum = 0)]
    pub count: i64,
    #[schema(minimum = 0)]
    pub size_bytes: i64,
    pub oldest_at: Option<String>,
}

/// What lies aside, by reason, the most first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PutAside {
    pub dead_letters: Vec<Heap>,
    pub strays: Vec<Heap>,
    pub raw_items: Vec<Heap>,
    /// News of the account; the reason is their kind, by the provider's own name.
    pub account_news: Vec<Heap>,
}

impl DeadLetter {
    pub fn of(view: &DeadLetterView, with_detail: bool) -> Self {
        Self {
            id: view.id,
            number_id: view.number.map(|number| number.0),
            entity: view.entity.map(|entity| EntityShape { kind: entity.kind(), id: entity.id() }),
            reason: view.reason.clone(),
            detail: with_detail.then(|| view.detail.clone()),
            size_bytes: view.size_bytes,
            tries: view.tries,
            correlation_id: view.correlation,
            received_at: instant(view.received_at),
            parked_at: instant(view.parked_at),
        }
    }
}

impl From<&UnparsedItemView> for RawItem {
    fn from(view: &UnparsedItemView) -> Self {
        Self {
            id: view.id,
            number_id: view.number.map(|number| number.0),
            provider_app_id: view.app.map(|app| app.0),
            number_ref: view.number_ref.clone(),
            account_ref: view.account_ref.clone(),
            reason: view.reason.clone(),
            deliverable: view.is_deliverable,
            size_bytes: view.size_bytes,
            kept_at: instant(view.kept_at),
        }
    }
}

impl From<&HeapView> for Heap {
    fn from(view: &HeapView) -> Self {
        Self {
            reason: view.reason.clone(),
            count: view.count,
            size_bytes: view.size_bytes,
            oldest_at: maybe_instant(view.oldest_at),
        }
    }
}
