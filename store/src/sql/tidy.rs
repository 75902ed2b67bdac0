//! Throws away what is too old, a little at a time, so that no commit waits long behind it (C7).

use super::{Connection, Error, values};
use crate::judge::TOKEN_LIVES;
use dashoffice_domain::{Span, Timestamp};

/// Rows of one table in one go: about a millisecond or two each.
const CHUNK: i64 = 500;

/// What is thrown away, and how old it must be. Providers repeat for up to seven days, hence nine (F6).
const OLD: [(&str, Span); 7] = [
    (
        "DELETE FROM dedupe WHERE (tenant, dedupe_key) IN \
         (SELECT tenant, dedupe_key FROM dedupe WHERE seen_at < $1 LIMIT $2)",
        Span::days(9),
    ),
    (
        "DELETE FROM early_status WHERE (tenant, number, provider_message_id) IN \
         (SELECT tenant, number, provider_message_id FROM early_status WHERE seen_at < $1 LIMIT $2)",
        Span::days(9),
    ),
    (
        "DELETE FROM command_result WHERE (tenant, principal, command_key) IN \
         (SELECT tenant, principal, command_key FROM command_result WHERE at < $1 LIMIT $2)",
        Span::days(7),
    ),
    ("DELETE FROM raw_item WHERE id IN (SELECT id FROM raw_item WHERE kept_at < $1 LIMIT $2)", Span::days(30)),
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
];

/// True: there is more.
pub(super) async fn some(db: &mut Connection, now: Timestamp) -> Result<bool, Error> {
    let mut more = false;
    for (sql, age) in OLD {
        let before = Timestamp(now.0.saturating_sub(age.0));
        more |= db.run(sql, values![before, CHUNK]).await? >= CHUNK as u64;
    }
    Ok(more)
}
