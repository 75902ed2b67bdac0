//! A model of a tenant whose chats change hands, and a client that is cut and resumed at any point: it ends with what one that
//! was never cut has, and with what is true.

use super::facts::{Effect, Fact, RecordEffect};
use super::frame::{Frame, Pick};
use super::notification::{Notification, Topic};
use super::outbox::{Outbox, OutboxLimits};
use super::reads::{
    Bodies, Body, Contents, ConversationBody, Directory, Face, LiveReads, MessageBody, Snapshot, Wanted,
};
use super::ring::{Ring, RingLimits};
use super::subscriber::{Errand, Subscriber};
use super::viewer::{ConversationOwner, Viewer};
use crate::Office;
use crate::router::Board;
use dashoffice_domain::conversation::Owner;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::conversation::{ConversationRow, MessageRow};
use dashoffice_domain::identity::{Principal, Role, Visibility};
use dashoffice_domain::ids::{AgentId, ContactId, ConversationId, QueueId, TenantId, UserId};
use dashoffice_domain::ports::{BoxFuture, Unavailable};
use dashoffice_runtime::Envelope;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

const CHATS: u128 = 3;

/// Only [`Frame::of`] wants one, and only for histories, of which this model has none.
pub(super) struct NoReads;

impl LiveReads for NoReads {
    fn tenant(&self) -> TenantId {
        TenantId(Uuid::nil())
    }
    fn incarnation(&self) -> String {
        String::new()
    }
    fn position(&self) -> BoxFuture<'_, Result<i64, Unavailable>> {
        Box::pin(async { Ok(0) })
    }
    fn bodies(&self, _: Wanted) -> BoxFuture<'_, Result<Bodies, Unavailable>> {
        Box::pin(async { Ok(Bodies::default()) })
    }
    fn directory(&self, _: Arc<Board>) -> BoxFuture<'_, Result<Directory, Unavailable>> {
        Box::pin(async { Ok(Directory::default()) })
    }
    fn inbox(&self, _: Viewer, _: Arc<Board>) -> BoxFuture<'_, Result<Snapshot, Unavailable>> {
        Box::pin(async { Err(Unavailable { doing: "reading", reason: "a model".into() }) })
    }
    fn conversation(&self, _: Viewer, _: ConversationId) -> BoxFuture<'_, Result<Option<Snapshot>, Unavailable>> {
        Box::pin(async { Ok(None) })
    }
    fn line(&self, _: &ConversationRow, _: &Face, _: Status) -> Body {
        "{}".into()
    }
    fn said(&self, row: &MessageRow, _: i64, _: ContactId) -> MessageBody {
        MessageBody { conversation: row.conversation, body: "{}".into(), status: None }
    }
    fn history(&self, _: &Envelope<Office>) -> Body {
        "{}".into()
    }
    fn record(&self, news: &RecordEffect) -> Body {
        format!("{}@{}", news.id.as_u128(), news.version).into()
    }
}

/// Each chat with its owner and the position it was last touched at; chat `n` is told as `n@position`.
#[derive(Clone, Default)]
struct World {
    position: i64,
    chats: BTreeMap<ConversationId, (Owner, i64)>,
}

fn queue(n: u128) -> Owner {
    Owner::Queue { queue: QueueId(Uuid::from_u128(n)) }
}

fn me() -> Viewer {
    let agent = AgentId(Uuid::from_u128(1));
    let permissions = Role::AGENT.permissions();
    let visible = Visibility::of(permissions, agent).among([(QueueId(Uuid::from_u128(0)), &BTreeSet::from([agent]))]);
    Viewer { user: UserId(agent.0), agent: Some(agent), permissions, visible }
}

impl World {
    fn touch(&mut self, chat: u128, to: Option<Owner>) -> Fact {
        self.position += 1;
        let id = ConversationId(Uuid::from_u128(chat));
        let line = self.chats.entry(id).or_insert((queue(0), 0));
        let left = to.map(|to| std::mem::replace(&mut line.0, to)).into_iter().collect();
        line.1 = self.position;
        let news = vec![Effect::Conversation { id, left }];
        Fact { position: self.position, at: 0, cause: Uuid::nil(), actor: Principal::SYSTEM, news }
    }

