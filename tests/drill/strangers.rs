//! Strangers at the port: idle connections, sign-ins that never end, and well-signed bodies made to grow. Webhooks are taken all the
//! while, and memory stays where it was.

use crate::course::in_house;
use crate::house::{House, PHONE_NUMBER_ID};
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::Client;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::io::{Write, stdout};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Instant, timeout};

const MEGABYTE: u64 = 1_000_000;
/// Of a webhook that nobody holds up, on a busy machine.
const SOON: Duration = Duration::from_secs(5);
/// Longer than anything else here takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn speaks(house: &House, wamid: &str) -> Result<Duration> {
    let asked = Instant::now();
    // On a connection of its own, as a provider's is.
    let client = Client::builder().timeout(PATIENCE).build()?;
    let status = house.webhook().text(&client, "5511900000003", wamid, "hello").await?;
    ensure!(status == 200, "answered {status}");
    Ok(asked.elapsed())
}

#[tokio::test]
async fn drill_idle_clients_beyond_the_limit_of_open_files_keep_no_webhook_waiting() {
    in_house(House::new(None).await.unwrap(), idle).await;
}

/// 1,150 idle clients of a server that may have 1,024 files open.
async fn idle(house: &House) -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    let binary = house.program().path.display().to_string();
    let limited = ["-c".to_owned(), "ulimit -Sn 64 && ulimit -Hn 1024 && exec \"$0\" serve".to_owned(), binary];
    let mut program = house.program().clone();
    program.path = "/bin/sh".into();
    program.arguments = limited.into();
    program.environment.push(("DASHOFFICE__SERVER__HEADER_TIMEOUT".to_owned(), "5m".to_owned()));
    let mut server = program.start()?;
    server.ready(&house.client, &format!("{}/readyz", house.url()), PATIENCE).await?;
    let said = house.log("server")?;
    let told = said.matches("the limit of open files leaves room for fewer connections").count();
    ensure!(told == 1 && said.contains("connections=768"), "said {told} times: {said}");

    let mut idle = Vec::new();
    for _ in 0..1_150 {
        idle.push(timeout(PATIENCE, TcpStream::connect(house.address())).await.context("not even let in")??);
    }
    for number in 0..3 {
        let took = speaks(house, &format!("wamid.idle.{number}")).await?;
        ensure!(took < SOON, "a webhook waited for {took:?}");
    }
    ensure!(!house.log("server")?.contains("cannot accept a connection"), "descriptors ran out");
    drop(idle);
    House::ends(server).await?;

    let mut doctor = Command::new("/bin/sh");
    let program = house.program();
    doctor.args(["-c", "ulimit -n 1024 && exec \"$0\" doctor"]).arg(&program.path);
    doctor.envs(program.environment.iter().map(|(name, value)| (name, value)));
    let found = String::from_utf8_lossy(&doctor.output().await?.stdout).into_owned();
    ensure!(found.contains("room for 768 connections, not 12000"), "{found}");
    Ok(())
}

#[tokio::test]
async fn drill_a6_sign_ins_that_never_end_take_no_room_of_webhooks_or_of_other_sign_ins() {
    in_house(House::new(None).await.unwrap(), stalled).await;
}

async fn stalled(house: &House) -> Result<()> {
    let room = [("DASHOFFICE__SERVER__BODY_ROOM", "1MB"), ("DASHOFFICE__SERVER__BODY_LIMIT", "1MB")];
    let server = house.server_with(&room).await?;
    let mut sign_ins = Vec::new();
    let part = "x".repeat(30_000);
    for _ in 0..562 {
        let mut socket = TcpStream::connect(house.address()).await?;
        let head = format!("POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 31000\r\n\r\n{part}");
        // A server that has had enough may hang up.
        let _ = socket.write_all(head.as_bytes()).await;
        sign_ins.push(socket);
    }
    for number in 0..3 {
        speaks(house, &format!("wamid.stalled.{number}")).await?;
    }
    let sign_in = house.client.post(format!("{}/api/v1/auth/login", house.url()));
    let answer = sign_in.json(&json!({ "email": "nobody@example.com", "password": "wrong" })).send().await?;
    ensure!(answer.status() == 401, "a sign-in found no room: {}", answer.status());
    let long = house.client.post(format!("{}/api/v1/auth/login", house.url()));
    let answer = long.json(&json!({ "email": "x".repeat(5_000), "password": "wrong" })).send().await?;
    ensure!(answer.status() == 413, "{}", answer.status());
    drop(sign_ins);
    House::ends(server).await
}

