//! What comes in by webhook (A1, A6, A8).

use super::for_every_store;
use crate::desk::*;
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::{ErrorClass, SendError, StatusNews};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ports::Inbox as _;
use dashoffice_domain::ports::{Delivery, InboxSource, NotAccepted, Receipt, UnmatchedWebhook};
use dashoffice_domain::{Entity, Event, Row, Timestamp, channel};

for_every_store!(
    a1_each_item_of_a_body_is_a_row_of_its_own,
    a1_a_repeated_item_is_stored_once,
    a1_raw_bytes_come_back_as_they_were,
    a1_what_belongs_to_nobody_is_kept_and_harms_nobody,
    a2_rows_are_read_in_the_order_of_acceptance,
    a6_a_backlog_is_answered_with_come_again,
    a6_held_rows_are_no_part_of_admission_and_are_read_all_the_same,
    a8_a_status_of_a_known_message_moves_it_forward_only,
    a8_an_early_status_waits_for_its_message,
    a8_a_status_by_correlation_id_proves_the_send,
    a8_a_status_of_another_number_is_not_ours,
    a8_a_failure_for_a_trouble_of_the_number_says_so_once_with_the_number,
    a8_what_a_status_says_beside_itself_is_not_lost_where_it_comes_before_its_message,
);

async fn a1_each_item_of_a_body_is_a_row_of_its_own(desk: Desk) {
    let hints = desk.arrivals(TENANT);
    let others = desk.arrivals(OTHER_TENANT);
    let receipt = desk.accept(body(&["a", "b", "c"])).await;
    assert_eq!(receipt, Receipt { accepted: 3, ..Receipt::default() });
    let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(rows[1].source, InboxSource::Provider { number: NUMBER, raw: b"b".to_vec() });
    assert_eq!((rows[1].tries, rows[1].received_at), (0, Timestamp(NOON)));
    assert_eq!(rows[1].correlation, delivery().correlation);
    assert_eq!((hints.has_changed().unwrap(), hints.borrow().highest), (true, 3));
    assert!(!others.has_changed().unwrap());
    let some = desk.reads(TENANT).inbox_rows(vec![3, 7, 1, 3]).await.unwrap();
    assert_eq!(some.iter().map(|row| row.position).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(desk.reads(TENANT).unconsumed(1, 1).await.unwrap(), rows[1..2]);
}

async fn a1_a_repeated_item_is_stored_once(desk: Desk) {
    let receipt = desk.accept(body(&["a", "a", "b"])).await;
    assert_eq!((receipt.accepted, receipt.duplicates), (2, 1), "within one body");
    let receipt = desk.accept(body(&["b", "c"])).await;
    assert_eq!((receipt.accepted, receipt.duplicates), (1, 1), "in a body that comes again");
    let inbox = desk.inbox(TENANT).await;
    let (one, two) = tokio::join!(inbox.accept(body(&["d"])), inbox.accept(body(&["d"])));
    assert_eq!(one.unwrap().accepted + two.unwrap().accepted, 1, "in two bodies at once");
    // Consumed, it is still a duplicate.
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(1);
    desk.committed(commit).await;
    assert_eq!(desk.accept(body(&["a"])).await.duplicates, 1);
    let desk = desk.restart().await;
    assert_eq!(desk.accept(body(&["a", "d"])).await.duplicates, 2, "also after a restart");
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap().len(), 3);
}

async fn a1_raw_bytes_come_back_as_they_were(desk: Desk) {
    let mut delivery = body(&["nul", "surrogate", "long", "bytes"]);
    let raws: [Vec<u8>; 4] = [
        b"{\"body\":\"a\\u0000b\"}".to_vec(),
        b"{\"body\":\"\\ud83d\"}".to_vec(),
        vec![b'x'; 65_000],
        (0..=255).collect(),
    ];
    for (arrival, raw) in delivery.arrivals.iter_mut().zip(&raws) {
        arrival.raw.clone_from(raw);
        arrival.dedupe_key.push('\0');
    }
    assert_eq!(desk.accept(delivery.clone()).await.accepted, 4);
    assert_eq!(desk.accept(delivery).await.duplicates, 4, "keys are compared as they are stored");
    let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
    for (row, raw) in rows.iter().zip(raws) {
        assert_eq!(row.source, InboxSource::Provider { number: NUMBER, raw });
    }
}

async fn a1_what_belongs_to_nobody_is_kept_and_harms_nobody(desk: Desk) {
    let unmatched = UnmatchedWebhook {
        app: APP,
        number: None,
        item_key: None,
        number_ref: Some("9999".into()),
        reason: "unknown number".into(),
        raw: vec![0xff, 0xfe],
    };
    let mut delivery = body(&["good"]);
    delivery.unmatched = vec![unmatched.clone(), UnmatchedWebhook { number_ref: None, ..unmatched }];
    assert_eq!(desk.accept(delivery).await, Receipt { accepted: 1, ..Receipt::default() });
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap().len(), 1);
}

