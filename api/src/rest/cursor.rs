//! Cursors: opaque to clients, and good for the query they came from alone.

use crate::problem::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dashoffice_store::views::Cursor;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Of the query, so that a cursor is not taken for another one's.
const MARK: usize = 8;
const LENGTH: usize = 8 + 16 + MARK;

/// `query` names the list and its parameters.
pub fn encode(cursor: Cursor, query: &str) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.extend(cursor.key.to_be_bytes());
    bytes.extend(cursor.id.as_bytes());
    bytes.extend(mark(query));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// # Errors
/// `invalid`: it is not one of ours, or of another query.
pub fn decode(text: &str, query: &str) -> Result<Cursor, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == LENGTH && bytes[24..] == mark(query));
    let bytes = bytes.ok_or_else(|| Problem::invalid("cursor", "unknown"))?;
    let (key, id) = bytes[..24].split_at(8);
    let key = i64::from_be_bytes(key.try_into().expect("eight bytes were split off"));
    let id = Uuid::from_slice(id).expect("sixteen bytes were left");
    Ok(Cursor { key, id })
}

fn mark(query: &str) -> [u8; MARK] {
    let digest: [u8; 32] = Sha256::digest(query.as_bytes()).into();
    std::array::from_fn(|index| digest[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_query() {
        let cursor = Cursor { key: -7, id: Uuid::from_u128(9) };
        let text = encode(cursor, "contacts?q=ana");
        assert_eq!(decode(&text, "contacts?q=ana"), Ok(cursor));
        assert_eq!(decode(&text, "contacts?q=bia").unwrap_err().code, "invalid");
        for forged in ["", "AAAA", "%%%", &text[1..]] {
            assert_eq!(decode(forged, "contacts?q=ana").unwrap_err().code, "invalid");
        }
    }
}
