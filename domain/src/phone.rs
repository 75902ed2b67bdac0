//! The spellings of a phone number: what people write, and what WhatsApp calls the same person in countries that changed their numbers.
//!
//! Meta names one customer now by one spelling, now by another (<https://developers.facebook.com/docs/whatsapp/cloud-api/reference/phone-numbers>):
//! Brazil with and without the ninth digit, Mexico with and without `1`, Argentina with and without `9`. Libraries call some of these
//! invalid, so the table is our own; it is the only one.

/// Fewer digits say nothing of a country's plan.
const SHORTEST_IN_A_PLAN: usize = 6;

/// The digits of a number as people write it: signs, blanks and what a copied number drags along are dropped. `None`: it is no number.
///
/// `00` before the country means `+`.
pub fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let only_a_number = text.chars().all(|c| c.is_ascii_digit() || is_between_digits(c));
    let international = digits.strip_prefix("00").unwrap_or(&digits);
    (only_a_number && !international.is_empty()).then(|| international.to_owned())
}

/// E.164 has fifteen digits at most; some accounts of Meta's own are a little longer.
const LONGEST: usize = 20;

/// The digits of a number that is given whole, with its country. `None`: it is none, or longer than any.
pub fn whole(text: &str) -> Option<String> {
    digits(text).filter(|digits| digits.len() <= LONGEST)
}

/// Blanks, hyphens of all kinds, brackets, and the marks of direction that are copied along with a number.
fn is_between_digits(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '+' | '-' | '(' | ')' | '.' | '/')
        || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Every spelling of a whole number with its country, itself first.
pub fn spellings(number: &str) -> Vec<String> {
    std::iter::once(number.to_owned()).chain(other_spelling(number)).collect()
}

/// Whether both are spellings of one number.
pub fn is_same(one: &str, other: &str) -> bool {
    one == other || other_spelling(one).as_deref() == Some(other)
}

/// What to look for where somebody typed `digits`, perhaps only the beginning or the end of a number: as typed first.
pub fn sought(digits: &str) -> Vec<String> {
    let national = digits.trim_start_matches('0');
    let mut sought = vec![digits.to_owned()];
    if !national.is_empty() {
        sought.push(national.to_owned());
        sought.extend(other_beginnings(national));
        sought.extend(without_mobile_mark(national));
    }
    let mut unique: Vec<String> = Vec::new();
    for one in sought {
        if !unique.contains(&one) {
            unique.push(one);
        }
    }
    unique
}

/// The other way to write a whole number with its country.
fn other_spelling(number: &str) -> Option<String> {
    let (country, rest) = number.split_at_checked(2)?;
    let other = match country {
        "55" => brazil(rest),
        "52" => marked(rest, '1'),
        "54" => marked(rest, '9'),
        _ => None,
    };
    other.map(|rest| format!("{country}{rest}"))
}

/// Area and subscriber: a mobile has a 9 before eight digits of which the first is 6 to 9. Those from 2 to 5 are fixed lines, and
/// with a 9 before them somebody else.
fn brazil(rest: &str) -> Option<String> {
    let (area, subscriber) = rest.split_at_checked(2)?;
    match (subscriber.len(), subscriber.strip_prefix('9')) {
        (9, Some(eight)) if was_mobile(eight) => Some(format!("{area}{eight}")),
        (8, _) if was_mobile(subscriber) => Some(format!("{area}9{subscriber}")),
        _ => None,
    }
}

fn was_mobile(eight: &str) -> bool {
    eight.starts_with(['6', '7', '8', '9'])
}

/// Ten digits, with or without a mark of mobiles before them.
fn marked(rest: &str, mark: char) -> Option<String> {
    match (rest.len(), rest.strip_prefix(mark)) {
        (11, Some(ten)) => Some(ten.to_owned()),
        (10, _) => Some(format!("{mark}{rest}")),
        _ => None,
    }
}

/// How a number with its country may begin in the other spelling, where only its beginning was typed.
fn other_beginnings(typed: &str) -> Vec<String> {
    if typed.len() < SHORTEST_IN_A_PLAN {
        return Vec::new();
    }
    let (country, rest) = typed.split_at(2);
    let (area, mark, rest) = match country {
        "55" if was_mobile(&rest[2..]) => (&rest[..2], '9', &rest[2..]),
        "52" => ("", '1', rest),
        "54" => ("", '9', rest),
        _ => return Vec::new(),
    };
    let without = rest.strip_prefix(mark).filter(|rest| country != "55" || was_mobile(rest));
    let with = format!("{country}{area}{mark}{rest}");
    without.map(|rest| format!("{country}{area}{rest}")).into_iter().chain([with]).collect()
}

