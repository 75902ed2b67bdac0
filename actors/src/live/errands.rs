//! What a subscriber waits for is read beside the hub, a few at a time, and comes back as a message.

use super::actor::{LiveMessage, LiveState};
use super::facts::Fact;
use super::frame::{Frame, wanted};
use super::look::rows_of;
use super::notification::{Notification, Topic};
use super::subscriber::Errand;
use dashoffice_domain::Timestamp;
use dashoffice_runtime::task;
use ractor::ActorRef;
use std::sync::Arc;
use uuid::Uuid;

impl LiveState {
    pub(super) fn run_all_errands(&mut self, myself: &ActorRef<LiveMessage>) {
        let connections: Vec<Uuid> = self.subscribers.keys().copied().collect();
        for connection in connections {
            self.run_errands(connection, myself);
        }
    }

    /// Reads beside ourselves what a subscriber waits for.
    pub(super) fn run_errands(&mut self, connection: Uuid, myself: &ActorRef<LiveMessage>) {
        let Some(subscriber) = self.subscribers.get_mut(&connection) else { return };
        let due = std::mem::take(&mut subscriber.due);
        if due.board && subscriber.watches_board() {
            let rows = rows_of(&self.directory, None, Timestamp(self.parts.clock.now()));
            subscriber.push(Notification::Board(Arc::new(rows)));
        }
        if due.directory {
            let mut rows = rows_of(&self.directory, None, Timestamp(self.parts.clock.now()));
            rows.agents.clear();
            subscriber.push(Notification::Directory(Arc::new(rows)));
        }
        let Some(Errand::Open { generation, topic }) = subscriber.next_errand() else { return };
        let (parts, myself, reading) = (self.parts.clone(), myself.clone(), Arc::clone(&self.reading));
        let (viewer, board) = (subscriber.viewer.clone(), self.board.borrow().clone());
        task::spawn_or("snapshot", lets_go(connection, &myself), async move {
            // Closed only when we are gone.
            let Ok(_turn) = reading.acquire_owned().await else { return };
            let snapshot = loop {
                let read = match topic {
                    Topic::Inbox => parts.reads.inbox(viewer.clone(), Arc::clone(&board)).await.map(Some),
                    Topic::Conversation(id) => parts.reads.conversation(viewer.clone(), id).await,
                    Topic::Board => Ok(None),
                };
                match read {
                    Ok(snapshot) => break snapshot,
                    Err(_) => parts.availability.wait().await,
                }
            };
            let _ = myself.cast(LiveMessage::Opened { connection, generation, snapshot });
        });
    }

    pub(super) fn read_past(
        &self,
        connection: Uuid,
        generation: u64,
        past: Vec<Arc<Fact>>,
        myself: &ActorRef<LiveMessage>,
    ) {
        let (parts, myself, reading) = (self.parts.clone(), myself.clone(), Arc::clone(&self.reading));
        let directory = self.directory.clone();
        task::spawn_or("resume", lets_go(connection, &myself), async move {
            let Ok(_turn) = reading.acquire_owned().await else { return };
            let wanted = wanted(past.iter().map(Arc::as_ref), |_| true);
            let bodies = loop {
                match parts.reads.bodies(wanted.clone()).await {
                    Ok(bodies) => break bodies,
                    Err(_) => parts.availability.wait().await,
                }
            };
            let frames = past.iter().map(|fact| Arc::new(Frame::of(fact, &bodies, &directory, parts.reads.as_ref())));
            let _ = myself.cast(LiveMessage::Resumed { connection, generation, past: frames.collect() });
        });
    }
}

/// A read that fell is heard of no more: its subscriber comes back and asks anew.
fn lets_go(connection: Uuid, myself: &ActorRef<LiveMessage>) -> impl FnOnce() + Send + 'static {
    let myself = myself.clone();
    move || {
        let _ = myself.cast(LiveMessage::Leave(connection));
    }
}
