//! An office declared in a file: companies, apps, numbers, queues and people (E5).
//!
//! The file wins for what it names, and only for that; it is applied whole or not at all, and applying it again writes nothing.
//! What it holds is shown as fixed, and commands that would write the same refuse.

mod apply;
mod declared;
mod file;
mod orders;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use apply::{Applied, Provisioner};

use crate::configuration::{Configuration, Problems};
use dashoffice_store::Fixed;

/// Everything that can be said of the file without a store: what it holds, or what is wrong with it. Without a file, nothing is held.
pub(crate) fn look(configuration: &Configuration) -> Result<Fixed, Problems> {
    let mut fixed = Fixed::default();
    if let Some(file) = configuration.office_file() {
        let companies = read::read(&file).companies.map_err(Problems)?;
        for company in &companies {
            company.fixes(&mut fixed);
        }
    }
    Ok(fixed)
}