/// A number without its country, and without the mark that only some spellings have.
fn without_mobile_mark(national: &str) -> Option<String> {
    match national.len() {
        // Brazil: area, 9, eight digits; or the last nine alone.
        11 if national[2..].starts_with('9') && matches!(national.as_bytes()[3], b'6'..=b'9') => {
            Some(format!("{}{}", &national[..2], &national[3..]))
        }
        9 if national.starts_with('9') && matches!(national.as_bytes()[1], b'6'..=b'9') => {
            Some(national[1..].to_owned())
        }
        // Brazil: area and eight digits, as before 2016.
        10 if matches!(national.as_bytes()[2], b'6'..=b'9') => Some(format!("{}9{}", &national[..2], &national[2..])),
        // Mexico 1, Argentina 9, before ten digits.
        11 if national.starts_with(['1', '9']) => Some(national[1..].to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(text: &str) -> Vec<String> {
        let mut all = spellings(&digits(text).expect("a number"));
        all.sort();
        all
    }

    #[test]
    fn a_number_is_one_however_it_is_written() {
        for ways in [
            ["+55 31 97777-0111", "+55 (31) 7777-0111", "5531977770111", "553177770111"],
            ["+52 1 55 4000 0002", "+52 55 4000-0002", "5215540000002", "0052 55 4000 0002"],
            ["+54 9 11 5555-0001", "+54 11 5555 0001", "5491155550001", "\u{202a}+54 11 5555\u{2011}0001\u{202c}"],
        ] {
            for way in ways {
                assert_eq!(one(way), one(ways[0]), "{way}");
            }
        }
        assert!(is_same("5531977770111", "553177770111") && is_same("553177770111", "5531977770111"));
    }

    #[test]
    fn a_fixed_line_of_brazil_is_not_the_mobile_with_a_nine_before_it() {
        assert_eq!(spellings("551134567890"), ["551134567890"]);
        assert_eq!(spellings("5511934567890"), ["5511934567890"]);
        assert!(!is_same("551134567890", "5511934567890"));
    }

    #[test]
    fn area_55_of_brazil_is_an_area_and_not_the_country() {
        assert_eq!(spellings("5555999991234"), ["5555999991234", "555599991234"]);
        assert_eq!(spellings("555599991234"), ["555599991234", "5555999991234"]);
    }

    #[test]
    fn other_countries_have_one_spelling() {
        for number in ["4915112345678", "12025550123", "351912345678", "52", "", "54911"] {
            assert_eq!(spellings(number), [number]);
        }
    }

    #[test]
    fn what_has_letters_is_no_number() {
        for text in ["", "+", "()", "ana", "55 x", "BR.1", "5511*"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }

    #[test]
    fn part_of_a_number_finds_it_in_either_spelling() {
        for (stored, typed) in [
            ("553177770111", "97777-0111"),
            ("553177770111", "31 97777-0111"),
            ("553177770111", "(031) 97777-0111"),
            ("553177770111", "+55 31 97777"),
            ("5531977770111", "+55 31 7777"),
            ("5531977770111", "31 7777-0111"),
            ("5531977770111", "7777-0111"),
            ("5215540000002", "+52 55 4000"),
            ("525540000002", "+52 1 55 40"),
            ("525540000002", "1 55 4000 0002"),
            ("541155550001", "9 11 5555 0001"),
            ("5491155550001", "+54 11 5555"),
        ] {
            let sought = sought(&digits(typed).expect("digits"));
            assert!(sought.iter().any(|part| stored.contains(part.as_str())), "{typed}: {sought:?}");
        }
    }

    proptest! {
        #[test]
        fn spelling_a_spelling_leads_back(number in "(55|52|54)[0-9]{0,13}") {
            for spelling in spellings(&number) {
                let mut there = spellings(&spelling);
                let mut here = spellings(&number);
                there.sort();
                here.sort();
                prop_assert_eq!(there, here);
            }
        }

        #[test]
        fn digits_never_panic_and_hold_nothing_else(text in ".*") {
            prop_assert!(digits(&text).is_none_or(|found| found.bytes().all(|c| c.is_ascii_digit())));
            let _ = sought(&text.chars().filter(char::is_ascii_digit).collect::<String>());
        }
    }
}
