//! What commands come to, as it is recorded under their key: the same bytes that actors record, with what is wrong beside a no.

use super::command::Came;
use crate::problem::{FieldError, Problem};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use dashoffice_domain::Refusal;
use dashoffice_runtime::Unavailable;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An answer that is no, with what is known of it.
pub(super) struct Refused {
    problem: Problem,
    /// It is on record, and was when we asked.
    replayed: bool,
    /// Whoever decided it has recorded it.
    is_recorded: bool,
}

impl Refused {
    /// Decided by an actor, who recorded it in the same commit.
    pub(super) fn recorded(problem: Problem) -> Self {
        Self { problem, replayed: false, is_recorded: true }
    }

    /// Whoever decided it has recorded it.
    pub(super) const fn is_recorded(&self) -> bool {
        self.is_recorded
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, replayed: false, is_recorded: false }
    }
}

impl From<Unavailable> for Refused {
    fn from(error: Unavailable) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = self.problem.into_response();
        if self.replayed {
            response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

/// An outcome on record, or to be recorded. Actors read and write the same but for `errors`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(super) enum Outcome<T> {
    Done {
        done: T,
    },
    Refused {
        refusal: Refusal,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        errors: Vec<FieldError>,
    },
    /// Recorded by a version we do not know: it was decided, and we cannot say how.
    #[serde(skip)]
    Unreadable,
}

impl<T> Outcome<T> {
    /// The no that must be recorded; `None`: nothing was decided, or it is recorded.
    pub(super) fn of(refused: &Refused) -> Option<Self> {
        if refused.is_recorded {
            return None;
        }
        let refusal = serde_json::from_value(refused.problem.code.into()).ok()?;
        Some(Self::Refused { refusal, errors: refused.problem.errors.clone() })
    }

    pub(super) fn came(self, replayed: bool) -> Result<Came<T>, Refused> {
        match self {
            Self::Done { done } => Ok(Came { to: done, replayed }),
            Self::Refused { refusal, errors } => {
                let problem = Problem { errors, ..refusal.into() };
                Err(Refused { problem, replayed, is_recorded: true })
            }
            Self::Unreadable => Err(Problem::internal().into()),
        }
    }
}

impl<T: DeserializeOwned> Outcome<T> {
    pub(super) fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or(Self::Unreadable)
    }
}

impl<T: Serialize> Outcome<T> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an outcome is plain data")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_actors::asking::Answer;

    #[test]
    fn a10_what_we_record_an_actor_can_read_and_we_what_an_actor_records() {
        let refused = Refused::from(Problem::invalid("presence", "unknown"));
        let bytes = Outcome::<()>::of(&refused).unwrap().to_bytes();
        let read: Answer<()> = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read, Answer::Refused { refusal: Refusal::INVALID });
        let again = Outcome::<()>::read(&bytes).came(true).err().unwrap();
        assert_eq!(again.problem, refused.problem);

        let theirs = serde_json::to_vec(&Answer::Done { done: () }).unwrap();
        assert_eq!(Outcome::read(&theirs), Outcome::Done { done: () });
    }

    #[test]
    fn a10_what_decided_nothing_is_not_recorded() {
        for problem in [
            Problem::busy(),
            Problem::unavailable(1),
            Problem::timed_out(),
            Problem::internal(),
            Problem::rate_limited(1),
            Problem::unauthenticated(),
            Problem::malformed(),
            Problem::idempotency_key_reused(),
        ] {
            assert_eq!(Outcome::<()>::of(&problem.into()), None);
        }
        for problem in [Problem::forbidden(), Problem::not_found(), Refusal::OVER_CAPACITY.into()] {
            assert!(Outcome::<()>::of(&problem.clone().into()).is_some(), "{}", problem.code);
        }
    }
}
