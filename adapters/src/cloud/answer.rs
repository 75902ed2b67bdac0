//! What Meta's answer to a post means: taken, refused, not now, or nobody knows (A7).

use super::error::{self, Fault, Then};
use super::names;
use crate::lenient_json::Node;
use dashoffice_domain::Span;
use dashoffice_domain::channel::outgoing::{ErrorClass, Posted};
use serde_json::Value;

const SERVER_ERROR: u16 = 500;
const TOO_MANY_REQUESTS: u16 = 429;
/// How long to wait where Meta has a fault it does not describe.
const A_MOMENT: Span = Span::seconds(1);

/// Judges an answer that was read to its end, or to as much of it as we take.
///
/// Without an error body of Graph's own, nothing but 429 proves that the message was not taken.
pub(super) fn judge(status: u16, body: &[u8]) -> Posted {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return without_graph_body(status);
    };
    let answer = Node::of(&value);
    let accepted_as = names::id(answer.get("messages").first().get("id").text());
    if let (200..300, Some(provider_message_id)) = (status, accepted_as) {
        let customer = answer.get("contacts").first();
        let read = |name: &str, as_name: fn(&str) -> Option<_>| as_name(customer.get(name).text()?.trim());
        let known_as = read("user_id", names::scoped_user).into_iter().chain(read("wa_id", names::phone));
        return Posted::Accepted { provider_message_id, known_as: known_as.collect() };
    }
    match answer.get("error").get("code").integer() {
        Some(code) => by_code(status, code, answer.get("error")),
        None => without_graph_body(status),
    }
}

fn by_code(status: u16, code: i64, given: Node<'_>) -> Posted {
    let fault = fault_of(status, code, given);
    let error = fault.told_by(code, given);
    match fault.then {
        Then::Again { after } => Posted::TryLater { after, error },
        Then::Slow { after } => Posted::Throttled { after, error },
        Then::Stop { reason } => Posted::ChannelStopped { reason, error },
        Then::Never | Then::ByStatus => Posted::Refused { error },
    }
}

/// What an error of Graph's asks of us. Where the answer itself says that it passes, it does, whatever the code; where the code is
/// not listed, the status says so, too.
pub(super) fn fault_of(status: u16, code: i64, given: Node<'_>) -> Fault {
    let fault = error::fault_with(code, given.get("error_subcode").integer());
    let is_transient = given.get("is_transient").flag();
    let passes = match fault.then {
        Then::ByStatus => is_transient || status >= SERVER_ERROR || status == TOO_MANY_REQUESTS,
        Then::Never => is_transient,
        Then::Again { .. } | Then::Slow { .. } | Then::Stop { .. } => false,
    };
    if passes {
        return Fault { class: ErrorClass::Retry, then: Then::Again { after: A_MOMENT }, ..fault };
    }
    fault
}

fn without_graph_body(status: u16) -> Posted {
    if status == TOO_MANY_REQUESTS {
        // Whoever counts requests turns them away before they are carried out.
        const THROUGHPUT_REACHED: i64 = 130_429;
        return by_code(status, THROUGHPUT_REACHED, Node::of(&Value::Null));
    }
    Posted::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
    use serde_json::json;

    fn graph(status: u16, error: &Value) -> Posted {
        judge(status, json!({ "error": error }).to_string().as_bytes())
    }

    #[test]
    fn an_id_is_an_acceptance_and_what_the_customer_is_called_is_kept() {
        let body = json!({
            "contacts": [{ "input": "5511900000001", "wa_id": "551190000001 ", "user_id": "BR.1" }],
            "messages": [{ "id": "wamid.1", "message_status": "accepted" }],
        });
        let known_as = vec![
            Identifier::new(IdentifierKind::ScopedUser, "BR.1"),
            Identifier::new(IdentifierKind::WaId, "551190000001"),
        ];
        let wanted = Posted::Accepted { provider_message_id: "wamid.1".to_owned(), known_as };
        assert_eq!(judge(200, body.to_string().as_bytes()), wanted);
    }

    #[test]
    fn a7_only_an_error_body_of_graph_proves_that_nothing_was_sent() {
        for (status, body) in [
            (200, ""),
            (200, "OK"),
            (200, r#"{"messages":[]}"#),
            (200, r#"{"messages":[{"id":""}]}"#),
            (302, ""),
            (404, "<html>no</html>"),
            (500, r#"{"message":"oops"}"#),
            (500, r#"{"error":{"message":"no code"}}"#),
            (500, r#"{"error":"internal"}"#),
            (500, r#"{"messages":[{"id":"wamid.1"}]}"#),
            (502, "<html>bad gateway</html>"),
            (504, ""),
        ] {
            assert_eq!(judge(status, body.as_bytes()), Posted::Unknown, "{status} {body}");
        }
    }

    #[test]
    fn the_code_decides_whatever_the_http_status_says() {
        for status in [400, 401, 500, 200] {
            assert!(matches!(graph(status, &json!({ "code": 190 })), Posted::ChannelStopped { .. }));
            assert!(matches!(graph(status, &json!({ "code": "131047" })), Posted::Refused { .. }));
            let paired = graph(status, &json!({ "code": 131_056 }));
            assert!(matches!(paired, Posted::TryLater { after, .. } if after == Span::seconds(6)));
        }
        let wrong_number = graph(400, &json!({ "code": 100, "error_subcode": 33 }));
        assert!(matches!(wrong_number, Posted::ChannelStopped { error, .. } if error.code == 100));
        assert!(matches!(graph(400, &json!({ "code": 100 })), Posted::Refused { .. }));
    }

    #[test]
    fn an_unlisted_code_passes_only_where_the_answer_says_so() {
        assert!(matches!(graph(500, &json!({ "code": 987_654 })), Posted::TryLater { .. }));
        assert!(matches!(graph(429, &json!({ "code": 987_654 })), Posted::TryLater { .. }));
        assert!(matches!(graph(400, &json!({ "code": 987_654, "is_transient": true })), Posted::TryLater { .. }));
        assert!(matches!(graph(400, &json!({ "code": 987_654 })), Posted::Refused { .. }));
        assert!(matches!(judge(429, b"slow down"), Posted::Throttled { .. }));
    }

    #[test]
    fn reasons_are_in_our_words_and_never_repeat_what_the_provider_wrote() {
        let Posted::Refused { error } = graph(400, &json!({ "code": 131_026, "message": "to 5511900000001" })) else {
            panic!("131026 is permanent");
        };
        assert_eq!(error.text, "the message cannot be delivered to this customer");
    }
}
