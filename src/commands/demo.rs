//! `demo` shows a whole office on one machine: customers who write, agents who answer, and nothing to set up before.

use crate::demo::{DemoOffice, Wishes};
use crate::serving::{self, Start};
use anyhow::Result;
use clap::Args;

/// Where the demo lives unless it is told otherwise.
pub(crate) const DATA_DIR: &str = "./data/demo";
/// Customers there are unless told otherwise.
const CUSTOMERS: u32 = 60;

#[derive(Clone, Debug, Args)]
pub(crate) struct Show {
    /// Where to listen; wins over server.listen [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// `postgres://user:password@host/database`; without it SQLite in the data directory.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Customers there are, who then write by themselves [default: 60].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100_000))]
    customers: Option<u32>,
    /// Agents of the twenty who answer by themselves; 0: nobody answers, and customers write only if --customers is given.
    #[arg(long, value_name = "N", default_value_t = 16)]
    auto_agents: usize,
}

impl Show {
    /// What of the configuration was given to the command itself.
    pub(crate) fn given(&self) -> Vec<(&'static str, String)> {
        let given = [("server.listen", &self.listen), ("data.database_url", &self.database_url)];
        given.into_iter().filter_map(|(key, text)| Some((key, text.clone()?))).collect()
    }

    fn wishes(&self) -> Wishes {
        Wishes {
            customers: self.customers.unwrap_or(CUSTOMERS),
            lively: self.customers.is_some() || self.auto_agents > 0,
            automatic: self.auto_agents,
        }
    }
}

/// Runs until SIGTERM or SIGINT.
pub(crate) fn run(show: &Show, start: Start) -> Result<()> {
    let data_dir = start.loaded.configuration.data.dir.clone();
    serving::run(start, DemoOffice::new(data_dir, show.wishes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(customers: Option<u32>, auto_agents: usize) -> (u32, bool) {
        let wishes = Show { listen: None, database_url: None, customers, auto_agents }.wishes();
        (wishes.customers, wishes.lively)
    }

    #[test]
    fn without_automatic_agents_it_is_silent_unless_customers_are_asked_for() {
        assert_eq!(wishes(None, 16), (60, true));
        assert_eq!(wishes(None, 0), (60, false));
        assert_eq!(wishes(Some(5), 0), (5, true));
    }
}
