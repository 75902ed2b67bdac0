//! What a batch changes, as a list: made without a connection, and run in as few statements as the database likes best.
//!
//! For SQLite a statement costs no more than its work, and they run one after the other. PostgreSQL pays for each with a message,
//! an answer and a snapshot, so there all of them are parts of one. Parts of a statement see the tables as they were before it,
//! and run in no order of ours. So no part may need another one, nor may two meet on a row. They do not:
//!
//! - No table has foreign keys or triggers.
//! - Of the rows of a [`Table`](crate::records::Table) each has one change, so those that are deleted, updated and inserted are
//!   different ones.
//! - Where something beside the key is unique (an event's sequence, a user's e-mail address, a token's hash, the token in an app's
//!   address, a number's reference), one part alone writes it. The provider's id of a message is written by two, for messages that
//!   are new and for those that learn it; none ever gives one up, so no order of the two would let pass what another refuses.
//!
//! What does meet a row of another write is written [`Writes::afterwards`].

use super::Value;
use super::fence::{FENCE, Fence, OURS_OR_NOTHING};
use super::source::{POSTGRES_CHUNK, postgres_source, sources};

/// A statement and its parameters.
pub(super) type Statement = (String, Vec<Value>);

#[derive(Debug, Default)]
pub(crate) struct Writes {
    at_once: Vec<Write>,
    afterwards: Vec<Write>,
}

/// Rows, and what to do with them.
#[derive(Debug)]
struct Write {
    columns: &'static [&'static str],
    rows: Vec<Vec<Value>>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Insert { table: &'static str, tail: &'static str },
    Delete { table: &'static str },
    Update { statement: &'static str },
}

impl Writes {
    /// `INSERT INTO table (columns) …rows… tail`.
    pub(super) fn insert(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
        tail: &'static str,
    ) {
        self.add(columns, rows, Kind::Insert { table, tail });
    }

    /// Deletes the rows of `table` that have these values in these columns.
    pub(super) fn delete(&mut self, table: &'static str, columns: &'static [&'static str], rows: Vec<Vec<Value>>) {
        self.add(columns, rows, Kind::Delete { table });
    }

    /// Runs `statement` with the rows as the table `k(columns)`.
    pub(super) fn update(&mut self, columns: &'static [&'static str], rows: Vec<Vec<Value>>, statement: &'static str) {
        self.add(columns, rows, Kind::Update { statement });
    }

    /// The same, once everything else is written, and what came before it here.
    pub(super) fn afterwards(
        &mut self,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
        statement: &'static str,
    ) {
        if !rows.is_empty() {
            self.afterwards.push(Write { columns, rows, kind: Kind::Update { statement } });
        }
    }

    fn add(&mut self, columns: &'static [&'static str], rows: Vec<Vec<Value>>, kind: Kind) {
        if !rows.is_empty() {
            self.at_once.push(Write { columns, rows, kind });
        }
    }

    /// One statement per write, or several where it would be too long.
    pub(super) fn for_sqlite(self) -> impl Iterator<Item = Statement> {
        self.at_once.into_iter().chain(self.afterwards).flat_map(|Write { columns, rows, kind }| {
            sources(rows, false).into_iter().map(move |(source, args)| (for_sqlite(kind, columns, &source), args))
        })
    }

    /// One statement for all that is written at once, or several where it would be too long; then what is written afterwards. The
    /// first has the fence in it.
    pub(super) fn for_postgres(self, fence: Fence) -> Vec<Statement> {
        let mut together = Together::fenced(fence);
        self.at_once.into_iter().for_each(|write| together.add(write));
        for write in self.afterwards {
            together.end();
            together.add(write);
        }
        together.end();
        together.whole
    }
}

/// Writes become parts of statements of PostgreSQL's.
#[derive(Default)]
struct Together {
    whole: Vec<Statement>,
    parts: Vec<String>,
    args: Vec<Value>,
    rows: usize,
}

impl Together {
    fn fenced(fence: Fence) -> Self {
        Self { args: fence.values(), ..Self::default() }
    }

