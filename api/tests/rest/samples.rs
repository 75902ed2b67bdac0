//! A record of each kind that is served, as somebody would write it: a new kind is a line in [`SAMPLES`].

use crate::desk::{Desk, House, key};
use dashoffice_domain::kinds::KINDS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(crate) struct Sample {
    /// As in addresses.
    pub(crate) plural: &'static str,
    /// One more of them.
    pub(crate) new: fn() -> Value,
    /// What may be otherwise in any of them.
    pub(crate) change: fn() -> Value,
    /// How many of them root, sue, ana and bia find when one was written.
    pub(crate) found: [usize; 4],
}

pub(crate) const SAMPLES: [Sample; 4] = [
    Sample {
        plural: "tags",
        new: || json!({"name": key(), "colour": "red", "on_conversations": true, "on_contacts": false}),
        change: || json!({"colour": "blue"}),
        found: [1; 4],
    },
    Sample {
        plural: "holidays",
        new: || json!({"name": key(), "days": {"12-25": {"name": "Navidad"}}}),
        change: || json!({"name": key()}),
        found: [1; 4],
    },
    Sample {
        plural: "hours",
        new: || {
            let day = json!([{"from": "09:00", "until": "18:00"}]);
            json!({"name": key(), "zone": "America/Bogota", "week": {"mon": day}, "holidays": null, "forced": null})
        },
        change: || json!({"zone": "America/Lima"}),
        found: [1; 4],
    },
    Sample {
        plural: "roles",
        new: || json!({"name": key(), "permissions": ["board.read"]}),
        change: || json!({"note": key()}),
        // Three are built in.
        found: [4, 4, 0, 0],
    },
];

/// The routes of each kind below its own path, and what whoever may ask is answered.
pub(crate) const ROUTES_OF_RECORDS: [(&str, &str, u16); 8] = [
    ("GET", "", 200),
    ("POST", "", 201),
    ("GET", "/export", 200),
    ("POST", "/import", 200),
    ("GET", "/{id}", 200),
    ("PATCH", "/{id}", 200),
    ("POST", "/{id}/archive", 200),
    ("POST", "/{id}/restore", 200),
];

impl Sample {
    /// Writes one, and says its id.
    pub(crate) async fn written(&self, desk: &Desk) -> String {
        let answer = desk.posts(House::Blue, "root", &format!("/{}", self.plural), (self.new)()).await;
        answer.body["id"].as_str().unwrap_or_else(|| panic!("{}: {answer:?}", self.plural)).to_owned()
    }

    /// The body of one of its routes.
    pub(crate) fn body(&self, method: &str, rest: &str) -> Option<String> {
        match (method, rest) {
            ("POST", "") => Some((self.new)().to_string()),
            ("PATCH", _) => Some((self.change)().to_string()),
            ("POST", "/import") => Some("name\n".to_owned()),
            _ => None,
        }
    }
}

#[test]
fn each_kind_that_is_served_has_a_sample() {
    let served: BTreeSet<_> = KINDS.into_iter().filter(|kind| kind.is_served).map(|kind| kind.plural).collect();
    assert_eq!(served, SAMPLES.iter().map(|sample| sample.plural).collect());
}
