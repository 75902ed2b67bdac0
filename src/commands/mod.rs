//! The command line: one file per command.

mod config;
mod demo;
mod doctor;
mod migrate;
mod projection;
mod serve;
mod simulated;
mod user;

use crate::configuration::{Sources, load};
use crate::serving::Start;
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
    /// Show a whole office on this machine: a simulated WhatsApp, customers who write, agents who answer.
    Demo(demo::Show),
    /// Say what is wrong with this installation, and what to do about it; ends with 1 if something is.
    Doctor,
    /// Bring the tables up to date and end.
    Migrate,
    /// Set up who signs in.
    User {
        #[command(subcommand)]
        order: user::Order,
    },
    /// Look after tables that are made from the journal.
    Projection {
        #[command(subcommand)]
        order: projection::Order,
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
        let sources = self.sources();
        let loaded = match load(&sources) {
            // Who is ill may ask a doctor.
            Err(problems) if matches!(self.command, Command::Doctor) => return doctor::run(Err(problems)),
            loaded => loaded?,
        };
        let level = crate::logging::begin(&loaded.configuration)?;
        match self.command {
            Command::Serve => serve::run(Start { loaded, sources, level }),
            Command::Demo(show) => demo::run(&show, Start { loaded, sources, level }),
            Command::Doctor => doctor::run(Ok(loaded)),
            Command::Migrate => migrate::run(&loaded.configuration),
            Command::User { order } => user::run(order, &loaded.configuration),
            Command::Projection { order } => projection::run(order, &loaded.configuration),
            Command::Simulated(play) => simulated::run(&play),
            Command::Config { look } => config::run(look, &loaded),
        }
    }

    /// Where to look for the configuration; a demo lives in a directory of its own.
    fn sources(&self) -> Sources {
        let mut sources = Sources::of_this_process(self.places.files.clone(), self.places.data_dir.clone());
        if let Command::Demo(show) = &self.command {
            sources.given = show.given();
            if sources.data_dir.is_none() && !sources.moves_data_dir() {
                sources.data_dir = Some(demo::DATA_DIR.into());
            }
        }
        sources
    }
}
