//! What a message costs, as its provider says it: kept beside the message, whatever reports are made of it later.

use serde::{Deserialize, Serialize};

/// The provider's word on the price of one message; the names are the provider's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pricing {
    /// Whether it is charged; `None`: not said.
    #[serde(default)]
    pub billable: Option<bool>,
    /// How it is counted: `PMP` by message, `CBP` by conversation.
    #[serde(default)]
    pub model: Option<String>,
    /// Why it is charged or not: `regular`, `free_customer_service`, `free_entry_point`.
    #[serde(default)]
    pub kind: Option<String>,
    /// `marketing`, `utility`, `authentication`, `service` …
    #[serde(default)]
    pub category: Option<String>,
}

impl Pricing {
    /// What is known once `later` was said too: what it leaves open stays as it was.
    #[must_use]
    pub fn and_then(self, later: Self) -> Self {
        Self {
            billable: later.billable.or(self.billable),
            model: later.model.or(self.model),
            kind: later.kind.or(self.kind),
            category: later.category.or(self.category),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_word_counts_and_what_it_leaves_open_stays() {
        let first =
            Pricing { billable: Some(true), model: Some("PMP".into()), kind: None, category: Some("utility".into()) };
        let later = Pricing { billable: Some(false), kind: Some("free_customer_service".into()), ..Pricing::default() };
        let both = first.clone().and_then(later);
        assert_eq!(
            (both.billable, both.model.as_deref(), both.kind.as_deref()),
            (Some(false), Some("PMP"), Some("free_customer_service"))
        );
        assert_eq!(first.clone().and_then(Pricing::default()), first);
    }
}
