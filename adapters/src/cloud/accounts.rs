//! To which account a number belongs, as a webhook's body says it.

use serde_json::Value;

/// The id of each number in the body, with that of the account it came for.
pub(super) fn accounts(body: &[u8]) -> Vec<(String, String)> {
    let Ok(envelope) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in envelope["entry"].as_array().into_iter().flatten() {
        let Some(account) = entry["id"].as_str().filter(|account| is_id(account)) else { continue };
        for change in entry["changes"].as_array().into_iter().flatten() {
            let number = change["value"]["metadata"]["phone_number_id"].as_str();
            found.extend(number.filter(|number| is_id(number)).map(|number| (number.to_owned(), account.to_owned())));
        }
    }
    found.dedup();
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
