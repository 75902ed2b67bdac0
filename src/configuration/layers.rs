//! What each source sets, key by key: a file flattened to `section.key`, the environment's names turned into the same.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use toml::{Table, Value};

/// Environment names that are ours begin with this.
pub(super) const PREFIX: &str = "DASHOFFICE__";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Environment,
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// What one source sets, by `section.key`.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) origin: Origin,
    pub(super) values: BTreeMap<String, Value>,
}

impl Layer {
    /// The text of a TOML file.
    pub(super) fn of_toml(origin: Origin, text: &str) -> Result<Self, toml::de::Error> {
        let table: Table = text.parse()?;
        Ok(Self { origin, values: flattened(table) })
    }

    /// Those of the given environment variables that begin with our prefix, shaped like the default of their key.
    pub(super) fn of_environment(variables: Vec<(String, String)>, defaults: &BTreeMap<String, Value>) -> Self {
        let values = variables.into_iter().filter_map(|(name, text)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", ".");
            let value = shaped(text, defaults.get(&key));
            Some((key, value))
        });
        Self { origin: Origin::Environment, values: values.collect() }
    }
}

/// The environment's name for a key.
pub(super) fn environment_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// `section.key` → value; what stands outside a section keeps its own name, and empty sections and deeper tables are values.
pub(super) fn flattened(table: Table) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (section, value) in table {
        match value {
            Value::Table(keys) if !keys.is_empty() => {
                values.extend(keys.into_iter().map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            value => {
                values.insert(section, value);
            }
        }
    }
    values
}

/// The other way round.
pub(super) fn sectioned(values: &BTreeMap<String, Value>) -> Table {
    let mut table = Table::new();
    for (name, value) in values {
        let (section, key) = name.split_once('.').unwrap_or(("", name));
        let section = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.to_owned(), value.clone());
        }
    }
    table
}

/// The environment knows only text: it becomes a number, a truth value or a list (parted by commas) where the default is one.
fn shaped(text: String, like: Option<&Value>) -> Value {
    let shaped = match like {
        Some(Value::Integer(_)) => text.parse().map(Value::Integer).ok(),
        Some(Value::Float(_)) => text.parse().map(Value::Float).ok(),
        Some(Value::Boolean(_)) => text.parse().map(Value::Boolean).ok(),
        Some(Value::Array(_)) => {
            let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
            Some(Value::Array(entries.map(|entry| Value::String(entry.to_owned())).collect()))
        }
        _ => None,
    };
    shaped.unwrap_or(Value::String(text))
}
