//! People are found however they are written, on both databases.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::conversation::AddressRow;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::ids::{ContactId, ConversationId, ThreadId};
use dashoffice_domain::{Row, Timestamp, conversation};
use dashoffice_store::views::{ConversationFilter, Visibility};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

for_both_databases!(
    a_name_is_found_without_accents_case_order_and_blanks,
    a_number_is_found_in_either_spelling_however_it_is_written,
    somebody_is_found_by_their_user_name,
    a_name_that_a_version_before_this_one_wrote_is_found_too,
    the_number_shown_is_the_one_seen_last_and_not_the_one_left,
    a_number_that_a_customer_left_leads_to_no_conversation_of_theirs,
);

struct Person {
    name: Option<&'static str>,
    username: Option<&'static str>,
    phones: Vec<Claim>,
}

impl Person {
    fn named(name: &'static str) -> Self {
        Self { name: Some(name), username: None, phones: vec![] }
    }

    async fn writes(self, desk: &Desk) -> (ContactId, ThreadId) {
        let (contact, thread, conversation): (ContactId, ThreadId, ConversationId) = (fresh(), fresh(), fresh());
        let mut row = conversation_row(conversation, thread);
        row.contact = contact;
        let mut commit = desk.thread_commit(thread, 0);
        let name = self.name.map(str::to_owned);
        let username = self.username.map(str::to_owned);
        commit.rows = vec![
            Row::Conversation(conversation::Row::Contact { id: contact, name, username, seen_at: Timestamp(NOON) }),
            Row::Conversation(conversation::Row::Thread {
                id: thread,
                number: NUMBER,
                contact,
                created_at: Timestamp(NOON),
            }),
            Row::Conversation(conversation::Row::Conversation(Box::new(row))),
        ];
        let addresses = self.phones.into_iter().map(|claim| AddressRow { number: NUMBER, thread, contact, claim });
        commit.rows.extend(addresses.map(|row| Row::Conversation(conversation::Row::Address(Box::new(row)))));
        desk.committed(commit).await;
        (contact, thread)
    }
}

fn phone(digits: &str) -> Claim {
    Claim::link(Identifier::new(IdentifierKind::WaId, digits), Timestamp(NOON))
}

/// Those whom the list of contacts and the list of conversations find: the same.
async fn found(desk: &Desk, q: &str) -> Vec<ContactId> {
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let contacts = desk.store().contacts(scope, Visibility::All, Some(q), None, 50).await.unwrap().what.rows;
    let mut contacts: Vec<ContactId> = contacts.into_iter().map(|contact| contact.id).collect();
    let filter = ConversationFilter { q: Some(q.to_owned()), ..ConversationFilter::default() };
    let chats = desk.store().conversations(scope, Visibility::All, &filter, None, 50).await.unwrap().what.rows;
    let mut chats: Vec<ContactId> = chats.into_iter().map(|chat| chat.row.contact).collect();
    contacts.sort();
    chats.sort();
    assert_eq!(contacts, chats, "{q}");
    contacts
}

async fn a_name_is_found_without_accents_case_order_and_blanks(desk: Desk) {
    let (joao, _) = Person::named("João Conceição").writes(&desk).await;
    let (apart, _) = Person::named("JOA\u{303}O  da CONCEIC\u{327}A\u{303}O").writes(&desk).await;
    let (odd, _) = Person::named("100% D'\u{c1}vila_🌸").writes(&desk).await;
    for q in ["joao", "JOÃO", "joa\u{303}o", "conceicao joao", "conceição  JOAO", " jo conc "] {
        assert_eq!(found(&desk, q).await, [joao, apart], "{q}");
    }
    for q in ["100%", "d\u{2019}avila", "🌸", "vila_"] {
        assert_eq!(found(&desk, q).await, [odd], "{q}");
    }
    for q in ["joao maria", "%%", "joao_conceicao"] {
        assert_eq!(found(&desk, q).await, [], "{q}");
    }
    assert_eq!(found(&desk, " \u{200b} ").await.len(), 3, "nothing was asked for");
}

async fn a_number_is_found_in_either_spelling_however_it_is_written(desk: Desk) {
    let with = |digits| Person { phones: vec![phone(digits)], ..Person::named("Ana 31") };
    let (long, _) = with("5531977770111").writes(&desk).await;
    let (short, _) = with("553177770222").writes(&desk).await;
    let (mexican, _) = with("5215540000002").writes(&desk).await;
    for q in ["+55 31 97777-0111", "+55 (31) 7777-0111", "5531977770111", "553177770111", "7777-0111", "031 7777 0111"]
    {
        assert_eq!(found(&desk, q).await, [long], "{q}");
    }
    for q in ["+55 31 97777-0222", "(31) 97777-0222", "97777-0222"] {
        assert_eq!(found(&desk, q).await, [short], "{q}");
    }
    for q in ["+52 55 4000 0002", "+52 1 55 4000 0002", "\u{202a}+52 55 4000\u{2011}0002\u{202c}"] {
        assert_eq!(found(&desk, q).await, [mexican], "{q}");
    }
    assert_eq!(found(&desk, "31").await, [long, short, mexican], "digits are looked for in names, too");
}

