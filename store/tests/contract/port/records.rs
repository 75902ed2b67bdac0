//! Records: versions, names that only one may have, and what is told of each change.

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::conversation::TAG;
use dashoffice_domain::identity::ROLE;
use dashoffice_domain::ids::TenantId;
use dashoffice_domain::record::{Change, Expect, Fault, Refused, Value, What, Wish, propose};
use dashoffice_domain::{Entity, Event, Timestamp, record, settings};
use dashoffice_runtime::Outcome;
use dashoffice_store::{Decided, Wanted};
use uuid::Uuid;

for_every_store!(
    d_a_record_lives_and_each_change_of_it_is_told_once,
    d_nothing_is_overwritten_that_its_author_has_not_seen,
    d_what_only_one_may_have_only_one_has,
    d_many_who_create_at_once_are_all_there_or_refused,
    c6_a_record_is_its_tenants_alone,
    c6_whoever_wants_all_of_a_kind_knows_all_of_their_tenants_and_no_more,
    d_what_is_wanted_for_several_tenants_is_done_for_all_or_none,
);

const ID: Uuid = Uuid::from_u128(0x7A6);

fn tag(name: &str) -> Vec<Value> {
    vec![Value::text(name), Value::text("red"), Value::Boolean(true), Value::Boolean(false)]
}

/// Why it is not done.
#[derive(Debug, PartialEq, Eq)]
enum No {
    Refused(Refused),
    Faults(Vec<Fault>),
}

async fn wish(desk: &Desk, tenant: TenantId, id: Uuid, expect: Expect, wish: Wish) -> Result<Option<Change>, No> {
    let mut wanted = Wanted::default();
    wanted.record(tenant, &TAG, id);
    if let Wish::Put(values) = &wish {
        wanted.values(tenant, &TAG, values);
    }
    let decide = |known: &dashoffice_store::Known, at| {
        if let Wish::Put(values) = &wish {
            let faults = known.faults(tenant, &TAG, id, values);
            if !faults.is_empty() {
                return Err(No::Faults(faults));
            }
        }
        let before = known.record(tenant, &TAG, id);
        let change = propose(&TAG, id, before, expect, wish.clone(), Timestamp(at)).map_err(No::Refused)?;
        Ok(vec![Decided::of(tenant, change.into_iter().collect())])
    };
    let decided = desk.administer(&wanted, decide).await?;
    Ok(decided.into_iter().find_map(|decided| decided.changes.into_iter().next()))
}

async fn d_a_record_lives_and_each_change_of_it_is_told_once(desk: Desk) {
    let mut feed = desk.subscribe();
    let put = |name: &str| Wish::Put(tag(name));
    let steps = [put("Ana"), put("Bia"), put("Bia"), Wish::Archive, Wish::Archive, Wish::Restore, Wish::Remove];
    for step in steps {
        wish(&desk, TENANT, ID, Expect::Any, step).await.unwrap();
    }
    assert_eq!(desk.record(TENANT, &TAG, ID).await, None);
    let events = desk.journal().events(TENANT.0, Entity::Settings(TENANT), 0, 100).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.event {
            Event::Settings(settings::Event::RecordChanged { record, id, version, what, fields })
                if record == "tag" =>
            {
                assert_eq!((*id, &event.actor), (ID, &AGENT.into()));
                Some((*what, *version, fields.join(",")))
            }
            _ => None,
        })
        .collect();
    let all = "colour,name,on_contacts,on_conversations".to_owned();
    let expected = [
        (What::Created, 1, all.clone()),
        (What::Changed, 2, "name".to_owned()),
        (What::Archived, 3, String::new()),
        (What::Restored, 4, String::new()),
        (What::Removed, 4, all),
    ];
    assert_eq!(told, expected);
    let mut heard = 0;
    while let Some(dashoffice_store::Feed::Batch(batch)) = feed.try_next() {
        heard += batch.events.len();
    }
    assert_eq!(heard, expected.len(), "whoever listens hears of each");
    let desk = desk.restart().await;
    wish(&desk, TENANT, ID, Expect::New, put("Ana")).await.unwrap();
    assert_eq!(desk.record(TENANT, &TAG, ID).await.unwrap().version, 1, "a new one begins anew");
}

