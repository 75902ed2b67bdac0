//! A run: an office, everybody in it, what was written and what was seen, from the first sign-in to the last look-up.

use crate::audit::{Audit, over_capacity};
use crate::book::Book;
use crate::desk::{Desk, Habit};
use crate::frame::Page;
use crate::meter::Reading;
use crate::now_us;
use crate::office::{Office, Where};
use crate::press::Press;
use crate::report::Report;
use crate::session::{Session, key};
use crate::witness::Witness;
use anyhow::{Context, Result, ensure};
use clap::Args;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Longer than everybody takes to sit down.
const TO_SIT: Duration = Duration::from_secs(120);
/// Between two looks at a state that is waited for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// Between two looks at who owns how much.
const BETWEEN_COUNTS: Duration = Duration::from_millis(500);
/// How long the last message may take to arrive.
pub(super) const TO_SETTLE: Duration = Duration::from_secs(60);

/// What every scenario is asked.
#[derive(Clone, Debug, Args)]
pub struct Common {
    #[command(flatten)]
    pub at: Where,
    /// The same seed writes the same messages at the same instants.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where the figures go as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Connections that customers write through.
    #[arg(long, default_value_t = 64)]
    pub connections: usize,
}

/// Who is on a socket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crew {
    pub agents: usize,
    pub habit: Option<Habit>,
    /// Supervisors who watch the board and every chat.
    pub boards: usize,
}

/// Everything of one run.
pub struct Run {
    pub office: Office,
    pub press: Arc<Press>,
    pub book: Arc<Book>,
    pub replies: Arc<Book>,
    pub witness: Arc<Witness>,
    pub supervisor: Arc<Session>,
    /// By agent's id.
    pub agents: BTreeMap<String, Arc<Session>>,
    pub run: u32,
    desks: JoinSet<Result<()>>,
    counter: JoinSet<Result<()>>,
    over_capacity: Arc<AtomicU64>,
    lists_missed: Arc<AtomicU64>,
    ends: watch::Sender<bool>,
    seed: u64,
}

impl Run {
    /// Opens the office and seats the crew; room for `most` messages of customers and for `most_replies` of agents.
    pub async fn begins(common: &Common, crew: Crew, most: usize, most_replies: usize) -> Result<Self> {
        Self::begins_in(Office::opens(&common.at).await?, common, crew, most, most_replies).await
    }

    /// The same in an office that is open.
    pub async fn begins_in(
        office: Office,
        common: &Common,
        crew: Crew,
        most: usize,
        most_replies: usize,
    ) -> Result<Self> {
        // Not the seed: a second run on the same data writes as other people.
        let run = (now_us() / 1_000) as u32;
        let opened = Instant::now();
        let book = Arc::new(Book::new(opened, format!("load-{run:08x}"), most));
        let replies = Arc::new(Book::new(opened, format!("reply-{run:08x}"), most_replies));
        if let Some(graph) = &office.graph {
            graph.expects(Arc::clone(&replies));
        }
        let press = Press::new(office.card.door().await?, Arc::clone(&book), run, common.connections);
        let user = office.card.with_role("supervisor").next().context("the card has no supervisor")?;
        let supervisor = Arc::new(Session::sign_in(&office.card.api_url, &user.email, &user.password).await?);
        let witness = Witness::new(Arc::clone(&book), Arc::clone(&replies));
        let mut run = Self {
            office,
            press,
            book,
            replies,
            witness,
            supervisor,
            agents: BTreeMap::new(),
            run,
            desks: JoinSet::new(),
            counter: JoinSet::new(),
            over_capacity: Arc::default(),
            lists_missed: Arc::default(),
            ends: watch::Sender::new(false),
            seed: common.seed,
        };
        run.seats(crew).await?;
        run.counts();
        Ok(run)
    }

    async fn seats(&mut self, crew: Crew) -> Result<()> {
        let card = self.office.card.clone();
        let mut chance = StdRng::seed_from_u64(self.seed ^ u64::from(self.run));
        let known = card.with_role("agent").count();
        ensure!(crew.agents <= known, "there are {known} agents, not {}", crew.agents);
        for (place, user) in card.with_role("agent").take(crew.agents).enumerate() {
            let session = Arc::new(Session::sign_in(&card.api_url, &user.email, &user.password).await?);
            let mut line = session.line();
            let me: Value = session.get(&mut line, "/me").await?;
            let id = me["user"]["id"].as_str().context("an agent has an id")?.to_owned();
            let online = json!({ "presence": "online" });
            session.put(&mut line, "/me/presence", key(&mut chance), &online).await?;
            self.agents.insert(id.clone(), Arc::clone(&session));
            let topics = vec!["inbox".to_owned()];
            self.sits(session, Some(id), place as u32, topics, crew.habit, false);
        }
        for board in 0..crew.boards {
            let topics = vec!["inbox".to_owned(), "board".to_owned()];
            let place = (crew.agents + board) as u32;
            self.sits(Arc::clone(&self.supervisor), None, place, topics, None, true);
        }
        self.seated(crew.agents + crew.boards).await
    }

    /// Opens one more console.
    pub fn sits(
        &mut self,
        session: Arc<Session>,
        agent: Option<String>,
        place: u32,
        topics: Vec<String>,
        habit: Option<Habit>,
        counts: bool,
    ) {
        let ws_url = self.office.card.ws_url.clone();
        let seed = self.seed ^ (u64::from(place) << 32);
        let desk = Desk { session, ws_url, agent, place, topics, counts, habit, seed };
        self.desks.spawn(desk.sits(Arc::clone(&self.witness), self.ends.subscribe()));
    }

