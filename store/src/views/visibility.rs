//! What [`Visible`] says of one conversation, said of all in SQL. A new ground of seeing something is told in both.

use super::TenantScope;
use crate::sql::{Connection, Error, Value, decode, values};
use dashoffice_domain::identity::{Visibility, Visible};
use dashoffice_domain::ids::AgentId;
use dashoffice_domain::routing::QueueSettings;
use std::fmt::Write as _;

/// Open conversations and closed ones stand in indexes of their own, each by time: a list reads one side, or both and joins them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Open,
    Closed,
}

/// A statement in the making, with its parameters.
pub(super) struct Query {
    sql: String,
    args: Vec<Value>,
}

impl Query {
    #[cfg(test)]
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// `sql` names the tenant `$1`.
    pub(super) fn of(sql: &str, scope: TenantScope) -> Self {
        Self { sql: sql.to_owned(), args: values![scope.tenant()] }
    }

    /// Adds a piece in which each `?` is the next of `values`.
    pub(super) fn and(&mut self, piece: &str, values: Vec<Value>) {
        let mut values = values.into_iter();
        let mut pieces = piece.split('?');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for rest in pieces {
            self.args.extend(values.next());
            write!(self.sql, "${}{rest}", self.args.len()).expect("a string takes what is written to it");
        }
    }

    pub(super) async fn rows(self, db: &mut Connection) -> Result<Vec<crate::sql::RecordRow>, Error> {
        db.rows(self.sql, self.args).await
    }

    /// Only conversations `c` that `visibility` shows.
    pub(super) async fn seen_by(
        &mut self,
        db: &mut Connection,
        scope: TenantScope,
        visibility: Visibility,
    ) -> Result<(), Error> {
        let Visibility::Of(agent) = visibility else { return Ok(()) };
        self.and(" AND ((c.state = 'closed' AND c.last_agent = ?) OR ", values![agent]);
        self.open_and(&visible(db, scope, agent).await?);
        self.and(")", Vec::new());
        Ok(())
    }

    /// Only conversations `c` of one side that `visibility` shows.
    pub(super) async fn seen_on(
        &mut self,
        side: Side,
        db: &mut Connection,
        scope: TenantScope,
        visibility: Visibility,
    ) -> Result<(), Error> {
        match (side, visibility) {
            (Side::Open, Visibility::All) => self.and(" AND c.state <> 'closed'", Vec::new()),
            (Side::Open, Visibility::Of(agent)) => {
                self.and(" AND c.state <> 'closed' AND ", Vec::new());
                self.open_and(&visible(db, scope, agent).await?);
            }
            (Side::Closed, Visibility::All) => self.and(" AND c.state = 'closed'", Vec::new()),
            (Side::Closed, Visibility::Of(agent)) => {
                self.and(" AND c.state = 'closed' AND c.last_agent = ?", values![agent]);
            }
        }
        Ok(())
    }

    /// The condition that an open conversation `c` is seen.
    fn open_and(&mut self, visible: &Visible) {
        let Visible::Theirs { agent, queues } = visible else { return self.and("TRUE", Vec::new()) };
        self.and("(c.agent = ? OR (c.state = 'offered' AND c.owner LIKE ?)", values![*agent, naming(*agent)]);
        if !queues.is_empty() {
            let marks = vec!["?"; queues.len()].join(", ");
            self.and(
                &format!(" OR (c.state = 'queued' AND c.queue IN ({marks}))"),
                queues.iter().copied().map(Value::from).collect(),
            );
        }
        self.and(")", Vec::new());
    }
}

/// A text to be found anywhere: what `LIKE` reads as more than itself is taken at its word, with `\` before it.
pub(super) fn anywhere(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Every queue with its settings, by name.
pub(super) async fn queues(db: &mut Connection, scope: TenantScope) -> Result<Vec<QueueSettings>, Error> {
    let sql = "SELECT settings FROM queue WHERE tenant = $1 ORDER BY name, id LIMIT 500";
    let rows = db.rows(sql, values![scope.tenant()]).await?;
    rows.iter().map(|row| decode::json(&mut row.columns())).collect()
}

/// What an agent sees as of this read. Only queues whose settings name the agent anywhere are worth reading.
async fn visible(db: &mut Connection, scope: TenantScope, agent: AgentId) -> Result<Visible, Error> {
    let sql = "SELECT settings FROM queue WHERE tenant = $1 AND settings LIKE $2 ORDER BY name, id LIMIT 500";
    let rows = db.rows(sql, values![scope.tenant(), naming(agent)]).await?;
    let mut queues: Vec<QueueSettings> = Vec::with_capacity(rows.len());
    for row in rows {
        queues.push(decode::json(&mut row.columns())?);
    }
    Ok(Visibility::Of(agent).among(queues.iter().map(|queue| (queue.id, &queue.members))))
}

/// What `LIKE` finds in our JSON where it names an agent, and where it only seems to.
pub(super) fn naming(agent: AgentId) -> String {
    format!("%\"{agent}\"%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_taken_at_its_word() {
        assert_eq!(anywhere("50%_\\"), "%50\\%\\_\\\\%");
    }
}
