//! Journals as this version writes them: whole lives of threads and agents, decided as they are decided in earnest.

use crate::samples::id;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::conversation::identity::Claim;
use dashoffice_domain::conversation::{
    Command, Decided, FIRST_REPLY, OFFER, OfferCommand, ReactCommand, ReplyCommand, Thread,
};
use dashoffice_domain::item::{Arrived, Inbound, Said};
use dashoffice_domain::routing::{AcceptMode, Agent, AgentCommand, Chosen};
use dashoffice_domain::{Entity, Event, Span, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

/// A journal with the state it leads to.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) entity: Entity,
    pub(crate) events: Vec<(Event, Timestamp)>,
    pub(crate) state: Value,
}

/// What happens to a thread, one thing after the other.
struct Told {
    thread: Thread,
    now: Timestamp,
    events: Vec<(Event, Timestamp)>,
    said: u128,
}

fn noon() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000)
}

impl Told {
    fn new() -> Self {
        Self { thread: Thread::fresh(id(7)), now: noon(), events: Vec::new(), said: 0 }
    }

    fn records(&mut self, decided: Decided) {
        for (event, _) in decided.events {
            self.thread.apply(&event, self.now);
            self.events.push((event.into(), self.now));
        }
    }

    fn passes(mut self, span: Span) -> Self {
        self.now = self.now.plus(span);
        self
    }

    fn customer(mut self, what: Said) -> Self {
        self.said += 1;
        let identifier = Identifier::new(IdentifierKind::WaId, "5511999990001");
        let arrived = Arrived {
            number: id(1),
            queue: id(2),
            inbound: Inbound {
                identifiers: vec![identifier.clone()],
                profile_name: None,
                username: None,
                moved: vec![],
                provider_message_id: format!("wamid.{}", self.said),
                said_at: self.now,
                what,
                reply_to: None,
                context: MessageContext::default(),
            },
            received_at: self.now,
            contact: id(3),
            claims: if self.said == 1 { vec![Claim::link(identifier, self.now)] } else { Vec::new() },
            possible_duplicate: (self.said == 1).then(|| id(8)),
            message: id(1_000 + self.said),
            conversation: id(2_000 + self.said),
            raw: None,
        };
        let decided = self.thread.receive(&arrived, self.now);
        self.records(decided);
        self
    }

    fn writes(self) -> Self {
        self.customer(Said::Message { content: Content::text("hola") })
    }

    fn commanded(mut self, command: &Command) -> Self {
        let decided = self.thread.decide(command, self.now).expect("the story is told as it may happen");
        self.records(decided);
        self
    }

    fn offered(self, accept: AcceptMode) -> Self {
        let expected_epoch = self.thread.owner_epoch;
        let offer = id(8_000 + expected_epoch as u128);
        self.commanded(&Command::Offer(OfferCommand {
            offer,
            agent: id(101),
            expected_epoch,
            accept,
            typing_us: None,
            incarnation: 1,
        }))
    }

    fn runs_out(mut self, clock: &str) -> Self {
        let decided = self.thread.run_out(clock, self.now);
        self.records(decided);
        self
    }

    fn ends(self, name: &'static str) -> Story {
        Story { name, entity: Entity::Thread(self.thread.id), events: self.events, state: state(&self.thread) }
    }
}

fn state(state: &impl Serialize) -> Value {
    serde_json::to_value(state).expect("a state is plain data")
}

