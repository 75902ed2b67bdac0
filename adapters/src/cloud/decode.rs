//! Reads one raw item: who said it, when, and what; falls back to "unknown" before it falls silent.

use super::names;
use super::said;
use crate::loose::{Node, read as read_loosely};
use dashoffice_domain::contact::Identifier;
use dashoffice_domain::content::Referral;
use dashoffice_domain::item::Inbound;
use dashoffice_domain::ports::Reading;

/// Reads an item as [`super::split`] made it.
///
/// `Partly` keeps the raw bytes beside what could be shown: an unknown or unsupported type, a missing body, an unreadable time.
pub(super) fn decode(raw: &[u8]) -> Reading {
    let text = String::from_utf8_lossy(raw);
    let Some(read) = read_loosely(&text) else {
        return unreadable("it is not one JSON object");
    };
    let item = Node::of(&read.value);
    let message = item.get("message");
    let contact = item.get("contacts").first();
    let Some(id) = names::id(message.get("id").text()) else {
        return unreadable("it has no id");
    };
    let mut identifiers = sender(message, contact);
    if identifiers.is_empty() {
        return unreadable("its sender has no name we know");
    }
    let heard = said::hear(message, item.get("errors").first());
    identifiers.extend(new_number(message).filter(|new| !identifiers.contains(new)));
    let said_at = message.get("timestamp").time();
    let understood = heard.understood && read.whole && said_at.is_some();
    let context = message.get("context");
    let inbound = Inbound {
        identifiers,
        profile_name: contact.get("profile").get("name").text().filter(|name| !name.trim().is_empty()),
        provider_message_id: id,
        said_at: said_at.unwrap_or_default(),
        what: heard.what,
        reply_to: names::id(context.get("id").text())
            .or_else(|| names::id(message.get("edit").get("message").get("context").get("id").text())),
        forwarded: context.get("forwarded").flag() || context.get("frequently_forwarded").flag(),
        referral: referral(message.get("referral")),
    };
    if understood { Reading::Understood(inbound) } else { Reading::Partly(inbound) }
}

fn unreadable(reason: &str) -> Reading {
    Reading::Unreadable { reason: reason.to_owned() }
}

/// Everything Meta knows the sender by, strongest first. A customer may have no phone at all.
fn sender(message: Node<'_>, contact: Node<'_>) -> Vec<Identifier> {
    let either = |of_message: &str, of_contact: &str, read: fn(&str) -> Option<Identifier>| {
        let given = |node: Node<'_>| node.text().and_then(|text| read(&text));
        given(message.get(of_message)).or_else(|| given(contact.get(of_contact)))
    };
    let scoped = either("from_user_id", "user_id", names::scoped_user);
    let phone = either("from", "wa_id", names::phone);
    scoped.into_iter().chain(phone).collect()
}

/// The number a customer moved to: from now on they are known by it too.
fn new_number(message: Node<'_>) -> Option<Identifier> {
    let system = message.get("system");
    let moved = matches!(system.get("type").text()?.as_str(), "user_changed_number" | "customer_changed_number");
    let number = system.get("wa_id").text().or_else(|| system.get("new_wa_id").text());
    number.filter(|_| moved).and_then(|number| names::phone(&number))
}

fn referral(referral: Node<'_>) -> Option<Referral> {
    let read = Referral {
        source_type: referral.get("source_type").filled(),
        source_id: referral.get("source_id").filled(),
        source_url: referral.get("source_url").filled(),
        headline: referral.get("headline").filled(),
        click_id: referral.get("ctwa_clid").filled(),
    };
    (read != Referral::default()).then_some(read)
}
