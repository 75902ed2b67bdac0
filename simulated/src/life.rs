//! Customers who live: they begin conversations at random, answer when they are answered, and leave.

use crate::clock::now_us;
use crate::config::Life;
use crate::phrases::Moment;
use crate::world::{Due, World};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Conversations that customers began by themselves.
#[derive(Debug)]
pub(crate) struct Chats {
    pub(crate) life: watch::Sender<Life>,
    open: Mutex<HashMap<u32, Chat>>,
}

#[derive(Clone, Copy, Debug)]
struct Chat {
    /// Messages the customer has still to write.
    left: u32,
    /// Has an answer in mind already.
    thinking: bool,
    last_us: i64,
}

impl Chats {
    pub(crate) fn new(life: Life) -> Self {
        Self { life: watch::Sender::new(life), open: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u32, Chat>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self) -> usize {
        self.open().len()
    }
}

/// Begins conversations for as long as the simulator lives.
pub(crate) async fn live(world: Arc<World>) {
    let mut life = world.chats.life.subscribe();
    loop {
        let mean_ms = life.borrow_and_update().mean_interval_ms;
        if mean_ms == 0 {
            if life.changed().await.is_err() {
                return;
            }
            continue;
        }
        let wait = Duration::from_millis(world.life_chance.next_after(mean_ms));
        // A change of habits begins a new wait.
        if tokio::time::timeout(wait, life.changed()).await.is_err() {
            world.begin_chat();
        }
    }
}

impl World {
    fn begin_chat(&self) {
        let life = *self.chats.life.borrow();
        let patient_since = now_us() - life.patience_ms as i64 * 1_000;
        let free: Vec<u32> = {
            let mut open = self.chats.open();
            open.retain(|_, chat| chat.thinking || (chat.left > 0 && chat.last_us > patient_since));
            self.people.all().iter().map(|person| person.number).filter(|number| !open.contains_key(number)).collect()
        };
        if free.is_empty() || life.turns == 0 {
            return;
        }
        let customer = *self.life_chance.one_of(&free);
        if self.say(customer, Moment::Opening).is_ok() {
            let chat = Chat { left: life.turns - 1, thinking: false, last_us: now_us() };
            self.chats.open().insert(customer, chat);
        }
    }

    /// The customer got a message: one who is in a conversation may answer after a while.
    pub(crate) fn hear(&self, customer: u32) {
        let life = *self.chats.life.borrow();
        let mut open = self.chats.open();
        let Some(chat) = open.get_mut(&customer).filter(|chat| chat.left > 0 && !chat.thinking) else { return };
        chat.last_us = now_us();
        if self.life_chance.happens(life.answer_probability) {
            chat.thinking = true;
            let moment = if chat.left == 1 { Moment::Farewell } else { Moment::FollowUp };
            let after_us = self.life_chance.between(life.answer_delay_ms) as i64 * 1_000;
            self.calendar.add(now_us() + after_us, Due::Write(customer, moment));
        }
    }

    /// The customer writes what they had in mind.
    pub(crate) fn speak_up(&self, customer: u32, moment: Moment) {
        if let Some(chat) = self.chats.open().get_mut(&customer) {
            chat.thinking = false;
            chat.left = chat.left.saturating_sub(1);
            chat.last_us = now_us();
        }
        if let Err(error) = self.say(customer, moment) {
            tracing::warn!(%error, "a simulated customer could not write");
        }
    }
}
