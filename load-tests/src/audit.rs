//! After the run: everything that was acknowledged is looked up through the API, and every fault that can be seen there is counted.

use crate::book::Book;
use crate::frame::{Agent, Conversation, Message, Owner, Page};
use crate::line::Line;
use crate::press::Press;
use crate::report::Report;
use crate::session::Session;
use crate::verdict::{Acknowledged, Evidence, OwnerChange, Reply, Verdict};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Look-ups at once.
const CLERKS: usize = 6;
/// Between two looks while something has still to arrive.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);
/// What one chat weighs.
const CHAT_UNITS: i64 = 20;
/// States in which a chat weighs on its agent.
const WEIGHING: &str = "offered,active";
/// Of more chats than this, so many evenly chosen ones are asked for their history.
const MOST_HISTORIES: usize = 5_000;

/// What is to be looked up.
pub struct Audit {
    /// Who sees everything.
    pub session: Arc<Session>,
    pub press: Arc<Press>,
    pub book: Arc<Book>,
    pub replies: Arc<Book>,
    /// Correlation ids of what the provider took, where it was played by us.
    pub taken: Option<Vec<String>>,
    /// How long the last message may take to arrive.
    pub within: Duration,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    pub verdict: Verdict,
    /// Replies that the provider reported read and that do not say so.
    pub statuses_lost: usize,
    /// Agents with more chats at once than they have room for.
    pub over_capacity: u64,
    /// Replies answered `ok` that are not stored.
    pub replies_lost: usize,
    pub conversations: usize,
    pub histories: usize,
}

#[derive(Debug, Deserialize)]
struct HistoryLine {
    kind: String,
    from: Option<Owner>,
    to: Option<Owner>,
    owner_epoch: Option<i64>,
}

/// What one conversation holds, newest first.
#[derive(Debug, Default)]
struct Found {
    messages: Vec<Message>,
    changes: Vec<OwnerChange>,
}

impl Findings {
    pub fn tell(&self, report: &mut Report) {
        let verdict = &self.verdict;
        let counts = [
            ("lost (answered 200, not stored)", verdict.lost),
            ("duplicated", verdict.duplicated),
            ("out of order", verdict.order_violations),
            ("owner changes that do not follow", verdict.owner_breaks),
            ("replies sent twice", verdict.sent_twice),
            ("replies lost", self.replies_lost),
            ("replies unsettled", verdict.unsettled),
            ("replies unknown", verdict.unknown),
            ("replies that never arrived", verdict.never_arrived),
            ("statuses lost", self.statuses_lost),
        ];
        for (name, count) in counts {
            report.fault(name, count as u64);
        }
        report.fault("over capacity in the lists", self.over_capacity);
        report.figure("looked up: messages", verdict.acknowledged as f64, "");
        report.figure("looked up: conversations", self.conversations as f64, "");
        report.figure("looked up: histories", self.histories as f64, "");
        report.figure("replies", verdict.replies as f64, "");
    }
}

