//! Whether a number can send, as delivery finds it.

use serde::{Deserialize, Serialize};

/// What is known of a number's way to its provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NumberState {
    /// The provider has not answered for it yet.
    #[default]
    Connecting,
    Connected,
    /// Nothing leaves until somebody or something changes.
    Stopped {
        reason: StopReason,
    },
}

/// Why nothing leaves. The names are stable: consoles translate by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The access token is not valid, or not any more.
    TokenExpired,
    /// The token may not do this.
    PermissionMissing,
    /// The account is locked or blocked for breaking a policy.
    AccountRestricted,
    /// The account's payments are not in order.
    PaymentProblem,
    /// The provider does not know the number, or its registration is not in order.
    NotRegistered,
    /// The provider does not answer, or only with faults of its own.
    ProviderUnreachable,
}

impl StopReason {
    pub const ALL: [Self; 6] = [
        Self::TokenExpired,
        Self::PermissionMissing,
        Self::AccountRestricted,
        Self::PaymentProblem,
        Self::NotRegistered,
        Self::ProviderUnreachable,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::TokenExpired => "token_expired",
            Self::PermissionMissing => "permission_missing",
            Self::AccountRestricted => "account_restricted",
            Self::PaymentProblem => "payment_problem",
            Self::NotRegistered => "not_registered",
            Self::ProviderUnreachable => "provider_unreachable",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

impl NumberState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Stopped { .. } => "stopped",
        }
    }

    pub const fn reason(self) -> Option<StopReason> {
        match self {
            Self::Stopped { reason } => Some(reason),
            Self::Connecting | Self::Connected => None,
        }
    }

    /// As it stands in a row; a reason this version does not know counts as one it does.
    pub fn named(name: &str, reason: Option<&str>) -> Option<Self> {
        Some(match name {
            "connecting" => Self::Connecting,
            "connected" => Self::Connected,
            "stopped" => {
                let reason = reason.and_then(StopReason::named).unwrap_or(StopReason::ProviderUnreachable);
                Self::Stopped { reason }
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_found_by_what_stands_in_its_row() {
        let stopped = StopReason::ALL.map(|reason| NumberState::Stopped { reason });
        for state in [NumberState::Connecting, NumberState::Connected].into_iter().chain(stopped) {
            let reason = state.reason().map(StopReason::name);
            assert_eq!(NumberState::named(state.name(), reason), Some(state));
        }
        assert_eq!(NumberState::named("asleep", None), None);
    }
}
