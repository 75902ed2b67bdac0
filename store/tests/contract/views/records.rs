//! Lists of records, what was done to them, and descriptions held against the tables.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::TAG;
use dashoffice_domain::identity::{Part, Principal};
use dashoffice_domain::kinds::KINDS;
use dashoffice_domain::record::{Expect, Holds, Value, Wish, propose};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_store::views::{Archived, AuditFilter, RecordFilter};
use dashoffice_store::{Decided, Provision, Wanted};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use std::collections::BTreeMap;
use uuid::Uuid;

for_both_databases!(
    d_a_list_is_filtered_sorted_and_paged_without_loss,
    d_words_are_found_by_their_beginnings,
    d_who_did_what_to_what_is_told_and_secrets_are_not,
    f7_every_kind_is_described_as_its_table_is,
);

async fn put(desk: &Desk, id: u128, values: Vec<Value>) {
    wish(desk, id, Wish::Put(values)).await;
}

async fn wish(desk: &Desk, id: u128, wish: Wish) {
    let (id, mut wanted) = (Uuid::from_u128(id), Wanted::default());
    wanted.record(TENANT, &TAG, id);
    let decide = |known: &dashoffice_store::Known, at| {
        let change = propose(&TAG, id, known.record(TENANT, &TAG, id), Expect::Any, wish.clone(), Timestamp(at));
        change.map(|change| vec![Decided::of(TENANT, change.into_iter().collect())])
    };
    desk.administer(&wanted, decide).await.unwrap();
}

fn tag(name: &str, colour: &str, on_contacts: bool) -> Vec<Value> {
    vec![Value::text(name), Value::text(colour), Value::Boolean(true), Value::Boolean(on_contacts)]
}

async fn some_tags(desk: &Desk) {
    let names = ["zebra", "Água", "agosto", "Ärger", "banana", "Banco do Brasil", "café", "100%", "a_b", "emoji 😀"];
    for (place, name) in names.into_iter().enumerate() {
        let colour = if place % 2 == 0 { "red" } else { "blue" };
        put(desk, place as u128 + 1, tag(name, colour, place % 3 == 0)).await;
    }
    wish(desk, 1, Wish::Archive).await;
}

