//! Templates as a provider approved them: what may be sent when the service window is closed, and what of it is sure to be refused.

mod words;

use crate::channel::outgoing::SendError;
pub use words::{Button, Words};

/// So many blanks in a row are too many in a value.
const TOO_MANY_BLANKS: &str = "     ";

/// A template that a provider has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    /// The provider's code: `pt_BR`, `es`.
    pub language: String,
    /// The provider's word for its purpose: `MARKETING`, `UTILITY`, `AUTHENTICATION`.
    pub category: String,
    /// What it says, where the provider tells.
    pub words: Option<Words>,
    /// How many places the body has.
    pub parameters: u32,
    /// Its places have names and no numbers: values in order fill none of them.
    pub named: bool,
    /// It is approved, and values in order are all it needs.
    pub offered: bool,
}

impl Template {
    /// What a customer reads who gets it with these values, in order.
    fn said(&self, values: &[String]) -> Option<Words> {
        self.words.as_ref().map(|words| words.filled(|place| words::in_order(values, place)))
    }
}

/// Why a provider's templates cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTemplates {
    /// It did not answer, or with a fault of its own: later.
    #[error("the provider cannot be asked at the moment")]
    Away,
    /// It answered no: somebody must do something first.
    #[error("the provider refuses to tell: {}", .0.text)]
    Refused(SendError),
    /// Which account the number belongs to has neither been configured nor been heard.
    #[error("it is not known to which account the number belongs")]
    AccountUnknown,
}

/// A template as somebody wants to say it.
#[derive(Clone, Copy, Debug)]
pub struct Filled<'a> {
    pub name: &'a str,
    pub language: &'a str,
    pub parameters: &'a [String],
}

/// What of a template as it is said the provider is sure to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The value at this place, from 0.
    Value(usize, UnfitValue),
    /// There are more or fewer values than places.
    Count,
    /// The places have names.
    Named,
    /// There is no such template, in no language.
    Name,
    /// There is none in this language.
    Language,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfitValue {
    Empty,
    LineBreak,
    Tab,
    /// More than four in a row.
    Blanks,
}

impl UnfitValue {
    const ALL: [Self; 4] = [Self::Empty, Self::LineBreak, Self::Tab, Self::Blanks];

    fn is_in(self, value: &str) -> bool {
        match self {
            Self::Empty => value.is_empty(),
            Self::LineBreak => value.contains(['\n', '\r']),
            Self::Tab => value.contains('\t'),
            Self::Blanks => value.contains(TOO_MANY_BLANKS),
        }
    }

    /// The name that is told; it is stable.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::LineBreak => "line_break",
            Self::Tab => "tab",
            Self::Blanks => "too_many_blanks",
        }
    }
}

impl Unfit {
    /// The field it is about, within the template as it was given.
    pub fn field(self) -> String {
        match self {
            Self::Value(place, _) => format!("parameters.{place}"),
            Self::Count | Self::Named => "parameters".to_owned(),
            Self::Name => "name".to_owned(),
            Self::Language => "language".to_owned(),
        }
    }

    /// What is wrong with it; stable.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Value(_, why) => why.name(),
            Self::Count => "wrong_count",
            Self::Named => "named",
            Self::Name | Self::Language => "unknown",
        }
    }
}

/// What no template takes as a value.
pub fn unfit_values(parameters: &[String]) -> Vec<Unfit> {
    let places = parameters.iter().enumerate();
    let faults = places.flat_map(|(place, value)| {
        UnfitValue::ALL.into_iter().filter(|why| why.is_in(value)).map(move |why| Unfit::Value(place, why))
    });
    faults.collect()
}

