//! What a batch must read, as a list of questions by key: PostgreSQL is asked all of them in one statement.
//!
//! There each answer is a number and a row: the question's number, and what it found, as a composite value.

use super::source::{POSTGRES_CHUNK, postgres_source};
use super::{Columns, Connection, Error, RecordRow, Value};
use crate::records::Tables;
use std::fmt::Write as _;

/// Puts a row that was found where the judge finds it.
type Read = Box<dyn Fn(&mut Columns<'_>, &mut Tables) -> Result<(), Error> + Send>;

#[derive(Default)]
pub(super) struct BatchedQueries(Vec<Question>);

struct Question {
    columns: &'static [&'static str],
    keys: Vec<Vec<Value>>,
    sql: &'static str,
    read: Read,
}

impl BatchedQueries {
    /// Asks `sql` with the keys as the table `k(columns)`; no keys, no question.
    pub(super) fn ask(
        &mut self,
        columns: &'static [&'static str],
        keys: Vec<Vec<Value>>,
        sql: &'static str,
        read: impl Fn(&mut Columns<'_>, &mut Tables) -> Result<(), Error> + Send + 'static,
    ) {
        if !keys.is_empty() {
            self.0.push(Question { columns, keys, sql, read: Box::new(read) });
        }
    }

    /// Reads every answer into `tables`.
    pub(super) async fn answer(self, db: &mut Connection, tables: &mut Tables) -> Result<(), Error> {
        let fits_one = self.0.iter().map(|question| question.keys.len()).sum::<usize>() <= POSTGRES_CHUNK;
        if db.is_postgres() && fits_one && self.0.len() > 1 {
            return self.answer_together(db, tables).await;
        }
        for Question { columns, keys, sql, read } in self.0 {
            for row in db.rows_with(columns, keys, sql).await? {
                read(&mut row.columns(), tables)?;
            }
        }
        Ok(())
    }

    async fn answer_together(self, db: &mut Connection, tables: &mut Tables) -> Result<(), Error> {
        let (mut sql, mut args, mut reads) = (String::new(), Vec::new(), Vec::new());
        for (number, Question { columns, keys, sql: question, read }) in self.0.into_iter().enumerate() {
            let (source, bound) = postgres_source(keys.into_iter(), args.len());
            let and = if number == 0 { "" } else { " UNION ALL " };
            let names = columns.join(", ");
            write!(
                sql,
                "{and}SELECT {number}::bigint, found FROM (WITH k ({names}) AS ({source}) {question}) AS found"
            )
            .expect("a string takes what is written to it");
            args.extend(bound);
            reads.push(read);
        }
        for row in db.rows(sql, args).await? {
            let (number, found) = row.columns().numbered()?;
            let read = usize::try_from(number).ok().and_then(|number| reads.get(number));
            let read = read.ok_or_else(|| Error::Decode("an answer to no question".into()))?;
            read(&mut RecordRow::Composite(found).columns(), tables)?;
        }
        Ok(())
    }
}
