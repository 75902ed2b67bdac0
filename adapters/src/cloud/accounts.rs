//! To which account a number belongs, as a webhook's body says it.

use crate::lenient_json::Members;

/// More than one body names.
const MOST: usize = 1_000;

/// The id of each number in the body, with that of the account it came for.
pub(super) fn accounts(body: &[u8]) -> Vec<(String, String)> {
    let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
    let envelope = Members::of(text).unwrap_or_default();
    let mut found: Vec<(String, String)> = Vec::new();
    for entry in envelope.list("entry").filter_map(|entry| Members::of(entry.get())) {
        let Some(account) = entry.text("id").filter(|account| is_id(account)) else { continue };
        for change in entry.list("changes").filter_map(|change| Members::of(change.get())) {
            let metadata = change.object("value").and_then(|value| value.object("metadata"));
            let number = metadata.and_then(|metadata| metadata.text("phone_number_id"));
            let named = number.filter(|number| is_id(number)).map(|number| (number, account.clone()));
            if found.len() < MOST && found.last() != named.as_ref() {
                found.extend(named);
            }
        }
    }
    found
}

/// Meta's ids of numbers and accounts are digits; its console's test events say `0`.
fn is_id(text: &str) -> bool {
    (2..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_account_is_known_by_what_comes_for_its_numbers() {
        let change =
            |number: &str| json!({ "field": "messages", "value": { "metadata": { "phone_number_id": number } } });
        let body = json!({ "entry": [
            { "id": "2001", "changes": [change("101"), change("101"), change("102")] },
            { "id": "0", "changes": [change("103")] },
            { "changes": [change("104")] },
            { "id": "2002", "changes": [{ "field": "account_update", "value": {} }] },
        ]});
        let wanted =
            [("101", "2001"), ("102", "2001")].map(|(number, account)| (number.to_owned(), account.to_owned()));
        assert_eq!(accounts(body.to_string().as_bytes()), wanted);
        assert_eq!(accounts(b"{"), []);
    }
}
