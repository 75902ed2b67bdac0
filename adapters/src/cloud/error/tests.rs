//! The table holds every code that Meta publishes, and what follows from it is as the table says: the page for operators, and the
//! words that the console shows. `UPDATE=1` writes what follows anew.

use super::published::PUBLISHED;
use super::table::TABLE;
use super::*;
use ErrorClass::{Account, Never as Unfit, Recipient, Retry, Template, Wait};
use StopReason::{AccountRestricted, NotRegistered, PaymentProblem, PermissionMissing, TokenExpired};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn again(after: Span) -> Then {
    Then::Again { after }
}

fn slow(after: Span) -> Then {
    Then::Slow { after }
}

fn stop(reason: StopReason) -> Then {
    Then::Stop { reason }
}

#[test]
fn every_class_of_the_table_is_met() {
    for (code, class, then) in [
        (190, Account, stop(TokenExpired)),
        (131_031, Account, stop(AccountRestricted)),
        (250, Account, stop(PermissionMissing)),
        (131_042, Account, stop(PaymentProblem)),
        (133_010, Account, stop(NotRegistered)),
        (130_429, Wait, slow(Span::seconds(2))),
        (80_007, Wait, slow(Span::minutes(1))),
        (131_056, Wait, again(Span::seconds(6))),
        (131_048, Wait, slow(Span::minutes(5))),
        (2, Retry, again(Span::seconds(1))),
        (131_047, Template, Then::Never),
        (131_026, Recipient, Then::Never),
        (132_012, Unfit, Then::Never),
        (132_069, Wait, again(Span::minutes(6))),
        (136_024, Unfit, Then::ByStatus),
    ] {
        let found = fault(code);
        assert_eq!((found.class, found.then), (class, then), "{code}");
    }
}

#[test]
fn what_passes_is_tried_again_and_what_does_not_is_not() {
    for entry in TABLE {
        let passes = matches!(entry.class, Retry | Wait);
        let is_tried_again = matches!(entry.then, Then::Again { .. } | Then::Slow { .. });
        assert_eq!(passes, is_tried_again, "{:?}", entry.codes);
        if matches!(entry.then, Then::Stop { .. }) {
            assert_eq!(entry.class, Account, "{:?}", entry.codes);
        }
        assert_ne!(entry.then, Then::ByStatus, "{:?}", entry.codes);
    }
}

#[test]
fn throttles_and_passing_faults_never_fail_a_message_at_once() {
    for code in [4, 17, 32, 341, 613, 80_007, 80_008, 130_429, 131_048, 131_056, 131_057, 131_064, 134_101] {
        assert_eq!(fault(code).class, Wait, "{code}");
    }
    for code in [1, 2, 102, 131_000, 131_016, 133_004] {
        assert_eq!(fault(code).class, Retry, "{code}");
    }
}

#[test]
fn a_session_error_passes_unless_its_subcode_says_what_became_of_the_token() {
    assert_eq!(fault_with(102, None).class, Retry);
    assert_eq!(fault_with(102, Some(1)).class, Retry);
    for subcode in [460, 463, 467] {
        assert_eq!(fault_with(102, Some(subcode)).then, stop(TokenExpired));
    }
    assert_eq!(fault_with(100, Some(33)).then, stop(NotRegistered));
    assert_eq!(fault_with(100, Some(2_494_010)).then, Then::Never);
}

#[test]
fn ranges_are_not_empty_and_every_fault_has_words() {
    for entry in TABLE {
        assert!(!entry.codes.is_empty());
        assert!(entry.words.len() > 10 && !entry.words.ends_with('.'), "{}", entry.words);
    }
}

#[test]
fn every_code_that_meta_publishes_is_in_the_table() {
    for (page, codes) in PUBLISHED {
        for code in *codes {
            assert!(fault(*code).shown.is_some(), "{code} of {page} has no line in the table");
        }
    }
    let all: Vec<i64> = PUBLISHED.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
    assert!(all.len() > 120 && all.contains(&80_007) && all.contains(&131_051), "{}", all.len());
}

