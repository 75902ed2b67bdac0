//! Reads one raw item: who said it, when, and what; falls back to "unknown" before it falls silent.

use super::identity::{self, Side};
use super::names;
use super::said;
use crate::lenient_json::{Node, read as read_leniently};
use dashoffice_domain::conversation::context::{Forwarded, MessageContext, Product, Referral};
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::Reading;
use dashoffice_domain::wording::visible;

/// Reads an item as [`super::split`] made it.
///
/// `Partly` keeps the raw bytes beside what could be shown: an unknown or unsupported type, a missing body, an unreadable time.
pub(super) fn decode(raw: &[u8]) -> Reading {
    let text = String::from_utf8_lossy(raw);
    let Some(read) = read_leniently(&text) else {
        return unreadable("it is not one JSON object");
    };
    let item = Node::of(&read.value);
    let echo = item.get(Side::Ours.member());
    let is_echo = echo.get("id").text().is_some();
    let message = if is_echo { echo } else { item.get(Side::Theirs.member()) };
    let contact = item.get("contacts").first();
    let Some(id) = names::id(message.get("id").text()) else {
        return unreadable("it has no id");
    };
    let side = if is_echo { Side::Ours } else { Side::Theirs };
    let identity::Customer { identifiers, moved } = identity::customer(message, contact, side);
    if identifiers.is_empty() {
        return unreadable("its sender has no name we know");
    }
    let heard = said::hear(message, item.get("errors").first());
    let said_at = message.get("timestamp").time();
    let understood = heard.understood && read.whole && said_at.is_some();
    let context = message.get("context");
    let inbound = Inbound {
        identifiers,
        profile_name: contact.get("profile").get("name").text().and_then(|name| Some(visible(&name)?.to_owned())),
        username: contact.get("profile").get("username").text().and_then(|name| names::username(&name)),
        moved,
        provider_message_id: id,
        said_at: said_at.unwrap_or_default(),
        what: match heard.what {
            // Nobody said it, on either side.
            notice @ Said::Notice { .. } => notice,
            what if is_echo => Said::Echo { what: Box::new(what) },
            what => what,
        },
        reply_to: names::id(context.get("id").text())
            .or_else(|| names::id(message.get("edit").get("message").get("context").get("id").text())),
        context: beside(context, message.get("referral")),
    };
    if understood { Reading::Understood(inbound) } else { Reading::Partly(inbound) }
}

fn unreadable(reason: &str) -> Reading {
    Reading::Unreadable { reason: reason.to_owned() }
}

/// What came beside the words; whether it is a notice is told by what was said.
fn beside(context: Node<'_>, referred: Node<'_>) -> MessageContext {
    let forwarded = context.get("frequently_forwarded").flag().then_some(Forwarded::Often);
    let product = context.get("referred_product");
    MessageContext {
        notice: false,
        forwarded: forwarded.or_else(|| context.get("forwarded").flag().then_some(Forwarded::Once)),
        product: product
            .get("product_retailer_id")
            .filled()
            .map(|id| Product { catalog: product.get("catalog_id").filled(), product: id }),
        referral: referral(referred).map(Box::new),
    }
}

fn referral(referral: Node<'_>) -> Option<Referral> {
    let read = Referral {
        source_type: referral.get("source_type").filled(),
        source_id: referral.get("source_id").filled(),
        source_url: referral.get("source_url").filled(),
        headline: referral.get("headline").filled(),
        body: referral.get("body").filled(),
        media_type: referral.get("media_type").filled(),
        image_url: referral.get("image_url").filled(),
        video_url: referral.get("video_url").filled(),
        thumbnail_url: referral.get("thumbnail_url").filled(),
        welcome: referral.get("welcome_message").get("text").filled(),
        click_id: referral.get("ctwa_clid").filled(),
    };
    (read != Referral::default()).then_some(read)
}