async fn somebody_is_found_by_their_user_name(desk: Desk) {
    let (nina, _) = Person { username: Some("Nina.Sol"), ..Person::named("N") }.writes(&desk).await;
    let (nameless, _) = Person { name: None, username: Some("sol_2"), phones: vec![] }.writes(&desk).await;
    assert_eq!(found(&desk, "@nina").await, [nina]);
    assert_eq!(found(&desk, "SOL").await, [nina, nameless]);
    assert_eq!(found(&desk, "@sol_2").await, [nameless]);
    assert_eq!(found(&desk, "@sol%").await, []);
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let contact = desk.store().contact(scope, Visibility::All, nina).await.unwrap().what.unwrap();
    assert_eq!(contact.username.as_deref(), Some("Nina.Sol"));
}

async fn change(desk: &Desk, sql: &str) {
    match &desk.place {
        Place::Directory(dir) => {
            let options = SqliteConnectOptions::new().filename(dir.path().join("data/dashoffice.db"));
            options.connect().await.unwrap().execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        }
        Place::Postgres(place) => {
            place.connect().await.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        }
        Place::Nowhere => unreachable!("a database"),
    }
}

async fn everybody_called(desk: &Desk, q: &str) -> Vec<ContactId> {
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = desk.store().contacts(scope, Visibility::All, Some(q), after, 100).await.unwrap().what;
        all.extend(page.rows.into_iter().map(|contact| contact.id));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn a_name_that_a_version_before_this_one_wrote_is_found_too(desk: Desk) {
    let mut everybody = Vec::new();
    // More than are folded in one go.
    for _ in 0..250 {
        everybody.push(Person::named("João Conceição").writes(&desk).await.0);
    }
    let (renamed, _) = Person::named("Ana").writes(&desk).await;
    everybody.push(renamed);
    everybody.sort();
    change(&desk, "UPDATE contact SET name = 'João Conceição', name_key = 'joão conceição'").await;
    assert_eq!(found(&desk, "joao").await, [], "so it was written");
    let desk = desk.restart().await;
    let mut all = Vec::new();
    while all.len() < everybody.len() {
        tokio::task::yield_now().await;
        all = everybody_called(&desk, "conceicao joao").await;
    }
    all.sort();
    assert_eq!(all, everybody);
}

async fn the_number_shown_is_the_one_seen_last_and_not_the_one_left(desk: Desk) {
    let at = |seconds: i64| Timestamp(NOON + seconds * 1_000_000);
    let seen = |digits, seconds| Claim { seen_at: at(seconds), ..phone(digits) };
    let left = Claim { retired_at: Some(at(50)), ..seen("5511", 40) };
    let phones = vec![left, seen("5512", 10), seen("5513", 20), seen("5514", 15)];
    let (contact, _) = Person { phones, ..Person::named("Ana") }.writes(&desk).await;
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let filter = ConversationFilter::default();
    let chats = desk.store().conversations(scope, Visibility::All, &filter, None, 50).await.unwrap().what.rows;
    let shown: Vec<_> =
        chats.iter().filter_map(|chat| chat.identifier.as_ref()).map(|one| one.value.as_str()).collect();
    assert_eq!(shown, ["5513"], "each chat once");
    let known = desk.store().contact(scope, Visibility::All, contact).await.unwrap().what.unwrap().identifiers;
    assert_eq!(known.iter().map(|one| one.value.as_str()).collect::<Vec<_>>(), ["5512", "5513", "5514"]);
    assert_eq!(found(&desk, "5511").await, [contact], "and found by the one they left");
}

async fn a_number_that_a_customer_left_leads_to_no_conversation_of_theirs(desk: Desk) {
    let left = Claim { retired_at: Some(Timestamp(NOON)), ..phone("5511") };
    Person { phones: vec![left, phone("5512")], ..Person::named("Ana") }.writes(&desk).await;
    let scope = desk.store().app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let leads = async |digits: &str| {
        let known_as = [phone(digits).identifier];
        let found = desk.store().open_conversation_with(scope, Visibility::All, NUMBER, &known_as).await;
        found.unwrap().is_some()
    };
    assert!(leads("5512").await);
    assert!(!leads("5511").await, "whoever has it now is somebody else");
}
