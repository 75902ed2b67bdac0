//! How WhatsApp is played in a demo, and what of it a second start takes up again: ports, secrets and the ledger.

use super::card;
use super::heard::HeardElsewhere;
use anyhow::{Context, Result};
use dashoffice_api::auth::SecureRandom;
use dashoffice_simulated::{Life, Simulator, SimulatorConfig};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

/// The settings of the last start, as `dashoffice simulated --play` reads them, too.
const FILE: &str = "simulated.json";
const LEDGER: &str = "simulated-ledger.jsonl";

/// A new conversation of each customer about every four minutes…
const EACH_CUSTOMER_MS: u64 = 240_000;
/// … and of a few customers together at least so often, so that one need not wait for the first.
const AT_LEAST_EACH_MS: u64 = 3_000;

/// A WhatsApp that is about to be played.
pub(super) struct Play {
    pub(super) settings: SimulatorConfig,
    /// The random part of the webhook's address.
    pub(super) url_token: String,
}

impl Play {
    /// As the last start played, for a server at `address`; on the same ports if they are free. `lively`: customers write by themselves.
    pub(super) fn prepared(data_dir: &Path, address: SocketAddr, customers: u32, lively: bool) -> Result<Self> {
        let before: Option<SimulatorConfig> = card::read(&data_dir.join(FILE))?;
        let fresh = before.is_none();
        let mut settings = before.unwrap_or_default();
        let secure_random = SecureRandom::from_system();
        let token = settings.webhook_url.rsplit('/').next().filter(|token| !fresh && !token.is_empty());
        let url_token = token.map_or_else(|| secure_random.token(), str::to_owned);
        if fresh {
            settings.app_secret = secure_random.token();
            settings.verify_token = secure_random.token();
            settings.access_token = secure_random.token();
            settings.listen = anywhere();
            settings.control_listen = anywhere();
        }
        settings.listen = if_free(settings.listen);
        settings.control_listen = if_free(settings.control_listen);
        settings.webhook_url = format!("http://{address}/webhooks/cloud/{url_token}");
        settings.ledger = data_dir.join(LEDGER);
        settings.customers = customers;
        settings.life = Life { mean_interval_ms: if lively { interval_ms(customers) } else { 0 }, ..Life::default() };
        Ok(Self { settings, url_token })
    }

    /// Begins to play, and remembers where.
    pub(super) async fn begin(&mut self, data_dir: &Path, heard: HeardElsewhere) -> Result<Simulator> {
        let simulator = Simulator::start_beside(self.settings.clone(), Arc::new(heard)).await;
        let simulator = simulator.context("cannot start the simulated WhatsApp")?;
        self.settings.listen = address_of(&simulator.graph_url())?;
        self.settings.control_listen = address_of(&simulator.control_url())?;
        card::write(&data_dir.join(FILE), &self.settings)?;
        Ok(simulator)
    }
}

/// The mean time between two conversations that customers begin, over all of them.
pub(super) fn interval_ms(customers: u32) -> u64 {
    match u64::from(customers) {
        0 => 0,
        customers => (EACH_CUSTOMER_MS / customers).clamp(1, AT_LEAST_EACH_MS),
    }
}

fn anywhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// The port of the last start, or any if somebody else has it now.
fn if_free(address: SocketAddr) -> SocketAddr {
    if TcpListener::bind(address).is_ok() { address } else { anywhere() }
}

fn address_of(url: &str) -> Result<SocketAddr> {
    url.trim_start_matches("http://").parse().context("the simulated WhatsApp has no address")
}
