//! The simulated WhatsApp as a whole: its people, its memory, what waits and what goes wrong.

use crate::calendar::Calendar;
use crate::chance::Chance;
use crate::clock::now_us;
use crate::config::{Faults, SimulatorConfig};
use crate::elsewhere::Elsewhere;
use crate::files::FileKind;
use crate::ledger::{Accepted, InboundRow, Ledger, Planned, Written};
use crate::life::Chats;
use crate::load::Loads;
use crate::office::{LaneKey, Office, Parcel};
use crate::people::People;
use crate::phrases::Moment;
use crate::webhook::Envelope;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Value, json};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) struct World {
    pub(crate) config: SimulatorConfig,
    pub(crate) people: People,
    /// Customers that are not ours.
    pub(crate) elsewhere: Arc<dyn Elsewhere>,
    pub(crate) office: Office,
    pub(crate) calendar: Calendar<Due>,
    pub(crate) chats: Chats,
    pub(crate) loads: Loads,
    pub(crate) client: reqwest::Client,
    /// Chance of what Graph answers.
    pub(crate) graph_chance: Chance,
    /// Chance of what happens to webhooks.
    pub(crate) post_chance: Chance,
    /// Chance of what customers do.
    pub(crate) life_chance: Chance,
    /// Whether Graph's port is open, as the gate reports it.
    pub(crate) gate_is_open: watch::Sender<bool>,
    pub(crate) verification: Mutex<&'static str>,
    /// When this run began: part of every id, so that ids of different runs never meet.
    pub(crate) run: i64,
    ledger: Mutex<Ledger>,
    faults: watch::Sender<Faults>,
    tasks: Mutex<JoinSet<()>>,
}

/// What the calendar holds.
#[derive(Debug)]
pub(crate) enum Due {
    Parcel(LaneKey, Parcel),
    Again(Envelope),
    Write(u32, Moment),
}

/// What a customer says.
#[derive(Debug)]
pub(crate) enum Words {
    Text(String),
    /// With the customer's running number before it: `#17 …`.
    Numbered(String),
    /// The members of a message that is no text, and words for the ledger.
    Other {
        content: Value,
        text: String,
    },
}

