//! The demo from outside: customers are answered, a second start goes on where the first ended, and its card is as promised.

use crate::house::House;
use crate::records;
use anyhow::{Context, Result, ensure};
use dashoffice_load_tests::{Client, Load, Process, Program, Simulator, Webhook, free_port, webhook};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than a start with twenty-two passwords to hash takes on a busy machine.
const TO_START: Duration = Duration::from_secs(90);
/// Longer than customers and agents think, several times over.
const TO_TALK: Duration = Duration::from_secs(120);
/// Replies to wait for, each time.
const REPLIES: usize = 4;

/// A demo in a directory that is gone with the test.
struct Demo {
    dir: TempDir,
    client: Client,
    program: Program,
    url: String,
}

impl Demo {
    fn new(arguments: &[&str]) -> Result<Self> {
        let dir = tempfile::tempdir().context("cannot make a directory for the demo")?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let data_dir = dir.path().join("data").display().to_string();
        let usual = ["--data-dir", &data_dir, "demo", "--listen", &address];
        let program = Program {
            name: "demo".to_owned(),
            path: env!("CARGO_BIN_EXE_dashoffice").into(),
            arguments: usual.iter().chain(arguments).map(|argument| (*argument).to_owned()).collect(),
            environment: Vec::new(),
            logs: dir.path().to_owned(),
        };
        Ok(Self { dir, client: webhook::client()?, program, url: format!("http://{address}") })
    }

    fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    async fn starts(&self) -> Result<Process> {
        let mut process = self.program.start()?;
        process.ready(&self.client, &format!("{}/readyz", self.url), TO_START).await?;
        Ok(process)
    }

    fn card(&self) -> Result<Value> {
        read(&self.data_dir().join("demo.json"))
    }

    fn control(&self) -> Result<String> {
        let settings = read(&self.data_dir().join("simulated.json"))?;
        Ok(format!("http://{}", settings["control_listen"].as_str().context("the simulator has no control")?))
    }

    /// The name of whoever signs in with the password of the card.
    async fn signs_in(&self, card: &Value, role: &str) -> Result<String> {
        let users = card["users"].as_array().context("nobody may sign in")?;
        let user = users.iter().find(|user| user["role"] == role).context("nobody has this role")?;
        let api = card["api_url"].as_str().context("the API is nowhere")?;
        let credentials = json!({ "email": user["email"], "password": user["password"] });
        let answer = self.client.post(format!("{api}/auth/login")).json(&credentials).send().await?;
        let tokens: Value = answer.error_for_status().context("the card's password is not taken")?.json().await?;
        let token = tokens["access_token"].as_str().context("signed in, and no token")?;
        let me = self.client.get(format!("{api}/me")).bearer_auth(token).send().await?;
        let me: Value = me.error_for_status().context("the token is not taken")?.json().await?;
        ensure!(me["user"]["role"] == role, "{me}");
        Ok(me["user"]["name"].to_string())
    }

    fn simulator(&self) -> Result<Simulator> {
        Ok(Simulator::new(self.client.clone(), self.control()?))
    }
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str)).collect()
}

#[tokio::test]
async fn drill_demo_customers_are_answered_and_a_second_start_goes_on_without_doubling_anything() {
    let demo = Demo::new(&["--customers", "6"]).unwrap();
    if let Err(error) = twice(&demo).await {
        panic!("kept in {}: {error:?}", demo.dir.keep().display());
    }
}

async fn twice(demo: &Demo) -> Result<()> {
    let first = demo.starts().await?;
    let card = demo.card()?;
    let talk = demo.simulator()?.until("replies", TO_TALK, |sums| sums.outbound.accepted >= REPLIES).await?;
    let acknowledged: BTreeSet<String> = demo
        .simulator()?
        .written()
        .await?
        .into_iter()
        .filter(|message| message.acknowledged_at_us.is_some())
        .map(|message| message.wamid)
        .collect();
    ensure!(!acknowledged.is_empty(), "nobody wrote, and was answered all the same");
    House::ends(first).await?;

    let second = demo.starts().await?;
    ensure!(demo.card()? == card, "the second start changed the card");
    // Each in turn: the passwords of the first start open the doors of the second.
    let mut names = BTreeSet::new();
    for role in ["administrator", "supervisor", "agent"] {
        names.insert(demo.signs_in(&card, role).await?);
    }
    ensure!(names.len() == 3, "{names:?}");
    let enough = talk.outbound.accepted + REPLIES;
    let sums = demo.simulator()?.until("further replies", TO_TALK, |sums| sums.outbound.accepted >= enough).await?;
    ensure!(sums.inbound.written >= talk.inbound.written, "the ledger began anew");
    ensure!(sums.outbound.repeated == 0, "customers were answered twice: {sums:?}");
    House::ends(second).await?;

    let database = records::database(&demo.data_dir(), None);
    let received = records::read(&database).await?.received;
    let stored: BTreeSet<String> = received.iter().cloned().collect();
    ensure!(stored.len() == received.len(), "something is stored twice");
    ensure!(acknowledged.is_subset(&stored), "something acknowledged before the restart is lost");
    ensure!(records::users(&database).await? == 22, "somebody was hired twice, or not at all");
    Ok(())
}

