//! Whoever asks, as they see themselves. Every client begins with it, so all of it is one statement.

use super::directory::{agent, agent_view_columns};
use super::users::{user, user_columns};
use super::visibility::naming;
use super::{AgentView, Load, TenantScope, UserView};
use crate::sql::{Error, RecordRow, decode, values};
use crate::{Fixed, Store};
use dashoffice_domain::ids::{AgentId, QueueId, UserId};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_runtime::Unavailable;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoView {
    pub user: UserView,
    /// What their tenant is called.
    pub tenant: String,
    /// `None`: they take no conversations.
    pub agent: Option<AgentView>,
}

/// One row, or one for each queue that names them; what they have is counted once. The parameters stand in their order, for to
/// SQLite `$1` is a name, and the first one it meets is the first.
const SELECT: &str = concat!(
    "SELECT q.settings, ",
    user_columns!(),
    ", t.name, l.active, l.waiting_since, ",
    agent_view_columns!(),
    " FROM (SELECT COUNT(*) AS active, MIN(c.waiting_since) AS waiting_since FROM conversation c \
     WHERE c.tenant = $1 AND c.agent = $2 AND c.state <> 'closed') l CROSS JOIN app_user u \
     INNER JOIN tenant t ON t.id = u.tenant \
     LEFT JOIN agent a ON a.tenant = u.tenant AND a.id = u.id \
     LEFT JOIN queue q ON q.tenant = a.tenant AND q.settings LIKE $3 \
     WHERE u.tenant = $1 AND u.id = $2 ORDER BY q.name, q.id"
);

impl Store {
    /// A user with their tenant and the agent that they are, all as of one moment; `None`: nobody has this id. Costs the same
    /// whatever others do, and next to nothing while nobody does anything.
    pub async fn who(&self, scope: TenantScope, id: UserId) -> Result<Option<Arc<WhoView>>, Unavailable> {
        let (write_version, fixed) = (self.write_version(), self.fixed());
        let still = write_version.and_then(|write_version| self.who_still().at(write_version, &(scope, id)));
        if let Some(who) = still.filter(|who| who.user.fixed == fixed.fields(scope.tenant(), id.0)) {
            return Ok(Some(who));
        }
        let agent = AgentId(id.0);
        let who = self.reading("reading who asks", async move |db| {
            let rows = db.rows(SELECT, values![scope.tenant(), agent, naming(agent)]).await?;
            who(&rows, agent, &fixed, scope)
        });
        let who = who.await?.map(Arc::new);
        if let (Some(write_version), Some(who)) = (write_version, &who) {
            self.who_still().keep(write_version, (scope, id), who);
        }
        Ok(who)
    }
}

fn who(rows: &[RecordRow], id: AgentId, fixed: &Fixed, scope: TenantScope) -> Result<Option<WhoView>, Error> {
    let Some(first) = rows.first() else { return Ok(None) };
    let mut c = first.columns();
    c.skip(1);
    let (user, tenant) = (user(&mut c, fixed, scope)?, c.text()?);
    let load = Load { active: c.int()?, oldest_unanswered_since: c.time_or_null()?, ..Load::default() };
    let agent = if c.is_null()? {
        None
    } else {
        // They are one person, of whom the file holds what it holds.
        Some(AgentView { load, queues: queues(rows, id)?, fixed: user.fixed.clone(), ..agent(&mut c)? })
    };
    Ok(Some(WhoView { user, tenant, agent }))
}

fn queues(rows: &[RecordRow], id: AgentId) -> Result<Vec<QueueId>, Error> {
    let mut queues = Vec::with_capacity(rows.len());
    for row in rows {
        let mut c = row.columns();
        if !c.is_null()? {
            let queue: QueueSettings = decode::json(&mut c)?;
            queues.extend(queue.members.contains(&id).then_some(queue.id));
        }
    }
    Ok(queues)
}
