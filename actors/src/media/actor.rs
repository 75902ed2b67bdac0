//! The fetcher's messages: what is wanted, what has ended, and when to look.

use super::MediaParts;
use super::fetching::{Ended, fetch};
use super::waiting::Waiting;
use crate::Office;
use dashmap::DashSet;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::{Row, Timestamp, channel};
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Published, task};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Rows read at a time.
const PAGE: u32 = 1_000;
/// Covers news that was lost.
const BACKSTOP: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) enum FetcherTold {
    /// Files that were just ordered.
    Wanted(Vec<MessageId>),
    Ended {
        message: MessageId,
        how: How,
    },
    /// Read which files are wanted.
    Look,
    /// The next one is due: the one that was to be due then.
    Go(Timestamp),
}

/// [`Ended`], as it travels.
#[derive(Debug)]
pub(crate) struct How(Ended);

#[derive(Debug)]
pub(crate) struct FetcherActor;

pub(crate) struct Arguments {
    pub(super) parts: MediaParts,
    pub(super) under_way: Arc<DashSet<MessageId>>,
    pub(super) closing: watch::Receiver<bool>,
}

pub(crate) struct Desk {
    parts: MediaParts,
    waiting: Waiting,
    /// Files on their way, also those a predecessor began.
    under_way: Arc<DashSet<MessageId>>,
    closing: watch::Receiver<bool>,
    /// A `Go` is on its way for then.
    goes_at: Option<Timestamp>,
}

/// What in a committed batch orders a file.
pub(super) fn of_interest(batch: &Published<Office>) -> Option<FetcherTold> {
    let wanted = batch.rows.iter().filter_map(|row| match row {
        Row::Channel(channel::Row::MediaWanted(wanted)) => Some(wanted.message),
        _ => None,
    });
    let wanted: Vec<_> = wanted.collect();
    (!wanted.is_empty()).then_some(FetcherTold::Wanted(wanted))
}

impl Actor for FetcherActor {
    type Msg = FetcherTold;
    type State = Desk;
    type Arguments = Arguments;

    async fn pre_start(&self, myself: ActorRef<FetcherTold>, arguments: Arguments) -> Result<Desk, ActorProcessingErr> {
        let Arguments { parts, under_way, closing } = arguments;
        myself.cast(FetcherTold::Look)?;
        myself.send_interval(BACKSTOP, || FetcherTold::Look);
        Ok(Desk { parts, waiting: Waiting::default(), under_way, closing, goes_at: None })
    }

    async fn handle(
        &self,
        myself: ActorRef<FetcherTold>,
        told: FetcherTold,
        desk: &mut Desk,
    ) -> Result<(), ActorProcessingErr> {
        reach("media", "handle");
        match told {
            FetcherTold::Wanted(messages) => {
                let now = desk.now();
                for message in messages {
                    desk.waiting.put(message, now);
                }
            }
            FetcherTold::Ended { how: How(Ended::Over), .. } => {}
            FetcherTold::Ended { message, how: How(Ended::Later(due_at)) } => desk.waiting.put(message, due_at),
            FetcherTold::Look => desk.look().await,
            // One that was overtaken by a sooner one wakes nobody, or they would become ever more.
            FetcherTold::Go(at) if desk.goes_at != Some(at) => return Ok(()),
            FetcherTold::Go(_) => desk.goes_at = None,
        }
        desk.go(&myself);
        reach("media", "begun");
        Ok(())
    }
}

impl Desk {
    fn now(&self) -> Timestamp {
        Timestamp(self.parts.clock.now())
    }

    /// Reads what the feed did not tell, and what a predecessor knew.
    async fn look(&mut self) {
        // Weather: the next look comes by itself.
        let Ok(jobs) = self.parts.reads.media_jobs(PAGE).await else { return };
        for job in jobs {
            reach("media", "look");
            if !self.under_way.contains(&job.wanted.message) {
                self.waiting.put(job.wanted.message, job.due_at);
            }
        }
    }

    /// Begins what is due and has room.
    fn go(&mut self, myself: &ActorRef<FetcherTold>) {
        let now = self.now();
        while self.under_way.len() < self.parts.settings.now().at_once {
            let Some(message) = self.waiting.take_due(now) else { break };
            // Its end will show in the store, and here.
            if self.under_way.insert(message) {
                self.begin(message, myself.clone());
            }
        }
        // Where there is no room, the end of a download makes some.
        if let Some(at) = self.waiting.next_at().filter(|at| *at > now)
            && self.goes_at.is_none_or(|sooner| at < sooner)
        {
            self.goes_at = Some(at);
            let wait = Duration::from_micros(at.since(now).0.cast_unsigned());
            myself.send_after(wait, move || FetcherTold::Go(at));
        }
    }

    fn begin(&self, message: MessageId, myself: ActorRef<FetcherTold>) {
        let coming = Coming { message, under_way: Arc::clone(&self.under_way) };
        let (parts, closing) = (self.parts.clone(), self.closing.clone());
        let desk = myself.clone();
        // Its row is as it was: the next look finds it.
        let fallen = move || {
            let _ = desk.cast(FetcherTold::Ended { message, how: How(Ended::Over) });
        };
        task::spawn_or("fetch", fallen, async move {
            let ended = fetch(&parts, message, closing).await;
            drop(coming);
            // Nobody there: the next actor looks.
            let _ = myself.cast(FetcherTold::Ended { message, how: How(ended) });
        });
    }
}

/// Marks a file as on its way for as long as its task lives, however that ends.
struct Coming {
    message: MessageId,
    under_way: Arc<DashSet<MessageId>>,
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.under_way.remove(&self.message);
    }
}
