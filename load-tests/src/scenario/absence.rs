//! The server is away for hours, by its own clock, while agents have chats that wait for a first word: what has run out when it is
//! back, and what has not.

use super::restart::hands;
use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::report::Report;
use crate::session::{Session, key};
use anyhow::{Context, Result, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// `customers` write once, each in a chat of their own that an agent has; `sets_the_clock` puts the server's forward by so many
/// hours in all.
pub async fn run(common: &Common, customers: u32, sets_the_clock: impl Fn(i64) -> Result<()>) -> Result<Report> {
    let crew = Crew { agents: common.at.agents, habit: None, boards: 1 };
    let mut run = Run::begins(common, crew, customers as usize + 100, 100).await?;
    let mut report = Report::new("absence");
    run.introduces(customers).await?;
    run.still(TO_SETTLE).await?;
    let before = hands(&run).await?;
    ensure!(before.len() >= customers as usize, "not every chat has an owner: {before:?}");

    // Three hours: clocks on people stood still, the day in which a customer may be answered went on.
    is_away(&mut run, crew, || sets_the_clock(3)).await?;
    let after = hands(&run).await?;
    let moved = before.iter().filter(|(chat, owner)| after.get(*chat) != Some(owner)).count();
    report.fault("chats that changed hands over three hours of nobody at work", moved as u64);
    let (chat, (agent, _)) = before.first_key_value().context("there is a chat")?;
    let said = says(&run, agent, chat, 1).await?;
    report.fault("replies refused within the day", u64::from(said != Some(String::new())));

    // A day and more.
    is_away(&mut run, crew, || sets_the_clock(25)).await?;
    let said = says(&run, agent, chat, 2).await?;
    report.fault("replies taken after the day", u64::from(said.as_deref() != Some("service_window_closed")));
    run.finishes(&mut report).await?;
    Ok(report)
}

async fn is_away(run: &mut Run, crew: Crew, meanwhile: impl FnOnce() -> Result<()>) -> Result<()> {
    let welcomes = run.witness.welcomes();
    run.office.restarts_after(meanwhile).await?;
    for session in run.agents.values().chain([&run.supervisor]) {
        session.renews().await?;
    }
    let everybody = welcomes + (crew.agents + crew.boards) as u64;
    ensure!(run.until(TO_SETTLE, |run| run.witness.welcomes() >= everybody).await, "a console did not come back");
    // Whatever had run out would have been handed out by now.
    run.still(TO_SETTLE).await.map(drop)
}

/// The agent replies; empty: it was taken, else the refusal's code. `None`: there was no answer of either kind.
async fn says(run: &Run, agent: &str, chat: &str, seed: u64) -> Result<Option<String>> {
    let session: &Session = run.agents.get(agent).context("an agent of another office has it")?;
    let body = json!({ "conversation_id": chat, "type": "text", "text": "here we are again" });
    let request = session.request("POST", "/messages", Some(key(&mut StdRng::seed_from_u64(seed))), Some(&body));
    let answer = session.line().ask(&request.await?).await?;
    if answer.status < 300 {
        return Ok(Some(String::new()));
    }
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(problem["code"].as_str().map(str::to_owned))
}
