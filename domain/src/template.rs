//! Templates as a provider approved them: what may be sent when the service window is closed.

use crate::outgoing::SendError;

/// An approved template that can be filled with texts alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    /// The provider's code: `pt_BR`, `es`.
    pub language: String,
    /// The provider's word for its purpose: `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    pub category: String,
    /// Its words, with places to be filled as `{{1}}`, `{{2}}`.
    pub body: Option<String>,
    /// How many places the body has.
    pub parameters: u32,
}

/// Why a provider's templates cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTemplates {
    /// It did not answer, or with a fault of its own: later.
    #[error("the provider cannot be asked at the moment")]
    Away,
    /// It answered no: somebody must do something first.
    #[error("the provider refuses to tell: {}", .0.text)]
    Refused(SendError),
    /// Which account the number belongs to has neither been configured nor been heard.
    #[error("it is not known to which account the number belongs")]
    AccountUnknown,
}
