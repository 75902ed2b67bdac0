//! What the views show, and to whom.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::conversation::ConversationRow;
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::message::Direction;
use dashoffice_domain::conversation::{ConversationState, Owner};
use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AgentId, NumberId, OfferId, UserId};
use dashoffice_domain::ports::Secret;
use dashoffice_domain::routing::QueueSettings;
use dashoffice_domain::{Row, Timestamp, conversation};
use dashoffice_store::views::{ConversationFilter, Load, Order, Visibility, Whose};
use dashoffice_store::{Provision, UserDraft};
use std::sync::Arc;

for_both_databases!(
    an_agent_sees_what_is_theirs_and_what_waits_in_their_queues,
    whoever_asks_is_shown_as_they_stand_among_all,
    pages_are_stable_and_filters_narrow,
    a_service_window_is_known_of_whoever_has_an_address_and_of_nobody_else,
    messages_history_and_contacts_follow_their_conversation,
);

async fn with_owner(
    desk: &Desk,
    phone: &str,
    owner: Owner,
    state: ConversationState,
    last: Option<AgentId>,
) -> ConversationRow {
    let (thread, conversation) = desk.thread(phone).await;
    let row = ConversationRow { owner, state, last_agent: last, ..conversation_row(conversation, thread) };
    let mut commit = desk.thread_commit(thread, 1);
    commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row.clone())))];
    desk.committed(commit).await;
    row
}

async fn an_agent_sees_what_is_theirs_and_what_waits_in_their_queues(desk: Desk) {
    let scope = desk.scope().await;
    let other: AgentId = fresh();
    let offered = |agent| Owner::Offered { queue: QUEUE, offer: OfferId(fresh::<AgentId>().0), agents: vec![agent] };
    let waits = with_owner(&desk, "1", Owner::Queue { queue: QUEUE }, ConversationState::Queued, None).await;
    let mine = with_owner(&desk, "2", Owner::Agent { agent: AGENT }, ConversationState::Active, Some(AGENT)).await;
    with_owner(&desk, "3", Owner::Agent { agent: other }, ConversationState::Active, Some(other)).await;
    let held = with_owner(&desk, "4", offered(AGENT), ConversationState::Offered, None).await;
    with_owner(&desk, "5", offered(other), ConversationState::Offered, None).await;
    let closed = with_owner(&desk, "6", Owner::Nobody, ConversationState::Closed, Some(AGENT)).await;
    with_owner(&desk, "7", Owner::Nobody, ConversationState::Closed, Some(other)).await;
    let seen = async |visibility| {
        let page =
            desk.store().conversations(scope, visibility, &ConversationFilter::default(), None, 50).await.unwrap();
        let mut ids: Vec<_> = page.what.rows.into_iter().map(|view| view.row.id).collect();
        ids.sort();
        ids
    };
    let sorted = |mut ids: Vec<_>| {
        ids.sort();
        ids
    };
    assert_eq!(seen(Visibility::All).await.len(), 7);
    assert_eq!(seen(Visibility::Of(AGENT)).await, sorted(vec![mine.id, held.id, closed.id]));
    desk.provision(Provision::Member { tenant: TENANT, queue: QUEUE, agent: AGENT }).await;
    assert_eq!(seen(Visibility::Of(AGENT)).await, sorted(vec![waits.id, mine.id, held.id, closed.id]));
    let own = ConversationFilter { whose: Whose::Agent(AGENT), ..ConversationFilter::default() };
    let page = desk.store().conversations(scope, Visibility::All, &own, None, 50).await.unwrap();
    assert_eq!(page.what.rows.len(), 2, "owned or offered");
}