    fn body(id: &ConversationId, position: i64) -> Body {
        format!("{}@{position}", id.0.as_u128()).into()
    }

    fn frame(&self, fact: &Fact) -> Arc<Frame> {
        let found = self.chats.iter().map(|(id, (owner, position))| {
            let standing = Arc::new(ConversationOwner { owner: owner.clone(), last_agent: None });
            (*id, ConversationBody { standing, body: Self::body(id, *position), contact: None })
        });
        let bodies = Bodies { conversations: found.collect(), ..Bodies::default() };
        Arc::new(Frame::of(fact, &bodies, &Directory::default(), &NoReads))
    }

    fn truth(&self) -> BTreeMap<ConversationId, Body> {
        let seen = self.chats.iter().filter(|(_, (owner, _))| me().visible.sees(owner, None));
        seen.map(|(id, (_, position))| (*id, Self::body(id, *position))).collect()
    }

    fn snapshot(&self) -> Snapshot {
        let conversations = self.truth().into_iter().collect();
        let mine = BTreeSet::from([AgentId(Uuid::from_u128(1))]);
        let members = BTreeMap::from([(QueueId(Uuid::from_u128(0)), mine)]);
        let directory = Directory { members, ..Directory::default() };
        let contents = Contents::Inbox { directory, conversations, truncated: false };
        Snapshot { as_of: self.position, contents }
    }
}

/// Folds by the rules of the contract's section 9.
#[derive(Default)]
struct Client {
    lines: BTreeMap<ConversationId, (i64, Option<Body>)>,
    cursor: Option<i64>,
    last: i64,
    /// The moment of the newest snapshot.
    read: i64,
    /// Of this connection.
    welcomed: bool,
}

impl Client {
    fn copy(&mut self, id: ConversationId, position: i64, body: Option<Body>) {
        let known = self.lines.entry(id).or_insert((-1, None));
        if position >= known.0 {
            *known = (position, body);
        }
    }

    fn fold(&mut self, told: &Notification) {
        assert_eq!(matches!(told, Notification::Welcome { .. }), !self.welcomed, "the welcome comes first, and once");
        match told {
            Notification::Welcome { resumed, .. } => {
                self.welcomed = true;
                self.last = -1;
                if !resumed {
                    self.cursor = None;
                }
            }
            Notification::Resync { .. } => self.cursor = None,
            Notification::Event { frame, picks } => {
                assert!(frame.position > self.last, "frames come in rising order, and none twice");
                assert!(frame.position > self.read, "what a snapshot holds is not told again");
                self.last = frame.position;
                for pick in picks {
                    match pick {
                        Pick::Change(place) => {
                            let body = frame.changes[*place].body.clone();
                            let id = body.split_once('@').unwrap().0.parse().unwrap();
                            self.copy(ConversationId(Uuid::from_u128(id)), frame.position, Some(body));
                        }
                        Pick::Removed(id, _) => self.copy(*id, frame.position, None),
                    }
                }
                self.cursor = self.cursor.map(|_| frame.position);
            }
            Notification::Watermark(position) => {
                self.last = self.last.max(*position);
                self.cursor = self.cursor.map(|_| *position);
            }
            Notification::Snapshot { snapshot, .. } => {
                assert!(snapshot.as_of >= self.last, "a snapshot is never older than what was told before");
                let Contents::Inbox { conversations, .. } = &snapshot.contents else { panic!("an inbox") };
                for (id, body) in conversations {
                    self.copy(*id, snapshot.as_of, Some(body.clone()));
                }
                let there: BTreeSet<_> = conversations.iter().map(|(id, _)| *id).collect();
                self.lines.retain(|id, (known, _)| *known > snapshot.as_of || there.contains(id));
                self.read = snapshot.as_of;
                self.cursor.get_or_insert(snapshot.as_of);
            }
            _ => {}
        }
    }

