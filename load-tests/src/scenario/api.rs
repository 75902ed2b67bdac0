//! The API under a mix of reads and writes at a rate, and what signing in costs beside an empty handler.

use super::reads::{Answers, Ask, closed_reads, open_reads};
use super::run::{Common, Crew, Run, TO_SETTLE};
use crate::frame::{Conversation, Message, Page};
use crate::meter::Spent;
use crate::pace::{Arrivals, Stretch};
use crate::report::{Report, Target};
use crate::session::{Session, key};
use anyhow::{Result, ensure};
use clap::Args;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Pages of conversations from which those are chosen that are asked for.
const MOST_CHOSEN: usize = 2_000;
/// Of many messages, those of so many conversations are asked for by id.
const MESSAGES_OF: usize = 50;
/// How each kind of write is counted.
const WRITES: [&str; 3] = ["send", "read mark", "presence"];

#[derive(Clone, Debug, Args)]
#[group(skip)]
pub struct Options {
    /// Requests a second.
    #[arg(long, default_value_t = 500.0)]
    pub rate: f64,
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Share of requests that change something.
    #[arg(long, default_value_t = 0.05)]
    pub writes: f64,
    /// Messages that are put there before it begins (and see `fill` for very many).
    #[arg(long, default_value_t = 2_000)]
    pub messages: usize,
    /// Customers who write them.
    #[arg(long, default_value_t = 200)]
    pub customers: u32,
    /// Requests under way at once where the most is asked for.
    #[arg(long, default_value_t = 16)]
    pub at_once: usize,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report> {
    let crew = Crew { agents: common.at.agents, habit: None, boards: 0 };
    let run = Run::begins(common, crew, options.messages + options.customers as usize, 0).await?;
    let mut report = Report::new("api");
    report.asked(format!("{} requests/s for {} s", options.rate, options.seconds));
    report.asked(format!("{:.0} % of them writes", options.writes * 100.0));
    report.asked(if common.at.database_url.is_some() { "PostgreSQL" } else { "SQLite" });

    let fresh = run.press.introduces(options.customers).await?;
    let who = crate::press::Who::Any { first: fresh.start, count: options.customers };
    run.press.closed(who, common.connections, options.messages, None, common.seed).await?;
    run.introduced(options.customers.min(5 * common.at.agents as u32)).await?;
    run.still(TO_SETTLE).await?;

    let menu = Menu::of(&run, options.writes).await?;
    let address = run.office.card.door().await?.place.address;
    let before = run.office.meter.reads().await?;
    let arrivals = Arrivals::new(common.seed, vec![Stretch { per_second: options.rate, seconds: options.seconds }]);
    let message = menu.one("message");
    let order = menu.order(common.seed);
    let answers = open_reads(address, common.connections, arrivals, order).await?;
    let after = run.still(TO_SETTLE).await?;
    tell(&answers, &mut report);
    let mut spent = Spent::default();
    spent.add(&before, &after);
    let count = answers.together(|_| true).count();
    report.figure("processor per 1,000 requests", spent.server_cpu_s / count.max(1) as f64 * 1e3, "s");
    ratio(&run, options, message, &mut report).await?;
    run.finishes(&mut report).await?;
    Ok(report)
}

/// Adds what came of a mix to a report.
pub(super) fn tell(answers: &Answers, report: &mut Report) {
    let is_write = |kind: &str| WRITES.contains(&kind);
    let (reads, writes) = (answers.together(|kind| !is_write(kind)), answers.together(is_write));
    report.figure("reads", reads.count() as f64, "");
    report.figure("reads p50", reads.at(0.5), "ms");
    report.aims("reads p95", reads.at(0.95), "ms", Target::AtMost(5.0));
    report.figure("reads p99", reads.at(0.99), "ms");
    report.figure("reads max", reads.max(), "ms");
    if writes.count() > 0 {
        report.figure("writes", writes.count() as f64, "");
        report.latency("writes", &writes);
    }
    for (kind, latency) in &answers.latency {
        report.figure(format!("{kind} p95"), latency.at(0.95), "ms");
    }
    for ((kind, status), count) in &answers.failed {
        report.fault(format!("{kind} answered {status}"), *count);
    }
}

/// As many signed-in requests as go, and as many empty ones, in turn.
async fn ratio(run: &Run, options: &Options, message: Option<Arc<Vec<u8>>>, report: &mut Report) -> Result<()> {
    let healthz = run.office.meter.metrics.at("/healthz");
    let me = run.supervisor.request("GET", "/me", None, None).await?;
    let empty = healthz.request("GET", "", b"");
    let message = message.map(|message| message.to_vec());
    let (mut me_per_s, mut empty_per_s, mut message_per_s) = (0.0, 0.0, 0.0);
    for _ in 0..3 {
        let slice = Duration::from_secs_f64((options.seconds / 10.0).clamp(0.3, 3.0));
        empty_per_s += closed_reads(healthz.address, vec![empty.clone()], options.at_once, slice).await?.1 / 3.0;
        me_per_s += closed_reads(healthz.address, vec![me.clone()], options.at_once, slice).await?.1 / 3.0;
        if let Some(message) = &message {
            let asked = vec![message.clone()];
            message_per_s += closed_reads(healthz.address, asked, options.at_once, slice).await?.1 / 3.0;
        }
    }
    report.figure("GET /messages/{id}", message_per_s, "/s");
    report.figure("empty handler", empty_per_s, "/s");
    report.figure("GET /me", me_per_s, "/s");
    report.aims("GET /me as a share of the empty handler", me_per_s / empty_per_s, "", Target::AtLeast(0.5));
    Ok(())
}

/// What may be asked for.
pub(super) struct Menu {
    supervisor: Arc<Session>,
    reads: Vec<Dish>,
    /// A chat with an agent's head of a request, and its newest message.
    chats: Vec<Chat>,
    writes: f64,
}

/// A kind of read: by weight, with requests ready to be sent.
struct Dish {
    kind: &'static str,
    weight: u32,
    requests: Vec<Arc<Vec<u8>>>,
}

struct Chat {
    conversation: String,
    newest: String,
    /// A bearer of its owner.
    bearer: String,
}

impl Menu {
    /// Looks round the office for what can be asked for.
    pub(super) async fn of(run: &Run, writes: f64) -> Result<Self> {
        let supervisor = Arc::clone(&run.supervisor);
        let mut line = supervisor.line();
        let (mut chosen, mut cursor) = (Vec::<Conversation>::new(), String::new());
        while chosen.len() < MOST_CHOSEN {
            let page: Page<Conversation> =
                supervisor.get(&mut line, &format!("/conversations?state=any&limit=200{cursor}")).await?;
            chosen.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        ensure!(!chosen.is_empty(), "there are no conversations to ask for");
        let mut messages = Vec::new();
        for conversation in chosen.iter().step_by((chosen.len() / MESSAGES_OF).max(1)) {
            let path = format!("/conversations/{}/messages?limit=50", conversation.id);
            let page: Page<Message> = supervisor.get(&mut line, &path).await?;
            messages.extend(page.items.into_iter().map(|message| message.id));
        }
        let each = |path: &dyn Fn(&Conversation) -> String| chosen.iter().map(path).collect::<Vec<_>>();
        let lists =
            ["?limit=50", "?state=active&limit=50", "?owner=queue&order=waiting&limit=50", "?state=any&limit=200"];
        let kinds: [(&'static str, u32, Vec<String>); 8] = [
            ("messages of a chat", 40, each(&|chat| format!("/conversations/{}/messages", chat.id))),
            ("list of chats", 20, lists.iter().map(|query| format!("/conversations{query}")).collect()),
            ("chat", 10, each(&|chat| format!("/conversations/{}", chat.id))),
            ("history", 5, each(&|chat| format!("/conversations/{}/history", chat.id))),
            ("message", 10, messages.iter().map(|id| format!("/messages/{id}")).collect()),
            ("contacts", 5, (10..60).map(|digits| format!("/contacts?q={digits}&limit=20")).collect()),
            ("board", 5, vec!["/board".to_owned()]),
            ("agents", 5, vec!["/agents".to_owned(), "/queues".to_owned(), "/numbers".to_owned()]),
        ];
        let mut reads = Vec::new();
        for (kind, weight, paths) in kinds {
            let mut requests = Vec::with_capacity(paths.len());
            for path in paths {
                requests.push(Arc::new(supervisor.request("GET", &path, None, None).await?));
            }
            reads.push(Dish { kind, weight, requests });
        }
        let chats = Self::chats(run, &mut line).await?;
        Ok(Self { supervisor, reads, chats, writes })
    }

    async fn chats(run: &Run, line: &mut crate::line::Line) -> Result<Vec<Chat>> {
        let active: Page<Conversation> = run.supervisor.get(line, "/conversations?state=active&limit=200").await?;
        let mut chats = Vec::new();
        for conversation in active.items {
            let Some(session) = conversation.owner.id.as_ref().and_then(|owner| run.agents.get(owner)) else {
                continue;
            };
            let path = format!("/conversations/{}/messages?limit=1", conversation.id);
            let page: Page<Message> = run.supervisor.get(line, &path).await?;
            let Some(newest) = page.items.into_iter().next() else { continue };
            let bearer = session.bearer().await?;
            chats.push(Chat { conversation: conversation.id, newest: newest.id, bearer });
        }
        Ok(chats)
    }

    /// One request of a kind.
    fn one(&self, kind: &str) -> Option<Arc<Vec<u8>>> {
        self.reads.iter().find(|dish| dish.kind == kind)?.requests.first().map(Arc::clone)
    }

    /// What to ask, one after the other.
    pub(super) fn order(self, seed: u64) -> impl FnMut(usize) -> Ask + Send + 'static {
        let mut chance = StdRng::seed_from_u64(seed);
        move |_turn| {
            let write = if chance.random_bool(self.writes.clamp(0.0, 1.0)) { self.write(&mut chance) } else { None };
            write.unwrap_or_else(|| self.read(&mut chance))
        }
    }

    fn read(&self, chance: &mut StdRng) -> Ask {
        let weight = |dish: &Dish| if dish.requests.is_empty() { 0 } else { dish.weight };
        let Dish { kind, requests, .. } =
            self.reads.choose_weighted(chance, weight).expect("the board can always be asked for");
        let request = requests.choose(chance).expect("a kind with nothing in it weighs nothing");
        Ask { kind, request: Arc::clone(request) }
    }

    fn write(&self, chance: &mut StdRng) -> Option<Ask> {
        let chat = self.chats.choose(chance)?;
        let id = &chat.conversation;
        let (kind, method, path, body): (&'static str, &str, String, Value) = match chance.random_range(0..10) {
            0..6 => {
                let body = json!({ "conversation_id": id, "type": "text", "text": "Já vamos ver." });
                (WRITES[0], "POST", "/messages".to_owned(), body)
            }
            6..9 => {
                let body = json!({ "message_id": chat.newest });
                (WRITES[1], "POST", format!("/conversations/{id}/read"), body)
            }
            _ => (WRITES[2], "PUT", "/me/presence".to_owned(), json!({ "presence": "online" })),
        };
        let headers = format!("authorization: Bearer {}\r\nidempotency-key: {}\r\n", chat.bearer, key(chance));
        let request = self.supervisor.place(&path).request(method, &headers, body.to_string().as_bytes());
        Some(Ask { kind, request: Arc::new(request) })
    }
}