pub(crate) fn all() -> Vec<Story> {
    let auto = AcceptMode::Auto { first_reply_us: Span::seconds(180) };
    let offer = AcceptMode::Offer { within_us: Span::seconds(30) };
    let reply = |n| ReplyCommand { by: id(101), message: id(n), content: Content::text("claro"), reply_to: None };
    let close = Command::Close { by: id(101), seen: None };
    let answered = Told::new()
        .writes()
        .customer(Said::Reaction { to: "wamid.1".to_owned(), emoji: Some("👍".to_owned()) })
        .customer(Said::Edit { of: "wamid.1".to_owned(), content: Content::text("hola!") })
        .customer(Said::Revoke { of: "wamid.1".to_owned() })
        .passes(Span::seconds(1))
        .offered(auto)
        .writes()
        .commanded(&Command::Read { by: id(101), conversation: id(2_001), message: id(1_001), inbound: 1 })
        .commanded(&Command::Reply(reply(5_001)))
        .commanded(&Command::React(ReactCommand {
            by: id(101),
            message: id(5_002),
            target: id(1_005),
            to: "wamid.5".to_owned(),
            emoji: None,
        }))
        .commanded(&close)
        .passes(Span::hours(2))
        .writes();
    let reopened_twice = Told::new().writes().offered(auto).commanded(&Command::Reply(reply(5_001))).commanded(&close);
    let missed = Told::new().writes().offered(auto).passes(Span::seconds(180)).runs_out(FIRST_REPLY).offered(offer);
    let missed = missed.passes(Span::seconds(30)).runs_out(OFFER).passes(Span::minutes(3)).offered(offer);
    let held_out = missed.thread.open_episode().and_then(|episode| episode.clock).expect("it is held out");
    let declined = missed.commanded(&Command::Decline { agent: id(101), offer: held_out }).passes(Span::minutes(10));
    let taken = declined.offered(offer);
    let held_out = taken.thread.open_episode().and_then(|episode| episode.clock).expect("it is held out");
    let taken = taken.commanded(&Command::Accept { agent: id(101), offer: held_out });
    let expected_epoch = taken.thread.owner_epoch;
    let requeued = taken.commanded(&Command::Requeue { agent: id(101), expected_epoch });
    let picked = Command::Pick { agent: id(102), expected_epoch: expected_epoch + 1, incarnation: 1 };
    let system = || Content::System { what: "customer_identity_changed".to_owned(), text: None };
    let edited = |of: &str, body: &str| Said::Edit { of: of.to_owned(), content: Content::text(body) };
    let noticed = Told::new()
        .customer(Said::Notice { content: system() })
        .customer(Said::EditAlone { of: "wamid.3".to_owned(), content: Content::text("certo") })
        .writes()
        .offered(auto)
        .commanded(&Command::Reply(reply(5_001)))
        .customer(edited("wamid.3", "certo!"))
        .commanded(&close)
        .customer(Said::EditAlone { of: "wamid.9".to_owned(), content: Content::text("sozinho") });
    let by_the_phone = || Said::Echo { what: Box::new(Said::Message { content: Content::text("pelo telefone") }) };
    let echoed = Told::new().customer(by_the_phone()).writes().customer(by_the_phone());
    vec![
        noticed.ends("noticed before it began, edited ahead, edited after the answer, by a clock that is shown"),
        answered.ends("answered, closed, reopened, by a clock that is shown"),
        reopened_twice.passes(Span::hours(30)).writes().ends("closed, begun anew, by a clock that is shown"),
        requeued.commanded(&picked).ends("missed, declined, taken, given back, picked, by a clock that is shown"),
        Told::new()
            .writes()
            .commanded(&Command::Say(Box::new(reply(5_001))))
            .offered(auto)
            .ends("said beside, given, by a clock that is shown"),
        echoed.ends("said with the phone, asked, answered with the phone"),
        agent(),
    ]
}

fn agent() -> Story {
    let mut agent = Agent::fresh(id(101));
    let mut events = Vec::new();
    for (n, presence) in [Chosen::Online, Chosen::Away, Chosen::TransfersOnly].into_iter().enumerate() {
        let at = noon().plus(Span::minutes(n as i64));
        let choose = AgentCommand::Choose { presence, reason: Some("lunch".to_owned()) };
        for event in agent.decide(&choose, at).expect("an agent may choose").0 {
            agent.apply(&event, at);
            events.push((event.into(), at));
        }
    }
    Story { name: "an agent's day", entity: Entity::Agent(id(101)), events, state: state(&agent) }
}

/// The lines of a journal: its events, then the state.
pub(crate) fn lines(story: &Story) -> Vec<Value> {
    let Story { name, entity, events, state } = story;
    let event =
        |(event, at): &(Event, Timestamp)| json!({ "journal": name, "entity": entity, "at": at, "event": event });
    let mut lines: Vec<Value> = events.iter().map(event).collect();
    lines.push(json!({ "journal": name, "entity": entity, "sequence": events.len(), "state": state }));
    lines
}
