//! Reactions on the messages they are about, errors with their class, and numbers with what delivery found.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::channel::number::{NumberState, StopReason};
use dashoffice_domain::channel::outgoing::{Class, ErrorClass, Outgoing, SendError};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::message::{Direction, Settled, Status};
use dashoffice_domain::{Event, Row, channel, conversation};
use dashoffice_store::views::Visibility;

for_both_databases!(
    a_reaction_shows_on_the_message_it_is_about_and_in_no_list,
    an_error_shows_its_class,
    a_settled_message_shows_why_and_the_history_of_its_conversation_who,
    a_number_shows_what_delivery_found_and_what_is_still_to_be_sent,
);

async fn a_reaction_shows_on_the_message_it_is_about_and_in_no_list(desk: Desk) {
    let scope = desk.scope().await;
    let (thread, conversation) = desk.thread("5511").await;
    let target = fresh();
    let said = message_row(target, thread, conversation, Direction::Inbound);
    let to = said.provider_message_id.clone().unwrap();
    desk.committed(desk.message_commit(target, vec![Row::Conversation(conversation::Row::Message(Box::new(said)))]))
        .await;
    let react = async |emoji: Option<&str>| {
        let reaction = fresh();
        let mut row = message_row(reaction, thread, conversation, Direction::Outbound);
        row.content = Content::Reaction { message: target, to: to.clone(), emoji: emoji.map(str::to_owned) };
        let outgoing = Outgoing { message: reaction, number: NUMBER, thread, class: Class::Agent, owner_epoch: 1 };
        let rows = vec![
            Row::Conversation(conversation::Row::Message(Box::new(row))),
            Row::Channel(channel::Row::SendQueued(outgoing)),
        ];
        desk.committed(desk.message_commit(reaction, rows)).await;
        reaction
    };
    let shown = async || {
        let view = desk.store().message(scope, Visibility::All, target).await.unwrap().what.unwrap();
        view.reactions.into_iter().map(|reaction| (reaction.by, reaction.emoji)).collect::<Vec<_>>()
    };
    let first = react(Some("👍")).await;
    assert_eq!(shown().await, [(Direction::Outbound, "👍".to_owned())]);
    desk.accept(statuses(vec![news("wamid.r", Some(first), Status::Delivered)])).await;
    let second = react(None).await;
    assert_eq!(shown().await, [], "taken back at once");
    desk.accept(statuses(vec![news("wamid.s", Some(second), Status::Failed)])).await;
    assert_eq!(shown().await, [(Direction::Outbound, "👍".to_owned())], "the customer still sees it");

    let list = desk.store().messages(scope, Visibility::All, conversation, None, 10).await.unwrap().what.rows;
    assert_eq!(list.iter().map(|view| view.row.id).collect::<Vec<_>>(), [target]);
    assert_eq!(desk.store().message(scope, Visibility::All, first).await.unwrap().what, None);
    let found = desk.store().messages_by_provider_id(scope, Visibility::All, "wamid.r").await.unwrap().what;
    assert_eq!(found, []);
}

async fn an_error_shows_its_class(desk: Desk) {
    let scope = desk.scope().await;
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let error = SendError::new(131_047, ErrorClass::Template, "too late");
    let ended = Row::Channel(channel::Row::SendEnded {
        message,
        status: Status::Failed,
        provider_message_id: None,
        error: Some(error.clone()),
    });
    desk.committed(desk.message_commit(message, vec![ended])).await;
    let view = desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap();
    assert_eq!(view.error, Some(error));
}

async fn a_settled_message_shows_why_and_the_history_of_its_conversation_who(desk: Desk) {
    let scope = desk.scope().await;
    let (thread, conversation) = desk.thread("5511").await;
    let (_, other) = desk.thread("5522").await;
    let message = desk.sending(thread, conversation).await;
    desk.committed(desk.message_commit(message, vec![Row::Channel(channel::Row::SendUnknown { message })])).await;
    let settled = Settled::Failed;
    let mut commit = desk.thread_commit(thread, 1);
    let event = Event::Conversation(conversation::Event::MessageSettled {
        conversation,
        message,
        settled,
        resent: None,
        by: AGENT,
    });
    commit.events[0].event = event.clone();
    commit.rows = vec![Row::Channel(channel::Row::SendSettled { thread, message, settled })];
    desk.committed(commit).await;
    let view = desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap();
    assert_eq!((view.row.status, view.error), (Status::Failed, settled.reason()));
    let history =
        async |of| desk.store().history(scope, Visibility::All, of, None, 10).await.unwrap().what.unwrap().rows;
    assert_eq!(history(conversation).await.into_iter().map(|line| line.event).collect::<Vec<_>>(), [event]);
    assert_eq!(history(other).await, []);
    desk.accept(statuses(vec![news("wamid.1", Some(message), Status::Read)])).await;
    let view = desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap();
    assert_eq!((view.row.status, view.error), (Status::Read, None), "the proof is shown, and the reason is no more");
    assert_eq!(history(conversation).await.len(), 1, "what was said stays said");
}

async fn a_number_shows_what_delivery_found_and_what_is_still_to_be_sent(desk: Desk) {
    let scope = desk.scope().await;
    let number = async || {
        let numbers = desk.store().directory(scope).await.unwrap().what.numbers;
        let found = numbers.into_iter().find(|number| number.id == NUMBER).unwrap();
        (found.state, found.sends_waiting)
    };
    assert_eq!(number().await, (NumberState::Connecting, 0));
    let (thread, conversation) = desk.thread("5511").await;
    desk.queued(thread, conversation).await;
    let lost = desk.sending(thread, conversation).await;
    let state = NumberState::Stopped { reason: StopReason::ProviderUnreachable };
    let rows = vec![
        Row::Channel(channel::Row::SendUnknown { message: lost }),
        Row::Channel(channel::Row::NumberState { number: NUMBER, state }),
    ];
    desk.committed(desk.message_commit(lost, rows)).await;
    assert_eq!(number().await, (state, 1), "what nobody knows of is not sent again");
}
