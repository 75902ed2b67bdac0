use super::*;
use crate::identity::Permission;
use serde_json::{Map, Value as Json, json};

static CARD: Kind = Kind {
    name: "card",
    plural: "cards",
    table: "card",
    fields: &[
        Field::text("name", 5).searched().sorted(),
        Field::integer("units", 1, 9),
        Field::boolean("open").optional(),
        Field::choice("color", &["red", "blue"]).optional(),
        Field::id("owner_id", "user").optional(),
        Field::text("token", 100).optional().secret(),
        Field::object("more").optional(),
        Field::text("account", 10).optional().learnt(),
    ],
    uniques: &[],
    is_wired: false,
    is_served: false,
    read: None,
    write: Permission::WriteSettings,
    check: |_, values| {
        let forbidden = values[0].as_text() == Some("never");
        forbidden.then(|| Fault::new("name", "never")).into_iter().collect()
    },
    beyond: Kind::nothing_beyond,
    built_in: None,
};

const ID: Uuid = Uuid::from_u128(7);

fn object(json: Json) -> Map<String, Json> {
    serde_json::from_value(json).unwrap()
}

fn given(json: Json) -> Vec<Value> {
    CARD.given(&object(json), None).unwrap()
}

fn created(json: Json) -> Record {
    let wish = Wish::Put(given(json));
    propose(&CARD, ID, None, Expect::New, wish, Timestamp(1)).unwrap().unwrap().after.unwrap()
}

fn wanted(before: &Record, expect: Expect, wish: Wish) -> Result<Option<Change>, Refused> {
    propose(&CARD, ID, Some(before), expect, wish, Timestamp(2))
}

#[test]
fn each_field_says_what_is_wrong_with_it_and_all_are_told_at_once() {
    let wrong =
        json!({"name": "toolong", "units": 10, "open": "yes", "color": "green", "owner_id": "x", "more": 1, "b": 2});
    let faults = CARD.given(&object(wrong), None).unwrap_err();
    let codes: Vec<_> = faults.iter().map(|fault| (fault.field, fault.code)).collect();
    let expected = [
        ("card", "unknown_field"),
        ("name", "too_long"),
        ("units", "out_of_range"),
        ("open", "wrong_type"),
        ("color", "unknown"),
        ("owner_id", "wrong_type"),
        ("more", "wrong_type"),
    ];
    assert_eq!(codes, expected);
    let faults = CARD.given(&object(json!({"name": "  "})), None).unwrap_err();
    assert_eq!(faults, [Fault::new("name", "required"), Fault::new("units", "required")]);
    let never =
        propose(&CARD, ID, None, Expect::Any, Wish::Put(given(json!({"name": "never", "units": 1}))), Timestamp(1));
    assert_eq!(never, Err(Refused::Invalid(vec![Fault::new("name", "never")])));
}

#[test]
fn what_is_not_named_stays_and_what_is_null_is_taken_away() {
    let card = created(json!({"name": " Ana ", "units": 3, "open": true, "color": "red"}));
    assert_eq!(card.get(&CARD, "name"), Some(&Value::text("Ana")));
    let next = CARD.given(&object(json!({"color": null, "units": 4})), Some(&card)).unwrap();
    assert_eq!(next[..4], [Value::text("Ana"), Value::Integer(4), Value::Boolean(true), Value::Null]);
}

#[test]
fn whoever_saw_another_version_changes_nothing() {
    let card = created(json!({"name": "Ana", "units": 3}));
    let change = |expect| wanted(&card, expect, Wish::Put(given(json!({"name": "Bia", "units": 3}))));
    assert_eq!(change(Expect::Version(2)), Err(Refused::Stale { version: 1 }));
    assert_eq!(change(Expect::New), Err(Refused::Stale { version: 1 }));
    for expect in [Expect::Version(1), Expect::Any] {
        let changed = change(expect).unwrap().unwrap();
        assert_eq!((changed.what, changed.after.unwrap().version), (What::Changed, 2));
    }
    let gone = propose(&CARD, ID, None, Expect::Version(1), Wish::Archive, Timestamp(2));
    assert_eq!(gone, Err(Refused::NotFound));
}

#[test]
fn what_is_as_it_is_wanted_changes_nothing_and_has_no_new_version() {
    let card = created(json!({"name": "Ana", "units": 3}));
    assert_eq!(wanted(&card, Expect::Any, Wish::Put(card.values.clone())), Ok(None));
    assert_eq!(wanted(&card, Expect::Any, Wish::Restore), Ok(None));
    let archived = wanted(&card, Expect::Any, Wish::Archive).unwrap().unwrap().after.unwrap();
    assert_eq!((archived.version, archived.archived_at), (2, Some(Timestamp(2))));
    assert_eq!(wanted(&archived, Expect::Any, Wish::Archive), Ok(None));
    assert_eq!(wanted(&archived, Expect::Any, Wish::Restore).unwrap().unwrap().what, What::Restored);
}

#[test]
fn c1_an_event_names_fields_and_holds_none_of_their_values_and_secrets_are_nowhere() {
    let card = created(json!({"name": "Ana", "units": 3, "token": "s3cret", "more": {"a": 1, "b": 2}}));
    let next = json!({"name": "Bia", "token": "0ther", "more": {"a": 1, "b": 3, "c": 4}});
    let next = CARD.given(&object(next), Some(&card)).unwrap();
    let change = wanted(&card, Expect::Any, Wish::Put(next)).unwrap().unwrap();
    assert_eq!(change.fields().into_iter().collect::<Vec<_>>(), ["more.b", "more.c", "name", "token"]);
    let event = serde_json::to_string(&change.event()).unwrap();
    let told: Vec<_> = change.told().collect();
    assert!(told.contains(&("name".into(), json!("Ana"), json!("Bia"))), "{told:?}");
    assert!(told.contains(&("more.b".into(), json!(2), json!(3))), "{told:?}");
    let told = format!("{told:?} {:?}", CARD.shown(change.after.as_ref().unwrap()));
    for word in ["s3cret", "0ther"] {
        assert!(!event.contains(word) && !told.contains(word), "{event} {told}");
    }
    assert!(!event.contains("Ana") && !event.contains("Bia"), "{event}");
}

#[test]
fn what_somebody_else_found_out_is_not_overwritten_by_silence() {
    let card = created(json!({"name": "Ana", "units": 3, "account": "waba-1"}));
    let silent = given(json!({"name": "Bia", "units": 3}));
    let changed = wanted(&card, Expect::Any, Wish::Put(silent)).unwrap().unwrap().after.unwrap();
    assert_eq!(changed.get(&CARD, "account"), Some(&Value::text("waba-1")));
    let silent = given(json!({"name": "Ana", "units": 3}));
    assert_eq!(wanted(&card, Expect::Any, Wish::Put(silent)), Ok(None));
}

#[test]
fn every_kind_has_a_name_of_its_own_and_can_be_sorted_by_what_is_always_there() {
    let names: std::collections::BTreeSet<_> = crate::kinds::KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), crate::kinds::KINDS.len());
    for kind in crate::kinds::KINDS {
        assert_eq!(crate::kinds::named(kind.name), Some(kind));
        for field in kind.fields {
            assert!(!(field.is_sorted() && field.is_optional()), "{kind:?}.{}", field.name);
            if let Holds::Id { of } = field.holds {
                assert!(crate::kinds::named(of).is_some(), "{kind:?}.{} is of no kind", field.name);
            }
        }
        for unique in kind.uniques {
            assert!(unique.fields.iter().all(|field| kind.place(field).is_some()), "{kind:?}");
        }
    }
}
