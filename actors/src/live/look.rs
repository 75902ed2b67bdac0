//! The hub looks around: what is called otherwise, what the figures are, and what each subscriber may see from now on.

use super::actor::LiveState;
use super::notification::{BoardRows, Notification, Resync};
use super::reads::{Body, Directory};
use super::viewer::Viewer;
use dashoffice_domain::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

impl LiveState {
    pub(super) async fn beat(&mut self, looks: bool) {
        if self.subscribers.is_empty() {
            return;
        }
        let head = self.ring.head();
        if looks || self.board.has_changed().unwrap_or(false) || self.looked_at != head {
            self.look().await;
        }
        if looks {
            self.subscribers.values_mut().for_each(|subscriber| subscriber.watermark(head));
        }
    }

    /// Reads the directory, and tells who is concerned what changed in it.
    pub(super) async fn look(&mut self) {
        let board = self.board.borrow_and_update().clone();
        // Weather: the next beat looks again.
        let Ok(next) = self.parts.reads.directory(board).await else { return };
        let before = std::mem::replace(&mut self.looked, next.clone());
        self.directory = next;
        let head = self.ring.head();
        self.looked_at = head;
        let changed = rows_of(&self.directory, Some(&before), Timestamp(self.parts.clock.now()));
        let changed = Arc::new(changed);
        let renamed = renamed(&self.directory, &before, Timestamp(self.parts.clock.now())).map(Arc::new);
        let is_news = !(changed.numbers.is_empty() && changed.queues.is_empty() && changed.agents.is_empty());
        let connections: Vec<Uuid> = self.subscribers.keys().copied().collect();
        for connection in connections {
            let Some(claims) = self.subscribers.get(&connection).map(|subscriber| subscriber.viewer.claims()) else {
                continue;
            };
            let viewer = Viewer::of(claims, &self.directory);
            self.note_rights(&viewer);
            let Some(subscriber) = self.subscribers.get_mut(&connection) else { continue };
            if subscriber.viewer != viewer {
                subscriber.viewer = viewer;
                subscriber.resync(Resync::RightsChanged, head);
            }
            if let Some(renamed) = &renamed
                && subscriber.holds_list()
            {
                subscriber.push(Notification::Directory(Arc::clone(renamed)));
            }
            if is_news && subscriber.watches_board() {
                subscriber.push(Notification::Board(Arc::clone(&changed)));
            }
            let own = claims.agent.and_then(|agent| self.directory.agents.get(&agent));
            if let Some(own) = own
                && subscriber.presence.as_ref() != Some(own)
            {
                subscriber.presence = Some(own.clone());
                subscriber.push(Notification::Presence(own.clone()));
            }
        }
    }
}

/// Numbers and queues of which more than a figure changed.
fn renamed(directory: &Directory, before: &Directory, at: Timestamp) -> Option<BoardRows> {
    let is_new = |id: &Uuid| directory.names.get(id) != before.names.get(id);
    let numbers: Vec<_> =
        directory.numbers.iter().filter(|(id, _)| is_new(&id.0)).map(|(_, body)| body.clone()).collect();
    let queues: Vec<_> =
        directory.queues.iter().filter(|(id, _)| is_new(&id.0)).map(|(_, body)| body.clone()).collect();
    let is_news = !(numbers.is_empty() && queues.is_empty());
    is_news.then(|| BoardRows { full: false, at, numbers, queues, agents: Vec::new() })
}

/// Every row, or those that are not as before.
pub(super) fn rows_of(directory: &Directory, before: Option<&Directory>, at: Timestamp) -> BoardRows {
    fn pick<K: Ord>(rows: &BTreeMap<K, Body>, before: Option<&BTreeMap<K, Body>>) -> Vec<Body> {
        let is_new = |id: &K, body: &Body| before.is_none_or(|before| before.get(id) != Some(body));
        rows.iter().filter(|(id, body)| is_new(id, body)).map(|(_, body)| body.clone()).collect()
    }
    BoardRows {
        full: before.is_none(),
        at,
        numbers: pick(&directory.numbers, before.map(|before| &before.numbers)),
        queues: pick(&directory.queues, before.map(|before| &before.queues)),
        agents: pick(&directory.agents, before.map(|before| &before.agents)),
    }
}
