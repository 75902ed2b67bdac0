//! What an error of Meta's means: what it asks of us, what the agent is shown, and what is kept of Meta's own words.

#[cfg(test)]
mod published;
mod table;
#[cfg(test)]
mod tests;

use crate::lenient_json::Node;
use dashoffice_domain::Span;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{ErrorClass, SendError};
use table::TABLE;

/// Of what Meta writes for developers, so many characters are kept.
const LONGEST_DETAILS: usize = 1_000;
/// A title or a message of Meta's.
const LONGEST_WORDS: usize = 200;
/// Of Meta's id of an answer.
const LONGEST_TRACE: usize = 64;

/// What an error asks of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Not now: again, not before this; the sender lengthens it with every try.
    Again { after: Span },
    /// Not now, and nothing else of this number either.
    Slow { after: Span },
    /// The number cannot send until the operator has done something.
    Stop { reason: StopReason },
    /// This message will never go.
    Never,
    /// The code is not in the table: the HTTP status decides.
    ByStatus,
}

/// A code's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// For whoever wanted to send.
    pub class: ErrorClass,
    /// For us.
    pub then: Then,
    /// The console's words for the agent, by the key that every language has (`failure` in `web/src/i18n`); `None`: the code is not in
    /// the table, and the class speaks.
    pub shown: Option<&'static str>,
    /// In our words; of a code that is not in the table Meta's own are told.
    pub words: &'static str,
}

impl Fault {
    pub fn as_send_error(self, code: i64) -> SendError {
        SendError::new(code, self.class, self.words)
    }

    /// With what Meta wrote beside the code. It may quote what was sent, so it belongs to the message's row alone (C1).
    pub(super) fn told_by(self, code: i64, given: Node<'_>) -> SendError {
        let said = |name: &str, longest| given.get(name).filled().and_then(|words| kept(&words, longest));
        let details = given.get("error_data").get("details").filled().or_else(|| given.get("details").filled());
        let details = details.or_else(|| given.get("error_user_msg").filled());
        let details = details.and_then(|words| kept(&words, LONGEST_DETAILS));
        let own = self.shown.is_none().then(|| said("message", LONGEST_WORDS).or_else(|| said("title", LONGEST_WORDS)));
        let text = own.flatten().unwrap_or_else(|| self.words.to_owned());
        SendError { text, details, trace: said("fbtrace_id", LONGEST_TRACE), ..self.as_send_error(code) }
    }
}

/// Foreign words that any store and any screen can hold; `None`: there are none.
fn kept(words: &str, longest: usize) -> Option<String> {
    let plain: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect();
    Some(plain.trim().to_owned()).filter(|plain| !plain.is_empty())
}

/// What this code means.
pub fn fault(code: i64) -> Fault {
    TABLE.iter().find(|entry| entry.codes.contains(&code)).map_or(UNLISTED, |entry| Fault {
        class: entry.class,
        then: entry.then,
        shown: Some(entry.shown),
        words: entry.words,
    })
}

/// What this code with this subcode means: some codes say only by the subcode what is wrong.
pub(super) fn fault_with(code: i64, subcode: Option<i64>) -> Fault {
    match (code, subcode) {
        (100, Some(NO_SUCH_OBJECT)) => fault(NO_SUCH_OBJECT),
        // A session error is passing unless the subcode says what became of the token.
        (102, Some(subcode)) if TOKEN_SUBCODES.contains(&subcode) => fault(INVALID_TOKEN),
        _ => fault(code),
    }
}

/// The subcode that turns "invalid parameter" into "there is no such object, or you may not see it".
pub(super) const NO_SUCH_OBJECT: i64 = 33;
/// Subcodes of a token: expired, withdrawn, its password changed, its app or user gone.
const TOKEN_SUBCODES: std::ops::RangeInclusive<i64> = 458..=493;
const INVALID_TOKEN: i64 = 190;

const UNLISTED: Fault = Fault {
    class: ErrorClass::Never,
    then: Then::ByStatus,
    shown: None,
    words: "WhatsApp gave a reason we do not know",
};
