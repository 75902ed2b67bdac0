//! What each kind of message costs in commits: one at a time and in quiet, so that the answer is the same on every machine.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::frame::{Conversation, Page};
use crate::press::Who;
use crate::report::{Report, Target};
use crate::session::key;
use anyhow::{Context, Result, ensure};
use clap::Args;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Messages of each kind.
    #[arg(long, default_value_t = 40)]
    pub messages: u32,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let count = options.messages;
    let room = 5 * common.at.agents as u32;
    ensure!(count <= room, "{} agents have room for {room} chats", common.at.agents);
    let crew = Crew { agents: common.at.agents, habit: None, boards: 0 };
    let run = Run::begins(common, crew, count as usize * 2, 0).await?;
    let mut report = Report::new("commits");
    report.asked(format!("{count} messages of each kind, one at a time"));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });

    let before = run.still(TO_SETTLE).await?;
    let new = run.press.closed(Who::New, 1, count as usize, None, common.seed).await?;
    run.introduced(count).await?;
    let after_new = run.still(TO_SETTLE).await?;
    let who = Who::Any { first: 0, count };
    let known = run.press.closed(who, 1, count as usize, None, common.seed).await?;
    let unseen = run.arrived(known.clone(), TO_SETTLE).await;
    let after_known = run.still(TO_SETTLE).await?;
    let replied = replies(&run, common.seed).await?;
    if let Some(graph) = &run.office.graph {
        ensure!(graph.quiet(TO_SETTLE).await, "not every status was taken");
    }
    let after_replies = run.still(TO_SETTLE).await?;

    let each = |name: &str, count: usize, used: f64, most: f64, report: &mut Report| {
        report.aims(format!("commits per {name}"), used / count.max(1) as f64, "", Target::AtMost(most));
    };
    each("new customer's message", new.len(), after_new.commits - before.commits, 2.0, &mut report);
    each("known customer's message", known.len(), after_known.commits - after_new.commits, 1.1, &mut report);
    each("reply with three statuses", replied, after_replies.commits - after_known.commits, 6.0, &mut report);
    report.figure(
        "transactions per known message, one at a time",
        (after_known.transactions - after_new.transactions) / f64::from(count),
        "",
    );
    report.figure("conflicts", after_replies.conflicts - before.conflicts, "");
    report.latency("one at a time: webhook answered", &run.book.latency(known.clone(), |entry| entry.answered));
    report.latency("one at a time: webhook to socket", &run.book.latency(known, |entry| entry.seen));
    report.fault("answered and never seen on a socket", unseen as u64);
    run.finishes(&mut report).await?;
    Ok(report)
}

/// One reply in every chat, by its owner; how many.
async fn replies(run: &Run, seed: u64) -> Result<usize> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut line = run.supervisor.line();
    let page: Page<Conversation> = run.supervisor.get(&mut line, "/conversations?state=active&limit=200").await?;
    let mut count = 0;
    for conversation in page.items {
        let owner = conversation.owner.id.unwrap_or_default();
        let Some(session) = run.agents.get(&owner) else { continue };
        let body = json!({ "conversation_id": conversation.id, "type": "text", "text": "Já vamos ver." });
        let request = session.request("POST", "/messages", Some(key(&mut chance)), Some(&body)).await?;
        let answer = line.ask(&request).await.context("no answer to a reply")?;
        ensure!(answer.status == 202, "a reply was answered {}", answer.status);
        count += 1;
    }
    Ok(count)
}
