//! For tests: what a read says to the database, and how much it touches there.

use super::fence::Fence;
use super::source::array_type;
use super::transaction::{Failed, Transaction};
use super::{Connection, Error, Value, save};
use crate::records::Tables;
use std::cell::RefCell;
use std::fmt::Display;
use uuid::Uuid;

type Said = Vec<(String, Vec<Value>)>;

thread_local! {
    static HEARD: RefCell<Option<Said>> = const { RefCell::new(None) };
}

pub(super) fn hear(sql: &str, args: &[Value]) {
    HEARD.with_borrow_mut(|recorder| {
        if let Some(said) = recorder {
            said.push((sql.to_owned(), args.to_vec()));
        }
    });
}

thread_local! {
    static DONE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn done(sql: &str) {
    DONE.with_borrow_mut(|done| done.push(sql.to_owned()));
}

/// The orders, and the statements that change something, since it was last asked on this thread.
pub(crate) fn all_done() -> Vec<String> {
    DONE.take()
}

/// The statements that `read` makes, which must stay on this thread.
pub(crate) async fn recorded(read: impl Future<Output = ()>) -> Said {
    HEARD.set(Some(Said::new()));
    read.await;
    HEARD.take().expect("nobody else listens on this thread")
}

/// How much a statement touches: rows for PostgreSQL, in every step of its plan; steps of its machine for SQLite.
pub(crate) async fn touched(db: &mut Connection, sql: &str, args: Vec<Value>) -> Result<i64, Error> {
    if let Connection::Raw(db) = db {
        return db.steps(sql, args).map(i64::from);
    }
    // The plan that a reader has for whatever it is asked, not one for these parameters.
    db.rows(format!("PREPARE asked AS {sql}"), Vec::new()).await?;
    let args = args.iter().map(literal).collect::<Vec<_>>().join(", ");
    let args = if args.is_empty() { args } else { format!("({args})") };
    let plan = db.rows(format!("EXPLAIN (ANALYZE, TIMING OFF) EXECUTE asked{args}"), Vec::new()).await?;
    db.rows("DEALLOCATE asked", Vec::new()).await?;
    let lines = plan.iter().map(|row| row.columns().text()).collect::<Result<Vec<_>, Error>>()?;
    Ok(rows_of_plan(&lines))
}

fn literal(value: &Value) -> String {
    fn quoted(text: Option<impl Display>) -> String {
        text.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.to_string().replace('\'', "''")))
    }
    match value {
        Value::Int(value) => quoted(*value),
        Value::Bool(value) => value.to_string(),
        Value::Text(value) => quoted(value.as_ref()),
        Value::Id(value) => quoted(*value),
        Value::Time(value) => value
            .map_or_else(|| "NULL".to_owned(), |us| format!("'epoch'::timestamptz + {us} * interval '1 microsecond'")),
        Value::Array(values) => {
            let (type_of, values) = (values.first().map_or("bigint[]", array_type), values.iter().map(literal));
            format!("ARRAY[{}]::{type_of}", values.collect::<Vec<_>>().join(", "))
        }
        Value::Blob(_) => unreachable!("no read asks for bytes"),
    }
}

/// Writes rows as the writer would, who is the first owner of this database.
pub(crate) async fn fill(mut db: Connection, tables: &Tables) -> Result<(), Error> {
    let first = Fence { owner: Uuid::nil(), term: 1 };
    if db.is_postgres() {
        db.run("UPDATE lease SET owner = $1, term = $2", first.values()).await?;
    }
    let mut transaction = Transaction::on(db, first);
    let filled = async {
        transaction.begin().await?;
        transaction.write(save(tables)?).await?;
        transaction.commit().await
    };
    let filled: Result<(), Failed> = filled.await;
    let mut db = transaction.end(filled.err().as_ref()).await.expect("the database takes it all");
    if db.is_postgres() { db.order("ANALYZE").await } else { Ok(()) }
}

/// What each node gave and what it threw away, times how often it was asked.
fn rows_of_plan(lines: &[String]) -> i64 {
    let (mut rows, mut loops) = (0, 0);
    for line in lines {
        if let Some(actual) = line.split("(actual rows=").nth(1) {
            loops = number_after(actual, "loops=");
            rows += number_after(actual, "") * loops;
        } else if line.contains("Rows Removed by") {
            rows += number_after(line, ": ") * loops;
        }
    }
    rows
}

fn number_after(text: &str, mark: &str) -> i64 {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().unwrap_or(0)
}

#[test]
fn a_plan_touches_what_its_nodes_gave_and_threw_away() {
    let plan = [
        "Limit  (cost=0.28..8.30 rows=1 width=8) (actual rows=1 loops=1)",
        "  ->  Nested Loop  (cost=0.00..1.00 rows=9 width=8) (actual rows=20 loops=3)",
        "        Filter: (a = 1)",
        "        Rows Removed by Filter: 7",
        "  ->  Index Scan using x on y  (never executed)",
        "Planning Time: 0.1 ms",
    ];
    assert_eq!(rows_of_plan(&plan.map(str::to_owned)), 1 + 60 + 21);
}
