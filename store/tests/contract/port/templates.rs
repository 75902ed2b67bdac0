//! What a template said: kept with its message as it was, and where words are erased and nowhere else (C1).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::Row;
use dashoffice_domain::channel::outgoing::{Class, Outgoing};
use dashoffice_domain::channel::template::{Button, Words};
use dashoffice_domain::conversation::Preview;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::{channel, conversation};
use dashoffice_store::Provision;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};
use std::collections::BTreeMap;

for_every_store!(
    what_a_template_said_is_kept_with_its_message,
    a_number_keeps_whether_its_templates_go_the_way_of_marketing_first,
);

/// In no other word that a database holds.
const SAID: &str = "Jacarandá";

fn said() -> Content {
    let button = |kind: &str, target: Option<&str>| {
        let (kind, text) = (kind.to_owned(), format!("{SAID} \"👍\" ver"));
        Button { kind, text, target: target.map(str::to_owned) }
    };
    Content::Template {
        name: "ready".into(),
        language: "pt_BR".into(),
        parameters: vec![SAID.into()],
        words: Some(Words {
            header: Some(format!("{SAID} chegou")),
            body: format!("Olá {SAID},\n\tseu pedido\u{0} chegou"),
            footer: None,
            buttons: vec![button("QUICK_REPLY", None), button("URL", Some("https://loja.example/Jacarandá"))],
        }),
    }
}

/// It is queued, and the list shows it.
async fn is_sent(desk: &Desk) -> dashoffice_domain::ids::MessageId {
    let (thread, conversation) = desk.thread("5511").await;
    let message = fresh();
    let mut row = message_row(message, thread, conversation, Direction::Outbound);
    row.content = said();
    let mut line = conversation_row(conversation, thread);
    (line.preview, line.last_message) = (Some(Preview::of(&row.content)), Some(message));
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(row))),
        Row::Channel(channel::Row::SendQueued(Outgoing {
            message,
            number: NUMBER,
            thread,
            class: Class::Agent,
            owner_epoch: 1,
        })),
        Row::Conversation(conversation::Row::Conversation(Box::new(line))),
    ];
    desk.committed(commit).await;
    message
}

async fn what_a_template_said_is_kept_with_its_message(desk: Desk) {
    let message = is_sent(&desk).await;
    let desk = desk.restart().await;
    let send = desk.reads(TENANT).send(message).await.unwrap().unwrap();
    assert_eq!(send.content, said());
}

async fn a_number_keeps_whether_its_templates_go_the_way_of_marketing_first(mut desk: Desk) {
    for goes in [true, false] {
        let numbers = desk.reads(TENANT).numbers().await.unwrap();
        let mut number = numbers.into_iter().find(|number| number.id == NUMBER).unwrap();
        number.line.marketing_messages = goes;
        desk.provision(Provision::Number { tenant: TENANT, app: APP, number }).await;
        desk = desk.restart().await;
        let numbers = desk.reads(TENANT).numbers().await.unwrap();
        let ways: BTreeMap<_, _> = numbers.iter().map(|one| (one.id, one.line.marketing_messages)).collect();
        assert_eq!(ways, BTreeMap::from([(NUMBER, goes), (OTHER_NUMBER, false)]));
        if let Kept::Sql(store) = &desk.kept {
            let scope = store.app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
            let told = store.set_up(scope).await.unwrap().into_iter().filter_map(|order| match order {
                Provision::Number { number, .. } => Some((number.id, number.line.marketing_messages)),
                _ => None,
            });
            assert_eq!(told.collect::<BTreeMap<_, _>>(), ways, "whoever sets it up anew sets it up so");
        }
    }
}

#[tokio::test]
async fn c1_what_a_template_said_stands_where_words_are_erased_and_nowhere_else() {
    let desk = Desk::sqlite().await;
    is_sent(&desk).await;
    let Place::Directory(dir) = &desk.place else { unreachable!("it is on disk") };
    let file = SqliteConnectOptions::new().filename(dir.path().join("data/dashoffice.db"));
    let mut db = file.connect().await.unwrap();
    assert_eq!(columns_with(&mut db, SAID).await, ["conversation.preview_text", "message.content"]);
}

/// The columns of the database in which this is said, in alphabetical order.
async fn columns_with(db: &mut SqliteConnection, word: &str) -> Vec<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, 2",
    )
    .fetch_all(&mut *db)
    .await
    .unwrap();
    let mut found = Vec::new();
    for (table, column) in columns {
        let sql = format!("SELECT count(*) FROM \"{table}\" WHERE instr(CAST(\"{column}\" AS TEXT), ?1)");
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(word).fetch_one(&mut *db).await.unwrap();
        if rows > 0 {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}
