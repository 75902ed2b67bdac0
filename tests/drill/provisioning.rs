//! An office declared in a file, under a running server: applied at the start, applied when it changes, and not at all when it is wrong.

use crate::house::{House, PHONE_NUMBER_ID, URL_TOKEN};
use crate::records;
use anyhow::{Context, Result, bail, ensure};
use dashoffice_load_tests::{Client, Process, Webhook};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

const TO_START: Duration = Duration::from_secs(60);
/// Longer than any change takes, on a busy machine, too.
const TO_HAPPEN: Duration = Duration::from_secs(120);

/// One company with a queue and a supervisor.
const OFFICE: &str = r#"
[tenants.azul]
name = "Loja Azul"
[tenants.azul.apps.meta]
provider = "cloud"
app_secret_file = "secret"
verify_token_file = "secret"
url_token_file = "address"
[tenants.azul.queues.vendas]
name = "Vendas"
[tenants.azul.users.bia]
email = "bia@azul.example"
name = "Bia"
role = "supervisor"
password_file = "password"
"#;

const NUMBER: &str = r#"
[tenants.azul.numbers.principal]
name = "Principal"
app = "meta"
provider_ref = "100000000000777"
queue = "vendas"
access_token_file = "secret"
"#;

const ANA: &str = r#"
[tenants.azul.users.ana]
email = "ana@azul.example"
name = "Ana"
role = "agent"
queues = ["vendas"]
password_file = "password"
"#;

const PASSWORD: &str = "correct horse battery";
const ADDRESS: &str = "azul-address";
const SECRET: &str = "azul-secret";

struct Desk<'a> {
    house: &'a House,
    data: PathBuf,
}