#[tokio::test]
async fn drill_demo_the_card_is_for_its_owner_and_says_exactly_what_was_promised() {
    let demo = Demo::new(&["--auto-agents", "0"]).unwrap();
    if let Err(error) = silent(&demo).await {
        panic!("kept in {}: {error:?}", demo.dir.keep().display());
    }
}

async fn silent(demo: &Demo) -> Result<()> {
    let process = demo.starts().await?;
    let mode = |path: PathBuf| Ok::<u32, anyhow::Error>(fs::metadata(path)?.permissions().mode() & 0o777);
    ensure!(mode(demo.data_dir())? == 0o700 && mode(demo.data_dir().join("demo.json"))? == 0o600);
    ensure!(mode(demo.data_dir().join("simulated.json"))? == 0o600);

    let card = demo.card()?;
    let promised = ["api_url", "console_url", "control_url", "graph_token", "graph_url", "numbers", "users", "ws_url"];
    ensure!(keys(&card) == promised.into(), "{:?}", keys(&card));
    ensure!(card["ws_url"] == format!("{}/api/v1/ws", demo.url.replace("http", "ws")));
    let number = &card["numbers"][0];
    let promised =
        ["app_secret", "display_phone_number", "id", "phone_number_id", "provider", "verify_token", "webhook_url"];
    ensure!(keys(number) == promised.into(), "{:?}", keys(number));
    ensure!(card["control_url"] == demo.control()?);
    let settings = read(&demo.data_dir().join("simulated.json"))?;
    ensure!(card["graph_token"] == settings["access_token"]);
    let users = card["users"].as_array().context("nobody may sign in")?;
    ensure!(users.iter().all(|user| keys(user) == ["email", "password", "role"].into()));
    let of_role = |role: &str| users.iter().filter(|user| user["role"] == role).count();
    ensure!([of_role("administrator"), of_role("supervisor"), of_role("agent")] == [1, 1, 20]);

    // The handshake of the card's webhook is answered: token, address and number belong together.
    let verified = demo.client.post(format!("{}/control/verify", demo.control()?)).send().await?;
    ensure!(verified.json::<Value>().await?["verification"] == "verified");

    // Silent until somebody is told to write; then what they write is taken, and nobody answers by themselves.
    let life: Value = demo.client.get(format!("{}/control/life", demo.control()?)).send().await?.json().await?;
    ensure!(life["mean_interval_ms"] == 0, "customers write by themselves: {life}");
    let simulator = demo.simulator()?;
    ensure!(simulator.sums().await?.inbound.written == 0);
    simulator.begins(Load { rate_per_s: 50.0, count: 10, customers: 5 }).await?;
    let sums = simulator.quiet(Duration::from_secs(2), TO_TALK).await?;
    ensure!((sums.inbound.acknowledged, sums.outbound.accepted) == (10, 0), "{sums:?}");
    House::ends(process).await
}

#[tokio::test]
async fn drill_demo_a_customer_made_by_a_webhook_from_outside_is_answered_and_nothing_ends_in_red() {
    let demo = Demo::new(&["--customers", "0"]).unwrap();
    if let Err(error) = driven(&demo).await {
        panic!("kept in {}: {error:?}", demo.dir.keep().display());
    }
}

async fn driven(demo: &Demo) -> Result<()> {
    const CUSTOMER: &str = "5521955550001";
    let process = demo.starts().await?;
    let card = demo.card()?;
    let text = |value: &Value| value.as_str().map(str::to_owned).context("the card lacks something");
    let number = &card["numbers"][0];
    let webhook = Webhook {
        url: text(&number["webhook_url"])?,
        app_secret: text(&number["app_secret"])?,
        phone_number_id: text(&number["phone_number_id"])?,
    };
    ensure!(webhook.text(&demo.client, CUSTOMER, "wamid.from-outside", "oi").await? == 200);

    // An agent of the demo answers, and the answer arrives.
    let simulator = Simulator::new(demo.client.clone(), text(&card["control_url"])?);
    let answered = simulator.until("an answer that arrived", TO_TALK, |sums| {
        sums.outbound.accepted > 0 && sums.statuses.planned > 0 && sums.all_acknowledged()
    });
    answered.await?;
    let rows = demo.client.get(format!("{}/control/ledger/outbound", text(&card["control_url"])?)).send().await?;
    let row = rows.json::<Value>().await?["rows"][0].clone();
    ensure!(row["to"] == CUSTOMER && row["customer"].is_null(), "{row}");
    ensure!(row["plan"][0] == "sent" && row["plan"][1] == "delivered", "{row}");

    // The card's token is the one that Graph wants to be shown, and it takes the answer of whoever shows it.
    let url = format!("{}/v26.0/{}/messages", text(&card["graph_url"])?, webhook.phone_number_id);
    let says = json!({ "messaging_product": "whatsapp", "to": CUSTOMER, "type": "text", "text": { "body": "olá" } });
    let taken = demo.client.post(&url).bearer_auth(text(&card["graph_token"])?).json(&says).send().await?;
    ensure!(taken.status() == 200, "{}", taken.status());
    House::ends(process).await
}