async fn whoever_asks_is_shown_as_they_stand_among_all(desk: Desk) {
    let scope = desk.scope().await;
    let id = UserId(AGENT.0);
    assert_eq!(desk.store().who(scope, id).await.unwrap(), None);
    let mut user = UserDraft {
        id,
        email: "ana@example.com".into(),
        name: "Ana".into(),
        role: Role::AGENT,
        password_hash: Secret("hash".into()),
        active: true,
        language: Some("es".into()),
    };
    let who = async || desk.store().who(scope, id).await.unwrap().unwrap();
    desk.provision(Provision::User { tenant: TENANT, user: user.clone() }).await;
    let stranger = who().await;
    assert_eq!((stranger.tenant.as_str(), &stranger.agent), ("Padaria", &None), "they take no conversations");
    assert!(Arc::ptr_eq(&stranger, &who().await), "nothing was written, so nothing need be read");

    desk.provision(Provision::Agent { tenant: TENANT, id: AGENT, capacity_units: 100 }).await;
    let agent = who().await.agent.clone();
    assert_eq!(agent.map(|agent| (agent.load, agent.queues)), Some((Load::default(), vec![])));
    let joined = [(fresh(), "Zeta"), (fresh(), "Alfa")].map(|(id, name)| QueueSettings::usual(id, name));
    // Its name is their id, as our JSON has it, and they are none of its members.
    let named_so = QueueSettings::usual(fresh(), AGENT.to_string());
    for settings in joined.iter().chain([&named_so]).cloned() {
        desk.provision(Provision::Queue { tenant: TENANT, settings }).await;
    }
    for queue in joined.iter().map(|settings| settings.id) {
        desk.provision(Provision::Member { tenant: TENANT, queue, agent: AGENT }).await;
    }
    for phone in ["1", "2"] {
        with_owner(&desk, phone, Owner::Agent { agent: AGENT }, ConversationState::Active, Some(AGENT)).await;
    }
    with_owner(&desk, "3", Owner::Nobody, ConversationState::Closed, Some(AGENT)).await;
    user.role = Role::SUPERVISOR;
    desk.provision(Provision::User { tenant: TENANT, user }).await;
    let told = who().await;
    let agent = told.agent.as_ref().unwrap();
    assert_eq!((agent.load.active, agent.queues.as_slice()), (2, [joined[1].id, joined[0].id].as_slice()));
    let all = desk.store().directory(scope).await.unwrap().what.agents;
    assert_eq!(Some(agent), all.iter().find(|agent| agent.id == AGENT), "alone and among all they look alike");
    assert_eq!(vec![told.user.clone()], desk.store().users(scope).await.unwrap());
    let foreign = desk.store().tenants().await.unwrap().into_iter().find(|scope| scope.tenant() == OTHER_TENANT);
    assert_eq!(desk.store().who(foreign.unwrap(), id).await.unwrap(), None, "another tenant has nobody of this id");
}

