//! A device on which somebody signed in: told to the client at sign-in, given back at the next one, and signed, so that only we can make
//! it. It opens nothing by itself: it says that this account was here before.

use super::derived::{Deriving, Purpose};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashoffice_domain::ids::UserId;
use dashoffice_domain::{Span, Timestamp};
use uuid::Uuid;

/// Since the last sign-in on it.
const LIVES: Span = Span::days(90);
const CLAIM_LENGTH: usize = 16 + 16 + 8;
const MAC_LENGTH: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) user: UserId,
    pub(super) id: Uuid,
    /// When somebody signed in on it last.
    pub(super) used_at: Timestamp,
}

impl Device {
    pub(super) fn write(self, key: &Deriving) -> String {
        let mut bytes = Vec::with_capacity(CLAIM_LENGTH + MAC_LENGTH);
        bytes.extend_from_slice(self.user.0.as_bytes());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(&self.used_at.0.to_be_bytes());
        let mac = key.derive(Purpose::Device, &bytes);
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What we wrote less than 90 days ago; anything else is no device.
    pub(super) fn read(key: &Deriving, text: &str, now: Timestamp) -> Option<Self> {
        if text.len() > 2 * (CLAIM_LENGTH + MAC_LENGTH) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (claim, given) = bytes.split_at_checked(CLAIM_LENGTH)?;
        if !key.is_derived(Purpose::Device, claim, given) {
            return None;
        }
        let used_at = Timestamp(i64::from_be_bytes(claim[32..].try_into().ok()?));
        let device = Self {
            user: Uuid::from_slice(&claim[..16]).ok()?.into(),
            id: Uuid::from_slice(&claim[16..32]).ok()?,
            used_at,
        };
        (now < used_at.plus(LIVES)).then_some(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn a_device_is_known_for_ninety_days_and_nobody_else_can_make_one() {
        let key = Deriving::from_secret(&[7; 32]);
        let device = Device { user: UserId(Uuid::from_u128(1)), id: Uuid::from_u128(2), used_at: NOON };
        let text = device.write(&key);
        let last = Timestamp(NOON.plus(LIVES).0 - 1);
        assert_eq!(Device::read(&key, &text, last), Some(device));
        assert_eq!(Device::read(&key, &text, NOON.plus(LIVES)), None);
        assert_eq!(Device::read(&Deriving::from_secret(&[8; 32]), &text, NOON), None);
        let other = Device { user: UserId(Uuid::from_u128(3)), ..device }.write(&Deriving::from_secret(&[8; 32]));
        // Another user's claim under this one's signature.
        let mixed = format!("{}{}", &other[..53], &text[53..]);
        for forged in [mixed.as_str(), &text[..text.len() - 2], "", "a.b", &text.repeat(2)] {
            assert_eq!(Device::read(&key, forged, NOON), None, "{forged}");
        }
        // What was derived for another purpose is none.
        let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        let mac = key.derive(Purpose::Successor, &bytes[..CLAIM_LENGTH]);
        bytes[CLAIM_LENGTH..].copy_from_slice(&mac);
        assert_eq!(Device::read(&key, &URL_SAFE_NO_PAD.encode(bytes), NOON), None);
    }
}
