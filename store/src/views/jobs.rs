//! Jobs for operators: how many of each kind stand where, since when, and when the next is due. Each kind's rows are its own table.

use super::TenantScope;
use crate::Store;
use crate::sql::{Columns, Error, values};
use dashoffice_domain::Timestamp;
use dashoffice_runtime::Unavailable;

/// Jobs of a kind that stand in the same state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobHeap {
    /// As metrics name it.
    pub kind: String,
    /// `pending`, `running`, `unknown` or `dead`; a word that only a newer version knows is shown as it stands.
    pub state: String,
    pub count: i64,
    /// When the oldest of them was wanted; `None`: the rows do not say.
    pub oldest_at: Option<Timestamp>,
    /// When the first of them may be tried; `None`: none waits for that, or the rows do not say.
    pub due_at: Option<Timestamp>,
}

/// What is done leaves these tables or the indexes that are read, so a count costs what there is to do, and what failed since `$2`.
const HEAPS: &str = "SELECT 'sending', CASE o.state WHEN 'sending' THEN 'running' ELSE o.state END, count(*), \
     min(m.recorded_at), min(CASE o.state WHEN 'pending' THEN coalesce(o.not_before, m.recorded_at) END) \
     FROM outbox o INNER JOIN message m ON m.tenant = o.tenant AND m.id = o.message WHERE o.tenant = $1 GROUP BY o.state \
     UNION ALL SELECT 'sending', 'dead', count(*), min(m.recorded_at), NULL FROM message m \
     WHERE m.tenant = $1 AND m.error_code IS NOT NULL AND m.recorded_at >= $2 \
     AND m.direction = 'outbound' AND m.status = 'failed' HAVING count(*) > 0 \
     UNION ALL SELECT 'media', 'pending', count(*), min(f.wanted_at), min(f.due_at) FROM media f \
     WHERE f.tenant = $1 AND f.state = 'wanted' HAVING count(*) > 0 \
     UNION ALL SELECT 'media', 'dead', count(*), min(f.wanted_at), NULL FROM media f \
     WHERE f.tenant = $1 AND f.state = 'failed' AND f.wanted_at >= $2 HAVING count(*) > 0 \
     UNION ALL SELECT 'read_marks', 'pending', count(*), NULL, NULL FROM read_mark r WHERE r.tenant = $1 \
     HAVING count(*) > 0 ORDER BY 1, 2";

impl Store {
    /// How many jobs are not done, by kind and state; of the dead those that were wanted since then.
    pub async fn jobs(&self, scope: TenantScope, dead_since: Timestamp) -> Result<Vec<JobHeap>, Unavailable> {
        self.reading("counting jobs", async move |db| {
            let rows = db.rows(HEAPS, values![scope.tenant(), dead_since]).await?;
            rows.iter().map(|row| heap(&mut row.columns())).collect()
        })
        .await
    }
}

fn heap(c: &mut Columns<'_>) -> Result<JobHeap, Error> {
    Ok(JobHeap {
        kind: c.text()?,
        state: c.text()?,
        count: c.int()?,
        oldest_at: c.time_or_null()?,
        due_at: c.time_or_null()?,
    })
}
