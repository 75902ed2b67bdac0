//! The binary `dashoffice`: reads the command line and the configuration, and runs one command.

mod commands;
mod configuration;
mod console;
mod demo;
mod descriptors;
mod doctor;
mod logging;
mod memory;
mod projections;
mod provisioning;
mod reloading;
mod serving;
mod setup;
mod sign_ins;
mod wiring;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    memory::in_small_pages();
    rustls::crypto::ring::default_provider().install_default().expect("nothing chose a provider before the first line");
    let line = commands::CommandLine::parse();
    match line.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if standard error is gone.
            let _ = writeln!(std::io::stderr(), "dashoffice: {error:#}");
            ExitCode::FAILURE
        }
    }
}
