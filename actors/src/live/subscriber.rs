//! One subscriber: what they hold, what is being read for them, and what must wait until it is read. Pure but for the outbox.

use super::frame::{Frame, Held, Pick};
use super::notification::{NotTaken, Notification, Resync, Topic};
use super::outbox::Inlet;
use super::reads::{Body, Contents, Snapshot};
use super::viewer::Viewer;
use crate::one_more::OneMore;
use dashoffice_domain::identity::Permission;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Topics at once.
const MOST_TOPICS: usize = 32;
/// Frames that wait for a read; whoever's read takes longer lags.
const MOST_WITHHELD: usize = 1_024;

/// Something to be read for a subscriber; the answer names the generation it was asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    Open { generation: u64, topic: Topic },
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Of a resume.
    Past,
    Topic(Topic),
}

/// What is to be told whole, once the hub has a hand free.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Due {
    pub(super) board: bool,
    /// The list was opened or resumed: what it names may have changed since what the client knows.
    pub(super) directory: bool,
}

pub(super) struct Subscriber {
    _counted: OneMore,
    outbox: Inlet,
    pub(super) viewer: Viewer,
    /// Every topic with the number of its subscription.
    topics: BTreeMap<Topic, u64>,
    held: Held,
    to_open: VecDeque<Topic>,
    under_way: Option<Reading>,
    generation: u64,
    /// A snapshot waits to be taken by the socket; the next one is not read before.
    handing: bool,
    withheld: VecDeque<Arc<Frame>>,
    /// A snapshot of a moment that the hub has not told yet: it waits until that is told, so that nothing in it is told again.
    early: Option<Snapshot>,
    lagging: bool,
    /// The client's cursor, as far as it was told: of its first snapshot since it knew nothing, then of each event and watermark. A later
    /// snapshot does not move it.
    cursor: Option<i64>,
    pub(super) due: Due,
    pub(super) presence: Option<Body>,
}

impl Subscriber {
    /// Begins at `head`, the position everything was told up to. `resumes_from`, a cursor: the topics are held. `reads_past`: what
    /// came after it is being read.
    pub(super) fn welcome(
        outbox: Inlet,
        viewer: Viewer,
        topics: &[Topic],
        head: i64,
        resumes_from: Option<i64>,
        reads_past: bool,
    ) -> Self {
        let mut subscriber = Self {
            _counted: OneMore::of(metrics::gauge!("dashoffice_live_subscribers")),
            outbox,
            viewer,
            topics: BTreeMap::new(),
            held: Held::default(),
            to_open: VecDeque::new(),
            under_way: None,
            generation: 0,
            handing: false,
            withheld: VecDeque::new(),
            early: None,
            lagging: false,
            cursor: resumes_from,
            due: Due::default(),
            presence: None,
        };
        subscriber.push(Notification::Welcome { resumed: resumes_from.is_some(), position: head });
        for topic in topics {
            subscriber.subscribe(*topic, 0);
        }
        if resumes_from.is_some() {
            for topic in std::mem::take(&mut subscriber.to_open) {
                subscriber.hold(topic);
            }
            subscriber.under_way = reads_past.then_some(Reading::Past);
        }
        subscriber
    }

    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn holds(&self, conversation: dashoffice_domain::ids::ConversationId) -> bool {
        self.held.conversations.contains(&conversation)
    }

    /// Whether they hold it, or wait for it.
    pub(super) fn looks_into(&self, conversation: dashoffice_domain::ids::ConversationId) -> bool {
        self.topics.contains_key(&Topic::Conversation(conversation))
    }

    pub(super) fn watches_board(&self) -> bool {
        self.topics.contains_key(&Topic::Board)
    }

    pub(super) const fn holds_list(&self) -> bool {
        self.held.inbox
    }

    /// Tells something that has no position.
    pub(super) fn push(&mut self, told: Notification) {
        if !self.lagging && !self.outbox.push(told) {
            self.lag();
        }
    }

    /// Nothing more is told until the socket has seen that it lags.
    fn lag(&mut self) {
        metrics::counter!("dashoffice_live_lagged_total").increment(1);
        self.lagging = true;
        self.let_go();
    }

    fn let_go(&mut self) {
        self.generation += 1;
        self.under_way = None;
        self.handing = false;
        self.withheld.clear();
        self.early = None;
        self.to_open.clear();
        self.held = Held::default();
    }

    pub(super) fn subscribe(&mut self, topic: Topic, subscription: u64) {
        let refusal = match topic {
            Topic::Board if !self.viewer.may(Permission::ReadBoard) => Some(NotTaken::Forbidden),
            _ if self.topics.len() >= MOST_TOPICS && !self.topics.contains_key(&topic) => Some(NotTaken::TooMany),
            _ => None,
        };
        if let Some(why) = refusal {
            self.push(Notification::Refused { topic, subscription, why });
            return;
        }
        self.topics.insert(topic, subscription);
        self.due.board = true;
        if topic != Topic::Board {
            self.release(topic);
            self.to_open.push_back(topic);
        }
    }

    pub(super) fn unsubscribe(&mut self, topic: Topic) {
        self.topics.remove(&topic);
        self.release(topic);
    }

    fn hold(&mut self, topic: Topic) {
        match topic {
            Topic::Inbox => {
                self.held.inbox = true;
                self.due.directory = true;
            }
            Topic::Conversation(id) => drop(self.held.conversations.insert(id)),
            Topic::Board => {}
        }
    }

