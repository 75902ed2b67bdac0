//! What waits for one socket: bounded, so that nobody slow costs more than this, and nobody waits for them.

use super::notification::Notification;
use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How much may wait for one subscriber.
#[derive(Clone, Copy, Debug)]
pub struct OutboxLimits {
    pub frames: usize,
    pub bytes: usize,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { frames: 1_024, bytes: 4 << 20 }
    }
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    Notification(Notification),
    /// What waited was more than the limit, and was thrown away.
    Lagged,
    /// Nobody will write to it any more.
    Closed,
}

#[derive(Debug)]
pub(super) struct Outbox {
    limits: OutboxLimits,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(Notification, usize)>,
    bytes: usize,
    lagged: bool,
    closed: bool,
}

/// The hub's end. When it is dropped, wherever that is (with its subscriber, or in a hello that fell into the mailbox of a hub that
/// died), the socket learns that nothing more will come.
#[derive(Debug)]
pub(super) struct Inlet(Arc<Outbox>);

impl Deref for Inlet {
    type Target = Outbox;

    fn deref(&self) -> &Outbox {
        &self.0
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl State {
    /// Throws away what waits, but for the welcome: that is what a socket hears first, whatever comes.
    fn forget(&mut self) {
        self.waiting.retain(|(told, _)| matches!(told, Notification::Welcome { .. }));
        self.bytes = self.waiting.iter().map(|(_, weight)| weight).sum();
    }
}

impl Outbox {
    /// The hub's end and the socket's.
    pub(super) fn pair(limits: OutboxLimits) -> (Inlet, Arc<Self>) {
        let outbox = Arc::new(Self { limits, state: Mutex::default(), changed: Notify::new() });
        (Inlet(Arc::clone(&outbox)), outbox)
    }

    fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds to what waits; `false`: that was too much, and everything that waited is gone.
    pub(super) fn push(&self, told: Notification) -> bool {
        let weight = told.weight();
        let fits = self.with(|state| {
            if state.waiting.len() >= self.limits.frames || state.bytes + weight > self.limits.bytes {
                state.forget();
                state.lagged = true;
                return false;
            }
            state.bytes += weight;
            state.waiting.push_back((told, weight));
            true
        });
        self.changed.notify_one();
        fits
    }

    /// Throws away what waits, but for the welcome.
    pub(super) fn clear(&self) {
        self.with(|state| {
            state.forget();
            state.lagged = false;
        });
    }

    /// What was to be told did not even come here.
    pub(super) fn mark_lagged(&self) {
        self.with(|state| state.lagged = true);
        self.changed.notify_one();
    }

    pub(super) fn close(&self) {
        self.with(|state| state.closed = true);
        self.changed.notify_one();
    }

    pub(super) async fn next(&self) -> Next {
        loop {
            let next = self.with(|state| {
                if std::mem::take(&mut state.lagged) {
                    return Some(Next::Lagged);
                }
                match state.waiting.pop_front() {
                    Some((told, weight)) => {
                        state.bytes -= weight;
                        Some(Next::Notification(told))
                    }
                    None => state.closed.then_some(Next::Closed),
                }
            });
            match next {
                Some(next) => return next,
                None => self.changed.notified().await,
            }
        }
    }

    #[cfg(test)]
    pub(super) fn drain(&self) -> (Vec<Notification>, bool) {
        self.with(|state| {
            state.bytes = 0;
            (state.waiting.drain(..).map(|(told, _)| told).collect(), std::mem::take(&mut state.lagged))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn e3_who_does_not_read_is_told_so_and_keeps_nothing_waiting() {
        let (inlet, outbox) = Outbox::pair(OutboxLimits { frames: 3, bytes: 1 << 20 });
        for position in 1..=3 {
            assert!(outbox.push(Notification::Watermark(position)));
        }
        assert!(!outbox.push(Notification::Watermark(4)));
        assert!(outbox.with(|state| state.waiting.is_empty() && state.bytes == 0));
        assert!(matches!(outbox.next().await, Next::Lagged));
        assert!(outbox.push(Notification::Watermark(5)));
        assert!(matches!(outbox.next().await, Next::Notification(Notification::Watermark(5))));
        drop(inlet);
        assert!(matches!(outbox.next().await, Next::Closed));
    }

    #[tokio::test]
    async fn e3_what_is_pushed_comes_once_and_in_order_also_while_it_is_read() {
        let (inlet, outbox) = Outbox::pair(OutboxLimits::default());
        let heard = async || match outbox.next().await {
            Next::Notification(Notification::Watermark(position)) => Some(position),
            Next::Notification(_) | Next::Lagged | Next::Closed => None,
        };
        for position in 1..=3 {
            assert!(inlet.push(Notification::Watermark(position)));
        }
        assert_eq!((heard().await, heard().await), (Some(1), Some(2)));
        assert!(inlet.push(Notification::Watermark(4)));
        drop(inlet);
        assert_eq!((heard().await, heard().await, heard().await), (Some(3), Some(4), None));
        assert_eq!(outbox.with(|state| state.bytes), 0);
    }

    #[test]
    fn the_bytes_that_wait_are_bounded_too() {
        let (_inlet, outbox) = Outbox::pair(OutboxLimits { frames: 1_000, bytes: 10_000 });
        let body: std::sync::Arc<str> = "x".repeat(4_000).into();
        assert!(outbox.push(Notification::Presence(body.clone())));
        assert!(outbox.push(Notification::Presence(body.clone())));
        assert!(!outbox.push(Notification::Presence(body)));
        assert_eq!(outbox.with(|state| state.bytes), 0);
    }
}
