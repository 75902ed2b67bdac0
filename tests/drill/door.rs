//! Bodies that never end, and bodies that come a byte at a time, at the webhook door: memory stays within `server.body_room`, who
//! finds no room is told to come again, and the door is open again when they are gone (A6).

use crate::course::{in_house, metrics};
use crate::house::{House, URL_TOKEN};
use crate::length::length;
use crate::wait::until;
use anyhow::{Context, Result, ensure};
use dashoffice_runtime::task;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

const MEGABYTE: u64 = 1_000_000;
/// What all bodies may take together here.
const ROOM: u64 = 16 * MEGABYTE;
/// What everything else may take meanwhile: buffers of some hundred connections.
const BESIDE: u64 = 64 * MEGABYTE;
/// Of each body, so much comes at once.
const PART: usize = 500_000;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn drill_a6_bodies_that_never_end_take_no_more_memory_than_there_is_room() {
    in_house(House::new(None).await.unwrap(), endless).await;
}

async fn endless(house: &House) -> Result<()> {
    let server = house
        .server_with(&[
            ("DASHOFFICE__SERVER__BODY_ROOM", "16MB"),
            ("DASHOFFICE__SERVER__BODY_LIMIT", "1MB"),
            ("DASHOFFICE__SERVER__BODY_TIMEOUT", "8s"),
            ("DASHOFFICE__ANSWERER__WORDS", ""),
        ])
        .await?;
    speaks(house, "wamid.before").await?;
    let before = server.memory()?;
    let mut most = before;
    let mut pouring = JoinSet::new();
    for number in 0..length(200, 1_000) {
        let address = house.address().to_owned();
        pouring.spawn(async move { pour(&address, number % 2 == 0).await });
    }
    let no_room = "dashoffice_webhooks_refused_total{why=\"no_room\"}";
    until("somebody finds no room", PATIENCE, async || {
        most = most.max(server.memory()?);
        Ok(metrics(house).await?.get(no_room).filter(|times| **times >= 1.0).map(|_| ()))
    })
    .await?;
    // All of them come to an end by the server's own patience.
    while !pouring.is_empty() {
        most = most.max(server.memory()?);
        while let Some(ended) = pouring.try_join_next() {
            ended.context("somebody broke off")?;
        }
        sleep(Duration::from_millis(50)).await;
    }
    ensure!(most < before + ROOM + BESIDE, "{} MB more than before", (most - before) / MEGABYTE);
    until("the door is open again", PATIENCE, async || Ok(speaks(house, "wamid.after").await.ok())).await?;
    House::ends(server).await
}

async fn speaks(house: &House, wamid: &str) -> Result<()> {
    let status = house.webhook().text(&house.client, "5511900000003", wamid, "hello").await?;
    ensure!(status == 200, "answered {status}");
    Ok(())
}

/// Half a body, and then nothing, or one byte now and then; or pieces for ever. Until the server has had enough.
async fn pour(address: &str, ends: bool) {
    let Ok(stream) = TcpStream::connect(address).await else { return };
    let (mut hears, mut says) = stream.into_split();
    let length = if ends { "content-length: 900000" } else { "transfer-encoding: chunked" };
    let head = format!("POST /webhooks/cloud/{URL_TOKEN} HTTP/1.1\r\nhost: {address}\r\n{length}\r\n\r\n");
    let saying = task::spawn("endless body", async move {
        if says.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        let (piece, after): (Vec<u8>, _) = if ends {
            (vec![b'x'; PART], vec![b'x'])
        } else {
            let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x1_0000], b"\r\n".to_vec()].concat();
            (chunk.clone(), chunk)
        };
        let mut next = &piece;
        while says.write_all(next).await.is_ok() {
            next = &after;
            sleep(Duration::from_millis(200)).await;
        }
    });
    let mut answer = Vec::new();
    // Read to its end, which is when the server has closed.
    let _ = hears.read_to_end(&mut answer).await;
    saying.abort();
}
