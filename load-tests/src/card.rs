//! `demo.json`: where a demo is, and who may sign in.

use crate::envelope::Door;
use crate::line::Place;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// What stands in the file, as far as a load test needs it. Not `Debug`: it holds passwords.
#[derive(Clone, Deserialize)]
pub struct Card {
    pub console_url: String,
    pub api_url: String,
    pub ws_url: String,
    pub graph_url: String,
    pub numbers: Vec<CardNumber>,
    pub users: Vec<CardUser>,
}

#[derive(Clone, Deserialize)]
pub struct CardNumber {
    pub webhook_url: String,
    pub app_secret: String,
    pub phone_number_id: String,
}

#[derive(Clone, Deserialize)]
pub struct CardUser {
    pub email: String,
    pub password: String,
    pub role: String,
}

impl Card {
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        // The words of the error may hold a password.
        serde_json::from_slice(&text).ok().with_context(|| format!("{} is no card of a demo", path.display()))
    }

    /// The same house, now listening on another address of this machine.
    pub fn at(mut self, address: &str) -> Result<Self> {
        let before = self.console_url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        for url in [&mut self.console_url, &mut self.api_url, &mut self.ws_url] {
            *url = url.replace(&before, address);
        }
        for number in &mut self.numbers {
            number.webhook_url = number.webhook_url.replace(&before, address);
        }
        Ok(self)
    }

    /// The door of the first number.
    pub async fn door(&self) -> Result<Door> {
        let number = self.numbers.first().context("the card has no number")?;
        Ok(Door {
            place: Place::of(&number.webhook_url).await?,
            app_secret: number.app_secret.clone(),
            phone_number_id: number.phone_number_id.clone(),
        })
    }

    /// Those of a role.
    pub fn with_role<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a CardUser> {
        self.users.iter().filter(move |user| user.role == role)
    }
}
