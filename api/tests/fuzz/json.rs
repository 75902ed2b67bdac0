//! JSON that nobody would write, bodies that went wrong somewhere, and bytes that were damaged on the way.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Number, Value};
use std::ops::Range;

/// Texts with what parsers and stores trip over.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ".{0,20}",
        1 => Just("\u{0}".to_owned()),
        1 => Just("\u{feff}\u{202e}👨‍👩‍👧".to_owned()),
        1 => Just("9".repeat(400)),
        1 => Just("-1".to_owned()),
        1 => Just("1e999".to_owned()),
        1 => Just(String::new()),
        1 => Just("x".repeat(70_000)),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
    ]
}

/// Any JSON, now and then with names that mean something.
pub(crate) fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        text().prop_map(Value::String),
    ];
    let names = prop_oneof![
        3 => prop::sample::select(vec![
            "object", "entry", "changes", "value", "metadata", "phone_number_id", "messages", "statuses", "contacts", "errors", "id",
            "type", "text", "body", "from", "timestamp", "image", "interactive", "status", "field", "context", "profile",
        ]).prop_map(str::to_owned),
        1 => text(),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((names.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..300),
        "\\PC{0,200}".prop_map(String::into_bytes),
        // As deep as anybody likes.
        (1..20_000_usize, any::<bool>()).prop_map(|(deep, closed)| {
            let mut body = "[".repeat(deep);
            body.extend(closed.then(|| "]".repeat(deep)));
            body.into_bytes()
        }),
    ]
}

/// One thing that goes wrong at one place.
#[derive(Clone, Debug)]
enum Slip {
    Becomes(Value),
    Vanishes,
    Doubles,
    IsWrapped,
    IsRenamed(String),
}

fn slip() -> impl Strategy<Value = Slip> {
    prop_oneof![
        3 => anything().prop_map(Slip::Becomes),
        2 => Just(Slip::Vanishes),
        1 => Just(Slip::Doubles),
        1 => Just(Slip::IsWrapped),
        1 => text().prop_map(Slip::IsRenamed),
    ]
}

/// The same with something gone wrong at a few places.
pub(crate) fn mutated(body: Value, slips: Range<usize>) -> impl Strategy<Value = Value> {
    vec((any::<Index>(), slip()), slips).prop_map(move |slips| {
        let mut body = body.clone();
        for (place, slip) in slips {
            let mut left = place.index(count(&body));
            go_wrong(&mut body, &mut left, &slip);
        }
        body
    })
}

/// How many places there are in it.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// `true`: it has happened.
fn go_wrong(value: &mut Value, left: &mut usize, slip: &Slip) -> bool {
    if *left == 0 {
        match slip {
            Slip::Becomes(other) => *value = other.clone(),
            Slip::IsWrapped => *value = Value::Array(vec![value.take()]),
            // Where it stands alone.
            Slip::Vanishes | Slip::Doubles | Slip::IsRenamed(_) => *value = Value::Null,
        }
        return true;
    }
    match value {
        Value::Array(items) => {
            for at in 0..items.len() {
                *left -= 1;
                match slip {
                    Slip::Vanishes if *left == 0 => _ = items.remove(at),
                    Slip::Doubles if *left == 0 => items.push(items[at].clone()),
                    _ if go_wrong(&mut items[at], left, slip) => {}
                    _ => continue,
                }
                return true;
            }
        }
        Value::Object(members) => {
            for name in members.keys().cloned().collect::<Vec<_>>() {
                *left -= 1;
                match slip {
                    Slip::Vanishes if *left == 0 => _ = members.remove(&name),
                    Slip::Doubles | Slip::IsRenamed(_) if *left == 0 => {
                        let other = if let Slip::IsRenamed(other) = slip { other.clone() } else { format!("{name}s") };
                        let member = members[&name].clone();
                        members.insert(other, member);
                    }
                    _ if members.get_mut(&name).is_some_and(|member| go_wrong(member, left, slip)) => {}
                    _ => continue,
                }
                return true;
            }
        }
        _ => {}
    }
    false
}

/// Bytes flipped, lost, added, or cut off.
pub(crate) fn damaged(body: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let damage = (any::<Index>(), 0..5_u8, vec(any::<u8>(), 1..8));
    vec(damage, 1..5).prop_map(move |damages| {
        let mut body = body.clone();
        for (place, how, bytes) in damages {
            let at = place.index(body.len() + 1);
            match how {
                0 => body.truncate(at),
                1 => _ = body.splice(at..at, bytes),
                2 => _ = body.splice(at..at, b"\\ud83d".iter().copied()),
                3 if at < body.len() => _ = body.remove(at),
                _ if at < body.len() => body[at] ^= bytes[0],
                _ => {}
            }
        }
        body
    })
}
