//! What the intake owes to those who write: order, one thread each, and nobody forgotten behind a quarantine.

use crate::bench::{Bench, TENANT};
use dashoffice_domain::conversation::contact::{Identifier, IdentifierKind};
use dashoffice_domain::conversation::content::Content;
use dashoffice_domain::conversation::context::MessageContext;
use dashoffice_domain::item::{Inbound, Said};
use dashoffice_domain::ports::Delivery;
use dashoffice_store::memory::Fault;
use std::time::Duration;

/// Three faulty items, each a message that is there already, quarantine their thread.
async fn quarantined() -> Bench {
    let bench = Bench::usual().await;
    bench.says(1, "1").await;
    bench.inbox_is_empty().await;
    for key in ["bad 1", "bad 2", "bad 3"] {
        bench.tries_to_say(1, key, "1").await.unwrap();
    }
    bench.until(async |bench| (bench.office.inspect().hosts[0].quarantined == 1).then_some(())).await;
    assert_eq!(bench.store.unfinished(TENANT).dead, 3);
    bench
}

#[tokio::test(start_paused = true)]
async fn a6_who_writes_to_a_quarantined_thread_closes_the_door_to_nobody() {
    let bench = quarantined().await;
    for id in ["2", "3", "4"] {
        bench.says(1, id).await;
    }
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(bench.office.inspect().hosts[0].quarantined, 1, "still");
    bench.tries_to_say(2, "other", "other").await.expect("rows of a quarantined entity are no part of admission");
    bench.inbox_is_empty().await;
    let heard: Vec<_> = bench.heard().into_values().collect();
    assert_eq!(heard, [vec!["1", "2", "3", "4"], vec!["other"]]);
}

#[tokio::test(start_paused = true)]
async fn a2_what_a_quarantined_thread_was_sent_keeps_its_order_through_a_restart_of_the_intake() {
    let bench = quarantined().await;
    bench.says(1, "2").await;
    bench.says(1, "3").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.office.kill_stations();
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.says(1, "4").await;
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2", "3", "4"]]);
}

#[tokio::test(start_paused = true)]
async fn a6_a_flag_of_a_quarantine_does_not_outlive_the_process_that_set_it() {
    let mut bench = quarantined().await;
    bench.says(1, "2").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.dies_for(Duration::from_secs(1)).await;
    bench.says(1, "3").await;
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2", "3"]]);
}

#[tokio::test(start_paused = true)]
async fn b3_a_stranger_has_one_thread_although_the_intake_died_between_two_messages() {
    let bench = Bench::usual().await;
    bench.store.next_fault(dashoffice_store::memory::Fault::HintDropped);
    bench.says(1, "1").await;
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(3) });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    bench.office.kill_stations();
    bench.inbox_is_empty().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    bench.says(1, "2").await;
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2"]]);
}

#[tokio::test(start_paused = true)]
async fn an_edit_is_of_the_message_it_names_also_where_this_process_never_saw_it_and_else_one_of_its_own() {
    let mut bench = Bench::usual().await;
    bench.says(1, "1").await;
    bench.inbox_is_empty().await;
    bench.dies_for(Duration::from_secs(1)).await;
    for (id, of, words) in [("2", "1", "corrected"), ("3", "unheard", "alone")] {
        let inbound = Inbound {
            identifiers: vec![Identifier::new(IdentifierKind::WaId, "5511900000001")],
            profile_name: None,
            username: None,
            moved: vec![],
            provider_message_id: id.to_owned(),
            said_at: bench.now(),
            what: Said::Edit { of: of.to_owned(), content: Content::text(words) },
            reply_to: None,
            context: MessageContext::default(),
        };
        bench.hears_from(inbound).await;
    }
    bench.inbox_is_empty().await;
    let messages = bench.messages();
    let said =
        messages.iter().map(|one| (one.provider_message_id.as_deref(), one.content.clone(), one.edited_at.is_some()));
    let says = |id, words| (Some(id), Some(Content::text(words)), true);
    assert_eq!(said.collect::<Vec<_>>(), [says("1", "corrected"), says("unheard", "alone")]);
    assert_eq!((bench.heard().len(), bench.store.unfinished(TENANT).dead), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a2_more_than_a_slot_holds_is_handled_in_order() {
    let bench = Bench::usual().await;
    let ids: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    bench.says_all(1, &ids).await;
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [ids]);
}

#[tokio::test(start_paused = true)]
async fn a2_a_row_whose_hint_was_lost_is_found_before_the_next_one_is_taken() {
    let bench = Bench::usual().await;
    for n in 0..20 {
        bench.store.next_fault(Fault::HintDropped);
        bench.says(1, &format!("{n:02} lost")).await;
        bench.says(1, &format!("{n:02} told")).await;
    }
    bench.inbox_is_empty().await;
    let heard = bench.heard().into_values().next().unwrap();
    assert_eq!(heard.len(), 40);
    assert!(heard.is_sorted());
}

#[tokio::test(start_paused = true)]
async fn a3_at_a_careful_start_everything_found_is_handled_and_nobody_innocent_put_aside() {
    let mut bench = Bench::usual().await;
    bench.dies_for(Duration::from_secs(1)).await;
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(5) });
    // It dies with all of these waiting: the third start is one in safe mode.
    assert!(bench.store.inbox(TENANT).keep(Delivery::default()).await.is_err());
    tokio::time::sleep(Duration::from_secs(6)).await;
    for id in ["1", "2", "3"] {
        bench.store.next_fault(Fault::HintDropped);
        bench.leaves_word(1, id).await;
    }
    bench.dies_for(Duration::from_secs(1)).await;
    bench.store.next_fault(Fault::Unavailable { lasts: Duration::from_secs(5) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    bench.office.kill_stations();
    bench.inbox_is_empty().await;
    assert_eq!(bench.heard().into_values().collect::<Vec<_>>(), [["1", "2", "3"]]);
    assert_eq!(bench.store.unfinished(TENANT).dead, 0);
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_comes_right_behind_its_message_is_an_edit_of_it_at_once() {
    let bench = Bench::usual().await;
    let (said, edit) = (bench.inbound(1, "1"), bench.inbound(1, "2"));
    let what = Said::Edit { of: "1".to_owned(), content: Content::text("certo") };
    bench.hear_together([said, Inbound { what, ..edit }]).await;
    bench.inbox_is_empty().await;
    let messages = bench.messages();
    let shown: Vec<_> = messages.iter().map(|message| (message.content.clone(), message.edited_at.is_some())).collect();
    assert_eq!(shown, [(Some(Content::text("certo")), true)]);
    assert_eq!(bench.store.inspect().conflicts, 0, "nothing was decided in vain");
}
