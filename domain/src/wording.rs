//! Names as they are shown, and as they are looked for: without accents, case, order and doubled blanks.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text as one looks for them: decomposed (also styled and full-width letters), without marks, in lower case.
///
/// The same for what is kept and for what is asked, so that composed and decomposed text, `João` and `joao` are one.
pub fn words(text: &str) -> Vec<String> {
    if text.is_ascii() {
        // Most are, and nothing of it is to be taken apart.
        return text.to_ascii_lowercase().replace('`', "'").split_whitespace().map(str::to_owned).collect();
    }
    let plain =
        text.chars().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c));
    let mut folded = String::with_capacity(text.len());
    for c in plain.flat_map(char::to_lowercase) {
        match c {
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{00b4}' | '`' => folded.push('\''),
            c => folded.push(c),
        }
    }
    folded.split_whitespace().map(str::to_owned).collect()
}

/// The words with one blank between each two.
pub fn folded(text: &str) -> String {
    words(text).join(" ")
}

/// A name with something in it that can be seen, trimmed; else `None`: nobody could tell whose chat it is.
pub fn visible(name: &str) -> Option<&str> {
    let shows = |c: char| !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !is_combining_mark(c);
    name.chars().any(shows).then(|| name.trim())
}

/// Characters that leave no trace on a screen: fillers, joiners, marks of direction, selectors and tags.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_blanks_and_composition_do_not_matter() {
        for same in [
            "João  Conceição",
            "JOÃO CONCEIÇÃO",
            "Joa\u{303}o\u{a0}Conceic\u{327}a\u{303}o",
            " joao\tconceicao ",
            "𝓙𝓸𝓪̃𝓸 Ｃonceição",
        ] {
            assert_eq!(folded(same), "joao conceicao", "{same}");
        }
        assert_eq!(words("Łukasz Øst Straße Dʼ\u{c1}vila İpek"), ["lukasz", "ost", "strasse", "d'avila", "ipek"]);
    }

    #[test]
    fn what_is_no_letter_can_still_be_looked_for() {
        assert_eq!(words("Ana 🌸 %_\\"), ["ana", "🌸", "%_\\"]);
        assert_eq!(words("D`Avila  ANA\u{b}maria"), ["d'avila", "ana", "maria"]);
        assert_eq!(words("日本 Ελένη Юлия"), ["日本", "ελενη", "юлия"]);
    }

    #[test]
    fn a_name_of_nothing_that_can_be_seen_is_no_name() {
        let tags: String = ['\u{e0041}', '\u{e007f}'].iter().collect();
        for nothing in [
            "",
            " ",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{200b}\u{200f}",
            &tags,
            "\u{feff}\u{fe0f}",
            "\u{301}",
            "\u{0}\n",
        ] {
            assert_eq!(visible(nothing), None, "{nothing:?}");
        }
        for name in [" Ana ", "\u{200f}\u{5d0}", "🌸", "."] {
            assert_eq!(visible(name), Some(name.trim()));
        }
    }
}