/// What the customer will read where these are the templates there are, as far as it is known; or what does not fit. A template that
/// needs more than values in order may yet go.
pub fn said(filled: Filled<'_>, known: &[Template]) -> Result<Option<Words>, Unfit> {
    let mut of_name = known.iter().filter(|one| one.name == filled.name).peekable();
    if of_name.peek().is_none() {
        return Err(Unfit::Name);
    }
    match of_name.find(|one| one.language == filled.language) {
        None => Err(Unfit::Language),
        Some(template) if template.named => Err(Unfit::Named),
        Some(template) if template.parameters as usize != filled.parameters.len() => Err(Unfit::Count),
        Some(template) => Ok(template.said(filled.parameters)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_values(values: &[&str]) -> Vec<(String, &'static str)> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        unfit_values(&values).into_iter().map(|fault| (fault.field(), fault.code())).collect()
    }

    #[test]
    fn a_value_is_not_empty_and_has_no_line_breaks_no_tabs_and_at_most_four_blanks_in_a_row() {
        assert_eq!(of_values(&["Ana", "a    b", "    ", "José  Luís", "1\u{a0}000", "👍"]), []);
        for (value, why) in [
            ("", "empty"),
            ("a\nb", "line_break"),
            ("a\r", "line_break"),
            ("\ta", "tab"),
            ("a     b", "too_many_blanks"),
            ("        ", "too_many_blanks"),
            ("a    b     c", "too_many_blanks"),
            ("a      ", "too_many_blanks"),
        ] {
            assert_eq!(of_values(&["Ana", value]), [("parameters.1".to_owned(), why)], "{value:?}");
        }
    }

    #[test]
    fn every_fault_of_every_value_is_told_with_its_place() {
        let field = |place: usize| format!("parameters.{place}");
        let told = of_values(&["", "Ana", "a\r\n\tb"]);
        assert_eq!(told, [(field(0), "empty"), (field(2), "line_break"), (field(2), "tab")]);
    }

    fn kept(name: &str, language: &str, parameters: u32) -> Template {
        let (name, language, category) = (name.to_owned(), language.to_owned(), "UTILITY".to_owned());
        Template { name, language, category, words: None, parameters, named: false, offered: true }
    }

    #[test]
    fn a_template_is_one_that_is_known_in_this_language_with_as_many_values_as_places() {
        let known = [kept("ready", "es", 1), kept("ready", "pt_BR", 2), kept("hello", "en", 0)];
        let judged = |name: &str, language: &str, count: usize| {
            let parameters = vec!["Ana".to_owned(); count];
            said(Filled { name, language, parameters: &parameters }, &known).err()
        };
        assert_eq!(judged("ready", "es", 1), None);
        assert_eq!(judged("ready", "pt_BR", 2), None);
        assert_eq!(judged("hello", "en", 0), None);
        assert_eq!(judged("ready", "pt_BR", 1), Some(Unfit::Count));
        assert_eq!(judged("ready", "es", 2), Some(Unfit::Count));
        assert_eq!(judged("ready", "en", 1), Some(Unfit::Language));
        assert_eq!(judged("Ready", "es", 1), Some(Unfit::Name));
        assert_eq!(said(Filled { name: "ready", language: "es", parameters: &[] }, &[]), Err(Unfit::Name));
    }

    #[test]
    fn values_in_order_fill_no_named_places_and_what_needs_more_is_the_providers_to_judge() {
        let known = [
            Template { named: true, offered: false, ..kept("named", "es", 1) },
            Template { offered: false, ..kept("picture", "es", 1) },
        ];
        let parameters = ["Ana".to_owned()];
        let judged = |name| said(Filled { name, language: "es", parameters: &parameters }, &known);
        assert_eq!((judged("named"), judged("picture")), (Err(Unfit::Named), Ok(None)));
    }

    #[test]
    fn what_is_said_is_in_the_language_asked_for_and_has_the_values_in_their_places() {
        let words = |body: &str| Words { header: None, body: body.to_owned(), footer: None, buttons: vec![] };
        let known = [
            Template { words: Some(words("Hola {{1}}")), ..kept("ready", "es", 1) },
            Template { words: Some(words("Olá {{1}}")), ..kept("ready", "pt_BR", 1) },
        ];
        let parameters = ["Ana".to_owned()];
        let told = said(Filled { name: "ready", language: "pt_BR", parameters: &parameters }, &known);
        assert_eq!(told, Ok(Some(words("Olá Ana"))));
    }
}