    fn shown(&self) -> BTreeMap<ConversationId, Body> {
        self.lines.iter().filter_map(|(id, (_, body))| Some((*id, body.clone()?))).collect()
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A chat is touched, and perhaps goes to another owner.
    Commit {
        chat: u128,
        to: Option<u8>,
    },
    /// What was committed is read, as it is now, and told.
    Tell,
    /// A read that was asked for is answered, as it is now.
    Read,
    /// The socket takes what waits.
    Take,
    /// The socket is cut, and a new one says hello with the cursor.
    Cut,
    Watermark,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..CHATS, prop::option::of(0_u8..4)).prop_map(|(chat, to)| Step::Commit { chat, to }),
        4 => Just(Step::Tell),
        2 => Just(Step::Read),
        4 => Just(Step::Take),
        1 => Just(Step::Cut),
        1 => Just(Step::Watermark),
    ];
    prop::collection::vec(step, 0..120)
}

fn owner(to: u8) -> Owner {
    match to {
        0 | 1 => queue(to.into()),
        n => Owner::Agent { agent: AgentId(Uuid::from_u128(u128::from(n) - 1)) },
    }
}

/// What one connection has: its outbox, its subscriber, and what is being read for it.
struct Line {
    outbox: Arc<Outbox>,
    subscriber: Subscriber,
    errand: Option<Errand>,
    past: Option<Vec<Arc<Fact>>>,
}

struct Play {
    world: World,
    ring: Ring,
    untold: Vec<Fact>,
    client: Client,
    line: Line,
    limits: OutboxLimits,
}

fn connect(cursor: Option<i64>, ring: &Ring, limits: OutboxLimits) -> Line {
    let (inlet, outbox) = Outbox::pair(limits);
    let past = cursor.and_then(|cursor| ring.since(cursor, 500));
    let reads_past = past.as_ref().is_some_and(|past| !past.is_empty());
    let head = ring.head();
    let resumes_from = cursor.filter(|_| past.is_some());
    let subscriber = Subscriber::welcome(inlet, me(), &[Topic::Inbox], head, resumes_from, reads_past);
    Line { outbox, subscriber, errand: None, past: past.filter(|past| !past.is_empty()) }
}

impl Play {
    fn tell(&mut self) {
        for fact in std::mem::take(&mut self.untold) {
            let frame = self.world.frame(&fact);
            self.line.subscriber.hear(&frame);
            self.ring.push(Arc::new(fact));
        }
    }

    fn read(&mut self) {
        let line = &mut self.line;
        if let Some(past) = line.past.take() {
            let frames: Vec<_> = past.iter().map(|fact| self.world.frame(fact)).collect();
            line.subscriber.resumed(line.subscriber.generation(), &frames);
        }
        line.errand = line.errand.or_else(|| line.subscriber.next_errand());
        if let Some(Errand::Open { generation, .. }) = line.errand.take() {
            line.subscriber.opened(generation, Some(self.world.snapshot()), self.ring.head());
        }
    }

    /// The socket takes all that waits.
    fn take(&mut self) {
        let (told, lagged) = self.line.outbox.drain();
        for told in &told {
            self.client.fold(told);
            if matches!(told, Notification::Snapshot { .. }) {
                self.line.subscriber.taken();
            }
        }
        if lagged {
            self.line.subscriber.caught_up(self.ring.head());
        }
    }
}

