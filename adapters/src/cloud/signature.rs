//! Whether a webhook's body was signed with our app secret.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "sha256=";

/// Checks `X-Hub-Signature-256` over the bytes as they were received, in constant time.
///
/// A missing or ill-formed header is a wrong one; without a secret nothing is ever signed.
pub fn signed(app_secret: &str, signature: Option<&str>, body: &[u8]) -> bool {
    let mut given = [0_u8; 32];
    let readable = signature
        .and_then(|header| header.strip_prefix(PREFIX))
        .is_some_and(|digits| hex::decode_to_slice(digits, &mut given).is_ok());
    readable && mac(app_secret, body).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

/// The header Meta would send with these bytes; `None` without a secret.
pub fn signature(app_secret: &str, body: &[u8]) -> Option<String> {
    Some(format!("{PREFIX}{}", hex::encode(mac(app_secret, body)?.finalize().into_bytes())))
}

fn mac(app_secret: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    if app_secret.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).ok()?;
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of ours";
    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    /// Made with another tool than the one under test.
    const HEADER: &str = "sha256=93a8c17bb2aaf9799f029a5522e36fbe45930bf7f265410127a601a1fff9db45";

    #[test]
    fn a_signature_made_elsewhere_is_recognised() {
        assert!(signed(SECRET, Some(HEADER), BODY));
        assert_eq!(signature(SECRET, BODY).as_deref(), Some(HEADER));
        assert!(signed(SECRET, Some(&HEADER.to_uppercase().replace("SHA256", "sha256")), BODY));
    }

    #[test]
    fn anything_else_is_refused() {
        let another_body = &BODY[..BODY.len() - 1];
        assert!(!signed(SECRET, Some(HEADER), another_body));
        assert!(!signed("another secret", Some(HEADER), BODY));
        for header in ["", "sha256=", "sha256=00", "sha1=00", &HEADER[7..], &HEADER[..70], &format!("{HEADER}00")] {
            assert!(!signed(SECRET, Some(header), BODY), "{header}");
        }
        assert!(!signed(SECRET, None, BODY));
    }

    #[test]
    fn without_a_secret_nobody_can_sign() {
        assert_eq!(signature("", BODY), None);
        assert!(!signed("", Some(HEADER), BODY));
    }
}