async fn a2_rows_are_read_in_the_order_of_acceptance(desk: Desk) {
    for n in 0..20 {
        // The provider's clock runs backwards; ours does not matter either.
        let mut delivery = body(&[&format!("item{n}")]);
        delivery.received_at = Timestamp(NOON - n);
        desk.accept(delivery).await;
    }
    let rows = desk.reads(TENANT).unconsumed(0, 100).await.unwrap();
    let order: Vec<(i64, Vec<u8>)> = rows
        .into_iter()
        .map(|row| match row.source {
            InboxSource::Provider { raw, .. } => (row.position, raw),
            InboxSource::Tell { .. } => panic!("nobody told anything"),
        })
        .collect();
    let expected: Vec<(i64, Vec<u8>)> = (0..20).map(|n| (n + 1, format!("item{n}").into_bytes())).collect();
    assert_eq!(order, expected);
}

async fn a6_a_backlog_is_answered_with_come_again(desk: Desk) {
    desk.accept(body(&["old"])).await;
    desk.hands.pass_seconds(31);
    let refused = desk.inbox(TENANT).await.accept(body(&["new"])).await;
    assert!(matches!(refused, Err(NotAccepted::Backlog { retry_after_s: 1.. })), "{refused:?}");
    desk.accept(statuses(vec![news("wamid.x", None, Status::Read)])).await;
    let other = desk.inbox(OTHER_TENANT).await.accept(body(&["theirs"])).await;
    assert!(other.is_ok(), "one tenant's backlog is not another's");
    // Nobody could consume anything while we were down.
    let desk = desk.restart().await;
    desk.accept(body(&["new"])).await;
    desk.hands.pass_seconds(31);
    assert!(desk.inbox(TENANT).await.accept(body(&["newer"])).await.is_err(), "the rows were counted at the start");
    for position in 1..=2 {
        let mut commit = desk.thread_commit(fresh(), 0);
        commit.take = take(position);
        desk.committed(commit).await;
    }
    desk.accept(body(&["newer"])).await;
}

async fn a6_held_rows_are_no_part_of_admission_and_are_read_all_the_same(desk: Desk) {
    desk.accept(body(&["a", "b"])).await;
    let journal = desk.journal();
    journal.suspend(TENANT.0, vec![1, 99], true).await.unwrap();
    let positions = async |desk: &Desk| {
        let rows = desk.reads(TENANT).unconsumed(0, 10).await.unwrap();
        rows.iter().map(|row| row.position).collect::<Vec<_>>()
    };
    assert_eq!(positions(&desk).await, [1, 2], "a flag hides nothing from its entity");
    let mut commit = desk.thread_commit(fresh(), 0);
    commit.take = take(2);
    desk.committed(commit).await;
    desk.hands.pass_seconds(31);
    desk.accept(body(&["c"])).await;
    let desk = desk.restart().await;
    assert_eq!(positions(&desk).await, [1, 3], "nobody is left behind by a restart");
    desk.journal().suspend(TENANT.0, vec![1], false).await.unwrap();
    assert_eq!(positions(&desk).await, [1, 3]);
}

async fn a8_a_status_of_a_known_message_moves_it_forward_only(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let ended = Row::Channel(channel::Row::SendEnded {
        message,
        status: Status::Sent,
        provider_message_id: Some("wamid.1".into()),
        error: None,
    });
    desk.committed(desk.message_commit(message, vec![ended])).await;
    let receipt = desk
        .accept(statuses(vec![news("wamid.1", None, Status::Read), news("wamid.1", None, Status::Delivered)]))
        .await;
    assert_eq!((receipt.merged, receipt.early), (2, 0));
    assert_eq!(desk.told_status(message).await, Some(Status::Read));
    let before = desk.committed(desk.thread_commit(thread, 1)).await;
    desk.accept(statuses(vec![news("wamid.1", None, Status::Read), news("wamid.1", None, Status::Sent)])).await;
    assert_eq!(desk.committed(desk.thread_commit(thread, 2)).await, before + 1, "old news write nothing");
    desk.accept(statuses(vec![news("wamid.1", None, Status::Failed)])).await;
    assert_eq!(desk.told_status(message).await, Some(Status::Read), "a late failure undoes no delivery");
    assert_eq!(desk.reads(TENANT).unconsumed(0, 10).await.unwrap(), [], "a status is no inbox row");
}

async fn a8_an_early_status_waits_for_its_message(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let early = |status| statuses(vec![news("wamid.7", None, status)]);
    assert_eq!(desk.accept(early(Status::Delivered)).await, Receipt { early: 1, ..Receipt::default() });
    assert_eq!(desk.accept(early(Status::Sent)).await.early, 1);
    assert_eq!(desk.told_status(message).await, None);
    let mut commit = desk.message_commit(
        message,
        vec![Row::Channel(channel::Row::SendEnded {
            message,
            status: Status::Sent,
            provider_message_id: Some("wamid.7".into()),
            error: None,
        })],
    );
    let event = channel::Event::StatusChanged { message, status: Status::Sent, error_code: None }.into();
    commit.events = vec![dashoffice_runtime::Draft { id: fresh(), owner_epoch: 1, event }];
    desk.committed(commit).await;
    assert_eq!(desk.told_status(message).await, Some(Status::Delivered), "told after the decision's own event");
    let receipt = desk.accept(early(Status::Read)).await;
    assert_eq!((receipt.merged, receipt.early), (1, 0), "from now on it is known");
}