proptest! {
    #[test]
    fn e3_for_any_cut_and_resume_the_picture_is_the_true_one(steps in steps(), keeps in 2_usize..40, room in 3_usize..40) {
        let limits = OutboxLimits { frames: room, bytes: 1 << 20 };
        let ring = Ring::at(0, RingLimits { facts: keeps, bytes: usize::MAX });
        let line = connect(None, &ring, limits);
        let world = World::default();
        let mut play = Play { world, ring, untold: Vec::new(), client: Client::default(), line, limits };
        for step in steps {
            match step {
                Step::Commit { chat, to } => {
                    let fact = play.world.touch(chat, to.map(owner));
                    play.untold.push(fact);
                }
                Step::Tell => play.tell(),
                Step::Read => play.read(),
                Step::Take => play.take(),
                Step::Cut => {
                    play.line = connect(play.client.cursor, &play.ring, play.limits);
                    play.client.welcomed = false;
                }
                Step::Watermark => play.line.subscriber.watermark(play.ring.head()),
            }
            let theirs = AgentId(Uuid::from_u128(2));
            for (id, (owner, position)) in &play.world.chats {
                let is_theirs = owner.agent() == Some(theirs);
                let known = play.client.shown().get(id).cloned();
                prop_assert!(!is_theirs || known != Some(World::body(id, *position)), "nothing leaks");
            }
        }
        for _ in 0..6 {
            play.tell();
            play.read();
            play.take();
        }
        prop_assert_eq!(play.client.shown(), play.world.truth());
        play.line.subscriber.watermark(play.ring.head());
        play.take();
        prop_assert_eq!(play.client.cursor, Some(play.ring.head()), "once nothing comes, the cursor is at the end");
    }
}

/// A frame for each of so many commits on one chat.
fn frames(world: &mut World, count: usize) -> Vec<Arc<Frame>> {
    let facts = (0..count).map(|_| {
        let fact = world.touch(0, None);
        world.frame(&fact)
    });
    facts.collect()
}

#[test]
fn e3_whose_snapshot_takes_longer_than_1024_frames_is_told_that_they_lag_and_shown_everything_anew() {
    let mut world = World::default();
    world.touch(0, None);
    let (inlet, outbox) = Outbox::pair(OutboxLimits::default());
    let mut subscriber = Subscriber::welcome(inlet, me(), &[Topic::Inbox], world.position, None, false);
    let Some(Errand::Open { generation, .. }) = subscriber.next_errand() else { panic!("the list is to be read") };
    let late = world.snapshot();
    for frame in frames(&mut world, 1_025) {
        subscriber.hear(&frame);
    }
    let (told, lagged) = outbox.drain();
    assert!(lagged && matches!(told[..], [Notification::Welcome { .. }]), "{told:?}");
    subscriber.opened(generation, Some(late), world.position);
    assert!(outbox.drain().0.is_empty(), "what was read for who lags is of no use");
    subscriber.caught_up(world.position);
    let (told, _) = outbox.drain();
    assert!(matches!(told[..], [Notification::Resync { reason: super::Resync::Lagging, .. }]), "{told:?}");
    let Some(Errand::Open { generation, .. }) = subscriber.next_errand() else { panic!("it is to be read anew") };
    subscriber.opened(generation, Some(world.snapshot()), world.position);
    let (told, _) = outbox.drain();
    assert!(
        matches!(&told[..], [Notification::Snapshot { snapshot, .. }] if snapshot.as_of == world.position),
        "{told:?}"
    );
}

#[test]
fn e3_what_a_later_snapshot_holds_moves_no_cursor_so_a_watermark_does() {
    let mut world = World::default();
    world.touch(0, None);
    let chat = Topic::Conversation(ConversationId(Uuid::from_u128(0)));
    let (inlet, outbox) = Outbox::pair(OutboxLimits::default());
    let mut subscriber = Subscriber::welcome(inlet, me(), &[chat, Topic::Inbox], 1, None, false);
    let mut open = |world: &World| {
        let Some(Errand::Open { generation, .. }) = subscriber.next_errand() else { panic!("a topic is to be read") };
        subscriber.opened(generation, Some(world.snapshot()), world.position);
        subscriber.taken();
    };
    open(&world);
    // Of a chat that is not held; the list shows it, and is read after it.
    world.touch(1, None);
    open(&world);
    outbox.drain();
    subscriber.watermark(2);
    assert!(matches!(outbox.drain().0[..], [Notification::Watermark(2)]));
    subscriber.watermark(2);
    assert!(outbox.drain().0.is_empty(), "it is said once");
}
