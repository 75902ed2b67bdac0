//! Graph's bad days, as our own adapter lives through them (A7).

use super::receiver::Play;
use crate::Faults;
use dashoffice_domain::channel::outgoing::Posted;
use dashoffice_domain::conversation::message::Status;
use serde_json::{Value, json};

impl Play {
    async fn with_faults(&self, faults: Faults) {
        let told = self.order("/control/faults", &serde_json::to_value(faults).unwrap()).await;
        assert_eq!(told, serde_json::to_value(faults).unwrap());
    }

    async fn accepted(&self) -> Value {
        self.ask("/control/ledger").await["outbound"]["accepted"].clone()
    }
}

#[tokio::test]
async fn a7_an_error_with_a_graph_body_was_not_taken() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    play.with_faults(Faults { graph_error_500: 1.0, ..Faults::default() }).await;
    assert!(matches!(play.post(1, 1).await, Posted::TryLater { error, .. } if error.code == 2));
    play.with_faults(Faults { graph_throttled: 1.0, ..Faults::default() }).await;
    assert!(matches!(play.post(1, 1).await, Posted::Throttled { error, .. } if error.code == 130_429));
    assert_eq!(play.accepted().await, 0);
    play.order("/control/faults", &json!({})).await;
    assert!(matches!(play.post(1, 1).await, Posted::Accepted { .. }));
}

#[tokio::test]
async fn a7_unclear_answers_are_unknown_whether_it_was_taken_or_not() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    let clear = Faults { hang_ms: 5_000, ..Faults::default() };
    let mut taken = 0;
    for unclear in [
        Faults { graph_bare_500: 1.0, ..clear },
        Faults { graph_garbage: 1.0, ..clear },
        Faults { graph_hang: 1.0, ..clear },
    ] {
        for (unclear_accepts, more) in [(0.0, 0), (1.0, 1)] {
            play.with_faults(Faults { unclear_accepts, ..unclear }).await;
            assert_eq!(play.post(100 + taken, 1).await, Posted::Unknown);
            taken += more;
            assert_eq!(play.accepted().await, taken as u64);
        }
    }
}

#[tokio::test]
async fn a7_a_connection_cut_after_acceptance_is_settled_by_its_statuses() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    play.with_faults(Faults { graph_cut: 1.0, ..Faults::default() }).await;
    assert_eq!(play.post(7, 1).await, Posted::Unknown);
    play.settled().await;
    let row = play.ask("/control/ledger/outbound").await["rows"][0].clone();
    assert_eq!(row["answered"], "cut");
    let first = &play.desk.statuses()[0];
    assert_eq!(row["message"], first.message.unwrap().to_string());
    assert_eq!(play.ask("/control/ledger").await["outbound"]["repeated"], 0);
}

#[tokio::test]
async fn a7_a_shut_port_refuses_connections_and_opens_again() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    assert!(matches!(play.post(1, 1).await, Posted::Accepted { .. }));
    play.with_faults(Faults { refuse_connections: true, ..Faults::default() }).await;
    assert_eq!(play.ask("/control/health").await["graph_open"], false);
    assert!(matches!(play.post(2, 1).await, Posted::TryLater { error, .. } if error.code == -1));
    play.with_faults(Faults::default()).await;
    assert!(matches!(play.post(2, 1).await, Posted::Accepted { .. }));
}

#[tokio::test]
async fn a8_statuses_may_come_in_the_wrong_order_and_messages_may_fail() {
    let play = Play::begin(|config| config.statuses.delivered_after_ms = [20, 20]).await;
    play.opened_by(1).await;
    play.with_faults(Faults { reorder_statuses: 1.0, ..Faults::default() }).await;
    assert!(matches!(play.post(1, 1).await, Posted::Accepted { .. }));
    play.settled().await;
    let order: Vec<Status> = play.desk.statuses().iter().map(|status| status.status).collect();
    assert_eq!((order.len(), order.last()), (3, Some(&Status::Sent)));
    play.with_faults(Faults { failed: 1.0, ..Faults::default() }).await;
    assert!(matches!(play.post(2, 1).await, Posted::Accepted { .. }));
    play.settled().await;
    assert_eq!(play.desk.statuses().last().unwrap().status, Status::Failed);
}

#[tokio::test]
async fn a_message_sent_twice_under_one_id_is_seen() {
    let play = Play::begin(|_| {}).await;
    play.opened_by(1).await;
    for id in [1, 1, 2] {
        assert!(matches!(play.post(id, 1).await, Posted::Accepted { .. }));
    }
    let outbound = &play.ask("/control/ledger").await["outbound"];
    let wanted = json!({ "accepted": 3, "distinct": 2, "repeated": 1, "without_correlation": 0 });
    assert_eq!(*outbound, wanted);
}
