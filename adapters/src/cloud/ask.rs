//! What is asked of Graph beside posting: tell it what was read, and hear whether a number is in order.

use super::CloudConfig;
use super::answer::fault_of;
use super::error::{Fault, Then};
use super::graph;
use crate::lenient_json::Node;
use dashoffice_domain::Span;
use dashoffice_domain::channel::outgoing::{Checked, Marked};
use dashoffice_domain::ports::ChannelCredentials;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

/// More than such an answer ever has.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How long to wait where nobody answered.
const A_WHILE: Span = Span::seconds(5);
/// How long to wait where the number is stopped: somebody must act first.
const STOPPED: Span = Span::seconds(60);

/// What Graph said.
pub(super) enum Said {
    Yes(Value),
    /// With an error of Graph's own, by code.
    No(i64, Fault),
    /// Nothing that could be read, or nobody was there.
    Nothing,
}

/// Asks once. An answer that is longer than `longest` bytes tells nothing.
pub(super) async fn ask(request: RequestBuilder, line: &ChannelCredentials, longest: usize) -> Said {
    let Ok(mut response) = request.bearer_auth(&line.access_token.0).send().await else { return Said::Nothing };
    let status = response.status().as_u16();
    let Some(answer) = graph::read(&mut response, longest).await else { return Said::Nothing };
    let Ok(answer) = serde_json::from_slice::<Value>(&answer) else { return Said::Nothing };
    let given = Node::of(&answer).get("error");
    match given.get("code").integer() {
        Some(code) => Said::No(code, fault_of(status, code, given)),
        None if (200..300).contains(&status) => Said::Yes(answer),
        None => Said::Nothing,
    }
}

/// Tells that a message of the customer, and everything before it, was read.
pub(super) async fn mark_read(
    client: &reqwest::Client,
    config: &CloudConfig,
    line: &ChannelCredentials,
    message: &str,
) -> Marked {
    let Some(url) = graph::url(config, line, &[&line.provider_ref, "messages"]) else { return Marked::Never };
    let mark = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": message });
    match ask(client.post(url).timeout(config.post_timeout()).json(&mark), line, LONGEST_ANSWER).await {
        Said::Yes(_) => Marked::Told,
        Said::No(_, fault) => match fault.then {
            Then::Again { after } | Then::Slow { after } => Marked::TryLater { after },
            Then::Stop { .. } => Marked::TryLater { after: STOPPED },
            Then::Never | Then::ByStatus => Marked::Never,
        },
        Said::Nothing => Marked::TryLater { after: A_WHILE },
    }
}

/// Asks for the number itself, and for no more than its id. A no that is not about token, account or number is an answer too.
pub(super) async fn check(client: &reqwest::Client, config: &CloudConfig, line: &ChannelCredentials) -> Checked {
    let Some(mut url) = graph::url(config, line, &[&line.provider_ref]) else { return Checked::Away };
    url.query_pairs_mut().append_pair("fields", "id");
    match ask(client.get(url).timeout(config.post_timeout()), line, LONGEST_ANSWER).await {
        Said::Yes(_) => Checked::Well,
        Said::No(code, fault) => match fault.then {
            Then::Stop { reason } => Checked::Stopped { reason, error: fault.as_send_error(code) },
            Then::Again { .. } => Checked::Away,
            Then::Slow { .. } | Then::Never | Then::ByStatus => Checked::Well,
        },
        Said::Nothing => Checked::Away,
    }
}
