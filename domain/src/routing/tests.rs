//! The promises of routing, whatever happens in whatever order: I3 to I9. Threads decide, the index believes what they committed.

use super::{
    AcceptMode, AgentView, CHAT_UNITS, Chosen, Connection, Effective, Index, OnDisconnect, Proposal, QueueSettings,
    effective,
};
use crate::Row;
use crate::conversation;
use crate::conversation::contact::{Identifier, IdentifierKind};
use crate::conversation::content::Content;
use crate::conversation::context::MessageContext;
use crate::conversation::{Command, Decided, FIRST_REPLY, OFFER, OfferCommand, Owner, ReplyCommand, Thread};
use crate::ids::{AgentId, OfferId, QueueId, ThreadId};
use crate::item::{Arrived, Inbound, Said};
use crate::routing::{self, Activity};
use crate::time::{Span, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

pub(super) const AGENTS: u128 = 3;
const THREADS: u128 = 20;

/// A tenant in a glass: threads that decide, a router's index that hears of it later, and offers on their way.
pub(super) struct Desk {
    pub(super) now: Timestamp,
    next_id: u128,
    threads: BTreeMap<ThreadId, Thread>,
    pub(super) index: Index,
    proposals: Vec<Proposal>,
    /// Committed and not yet heard of.
    on_the_way: VecDeque<Row>,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Writes {
        thread: u128,
    },
    Connects {
        agent: u128,
        connection: Connection,
    },
    Chooses {
        agent: u128,
        chosen: Chosen,
    },
    /// The router looks, and offers set out.
    Routes,
    /// An offer reaches its conversation.
    OfferArrives {
        which: usize,
    },
    /// The feed brings the next committed rows.
    Hears {
        rows: usize,
    },
    Picks {
        agent: u128,
        thread: u128,
    },
    Accepts {
        agent: u128,
        thread: u128,
    },
    Declines {
        agent: u128,
        thread: u128,
    },
    Replies {
        thread: u128,
    },
    RunsOut {
        thread: u128,
    },
    Closes {
        thread: u128,
    },
    GraceEnds {
        agent: u128,
    },
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    let agent = 0..AGENTS;
    let thread = 0..THREADS;
    prop_oneof![
        4 => thread.clone().prop_map(|thread| Step::Writes { thread }),
        2 => (agent.clone(), prop_oneof![3 => Just(Connection::Connected), 1 => Just(Connection::Grace)])
            .prop_map(|(agent, connection)| Step::Connects { agent, connection }),
        2 => (agent.clone(), prop_oneof![4 => Just(Chosen::Online), 1 => Just(Chosen::Away)])
            .prop_map(|(agent, chosen)| Step::Chooses { agent, chosen }),
        4 => Just(Step::Routes),
        4 => (0..8_usize).prop_map(|which| Step::OfferArrives { which }),
        4 => (1..6_usize).prop_map(|rows| Step::Hears { rows }),
        1 => (agent.clone(), thread.clone()).prop_map(|(agent, thread)| Step::Picks { agent, thread }),
        2 => (agent.clone(), thread.clone()).prop_map(|(agent, thread)| Step::Accepts { agent, thread }),
        1 => (agent.clone(), thread.clone()).prop_map(|(agent, thread)| Step::Declines { agent, thread }),
        2 => thread.clone().prop_map(|thread| Step::Replies { thread }),
        1 => thread.clone().prop_map(|thread| Step::RunsOut { thread }),
        1 => thread.prop_map(|thread| Step::Closes { thread }),
        1 => agent.prop_map(|agent| Step::GraceEnds { agent }),
    ]
}

impl Desk {
    pub(super) fn new(accept: AcceptMode, on_disconnect: OnDisconnect) -> Self {
        let mut index = Index::default();
        let members = (0..AGENTS).map(agent).collect();
        let queue = QueueSettings { accept, on_disconnect, members, ..QueueSettings::usual(queue(), "Ventas") };
        index.set_queue(queue);
        for n in 0..AGENTS {
            let view = AgentView {
                chosen: Chosen::Online,
                connection: Connection::Gone,
                capacity_units: 2 * CHAT_UNITS,
                last_release_at: None,
                last_assigned_at: None,
                misses: 0,
            };
            index.set_agent(agent(n), view);
            index.connected(agent(n), Connection::Connected);
        }
        let now = Timestamp::from_seconds(1_700_000_000);
        let (threads, proposals, on_the_way) = (BTreeMap::new(), Vec::new(), VecDeque::new());
        Self { now, next_id: 1, threads, index, proposals, on_the_way }
    }

    fn next<T: From<Uuid>>(&mut self) -> T {
        self.next_id += 1;
        id(self.next_id << 32)
    }

    fn thread(&self, thread: ThreadId) -> Thread {
        self.threads.get(&thread).cloned().unwrap_or_else(|| Thread::fresh(thread))
    }

    /// Records a decision: the thread believes it, its rows set out to the router.
    fn commit(&mut self, thread: ThreadId, decided: Decided) {
        let mut after = self.thread(thread);
        for (event, _) in &decided.events {
            after.apply(event, self.now);
        }
        self.on_the_way.extend(decided.rows);
        let line = (!decided.events.is_empty()).then(|| after.conversation_row(decided.preview)).flatten();
        self.on_the_way.extend(line.map(|row| Row::Conversation(conversation::Row::Conversation(Box::new(row)))));
        self.threads.insert(thread, after);
    }

    fn command(&mut self, thread: ThreadId, command: &Command) -> bool {
        match self.thread(thread).decide(command, self.now) {
            Ok(decided) => {
                self.commit(thread, decided);
                true
            }
            Err(_) => false,
        }
    }

    pub(super) fn hear(&mut self, rows: usize) {
        for _ in 0..rows {
            match self.on_the_way.pop_front() {
                Some(Row::Conversation(conversation::Row::Conversation(row))) => self.index.saw(&row),
                Some(Row::Routing(routing::Row::AgentActivity { agent, what: Activity::Missed, .. })) => {
                    self.index.missed(agent);
                }
                Some(Row::Routing(routing::Row::AgentActivity { agent, what: Activity::Answered, .. })) => {
                    self.index.answered(agent);
                }
                Some(_) => {}
                None => return,
            }
        }
    }

    pub(super) fn step(&mut self, step: &Step) {
        self.now = self.now.plus(Span::millis(700));
        match step {
            Step::Writes { thread: n } => {
                let arrived = self.arrives(*n);
                let decided = self.thread(thread(*n)).receive(&arrived, self.now);
                self.commit(thread(*n), decided);
            }
            Step::Connects { agent: n, connection } => self.index.connected(agent(*n), *connection),
            Step::Chooses { agent: n, chosen } => self.index.chose(agent(*n), *chosen),
            Step::Routes => self.route(),
            Step::OfferArrives { which } => {
                if !self.proposals.is_empty() {
                    let proposal = self.proposals.remove(which % self.proposals.len());
                    self.carry(proposal);
                }
            }
            Step::Hears { rows } => self.hear(*rows),
            Step::Picks { agent: n, thread: t } => {
                let offer: OfferId = self.next();
                if let Ok(expected_epoch) = self.index.reserve_for_pick(agent(*n), thread(*t), offer, self.now)
                    && !self.command(thread(*t), &Command::Pick { agent: agent(*n), expected_epoch, incarnation: 1 })
                {
                    self.index.give_back(thread(*t), offer);
                }
            }
            Step::Accepts { agent: n, thread: t } => {
                if let Some(offer) = self.held_out(*t) {
                    let first = self.command(thread(*t), &Command::Accept { agent: agent(*n), offer });
                    let second = self.command(thread(*t), &Command::Accept { agent: agent(*n), offer });
                    assert!(!(first && second), "I3: of two accepts one succeeds");
                }
            }
            Step::Declines { agent: n, thread: t } => {
                if let Some(offer) = self.held_out(*t) {
                    self.command(thread(*t), &Command::Decline { agent: agent(*n), offer });
                }
            }
            Step::Replies { thread: t } => {
                let message = self.next();
                if let Some(by) = self.thread(thread(*t)).owner().agent() {
                    let reply = ReplyCommand { by, message, content: Content::text("si"), reply_to: None };
                    self.command(thread(*t), &Command::Reply(reply));
                }
            }
            Step::RunsOut { thread: t } => {
                let clock = self.thread(thread(*t)).open_episode().and_then(|episode| episode.reply_clock);
                self.now = clock.map_or(self.now, |clock| self.now.max(clock.due_at));
                for kind in [OFFER, FIRST_REPLY] {
                    let decided = self.thread(thread(*t)).run_out(kind, self.now);
                    self.commit(thread(*t), decided);
                }
            }
            Step::Closes { thread: t } => {
                if let Some(by) = self.thread(thread(*t)).owner().agent() {
                    self.command(thread(*t), &Command::Close { by, seen: None });
                }
            }
            Step::GraceEnds { agent: n } => {
                self.index.connected(agent(*n), Connection::Gone);
                for (thread, expected_epoch) in self.index.to_requeue(agent(*n)) {
                    self.command(thread, &Command::Requeue { agent: agent(*n), expected_epoch });
                }
            }
        }
    }

    fn route(&mut self) {
        let mut n = self.next_id;
        let proposals = self.index.propose(self.now, || {
            n += 1;
            id(n << 32)
        });
        self.next_id = n;
        for proposal in &proposals {
            let view = self.index.agent(proposal.agent).expect("a known agent");
            assert!(view.effective().is_routable(), "I9: no offer to an agent who is not routable");
            let chat = self.index.chat(proposal.thread).expect("a known chat");
            let paused = chat.pauses.iter().any(|(who, until)| *who == proposal.agent && *until > self.now);
            assert!(!paused, "who just let it pass is not asked again at once");
        }
        self.proposals.extend(proposals);
    }

    fn carry(&mut self, proposal: Proposal) {
        let Proposal { thread, agent, offer, expected_epoch, accept, typing_us } = proposal;
        let command = OfferCommand { offer, agent, expected_epoch, accept, typing_us, incarnation: 1 };
        if !self.command(thread, &Command::Offer(command)) {
            self.index.give_back(thread, offer);
        }
    }

    fn held_out(&self, n: u128) -> Option<OfferId> {
        let chat = self.thread(thread(n));
        let Owner::Offered { offer, .. } = chat.owner() else { return None };
        Some(*offer)
    }

    fn arrives(&mut self, n: u128) -> Arrived {
        Arrived {
            number: id(1),
            queue: queue(),
            inbound: Inbound {
                identifiers: vec![Identifier::new(IdentifierKind::WaId, n.to_string())],
                profile_name: None,
                username: None,
                moved: vec![],
                provider_message_id: self.next_id.to_string(),
                said_at: self.now,
                what: Said::Message { content: Content::text("hola") },
                reply_to: None,
                context: MessageContext::default(),
            },
            received_at: self.now,
            contact: id(3),
            claims: vec![],
            possible_duplicate: None,
            message: self.next(),
            conversation: self.next(),
            raw: None,
        }
    }

    /// I4 and I5, by what the threads committed, whatever the index knows of it yet.
    fn assert_capacity(&self) {
        for n in 0..AGENTS {
            let used = self.threads.values().filter(|thread| match thread.owner() {
                Owner::Agent { agent: owner } => *owner == agent(n),
                Owner::Offered { agents, .. } => agents.contains(&agent(n)),
                _ => false,
            });
            assert!(used.count() as i64 * CHAT_UNITS <= 2 * CHAT_UNITS, "I4, I5: never over capacity");
        }
    }

    pub(super) fn owner(&self, n: u128) -> Option<AgentId> {
        self.thread(thread(n)).owner().agent()
    }

    /// Lets everything that is under way arrive and be heard of, and routes until nothing more happens.
    pub(super) fn settle(&mut self) {
        loop {
            self.hear(usize::MAX);
            self.route();
            if self.proposals.is_empty() {
                return;
            }
            for proposal in std::mem::take(&mut self.proposals) {
                self.carry(proposal);
            }
        }
    }
}

pub(super) fn agent(n: u128) -> AgentId {
    id(100 + n)
}

pub(super) fn thread(n: u128) -> ThreadId {
    id(200 + n)
}

fn queue() -> QueueId {
    id(2)
}

fn any_mode() -> impl Strategy<Value = AcceptMode> {
    prop_oneof![
        Just(AcceptMode::Auto { first_reply_us: Span::seconds(180) }),
        Just(AcceptMode::Offer { within_us: Span::seconds(30) }),
    ]
}

proptest! {
    #[test]
    fn i3_i4_i5_i9_hold_for_any_order_of_steps_however_late_the_router_hears(
        mode in any_mode(),
        steps in prop::collection::vec(any_step(), 1..120),
    ) {
        let mut desk = Desk::new(mode, OnDisconnect::RequeueAll);
        for step in &steps {
            desk.step(step);
            desk.assert_capacity();
        }
    }

    #[test]
    fn i8_nobody_free_stands_beside_somebody_who_waits_once_all_is_heard(
        mode in any_mode(),
        steps in prop::collection::vec(any_step(), 1..80),
    ) {
        let mut desk = Desk::new(mode, OnDisconnect::RequeueUnanswered);
        for step in &steps {
            desk.step(step);
        }
        desk.settle();
        for chat in desk.index.chats().filter(|chat| matches!(chat.owner, Owner::Queue { .. })) {
            for (id, view) in desk.index.agents() {
                prop_assert!(!desk.index.eligible(id, view, &desk.index.load(), chat, desk.now), "I8: {:?} is free for {:?}", id, chat);
            }
        }
        desk.assert_capacity();
    }

    #[test]
    fn b1_an_index_rebuilt_from_rows_is_the_one_that_was_kept_current(
        steps in prop::collection::vec(any_step(), 1..80),
    ) {
        let mut desk = Desk::new(AcceptMode::Offer { within_us: Span::seconds(30) }, OnDisconnect::Keep);
        for step in &steps {
            desk.step(step);
        }
        desk.hear(usize::MAX);
        let mut rebuilt = Index::default();
        for thread in desk.threads.values() {
            if let Some(row) = thread.conversation_row(None) {
                rebuilt.saw(&row);
            }
        }
        prop_assert_eq!(&rebuilt.chats, &desk.index.chats);
        prop_assert_eq!(&rebuilt.waiting, &desk.index.waiting);
        prop_assert_eq!(&rebuilt.occupying, &desk.index.occupying);
        let occupying = desk.index.chats.iter().filter(|(_, chat)| !chat.occupied().is_empty());
        prop_assert_eq!(occupying.map(|(thread, _)| *thread).collect::<BTreeSet<_>>(), desk.index.occupying.clone());
        let waiting = desk.index.chats.values().filter(|chat| matches!(chat.owner, Owner::Queue { .. })).count();
        prop_assert_eq!(desk.index.waiting.values().map(BTreeSet::len).sum::<usize>(), waiting);
    }
}

#[test]
fn i6_of_those_who_may_have_anybody_the_oldest_is_served_first() {
    let mut desk = Desk::new(AcceptMode::Auto { first_reply_us: Span::seconds(180) }, OnDisconnect::Keep);
    for n in [5, 3, 9, 1, 7, 2, 8] {
        desk.step(&Step::Writes { thread: n });
    }
    desk.hear(usize::MAX);
    desk.route();
    let served: Vec<ThreadId> = desk.proposals.iter().map(|proposal| proposal.thread).collect();
    assert_eq!(served, [5, 3, 9, 1, 7, 2].map(thread), "three agents with room for two each, oldest first");
}

#[test]
fn longest_idle_takes_turns_and_who_was_never_served_comes_first() {
    let mut desk = Desk::new(AcceptMode::Auto { first_reply_us: Span::seconds(180) }, OnDisconnect::Keep);
    let mut order = Vec::new();
    for n in 0..6 {
        desk.step(&Step::Writes { thread: n });
        desk.settle();
        let owner = desk.thread(thread(n)).owner().agent().expect("somebody is free");
        order.push(owner);
        desk.step(&Step::Closes { thread: n });
        desk.hear(usize::MAX);
    }
    assert_eq!(order, [0, 1, 2, 0, 1, 2].map(agent));
}

#[test]
fn three_misses_take_an_agent_out_until_they_act() {
    let mut desk = Desk::new(AcceptMode::Offer { within_us: Span::seconds(30) }, OnDisconnect::Keep);
    for n in 1..AGENTS {
        desk.step(&Step::Chooses { agent: n, chosen: Chosen::Away });
    }
    for n in 0..3 {
        desk.step(&Step::Writes { thread: n });
        desk.settle();
        desk.step(&Step::RunsOut { thread: n });
        desk.hear(usize::MAX);
    }
    let effective = |desk: &Desk| desk.index.agent(agent(0)).map(AgentView::effective);
    assert_eq!(effective(&desk), Some(Effective::NotResponding));
    desk.step(&Step::Writes { thread: 9 });
    desk.settle();
    assert_eq!(desk.held_out(9), None, "nobody else is there, and the one who is does not respond");
    desk.step(&Step::Chooses { agent: 0, chosen: Chosen::Online });
    desk.settle();
    assert!(desk.held_out(9).is_some());
}

#[test]
fn b4_a_chosen_presence_without_a_socket_is_not_routable() {
    use Connection::{Connected, Gone, Grace};
    assert_eq!(effective(Chosen::Online, Gone, false), Effective::Disconnected);
    assert_eq!(effective(Chosen::Online, Grace, false), Effective::Disconnected);
    assert!(effective(Chosen::Online, Connected, false).is_routable());
    assert!(!effective(Chosen::Online, Connected, true).is_routable());
    assert_eq!(effective(Chosen::Offline, Gone, true), Effective::Offline);
}

#[test]
fn grace_takes_back_first_those_whose_customer_waits_and_keeps_the_answered() {
    let mut desk = Desk::new(AcceptMode::Auto { first_reply_us: Span::seconds(180) }, OnDisconnect::RequeueUnanswered);
    desk.step(&Step::Writes { thread: 0 });
    desk.step(&Step::Writes { thread: 1 });
    for n in 1..AGENTS {
        desk.step(&Step::Connects { agent: n, connection: Connection::Grace });
    }
    desk.settle();
    desk.step(&Step::Replies { thread: 0 });
    desk.hear(usize::MAX);
    let load: Vec<ThreadId> = desk.index.to_requeue(agent(0)).into_iter().map(|(thread, _)| thread).collect();
    assert_eq!(load, [thread(1)]);
}

#[test]
fn chats_nobody_can_serve_hold_up_none_behind_them() {
    let mut desk = Desk::new(AcceptMode::Offer { within_us: Span::seconds(30) }, OnDisconnect::Keep);
    let deserted: QueueId = id(9_999);
    desk.index.set_queue(QueueSettings::usual(deserted, "Nadie"));
    for n in 1_000..1_600 {
        desk.step(&Step::Writes { thread: n });
    }
    for row in &mut desk.on_the_way {
        if let Row::Conversation(conversation::Row::Conversation(row)) = row {
            (row.queue, row.owner) = (deserted, Owner::Queue { queue: deserted });
        }
    }
    desk.step(&Step::Writes { thread: 0 });
    desk.settle();
    assert!(desk.held_out(0).is_some(), "six hundred wait before it, in a queue without agents");
}
