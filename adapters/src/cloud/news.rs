//! What Meta tells beside messages: news of the account, known by name, and what customers say about marketing.

use super::names;
use crate::lenient_json::{Node, read as read_leniently};
use dashoffice_domain::conversation::marketing::{Marketing, MarketingChoice};

/// Fields of webhooks that are about the account, its numbers or its templates, or bring what was said before we were here.
pub const KINDS: [&str; 18] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "business_capability_update",
    "business_status_update",
    "history",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "template_category_update",
    "template_correct_category_detection",
    USER_PREFERENCES,
];

pub(super) const USER_PREFERENCES: &str = "user_preferences";

pub(super) fn is_known(field: &str) -> bool {
    KINDS.contains(&field)
}

/// What one entry of `user_preferences` says; `None`: it is about something else, or says nothing we know.
pub(super) fn preference(raw: &str) -> Option<MarketingChoice> {
    let read = read_leniently(raw)?;
    let node = Node::of(&read.value);
    if node.get("category").text()? != "marketing_messages" {
        return None;
    }
    let wants = match node.get("value").text()?.as_str() {
        "stop" => Marketing::Stop,
        "resume" | "signup" => Marketing::Resume,
        _ => return None,
    };
    let scoped = node.get("user_id").text().and_then(|id| names::scoped_user(&id));
    let phone = node.get("wa_id").text().and_then(|id| names::phone(&id));
    let identifiers: Vec<_> = scoped.into_iter().chain(phone).collect();
    let said_at = node.get("timestamp").time().unwrap_or_default();
    (!identifiers.is_empty()).then_some(MarketingChoice { identifiers, wants, said_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::Timestamp;
    use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
    use serde_json::json;

    #[test]
    fn a_customers_word_on_marketing_is_read_whoever_they_are_known_as() {
        let said = |value: &str| {
            json!({ "wa_id": "16505551234", "user_id": "US.1", "category": "marketing_messages", "value": value,
                "timestamp": 1_731_705_721 })
        };
        let stop = preference(&said("stop").to_string()).unwrap();
        let known_as = [(IdentifierKind::ScopedUser, "US.1"), (IdentifierKind::WaId, "16505551234")];
        assert_eq!(stop.identifiers, known_as.map(|(kind, value)| Identifier::new(kind, value)));
        assert_eq!((stop.wants, stop.said_at), (Marketing::Stop, Timestamp::from_seconds(1_731_705_721)));
        for (value, wants) in
            [("resume", Some(Marketing::Resume)), ("signup", Some(Marketing::Resume)), ("maybe", None)]
        {
            assert_eq!(preference(&said(value).to_string()).map(|choice| choice.wants), wants, "{value}");
        }
        let nobody = json!({ "category": "marketing_messages", "value": "stop" });
        assert_eq!(preference(&nobody.to_string()), None);
        let other = json!({ "wa_id": "1650", "category": "something", "value": "stop" });
        assert_eq!(preference(&other.to_string()), None);
    }
}
