//! Who waits for one of these agents, and what is said to them.

use super::{AutoResponderParts, AutoResponderSettings};
use crate::Office;
use crate::asking::Caller;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::conversation::{Command, Owner, ReplyCommand};
use dashoffice_domain::ids::{AgentId, MessageId, ThreadId};
use dashoffice_domain::ports::Awaiting;
use dashoffice_domain::routing::{AgentCommand, Chosen};
use dashoffice_domain::{Refusal, Row, conversation};
use dashoffice_runtime::{AskError, Backlog, Changes, Published, Tick, task, tick};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Answers under way at the same time.
const AT_ONCE: usize = 64;
/// Answers that wait for their turn; what is beyond is found by the look.
pub(super) const MOST_WAITING: usize = 2_000;
/// Covers news that was lost.
const LOOK: Duration = Duration::from_secs(2);
/// Chats looked at each time.
const PAGE: u32 = 500;

#[derive(Debug)]
pub(crate) enum AutoResponderMessage {
    /// Something waits in the backlog.
    Changed,
    Answered(MessageId),
    Tick(Tick),
}

/// A message that its chat's owner is to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    thread: ThreadId,
    message: MessageId,
    by: AgentId,
    epoch: i64,
}

#[derive(Debug)]
pub(crate) struct AutoResponderActor;

pub(crate) struct Arguments {
    pub(super) parts: AutoResponderParts,
    pub(super) backlog: Arc<Backlog<Call>>,
}

pub(crate) struct AutoResponderState {
    parts: AutoResponderParts,
    backlog: Arc<Backlog<Call>>,
    at_once: Arc<Semaphore>,
    under_way: HashSet<MessageId>,
    /// Agents who sit at a socket of ours.
    seated: BTreeSet<AgentId>,
}

/// Chats in a batch that an agent owns and whose customer waits.
pub(super) fn of_interest(batch: &Published<Office>) -> Vec<Call> {
    batch
        .rows
        .iter()
        .filter_map(|row| match row {
            Row::Conversation(conversation::Row::Conversation(row))
                if row.waiting_since.is_some() && row.last_direction == Direction::Inbound =>
            {
                Some(Call {
                    thread: row.thread,
                    message: row.last_message?,
                    by: row.owner.agent()?,
                    epoch: row.owner_epoch,
                })
            }
            _ => None,
        })
        .collect()
}

impl Actor for AutoResponderActor {
    type Msg = AutoResponderMessage;
    type State = AutoResponderState;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<AutoResponderMessage>,
        Arguments { parts, backlog }: Arguments,
    ) -> Result<AutoResponderState, ActorProcessingErr> {
        backlog.missed();
        myself.cast(AutoResponderMessage::Changed)?;
        tick(&myself, LOOK, AutoResponderMessage::Tick);
        // Who sits at this board is known once it is shown; a moment after a start, and not only at the next look.
        let (mut board, shown, unseen) = (parts.router.board(), myself.clone(), Arc::clone(&backlog));
        task::spawn("board", async move {
            if board.wait_for(|board| !board.agents.is_empty()).await.is_ok() && unseen.missed() {
                let _ = shown.cast(AutoResponderMessage::Changed);
            }
        });
        Ok(AutoResponderState {
            parts,
            backlog,
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            under_way: HashSet::new(),
            seated: BTreeSet::new(),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<AutoResponderMessage>,
        message: AutoResponderMessage,
        state: &mut AutoResponderState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            AutoResponderMessage::Changed => match state.backlog.take() {
                Changes::All(calls) => state.answer_all(calls, &myself),
                Changes::Missed => state.look(&myself).await,
            },
            AutoResponderMessage::Answered(message) => {
                state.under_way.remove(&message);
            }
            AutoResponderMessage::Tick(tick) => {
                drop(tick);
                state.look(&myself).await;
            }
        }
        Ok(())
    }
}

impl AutoResponderState {
    /// Looks who is there and who waits.
    async fn look(&mut self, myself: &ActorRef<AutoResponderMessage>) {
        let settings = self.parts.settings.now();
        self.be_present(settings.as_ref().map_or(&[], |settings| &settings.agents));
        // Weather: the next look comes by itself.
        if settings.is_some()
            && let Ok(waiting) = self.parts.reads.awaiting(PAGE).await
        {
            let calls = waiting.into_iter().filter_map(|Awaiting { thread, message, owner, owner_epoch, .. }| {
                let Owner::Agent { agent } = owner else { return None };
                Some(Call { thread, message, by: agent, epoch: owner_epoch })
            });
            self.answer_all(calls.collect(), myself);
        }
    }

