//! The templates of an account: read page by page, and which of them are approved and can be filled with texts alone.

use super::CloudConfig;
use super::ask::{Said, ask};
use super::error::Then;
use super::graph;
use dashoffice_domain::channel::template::{Button, NoTemplates, Template, Words};
use dashoffice_domain::ports::ChannelCredentials;
use serde_json::Value;

const PER_PAGE: &str = "100";
/// An account has at most some thousands.
const MOST_PAGES: usize = 100;
/// A page of long templates in bytes.
const LONGEST_PAGE: usize = 4 * 1024 * 1024;
/// Whatever is in one of these is refused when it is sent. Of any other state (`FLAGGED`, `IN_APPEAL`, one that is new) only Meta knows.
const SHUT: [&str; 5] = ["PENDING", "REJECTED", "PAUSED", "DISABLED", "DELETED"];
const FIELDS: &str = "name,status,category,language,parameter_format,components";

pub(super) async fn templates(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    account: &str,
) -> Result<Vec<Template>, NoTemplates> {
    let mut url = graph::url(config, line, &[account, "message_templates"]).ok_or(NoTemplates::Away)?;
    url.query_pairs_mut().append_pair("fields", FIELDS).append_pair("limit", PER_PAGE);
    let (mut found, mut after) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let mut page = url.clone();
        if let Some(after) = &after {
            page.query_pairs_mut().append_pair("after", after);
        }
        let answer = match ask(client.get(page).timeout(config.post_timeout()), line, LONGEST_PAGE).await {
            Said::Yes(answer) => answer,
            Said::No(code, fault) if matches!(fault.then, Then::Stop { .. } | Then::Never | Then::ByStatus) => {
                return Err(NoTemplates::Refused(fault.as_send_error(code)));
            }
            Said::No(..) | Said::Nothing => return Err(NoTemplates::Away),
        };
        found.extend(answer["data"].as_array().into_iter().flatten().filter_map(template));
        let next = answer["paging"]["cursors"]["after"].as_str().filter(|_| answer["paging"]["next"].is_string());
        match next {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    found.sort_by(|one, other| (&one.name, &one.language).cmp(&(&other.name, &other.language)));
    Ok(found)
}

/// `None`: it does not go as things stand, or cannot be read.
fn template(given: &Value) -> Option<Template> {
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let status = text("status")?;
    if SHUT.contains(&status.as_str()) {
        return None;
    }
    let (mut header, mut body, mut footer, mut buttons, mut texts_alone) = (None, None, None, Vec::new(), true);
    for component in given["components"].as_array().into_iter().flatten() {
        let words = component["text"].as_str().unwrap_or_default();
        match component["type"].as_str().unwrap_or_default().to_ascii_uppercase().as_str() {
            "BODY" => body = Some(words.to_owned()),
            "HEADER" if component["format"] == "TEXT" => {
                header = Some(words.to_owned());
                texts_alone &= !words.contains("{{");
            }
            "FOOTER" => footer = Some(words.to_owned()),
            "BUTTONS" => {
                let given = component["buttons"].as_array();
                buttons = given.into_iter().flatten().filter_map(button).collect();
                texts_alone &= given.is_some_and(|buttons| buttons.iter().all(is_plain));
            }
            _ => texts_alone = false,
        }
    }
    let words = body.map(|body| Words { header, body, footer, buttons });
    let names = words.as_ref().map(Words::places).unwrap_or_default();
    let by_name = given["parameter_format"] == "NAMED";
    let named = names.iter().any(|name| by_name || name.parse::<u32>().is_err());
    let parameters = names.len() as u32;
    let (name, language) = (text("name")?, text("language")?);
    let category = text("category").unwrap_or_default();
    let offered = status == "APPROVED" && texts_alone && !named;
    Some(Template { name, language, category, words, parameters, named, offered })
}

/// A button that needs nothing from us.
fn is_plain(button: &Value) -> bool {
    match button["type"].as_str().unwrap_or_default() {
        "QUICK_REPLY" | "PHONE_NUMBER" => true,
        "URL" => button["url"].as_str().is_some_and(|url| !url.contains("{{")),
        _ => false,
    }
}

/// `None`: nothing is written on it.
fn button(given: &Value) -> Option<Button> {
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let target = text("url").or_else(|| text("phone_number"));
    Some(Button { kind: text("type")?, text: text("text")?, target })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(components: &Value) -> Option<Template> {
        template(&json!({ "name": "ready", "language": "pt_BR", "status": "APPROVED", "category": "UTILITY",
            "components": components }))
    }

    #[test]
    fn places_are_counted_once_each() {
        let told = of(&json!([{ "type": "BODY", "text": "Olá {{1}}, o pedido {{2}} de {{1}} chegou" }])).unwrap();
        assert_eq!((told.parameters, told.category.as_str()), (2, "UTILITY"));
        assert_eq!(of(&json!([{ "type": "BODY", "text": "Olá {{ 1 }}" }])).unwrap().parameters, 1);
        assert_eq!(of(&json!([{ "type": "FOOTER", "text": "Loja" }])).unwrap().words, None);
    }

    #[test]
    fn what_it_says_is_told_whole() {
        let buttons = json!([
            { "type": "QUICK_REPLY", "text": "Sim" },
            { "type": "URL", "text": "Ver", "url": "https://loja.example/{{1}}" },
            { "type": "PHONE_NUMBER", "text": "Ligar", "phone_number": "+551140000001" },
            { "type": "NEWS_OF_NEXT_YEAR" },
        ]);
        let components = json!([
            { "type": "HEADER", "format": "TEXT", "text": "Pedido {{1}}" }, { "type": "BODY", "text": "Olá {{1}}" },
            { "type": "FOOTER", "text": "Loja" }, { "type": "BUTTONS", "buttons": buttons },
        ]);
        let button = |kind: &str, text: &str, target: Option<&str>| {
            let (kind, text) = (kind.to_owned(), text.to_owned());
            Button { kind, text, target: target.map(str::to_owned) }
        };
        let words = Words {
            header: Some("Pedido {{1}}".to_owned()),
            body: "Olá {{1}}".to_owned(),
            footer: Some("Loja".to_owned()),
            buttons: vec![
                button("QUICK_REPLY", "Sim", None),
                button("URL", "Ver", Some("https://loja.example/{{1}}")),
                button("PHONE_NUMBER", "Ligar", Some("+551140000001")),
            ],
        };
        assert_eq!(of(&components).unwrap().words, Some(words));
        let picture = json!([{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Olá" }]);
        assert_eq!(of(&picture).unwrap().words.map(|words| (words.header, words.body)), Some((None, "Olá".to_owned())));
    }

    #[test]
    fn only_what_is_approved_and_texts_can_fill_is_offered() {
        let body = json!({ "type": "BODY", "text": "Olá" });
        for fits in [
            json!({ "type": "HEADER", "format": "TEXT", "text": "Loja" }),
            json!({ "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY" }, { "type": "URL", "url": "https://a.example" }] }),
        ] {
            assert!(of(&json!([body, fits])).unwrap().offered, "{fits}");
        }
        for does_not in [
            json!({ "type": "HEADER", "format": "IMAGE" }),
            json!({ "type": "HEADER", "format": "TEXT", "text": "Olá {{1}}" }),
            json!({ "type": "BUTTONS", "buttons": [{ "type": "URL", "url": "https://a.example/{{1}}" }] }),
            json!({ "type": "BUTTONS", "buttons": [{ "type": "COPY_CODE" }] }),
            json!({ "type": "CAROUSEL", "cards": [] }),
        ] {
            let told = of(&json!([body, does_not])).unwrap();
            assert_eq!((told.offered, told.named), (false, false), "{does_not}");
        }
        let named = of(&json!([{ "type": "BODY", "text": "Olá {{name}}, de {{ shop }}" }])).unwrap();
        assert_eq!((named.offered, named.named, named.parameters), (false, true, 2));
    }

    #[test]
    fn what_is_paused_refused_or_waits_for_approval_is_none_and_of_other_states_meta_judges() {
        let in_state = |status: &str| {
            let components = json!([{ "type": "BODY", "text": "Olá" }]);
            template(
                &json!({ "name": "a", "language": "es", "status": status, "category": "UTILITY", "components": components }),
            )
        };
        for status in ["PENDING", "REJECTED", "PAUSED", "DISABLED", "DELETED"] {
            assert_eq!(in_state(status), None, "{status}");
        }
        for (status, offered) in [("APPROVED", true), ("FLAGGED", false), ("NEWS_OF_NEXT_YEAR", false)] {
            assert_eq!(in_state(status).unwrap().offered, offered, "{status}");
        }
    }
}
