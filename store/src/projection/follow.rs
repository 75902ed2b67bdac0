//! Who makes one projection of one tenant: takes what was committed after where it stands, from the feed where that brought all of it and else
//! from the journal, folds, and hands the rows to the low lane.

use super::from_feed::FromFeed;
use super::{Progress, Projected, Projection, Row, Source};
use crate::Office;
use dashoffice_runtime::budget::Backoff;
use dashoffice_runtime::fail_point::reach;
use dashoffice_runtime::{Envelope, Outcome};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// Events that are folded at once.
const AT_ONCE: u32 = 500;
/// Rows in one transaction, about: it takes the store about a millisecond beside its wait for the disk.
const ROWS: usize = 50;
/// So long more is waited for once something has happened, so that it goes into one transaction.
const GATHERS: Duration = Duration::from_millis(100);
/// Where events come to no rows, how far it has come is written once in so many: they are folded again after a start.
const UNWRITTEN: i64 = 1_000;
/// Between two looks whether the store is there and ours.
const LOOKS: Duration = Duration::from_secs(1);

/// One projection of one tenant.
pub(super) struct Follower<S> {
    pub(super) source: S,
    pub(super) projection: &'static Projection,
    pub(super) tenant: Uuid,
    /// The tenant's last position, as far as it was heard of.
    pub(super) head: watch::Receiver<i64>,
    pub(super) feed: FromFeed,
    pub(super) progress: Arc<Progress>,
}

/// Why it does not go on now.
enum Stopped {
    /// The store is away, or not ours.
    Away,
    /// It fails, and will again for as long as nothing is changed.
    Failed { position: i64, reason: String },
}

/// Where it stands.
#[derive(Clone, Copy)]
struct Place {
    /// As the store has it.
    written: i64,
    /// Beyond that, events that came to nothing.
    folded: i64,
}

impl<S: Source> Follower<S> {
    /// Goes on until nobody tells of the tenant any more.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        let mut place = None;
        let mut anew = self.progress.hears_of_new_beginnings();
        loop {
            let pause = match self.catches_up(&mut place).await {
                Ok(()) => {
                    failures = 0;
                    tokio::select! {
                        changed = self.head.changed() => match changed {
                            Ok(()) => GATHERS,
                            Err(_) => return,
                        },
                        // The sender is there for as long as the progress is.
                        _ = anew.changed() => {
                            place = None;
                            Duration::ZERO
                        }
                    }
                }
                Err(Stopped::Away) => LOOKS,
                Err(Stopped::Failed { position, reason }) => {
                    failures += 1;
                    self.progress.stopped(self.key(), position);
                    let pause = Backoff::RESTARTS.delay(failures, 1.0);
                    let (projection, pause_ms) = (self.projection.name, pause.as_millis() as u64);
                    tracing::error!(
                        projection, tenant.id = %self.tenant, position, reason, pause_ms,
                        "a projection failed; it is tried again, and nothing else waits for it"
                    );
                    pause
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Folds everything there is; what is not certain of its place begins at what the store has.
    async fn catches_up(&mut self, place: &mut Option<Place>) -> Result<(), Stopped> {
        let standing = match *place {
            Some(standing) if self.source.is_ours() => standing,
            _ => self.begins().await?,
        };
        *place = None;
        let caught_up = self.folds_on(standing).await?;
        *place = Some(caught_up);
        Ok(())
    }

    async fn begins(&self) -> Result<Place, Stopped> {
        if !self.source.is_ours() {
            return Err(Stopped::Away);
        }
        // What was handed in before by whoever stood here has landed or never will.
        self.source.settled().await.map_err(|_| Stopped::Away)?;
        let written = self.source.cursor(self.projection.name, self.tenant).await.map_err(|_| Stopped::Away)?;
        self.progress.begins(self.key(), written);
        Ok(Place { written, folded: written })
    }

    async fn folds_on(&mut self, mut place: Place) -> Result<Place, Stopped> {
        while place.folded < *self.head.borrow() {
            let (until, rows) = match self.fold_feed(place.folded)? {
                Some(folded) => folded,
                None => match self.fold_journal(place.folded).await? {
                    Some(folded) => folded,
                    None => break,
                },
            };
            reach("projection", "folded");
            if rows.is_empty() && until - place.written < UNWRITTEN {
                place.folded = until;
            } else {
                place = self.writes(place, until, rows).await?;
            }
            reach("projection", "written");
            self.progress.folded(self.key(), place.folded);
        }
        self.progress.folded(self.key(), place.folded);
        Ok(place)
    }

    /// `None`: the feed did not bring what comes next.
    fn fold_feed(&mut self, position: i64) -> Result<Option<Folded>, Stopped> {
        self.feed.refresh(position);
        let Some(first) = self.feed.after(position).next() else { return Ok(None) };
        self.progress.reads(self.key(), first.at);
        reach("projection", "received");
        let received = self.feed.after(position).take(AT_ONCE as usize);
        fold(self.projection, received.map(|event| (event.position, Some(event)))).map(Some)
    }

    /// `None`: nothing comes next.
    async fn fold_journal(&self, position: i64) -> Result<Option<Folded>, Stopped> {
        let read = self.source.journal(self.tenant, position, AT_ONCE).await.map_err(|_| Stopped::Away)?;
        let Some((_, oldest, _)) = read.first() else { return Ok(None) };
        self.progress.reads(self.key(), *oldest);
        reach("projection", "read");
        fold(self.projection, read.iter().map(|(position, _, event)| (*position, event.as_ref()))).map(Some)
    }

    async fn writes(&self, place: Place, until: i64, rows: Vec<Row>) -> Result<Place, Stopped> {
        let (projection, tenant) = (self.projection.name, self.tenant);
        let projected = Projected { projection, tenant, after: place.written, until, rows };
        match self.source.project(projected).await {
            Outcome::Committed { .. } => Ok(Place { written: until, folded: until }),
            // Somebody had it begin anew, or it has landed already: the store knows.
            Outcome::Conflict | Outcome::Unknown => self.begins().await,
            Outcome::Unavailable => Err(Stopped::Away),
            Outcome::Rejected { reason } => Err(Stopped::Failed { position: place.folded + 1, reason }),
        }
    }

    const fn key(&self) -> (&'static str, Uuid) {
        (self.projection.name, self.tenant)
    }
}

/// How far it comes, and the rows.
type Folded = (i64, Vec<Row>);

/// Events up to where there are rows enough.
fn fold<'a>(
    projection: &Projection,
    events: impl Iterator<Item = (i64, Option<&'a Envelope<Office>>)>,
) -> Result<Folded, Stopped> {
    let (mut until, mut rows) = (0, Vec::new());
    for (position, event) in events {
        if rows.len() >= ROWS {
            break;
        }
        if let Some(event) = event {
            match catch_unwind(AssertUnwindSafe(|| (projection.fold)(event))) {
                Ok(folded) => rows.extend(folded),
                // What came before it is kept.
                Err(_) if until > 0 => break,
                Err(_) => {
                    return Err(Stopped::Failed { position, reason: "its fold panicked".to_owned() });
                }
            }
        }
        until = position;
    }
    Ok((until, rows))
}
