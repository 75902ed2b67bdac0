//! What the demo adds to `serve`: the company, the WhatsApp it plays against, agents who answer, and a word on where to look.

use super::card::{Card, FILE, Played};
use super::cast::{self, AGENTS_IN_ALL};
use super::heard::HeardElsewhere;
use super::phrases;
use super::play::Play;
use super::stage;
use crate::serving::Seed;
use crate::wiring::App;
use anyhow::{Context, Result};
use dashoffice_actors::auto_responder::AutoResponderSettings;
use dashoffice_simulated::Simulator;
use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The longest an agent thinks before an answer.
const THINKS: Duration = Duration::from_secs(9);
/// One answer in so many is the chat's last.
const CLOSES_ONE_IN: u32 = 5;

/// What a demo is to be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// Customers there are.
    pub(crate) customers: u32,
    /// Whether they write by themselves.
    pub(crate) lively: bool,
    /// Agents who answer by themselves; those beyond the company's are ignored.
    pub(crate) automatic: usize,
}

/// A demo about to open.
pub(crate) struct DemoOffice {
    data_dir: PathBuf,
    wishes: Wishes,
    /// Ends when we do.
    simulator: Option<Simulator>,
}

impl DemoOffice {
    pub(crate) fn new(data_dir: PathBuf, wishes: Wishes) -> Self {
        Self { data_dir, wishes, simulator: None }
    }

    /// What is printed once everything stands where the card says; passwords are not.
    fn told(&self, card: &Card) -> String {
        let mut told = format!("\nDashOffice's demo: sign in at {}\n\n", card.console_url);
        let free = AGENTS_IN_ALL.saturating_sub(self.wishes.automatic).max(1);
        for user in card.users.iter().take(2 + free.min(2)) {
            let _ = writeln!(told, "  {:<14}{}", user.role, user.email);
        }
        let file = self.data_dir.join(FILE);
        let _ = writeln!(told, "\nEverybody's password is in {}.", file.display());
        let _ = writeln!(
            told,
            "{} of {AGENTS_IN_ALL} agents answer by themselves; {} customers {}.",
            self.wishes.automatic.min(AGENTS_IN_ALL),
            self.wishes.customers,
            if self.wishes.lively { "write by themselves" } else { "wait to be told to write" },
        );
        let _ = writeln!(
            told,
            "The simulated WhatsApp is told what to do at {}/control. Ctrl-C ends it all.\n",
            card.control_url
        );
        told
    }
}

impl Seed for DemoOffice {
    async fn seed(&mut self, app: &mut App, address: SocketAddr) -> Result<()> {
        let address = reachable(address);
        let before = Card::read(&self.data_dir)?;
        let mut play = Play::prepared(&self.data_dir, address, self.wishes.customers, self.wishes.lively)?;
        let simulator = play.begin(&self.data_dir, HeardElsewhere(app.store.clone())).await?;
        let played = Played { graph_url: simulator.graph_url(), control_url: simulator.control_url() };
        let card = Card::of(address, &play, played, before.as_ref());
        let is_known = before.is_some_and(|before| before.users == card.users);
        if !is_known || !stage::stands(&app.store).await? {
            stage::people(&app.store, &card).await?;
        }
        stage::number(&app.store, &play, &card.graph_url).await?;
        // Only now: whoever finds the card finds everybody in the store.
        card.write(&self.data_dir)?;
        if self.wishes.automatic > 0 {
            app.is_answered_by(AutoResponderSettings {
                agents: cast::automatic(self.wishes.automatic),
                words: Arc::new(phrases::answer),
                pause: THINKS,
                closes_one_in: CLOSES_ONE_IN,
            });
        }
        let told = self.told(&card);
        self.simulator = Some(simulator);
        stdout().write_all(told.as_bytes()).context("cannot write to standard output")
    }

    async fn clear(self) {
        if let Some(simulator) = self.simulator {
            simulator.stop().await;
        }
    }
}

/// Where a browser on this machine finds us: who listens everywhere is here, too.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}