async fn a8_a_status_by_correlation_id_proves_the_send(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    desk.committed(desk.message_commit(message, vec![Row::Channel(channel::Row::SendUnknown { message })])).await;
    let receipt = desk.accept(statuses(vec![news("wamid.9", Some(message), Status::Sent)])).await;
    assert_eq!(receipt.merged, 1);
    assert_eq!(desk.reads(TENANT).send(message).await.unwrap(), None, "nothing is left to be sent");
    assert_eq!(desk.told_status(message).await, Some(Status::Sent));
    let receipt = desk.accept(statuses(vec![news("wamid.9", None, Status::Read)])).await;
    assert_eq!(receipt.merged, 1, "the provider's id was learned");
    // The outcome comes late, and is no news any more.
    let ended = Row::Channel(channel::Row::SendEnded {
        message,
        status: Status::Sent,
        provider_message_id: Some("wamid.9".into()),
        error: None,
    });
    desk.committed(desk.message_commit(message, vec![ended])).await;
    assert_eq!(desk.told_status(message).await, Some(Status::Read));
}

async fn a8_a_status_of_another_number_is_not_ours(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let mut foreign = news("wamid.9", Some(message), Status::Read);
    foreign.number = OTHER_NUMBER;
    let receipt = desk.accept(Delivery { statuses: vec![foreign], ..delivery() }).await;
    assert_eq!((receipt.merged, receipt.early), (0, 1));
    assert!(desk.reads(TENANT).send(message).await.unwrap().is_some());
}

async fn a8_a_failure_for_a_trouble_of_the_number_says_so_once_with_the_number(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let message = desk.sending(thread, conversation).await;
    let error = SendError::new(131_042, ErrorClass::Account, "the account has a payment problem");
    let failed = StatusNews {
        error: Some(error),
        stops: Some(StopReason::PaymentProblem),
        ..news("wamid.1", Some(message), Status::Failed)
    };
    desk.accept(statuses(vec![failed.clone(), failed.clone()])).await;
    desk.accept(statuses(vec![failed])).await;
    let events = desk.journal().events(TENANT.0, Entity::Message(message), 0, 10).await.unwrap();
    let told: Vec<_> = events.into_iter().map(|event| event.event).collect();
    let refused = Event::Channel(channel::Event::NumberRefused {
        message,
        number: NUMBER,
        reason: StopReason::PaymentProblem,
        error_code: 131_042,
    });
    let failed =
        Event::Channel(channel::Event::StatusChanged { message, status: Status::Failed, error_code: Some(131_042) });
    assert_eq!(told, [failed, refused]);
}

async fn a8_what_a_status_says_beside_itself_is_not_lost_where_it_comes_before_its_message(desk: Desk) {
    for (n, is_answer) in [(1, true), (2, false)] {
        let phone = format!("551{n}");
        let (thread, conversation) = desk.thread(&phone).await;
        let message = desk.sending(thread, conversation).await;
        let (wamid, scoped) = (format!("wamid.{n}"), Identifier::new(IdentifierKind::ScopedUser, format!("BR.{n}")));
        let error = SendError::new(131_042, ErrorClass::Account, "the account has a payment problem");
        let (error, stops) = (Some(error), Some(StopReason::PaymentProblem));
        let failed = StatusNews { error, stops, ..news(&wamid, None, Status::Failed) };
        let named = StatusNews { recipient: Some(scoped.clone()), ..news(&wamid, None, Status::Sent) };
        assert_eq!(desk.accept(statuses(vec![failed, named])).await.early, 2);
        if is_answer {
            let provider_message_id = Some(wamid);
            let ended = Row::Channel(channel::Row::SendEnded {
                message,
                status: Status::Sent,
                provider_message_id,
                error: None,
            });
            desk.committed(desk.message_commit(message, vec![ended])).await;
        } else {
            desk.accept(statuses(vec![news(&wamid, Some(message), Status::Sent)])).await;
        }
        let events = desk.journal().events(TENANT.0, Entity::Message(message), 0, 10).await.unwrap();
        let refused = Event::Channel(channel::Event::NumberRefused {
            message,
            number: NUMBER,
            reason: StopReason::PaymentProblem,
            error_code: 131_042,
        });
        assert_eq!(events.iter().filter(|event| event.event == refused).count(), 1, "{events:?}");
        let known = desk.reads(TENANT).threads_of(NUMBER, vec![scoped]).await.unwrap();
        assert_eq!(known.iter().map(|known| known.thread).collect::<Vec<_>>(), [thread]);
    }
}
