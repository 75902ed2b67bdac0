//! Units are held for a decision and for nothing else, and a question has one answer (B1).

use crate::bench::{ANA, BIA, Bench, TENANT};
use dashoffice_actors::asking::Caller;
use dashoffice_domain::conversation::{Command, Done, OfferCommand};
use dashoffice_domain::identity::Principal;
use dashoffice_domain::ids::{AgentId, OfferId, ThreadId};
use dashoffice_domain::routing::{AcceptMode, CHAT_UNITS, Strategy};
use dashoffice_domain::{Refusal, Span};
use dashoffice_runtime::{AskError, Journal as _};
use dashoffice_store::memory::Fault;
use std::time::Duration;
use uuid::Uuid;

/// A queue of which agents pick, with one chat in it.
async fn picking() -> (Bench, ThreadId) {
    let bench = Bench::with(|queue| queue.strategy = Strategy::Manual).await;
    bench.comes(ANA).await;
    bench.comes(BIA).await;
    bench.says(1, "1").await;
    let thread = bench.until(async |bench| Some(bench.owners().await.first()?.0)).await;
    bench.until(async |bench| (board_waits(bench) == 1).then_some(())).await;
    (bench, thread)
}

fn board_waits(bench: &Bench) -> usize {
    let board = bench.office.router(TENANT).unwrap().board().borrow().clone();
    board.queues.values().map(|queue| queue.waiting).sum()
}

fn used_by(bench: &Bench, agent: dashoffice_domain::ids::AgentId) -> i64 {
    bench.office.router(TENANT).unwrap().board().borrow().agents[&agent].used_units
}

fn caller(agent: AgentId, key: u128) -> Caller {
    Caller::of(agent, Uuid::from_u128(key), &"pick")
}

async fn pick(bench: &Bench, thread: ThreadId, epoch: i64, key: u128) -> Result<Result<Done, Refusal>, AskError> {
    let router = bench.office.router(TENANT).unwrap();
    router.pick(ANA, thread, epoch, caller(ANA, key)).await
}

#[tokio::test(start_paused = true)]
async fn a10_a_pick_asked_twice_while_the_conversation_is_slow_is_answered_alike() {
    let (bench, thread) = picking().await;
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(2) });
    let (first, again) = tokio::join!(pick(&bench, thread, 1, 7), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        pick(&bench, thread, 1, 7).await
    });
    assert!(matches!(first, Ok(Ok(Done::Picked { owner_epoch: 2, .. }))), "{first:?}");
    assert_eq!(first, again);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(used_by(&bench, ANA), CHAT_UNITS);
}

#[tokio::test(start_paused = true)]
async fn b1_the_answer_to_an_old_question_holds_no_units() {
    let (bench, thread) = picking().await;
    let first = pick(&bench, thread, 1, 7).await;
    let requeue = Command::Requeue { agent: ANA, expected_epoch: 2 };
    let conversations = bench.office.conversations();
    conversations.command(TENANT, thread, Principal::SYSTEM, Uuid::from_u128(8), requeue).await.unwrap().unwrap();
    bench.until(async |bench| (board_waits(bench) == 1).then_some(())).await;
    assert_eq!(pick(&bench, thread, 1, 7).await, first, "the same question, the same answer");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(used_by(&bench, ANA), 0);
    let router = bench.office.router(TENANT).unwrap();
    let other = router.pick(BIA, thread, 3, caller(BIA, 9)).await;
    assert!(matches!(other, Ok(Ok(Done::Picked { owner_epoch: 4, .. }))), "the chat is anybody's: {other:?}");
}

#[tokio::test(start_paused = true)]
async fn b1_a_pick_whose_answer_came_too_late_holds_its_units_until_it_is_known() {
    let (bench, thread) = picking().await;
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(8) });
    assert_eq!(pick(&bench, thread, 1, 7).await, Err(AskError::TimedOut));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(used_by(&bench, ANA), CHAT_UNITS, "perhaps it was decided");
    let router = bench.office.router(TENANT).unwrap();
    let other = router.pick(BIA, thread, 1, caller(BIA, 9)).await;
    assert_eq!(other, Ok(Err(Refusal::STALE_EPOCH)), "it is held for somebody else");
    assert_eq!(bench.assigned().await.1, ANA, "the sweep asks again under the same key");
}

#[tokio::test(start_paused = true)]
async fn b1_what_an_older_router_offered_is_refused() {
    let (bench, thread) = picking().await;
    let incarnation = bench.store.bump_fencing_token(TENANT.0, "router".to_owned()).await.unwrap();
    let offer = |incarnation| OfferCommand {
        offer: OfferId(bench.ids.next()),
        agent: ANA,
        expected_epoch: 1,
        accept: AcceptMode::Offer { within_us: Span::seconds(30) },
        typing_us: None,
        incarnation,
    };
    let ask = async |offer: OfferCommand| {
        let key = offer.offer.0;
        bench.office.conversations().command(TENANT, thread, Principal::SYSTEM, key, Command::Offer(offer)).await
    };
    assert_eq!(ask(offer(incarnation - 1)).await, Err(AskError::Busy), "nothing is decided");
    assert!(bench.owners().await[0].1.agent().is_none());
    assert!(matches!(ask(offer(incarnation)).await, Ok(Ok(Done::Offered { owner_epoch: 2, .. }))));
}

#[tokio::test(start_paused = true)]
async fn b1_a_pick_for_which_an_older_router_held_the_units_is_refused() {
    let (bench, thread) = picking().await;
    let incarnation = bench.store.bump_fencing_token(TENANT.0, "router".to_owned()).await.unwrap();
    let ask = async |incarnation| {
        let pick = Command::Pick { agent: ANA, expected_epoch: 1, incarnation };
        bench.office.conversations().command(TENANT, thread, ANA, bench.ids.next(), pick).await
    };
    assert_eq!(ask(incarnation - 1).await, Err(AskError::Busy), "nothing is decided");
    assert!(bench.owners().await[0].1.agent().is_none());
    assert!(matches!(ask(incarnation).await, Ok(Ok(Done::Picked { owner_epoch: 2, .. }))));
}
