//! A provider in a glass: takes posts and remembers them whatever happens to us, and fails in every way a provider can.

use crate::files;
use crate::places::{House, Number};
use dashoffice_domain::Span;
use dashoffice_domain::channel::Capabilities;
use dashoffice_domain::channel::media::WantedMedia;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{Checked, ErrorClass, Marked, Posted, SendError, SendState};
use dashoffice_domain::conversation::contact::Identifier;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::{
    BoxFuture, Channel, ChannelCredentials, Fetching, Malformed, MediaSource, Piece, Post, Reading, Secret, Sender,
    Webhook,
};
use dashoffice_store::memory::Memory;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What an adapter with a bug says.
pub(crate) const ON_PURPOSE: &str = "an adapter's bug, after the provider took it";

/// A post that the provider took.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) number: Number,
    pub(crate) message: MessageId,
    pub(crate) wamid: String,
    pub(crate) to: Vec<Identifier>,
    pub(crate) content: Content,
    pub(crate) reply_to: Option<String>,
}

/// What the provider knows, and we cannot make it forget.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Every post it took, in order.
    pub(crate) taken: Vec<Taken>,
    /// Those it said it will never take.
    pub(crate) refused: BTreeSet<MessageId>,
    /// Those of which whoever posted could not tell what became of them.
    pub(crate) unclear: BTreeSet<MessageId>,
    /// What it was told was read, and what of that it does not want to be told.
    pub(crate) read: BTreeMap<Number, BTreeSet<String>>,
    /// What nobody may do to it.
    pub(crate) complaints: Vec<String>,
}

impl Ledger {
    fn is_closed(&self, message: MessageId) -> bool {
        let taken = self.taken.iter().any(|taken| taken.message == message);
        taken || self.refused.contains(&message) || self.unclear.contains(&message)
    }
}

pub(crate) struct Provider {
    ledger: Arc<Mutex<Ledger>>,
    chance: Mutex<StdRng>,
    /// Of what it is asked, how much meets some fault.
    faults: f64,
    /// Our disk, to see that what is posted was recorded before.
    disk: Memory,
    /// How many processes there have been before this one.
    process: Arc<AtomicU64>,
    /// Which office is the latest.
    office: AtomicU64,
}

