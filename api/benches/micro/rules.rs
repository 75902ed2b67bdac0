//! Pure rules: what a conversation decides, and who gets the next chat.

use dashoffice_domain::Timestamp;
use dashoffice_domain::conversation::ConversationRow;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::conversation::{Command, Decided, ReplyCommand, Thread};
use dashoffice_domain::ids::{AgentId, OfferId, QueueId, ThreadId};
use dashoffice_domain::item::{Arrived, Inbound, Said};
use dashoffice_domain::routing::{AgentView, Chosen, Connection, Index, QueueSettings};
use divan::{Bencher, black_box};
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_760_000_000_000_000);

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn arrived() -> Arrived {
    Arrived {
        number: id(1),
        queue: id(2),
        inbound: Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, "5511988887777")],
            profile_name: Some("Rosa".to_owned()),
            username: None,
            moved: vec![],
            provider_message_id: "wamid.1".to_owned(),
            said_at: NOW,
            what: Said::Message { content: Content::text("bom dia") },
            reply_to: None,
            context: MessageContext::default(),
        },
        received_at: NOW,
        contact: id(3),
        claims: vec![],
        possible_duplicate: None,
        message: id(4),
        conversation: id(5),
        raw: None,
    }
}

fn believe(thread: &mut Thread, decided: Decided) {
    for (event, _) in decided.events {
        thread.apply(&event, NOW);
    }
}

/// A conversation that an agent has.
fn owned() -> Thread {
    let mut thread = Thread::fresh(id(9));
    let received = thread.receive(&arrived(), NOW);
    believe(&mut thread, received);
    let pick = Command::Pick { agent: id(7), expected_epoch: thread.owner_epoch, incarnation: 1 };
    let picked = thread.decide(&pick, NOW).unwrap();
    believe(&mut thread, picked);
    thread
}

#[divan::bench]
fn decide_message(bencher: Bencher<'_, '_>) {
    let (thread, arrived) = (owned(), arrived());
    bencher.bench(|| black_box(&thread).receive(black_box(&arrived), NOW));
}

#[divan::bench]
fn decide_reply(bencher: Bencher<'_, '_>) {
    let thread = owned();
    let reply = ReplyCommand { by: id(7), message: id(8), content: Content::text("já saiu"), reply_to: None };
    let reply = Command::Reply(reply);
    bencher.bench(|| black_box(&thread).decide(black_box(&reply), NOW).unwrap());
}

/// The row of a conversation that waits, or that an agent has.
fn chat(n: u128, agent: Option<AgentId>) -> ConversationRow {
    let mut thread = Thread::fresh(id(n));
    let said_at = Timestamp(NOW.0 + n as i64);
    let received = thread.receive(&Arrived { conversation: id(n), received_at: said_at, ..arrived() }, said_at);
    believe(&mut thread, received);
    if let Some(agent) = agent {
        let pick = Command::Pick { agent, expected_epoch: thread.owner_epoch, incarnation: 1 };
        let picked = thread.decide(&pick, NOW).unwrap();
        believe(&mut thread, picked);
    }
    thread.conversation_row(None).unwrap()
}

/// Every agent has four chats of five, and one chat waits.
fn busy_floor(agents: u128) -> Index {
    let queue: QueueId = id(2);
    let mut index = Index::default();
    let members = (0..agents).map(|n| id::<AgentId>(1_000 + n)).collect();
    index.set_queue(QueueSettings { members, ..QueueSettings::usual(queue, "Ventas") });
    for n in 0..agents {
        let view = AgentView {
            chosen: Chosen::Online,
            connection: Connection::Connected,
            capacity_units: 100,
            last_release_at: Some(Timestamp(NOW.0 - n as i64)),
            last_assigned_at: None,
            misses: 0,
        };
        index.set_agent(id(1_000 + n), view);
        for chat_n in 0..4 {
            index.saw(&chat(10_000 + n * 4 + chat_n, Some(id(1_000 + n))));
        }
    }
    index.saw(&chat(9_999, None));
    index
}

/// Something was committed while a chat waits: who gets it?
#[divan::bench(args = [30, 300])]
fn match_waiting_chat(bencher: Bencher<'_, '_>, agents: u128) {
    let mut index = busy_floor(agents);
    let (thread, offer): (ThreadId, OfferId) = (id(9_999), id(1));
    bencher.bench_local(|| {
        let proposals = index.propose(NOW, || offer);
        assert_eq!(proposals.len(), 1);
        index.give_back(thread, offer);
    });
}

/// The same while nobody waits: most commits of a day.
#[divan::bench(args = [30, 300])]
fn match_nobody_waiting(bencher: Bencher<'_, '_>, agents: u128) {
    let mut index = busy_floor(agents);
    index.saw(&chat(9_999, Some(id(1_000))));
    bencher.bench_local(|| assert!(index.propose(NOW, || id(1)).is_empty()));
}

/// Two hundred agents with 1,500 open chats, all answered; of the agents so many are gone.
fn floor_without(gone: u128) -> Index {
    let queue: QueueId = id(2);
    let mut index = Index::default();
    let members = (0..200).map(|n| id::<AgentId>(1_000 + n)).collect();
    index.set_queue(QueueSettings { members, ..QueueSettings::usual(queue, "Ventas") });
    for n in 0..200 {
        let view = AgentView {
            chosen: Chosen::Online,
            connection: if n < gone { Connection::Gone } else { Connection::Connected },
            capacity_units: 100,
            last_release_at: None,
            last_assigned_at: None,
            misses: 0,
        };
        index.set_agent(id(1_000 + n), view);
    }
    for n in 0..1_500 {
        let row = chat(10_000 + n, Some(id(1_000 + n % 200)));
        index.saw(&ConversationRow { waiting_since: None, unanswered: 0, ..row });
    }
    index
}

/// A message in the chat of an agent who is there: what the router does about it, so many agents being gone.
#[divan::bench(args = [0, 150])]
fn route_a_message_beside_the_gone(bencher: Bencher<'_, '_>, gone: u128) {
    let mut index = floor_without(gone);
    let row = chat(10_199, Some(id(1_199)));
    bencher.bench_local(|| {
        index.saw(black_box(&row));
        for agent in index.abandoning() {
            black_box(index.to_requeue(agent));
        }
        assert!(index.propose(NOW, || id(1)).is_empty());
    });
}
