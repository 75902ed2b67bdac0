//! Throws away what is too old, a little at a time, so that no commit waits long behind it (C7).

use super::{Connection, Error, folding, values};
use crate::Retention;
use crate::judge::TOKEN_LIVES;
use dashoffice_domain::{Span, Timestamp};

/// Rows of one table in one piece: about a millisecond of SQLite's time, at 10 µs for a row whose page is anywhere.
const CHUNK: i64 = 100;
/// Names to which their words are added in one piece.
const MOST_FOLDED: i64 = 50;

/// An early status that has waited for longer belongs to no message of ours, as far as anybody knows (A8).
const ORPHANED_AFTER: Span = Span::minutes(10);
/// The most that are counted: beyond that there are many.
const MOST_COUNTED: i64 = 100_000;

/// What is thrown away, and how old it must be (F6).
const fn old(keep: &Retention) -> [(&'static str, Span); 8] {
    [
        (
            "DELETE FROM dedupe WHERE (tenant, dedupe_key) IN \
         (SELECT tenant, dedupe_key FROM dedupe WHERE seen_at < $1 LIMIT $2)",
            keep.dedupe,
        ),
        (
            "DELETE FROM early_status WHERE (tenant, number, provider_message_id) IN \
         (SELECT tenant, number, provider_message_id FROM early_status WHERE seen_at < $1 LIMIT $2)",
            keep.early_statuses,
        ),
        (
            "DELETE FROM early_change WHERE (tenant, thread, provider_message_id) IN \
         (SELECT tenant, thread, provider_message_id FROM early_change WHERE seen_at < $1 LIMIT $2)",
            keep.early_statuses,
        ),
        (
            "DELETE FROM command_result WHERE (tenant, principal, command_key) IN \
         (SELECT tenant, principal, command_key FROM command_result WHERE at < $1 LIMIT $2)",
            keep.command_results,
        ),
        ("DELETE FROM raw_item WHERE id IN (SELECT id FROM raw_item WHERE kept_at < $1 LIMIT $2)", keep.unparsed_items),
        (
            "DELETE FROM process_start WHERE instance IN \
         (SELECT instance FROM process_start WHERE started_at < $1 LIMIT $2)",
            Span::days(30),
        ),
        (
            "DELETE FROM refresh_token WHERE (tenant, hash) IN \
         (SELECT tenant, hash FROM refresh_token WHERE issued_at < $1 LIMIT $2)",
            TOKEN_LIVES,
        ),
        (
            "DELETE FROM session WHERE (tenant, id) IN (SELECT tenant, id FROM session WHERE last_used_at < $1 LIMIT $2)",
            TOKEN_LIVES,
        ),
    ]
}

/// How many early statuses wait for a message that will hardly come.
pub(super) async fn orphan_statuses(db: &mut Connection, now: Timestamp) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM early_status WHERE seen_at < $1 LIMIT $2) AS orphans";
    let before = Timestamp(now.0.saturating_sub(ORPHANED_AFTER.0));
    let row = db.row(sql, values![before, MOST_COUNTED]).await?.ok_or(Error::RowNotFound)?;
    Ok(row.columns().int()?.cast_unsigned())
}

/// One piece of a round, which goes on at `place`: of one table, as a rule. True: the round is over.
pub(super) async fn piece(
    db: &mut Connection,
    now: Timestamp,
    keep: &Retention,
    place: &mut usize,
) -> Result<bool, Error> {
    let old = old(keep);
    while let Some((sql, age)) = old.get(*place) {
        let before = Timestamp(now.0.saturating_sub(age.0));
        let gone = db.run(*sql, values![before, CHUNK]).await?;
        if gone < CHUNK as u64 {
            *place += 1;
        }
        if gone > 0 {
            return Ok(false);
        }
    }
    Ok(!folding::some(db, MOST_FOLDED).await?)
}