impl Audit {
    /// Looks until everything is there, or `within` is over and it is not.
    pub async fn finds(&self) -> Result<Findings> {
        let deadline = Instant::now() + self.within;
        loop {
            let findings = self.looks().await?;
            let verdict = &findings.verdict;
            let missing = verdict.lost + verdict.unsettled + findings.statuses_lost + findings.replies_lost;
            if missing == 0 || Instant::now() > deadline {
                return Ok(findings);
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn looks(&self) -> Result<Findings> {
        let mut line = self.session.line();
        let over_capacity = over_capacity(&self.session, &mut line).await?;
        let all: Vec<Conversation> = self.session.all(&mut line, "/conversations?state=any&limit=200").await?;
        let ours = |conversation: &Conversation| {
            let address = conversation.contact.identifier.as_ref()?;
            let customer = self.press.customer(&address.value)?;
            Some((conversation.id.clone(), conversation.thread_id.clone(), customer))
        };
        let ours: Vec<(String, String, u32)> = all.iter().filter_map(ours).collect();
        let found = self.fetches(&ours).await?;
        Ok(self.judges(&ours, &found, over_capacity))
    }

    /// Every message of these conversations, and the history of as many as we care to ask for.
    async fn fetches(&self, ours: &[(String, String, u32)]) -> Result<Vec<Found>> {
        let ids: Arc<Vec<String>> = Arc::new(ours.iter().map(|(id, _, _)| id.clone()).collect());
        let found: Arc<Mutex<HashMap<usize, Found>>> = Arc::default();
        let next = Arc::new(AtomicUsize::new(0));
        let every = ids.len().div_ceil(MOST_HISTORIES).max(1);
        let mut clerks = JoinSet::new();
        for _ in 0..CLERKS {
            let (session, ids, found, next) =
                (Arc::clone(&self.session), Arc::clone(&ids), Arc::clone(&found), Arc::clone(&next));
            clerks.spawn(async move {
                let mut line = session.line();
                loop {
                    let turn = next.fetch_add(1, Relaxed);
                    let Some(id) = ids.get(turn) else { return anyhow::Ok(()) };
                    let path = format!("/conversations/{id}/messages?limit=200");
                    let messages = session.all(&mut line, &path).await?;
                    let changes = if turn % every == 0 { history(&session, &mut line, id).await? } else { Vec::new() };
                    let of_this = Found { messages, changes };
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(turn, of_this);
                }
            });
        }
        while let Some(ended) = clerks.join_next().await {
            ended.context("a look-up broke off")??;
        }
        let mut found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((0..ids.len()).map(|turn| found.remove(&turn).unwrap_or_default()).collect())
    }

    fn judges(&self, ours: &[(String, String, u32)], found: &[Found], over_capacity: u64) -> Findings {
        let mut evidence = Evidence { posted: self.taken.clone().unwrap_or_default(), ..Evidence::default() };
        for entry in self.book.entries(0..self.book.len()) {
            let (Some(posted_at), Some(acknowledged_at)) = (entry.posted, entry.answered) else { continue };
            let message = Acknowledged { id: entry.number.to_string(), posted_at, acknowledged_at };
            evidence.acknowledged.entry(entry.customer.to_string()).or_default().push(message);
        }
        let mut stored: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
        let mut stored_replies: BTreeMap<usize, usize> = BTreeMap::new();
        let mut ours_taken = Vec::new();
        let mut statuses_lost = 0;
        for ((_, thread, customer), found) in ours.iter().zip(found) {
            for message in &found.messages {
                let body = message.content.body.as_deref().unwrap_or_default();
                if message.direction == "inbound" {
                    if let Some(number) = self.book.number_in(body) {
                        let place = (message.position, number.to_string());
                        stored.entry(customer.to_string()).or_default().push(place);
                    }
                    continue;
                }
                let Some(number) = self.replies.number_in(body) else { continue };
                *stored_replies.entry(number).or_default() += 1;
                let reply = Reply { message: message.id.clone(), status: message.status.clone(), started_at: None };
                // Without a provider of our own we do not know what it took.
                if self.taken.is_none() {
                    ours_taken.push(reply.message.clone());
                } else if message.status != "read" {
                    statuses_lost += 1;
                }
                evidence.replies.push(reply);
            }
            evidence.owners.entry(thread.clone()).or_default().extend(found.changes.iter().cloned());
        }
        for changes in evidence.owners.values_mut() {
            changes.sort_by_key(|change| change.epoch);
        }
        let in_order = stored.into_iter().map(|(customer, mut messages)| {
            messages.sort();
            (customer, messages.into_iter().map(|(_, number)| number).collect())
        });
        evidence.stored = in_order.collect();
        evidence.posted.extend(ours_taken);
        let histories = found.iter().filter(|found| !found.changes.is_empty()).count();
        let answered = self.replies.entries(0..self.replies.len()).filter(|entry| entry.answered.is_some());
        let replies_lost = answered.filter(|entry| !stored_replies.contains_key(&entry.number)).count();
        let mut verdict = Verdict::of(&evidence);
        verdict.duplicated += stored_replies.values().map(|count| count - 1).sum::<usize>();
        Findings { verdict, statuses_lost, over_capacity, replies_lost, conversations: ours.len(), histories }
    }
}

/// The changes of owner of one conversation.
async fn history(session: &Session, line: &mut Line, id: &str) -> Result<Vec<OwnerChange>> {
    let path = format!("/conversations/{id}/history?limit=200");
    let lines: Vec<HistoryLine> = session.all(line, &path).await?;
    let change = |line: HistoryLine| {
        let owner = |owner: Option<Owner>| owner.map_or_else(|| "nobody:".to_owned(), |owner| owner.name());
        let epoch = line.owner_epoch.filter(|_| line.kind == "owner_changed")?;
        Some(OwnerChange { epoch, from: owner(line.from), to: owner(line.to) })
    };
    Ok(lines.into_iter().filter_map(change).collect())
}

/// How many agents own more chats than they have room for, in one list read in one transaction.
pub(crate) async fn over_capacity(session: &Session, line: &mut Line) -> Result<u64> {
    let agents: Page<Agent> = session.get(line, "/agents").await?;
    let path = format!("/conversations?state={WEIGHING}&limit=200");
    let held: Page<Conversation> = session.get(line, &path).await?;
    let mut units: HashMap<String, i64> = HashMap::new();
    for conversation in held.items.into_iter().filter(|conversation| conversation.owner.kind == "agent") {
        *units.entry(conversation.owner.id.unwrap_or_default()).or_default() += CHAT_UNITS;
    }
    let over = agents.items.iter().filter(|agent| {
        agent.used_units > agent.capacity_units || units.get(&agent.id).is_some_and(|used| *used > agent.capacity_units)
    });
    Ok(over.count() as u64)
}