    /// Each agent sits at a socket of their own, and says so where they have not. Another tenant's are not on this board, and no affair
    /// of ours (C6).
    fn be_present(&mut self, wanted: &[AgentId]) {
        for agent in self.seated.extract_if(.., |agent| !wanted.contains(agent)) {
            self.parts.router.disconnected(agent, derived(agent.0, "seat"));
        }
        let board = self.parts.router.board().borrow().clone();
        for agent in wanted {
            let Some(line) = board.agents.get(agent) else { continue };
            self.seated.insert(*agent);
            if line.effective.is_routable() {
                continue;
            }
            self.parts.router.connected(*agent, derived(agent.0, "seat"));
            if line.chosen == Chosen::Online && line.effective.name() != "not_responding" {
                continue;
            }
            let (agents, ids, agent) = (self.parts.agents.clone(), Arc::clone(&self.parts.ids), *agent);
            let tenant = self.parts.reads.tenant();
            task::spawn("presence", async move {
                let choose = AgentCommand::Choose { presence: Chosen::Online, reason: None };
                // Unanswered: the next look sees whether they are there.
                let caller = Caller::of(agent, ids.next(), &(agent, &choose));
                let _ = agents.command(tenant, agent, caller, choose).await;
            });
        }
    }

    fn answer_all(&mut self, calls: Vec<Call>, myself: &ActorRef<AutoResponderMessage>) {
        let Some(settings) = self.parts.settings.now() else { return };
        for call in calls {
            let is_mine = settings.agents.contains(&call.by);
            if !is_mine || self.under_way.len() >= MOST_WAITING || !self.under_way.insert(call.message) {
                continue;
            }
            let (parts, myself, at_once) = (self.parts.clone(), myself.clone(), Arc::clone(&self.at_once));
            let (state, message, settings) = (myself.clone(), call.message, settings.clone());
            let fallen = move || {
                let _ = state.cast(AutoResponderMessage::Answered(message));
            };
            task::spawn_or("answer", fallen, async move {
                tokio::time::sleep(settings.pause.mul_f64(parts.ids.fraction())).await;
                // Closed only when we are gone.
                if let Ok(_turn) = at_once.acquire_owned().await {
                    // A no or a time-out: the next look sees whether somebody still waits.
                    let _ = answer(&parts, &settings, call).await;
                }
                let _ = myself.cast(AutoResponderMessage::Answered(call.message));
            });
        }
    }
}

/// Replies, and perhaps closes; the same message always gets the same answer under the same ids.
async fn answer(
    parts: &AutoResponderParts,
    settings: &AutoResponderSettings,
    call: Call,
) -> Result<Result<(), Refusal>, AskError> {
    let Call { thread, message, by, epoch } = call;
    let tenant = parts.reads.tenant();
    let lot = message.0.as_u128() as usize;
    // Weather: the next look comes by itself.
    let Ok(said) = parts.reads.text_of(message).await else { return Err(AskError::TimedOut) };
    let words = (settings.words)(&said.unwrap_or_default(), lot);
    let reply = ReplyCommand {
        by,
        message: MessageId(derived(message.0, "reply")),
        content: Content::text(words),
        reply_to: None,
    };
    // A no is recorded under its key for ever: once the owner has changed, it is another question.
    let key = derived(message.0, &format!("reply by {by} at {epoch}"));
    if let Err(refusal) = parts.conversations.command(tenant, thread, by, key, Command::Reply(reply)).await? {
        return Ok(Err(refusal));
    }
    let closes = settings.closes_one_in > 0 && lot.is_multiple_of(settings.closes_one_in as usize);
    if closes {
        let key = derived(message.0, &format!("close by {by} at {epoch}"));
        return Ok(parts
            .conversations
            .command(tenant, thread, by, key, Command::Close { by, seen: None })
            .await?
            .map(drop));
    }
    Ok(Ok(()))
}

/// An id that follows from another and a word (RFC 9562, version 5).
fn derived(from: Uuid, word: &str) -> Uuid {
    Uuid::new_v5(&from, word.as_bytes())
}
