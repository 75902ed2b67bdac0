//! The command line: one file per command.

mod config;
mod migrate;
mod serve;
mod simulated;
mod user;

use crate::configuration::{Loaded, Sources, load};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A self-hosted WhatsApp contact centre.
#[derive(Debug, Parser)]
#[command(name = "dashoffice", version, about)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration lies.
#[derive(Debug, Args)]
struct Places {
    /// A TOML file; may be given several times, later ones win [default: dashoffice.toml in the data directory].
    #[arg(long = "config", value_name = "FILE", global = true)]
    files: Vec<PathBuf>,
    /// The data directory; wins over data.dir.
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything: webhooks, actors, delivery.
    Serve,
    /// Bring the tables up to date and end.
    Migrate,
    /// Set up who signs in.
    User {
        #[command(subcommand)]
        order: user::Order,
    },
    /// Play a WhatsApp to try things against.
    Simulated(simulated::Play),
    /// Look at the configuration.
    Config {
        #[command(subcommand)]
        look: config::Look,
    },
}

impl CommandLine {
    pub(crate) fn run(self) -> Result<()> {
        let loaded = self.places.load()?;
        crate::logging::begin(&loaded.configuration)?;
        match self.command {
            Command::Serve => serve::run(&loaded.configuration),
            Command::Migrate => migrate::run(&loaded.configuration),
            Command::User { order } => user::run(order, &loaded.configuration),
            Command::Simulated(play) => simulated::run(&play),
            Command::Config { look } => config::run(look, &loaded),
        }
    }
}

impl Places {
    fn load(self) -> Result<Loaded> {
        Ok(load(&Sources::of_this_process(self.files, self.data_dir))?)
    }
}
