//! The router's messages, and what it does about each.

mod clocks;
mod picking;

use super::RouterParts;
use super::attendance::Attendance;
use super::board::Board;
use super::change::Change;
use crate::asking::Caller;
use crate::conversation::ROUTER;
use dashoffice_domain::conversation::{Command, Done, OfferCommand};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{AgentId, ConversationId, OfferId, ThreadId};
use dashoffice_domain::ports::Unavailable;
use dashoffice_domain::routing::{Connection, Index, Proposal};
use dashoffice_domain::{Refusal, Span, Timestamp};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{AskError, Backlog, Changes, Tick, task, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

/// The sweep: must normally find nothing (routing rule 1).
const SWEEP: Duration = Duration::from_secs(5);
/// A hold without a decision after this long is asked about.
const OVERDUE: Span = Span::seconds(6);
/// The board is shown at most this often.
const SHOWN_EVERY: Duration = Duration::from_millis(200);

type Answer = Result<Result<Done, Refusal>, AskError>;

#[derive(Debug)]
pub(crate) enum RouterMessage {
    /// Something waits in the backlog.
    Changed,
    /// Sockets of this agent came or went, or a lease.
    Connection(AgentId),
    /// Unless it was renewed in the meantime.
    LeaseEnds {
        agent: AgentId,
        generation: u64,
    },
    GraceEnds {
        agent: AgentId,
        generation: u64,
    },
    Pick(Pick),
    /// An agent is writing in a chat.
    Types {
        agent: AgentId,
        conversation: ConversationId,
    },
    /// A pause or an exclusion has ended.
    Released,
    /// A conversation has answered, or nobody knows.
    Answered {
        thread: ThreadId,
        offer: OfferId,
        answer: Answered,
    },
    Sweep(Tick),
    Show,
}

#[derive(Debug)]
pub(crate) struct Pick {
    pub(super) agent: AgentId,
    pub(super) thread: ThreadId,
    pub(super) expected_epoch: i64,
    pub(super) caller: Caller,
    pub(super) answer: oneshot::Sender<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// At this owner epoch.
    Committed {
        owner_epoch: i64,
    },
    Refused,
    Nobody,
}

#[derive(Debug)]
pub(crate) struct RouterActor;

pub(crate) struct Arguments {
    pub(super) parts: RouterParts,
    pub(super) backlog: Arc<Backlog<Change>>,
    pub(super) attendance: Attendance,
    pub(super) shown: Arc<watch::Sender<Arc<Board>>>,
    pub(super) stands: Arc<watch::Sender<bool>>,
}

/// What was asked of a conversation, to be asked again under the same key if nobody answers.
#[derive(Clone, Debug)]
struct Asked {
    caller: Caller,
    command: Command,
}

pub(crate) struct RouterState {
    parts: RouterParts,
    backlog: Arc<Backlog<Change>>,
    attendance: Attendance,
    shown: Arc<watch::Sender<Arc<Board>>>,
    stands: Arc<watch::Sender<bool>>,
    incarnation: i64,
    /// The position the index was rebuilt at: what is heard from before it is in it already.
    as_of: i64,
    index: Index,
    asked: HashMap<OfferId, Asked>,
    /// Raised each time an agent's sockets change, so that an old grace's end is known for what it is.
    generations: HashMap<AgentId, u64>,
    show_is_due: bool,
    /// When a pause or an exclusion ends, next.
    looks_at: Option<Timestamp>,
}

impl Actor for RouterActor {
    type Msg = RouterMessage;
    type State = RouterState;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<RouterMessage>,
        arguments: Arguments,
    ) -> Result<RouterState, ActorProcessingErr> {
        arguments.backlog.missed();
        myself.cast(RouterMessage::Changed)?;
        tick(&myself, SWEEP, RouterMessage::Sweep);
        Ok(RouterState {
            parts: arguments.parts,
            backlog: arguments.backlog,
            attendance: arguments.attendance,
            shown: arguments.shown,
            stands: arguments.stands,
            incarnation: 0,
            as_of: 0,
            index: Index::default(),
            asked: HashMap::new(),
            generations: HashMap::new(),
            show_is_due: false,
            looks_at: None,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<RouterMessage>,
        message: RouterMessage,
        state: &mut RouterState,
    ) -> Result<(), ActorProcessingErr> {
        reach("router", "handle");
        match message {
            RouterMessage::Changed => state.news(&myself).await,
            RouterMessage::Connection(agent) => state.connection(agent, &myself),
            RouterMessage::LeaseEnds { agent, generation } => state.lease_ends(agent, generation, &myself),
            RouterMessage::GraceEnds { agent, generation } => state.grace_ends(agent, generation),
            RouterMessage::Pick(pick) => state.pick(pick, &myself),
            RouterMessage::Types { agent, conversation } => {
                state.types(agent, conversation);
                return Ok(());
            }
            RouterMessage::Released => state.looks_at = None,
            RouterMessage::Answered { thread, offer, answer } => state.answered(thread, offer, answer),
            RouterMessage::Sweep(tick) => {
                drop(tick);
                state.sweep(&myself);
            }
            RouterMessage::Show => {
                state.show_is_due = false;
                state.show();
                return Ok(());
            }
        }
        state.take_back_from_the_gone();
        state.route(&myself);
        state.look_when_released(&myself);
        if !state.show_is_due {
            state.show_is_due = true;
            myself.send_after(SHOWN_EVERY, || RouterMessage::Show);
        }
        Ok(())
    }
}

/// The epoch a decision left its chat at; 0: it changed no owner.
const fn epoch_of(done: &Done) -> i64 {
    match done {
        Done::Picked { owner_epoch, .. } | Done::Offered { owner_epoch, .. } | Done::Requeued { owner_epoch, .. } => {
            *owner_epoch
        }
        Done::Queued { .. }
        | Done::Closed { .. }
        | Done::Reacted { .. }
        | Done::Read { .. }
        | Done::Typing { .. }
        | Done::Settled { .. } => 0,
    }
}

impl RouterState {
    fn now(&self) -> Timestamp {
        Timestamp(self.parts.clock.now())
    }

    /// A new incarnation: what older ones offered is refused from here on; then everything is read at one position.
    async fn rebuild(&mut self, myself: &ActorRef<RouterMessage>) {
        while self.try_rebuild(myself).await.is_err() {
            self.parts.availability.wait().await;
        }
        // Whoever waits until it stands sees who is there.
        self.show();
        self.stands.send_replace(true);
    }

    async fn try_rebuild(&mut self, myself: &ActorRef<RouterMessage>) -> Result<(), Unavailable> {
        let tenant = self.parts.reads.tenant().0;
        let raised = self.parts.journal.bump_fencing_token(tenant, ROUTER.to_owned()).await;
        self.incarnation = raised.map_err(|error| Unavailable { doing: error.doing, reason: error.reason })?;
        reach("router", "rebuild");
        let snapshot = self.parts.reads.routing().await?;
        let mut index = Index::default();
        for queue in snapshot.queues {
            index.set_queue(queue);
        }
        let agents: Vec<AgentId> = snapshot.agents.iter().map(|(agent, _)| *agent).collect();
        for (id, agent) in snapshot.agents {
            index.set_agent(id, agent);
        }
        for row in &snapshot.chats {
            index.saw(row);
        }
        (self.index, self.as_of) = (index, snapshot.as_of);
        self.asked.clear();
        // Grace begins anew; nobody is routable until a socket is back (B4).
        for agent in agents {
            self.attend(agent, myself);
        }
        Ok(())
    }

    /// Takes what was committed; where something was missed, the index is read anew.
    async fn news(&mut self, myself: &ActorRef<RouterMessage>) {
        match self.backlog.take() {
            Changes::All(changes) => changes.iter().for_each(|change| change.enter(&mut self.index, self.as_of)),
            Changes::Missed => self.rebuild(myself).await,
        }
    }

    /// Who was away already is not forgiven anew because an old tab closes late.
    fn connection(&mut self, agent: AgentId, myself: &ActorRef<RouterMessage>) {
        let was_present = self.index.agent(agent).is_some_and(|view| view.connection.is_present());
        if was_present || self.attendance.of(agent).is_some() {
            self.attend(agent, myself);
        }
    }

    /// Takes up whether they are there; if not, grace begins.
    fn attend(&mut self, agent: AgentId, myself: &ActorRef<RouterMessage>) {
        let generation = self.generations.entry(agent).or_default();
        *generation += 1;
        let generation = *generation;
        if let Some(present) = self.attendance.of(agent) {
            self.index.connected(agent, present);
            if let Some(left) = self.attendance.lasts_for(agent) {
                myself.send_after(left, move || RouterMessage::LeaseEnds { agent, generation });
            }
            return;
        }
        self.index.connected(agent, Connection::Grace);
        let grace = Duration::from_micros(self.index.grace_of(agent).0.max(0).cast_unsigned());
        myself.send_after(grace, move || RouterMessage::GraceEnds { agent, generation });
    }

    /// Looks whether they are still there; a lease that was renewed runs on.
    fn lease_ends(&mut self, agent: AgentId, generation: u64, myself: &ActorRef<RouterMessage>) {
        if self.generations.get(&agent) == Some(&generation) {
            self.connection(agent, myself);
        }
    }

    fn grace_ends(&mut self, agent: AgentId, generation: u64) {
        if self.generations.get(&agent) == Some(&generation) && self.attendance.of(agent).is_none() {
            self.index.connected(agent, Connection::Gone);
        }
    }

    /// By state, not by occasion, and without a look at anybody else's chats: as long as somebody is gone and has chats that must not wait for them, those are taken back.
    fn take_back_from_the_gone(&mut self) {
        for agent in self.index.abandoning() {
            for (thread, expected_epoch) in self.index.to_requeue(agent) {
                let key = Uuid::new_v5(&thread.0, format!("requeue {expected_epoch}").as_bytes());
                if self.asked.contains_key(&OfferId(key)) {
                    continue;
                }
                self.order(Principal::SYSTEM, key, thread, Command::Requeue { agent, expected_epoch });
            }
        }
    }

    fn route(&mut self, myself: &ActorRef<RouterMessage>) {
        let ids = Arc::clone(&self.parts.ids);
        let now = self.now();
        for proposal in self.index.propose(now, || OfferId(ids.next())) {
            let Proposal { thread, agent, offer, expected_epoch, accept, typing_us } = proposal;
            reach("router", "held");
            let incarnation = self.incarnation;
            let command = Command::Offer(OfferCommand { offer, agent, expected_epoch, accept, typing_us, incarnation });
            let caller = Caller::commanding(Principal::SYSTEM, offer.0, thread, &command);
            self.ask(thread, offer, Asked { caller, command }, None, myself);
        }
    }

    /// Asks a conversation without waiting for it.
    fn ask(
        &mut self,
        thread: ThreadId,
        offer: OfferId,
        asked: Asked,
        caller: Option<oneshot::Sender<Answer>>,
        myself: &ActorRef<RouterMessage>,
    ) {
        let (conversations, tenant) = (self.parts.conversations.clone(), self.parts.reads.tenant());
        let (Asked { caller: by, command }, myself) = (asked.clone(), myself.clone());
        self.asked.insert(offer, asked);
        task::spawn("offer", async move {
            reach("offer", "ask");
            let answer = conversations.command_by(tenant, thread, by, command).await;
            reach("offer", "answered");
            let message = match &answer {
                Ok(Ok(done)) => Answered::Committed { owner_epoch: epoch_of(done) },
                Ok(Err(_)) => Answered::Refused,
                Err(_) => Answered::Nobody,
            };
            let _ = myself.cast(RouterMessage::Answered { thread, offer, answer: message });
            if let Some(caller) = caller {
                // The caller may have stopped waiting.
                let _ = caller.send(answer);
            }
        });
    }

    fn answered(&mut self, thread: ThreadId, offer: OfferId, answer: Answered) {
        match answer {
            // What was committed comes by the feed, and ends the hold.
            Answered::Committed { owner_epoch } => {
                self.asked.remove(&offer);
                self.index.decided(thread, offer, owner_epoch);
            }
            Answered::Refused => {
                self.asked.remove(&offer);
                self.index.give_back(thread, offer);
            }
            // Perhaps it was decided: the sweep asks again.
            Answered::Nobody => {}
        }
    }

    fn sweep(&mut self, myself: &ActorRef<RouterMessage>) {
        let then = self.now().plus(Span(-OVERDUE.0));
        for (thread, reservation) in self.index.overdue_reservations(then) {
            if let Some(asked) = self.asked.get(&reservation.offer).cloned() {
                self.ask(thread, reservation.offer, asked, None, myself);
            }
        }
        // What holds nothing any more is decided, whoever was not told so; taking back is asked again by state.
        let held = self.index.held_offers();
        self.asked.retain(|offer, _| held.contains(offer));
    }

    fn show(&self) {
        let board = Board::of(&self.index, &self.attendance);
        self.shown.send_if_modified(|shown| {
            let changed = **shown != board;
            if changed {
                *shown = Arc::new(board);
            }
            changed
        });
    }
}
