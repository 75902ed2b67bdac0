//! What somebody sees of a tenant's conversations. It follows from what they may do, who they are as an agent and which queues are
//! theirs, and it is computed here for everybody: lists say it in SQL, the live socket asks of each conversation.

use super::permission::Permission;
use super::permissions::Permissions;
use crate::conversation::Owner;
use crate::ids::{AgentId, QueueId};
use std::collections::BTreeSet;

/// Whose eyes a read looks through; today's rights decide. What of it depends on queues is known once they are: [`Visibility::among`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Every conversation of the tenant.
    All,
    /// What [`Visible::Theirs`] says of this agent.
    Of(AgentId),
}

impl Visibility {
    /// Of somebody who may do this. An agent's id is its user's id, whether or not they take conversations.
    pub const fn of(permissions: Permissions, agent: AgentId) -> Self {
        if permissions.has(Permission::ReadAll) { Self::All } else { Self::Of(agent) }
    }

    /// What they see among these queues, each with its members.
    pub fn among<'a>(self, queues: impl IntoIterator<Item = (QueueId, &'a BTreeSet<AgentId>)>) -> Visible {
        match self {
            Self::All => Visible::Everything,
            Self::Of(agent) => {
                let joined = queues.into_iter().filter(|(_, members)| members.contains(&agent));
                Visible::Theirs { agent, queues: joined.map(|(queue, _)| queue).collect() }
            }
        }
    }
}

/// What somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    Everything,
    /// What an agent owns or is offered, what waits in these queues of theirs, and what they owned last before it was closed.
    Theirs {
        agent: AgentId,
        queues: BTreeSet<QueueId>,
    },
}

impl Visible {
    /// Whose it is.
    pub const fn visibility(&self) -> Visibility {
        match self {
            Self::Everything => Visibility::All,
            Self::Theirs { agent, .. } => Visibility::Of(*agent),
        }
    }

    /// Whether a conversation is seen; `last_agent` is who had it when nobody does.
    pub fn sees(&self, owner: &Owner, last_agent: Option<AgentId>) -> bool {
        let Self::Theirs { agent: me, queues } = self else { return true };
        match owner {
            Owner::Agent { agent } => agent == me,
            Owner::Offered { agents, .. } => agents.contains(me),
            Owner::Queue { queue } => queues.contains(queue),
            Owner::Nobody => last_agent == Some(*me),
            Owner::Bot { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;
    use crate::ids::OfferId;
    use uuid::Uuid;

    const ANA: AgentId = AgentId(Uuid::from_u128(1));
    const BIA: AgentId = AgentId(Uuid::from_u128(2));
    const HERS: QueueId = QueueId(Uuid::from_u128(10));
    const OTHER: QueueId = QueueId(Uuid::from_u128(11));

    fn visible(role: &Role, agent: AgentId) -> Visible {
        Visibility::of(role.permissions(), agent)
            .among([(HERS, &BTreeSet::from([ANA])), (OTHER, &BTreeSet::from([BIA]))])
    }

    #[test]
    fn e3_an_agent_sees_what_is_hers_what_is_held_out_to_her_and_what_waits_in_her_queues() {
        let ana = visible(&Role::AGENT, ANA);
        let offered = |agents| Owner::Offered { queue: HERS, offer: OfferId(Uuid::nil()), agents };
        assert!(ana.sees(&Owner::Agent { agent: ANA }, None));
        assert!(!ana.sees(&Owner::Agent { agent: BIA }, Some(ANA)));
        assert!(ana.sees(&Owner::Queue { queue: HERS }, None));
        assert!(!ana.sees(&Owner::Queue { queue: OTHER }, Some(ANA)));
        assert!(ana.sees(&offered(vec![ANA]), None));
        assert!(!ana.sees(&offered(vec![BIA]), None));
        assert!(ana.sees(&Owner::Nobody, Some(ANA)));
        assert!(!ana.sees(&Owner::Nobody, Some(BIA)));
        assert!(!ana.sees(&Owner::Nobody, None));
    }

    #[test]
    fn whoever_may_read_all_sees_everything_and_nobody_else_does() {
        let of_bia = Owner::Agent { agent: BIA };
        assert!(visible(&Role::SUPERVISOR, ANA).sees(&of_bia, None));
        assert!(visible(&Role::ADMINISTRATOR, ANA).sees(&of_bia, None));
        let all_but_one = Permissions::all().without(Permission::ReadAll);
        assert_eq!(Visibility::of(all_but_one, ANA), Visibility::Of(ANA));
    }
}
