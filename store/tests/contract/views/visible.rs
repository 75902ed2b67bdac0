//! Who sees what is one rule: what lists and look-ups show by SQL is what the live socket shows by [`Visible`], whatever stands there.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::conversation::{ConversationRow, ConversationState, Owner};
use dashoffice_domain::identity::{Role, Visibility};
use dashoffice_domain::ids::{AgentId, BotId, OfferId, QueueId};
use dashoffice_domain::routing::QueueSettings;
use dashoffice_domain::{Row, conversation};
use dashoffice_store::Provision;
use dashoffice_store::views::{ConversationFilter, LiveTopic};
use std::collections::BTreeSet;
use uuid::Uuid;

for_both_databases!(e3_lists_and_the_live_socket_show_everybody_the_same,);

/// Random data from a seed, so that what failed fails again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Each of them as likely as not.
    fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        all.iter().copied().filter(|_| self.below(2) == 0).collect()
    }
}

/// Somebody has it, in every way there is; its state is one that goes with that.
fn anybody(dice: &mut Dice, agents: &[AgentId], queues: &[QueueId]) -> (Owner, ConversationState) {
    use ConversationState::{Active, Bot, Closed, Hold, Offered, Queued, Snoozed, WrapUp};
    let (agent, queue) = (dice.of(agents), dice.of(queues));
    match dice.below(6) {
        0 => (Owner::Nobody, Closed),
        1 => (Owner::Bot { bot: BotId(Uuid::from_u128(7)) }, Bot),
        2 => (Owner::Queue { queue }, Queued),
        3 => (Owner::Offered { queue, offer: OfferId(Uuid::from_u128(8)), agents: dice.some(agents) }, Offered),
        _ => (Owner::Agent { agent }, dice.of(&[Active, Hold, Snoozed, WrapUp])),
    }
}

async fn e3_lists_and_the_live_socket_show_everybody_the_same(desk: Desk) {
    let scope = desk.scope().await;
    let mut dice = Dice(20_261_201);
    let agents: Vec<AgentId> = (0..4).map(|_| fresh()).collect();
    let queues: Vec<QueueId> = (0..3).map(|_| fresh()).collect();
    for queue in &queues {
        // One has the id of an agent for its name, which makes nobody a member.
        let mut settings = QueueSettings::usual(*queue, dice.of(&agents).to_string());
        settings.members = dice.some(&agents).into_iter().collect();
        desk.provision(Provision::Queue { tenant: TENANT, settings }).await;
    }
    let mut standing = Vec::new();
    for n in 0..60 {
        let (thread, id) = desk.thread(&format!("55119999{n:05}")).await;
        let (owner, state) = anybody(&mut dice, &agents, &queues);
        let queue = if let Owner::Queue { queue } = owner { queue } else { dice.of(&queues) };
        let last_agent = (dice.below(3) > 0).then(|| dice.of(&agents));
        let row = ConversationRow { owner, state, queue, last_agent, ..conversation_row(id, thread) };
        let mut commit = desk.thread_commit(thread, 1);
        commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row.clone())))];
        desk.committed(commit).await;
        standing.push(row);
    }
    let settings = desk.store().directory(scope).await.unwrap().what.queues;
    for (role, agent) in Role::BUILT_IN.iter().flat_map(|role| agents.iter().map(move |agent| (role, *agent))) {
        let visibility = Visibility::of(role.permissions(), agent);
        let visible = visibility.among(settings.iter().map(|queue| (queue.settings.id, &queue.settings.members)));
        let of_rule = |only: fn(ConversationState) -> bool| -> BTreeSet<_> {
            let of_state = standing.iter().filter(|row| only(row.state));
            of_state.filter(|row| visible.sees(&row.owner, row.last_agent)).map(|row| row.id).collect()
        };
        let page =
            desk.store().conversations(scope, visibility, &ConversationFilter::default(), None, 200).await.unwrap();
        let listed: BTreeSet<_> = page.what.rows.iter().map(|view| view.row.id).collect();
        assert_eq!(listed, of_rule(|_| true), "the list of {} {agent}", role.name());
        let inbox = LiveTopic::Inbox { visibility, own: agent, most: 200 };
        let inbox = desk.store().live_topic(scope, inbox).await.unwrap().what.lines;
        let inbox: BTreeSet<_> = inbox.iter().map(|line| line.conversation.row.id).collect();
        assert_eq!(inbox, of_rule(|state| state != ConversationState::Closed), "the inbox of {} {agent}", role.name());
        for row in &standing {
            let one = desk.store().conversation(scope, visibility, row.id).await.unwrap().what;
            assert_eq!(one.is_some(), visible.sees(&row.owner, row.last_agent), "{} {agent}: {row:?}", role.name());
        }
    }
}