async fn pages_are_stable_and_filters_narrow(desk: Desk) {
    let scope = desk.scope().await;
    for phone in ["5511999990001", "5511999990002", "5521888880003"] {
        desk.thread(phone).await;
    }
    for order in [Order::LastMessage, Order::Waiting] {
        let filter = ConversationFilter { whose: Whose::Queue, order, ..ConversationFilter::default() };
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = desk.store().conversations(scope, Visibility::All, &filter, after, 1).await.unwrap().what;
            seen.extend(page.rows.into_iter().map(|view| view.row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3, "of equal instants each is shown once");
    }
    let filter = ConversationFilter { q: Some("AN".into()), ..ConversationFilter::default() };
    assert_eq!(desk.store().conversations(scope, Visibility::All, &filter, None, 50).await.unwrap().what.rows.len(), 3);
    let contacts = desk.store().contacts(scope, Visibility::All, Some("8888"), None, 50).await.unwrap().what;
    assert_eq!((contacts.rows.len(), contacts.rows[0].created_at), (1, Timestamp(NOON)));
    assert_eq!(contacts.rows[0].identifiers.len(), 3);
    let known = Identifier::new(IdentifierKind::WaId, "5521888880003");
    let unknown = Identifier::new(IdentifierKind::WaId, "525588880003");
    let either = [unknown, known.clone()];
    let found = desk.store().open_conversation_with(scope, Visibility::All, NUMBER, &either).await.unwrap().unwrap();
    assert_eq!(found.identifier, Some(known));
}

async fn a_service_window_is_known_of_whoever_has_an_address_and_of_nobody_else(desk: Desk) {
    let scope = desk.scope().await;
    let (thread, _) = desk.thread("5511999990001").await;
    let phone = |digits: &str| Identifier::new(IdentifierKind::WaId, digits);
    let known = phone("5511999990001");
    let window = async |number, address: &Identifier| desk.store().window_until(scope, number, address).await.unwrap();
    assert_eq!(window(NUMBER, &known).await, Some(Timestamp::default()), "they said nothing that opens it");
    for (sequence, until) in [(1, Some(Timestamp(NOON + 2))), (2, Some(Timestamp(NOON + 1))), (3, None)] {
        let mut commit = desk.thread_commit(thread, sequence);
        let row = ConversationRow { window_until: until, ..conversation_row(fresh(), thread) };
        commit.rows = vec![Row::Conversation(conversation::Row::Conversation(Box::new(row)))];
        desk.committed(commit).await;
    }
    assert_eq!(window(NUMBER, &known).await, Some(Timestamp(NOON + 2)), "whichever conversation it was opened in");
    assert_eq!(window(NUMBER, &phone("5511999990002")).await, None);
    assert_eq!(window(NUMBER, &Identifier::new(IdentifierKind::Lid, "5511999990001")).await, None);
    assert_eq!(window(NumberId(fresh()), &known).await, None, "they wrote to another number");
    let theirs = desk.store().app_by_token(&url_token(OTHER_TENANT)).await.unwrap().unwrap().scope;
    assert_eq!(desk.store().window_until(theirs, NUMBER, &known).await.unwrap(), None);
}

async fn messages_history_and_contacts_follow_their_conversation(desk: Desk) {
    let scope = desk.scope().await;
    let (thread, conversation) = desk.thread("5511999990001").await;
    let (said, answer) = (fresh(), fresh());
    let mut row = message_row(answer, thread, conversation, Direction::Outbound);
    row.reply_to = message_row(said, thread, conversation, Direction::Inbound).provider_message_id;
    for row in [message_row(said, thread, conversation, Direction::Inbound), row] {
        desk.committed(desk.message_commit(row.id, vec![Row::Conversation(conversation::Row::Message(Box::new(row)))]))
            .await;
    }
    let store = desk.store();
    let page = store.messages(scope, Visibility::All, conversation, None, 50).await.unwrap();
    let ids: Vec<_> = page.what.rows.iter().map(|view| (view.row.id, view.answers)).collect();
    assert_eq!(ids, [(answer, Some(said)), (said, None)]);
    let position = page.what.rows[1].position;
    let mark = store.read_mark(scope, conversation, position).await.unwrap().unwrap();
    assert_eq!((mark.message, mark.inbound), (said, 1));
    assert_eq!(store.read_mark(scope, conversation, position - 1).await.unwrap(), None);
    let shown = store.history(scope, Visibility::All, conversation, None, 50).await.unwrap();
    assert!(shown.what.is_some_and(|page| page.rows.is_empty()), "linking identifiers is no line of it");
    let stranger = Visibility::Of(fresh());
    assert!(store.messages(scope, stranger, conversation, None, 50).await.unwrap().what.rows.is_empty());
    assert!(store.message(scope, stranger, said).await.unwrap().what.is_none());
    let known_as = page.what.rows[1].row.provider_message_id.clone().unwrap();
    let found =
        async |visibility| store.messages_by_provider_id(scope, visibility, &known_as).await.unwrap().what.len();
    assert_eq!((found(Visibility::All).await, found(stranger).await), (1, 0), "the provider's id opens no door");
    assert!(store.history(scope, stranger, conversation, None, 50).await.unwrap().what.is_none());
    assert!(store.contact(scope, stranger, CONTACT).await.unwrap().what.is_none());
    assert!(store.contact(scope, Visibility::All, CONTACT).await.unwrap().what.is_some());
}
