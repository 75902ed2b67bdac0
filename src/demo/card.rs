//! `demo.json`: where the demo is, and who may sign in; for its owner's eyes, and for programs that drive it.

use super::cast::{self, Person};
use super::play::Play;
use anyhow::{Context, Result};
use dashoffice_adapters::cloud::PROVIDER;
use dashoffice_api::auth::SecureRandom;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use uuid::Uuid;

/// Its name within the data directory.
pub(super) const FILE: &str = "demo.json";

/// What stands in the file. Not `Debug`: it holds passwords, if only a demo's.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Card {
    pub(super) console_url: String,
    /// What every path of REST begins with.
    pub(super) api_url: String,
    pub(super) ws_url: String,
    /// Where WhatsApp is played.
    pub(super) graph_url: String,
    /// What a sender shows it. Cards of before have none.
    #[serde(default)]
    pub(super) graph_token: String,
    /// Where it is told what to do: `{control_url}/control/…`. Cards of before have none.
    #[serde(default)]
    pub(super) control_url: String,
    pub(super) numbers: Vec<CardNumber>,
    pub(super) users: Vec<CardUser>,
}

#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct CardNumber {
    pub(super) id: Uuid,
    pub(super) provider: String,
    pub(super) webhook_url: String,
    pub(super) verify_token: String,
    pub(super) app_secret: String,
    pub(super) phone_number_id: String,
    pub(super) display_phone_number: String,
}

#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct CardUser {
    pub(super) email: String,
    pub(super) password: String,
    pub(super) role: String,
}

/// Where WhatsApp is played this time.
#[derive(Clone, Default)]
pub(super) struct Played {
    pub(super) graph_url: String,
    pub(super) control_url: String,
}

impl Card {
    /// The card of a demo at `address` that plays as `play` says. Passwords of `before` stay, others are made.
    pub(super) fn of(address: SocketAddr, play: &Play, played: Played, before: Option<&Self>) -> Self {
        let known: BTreeMap<&str, &str> = before
            .iter()
            .flat_map(|card| &card.users)
            .map(|user| (user.email.as_str(), user.password.as_str()))
            .collect();
        let secure_random = SecureRandom::from_system();
        let user = |person: Person| CardUser {
            password: known
                .get(person.email.as_str())
                .map_or_else(|| password(&secure_random), |known| (*known).to_owned()),
            role: person.role.name().to_owned(),
            email: person.email,
        };
        let settings = &play.settings;
        Self {
            console_url: format!("http://{address}/"),
            api_url: format!("http://{address}/api/v1"),
            ws_url: format!("ws://{address}/api/v1/ws"),
            graph_url: played.graph_url,
            graph_token: settings.access_token.clone(),
            control_url: played.control_url,
            numbers: vec![CardNumber {
                id: cast::number().0,
                provider: PROVIDER.to_owned(),
                webhook_url: settings.webhook_url.clone(),
                verify_token: settings.verify_token.clone(),
                app_secret: settings.app_secret.clone(),
                phone_number_id: settings.phone_number_id.clone(),
                display_phone_number: settings.display_phone_number.clone(),
            }],
            users: cast::people().into_iter().map(user).collect(),
        }
    }

    /// What an earlier start left; `None`: this is the first.
    pub(super) fn read(data_dir: &Path) -> Result<Option<Self>> {
        read(&data_dir.join(FILE))
    }

    pub(super) fn write(&self, data_dir: &Path) -> Result<()> {
        write(&data_dir.join(FILE), self)
    }
}

/// 96 random bits, as 24 characters that are easy to read aloud.
fn password(secure_random: &SecureRandom) -> String {
    format!("{:024x}", secure_random.bytes::<12>().iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte)))
}

/// A JSON file of ours; `None` where there is none.
pub(super) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(text) => {
            let read = serde_json::from_slice(&text);
            // The words of the error may hold a password.
            read.ok().map(Some).with_context(|| {
                format!("{} is damaged; remove it, and new passwords are made at the next start", path.display())
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Whole or not at all, and for its owner alone.
pub(super) fn write(path: &Path, content: &impl Serialize) -> Result<()> {
    let doing = || format!("cannot write {}", path.display());
    let mut text = serde_json::to_vec_pretty(content).with_context(doing)?;
    text.push(b'\n');
    let beside = path.with_extension("json.new");
    // One that an interrupted start left behind has whatever permissions it has.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(doing),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).with_context(doing)?;
    file.write_all(&text).and_then(|()| file.sync_all()).with_context(doing)?;
    fs::rename(&beside, path).with_context(doing)
}
