//! Very many rows wait: the door stays open, and what waits does so in the store.

use crate::bench::{Bench, TENANT};
use dashoffice_domain::ports::{Delivery, Inbox as _};
use dashoffice_runtime::fail_point::falls_at;
use std::time::Duration;
use tokio::time::timeout;

/// As many as may wait of one tenant, less than one body.
const MANY: u32 = 49_000;
const CUSTOMERS: u32 = 500;
const OF_A_BODY: u32 = 500;

/// Stores them as they come, before anybody looks at them.
async fn come(bench: &Bench, many: u32) {
    for body in 0..many / OF_A_BODY {
        let of_it = (0..OF_A_BODY).map(|n| body * OF_A_BODY + n);
        let arrivals = of_it.map(|n| bench.item(n % CUSTOMERS, &n.to_string())).collect();
        let delivery = Delivery { arrivals, received_at: bench.now(), ..Delivery::default() };
        bench.store.inbox(TENANT).accept(delivery).await.unwrap();
    }
}

/// Memory of this process, bytes.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4_096
}

#[tokio::test(start_paused = true)]
async fn a6_while_fifty_thousand_rows_are_read_whoever_comes_is_taken() {
    let mut bench = Bench::usual().await;
    bench.office.crash();
    come(&bench, MANY).await;
    bench.opens().await;
    for n in 0..200 {
        let id = format!("new {n}");
        let taken = timeout(Duration::from_secs(2), bench.tries_to_say(CUSTOMERS + n, &id, &id));
        assert!(matches!(taken.await, Ok(Ok(_))), "{n} is told to come again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bench.inbox_is_empty().await;
    let heard = bench.heard();
    assert_eq!(heard.values().map(Vec::len).sum::<usize>(), (MANY + 200) as usize);
    let in_order = |heard: &Vec<String>| heard.is_sorted_by_key(|id| id.parse::<u32>().unwrap_or(0));
    assert!(heard.values().all(in_order), "A2");
    bench.office.crash();
}

#[tokio::test(start_paused = true)]
async fn f2_an_intake_that_waits_keeps_no_words_of_what_comes_meanwhile() {
    // Whoever falls tells nobody: what it would take to say where is not what is measured.
    std::panic::set_hook(Box::new(|_| {}));
    let waiting = Bench::usual().await;
    falls_at("intake", "take_up", u32::MAX);
    waiting.says(1, "somebody's").await;
    waiting.leaves_word(1, "next").await;
    let before = memory();
    come(&waiting, MANY).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let with_an_office = memory() - before;

    // What the rows themselves take, where nobody reads them.
    let alone = Bench::usual().await;
    alone.office.crash();
    let before = memory();
    come(&alone, MANY).await;
    let of_the_rows = memory() - before;
    let more = with_an_office.saturating_sub(of_the_rows) / 1_000_000;
    falls_at("intake", "take_up", 0);
    let _ = std::panic::take_hook();
    assert!(more < 30, "{more} MB for hints of {MANY} rows");
}
