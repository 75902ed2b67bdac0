//! The configuration in force as TOML, each key with where its value comes from; secrets hidden.

use super::layers::flattened;
use super::load::Loaded;
use std::fmt::Write;
use toml::Table;

impl Loaded {
    /// For `config show`: legal TOML, but for what is hidden.
    pub(crate) fn shown(&self) -> String {
        let table = Table::try_from(&self.configuration).expect("every value has a TOML form");
        let mut shown = String::new();
        let mut current = "";
        let values = flattened(table);
        for (name, value) in &values {
            let (section, key) = name.split_once('.').expect("every key stands in a section");
            if section != current {
                let gap = if current.is_empty() { "" } else { "\n" };
                let _ = writeln!(shown, "{gap}[{section}]");
                current = section;
            }
            let origin = self.origins.get(name).map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(shown, "{key} = {value}  # {origin}");
        }
        shown
    }
}
