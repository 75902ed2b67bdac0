//! Everything an agent may send, against the running binary: a file, a reaction, a template, an answer to something, a read mark;
//! what is shown when it cannot go, and what a person says of it when nobody knows.

use crate::house::House;
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Client, Process, Program, free_port, webhook};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

const TO_START: Duration = Duration::from_secs(90);
/// Longer than the rest of a number whose token has expired.
const TO_HAPPEN: Duration = Duration::from_secs(150);

/// A demo in which nobody answers by themselves, and an agent of it.
struct Desk {
    dir: TempDir,
    client: Client,
    program: Program,
    url: String,
    control: String,
    token: String,
    keys: u128,
}

impl Desk {
    /// `postgres`: the address of an empty database; without it SQLite.
    async fn open(postgres: Option<String>) -> Result<(Self, Process)> {
        let dir = tempfile::tempdir().context("cannot make a directory for the demo")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let data_dir = dir.path().join("data").display().to_string();
        let arguments =
            ["--data-dir", &data_dir, "demo", "--listen", &address, "--auto-agents", "0", "--customers", "3"];
        let program = Program {
            name: "demo".to_owned(),
            path: env!("CARGO_BIN_EXE_dashoffice").into(),
            arguments: arguments.map(str::to_owned).to_vec(),
            environment: postgres.map(|url| ("DASHOFFICE__DATA__DATABASE_URL".to_owned(), url)).into_iter().collect(),
            logs: dir.path().to_owned(),
        };
        let mut desk = Self {
            dir,
            client: webhook::client()?,
            program,
            url: format!("http://{address}"),
            control: String::new(),
            token: String::new(),
            keys: 0,
        };
        let mut process = desk.program.start()?;
        process.ready(&desk.client, &format!("{}/readyz", desk.url), TO_START).await?;
        let settings = desk.file("simulated.json")?;
        desk.control = format!("http://{}", settings["control_listen"].as_str().context("no control")?);
        let card = desk.file("demo.json")?;
        let agent = card["users"].as_array().into_iter().flatten().find(|user| user["role"] == "agent");
        let agent = agent.context("there is no agent")?;
        let credentials = json!({ "email": agent["email"], "password": agent["password"] });
        let answer = desk.client.post(format!("{}/api/v1/auth/login", desk.url)).json(&credentials).send().await?;
        let tokens: Value = answer.error_for_status()?.json().await?;
        tokens["access_token"].as_str().context("no token")?.clone_into(&mut desk.token);
        Ok((desk, process))
    }

    fn file(&self, name: &str) -> Result<Value> {
        let path: PathBuf = self.dir.path().join("data").join(name);
        Ok(serde_json::from_slice(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?)?)
    }