    /// Waits until so many consoles stand.
    pub async fn seated(&self, consoles: usize) -> Result<()> {
        timeout(TO_SIT, self.witness.seated(consoles)).await.context("not everybody could sit down")
    }

    /// Looks at who owns how much, again and again while the run lasts.
    fn counts(&mut self) {
        let (session, mut ends) = (Arc::clone(&self.supervisor), self.ends.subscribe());
        let (over, missed) = (Arc::clone(&self.over_capacity), Arc::clone(&self.lists_missed));
        self.counter.spawn(async move {
            let mut line = session.line();
            loop {
                match over_capacity(&session, &mut line).await {
                    Ok(count) => over.fetch_add(count, Relaxed),
                    // A server that is pressed hard may let a list wait; others follow.
                    Err(_no_answer) => missed.fetch_add(1, Relaxed),
                };
                tokio::select! {
                    () = sleep(BETWEEN_COUNTS) => {}
                    _ = ends.wait_for(|ends| *ends) => return Ok(()),
                }
            }
        });
    }

    /// Stops looking at who owns how much: whoever looks is a load.
    pub fn stops_counting(&mut self) {
        self.counter = JoinSet::new();
    }

    /// Waits until `holds`; `false`: not within this time.
    pub async fn until(&self, within: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let deadline = Instant::now() + within;
        while !holds(self) {
            if Instant::now() > deadline {
                return false;
            }
            sleep(BETWEEN_LOOKS).await;
        }
        true
    }

    /// Waits until all of these messages that were answered were seen on a socket; how many were not.
    pub async fn arrived(&self, numbers: Range<usize>, within: Duration) -> usize {
        let unseen = |run: &Self| {
            run.book.entries(numbers.clone()).filter(|entry| entry.answered.is_some() && entry.seen.is_none()).count()
        };
        self.until(within, |run| unseen(run) == 0).await;
        unseen(self)
    }

    /// Waits until the store has made no commit for a second: nothing is under way any more.
    pub async fn still(&self, within: Duration) -> Result<Reading> {
        self.office.meter.still(within).await
    }

    /// Lets `count` customers introduce themselves and waits until agents own them; their numbers.
    pub async fn introduces(&self, count: u32) -> Result<Range<u32>> {
        let customers = self.press.introduces(count).await?;
        self.introduced(count).await?;
        Ok(customers)
    }

    /// Waits until agents own so many chats (or 200, if that is less: one page tells).
    pub async fn introduced(&self, count: u32) -> Result<()> {
        let deadline = Instant::now() + TO_SETTLE;
        let mut line = self.supervisor.line();
        let owned = |page: &Page<Value>| page.items.len() >= count.min(200) as usize;
        while !owned(&self.supervisor.get(&mut line, "/conversations?state=active&limit=200").await?) {
            ensure!(Instant::now() < deadline, "not every chat found an agent within {TO_SETTLE:?}");
            sleep(BETWEEN_LOOKS).await;
        }
        Ok(())
    }

    /// Ends the run: everybody leaves, and everything that was acknowledged is looked up.
    pub async fn finishes(mut self, report: &mut Report) -> Result<()> {
        let quiet = match &self.office.graph {
            Some(graph) => graph.quiet(TO_SETTLE).await,
            None => true,
        };
        self.ends.send_replace(true);
        while let Some(ended) = self.desks.join_next().await {
            ended.context("a console broke off")??;
        }
        while let Some(ended) = self.counter.join_next().await {
            ended.context("the count of chats broke off")??;
        }
        let audit = Audit {
            session: Arc::clone(&self.supervisor),
            press: Arc::clone(&self.press),
            book: Arc::clone(&self.book),
            replies: Arc::clone(&self.replies),
            taken: self.office.graph.as_ref().map(crate::graph::Graph::taken),
            within: TO_SETTLE,
        };
        let findings = audit.finds().await?;
        let testimony = self.witness.testimony();
        findings.tell(report);
        report.fault("two owners at once on sockets", testimony.two_owners);
        report.fault("over capacity on sockets", testimony.over_capacity + self.over_capacity.load(Relaxed));
        report.fault("frames out of order", testimony.backwards);
        report.fault("messages under two ids on sockets", testimony.repeated);
        report.fault("unreadable frames", testimony.unreadable);
        report.fault("messages never taken", self.press.given_up());
        report.fault("statuses never taken", u64::from(!quiet));
        report
            .fault("messages without room in the book", (self.book.turned_away() + self.replies.turned_away()) as u64);
        report.figure("lists of chats that were not answered", self.lists_missed.load(Relaxed) as f64, "");
        let (frames, bytes) = self.witness.received();
        report.figure("frames on sockets", frames as f64, "");
        report.figure("bytes on sockets", bytes as f64 / 1e6, "MB");
        report.figure("posts that were refused and came again", self.press.refused() as f64, "");
        report.figure("sockets told to begin anew", testimony.resyncs as f64, "");
        report.figure("sockets opened again", testimony.reconnects as f64, "");
        for (code, count) in &testimony.refusals {
            report.figure(format!("commands refused: {code}"), *count as f64, "");
        }
        let reading = self.office.meter.reads().await?;
        report.figure("memory at the end", reading.resident as f64 / 1e6, "MB");
        report.figure("of it our own (anonymous)", reading.anonymous as f64 / 1e6, "MB");
        report.figure("memory at most", reading.most_resident as f64 / 1e6, "MB");
        if report.is_correct() {
            self.office.closes().await
        } else {
            if let Some(kept) = self.office.keeps() {
                report.note(format!("kept in {}", kept.display()));
            }
            Ok(())
        }
    }
}