async fn d_nothing_is_overwritten_that_its_author_has_not_seen(desk: Desk) {
    wish(&desk, TENANT, ID, Expect::New, Wish::Put(tag("Ana"))).await.unwrap();
    wish(&desk, TENANT, ID, Expect::Version(1), Wish::Put(tag("Bia"))).await.unwrap();
    let late = wish(&desk, TENANT, ID, Expect::Version(1), Wish::Put(tag("Cid"))).await;
    assert_eq!(late, Err(No::Refused(Refused::Stale { version: 2 })));
    // Whoever writes past that check meets the judge.
    let mut late = desk.record(TENANT, &TAG, ID).await.unwrap();
    late.values = tag("Cid");
    for expected in [None, Some(1), Some(3)] {
        let row = record::Row::Put { kind: &TAG, record: Box::new(late.clone()), expected };
        let mut commit = desk.message_commit(fresh(), vec![row.into()]);
        commit.entity = Entity::Settings(TENANT);
        assert_eq!(desk.commit(commit).await, Outcome::Conflict, "{expected:?}");
    }
    assert_eq!(desk.record(TENANT, &TAG, ID).await.unwrap().values, tag("Bia"));
}

async fn d_what_only_one_may_have_only_one_has(desk: Desk) {
    wish(&desk, TENANT, ID, Expect::New, Wish::Put(tag("Ação"))).await.unwrap();
    for name in ["Ação", "acao", "AÇÃO "] {
        let again = wish(&desk, TENANT, fresh(), Expect::New, Wish::Put(tag(name))).await;
        assert_eq!(again, Err(No::Faults(vec![Fault::new("name", "taken")])), "{name}");
    }
    wish(&desk, TENANT, ID, Expect::Any, Wish::Put(tag("AÇÃO"))).await.unwrap();
    let mut other = desk.record(TENANT, &TAG, ID).await.unwrap();
    other.id = fresh();
    let row = record::Row::Put { kind: &TAG, record: Box::new(other), expected: None };
    let mut commit = desk.message_commit(fresh(), vec![row.into()]);
    commit.entity = Entity::Settings(TENANT);
    assert_eq!(desk.commit(commit).await, Outcome::Conflict, "whoever writes past that check meets the judge");
    wish(&desk, OTHER_TENANT, ID, Expect::New, Wish::Put(tag("Ação"))).await.unwrap();
}

async fn d_many_who_create_at_once_are_all_there_or_refused(desk: Desk) {
    let ids: Vec<Uuid> = (0..12).map(|_| fresh()).collect();
    let wishes = ids.iter().enumerate().map(|(place, id)| {
        // Each name twice.
        wish(&desk, TENANT, *id, Expect::New, Wish::Put(tag(&format!("tag {}", place / 2))))
    });
    let came = futures_util::future::join_all(wishes).await;
    assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 6, "{came:?}");
    for (id, came) in ids.iter().zip(&came) {
        assert_eq!(desk.record(TENANT, &TAG, *id).await.is_some(), came.is_ok());
    }
    let events = desk.journal().events(TENANT.0, Entity::Settings(TENANT), 0, 100).await.unwrap();
    let sequences: Vec<i64> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=SET_UP + 6).collect::<Vec<_>>(), "one after the other, without gaps");
}

async fn c6_a_record_is_its_tenants_alone(desk: Desk) {
    wish(&desk, TENANT, ID, Expect::New, Wish::Put(tag("Ana"))).await.unwrap();
    assert_eq!(desk.record(OTHER_TENANT, &TAG, ID).await, None);
    let theirs = wish(&desk, OTHER_TENANT, ID, Expect::Version(1), Wish::Put(tag("Bia"))).await;
    assert_eq!(theirs, Err(No::Refused(Refused::NotFound)));
    wish(&desk, OTHER_TENANT, ID, Expect::New, Wish::Put(tag("Bia"))).await.unwrap();
    wish(&desk, OTHER_TENANT, ID, Expect::Any, Wish::Remove).await.unwrap();
    assert_eq!(desk.record(TENANT, &TAG, ID).await.unwrap().values, tag("Ana"));
}