impl Provider {
    pub(crate) fn new(seed: u64, faults: f64, disk: Memory) -> Self {
        Self {
            ledger: Arc::default(),
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            faults,
            disk,
            process: Arc::default(),
            office: AtomicU64::default(),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// Whatever is still posted was posted by a process that is gone.
    pub(crate) fn another_process(&self) {
        self.process.fetch_add(1, Relaxed);
    }

    /// Another office is open: whoever still begins to post by the channel of an older one does so after its end.
    pub(crate) fn another_office(self: &Arc<Self>) -> Channel {
        let office = self.office.fetch_add(1, Relaxed) + 1;
        let this = Arc::new(OfOffice { provider: Arc::clone(self), office });
        Channel::of("glass", Capabilities::default(), Arc::clone(&this)).with_media(this)
    }

    pub(crate) const fn faults(&self) -> f64 {
        self.faults
    }

    fn draw(&self) -> (bool, u32, u64) {
        let mut chance = self.chance.lock().unwrap();
        (chance.random_bool(self.faults), chance.random_range(0..12), chance.random_range(1..200))
    }

    /// Whose line this is; a mixture of two is a fault of ours.
    fn number(&self, line: &ChannelCredentials) -> Number {
        let number = Number::of(line);
        if number.is_none() {
            self.ledger().complaints.push(format!("{line:?} is nobody's"));
        }
        number.unwrap_or(House::Blue.numbers()[0])
    }

    /// Asked at the end of a post: whether somebody has called it unknown while its own process was still at it.
    fn called_unknown(&self, number: Number, message: MessageId) -> impl FnOnce() + Send + use<> {
        let (ledger, disk, process) = (Arc::clone(&self.ledger), self.disk.clone(), Arc::clone(&self.process));
        let posted_by = process.load(Relaxed);
        move || {
            let state = disk.send_state_of(number.house.tenant(), message);
            if state == Some(SendState::Unknown) && process.load(Relaxed) == posted_by {
                ledger.lock().unwrap().complaints.push(format!("A7: {message} is called unknown while it is posted"));
            }
        }
    }

    fn inspect_post(&self, number: Number, message: MessageId) {
        let state = self.disk.send_state_of(number.house.tenant(), message);
        let mut ledger = self.ledger();
        if state != Some(SendState::Sending) {
            ledger.complaints.push(format!("A7: {message} is posted while it is {state:?}"));
        }
        if ledger.is_closed(message) {
            ledger.complaints.push(format!("A7: {message} is posted again"));
        }
    }
}

impl Webhook for Provider {
    fn signed(&self, _: &Secret, _: Option<&str>, _: &[u8]) -> bool {
        true
    }

    fn split(&self, _: &[u8]) -> Result<Vec<Piece>, Malformed> {
        Err(Malformed("nothing comes by HTTP here".into()))
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        match serde_json::from_slice(raw) {
            Ok(inbound) => Reading::Understood(inbound),
            Err(error) => Reading::Unreadable { reason: error.to_string() },
        }
    }
}

impl Sender for Provider {
    fn post(&self, line: ChannelCredentials, post: Post) -> BoxFuture<'static, Posted> {
        let (fault, way, pause) = self.draw();
        let number = self.number(&line);
        let message = post.message;
        self.inspect_post(number, message);
        let ledger = Arc::clone(&self.ledger);
        let take = move || {
            let mut ledger = ledger.lock().unwrap();
            let wamid = format!("out.{}", ledger.taken.len());
            let Post { message, to, content, reply_to } = post;
            ledger.taken.push(Taken { number, message, wamid: wamid.clone(), to, content, reply_to });
            wamid
        };
        let ledger = Arc::clone(&self.ledger);
        let unclear = move || _ = ledger.lock().unwrap().unclear.insert(message);
        let ledger = Arc::clone(&self.ledger);
        let error = || SendError::new(131_000, ErrorClass::Retry, "a fault of the provider");
        let called_unknown = self.called_unknown(number, message);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            called_unknown();
            match (fault, way) {
                (true, 0..3) => Posted::TryLater { after: Span::seconds(1), error: error() },
                (true, 3) => Posted::Throttled { after: Span::seconds(2), error: error() },
                (true, 4) => Posted::ChannelStopped { reason: StopReason::TokenExpired, error: error() },
                (true, 5..7) => {
                    ledger.lock().unwrap().refused.insert(message);
                    Posted::Refused { error: error() }
                }
                (true, 7..9) => {
                    take();
                    unclear();
                    Posted::Unknown
                }
                (true, 9..11) => {
                    unclear();
                    Posted::Unknown
                }
                (true, _) => {
                    take();
                    unclear();
                    panic!("{ON_PURPOSE}");
                }
                (false, _) => {
                    let provider_message_id = take();
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    Posted::Accepted { provider_message_id, known_as: vec![] }
                }
            }
        })
    }

    fn mark_read(&self, line: ChannelCredentials, wamid: String) -> BoxFuture<'static, Marked> {
        let (fault, way, pause) = self.draw();
        let number = self.number(&line);
        let ledger = Arc::clone(&self.ledger);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            if fault && way < 8 {
                return Marked::TryLater { after: Span::seconds(1) };
            }
            ledger.lock().unwrap().read.entry(number).or_default().insert(wamid);
            match (fault, way) {
                (true, 8..10) => Marked::Never,
                (true, 10) => Marked::TryLater { after: Span::seconds(1) },
                (true, _) => panic!("{ON_PURPOSE}"),
                (false, _) => Marked::Told,
            }
        })
    }

    fn check(&self, _: ChannelCredentials) -> BoxFuture<'static, Checked> {
        let (fault, ..) = self.draw();
        Box::pin(std::future::ready(if fault { Checked::Away } else { Checked::Well }))
    }
}

impl MediaSource for Provider {
    fn fetch(&self, line: ChannelCredentials, wanted: WantedMedia) -> BoxFuture<'static, Fetching> {
        let number = self.number(&line);
        let id = wanted.source.provider_media_id.unwrap_or_default();
        if number.id() != wanted.number || !id.starts_with(&number.reference()) {
            self.ledger().complaints.push(format!("{number:?} was asked for {id}"));
        }
        files::asked(&id, self.faults, &mut self.chance.lock().unwrap())
    }
}

/// The provider, as one office asks it.
struct OfOffice {
    provider: Arc<Provider>,
    office: u64,
}

impl Webhook for OfOffice {
    fn signed(&self, secret: &Secret, signature: Option<&str>, body: &[u8]) -> bool {
        self.provider.signed(secret, signature, body)
    }

    fn split(&self, body: &[u8]) -> Result<Vec<Piece>, Malformed> {
        self.provider.split(body)
    }

    fn decode(&self, raw: &[u8]) -> Reading {
        self.provider.decode(raw)
    }
}

impl Sender for OfOffice {
    fn post(&self, line: ChannelCredentials, post: Post) -> BoxFuture<'static, Posted> {
        if self.provider.office.load(Relaxed) > self.office {
            let complaint = format!("A7: {} begins to be posted by an office that is over", post.message);
            self.provider.ledger().complaints.push(complaint);
        }
        self.provider.post(line, post)
    }

    fn mark_read(&self, line: ChannelCredentials, wamid: String) -> BoxFuture<'static, Marked> {
        self.provider.mark_read(line, wamid)
    }

    fn check(&self, line: ChannelCredentials) -> BoxFuture<'static, Checked> {
        self.provider.check(line)
    }
}

impl MediaSource for OfOffice {
    fn fetch(&self, line: ChannelCredentials, wanted: WantedMedia) -> BoxFuture<'static, Fetching> {
        self.provider.fetch(line, wanted)
    }
}
