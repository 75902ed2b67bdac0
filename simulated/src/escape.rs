//! JSON as Meta writes it: everything beyond ASCII and every slash escaped, so that re-writing it breaks the signature.

use std::fmt::Write as _;

/// The same JSON with `\uXXXX` for every character beyond ASCII and `\/` for `/`.
pub(crate) fn as_meta_writes(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + json.len() / 4);
    for c in json.chars() {
        if c == '/' {
            // A slash stands in strings only.
            escaped.push_str("\\/");
        } else if c.is_ascii() {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("a String takes every character");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_reads_as_it_was() {
        let json = r#"{"a":"São/Paulo 😀 \"\\"}"#;
        let escaped = as_meta_writes(json);
        assert_eq!(escaped, r#"{"a":"S\u00e3o\/Paulo \ud83d\ude00 \"\\"}"#);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&escaped), read(json));
    }
}
