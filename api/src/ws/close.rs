//! Why a socket ends: the codes of the contract.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    GoingAway,
    TooLarge,
    Restarting,
    NotNow,
    Unreadable,
    TokenEnded,
    SessionEnded,
    NoHello,
    NoPong,
    TooMany,
}

impl Close {
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::TooLarge => 1009,
            Self::Restarting => 1012,
            Self::NotNow => 1013,
            Self::Unreadable => 4400,
            Self::TokenEnded => 4401,
            Self::SessionEnded => 4403,
            Self::NoHello | Self::NoPong => 4408,
            Self::TooMany => 4429,
        }
    }

    /// For developers.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "the server ends",
            Self::TooLarge => "a frame is too large",
            Self::Restarting => "the server begins anew",
            Self::NotNow => "not now",
            Self::Unreadable => "a frame cannot be read",
            Self::TokenEnded => "the token is missing, false or expired",
            Self::SessionEnded => "the session has ended",
            Self::NoHello => "no hello in time",
            Self::NoPong => "no pong in time",
            Self::TooMany => "too many frames",
        }
    }
}