impl Desk<'_> {
    fn writes(&self, text: &str) -> Result<()> {
        fs::write(self.data.join("office.toml"), text).context("cannot write the office's file")
    }

    async fn starts(&self) -> Result<Process> {
        let mut program = self.house.program().clone();
        program.environment.push(("DASHOFFICE__PROVISIONING__FILE".to_owned(), "office.toml".to_owned()));
        let mut process = program.start()?;
        process.ready(&self.house.client, &format!("{}/readyz", self.house.url()), TO_START).await?;
        Ok(process)
    }

    fn client(&self) -> &Client {
        &self.house.client
    }

    /// An access token; `None`: they cannot sign in.
    async fn signs_in(&self, email: &str) -> Result<Option<String>> {
        let credentials = json!({ "email": email, "password": PASSWORD });
        let url = format!("{}/api/v1/auth/login", self.house.url());
        let answer = self.client().post(url).json(&credentials).send().await?;
        if answer.status() == 401 {
            return Ok(None);
        }
        let tokens: Value = answer.error_for_status()?.json().await?;
        Ok(Some(tokens["access_token"].as_str().context("no token")?.to_owned()))
    }

    async fn gets(&self, token: &str, path: &str) -> Result<Value> {
        let answer = self.client().get(format!("{}/api/v1{path}", self.house.url())).bearer_auth(token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    fn number(&self) -> Webhook {
        Webhook {
            url: format!("{}/webhooks/cloud/{ADDRESS}", self.house.url()),
            app_secret: SECRET.to_owned(),
            phone_number_id: "100000000000777".to_owned(),
        }
    }

    async fn runs(&self, arguments: &[&str]) -> Result<Output> {
        let program = self.house.program();
        let mut command = Command::new(&program.path);
        command.args(arguments).envs(program.environment.iter().map(|(name, value)| (name, value)));
        command.env("DASHOFFICE__PROVISIONING__FILE", "office.toml");
        command.output().await.context("the command does not run")
    }

    /// Waits until what is asked holds.
    async fn until<F: Future<Output = Result<bool>>>(&self, what: &str, holds: impl Fn() -> F) -> Result<()> {
        let deadline = Instant::now() + TO_HAPPEN;
        while !holds().await? {
            if Instant::now() > deadline {
                bail!("{what} did not come to pass");
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn drill_e5_a_declared_office_is_applied_at_the_start_and_when_its_file_changes_and_never_in_part() {
    let house = House::new(None).await.unwrap();
    let desk = Desk { house: &house, data: house.path().join("data") };
    if let Err(error) = declared(&desk).await {
        panic!("kept in {}: {error:?}", house.keep());
    }
}

async fn declared(desk: &Desk<'_>) -> Result<()> {
    records::somebody(&desk.house.database, "drill@example.com", PASSWORD).await?;
    for (name, text) in [("secret", SECRET), ("address", ADDRESS), ("password", PASSWORD)] {
        fs::write(desk.data.join(name), text)?;
    }
    desk.writes(OFFICE)?;
    let server = desk.starts().await?;

    // At the start, and beside a tenant that was there: nothing of that is touched, or fixed.
    let bia = desk.signs_in("bia@azul.example").await?.context("Bia signs in")?;
    let drill = desk.signs_in("drill@example.com").await?.context("the other tenant's user signs in")?;
    let foreign = desk.gets(&drill, "/queues").await?;
    ensure!(foreign["items"][0]["name"] == "Everybody" && foreign["items"][0]["fixed"] == json!([]), "{foreign}");
    let queues = desk.gets(&bia, "/queues").await?;
    ensure!(queues["items"][0]["name"] == "Vendas" && queues["items"].as_array().map(Vec::len) == Some(1), "{queues}");
    ensure!(queues["items"][0]["fixed"] == json!(["name"]), "{queues}");

    // A number that is added receives its webhooks at once, and somebody who is added signs in.
    let whole = format!("{OFFICE}{NUMBER}{ANA}");
    desk.writes(&whole)?;
    desk.until("Ana is there", async || {
        let agents = desk.gets(&bia, "/agents").await?;
        Ok(agents["items"].as_array().is_some_and(|agents| agents.iter().any(|agent| agent["name"] == "Ana")))
    })
    .await?;
    ensure!(desk.signs_in("ana@azul.example").await?.is_some(), "Ana signs in");
    let answered = desk.number().text(desk.client(), "5511988880001", "wamid.azul.1", "Boa tarde").await?;
    ensure!(answered == 200, "the new number's webhook was answered {answered}");
    let queue = async || {
        let chats = desk.gets(&bia, "/conversations?owner=all").await?;
        Ok(chats["items"].as_array().is_some_and(|chats| chats.len() == 1))
    };
    desk.until("the chat of the new number is there", queue).await?;

    // A queue that is called otherwise appears on an open console.
    let mut socket = hello(desk, &bia).await?;
    desk.writes(&whole.replace("\"Vendas\"", "\"Ventas\""))?;
    let renamed = async {
        while let Some(frame) = socket.next().await {
            if let Message::Text(text) = frame?
                && text.contains("\"Ventas\"")
            {
                return Ok(());
            }
        }
        bail!("the socket ended")
    };
    timeout(TO_HAPPEN, renamed).await.context("no frame has the queue's new name")??;

    // Wrong: nothing of it is applied, and everybody who asks hears why.
    let wrong = whole.replace("\"Vendas\"", "\"Verkauf\"").replace("queues = [\"vendas\"]", "queues = [\"nowhere\"]");
    desk.writes(&wrong)?;
    desk.until("the metric says that it is refused", async || {
        let text = desk.client().get(format!("{}/metrics", desk.house.url())).send().await?.text().await?;
        Ok(text.lines().any(|line| line == "dashoffice_provisioning_refused 1"))
    })
    .await?;
    let queues = desk.gets(&bia, "/queues").await?;
    ensure!(queues["items"][0]["name"] == "Ventas", "{queues}");
    for command in [["config", "check"].as_slice(), &["doctor"]] {
        let output = desk.runs(command).await?;
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(!output.status.success() && text.contains("no queue with the key nowhere"), "{command:?}: {text}");
    }
    let output = desk.runs(&["doctor"]).await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(text.contains("does not go by the office's file"), "{text}");

    // Mended; and what it holds is changed nowhere else.
    desk.writes(&whole.replace("\"Vendas\"", "\"Verkauf\""))?;
    desk.until("the queue is called as the mended file says", async || {
        Ok(desk.gets(&bia, "/queues").await?["items"][0]["name"] == "Verkauf")
    })
    .await?;
    let create = ["user", "create", "--email", "ana@azul.example", "--name", "Anna", "--role", "agent"];
    let output = desk.runs(&[create.as_slice(), &["--tenant", "Loja Azul"]].concat()).await?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && text.contains("fixed_by_file"), "{text}");

    let still = Webhook { url: format!("{}/webhooks/cloud/{URL_TOKEN}", desk.house.url()), ..desk.house.webhook() };
    let answered = still.text(desk.client(), "5511977770001", "wamid.drill.1", "Olá").await?;
    ensure!(answered == 200 && still.phone_number_id == PHONE_NUMBER_ID, "the other tenant goes on as before");
    House::ends(server).await?;

    // And no command offline either.
    let output = desk.runs(&[create.as_slice(), &["--tenant", "Loja Azul"]].concat()).await?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && text.contains("fixed_by_file"), "{text}");
    Ok(())
}

type Socket = tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>;

/// A console that shows the inbox.
async fn hello(desk: &Desk<'_>, token: &str) -> Result<Socket> {
    let address = desk.house.address();
    let stream = tokio::net::TcpStream::connect(address).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(format!("ws://{address}/api/v1/ws"), stream).await?;
    let hello = json!({ "type": "hello", "token": token, "cursor": null, "topics": ["inbox"], "client": "drill" });
    socket.send(Message::text(hello.to_string())).await?;
    Ok(socket)
}