async fn names(desk: &Desk, filter: &RecordFilter, limit: u32) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    for _ in 0..50 {
        let page = desk.store().records(desk.scope().await, &TAG, filter, after.as_ref(), limit).await.unwrap().what;
        assert!(page.rows.len() <= limit as usize);
        found.extend(page.rows.iter().map(|tag| tag.values[0].to_cell()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let counted = desk.store().count_records(desk.scope().await, &TAG, filter).await.unwrap();
    assert_eq!(counted as usize, found.len());
    found
}

fn by_name() -> RecordFilter {
    RecordFilter { sort: TAG.field("name"), ..RecordFilter::default() }
}

async fn d_a_list_is_filtered_sorted_and_paged_without_loss(desk: Desk) {
    some_tags(&desk).await;
    let sorted = ["100%", "a_b", "agosto", "Água", "Ärger", "banana", "Banco do Brasil", "café", "emoji 😀"];
    for limit in [1, 2, 3, 200] {
        assert_eq!(names(&desk, &by_name(), limit).await, sorted, "pages of {limit}");
        let mut reversed = sorted;
        reversed.reverse();
        assert_eq!(names(&desk, &RecordFilter { descending: true, ..by_name() }, limit).await, reversed);
        assert_eq!(names(&desk, &RecordFilter::default(), limit).await.len(), sorted.len());
    }
    let only = |archived| RecordFilter { archived, ..by_name() };
    assert_eq!(names(&desk, &only(Archived::Only), 5).await, ["zebra"]);
    assert_eq!(names(&desk, &only(Archived::With), 5).await.len(), sorted.len() + 1);
    let colour = |colour: &str| (TAG.field("colour").unwrap(), Value::text(colour));
    let on_contacts = (TAG.field("on_contacts").unwrap(), Value::Boolean(true));
    let filter = RecordFilter { equal: vec![colour("blue"), on_contacts], ..by_name() };
    assert_eq!(names(&desk, &filter, 1).await, ["Ärger", "emoji 😀"]);
    let theirs = desk.store().tenants().await.unwrap().into_iter().find(|scope| scope.tenant() == OTHER_TENANT);
    let page = desk.store().records(theirs.unwrap(), &TAG, &by_name(), None, 10).await.unwrap().what;
    assert_eq!(page.rows, [], "another tenant's are nobody's business");
}

async fn d_words_are_found_by_their_beginnings(desk: Desk) {
    some_tags(&desk).await;
    let sought = |q: &str| RecordFilter { q: Some(q.to_owned()), ..by_name() };
    for (q, expected) in [
        ("ag", vec!["agosto", "Água"]),
        ("ÁG", vec!["agosto", "Água"]),
        ("bra", vec!["Banco do Brasil"]),
        ("brasil ban", vec!["Banco do Brasil"]),
        ("anana", vec![]),
        ("100%", vec!["100%"]),
        ("%", vec![]),
        ("a_", vec!["a_b"]),
        ("_", vec![]),
        ("\\", vec![]),
        ("caf\u{65}\u{301}", vec!["café"]),
    ] {
        assert_eq!(names(&desk, &sought(q), 10).await, expected, "{q}");
    }
}

async fn d_who_did_what_to_what_is_told_and_secrets_are_not(desk: Desk) {
    put(&desk, 1, tag("Ana", "red", false)).await;
    put(&desk, 1, tag("Bia", "red", true)).await;
    wish(&desk, 1, Wish::Remove).await;
    desk.keep_projections();
    desk.audit(TENANT, SET_UP + 3).await;
    let scope = desk.scope().await;
    let told = |filter: AuditFilter| {
        let store = desk.store().clone();
        async move { store.audit(scope, &filter, None, 100).await.unwrap().what }
    };
    let of_tag = AuditFilter { kind: Some("tag".into()), id: Some(Uuid::from_u128(1)), ..AuditFilter::default() };
    let lines = told(of_tag.clone()).await;
    let whats: Vec<&str> = lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(whats, ["removed", "changed", "created"], "the last first");
    let changed: serde_json::Value = serde_json::from_str(lines[1].told.as_deref().unwrap()).unwrap();
    assert_eq!(changed, serde_json::json!({"name": ["Ana", "Bia"], "on_contacts": [false, true]}));
    assert!(lines.iter().all(|line| line.actor == AGENT.into() && line.at == Timestamp(NOON)));
    let since = AuditFilter { from: Some(Timestamp(NOON + 1)), ..of_tag.clone() };
    assert_eq!(told(since).await, []);
    let by_nobody = AuditFilter { actor: Some(Uuid::nil()), ..AuditFilter::default() };
    let set_up = told(by_nobody).await;
    let kinds: Vec<&str> = set_up.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds, ["number", "number", "app", "queue", "tenant"], "what the system set up, too");
    let file = Principal::System(Part::OfficeFile);
    let queue = QueueSettings::usual(fresh(), "Told by the file");
    let queue = Provision::Queue { tenant: TENANT, settings: queue };
    desk.store().provision_by(file.clone(), vec![queue]).await.unwrap();
    desk.audit(TENANT, SET_UP + 4).await;
    let nobodys = told(AuditFilter { actor: Some(Uuid::nil()), ..AuditFilter::default() }).await;
    let actors: Vec<&Principal> = nobodys.iter().map(|line| &line.actor).collect();
    assert_eq!((actors[0], actors.len()), (&file, 6));
    assert!(actors[1..].iter().all(|actor| **actor == Principal::SYSTEM));
    let all = told(AuditFilter::default()).await;
    let (filter, place) = (AuditFilter::default(), Some((all[1].at, all[1].position)));
    let page = desk.store().audit(scope, &filter, place, 2).await.unwrap().what;
    assert_eq!(page[..2], all[2..4], "the next page begins where this one ended");
    let everything = format!("{all:?}");
    assert!(everything.contains("provider_ref") && everything.contains("app_secret"), "{everything}");
    for secret in ["verify\"", "\"secret\"", "token-"] {
        assert!(!everything.contains(secret), "{everything}");
    }
    let theirs = desk.store().tenants().await.unwrap().into_iter().find(|scope| scope.tenant() == OTHER_TENANT);
    let theirs = desk.store().audit(theirs.unwrap(), &of_tag, None, 100).await.unwrap().what;
    assert_eq!(theirs, []);
    let only = |what: &str| AuditFilter { what: Some(what.into()), ..of_tag.clone() };
    assert_eq!(told(only("changed")).await, lines[1..2]);
    desk.changes_behind_our_back("DELETE FROM record_change").await;
    let erased = told(only("changed")).await;
    assert_eq!((erased.len(), &erased[0].told), (1, &None), "that it was done stays");
}

/// Columns of a table: name, type, and whether it may be null.
async fn columns(desk: &Desk, table: &str) -> BTreeMap<String, (String, bool)> {
    if let Place::Postgres(place) = &desk.place {
        let sql = format!(
            "SELECT column_name::text, data_type::text, is_nullable = 'YES' FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
        );
        let rows = place.connect().await.fetch_all(AssertSqlSafe(sql)).await.unwrap();
        return rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    }
    let sql = format!("SELECT name, type, \"notnull\" = 0 FROM pragma_table_info('{table}')");
    let rows = desk.rows_behind_our_back(&sql).await;
    rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect()
}

async fn f7_every_kind_is_described_as_its_table_is(desk: Desk) {
    let is_postgres = matches!(desk.place, Place::Postgres(_));
    let called = |sqlite: &str, postgres: &str| (if is_postgres { postgres } else { sqlite }).to_owned();
    for kind in KINDS {
        let columns = columns(&desk, kind.table).await;
        let column = |name: &str| columns.get(name).cloned().unwrap_or_else(|| panic!("{kind:?} has no column {name}"));
        let (number, instant) = (called("INTEGER", "bigint"), called("INTEGER", "timestamp with time zone"));
        assert_eq!(column("version"), (number, false), "{kind:?}");
        assert_eq!(column("changed_at"), (instant.clone(), false), "{kind:?}");
        assert_eq!(column("archived_at"), (instant, true), "{kind:?}");
        for field in kind.fields {
            let holds = match field.holds {
                Holds::Text { .. } | Holds::Choice(_) | Holds::Set(_) | Holds::Object => called("TEXT", "text"),
                Holds::Integer { .. } => called("INTEGER", "bigint"),
                Holds::Boolean => called("INTEGER", "boolean"),
                Holds::Id { .. } => called("BLOB", "uuid"),
            };
            let nullable = field.is_optional() && !field.is_never_null();
            assert_eq!(column(field.column), (holds, nullable), "{kind:?}.{}", field.name);
            if field.is_searched() {
                let (holds, _) = column(&format!("{}_key", field.column));
                assert_eq!(holds, called("TEXT", "text"), "{kind:?}.{}", field.name);
            }
        }
    }
}