async fn d_what_is_wanted_for_several_tenants_is_done_for_all_or_none(desk: Desk) {
    let both = [TENANT, OTHER_TENANT];
    let mut wanted = Wanted::default();
    for tenant in both {
        wanted.tenant(tenant);
    }
    let create = |name: &'static str, id: Uuid| {
        move |_: &dashoffice_store::Known, at| {
            let of = |tenant| {
                let change = propose(&TAG, id, None, Expect::New, Wish::Put(tag(name)), Timestamp(at));
                Ok::<_, Refused>(Decided::of(tenant, change?.into_iter().collect()))
            };
            both.into_iter().map(of).collect::<Result<Vec<_>, _>>()
        }
    };
    desk.administer(&wanted, create("Ana", ID)).await.unwrap();
    for tenant in both {
        assert_eq!(desk.record(tenant, &TAG, ID).await.unwrap().values, tag("Ana"));
    }
    // The second has one of this name already, which nobody looked for.
    wish(&desk, OTHER_TENANT, fresh(), Expect::New, Wish::Put(tag("Bia"))).await.unwrap();
    let id = fresh();
    let row = |name: &str| record::Row::Put {
        kind: &TAG,
        record: Box::new(record::Record {
            id,
            version: 1,
            changed_at: Timestamp(NOON),
            archived_at: None,
            values: tag(name),
        }),
        expected: None,
    };
    let unseen = |_: &dashoffice_store::Known, _| {
        let decided = both.map(|tenant| Decided { rows: vec![row("Bia").into()], ..Decided::of(tenant, Vec::new()) });
        Ok::<_, Refused>(decided.to_vec())
    };
    assert!(desk.tries_to_administer(&wanted, unseen).await.is_err());
    assert_eq!(desk.record(TENANT, &TAG, id).await, None, "nor for the first");
}

async fn c6_whoever_wants_all_of_a_kind_knows_all_of_their_tenants_and_no_more(desk: Desk) {
    let (ours, theirs) = ([1, 2, 3].map(Uuid::from_u128), Uuid::from_u128(4));
    let names = ["Ana", "Bia", "Caio"];
    for (id, name) in ours.into_iter().zip(names) {
        wish(&desk, TENANT, id, Expect::New, Wish::Put(tag(name))).await.unwrap();
    }
    wish(&desk, TENANT, ours[2], Expect::Any, Wish::Archive).await.unwrap();
    wish(&desk, OTHER_TENANT, theirs, Expect::New, Wish::Put(tag("Davi"))).await.unwrap();
    let mut wanted = Wanted::default();
    wanted.all(TENANT, &TAG);
    let decide = |known: &dashoffice_store::Known, _| {
        assert_eq!(known.all(TENANT, &TAG).map(|tag| tag.id).collect::<Vec<_>>(), ours, "those out of use, too");
        assert_eq!((known.all(TENANT, &ROLE).count(), known.all(OTHER_TENANT, &TAG).count()), (0, 0));
        let names = vec!["board.read".to_owned(), "board.paint".to_owned()];
        let role = vec![Value::text("Listener"), Value::Set(names), Value::Null];
        let record = record::Record { id: ID, version: 1, changed_at: Timestamp(0), archived_at: None, values: role };
        let row = record::Row::Put { kind: &ROLE, record: Box::new(record), expected: None };
        Ok::<_, No>(vec![Decided { rows: vec![row.into()], ..Decided::of(TENANT, Vec::new()) }])
    };
    desk.administer(&wanted, decide).await.unwrap();
    let kept = desk.record(TENANT, &ROLE, ID).await.unwrap();
    let names = kept.get(&ROLE, "permissions").and_then(Value::as_set).unwrap();
    assert_eq!(names, ["board.read", "board.paint"], "a set is kept as it is, with what nobody knows here");
}
