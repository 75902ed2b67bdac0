//! Who asks, under which key, and for what; and what it came to, as it is recorded and repeated (A10).

use crate::conversation::plain;
use dashoffice_domain::Refusal;
use dashoffice_domain::conversation::Command;
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::ThreadId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Somebody who asks for something, once, however often they ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub principal: Principal,
    /// What they call it.
    pub key: Uuid,
    /// Of what they ask: the same key for something else is refused.
    pub fingerprint: [u8; 32],
}

impl Caller {
    /// `what` is all of the question, as plain data.
    pub fn of(principal: impl Into<Principal>, key: Uuid, what: &impl Serialize) -> Self {
        let what = serde_json::to_vec(what).expect("a question is plain data");
        Self { principal: principal.into(), key, fingerprint: Sha256::digest(what).into() }
    }

    /// Of a command as it stands. The router's incarnation is no part of it: who asks again after a restart asks the same.
    pub fn commanding(principal: impl Into<Principal>, key: Uuid, thread: ThreadId, command: &Command) -> Self {
        Self::of(principal, key, &(thread, plain(command)))
    }
}

/// What something came to, as it is recorded under the caller's key and repeated for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer<T> {
    Done { done: T },
    Refused { refusal: Refusal },
}

impl<T: Serialize> Answer<T> {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an answer is plain data")
    }
}

impl<T> From<Result<T, Refusal>> for Answer<T> {
    fn from(result: Result<T, Refusal>) -> Self {
        match result {
            Ok(done) => Self::Done { done },
            Err(refusal) => Self::Refused { refusal },
        }
    }
}

impl<T> From<Answer<T>> for Result<T, Refusal> {
    fn from(answer: Answer<T>) -> Self {
        match answer {
            Answer::Done { done } => Ok(done),
            Answer::Refused { refusal } => Err(refusal),
        }
    }
}
