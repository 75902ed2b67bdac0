//! Who waits, and what is said to them.

use super::AnswererParts;
use crate::Office;
use dashoffice_domain::content::Content;
use dashoffice_domain::ids::{AgentId, MessageId, ThreadId};
use dashoffice_domain::ports::Awaiting;
use dashoffice_domain::thread::{Command, Owner, ReplyCommand};
use dashoffice_domain::{Entity, Event, Refusal};
use dashoffice_runtime::{AskError, Published, task};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Chats answered at the same time.
const AT_ONCE: usize = 32;
/// Answers that wait for their turn; what is beyond is found by the look.
const MOST_WAITING: usize = 2_000;
/// Covers news that was lost.
const LOOK: Duration = Duration::from_secs(2);
/// Chats looked at each time.
const PAGE: u32 = 500;

#[derive(Debug)]
pub(crate) enum AnswererTold {
    /// Somebody wrote.
    Wrote(Vec<Call>),
    Answered(MessageId),
    Look,
}

/// A message to be answered; who owns its chat, if that was read.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    thread: ThreadId,
    message: MessageId,
    owner: Owner,
    epoch: i64,
}

#[derive(Debug)]
pub(crate) struct AnswererActor;

pub(crate) struct Desk {
    parts: AnswererParts,
    at_once: Arc<Semaphore>,
    under_way: HashSet<MessageId>,
}

/// The messages of customers in a batch, with the owner their chat has after it.
pub(super) fn of_interest(batch: &Published<Office>) -> Option<AnswererTold> {
    let mut owners: HashMap<ThreadId, Owner> = HashMap::new();
    let mut calls = Vec::new();
    for envelope in &batch.events {
        let Entity::Thread(thread) = envelope.entity else { continue };
        match &envelope.event {
            Event::OwnerChanged { to, .. } => drop(owners.insert(thread, to.clone())),
            Event::MessageReceived { message, .. } => {
                let owner = owners.get(&thread).cloned().unwrap_or(Owner::Nobody);
                calls.push(Call { thread, message: *message, owner, epoch: envelope.owner_epoch });
            }
            _ => {}
        }
    }
    (!calls.is_empty()).then_some(AnswererTold::Wrote(calls))
}

impl Actor for AnswererActor {
    type Msg = AnswererTold;
    type State = Desk;
    type Arguments = AnswererParts;

    async fn pre_start(
        &self,
        myself: ActorRef<AnswererTold>,
        parts: AnswererParts,
    ) -> Result<Desk, ActorProcessingErr> {
        myself.cast(AnswererTold::Look)?;
        myself.send_interval(LOOK, || AnswererTold::Look);
        Ok(Desk { parts, at_once: Arc::new(Semaphore::new(AT_ONCE)), under_way: HashSet::new() })
    }

    async fn handle(
        &self,
        myself: ActorRef<AnswererTold>,
        told: AnswererTold,
        desk: &mut Desk,
    ) -> Result<(), ActorProcessingErr> {
        match told {
            AnswererTold::Wrote(calls) => desk.answer_all(calls, &myself),
            AnswererTold::Answered(message) => {
                desk.under_way.remove(&message);
            }
            AnswererTold::Look => {
                // Weather: the next look comes by itself.
                if let Ok(waiting) = desk.parts.reads.awaiting(PAGE).await {
                    let calls = waiting.into_iter().map(|Awaiting { thread, message, owner, owner_epoch, .. }| Call {
                        thread,
                        message,
                        owner,
                        epoch: owner_epoch,
                    });
                    desk.answer_all(calls.collect(), &myself);
                }
            }
        }
        Ok(())
    }
}

impl Desk {
    fn answer_all(&mut self, calls: Vec<Call>, myself: &ActorRef<AnswererTold>) {
        for call in calls {
            if self.under_way.len() >= MOST_WAITING || !self.under_way.insert(call.message) {
                continue;
            }
            let (parts, myself, at_once) = (self.parts.clone(), myself.clone(), Arc::clone(&self.at_once));
            task::spawn("answer", async move {
                let message = call.message;
                // Closed only when we are gone.
                if let Ok(_turn) = at_once.acquire_owned().await {
                    // A no or a time-out: the next look sees whether somebody still waits.
                    let _ = answer(&parts, &call).await;
                }
                let _ = myself.cast(AnswererTold::Answered(message));
            });
        }
    }
}

/// Picks the chat up if it waits, and replies; the same message always gets the same answer under the same ids.
async fn answer(parts: &AnswererParts, call: &Call) -> Result<Result<(), Refusal>, AskError> {
    let Some(mine) = agent_for(parts, call.thread) else { return Ok(Ok(())) };
    let tenant = parts.reads.tenant();
    let by = match &call.owner {
        Owner::Agent { agent } => *agent,
        // Told without its owner: it was somebody's already, and if so it is the one who always gets this thread.
        _ => mine,
    };
    if matches!(call.owner, Owner::Queue { .. }) {
        let pick = Command::Pick { agent: mine, expected_epoch: call.epoch };
        let key = derived(call.message.0, &format!("pick {}", call.epoch));
        // Refused: somebody else picked it, or it was ours already.
        let _ = parts.conversations.command(tenant, call.thread, mine.0, key, pick).await?;
    }
    let reply = ReplyCommand {
        by,
        message: MessageId(derived(call.message.0, "reply")),
        content: Content::text(parts.words.clone()),
        reply_to: None,
    };
    // A no is recorded under its key for ever: once the owner has changed, it is another question.
    let key = derived(call.message.0, &format!("reply by {by} after {}", call.epoch));
    let replied = parts.conversations.command(tenant, call.thread, by.0, key, Command::Reply(reply)).await?;
    Ok(replied.map(drop))
}

fn agent_for(parts: &AnswererParts, thread: ThreadId) -> Option<AgentId> {
    let agents = parts.agents.len() as u128;
    parts.agents.get(thread.0.as_u128().checked_rem(agents)? as usize).copied()
}

/// An id that follows from another and a word (RFC 9562, version 5).
fn derived(from: Uuid, word: &str) -> Uuid {
    Uuid::new_v5(&from, word.as_bytes())
}
