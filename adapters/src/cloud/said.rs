//! What a message does: says something of its own, or changes an earlier one.

use super::content;
use super::names;
use crate::lenient_json::Node;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::item::Said;

/// What was said, or what to show of something that was not understood.
pub(super) struct Heard {
    pub(super) what: Said,
    pub(super) understood: bool,
}

pub(super) fn hear(message: Node<'_>, error_beside: Node<'_>) -> Heard {
    let kind = message.get("type").filled().unwrap_or_else(|| "no type".to_owned());
    let body = message.get(&kind);
    let said = match kind.as_str() {
        "reaction" => reaction(body),
        "edit" => edit(body),
        "revoke" => revoke(body),
        "request_welcome" => Some(Said::Notice { content: Content::System { what: kind.clone(), text: None } }),
        "system" => content::content(&kind, message).map(|content| Said::Notice { content }),
        "interactive" if is_automatic(body) => content::content(&kind, message).map(|content| Said::Notice { content }),
        _ => content::content(&kind, message).map(|content| Said::Message { content }),
    };
    let understood = said.is_some();
    let what = said.unwrap_or_else(|| Said::Message { content: not_understood(&kind, message, error_beside) });
    Heard { what, understood }
}

/// Two ways to take a reaction back: an empty emoji, or none.
fn reaction(body: Node<'_>) -> Option<Said> {
    Some(Said::Reaction { to: names::id(body.get("message_id").text())?, emoji: body.get("emoji").filled() })
}

/// WhatsApp answers a question about calls by itself, by what the customer once chose.
fn is_automatic(body: Node<'_>) -> bool {
    body.get("call_permission_reply").get("response_source").text().as_deref() == Some("automatic")
}

fn edit(body: Node<'_>) -> Option<Said> {
    let message = body.get("message");
    let kind = message.get("type").filled()?;
    Some(Said::Edit {
        of: names::id(body.get("original_message_id").text())?,
        content: content::edited(&kind, message)?,
    })
}

fn revoke(body: Node<'_>) -> Option<Said> {
    Some(Said::Revoke { of: names::id(body.get("original_message_id").text())? })
}

/// With an error beside it, Meta itself could not show it; without, it is we who do not know it.
fn not_understood(kind: &str, message: Node<'_>, error_beside: Node<'_>) -> Content {
    let code = message.get("errors").first().get("code").integer().or_else(|| error_beside.get("code").integer());
    if kind == "unsupported" || code.is_some() {
        let what = message.get("unsupported").get("type").filled();
        let what = what.or_else(|| (kind != "unsupported").then(|| kind.to_owned()));
        return Content::Unsupported { code, what: what.as_deref().map(names::kind) };
    }
    Content::Unknown { what: names::kind(kind) }
}