#[tokio::test]
async fn drill_a_signed_body_of_whatever_kind_takes_less_than_60_mb() {
    for (what, body) in bodies() {
        // A house for each, so that what one left behind is not counted for the next.
        in_house(House::new(None).await.unwrap(), async |house| takes_little(house, what, body).await).await;
    }
}

async fn takes_little(house: &House, what: &str, body: Vec<u8>) -> Result<()> {
    let server = house.server_with(&[("DASHOFFICE__SERVER__WEBHOOK_TIMEOUT", "60s")]).await?;
    speaks(house, "wamid.before").await?;
    server.forget_peak()?;
    let (before, length) = (server.memory()?, body.len());
    let client = Client::builder().timeout(PATIENCE).build()?;
    let status = house.webhook().body(&client, body).await?;
    ensure!([200, 400].contains(&status), "{what}: answered {status}");
    let took = server.peak_memory()?.saturating_sub(before);
    writeln!(
        stdout(),
        "{{\"drill\":\"bodies\",\"of\":\"{what}\",\"bytes\":{length},\"took_mb\":{}}}",
        took / MEGABYTE
    )?;
    ensure!(took < 60 * MEGABYTE, "{what} of {length} bytes took {} MB", took / MEGABYTE);
    server.kill().await
}

const LENGTH: usize = 3_990_000;

/// What is said again and again, up to the limit of a body.
fn many(of: impl Fn(usize) -> String, length: usize) -> String {
    let mut all = String::new();
    for n in 0.. {
        let next = of(n);
        if all.len() + next.len() >= length {
            break;
        }
        all.push_str(if n == 0 { "" } else { "," });
        all.push_str(&next);
    }
    all
}

fn entries(entries: &str) -> String {
    format!(r#"{{"object":"whatsapp_business_account","entry":[{entries}]}}"#)
}

fn value(of: &str) -> String {
    let metadata = format!(r#""metadata":{{"phone_number_id":"{PHONE_NUMBER_ID}"}}"#);
    entries(&format!(r#"{{"id":"1","changes":[{{"field":"messages","value":{{{metadata},{of}}}}}]}}"#))
}

/// Each of them took hundreds of megabytes, or gigabytes.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let words = "olá, ".repeat(8);
    let text = |n: usize| {
        format!(
            r#"{{"from":"5511900000003","id":"wamid.{n}","timestamp":"1750000000","type":"text","text":{{"body":"{words}"}}}}"#
        )
    };
    let beside = |name: &str| format!(r#""{name}":[{{"wa_id":"5511900000003","title":"{}"}}]"#, "x".repeat(15_000));
    let messages = (0..20_000).map(text).collect::<Vec<_>>().join(",");
    let deep = many(|_| r#"{"":0}"#.to_owned(), LENGTH);
    let members = |n: usize| format!(r#""{n}":0"#);
    let texts = [
        ("20,000 messages", value(&format!(r#"{},{},"messages":[{messages}]"#, beside("contacts"), beside("errors")))),
        ("messages that are numbers", value(&format!(r#""messages":[{}]"#, many(|n| n.to_string(), LENGTH)))),
        ("empty entries", entries(&many(|_| "{}".to_owned(), LENGTH))),
        (
            "empty contacts",
            value(&format!(r#""messages":[{}],"contacts":[{}]"#, text(0), many(|_| "{}".to_owned(), LENGTH))),
        ),
        ("a deep message", value(&format!(r#""messages":[{{"id":"wamid.x","from":"5511900000003","y":[{deep}]}}]"#))),
        ("a deep status", value(&format!(r#""statuses":[{{"id":"wamid.x","status":"sent","y":[{deep}]}}]"#))),
        ("a deep id", value(&format!(r#""messages":[{{"id":[{deep}]}}]"#))),
        (
            "statuses",
            value(&format!(r#""statuses":[{}]"#, many(|n| format!(r#"{{"id":"{n}","status":"sent"}}"#), LENGTH))),
        ),
        ("many members", format!("{{{}}}", many(members, LENGTH))),
    ];
    let mut bodies: Vec<_> = texts.into_iter().map(|(what, text)| (what, text.into_bytes())).collect();
    bodies
        .push(("bytes that are no text", [br#"{"object":""#.to_vec(), vec![0xff; LENGTH], br#""}"#.to_vec()].concat()));
    bodies
}
