//! Half an emoji: lone surrogate escapes in JSON text, which no Rust string can hold.

use std::borrow::Cow;

/// The JSON text with every lone surrogate escape (`\ud83d` without its other half) written as `\ufffd`.
pub(crate) fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut mended: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        let escape = at + found;
        at = match unit(bytes, escape) {
            Some(high) if is_high(high) && unit(bytes, escape + 6).is_some_and(is_low) => escape + 12,
            Some(lone) if is_high(lone) || is_low(lone) => {
                let text = mended.get_or_insert_with(|| String::with_capacity(json.len()));
                text.push_str(&json[copied..escape]);
                text.push_str("\\ufffd");
                copied = escape + 6;
                copied
            }
            Some(_) => escape + 6,
            // The escaped character may be longer than a byte where the text is not JSON at all.
            None => escape + 1 + json[escape + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    match mended {
        Some(mut text) => {
            text.push_str(&json[copied..]);
            Cow::Owned(text)
        }
        None => Cow::Borrowed(json),
    }
}

/// The UTF-16 unit of a `\uXXXX` escape that starts at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0_u16, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

const fn is_high(unit: u16) -> bool {
    unit >= 0xd800 && unit <= 0xdbff
}

const fn is_low(unit: u16) -> bool {
    unit >= 0xdc00 && unit <= 0xdfff
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lone_half_becomes_a_replacement_character_and_a_pair_stays() {
        for (given, wanted) in [
            (r#""a\ud83db""#, r#""a\ufffdb""#),
            (r#""\udc00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\uDC00é\u00e9\n""#, r#""\\\ufffdé\u00e9\n""#),
        ] {
            assert_eq!(without_lone_surrogates(given), wanted);
        }
    }

    proptest! {
        #[test]
        fn any_text_of_escapes_can_be_read_afterwards(units in prop::collection::vec(any::<u16>(), 0..40)) {
            let escapes: Vec<String> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{}\"", escapes.concat());
            let read: String = serde_json::from_str(&without_lone_surrogates(&json)).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }

        #[test]
        fn text_that_is_not_json_is_survived(text in "[\\\\uUdD83c0-9é😀\"]{0,40}") {
            let _ = without_lone_surrogates(&text);
        }
    }
}