    fn release(&mut self, topic: Topic) {
        self.to_open.retain(|waiting| *waiting != topic);
        match topic {
            Topic::Inbox => self.held.inbox = false,
            Topic::Conversation(id) => drop(self.held.conversations.remove(&id)),
            Topic::Board => {}
        }
    }

    /// What is to be read next, if nothing is being read.
    pub(super) fn next_errand(&mut self) -> Option<Errand> {
        if self.lagging || self.handing || self.under_way.is_some() {
            return None;
        }
        let topic = self.to_open.pop_front()?;
        self.under_way = Some(Reading::Topic(topic));
        self.generation += 1;
        Some(Errand::Open { generation: self.generation, topic })
    }

    /// Something was committed.
    pub(super) fn hear(&mut self, frame: &Arc<Frame>) {
        if self.lagging {
            return;
        }
        if self.under_way.is_none() {
            self.deliver(frame);
        } else if self.withheld.len() < MOST_WITHHELD {
            self.withheld.push_back(Arc::clone(frame));
        } else {
            self.outbox.clear();
            self.lag();
            // An empty outbox does not overflow: it must be told that something is missing.
            self.outbox.mark_lagged();
        }
        if let Some(snapshot) = self.early.take_if(|snapshot| snapshot.as_of <= frame.position) {
            self.open(Some(snapshot));
        }
    }

    fn deliver(&mut self, frame: &Arc<Frame>) {
        let picks = frame.picks(&self.viewer, &self.held);
        if picks.is_empty() {
            return;
        }
        for pick in &picks {
            if let Pick::Removed(id, _) = pick {
                self.unsubscribe(Topic::Conversation(*id));
            }
        }
        self.cursor = Some(frame.position);
        self.push(Notification::Event { frame: Arc::clone(frame), picks });
    }

    fn deliver_withheld_up_to(&mut self, position: i64) {
        while let Some(frame) = self.withheld.pop_front_if(|frame| frame.position <= position) {
            self.deliver(&frame);
        }
    }

    /// The past of a resume was read.
    pub(super) fn resumed(&mut self, generation: u64, past: &[Arc<Frame>]) {
        if generation != self.generation || self.under_way != Some(Reading::Past) {
            return;
        }
        self.under_way = None;
        for frame in past {
            self.deliver(frame);
        }
        self.deliver_withheld_up_to(i64::MAX);
    }

    /// A topic was read, when everything up to `head` was told; `None`: there is none, or they may not see it.
    pub(super) fn opened(&mut self, generation: u64, snapshot: Option<Snapshot>, head: i64) {
        if generation != self.generation {
            return;
        }
        if snapshot.as_ref().is_some_and(|snapshot| snapshot.as_of > head) {
            self.early = snapshot;
        } else {
            self.open(snapshot);
        }
    }

    fn open(&mut self, snapshot: Option<Snapshot>) {
        let Some(Reading::Topic(topic)) = self.under_way.take() else { return };
        // Asked for again in the meantime: that reading is the one that counts.
        let subscription = self.topics.get(&topic).copied().filter(|_| !self.to_open.contains(&topic));
        match (subscription, snapshot) {
            (None, _) => {}
            (Some(subscription), None) => {
                self.topics.remove(&topic);
                self.push(Notification::Refused { topic, subscription, why: NotTaken::NotFound });
            }
            (Some(subscription), Some(snapshot)) => {
                self.deliver_withheld_up_to(snapshot.as_of);
                // It was read by the rights of its moment: from there on, news are chosen by the same.
                if let Contents::Inbox { directory, .. } = &snapshot.contents {
                    self.viewer = Viewer::of(self.viewer.claims(), directory);
                }
                self.cursor = self.cursor.or(Some(snapshot.as_of));
                self.hold(topic);
                self.handing = true;
                self.push(Notification::Snapshot { topic, subscription, snapshot: Arc::new(snapshot) });
            }
        }
        self.deliver_withheld_up_to(i64::MAX);
    }

    /// The socket has taken its snapshot.
    pub(super) fn taken(&mut self) {
        self.handing = false;
    }

    /// The socket has seen that it lags: everything is told anew.
    pub(super) fn caught_up(&mut self, head: i64) {
        if self.lagging {
            self.lagging = false;
            self.tell_anew(Resync::Lagging, head);
        }
    }

    /// Something was missed on the way to everybody, or the rights changed: everything is told anew.
    pub(super) fn resync(&mut self, reason: Resync, head: i64) {
        if !self.lagging {
            self.outbox.clear();
            self.tell_anew(reason, head);
        }
    }

    fn tell_anew(&mut self, reason: Resync, head: i64) {
        self.let_go();
        self.cursor = None;
        self.presence = None;
        self.push(Notification::Resync { reason, position: head });
        for (topic, subscription) in std::mem::take(&mut self.topics) {
            self.subscribe(topic, subscription);
        }
    }

    /// Nothing visible happened up to `head`, to which everything was told.
    pub(super) fn watermark(&mut self, head: i64) {
        if !self.lagging && self.under_way.is_none() && self.cursor.is_none_or(|cursor| cursor < head) {
            self.cursor = Some(head);
            self.push(Notification::Watermark(head));
        }
    }
}
