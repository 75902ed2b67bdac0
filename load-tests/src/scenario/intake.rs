//! Customers write to agents who listen: how fast, how soon, and at what cost, beside what the machine itself costs.

use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::bare::Bare;
use crate::book::{Book, Latency};
use crate::desk::Habit;
use crate::floor::Floor;
use crate::meter::Spent;
use crate::pace::{Arrivals, Stretch};
use crate::press::{Press, Who};
use crate::report::{Report, Target};
use crate::scenario::reads::closed_reads;
use anyhow::{Context, Result};
use clap::Args;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Chats that one agent has room for.
const CHATS_PER_AGENT: u32 = 5;
/// The bare costs are taken in slices of this share of a round.
const SLICE: f64 = 0.2;
/// More than a closed loop writes in a second on any machine.
const MOST_PER_SECOND: f64 = 50_000.0;

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Messages a second, at random instants around this rate, whatever the server does (open loop).
    #[arg(long, default_value_t = 1_000.0)]
    pub rate: f64,
    /// So many messages always under way instead (closed loop): what is the most it takes?
    #[arg(long, value_name = "N")]
    pub closed: Option<usize>,
    /// Seconds of each round.
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Rounds; the bare costs are measured before each.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// Every message is somebody's first.
    #[arg(long)]
    pub new: bool,
    /// Customers whose chats agents hold before it begins; as many as there is room for if absent.
    #[arg(long, value_name = "N")]
    pub customers: Option<u32>,
    /// Leave the floor and the bare commit out.
    #[arg(long)]
    pub without_bare_costs: bool,
    /// Of a hundred messages that come at a steady rate so many must be handled without the inbox.
    #[arg(long, value_name = "PERCENT", default_value_t = 99.0)]
    pub least_on_short_way: f64,
    /// This very program, to be started as the floor.
    #[arg(long, value_name = "PATH", hide = true)]
    pub own_program: Option<PathBuf>,
}

/// What the machine costs without us.
#[derive(Default)]
struct Costs {
    commit: Latency,
    floor_answered: Latency,
    floor_seen: Latency,
    healthz: Latency,
    healthz_per_s: f64,
}

struct Ground {
    bare: Bare,
    floor: Floor,
    book: Arc<Book>,
    costs: Costs,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let seconds = options.seconds * f64::from(options.rounds);
    let per_second = if options.closed.is_some() { MOST_PER_SECOND } else { options.rate * 1.5 };
    let most = (per_second * seconds) as usize + 100_000;
    let habit = Habit {
        // One answer each, so that nobody is taken to be away; then they listen.
        thinks: (Duration::from_millis(100), Duration::from_millis(500)),
        per_chat: Some(1),
        closes_one_in: None,
    };
    // New customers come faster than chats end: an answer to some would only blur what a message costs.
    let habit = Some(habit).filter(|_| !options.new);
    let crew = Crew { agents: common.at.agents, habit, boards: 0 };
    let run = Run::begins(common, crew, most, 100_000).await?;
    let mut report = asked(common, options);

    let room = CHATS_PER_AGENT * common.at.agents as u32;
    let customers = if options.new { 0 } else { options.customers.unwrap_or(room) };
    let known = run.introduces(customers.min(room)).await?;
    let rest = run.press.introduces(customers.saturating_sub(room)).await?;
    let count = rest.end - known.start;
    let who = if options.new { Who::New } else { Who::Any { first: known.start, count } };
    run.until(TO_SETTLE, |run| run.replies.len() >= known.len()).await;
    run.still(TO_SETTLE).await?;

    let mut ground = if options.without_bare_costs { None } else { Some(Ground::lays(common, options, &run).await?) };
    let mut spent = Spent::default();
    let mut measured: Vec<Range<usize>> = Vec::new();
    let mut unseen = 0;
    for round in 0..options.rounds {
        let seed = common.seed.wrapping_add(u64::from(round));
        if let Some(ground) = &mut ground {
            ground.measures(options, &run, seed).await?;
        }
        let before = run.still(TO_SETTLE).await?;
        let numbers = presses(&run.press, options, who, options.seconds, seed).await?;
        unseen += run.arrived(numbers.clone(), TO_SETTLE).await;
        let after = run.still(TO_SETTLE).await?;
        spent.add(&before, &after);
        measured.push(numbers);
    }
    // However much comes, it comes steadily: then nothing has to wait.
    if options.closed.is_none() && spent.short_way().is_some_and(|share| share < options.least_on_short_way) {
        report.fault("items that went by the inbox, at a steady rate", spent.by_inbox as u64);
    }
    tell(&run, options, &measured, &spent, ground.as_ref().map(|ground| &ground.costs), &mut report);
    // Where every chat is some agent's who follows it, every message is on a socket.
    if !options.new && customers <= room {
        report.fault("answered and never seen on a socket", unseen as u64);
    } else {
        report.figure("seen in no frame of their own", unseen as f64, "");
    }
    if let Some(ground) = ground {
        ground.floor.ends().await?;
        ground.bare.closes().await;
    }
    run.finishes(&mut report).await?;
    Ok(report)
}

fn asked(common: &Common, options: &Options) -> Report {
    let mut report = Report::new("intake");
    match options.closed {
        Some(at_once) => report.asked(format!("{at_once} always under way")),
        None => report.asked(format!("{} messages/s", options.rate)),
    }
    report.asked(format!("{} rounds of {} s", options.rounds, options.seconds));
    report.asked(format!("{} agents on sockets", common.at.agents));
    report.asked(if options.new { "every customer new" } else { "known chats" });
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });
    report.asked(format!("seed {}", common.seed));
    report
}