    /// A part, or several where there is no room for all rows.
    fn add(&mut self, Write { columns, rows, kind }: Write) {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let taken = rows.len().min(POSTGRES_CHUNK - self.rows);
            let (source, args) = postgres_source(rows.by_ref().take(taken), self.args.len());
            self.parts.push(for_postgres(kind, columns, &source));
            self.args.extend(args);
            self.rows += taken;
            if self.rows == POSTGRES_CHUNK {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if self.parts.is_empty() {
            return;
        }
        let (parts, args) = (std::mem::take(&mut self.parts), std::mem::take(&mut self.args));
        let sql = if self.whole.is_empty() { fenced_statement(&parts) } else { one_statement(parts) };
        self.whole.push((sql, args));
        self.rows = 0;
    }
}

/// A part alone is a statement; several are what it is done `WITH`.
fn one_statement(mut parts: Vec<String>) -> String {
    if parts.len() == 1 { parts.remove(0) } else { format!("WITH {} SELECT 1", with(&parts)) }
}

fn fenced_statement(parts: &[String]) -> String {
    format!("WITH ours AS ({FENCE}), {} {OURS_OR_NOTHING}", with(parts))
}

fn with(parts: &[String]) -> String {
    parts.iter().enumerate().map(|(index, part)| format!("w{index} AS ({part})")).collect::<Vec<_>>().join(", ")
}

fn for_sqlite(kind: Kind, columns: &[&str], source: &str) -> String {
    let names = columns.join(", ");
    match kind {
        Kind::Insert { table, tail } => format!("INSERT INTO {table} ({names}) {source} {tail}"),
        Kind::Delete { table } => {
            let of_k = columns.iter().map(|name| format!("k.{name}")).collect::<Vec<_>>().join(", ");
            format!("WITH k ({names}) AS ({source}) DELETE FROM {table} WHERE ({names}) IN (SELECT {of_k} FROM k)")
        }
        Kind::Update { statement } => format!("WITH k ({names}) AS ({source}) {statement}"),
    }
}

/// The same, but for rows that are deleted: each key is there once, so nothing need be made of them first.
fn for_postgres(kind: Kind, columns: &[&str], source: &str) -> String {
    let Kind::Delete { table } = kind else { return for_sqlite(kind, columns, source) };
    let names = columns.join(", ");
    let same = columns.iter().map(|name| format!("{table}.{name} = k.{name}")).collect::<Vec<_>>().join(" AND ");
    format!("WITH k ({names}) AS ({source}) DELETE FROM {table} USING k WHERE {same}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::values;

    const COLUMNS: &[&str] = &["tenant", "position"];
    const FENCED: Fence = Fence { owner: uuid::Uuid::nil(), term: 1 };

    fn some(n: i64) -> Vec<Vec<Value>> {
        (0..n).map(|n| values![uuid::Uuid::nil(), n]).collect()
    }

    #[test]
    fn whatever_is_written_at_once_is_one_statement_of_postgresql_s_and_one_each_of_sqlite_s() {
        let writes = || {
            let mut writes = Writes::default();
            writes.insert("inbox", COLUMNS, some(3), "");
            writes.delete("inbox", COLUMNS, some(0));
            writes.delete("inbox", COLUMNS, some(2));
            writes.afterwards(COLUMNS, some(1), "UPDATE t SET position = k.position FROM k WHERE t.tenant = k.tenant");
            writes
        };
        let (sql, args): (Vec<_>, Vec<_>) = writes().for_postgres(FENCED).into_iter().unzip();
        assert_eq!(
            sql,
            [
                "WITH ours AS (SELECT term FROM lease WHERE id = 1 AND owner = $1 AND term = $2 FOR KEY SHARE), \
                 w0 AS (INSERT INTO inbox (tenant, position) SELECT * FROM UNNEST($3::uuid[], $4::bigint[]) ), \
                 w1 AS (WITH k (tenant, position) AS (SELECT * FROM UNNEST($5::uuid[], $6::bigint[])) \
                 DELETE FROM inbox USING k WHERE inbox.tenant = k.tenant AND inbox.position = k.position) \
                 SELECT 1 / COUNT(*) FROM ours",
                "WITH k (tenant, position) AS (SELECT * FROM UNNEST($1::uuid[], $2::bigint[])) \
                 UPDATE t SET position = k.position FROM k WHERE t.tenant = k.tenant",
            ]
        );
        assert_eq!(args.iter().map(Vec::len).collect::<Vec<_>>(), [2 + 4, 2]);
        assert_eq!(writes().for_sqlite().count(), 2 + 1 + 1, "three rows are two and one");
    }

    #[test]
    fn the_first_statement_is_fenced_whatever_it_is() {
        let mut writes = Writes::default();
        writes.afterwards(COLUMNS, some(1), "UPDATE a SET position = k.position FROM k");
        writes.afterwards(COLUMNS, some(1), "UPDATE b SET position = k.position FROM k");
        let fenced = |(sql, args): (String, Vec<Value>)| (sql.contains(FENCE), args.len());
        let fenced: Vec<_> = writes.for_postgres(FENCED).into_iter().map(fenced).collect();
        assert_eq!(fenced, [(true, 2 + 2), (false, 2)]);
    }

    #[test]
    fn no_statement_has_more_rows_than_may_be_in_one() {
        let mut writes = Writes::default();
        let most = POSTGRES_CHUNK as i64;
        writes.insert("inbox", COLUMNS, some(most - 1), "");
        writes.insert("event", COLUMNS, some(2 * most), "");
        let sizes: Vec<Vec<usize>> = writes
            .for_postgres(FENCED)
            .into_iter()
            .map(|(_, args)| {
                let arrays =
                    args.iter().filter_map(|arg| if let Value::Array(rows) = arg { Some(rows.len()) } else { None });
                arrays.step_by(2).collect()
            })
            .collect();
        assert_eq!(sizes, [vec![POSTGRES_CHUNK - 1, 1], vec![POSTGRES_CHUNK], vec![POSTGRES_CHUNK - 1]]);
    }
}
