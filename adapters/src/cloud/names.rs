//! Ids and addresses fit to be kept: what is too long or too odd for a key is no name at all.

use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::phone;
use dashoffice_domain::wording::visible;
use sha2::{Digest, Sha256};

/// Longer than any id of Meta's, shorter than what an index refuses.
const LONGEST_ID: usize = 512;
/// A country, a dot and up to 128 characters.
const LONGEST_SCOPED_USER: usize = 160;
/// Meta's limit is 35 characters.
const LONGEST_USERNAME: usize = 64;
/// What counters and the operator's list can show.
const LONGEST_KIND: usize = 64;

/// The provider's id of something, where it can be a key.
pub(super) fn id(text: Option<String>) -> Option<String> {
    text.filter(|id| !id.trim().is_empty() && id.len() <= LONGEST_ID)
}

/// A stable stand-in for an id nobody can read: the same bytes always get the same one.
pub(super) fn id_of_bytes(raw: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(raw)))
}

/// The digits WhatsApp answers to; signs and spaces between them are dropped, letters make it no phone.
pub(super) fn phone(text: &str) -> Option<Identifier> {
    phone::whole(text).map(|digits| Identifier::new(IdentifierKind::WaId, digits))
}

/// Whatever stands where a phone is expected: since usernames came it may be a business-scoped id (`BR.…`).
pub(super) fn phone_or_scoped_user(text: &str) -> Option<Identifier> {
    let is_scoped = |text: &str| {
        let country = text.split_once('.').map(|(country, _)| country);
        country.is_some_and(|country| country.len() == 2 && country.bytes().all(|c| c.is_ascii_uppercase()))
    };
    phone(text).or_else(|| scoped_user(text).filter(|_| is_scoped(text)))
}

/// The name somebody chose to be found by, without `@`.
pub(super) fn username(text: &str) -> Option<String> {
    let name = visible(text)?.trim_start_matches('@');
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_USERNAME && !name.contains(char::is_whitespace);
    fits.then(|| name.to_owned())
}

/// The business-scoped id of a person.
pub(super) fn scoped_user(text: &str) -> Option<Identifier> {
    let fits =
        text.len() <= LONGEST_SCOPED_USER && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    (fits && !text.is_empty()).then(|| Identifier::new(IdentifierKind::ScopedUser, text))
}

/// The name of a kind of thing, short enough to count by.
pub(super) fn kind(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_KIND).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_digits_and_nothing_else() {
        assert_eq!(phone("+55 (11) 90000-0001"), Some(Identifier::new(IdentifierKind::WaId, "5511900000001")));
        for odd in ["", "+", "<WHATSAPP_USER_PHONE_NUMBER>", "5511x", "123456789012345678901"] {
            assert_eq!(phone(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_scoped_user_is_kept_as_written() {
        assert_eq!(scoped_user("BR.4Xy9"), Some(Identifier::new(IdentifierKind::ScopedUser, "BR.4Xy9")));
        for odd in ["", "<BSUID>", "BR 1", &"x".repeat(161)] {
            assert_eq!(scoped_user(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_scoped_id_may_stand_where_a_phone_is_expected() {
        assert_eq!(phone_or_scoped_user("BR.4Xy9"), scoped_user("BR.4Xy9"));
        assert_eq!(phone_or_scoped_user("US.ENT.118"), scoped_user("US.ENT.118"));
        assert_eq!(phone_or_scoped_user("5511900000001"), phone("5511900000001"));
        for odd in ["<PHONE>", "ana", "status.broadcast", "br.1"] {
            assert_eq!(phone_or_scoped_user(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_user_name_is_kept_without_its_sign() {
        assert_eq!(username("@nina.sol_2").as_deref(), Some("nina.sol_2"));
        for odd in ["", "@", "\u{3164}", "two words", &"x".repeat(65)] {
            assert_eq!(username(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_id_too_long_for_a_key_is_none() {
        assert_eq!(id(Some("wamid.1".to_owned())).as_deref(), Some("wamid.1"));
        assert_eq!(id(Some("x".repeat(513))), None);
        assert_eq!(id(Some("  ".to_owned())), None);
    }
}