/// What became of a message a customer wrote.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Wrote {
    pub(crate) position: usize,
    pub(crate) customer: u32,
    pub(crate) sequence: u64,
    pub(crate) wamid: String,
    pub(crate) text: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NotWritten {
    #[error("there is no such customer")]
    NoSuchCustomer,
    #[error("too much waits to be sent")]
    Full,
    #[error("the ledger cannot be written")]
    Ledger(#[from] io::Error),
}

impl World {
    /// Opens the ledger and puts back to work what it says is unfinished.
    pub(crate) fn new(config: SimulatorConfig, elsewhere: Arc<dyn Elsewhere>) -> Result<Self, crate::SimulatorError> {
        let run = now_us();
        let ledger = Ledger::open(&config.ledger, run).map_err(crate::SimulatorError::Ledger)?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_millis(config.postman.timeout_ms))
            .build()
            .map_err(crate::SimulatorError::Client)?;
        let chance = |purpose| Chance::stream(config.seed, purpose);
        let world = Self {
            people: People::new(config.customers, config.languages, config.phoneless_share, &chance(1)),
            elsewhere,
            office: Office::new(config.postman.max_waiting),
            calendar: Calendar::new(),
            chats: Chats::new(config.life),
            loads: Loads::default(),
            client,
            graph_chance: chance(2),
            post_chance: chance(3),
            life_chance: chance(4),
            gate_is_open: watch::Sender::new(true),
            verification: Mutex::new("not asked"),
            run,
            ledger: Mutex::new(ledger),
            faults: watch::Sender::new(config.faults),
            tasks: Mutex::default(),
            config,
        };
        world.take_up();
        Ok(world)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> Faults {
        *self.faults.borrow()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.faults.send_replace(faults);
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs beside everything else until it ends or the simulator does.
    pub(crate) fn run_beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    pub(crate) fn end_tasks(&self) {
        self.tasks().abort_all();
    }

    pub(crate) fn watch_faults(&self) -> watch::Receiver<Faults> {
        self.faults.subscribe()
    }

    fn take_up(&self) {
        let ledger = self.ledger();
        let to_send =
            |row: &&InboundRow| row.acknowledged_at_us.is_none() && self.people.get(row.written.customer).is_some();
        for row in ledger.inbound().iter().filter(to_send) {
            self.office.put(LaneKey::Messages(row.written.customer), Parcel::Message(row.position), self.run, 0);
        }
        for row in ledger.outbound() {
            for planned in &row.accepted.plan {
                if row.statuses.iter().all(|status| status.status != *planned) {
                    let key = LaneKey::Statuses(row.accepted.customer.unwrap_or_default());
                    self.office.put(key, Parcel::Status(row.position, *planned), self.run, 0);
                }
            }
        }
    }

    /// A customer writes; it is sent as soon as everything before it from the same customer was acknowledged.
    pub(crate) fn write(&self, customer: u32, words: Words) -> Result<Wrote, NotWritten> {
        let person = self.people.get(customer).ok_or(NotWritten::NoSuchCustomer)?;
        if !self.office.has_room() {
            return Err(NotWritten::Full);
        }
        let delay_us = self.post_chance.between(self.faults().delay_ms) as i64 * 1_000;
        // Held until the message is in its lane: the ledger's order is the lane's.
        let mut ledger = self.ledger();
        let sequence = ledger.written_by(customer) + 1;
        let (text, content) = match words {
            Words::Text(text) => (text, None),
            Words::Numbered(text) => (format!("#{sequence} {text}"), None),
            Words::Other { content, text } => (text, Some(content.to_string())),
        };
        let at_us = now_us();
        let wamid = self.wamid("in", ledger.inbound().len() + 1, person.phone.as_deref().unwrap_or(&person.user_id));
        let written = Written { customer, sequence, wamid: wamid.clone(), at_us, text: text.clone(), content };
        let position = ledger.write(written)?;
        let (key, parcel) = (LaneKey::Messages(customer), Parcel::Message(position));
        if let Some(due_us) = self.office.put(key, parcel, at_us, delay_us) {
            self.calendar.add(due_us, Due::Parcel(key, parcel));
        }
        drop(ledger);
        Ok(Wrote { position, customer, sequence, wamid, text })
    }

    /// Graph takes a message: remembered first, then its statuses are on their way. Returns the wamid.
    pub(crate) fn accept(&self, mut accepted: Accepted) -> io::Result<String> {
        let mut ledger = self.ledger();
        accepted.wamid = self.wamid("out", ledger.outbound().len() + 1, &accepted.to);
        let (wamid, customer, plan) = (accepted.wamid.clone(), accepted.customer, accepted.plan.clone());
        let position = ledger.accept(accepted)?;
        drop(ledger);
        self.schedule(position, customer, &plan);
        if let Some(customer) = customer {
            self.hear(customer);
        }
        Ok(wamid)
    }

    /// True: a customer wrote it, and it is remembered that Graph was told.
    pub(crate) fn mark_read(&self, wamid: &str) -> io::Result<bool> {
        self.ledger().mark_read(wamid, now_us())
    }

    /// Each status after the one before, unless they are to come in the wrong order.
    fn schedule(&self, position: usize, customer: Option<u32>, plan: &[Planned]) {
        let delays = self.config.statuses;
        let mut due_us = now_us();
        let mut times: Vec<i64> = plan
            .iter()
            .map(|planned| {
                let after = match planned {
                    Planned::Sent | Planned::Failed(_) => delays.sent_after_ms,
                    Planned::Delivered => delays.delivered_after_ms,
                    Planned::Read => delays.read_after_ms,
                };
                due_us += self.post_chance.between(after) as i64 * 1_000;
                due_us
            })
            .collect();
        if self.post_chance.happens(self.faults().reorder_statuses) {
            times.reverse();
        }
        let key = LaneKey::Statuses(customer.unwrap_or_default());
        for (planned, at_us) in plan.iter().zip(times) {
            self.office.put_for_later(key);
            self.calendar.add(at_us, Due::Parcel(key, Parcel::Status(position, *planned)));
        }
    }

    /// An id like Meta's: opaque, with the address inside.
    fn wamid(&self, way: &str, position: usize, address: &str) -> String {
        format!("wamid.{}", STANDARD.encode(format!("{address}:{:x}:{way}:{position}", self.run)))
    }

    /// A customer says what people say at this moment of a conversation.
    pub(crate) fn say(&self, customer: u32, moment: Moment) -> Result<Wrote, NotWritten> {
        let person = self.people.get(customer).ok_or(NotWritten::NoSuchCustomer)?;
        if self.life_chance.happens(self.chats.life.borrow().file_probability) {
            return self.send_file(customer, *self.life_chance.one_of(&FileKind::ALL));
        }
        let phrase = *self.life_chance.one_of(person.language.phrases(moment));
        self.write(customer, Words::Text(phrase.to_owned()))
    }

    /// A customer sends a file that nobody has sent before.
    pub(crate) fn send_file(&self, customer: u32, kind: FileKind) -> Result<Wrote, NotWritten> {
        let content = kind.content(&self.life_chance);
        let text = content["type"].as_str().unwrap_or_default().to_owned();
        self.write(customer, Words::Other { content, text })
    }

    pub(crate) fn customers_json(&self) -> Vec<Value> {
        let of = |person: &crate::people::Person| {
            json!({
                "customer": person.number, "phone": person.phone, "user_id": person.user_id, "name": person.name,
                "language": format!("{:?}", person.language).to_lowercase(),
            })
        };
        self.people.all().iter().map(of).collect()
    }
}