/// One round of customers writing.
pub(super) async fn presses(
    press: &Arc<Press>,
    options: &Options,
    who: Who,
    seconds: f64,
    seed: u64,
) -> Result<Range<usize>> {
    if let Some(at_once) = options.closed {
        return press.closed(who, at_once, usize::MAX, Some(Duration::from_secs_f64(seconds)), seed).await;
    }
    let stretch = Stretch { per_second: options.rate, seconds };
    press.open(Arrivals::new(seed, vec![stretch]), who, seed).await
}

impl Ground {
    async fn lays(common: &Common, options: &Options, run: &Run) -> Result<Self> {
        let own = match &options.own_program {
            Some(own) => own.clone(),
            None => std::env::current_exe().context("cannot find this program")?,
        };
        let per_second = if options.closed.is_some() { MOST_PER_SECOND } else { options.rate * 1.5 };
        let most = (per_second * options.seconds * SLICE * f64::from(options.rounds)) as usize + 10_000;
        let book = Arc::new(Book::new(Instant::now(), format!("floor-{:08x}", run.run), most));
        let floor = Floor::starts(&own, common.at.agents, Arc::clone(&book), run.run, common.connections).await?;
        let bare = Bare::opens(run.office.meter.data_dir.as_deref(), common.at.database_url.as_deref()).await?;
        Ok(Self { bare, floor, book, costs: Costs::default() })
    }

    /// One slice of each bare cost, at the rate of the round.
    async fn measures(&mut self, options: &Options, run: &Run, seed: u64) -> Result<()> {
        let seconds = (options.seconds * SLICE).max(1.0);
        let lasting = Duration::from_secs_f64(seconds);
        self.bare.presses(options.rate, lasting, seed, &mut self.costs.commit).await?;
        let who = Who::Any { first: 0, count: 100 };
        let numbers = presses(&self.floor.press, options, who, seconds, seed).await?;
        let deadline = Instant::now() + Duration::from_secs(5);
        let unseen = || self.book.entries(numbers.clone()).any(|entry| entry.seen.is_none());
        while unseen() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.costs.floor_answered.add(&self.book.latency(numbers.clone(), |entry| entry.answered));
        self.costs.floor_seen.add(&self.book.latency(numbers, |entry| entry.seen));
        let healthz = run.office.meter.metrics.at("/healthz");
        let request = healthz.request("GET", "", b"");
        let (latency, per_s) = closed_reads(healthz.address, vec![request], 16, lasting / 2).await?;
        self.costs.healthz.add(&latency);
        self.costs.healthz_per_s = self.costs.healthz_per_s.max(per_s);
        Ok(())
    }
}

fn tell(
    run: &Run,
    options: &Options,
    measured: &[Range<usize>],
    spent: &Spent,
    costs: Option<&Costs>,
    report: &mut Report,
) {
    let (mut answered, mut seen) = (Latency::default(), Latency::default());
    let (mut messages, mut accepted_per_s, mut delivered_per_s) = (0, 0.0, 0.0);
    for numbers in measured {
        answered.add(&run.book.latency(numbers.clone(), |entry| entry.answered));
        seen.add(&run.book.latency(numbers.clone(), |entry| entry.seen));
        messages += numbers.len();
        accepted_per_s += run.book.throughput(numbers.clone(), |entry| entry.answered).1 / measured.len() as f64;
        delivered_per_s += run.book.throughput(numbers.clone(), |entry| entry.seen).1 / measured.len() as f64;
    }
    let rate = if options.closed.is_some() { 4_000.0 } else { options.rate * 0.97 };
    report.figure("messages", messages as f64, "");
    report.aims("accepted", accepted_per_s, "/s", Target::AtLeast(rate));
    report.aims("delivered to sockets", delivered_per_s, "/s", Target::AtLeast(rate));
    // At saturation a latency says how many were under way, and nothing else.
    let beside = costs.filter(|_| options.closed.is_none());
    let commits = if options.new { 2.0 } else { 1.0 };
    let ways = [
        ("webhook answered", &answered, 1.0, beside.map(|costs| (&costs.floor_answered, &costs.commit))),
        ("webhook to agent's socket", &seen, commits, beside.map(|costs| (&costs.floor_seen, &costs.commit))),
    ];
    for (name, latency, commits, beside) in ways {
        for (share, word, factor) in [(0.5, "p50", Some(1.5)), (0.95, "p95", None), (0.99, "p99", Some(3.0))] {
            let target = beside.zip(factor);
            let target = target.map(|((floor, commit), factor)| floor.at(share) + commits * commit.at(share) * factor);
            match target {
                Some(most) => report.aims(format!("{name} {word}"), latency.at(share), "ms", Target::AtMost(most)),
                None => report.figure(format!("{name} {word}"), latency.at(share), "ms"),
            }
        }
        report.figure(format!("{name} max"), latency.max(), "ms");
    }
    let cpu = if options.closed.is_some() { 0.4 } else { 0.6 };
    spent.tell(report, messages, Some(if options.new { 3.0 } else { 2.1 }), Some(cpu));
    if let Some(costs) = costs {
        report.latency("bare commit", &costs.commit);
        report.latency("floor answered", &costs.floor_answered);
        report.latency("floor to socket", &costs.floor_seen);
        report.latency("empty handler", &costs.healthz);
        report.figure("empty handler, 16 at once", costs.healthz_per_s, "/s");
    }
}
