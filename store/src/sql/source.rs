//! Rows as a table that stands in a statement: `VALUES` in SQLite, one array per column in PostgreSQL.

use super::Value;

/// Rows of one statement in SQLite; statements come in sizes of powers of two, so that few are prepared.
const SQLITE_CHUNK: usize = 64;
/// Rows of one statement in PostgreSQL, where any number of rows makes the same statement.
pub(super) const POSTGRES_CHUNK: usize = 4096;

/// Rows as a source of rows in SQL, with its parameters; several where one statement would be too long.
pub(super) fn sources(rows: Vec<Vec<Value>>, is_postgres: bool) -> Vec<(String, Vec<Value>)> {
    let mut rows = rows.into_iter().peekable();
    let mut sources = Vec::new();
    while rows.peek().is_some() {
        sources.push(if is_postgres {
            postgres_source(rows.by_ref().take(POSTGRES_CHUNK), 0)
        } else {
            let size = largest_power_of_two_within(rows.len().min(SQLITE_CHUNK));
            sqlite_source(rows.by_ref().take(size))
        });
    }
    sources
}

fn largest_power_of_two_within(n: usize) -> usize {
    1 << n.max(1).ilog2()
}

/// `VALUES (?,?),(?,?)`.
fn sqlite_source(rows: impl Iterator<Item = Vec<Value>>) -> (String, Vec<Value>) {
    let mut sql = String::from("VALUES ");
    let mut args = Vec::new();
    for (index, row) in rows.enumerate() {
        sql.push_str(if index == 0 { "(?" } else { ",(?" });
        (1..row.len()).for_each(|_| sql.push_str(",?"));
        sql.push(')');
        args.extend(row);
    }
    (sql, args)
}

/// `SELECT * FROM UNNEST($1::uuid[], $2::bigint[])`: one statement for any number of rows. Its parameters follow `bound` others.
pub(super) fn postgres_source(rows: impl Iterator<Item = Vec<Value>>, bound: usize) -> (String, Vec<Value>) {
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for row in rows {
        columns.resize_with(row.len(), Vec::new);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let types = columns.iter().map(|column| column.first().map_or("bigint[]", array_type));
    let placeholders: Vec<String> =
        types.enumerate().map(|(column, name)| format!("${}::{name}", bound + column + 1)).collect();
    let sql = format!("SELECT * FROM UNNEST({})", placeholders.join(", "));
    (sql, columns.into_iter().map(Value::Array).collect())
}

/// Of one column, whose values are of one kind.
pub(super) const fn array_type(value: &Value) -> &'static str {
    match value {
        Value::Int(_) | Value::Array(_) => "bigint[]",
        Value::Bool(_) => "boolean[]",
        Value::Text(_) => "text[]",
        Value::Blob(_) => "bytea[]",
        Value::Id(_) => "uuid[]",
        Value::Time(_) => "timestamptz[]",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_sizes_of_statement_carry_any_number_of_rows() {
        let sizes: Vec<usize> = [1, 2, 3, 63, 64].into_iter().map(largest_power_of_two_within).collect();
        assert_eq!(sizes, [1, 2, 2, 32, 64]);
        let sizes = |is_postgres| {
            let rows = (0..5000).map(|n| vec![Value::from(n)]).collect();
            sources(rows, is_postgres).into_iter().map(|(_, args)| args).collect::<Vec<_>>()
        };
        assert_eq!(sizes(false).iter().map(Vec::len).max(), Some(SQLITE_CHUNK));
        assert_eq!(sizes(false).concat().len(), 5000);
        assert_eq!(sizes(true).len(), 2);
    }

    #[test]
    fn each_value_keeps_its_place() {
        let (sql, args) = sqlite_source([vec![1.into(), 2.into()], vec![3.into(), 4.into()]].into_iter());
        assert_eq!(sql, "VALUES (?,?),(?,?)");
        assert_eq!(args, [1, 2, 3, 4].map(Value::from));
        let (sql, args) = postgres_source([vec![1.into(), "a".into()], vec![3.into(), "b".into()]].into_iter(), 7);
        assert_eq!(sql, "SELECT * FROM UNNEST($8::bigint[], $9::text[])");
        assert_eq!(args[1], Value::Array(vec!["a".into(), "b".into()]));
    }
}
