//! What happened to a conversation beside messages, from the journal: hence never a customer's words.

use super::conversations::one;
use super::page::to_read;
use super::{Cursor, Page, Shown, TenantScope, Visibility};
use crate::Store;
use crate::sql::{Columns, Connection, Error, values};
use dashoffice_domain::ids::{ConversationId, ThreadId, UserId};
use dashoffice_domain::{Event, Timestamp};
use dashoffice_runtime::Unavailable;
use uuid::Uuid;

/// One event of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    pub id: Uuid,
    pub position: i64,
    pub at: Timestamp,
    pub owner_epoch: i64,
    /// Who did it; `None`: the system.
    pub by: Option<UserId>,
    pub event: Event,
}

impl Store {
    /// The newest first; `None`: there is no such conversation, or `visibility` does not show it.
    pub async fn history(
        &self,
        scope: TenantScope,
        visibility: Visibility,
        conversation: ConversationId,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<Shown<Option<Page<HistoryLine>>>, Unavailable> {
        self.showing("reading a history", scope, async |db| {
            let Some(view) = one(db, scope, visibility, conversation).await? else { return Ok(None) };
            let before = before.map_or(i64::MAX, |before| before.key);
            let lines = lines(db, scope, view.row.thread, conversation, before, to_read(limit)).await?;
            Ok(Some(Page::cut(lines, limit, |line| Cursor { key: line.position, id: line.id })))
        })
        .await
    }
}

/// The kinds of event that a history shows, word for word as the index of them has it: else neither database knows that it holds them.
macro_rules! of_history {
    () => {
        "kind IN ('conversation_opened', 'conversation_reopened', 'owner_changed', 'conversation_closed', 'message_settled')"
    };
}
pub(super) use of_history;

/// The plus keeps SQLite from going by position, through all of a tenant's events, where the thread's own are few.
const LINES: &str = concat!(
    "SELECT e.id, e.position, e.at, e.owner_epoch, u.id, e.body FROM event e \
     LEFT JOIN app_user u ON u.tenant = e.tenant AND u.id = e.actor \
     WHERE e.tenant = $1 AND e.entity_kind = 'thread' AND e.entity_id = $2 AND e.body LIKE $3 AND e.",
    of_history!(),
    " AND +e.position < $4 ORDER BY e.sequence DESC LIMIT $5"
);

/// The newest lines before a position, newest first.
pub(super) async fn lines(
    db: &mut Connection,
    scope: TenantScope,
    thread: ThreadId,
    conversation: ConversationId,
    before: i64,
    limit: i64,
) -> Result<Vec<HistoryLine>, Error> {
    // The body is our own JSON, written compactly by one writer.
    let of_it = format!("%\"conversation\":\"{conversation}\"%");
    let rows = db.rows(LINES, values![scope.tenant(), thread, of_it, before, limit]).await?;
    rows.iter().map(|row| line(&mut row.columns())).collect()
}

fn line(c: &mut Columns<'_>) -> Result<HistoryLine, Error> {
    Ok(HistoryLine {
        id: c.id()?,
        position: c.int()?,
        at: c.time()?,
        owner_epoch: c.int()?,
        by: c.id_or_null()?,
        event: crate::sql::decode::json(c)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::empty_tables;

    #[test]
    fn a_history_is_found_by_its_thread_however_many_events_there_are() {
        let db = empty_tables();
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {LINES}")).unwrap();
        let steps = plan.query_map([(); 5].map(|()| None::<i64>), |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        let by_thread = |step: &String| {
            step == "SEARCH e USING INDEX event_of_history (tenant=? AND entity_kind=? AND entity_id=?)"
        };
        assert!(steps.iter().any(by_thread), "{steps:?}");
        assert!(!steps.iter().any(|step| step.contains("SCAN") || step.contains("TEMP B-TREE")), "{steps:?}");
    }
}