#[test]
fn an_unknown_code_keeps_metas_own_words() {
    let unknown = json!({ "message": "(#987654) Something\nnew", "fbtrace_id": "A1b", "error_data": { "details": "A new rule" } });
    let told = fault(987_654).told_by(987_654, Node::of(&unknown));
    assert_eq!((told.text.as_str(), told.class), ("(#987654) Something new", Unfit));
    assert_eq!((told.details.as_deref(), told.trace.as_deref()), (Some("A new rule"), Some("A1b")));
    let status = json!({ "code": 987_654, "title": "Something newer" });
    assert_eq!(fault(987_654).told_by(987_654, Node::of(&status)).text, "Something newer");
    let silent = fault(987_654).told_by(987_654, Node::of(&Value::Null));
    assert_eq!(silent.text, "WhatsApp gave a reason we do not know");
    assert_eq!((silent.details, silent.trace), (None, None));
}

#[test]
fn a_known_code_keeps_our_words_and_metas_details_beside_them() {
    for given in [
        json!({ "message": "m", "error_data": { "details": "Button title length invalid" } }),
        json!({ "title": "t", "details": "Button title length invalid" }),
        json!({ "error_data": { "details": "" }, "error_user_msg": "Button title length invalid" }),
    ] {
        let told = fault(131_009).told_by(131_009, Node::of(&given));
        assert_eq!(told.text, "a part of the message is not valid");
        assert_eq!(told.details.as_deref(), Some("Button title length invalid"), "{given}");
    }
}

#[test]
fn what_meta_writes_is_bounded() {
    let long = json!({ "message": "m".repeat(9_000), "fbtrace_id": "t".repeat(900), "error_data": { "details": "ç".repeat(9_000) } });
    let told = fault(987_654).told_by(987_654, Node::of(&long));
    let lengths =
        [Some(&told.text), told.details.as_ref(), told.trace.as_ref()].map(|text| text.unwrap().chars().count());
    assert_eq!(lengths, [LONGEST_WORDS, LONGEST_DETAILS, LONGEST_TRACE]);
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in its workspace").to_owned()
}

fn language(name: &str) -> Value {
    let text = std::fs::read_to_string(workspace().join(format!("web/src/i18n/{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The file says `wanted`; with `UPDATE=1` it is made to.
fn must_say(path: &str, wanted: &str) {
    let path = workspace().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let said = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(said == wanted, "{} is not what the table says (UPDATE=1 writes it anew)", path.display());
}

#[test]
fn the_console_knows_each_code_by_the_table() {
    let lines = TABLE.iter().map(|entry| {
        let (from, to) = (entry.codes.start(), entry.codes.end());
        format!("  {}", json!({ "from": from, "to": to, "class": entry.class.name(), "shown": entry.shown }))
    });
    let lines: Vec<String> = lines.collect();
    must_say("web/src/api/generated/codes.json", &format!("[\n{}\n]\n", lines.join(",\n")));
}

#[test]
fn every_code_has_words_for_the_agent_in_every_language_and_a_line_on_the_page() {
    let languages = ["en", "es", "pt-BR"].map(|name| (name, language(name)));
    let mut page = String::from(PAGE);
    for entry in TABLE {
        let (from, to) = (entry.codes.start(), entry.codes.end());
        let codes = if from == to { from.to_string() } else { format!("{from}–{to}") };
        let shown = languages.each_ref().map(|(name, words)| {
            let words = words["failure"][entry.shown].as_str();
            words.unwrap_or_else(|| panic!("{codes}: no words for failure.{} in {name}", entry.shown))
        });
        let [en, es, pt] = shown;
        let (class, done, said) = (entry.class.name(), done(entry.then), entry.source);
        writeln!(page, "| {codes} | {class} | {done} | {en} | {es} | {pt} | {said} |").unwrap();
    }
    must_say("docs/error-codes.md", &page);
}

const PAGE: &str = "\
# Error codes of WhatsApp's Cloud API

Made of the table in `adapters/src/cloud/error/table.rs` and the console's words; of overlapping ranges the first counts. A code that is
not here is shown in Meta's own words; it is tried again where the answer says that it passes (`is_transient`, 429, 5xx), else the message
has failed. All of this is of answers to a post: a message that a *status* calls failed has failed, whatever the code
(`docs/decisions/0017`). What Meta writes beside a code (`error_data.details`, `fbtrace_id`) is kept with the message and given by REST.

| code | class | what is done | English | español | português | source |
| --- | --- | --- | --- | --- | --- | --- |
";

fn done(then: Then) -> String {
    match then {
        Then::Again { after } => format!("tried again, first after {} s", after.0 / 1_000_000),
        Then::Slow { after } => format!("the number rests {} s, then it is tried again", after.0 / 1_000_000),
        Then::Stop { reason } => format!("the number stops: {}", reason.name()),
        Then::Never | Then::ByStatus => "the message has failed".to_owned(),
    }
}
