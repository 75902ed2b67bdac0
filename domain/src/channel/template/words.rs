//! What a template says: its words as the provider approved them, and with the values in their places.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The words of a template. A place to be filled stands in them as `{{1}}` or `{{name}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// A line above the rest; `None` also where a file stands there.
    pub header: Option<String>,
    pub body: String,
    pub footer: Option<String>,
    pub buttons: Vec<Button>,
}

/// What a customer may tap below the words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// The provider's word: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`.
    #[serde(rename = "type")]
    pub kind: String,
    pub text: String,
    /// The address or the phone number it leads to.
    pub target: Option<String>,
}

impl Words {
    /// What stands in the places of the body, each once: numbers or names.
    pub fn places(&self) -> BTreeSet<&str> {
        self.body.split("{{").skip(1).filter_map(place).map(|(name, _)| name).collect()
    }

    /// As the customer reads them: the body's places are filled with what `value` has for their number or name. A place that it has
    /// nothing for stays as it is, and so does one outside of the body, for which a message of ours brings nothing.
    #[must_use]
    pub fn filled<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut parts = self.body.split("{{");
        let mut body = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let filled = place(part).and_then(|(name, after)| Some([value(name)?, after]));
            body.extend(filled.unwrap_or(["{{", part]));
        }
        Self { body, ..self.clone() }
    }
}

/// The number or name of the place whose opening braces stand before `part`, and what comes after it.
fn place(part: &str) -> Option<(&str, &str)> {
    part.split_once("}}").map(|(name, after)| (name.trim(), after))
}

/// Of values in order the one at this place, counted from 1.
pub(super) fn in_order<'a>(values: &'a [String], place: &str) -> Option<&'a str> {
    let index = place.parse::<usize>().ok()?.checked_sub(1)?;
    values.get(index).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Words {
        let target = Some("https://loja.example/{{1}}".to_owned());
        let button = Button { kind: "URL".to_owned(), text: "Ver".to_owned(), target };
        let (header, footer) = (Some("Pedido {{1}}".to_owned()), Some("Loja".to_owned()));
        Words { header, body: body.to_owned(), footer, buttons: vec![button] }
    }

    fn said(body: &str, values: &[&str]) -> String {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        of(body).filled(|place| in_order(&values, place)).body
    }

    #[test]
    fn a_value_stands_wherever_its_number_stands() {
        assert_eq!(said("Olá {{1}}, o {{2}} chega. {{ 1 }}!", &["Ana", "pedido"]), "Olá Ana, o pedido chega. Ana!");
        assert_eq!(said("{{2}} para {{1}}", &["Ana", "pedido"]), "pedido para Ana", "by number, not as they come");
        assert_eq!(said("Boas-vindas", &[]), "Boas-vindas");
        assert_eq!(said("", &["Ana"]), "");
    }

    #[test]
    fn a_value_stands_wherever_its_name_stands() {
        let value = |place: &str| [("nome", "Ana"), ("pedido_id", "77")].into_iter().find(|(name, _)| *name == place);
        let said = of("Olá {{nome}}, {{ pedido_id }} de {{loja}}").filled(|place| value(place).map(|(_, value)| value));
        assert_eq!(said.body, "Olá Ana, 77 de {{loja}}");
    }

    #[test]
    fn a_place_that_nothing_fills_stays_as_it_is() {
        assert_eq!(said("Olá {{1}} {{ 2 }} {{0}} {{nome}}", &["Ana"]), "Olá Ana {{ 2 }} {{0}} {{nome}}");
        for text in ["{{", "}}", "Olá {{1", "a }} b {{", "{1}"] {
            assert_eq!(said(text, &["Ana"]), text);
        }
        assert_eq!(said("{{ x {{1}}", &["Ana"]), "{{ x Ana");
        assert_eq!(said("{{{1}}}", &["Ana"]), "{{{1}}}");
    }

    #[test]
    fn a_value_is_taken_as_it_is() {
        assert_eq!(said("{{1}} e {{2}}", &["{{2}}", "US$& $1"]), "{{2}} e US$& $1");
    }

    #[test]
    fn values_are_the_bodys_and_what_is_around_it_stays() {
        let around = of("{{1}}").filled(|_| Some("Ana"));
        assert_eq!(around, Words { body: "Ana".to_owned(), ..of("") });
    }

    #[test]
    fn places_are_told_once_each() {
        let words = of("{{2}} {{1}} {{ 2 }} {{nome}} {{");
        assert_eq!(words.places().into_iter().collect::<Vec<_>>(), ["1", "2", "nome"]);
    }
}
