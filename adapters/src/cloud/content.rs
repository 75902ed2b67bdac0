//! The words, pictures and choices in a message, type by type.

use super::names;
use crate::lenient_json::Node;
use dashoffice_domain::conversation::content::{Card, ChoiceSource, Content, Media, MediaKind, OrderLine};

/// Reads the member that belongs to the type; `None` for a type we do not know or a member we cannot read.
pub(super) fn content(kind: &str, message: Node<'_>) -> Option<Content> {
    let body = message.get(kind);
    match kind {
        "text" => Some(Content::Text { body: body.get("body").text()? }),
        "image" => media(MediaKind::Image, body),
        "video" => media(MediaKind::Video, body),
        "audio" => media(MediaKind::Audio, body),
        "document" => media(MediaKind::Document, body),
        "sticker" => media(MediaKind::Sticker, body),
        "location" => location(body),
        "contacts" => contacts(body),
        "interactive" => interactive(body),
        "button" => template_button(body),
        "order" => order(body),
        "system" => {
            Some(Content::System { what: names::kind(&body.get("type").filled()?), text: body.get("body").filled() })
        }
        _ => None,
    }
}

/// What an edit makes of a message: of a file, perhaps its words alone.
pub(super) fn edited(kind: &str, message: Node<'_>) -> Option<Content> {
    match MediaKind::named(kind) {
        Some(kind) if message.get(kind.name()).get("caption").text().is_some() => {
            Some(Content::Media(file(kind, message.get(kind.name()))))
        }
        _ => content(kind, message),
    }
}

fn media(kind: MediaKind, body: Node<'_>) -> Option<Content> {
    let media = file(kind, body);
    let can_be_fetched = media.provider_media_id.is_some() || media.link.is_some();
    can_be_fetched.then_some(Content::Media(media))
}

fn file(kind: MediaKind, body: Node<'_>) -> Media {
    Media {
        kind,
        provider_media_id: body.get("id").filled(),
        link: body.get("url").filled().or_else(|| body.get("link").filled()),
        mime_type: body.get("mime_type").filled(),
        sha256: body.get("sha256").filled(),
        caption: body.get("caption").filled(),
        filename: body.get("filename").filled(),
        voice: body.get("voice").flag(),
        animated: body.get("animated").flag(),
    }
}

fn location(body: Node<'_>) -> Option<Content> {
    Some(Content::Location {
        latitude: body.get("latitude").float()?,
        longitude: body.get("longitude").float()?,
        name: body.get("name").filled(),
        address: body.get("address").filled(),
    })
}

fn contacts(body: Node<'_>) -> Option<Content> {
    let cards: Vec<Card> = body.items().filter_map(card).collect();
    (!cards.is_empty()).then_some(Content::Contacts { cards })
}

/// A card without any name bears its first number or address; one with nothing at all is left out.
fn card(card: Node<'_>) -> Option<Card> {
    let phones: Vec<String> = card
        .get("phones")
        .items()
        .filter_map(|phone| phone.get("phone").filled().or_else(|| phone.get("wa_id").filled()))
        .collect();
    let emails: Vec<String> = card.get("emails").items().filter_map(|email| email.get("email").filled()).collect();
    let organisation = card.get("org").get("company").filled();
    let name = card.get("name");
    let parts: Vec<String> = ["first_name", "last_name"].iter().filter_map(|part| name.get(part).filled()).collect();
    let name = name
        .get("formatted_name")
        .filled()
        .or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
        .or_else(|| organisation.clone())
        .or_else(|| phones.first().cloned())
        .or_else(|| emails.first().cloned())?;
    let addresses = card.get("addresses").items().filter_map(address).collect();
    let links = card.get("urls").items().filter_map(|url| url.get("url").filled()).collect();
    Some(Card { name, phones, emails, organisation, addresses, links, birthday: card.get("birthday").filled() })
}

/// In one line, from the street to the country.
fn address(address: Node<'_>) -> Option<String> {
    let country = address.get("country").filled().or_else(|| address.get("country_code").filled());
    let parts = ["street", "city", "state", "zip"].iter().filter_map(|part| address.get(part).filled());
    let parts: Vec<String> = parts.chain(country).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn interactive(body: Node<'_>) -> Option<Content> {
    let kind = body.get("type").filled()?;
    let reply = body.get(&kind);
    match kind.as_str() {
        "button_reply" => choice(ChoiceSource::Button, reply.get("id"), reply),
        "list_reply" => choice(ChoiceSource::List, reply.get("id"), reply),
        "nfm_reply" => Some(Content::Form {
            name: reply.get("name").filled(),
            body: reply.get("body").filled(),
            response: reply.get("response_json").text_or_json()?,
        }),
        "call_permission_reply" => Some(Content::System { what: kind, text: Some(reply.get("response").filled()?) }),
        _ => None,
    }
}

/// A choice needs an id to act on or a title to show; each stands in for the other.
fn choice(source: ChoiceSource, id: Node<'_>, reply: Node<'_>) -> Option<Content> {
    let title = reply.get("title").filled();
    let id = id.filled().or_else(|| title.clone())?;
    let title = title.unwrap_or_else(|| id.clone());
    Some(Content::Choice { source, id, title, description: reply.get("description").filled() })
}

/// The quick reply of a template, which is not `interactive`.
fn template_button(body: Node<'_>) -> Option<Content> {
    let text = body.get("text").filled();
    let id = body.get("payload").filled().or_else(|| text.clone())?;
    let title = text.unwrap_or_else(|| id.clone());
    Some(Content::Choice { source: ChoiceSource::TemplateButton, id, title, description: None })
}

fn order(body: Node<'_>) -> Option<Content> {
    let lines: Vec<OrderLine> = body
        .get("product_items")
        .items()
        .filter_map(|line| {
            let said = |name: &str| line.get(name).text().unwrap_or_default();
            let line = OrderLine {
                product: said("product_retailer_id"),
                quantity: said("quantity"),
                price: said("item_price"),
                currency: said("currency"),
            };
            // What a line does not say leaves the order whole; a line that says nothing at all is none.
            (!line.product.is_empty() || !line.quantity.is_empty() || !line.price.is_empty()).then_some(line)
        })
        .collect();
    let all_read = lines.len() == body.get("product_items").items().count();
    (all_read && !lines.is_empty()).then(|| Content::Order {
        catalog: body.get("catalog_id").filled(),
        note: body.get("text").filled(),
        lines,
    })
}