    async fn gets(&self, path: &str) -> Result<Value> {
        let answer = self.client.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status().with_context(|| format!("GET {path}"))?.json().await?)
    }

    async fn posts(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.keys += 1;
        let request = self.client.post(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        let answer =
            request.header("idempotency-key", Uuid::from_u128(self.keys).to_string()).json(body).send().await?;
        let (status, body): (_, Value) = (answer.status(), answer.json().await?);
        ensure!(status.is_success(), "POST {path}: {status} {body}");
        Ok(body)
    }

    /// The agent is there, without a socket, and stays there as long as this test asks for something.
    async fn comes(&mut self) -> Result<()> {
        self.keys += 1;
        let request = self.client.put(format!("{}/api/v1/me/presence", self.url)).bearer_auth(&self.token);
        let request = request.header("idempotency-key", Uuid::from_u128(self.keys).to_string());
        let answer = request.json(&json!({ "presence": "busy", "for_s": 300 })).send().await?;
        ensure!(answer.status().is_success(), "presence: {}", answer.status());
        Ok(())
    }

    async fn orders(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.client.post(format!("{}{path}", self.control)).json(body).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    async fn ledger(&self, path: &str) -> Result<Value> {
        let answer = self.client.get(format!("{}/control/ledger{path}", self.control)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Asks until the answer is as wanted.
    async fn until(&self, what: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        comes_to(what, || self.gets(path), wanted).await
    }

    /// Asks the provider's ledger until it is as wanted.
    async fn notes(&self, what: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        comes_to(what, || self.ledger(path), wanted).await
    }

    /// Sends, and waits until the customer has it; the message as it then is, and as the provider took it.
    async fn arrives(&mut self, body: &Value) -> Result<(Value, Value)> {
        let sent = self.posts("/messages", body).await?;
        let id = sent["message_id"].as_str().context("no message")?.to_owned();
        let message = self.until("a message arrives", &format!("/messages/{id}"), has_arrived).await?;
        let taken = self.ledger(&format!("/outbound?message={id}")).await?["rows"][0].clone();
        Ok((message, taken))
    }
}

/// Asks again and again until the answer is as wanted.
async fn comes_to<Asked: Future<Output = Result<Value>>>(
    what: &str,
    ask: impl Fn() -> Asked,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let asking = async {
        loop {
            let answer = ask().await?;
            if wanted(&answer) {
                return Ok::<Value, anyhow::Error>(answer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    match tokio::time::timeout(TO_HAPPEN, asking).await {
        Ok(answer) => answer,
        Err(_) => bail!("{what}: it did not come to that: {}", ask().await?),
    }
}

fn has_arrived(message: &Value) -> bool {
    matches!(message["status"].as_str(), Some("delivered" | "read" | "failed"))
}

/// On both databases at once: most of it is the rest of a number, and both can rest together.
#[tokio::test]
async fn drill_a7_every_kind_goes_out_as_it_was_said_and_what_cannot_go_says_why_on_sqlite_and_postgres() {
    let postgres = records::empty_postgres().await.unwrap();
    let (sqlite, postgres) = tokio::join!(drill(None), drill(Some(postgres)));
    sqlite.context("on SQLite").unwrap();
    postgres.context("on PostgreSQL").unwrap();
}

async fn drill(postgres: Option<String>) -> Result<()> {
    let (mut desk, process) = Desk::open(postgres).await?;
    if let Err(error) = every_kind(&mut desk).await {
        return Err(error.context(format!("kept in {}", desk.dir.keep().display())));
    }
    House::ends(process).await
}

async fn every_kind(desk: &mut Desk) -> Result<()> {
    desk.orders("/control/write", &json!({ "customer": 1, "text": "oi" })).await?;
    let waiting = desk.until("a chat waits", "/conversations?owner=queue", |list| list["items"][0].is_object()).await?;
    let chat = &waiting["items"][0];
    let id = chat["id"].as_str().context("no id")?.to_owned();
    let (asked, number) = (chat["last_message"]["id"].clone(), chat["number_id"].clone());
    let epoch = chat["owner_epoch"].clone();
    desk.comes().await?;
    desk.posts(&format!("/conversations/{id}/pick"), &json!({ "expected_epoch": epoch })).await?;
    let wrote = desk.ledger("/inbound").await?["rows"][0]["wamid"].clone();

    // Read, and told so.
    desk.posts(&format!("/conversations/{id}/read"), &json!({ "message_id": asked })).await?;
    let told = |sums: &Value| sums["read_marks"]["messages"].as_u64().is_some_and(|marks| marks > 0);
    desk.notes("the customer is told that it was read", "", told).await?;

    // A file, as an answer.
    let media = json!({ "kind": "image", "link": "https://files.example/a.jpg", "caption": "veja" });
    let body = json!({ "conversation_id": id, "type": "media", "media": media, "reply_to": asked });
    let (message, taken) = desk.arrives(&body).await?;
    ensure!(message["error"].is_null() && message["reply_to"] == asked, "{message}");
    ensure!(
        (&taken["kind"], &taken["text"], &taken["reply_to"]) == (&json!("image"), &json!("veja"), &wrote),
        "{taken}"
    );

    // A reaction, and back.
    for (emoji, shown) in [(json!("👍"), json!([{ "by": "outbound", "emoji": "👍" }])), (json!(null), json!([]))] {
        let react = json!({ "message_id": asked, "emoji": emoji });
        desk.posts(&format!("/conversations/{id}/react"), &react).await?;
        let path = format!("/messages/{}", asked.as_str().context("no id")?);
        ensure!(desk.gets(&path).await?["reactions"] == shown);
        let wanted = emoji.as_str().unwrap_or_default().to_owned();
        let goes = |ledger: &Value| {
            let last = ledger["rows"].as_array().and_then(|rows| rows.last());
            last.is_some_and(|last| last["kind"] == "reaction" && last["text"] == wanted)
        };
        desk.notes("the reaction goes", "/outbound", goes).await?;
    }

    // Templates: told, sent, and refused with the field where the provider would refuse them.
    let path = format!("/numbers/{}/templates", number.as_str().context("no number")?);
    let templates = desk.gets(&path).await?;
    ensure!(templates["items"].as_array().is_some_and(|items| items.len() == 8), "{templates}");
    let template = |parameters: &[&str]| {
        let template = json!({ "name": "ready", "language": "pt_BR", "parameters": parameters });
        json!({ "conversation_id": id, "type": "template", "template": template })
    };
    let (message, taken) = desk.arrives(&template(&["Ana"])).await?;
    ensure!(message["error"].is_null() && taken["text"] == "ready Ana", "{message} {taken}");
    let refused =
        desk.posts("/messages", &template(&[])).await.err().context("a template without its value was taken")?;
    let refused = refused.to_string();
    ensure!(
        refused.contains("422") && refused.contains("template.parameters") && refused.contains("wrong_count"),
        "{refused}"
    );

    lost_answers(desk, &id).await?;

    // A number whose token has expired says so; what waits goes when it is well again.
    let numbers = |state: &'static str| move |list: &Value| list["items"][0]["state"] == state;
    desk.until("the number is connected", "/numbers", numbers("connected")).await?;
    desk.orders("/control/faults", &json!({ "token_expired": true })).await?;
    let body = json!({ "conversation_id": id, "type": "text", "text": "um momento", "reply_to": asked });
    let sent = desk.posts("/messages", &body).await?;
    let stopped = desk.until("the number is stopped", "/numbers", numbers("stopped")).await?;
    let stopped = &stopped["items"][0];
    ensure!(stopped["state_reason"] == "token_expired" && stopped["sends_waiting"] == 1, "{stopped}");
    desk.orders("/control/faults", &json!({})).await?;
    let path = format!("/messages/{}", sent["message_id"].as_str().context("no message")?);
    let message = desk.until("it arrives after all", &path, has_arrived).await?;
    ensure!(message["error"].is_null(), "{message}");
    desk.until("the number is connected again", "/numbers", numbers("connected")).await?;
    let sums = desk.ledger("").await?;
    ensure!(sums["outbound"]["repeated"] == 0, "something was sent twice: {sums}");
    Ok(())
}

/// WhatsApp's answers are lost: what it took proves itself, and of what it did not take a person says so, and says it again.
async fn lost_answers(desk: &mut Desk, id: &str) -> Result<()> {
    let text = |words: &str| json!({ "conversation_id": id, "type": "text", "text": words });
    let path = |sent: &Value| format!("/messages/{}", sent["message_id"].as_str().unwrap_or_default());
    desk.orders("/control/faults", &json!({ "graph_garbage": 1, "unclear_accepts": 1 })).await?;
    let (message, _) = desk.arrives(&text("tomado")).await?;
    ensure!(message["error"].is_null(), "{message}");

    desk.orders("/control/faults", &json!({ "graph_garbage": 1, "unclear_accepts": 0 })).await?;
    let lost = desk.posts("/messages", &text("perdido")).await?;
    desk.until("nobody knows of it", &path(&lost), |message| message["status"] == "unknown").await?;
    desk.orders("/control/faults", &json!({})).await?;
    desk.posts(&format!("{}/settle", path(&lost)), &json!({ "as": "failed" })).await?;
    let declared = desk.gets(&path(&lost)).await?;
    ensure!(declared["status"] == "failed" && declared["error"]["code"] == -3, "{declared}");
    let again = desk.posts(&format!("{}/resend", path(&lost)), &json!({})).await?;
    ensure!(again == desk.posts(&format!("{}/resend", path(&lost)), &json!({})).await?, "said again twice: {again}");
    let arrived = desk.until("it arrives at last", &path(&again), has_arrived).await?;
    ensure!(arrived["error"].is_null() && arrived["content"]["body"] == "perdido", "{arrived}");
    for (sent, times) in [(&lost, 0), (&again, 1)] {
        let taken =
            desk.ledger(&format!("/outbound?message={}", sent["message_id"].as_str().unwrap_or_default())).await?;
        ensure!(taken["rows"].as_array().map(Vec::len) == Some(times), "{taken}");
    }
    Ok(())
}
