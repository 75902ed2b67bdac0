//! Every kind of change at once: each store keeps all of it, whatever it makes of the writes (A4).

use super::for_every_store;
use super::media::{kept, ordered, wanted};
use crate::desk::*;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Class, Outgoing, SendState};
use dashoffice_domain::conversation::MessageChange;
use dashoffice_domain::conversation::ReplyClock;
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Status};
use dashoffice_domain::ids::{MessageId, ThreadId};
use dashoffice_domain::item::Item;
use dashoffice_domain::ports::{Delivery, InboxSource};
use dashoffice_domain::routing::Activity;
use dashoffice_domain::routing::Chosen;
use dashoffice_domain::{Entity, Row, Span, Timestamp, channel, conversation, routing};
use dashoffice_runtime::{CommandResult, Guard, Outcome, ParkReason, Take, Tell, TimerChange};
use dashoffice_store::views::{DeadLetterList, Visibility};
use uuid::Uuid;

for_every_store!(a4_every_kind_of_change_at_once_is_kept_whole);

const TOKEN: Uuid = Uuid::from_u128(0x70);

async fn a4_every_kind_of_change_at_once_is_kept_whole(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let entity = Entity::Thread(thread);
    let (waits, begun) = (desk.queued(thread, conversation).await, desk.sending(thread, conversation).await);
    let withdrawn = desk.queued(thread, conversation).await;
    let (fetched, put_off) = (ordered(&desk).await, ordered(&desk).await);
    let said: MessageId = fresh();
    let row = message_row(said, thread, conversation, Direction::Inbound);
    let said_by_provider = row.provider_message_id.clone().unwrap();
    let rows = vec![
        Row::Conversation(conversation::Row::Message(Box::new(row))),
        Row::Channel(channel::Row::ReadMark { thread, number: NUMBER, message: said }),
    ];
    desk.committed(desk.message_commit(said, rows)).await;
    let guard = desk.bump_fencing_token("router").await;
    desk.accept(body(&["taken", "tried", "parked", "waits"])).await;
    assert_eq!(desk.accept(statuses(vec![news("wamid.begun", None, Status::Delivered)])).await.early, 1);
    let set = |kind: &str, due_at| TimerChange::Set { entity, kind: kind.into(), token: TOKEN, due_at };
    let mut commit = desk.thread_commit(thread, 1);
    commit.timers = vec![set("taken", NOON), set("moved", NOON), set("cleared", NOON)];
    desk.committed(commit).await;

    let (new, answer, begins): (MessageId, MessageId, ThreadId) = (fresh(), fresh(), fresh());
    let outbound = |message| Outgoing { message, number: NUMBER, thread, class: Class::Agent, owner_epoch: 1 };
    let timer = |kind: &str| Take::Timer { entity, kind: kind.into(), token: TOKEN };
    let found = NumberState::Stopped { reason: StopReason::TokenExpired };
    let edited = MessageChange::Edited { content: Content::text("boa tarde"), at: Timestamp(NOON + 1) };
    let mut row = conversation_row(conversation, thread);
    (row.unread, row.preview) = (7, None);
    let clock = ReplyClock::beginning(Timestamp(NOON), Span::seconds(180), Span::seconds(60));
    (row.reply_clock, row.pauses) = (Some(clock), vec![(AGENT, Timestamp(NOON + 4))]);
    let mut all = desk.thread_commit(thread, 2);
    all.take = vec![Take::Inbox(1), timer("taken")];
    all.guard = Some(Guard { name: "router".into(), value: guard });
    all.timers =
        vec![set("moved", NOON + 9), set("new", NOON + 5), TimerChange::Clear { entity, kind: "cleared".into() }];
    all.tells = vec![Tell { id: fresh(), to: Entity::Agent(AGENT), item: Item::Due { timer: "wrap_up".into() } }];
    all.command_result =
        Some(CommandResult { principal: AGENT.0, key: TOKEN, fingerprint: [1; 32], answer: b"done".to_vec() });
    all.rows = vec![
        Row::Conversation(conversation::Row::Contact {
            id: CONTACT,
            name: Some("Ana Maria".into()),
            username: None,
            seen_at: Timestamp(NOON + 1),
        }),
        Row::Conversation(conversation::Row::Thread {
            id: begins,
            number: NUMBER,
            contact: CONTACT,
            created_at: Timestamp(NOON),
        }),
        address("5522", begins),
        Row::Conversation(conversation::Row::Conversation(Box::new(row))),
        Row::Conversation(conversation::Row::Message(Box::new(message_row(
            new,
            thread,
            conversation,
            Direction::Inbound,
        )))),
        Row::Channel(channel::Row::MediaWanted(Box::new(wanted(new)))),
        Row::Conversation(conversation::Row::Message(Box::new(message_row(
            answer,
            thread,
            conversation,
            Direction::Outbound,
        )))),
        Row::Channel(channel::Row::SendQueued(outbound(answer))),
        Row::Channel(channel::Row::SendStarted { message: waits }),
        Row::Channel(channel::Row::SendEnded {
            message: begun,
            status: Status::Sent,
            provider_message_id: Some("wamid.begun".into()),
            error: None,
        }),
        Row::Channel(channel::Row::SendEnded {
            message: withdrawn,
            status: Status::Failed,
            provider_message_id: None,
            error: None,
        }),
        Row::Conversation(conversation::Row::MessageChange {
            thread,
            provider_message_id: said_by_provider.clone(),
            change: edited,
        }),
        Row::Channel(channel::Row::MediaReady { message: fetched, file: kept() }),
        Row::Channel(channel::Row::MediaPostponed { message: put_off, due_at: Timestamp(NOON + 3), tried: true }),
        Row::Channel(channel::Row::ReadMarksNotified { marks: vec![(thread, said)] }),
        Row::Channel(channel::Row::ReadMark { thread: begins, number: NUMBER, message: new }),
        Row::Channel(channel::Row::NumberState { number: NUMBER, state: found }),
        Row::Routing(routing::Row::AgentPresence {
            agent: AGENT,
            chosen: Chosen::Online,
            reason: None,
            since: Timestamp(NOON),
        }),
        Row::Routing(routing::Row::AgentActivity { agent: AGENT, at: Timestamp(NOON + 2), what: Activity::Assigned }),
        Row::Channel(channel::Row::UnparsedItem {
            number: NUMBER,
            reason: "not understood".into(),
            raw: b"raw".to_vec(),
        }),
    ];
    let journal = desk.journal();
    let (first, outcome, tried, parked, early, raised) = tokio::join!(
        // It keeps the writer busy, so that the others share a transaction.
        journal.commit(desk.thread_commit(fresh(), 0)),
        journal.commit(all),
        journal.count_try(TENANT.0, 2),
        journal.park(TENANT.0, Take::Inbox(3), Some(entity), ParkReason::Fault, "panicked".into()),
        desk.accept(Delivery {
            arrivals: vec![arrival("more")],
            ..statuses(vec![news("wamid.unheard", None, Status::Read)])
        }),
        desk.bump_fencing_token("other"),
    );
    assert!(
        matches!((&first, &outcome), (Outcome::Committed { .. }, Outcome::Committed { .. })),
        "{first:?} {outcome:?}"
    );
    assert_eq!((tried.unwrap(), raised), (1, 1));
    parked.unwrap();
    assert_eq!((early.accepted, early.early), (1, 1));

    let desk = desk.restart().await;
    let (journal, reads) = (desk.journal(), desk.reads(TENANT));
    let state = journal.load(TENANT.0, entity).await.unwrap().unwrap();
    assert_eq!((state.sequence, journal.events(TENANT.0, entity, 2, 10).await.unwrap().len()), (3, 1));
    let waiting = reads.unconsumed(0, 10).await.unwrap();
    let told = waiting.iter().filter(|row| matches!(row.source, InboxSource::Tell { .. })).count();
    let of_provider: Vec<_> = waiting
        .iter()
        .filter_map(|row| match &row.source {
            InboxSource::Provider { raw, .. } => Some((raw.as_slice(), row.tries)),
            InboxSource::Tell { .. } => None,
        })
        .collect();
    assert_eq!(told, 2, "an order, and to the thread whose message failed: {waiting:?}");
    assert_eq!(of_provider, [(&b"tried"[..], 1), (b"waits", 0), (b"more", 0)]);
    assert_eq!(desk.accept(body(&["taken", "parked"])).await.duplicates, 2, "what is gone is not forgotten");
    let (due, _) = journal.due_timers(NOON + 100, 10).await.unwrap();
    let due: Vec<_> = due.iter().map(|timer| (timer.kind.as_str(), timer.due_at - NOON)).collect();
    assert_eq!(due, [("new", 5), ("moved", 9)]);
    assert!(journal.recorded(TENANT.0, AGENT.0, TOKEN).await.unwrap().is_some());
    let state = async |message| reads.send(message).await.unwrap().map(|send| send.state);
    assert_eq!(state(answer).await, Some(SendState::Pending));
    assert_eq!(state(waits).await, Some(SendState::Unknown), "it was under way when the owner ended");
    assert_eq!((state(begun).await, state(withdrawn).await), (None, None));
    assert_eq!(desk.told_status(begun).await, Some(Status::Delivered), "what was heard too early is heard now");
    assert_eq!(reads.text_of(said).await.unwrap().as_deref(), Some("boa tarde"));
    let marks = reads.read_marks(NUMBER, 10).await.unwrap();
    assert_eq!(marks.iter().map(|mark| (mark.thread, mark.message)).collect::<Vec<_>>(), [(begins, new)]);
    let file = async |message| reads.media_job(message).await.unwrap();
    assert_eq!(file(fetched).await, None, "nothing is left to be fetched");
    assert_eq!(file(new).await.map(|job| job.wanted), Some(wanted(new)));
    assert_eq!(file(put_off).await.map(|job| (job.due_at, job.tries)), Some((Timestamp(NOON + 3), 1)));
    let routing = reads.routing().await.unwrap();
    let chat = routing.chats.iter().find(|chat| chat.id == conversation).unwrap();
    assert_eq!((chat.unread, chat.reply_clock), (7, Some(clock)));
    assert_eq!(chat.pauses, [(AGENT, Timestamp(NOON + 4))]);
    let (_, agent) = routing.agents.iter().find(|(agent, _)| *agent == AGENT).unwrap();
    assert_eq!((agent.chosen, agent.last_assigned_at), (Chosen::Online, Some(Timestamp(NOON + 2))));
    assert_eq!(desk.accept(statuses(vec![news("wamid.unheard", None, Status::Sent)])).await.early, 1);
    shown(&desk, said, &said_by_provider).await;
}

/// What only a database shows.
async fn shown(desk: &Desk, said: MessageId, provider_id: &str) {
    let Kept::Sql(store) = &desk.kept else { return };
    let scope = store.app_by_token(&url_token(TENANT)).await.unwrap().unwrap().scope;
    let view = store.message(scope, Visibility::All, said).await.unwrap().what.unwrap();
    assert_eq!(
        (view.row.provider_message_id.as_deref(), view.edited_at),
        (Some(provider_id), Some(Timestamp(NOON + 1)))
    );
    let dead = store.dead_letters(scope, None, 10).await.unwrap().rows;
    assert_eq!(dead.iter().map(|row| (row.id, row.reason.as_str())).collect::<Vec<_>>(), [(3, "fault")]);
    let raw = store.unparsed_items(scope, DeadLetterList::UnparsedItems, None, 10).await.unwrap().rows;
    assert_eq!(
        raw.iter().map(|row| (row.size_bytes, row.reason.as_str())).collect::<Vec<_>>(),
        [(3, "not understood")]
    );
}
