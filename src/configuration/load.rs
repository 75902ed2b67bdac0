//! Lays the sources over each other and says everything that is wrong with them at once.

use super::DEFAULTS;
use super::checks::{self, Warning};
use super::layers::{Layer, Origin, PREFIX, environment_name, flattened, sectioned};
use super::values::Configuration;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Keys that hold secrets; each has a sister `…_file` that names a file with it.
pub(super) const SECRETS: [&str; 1] = ["data.database_url"];

/// Where to look.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Later ones win. None given: `dashoffice.toml` in the data directory, if it is there.
    pub(crate) files: Vec<PathBuf>,
    /// From the command line; wins over everything.
    pub(crate) data_dir: Option<PathBuf>,
    /// Further keys that a command was given: `section.key` and text.
    pub(crate) given: Vec<(&'static str, String)>,
    pub(crate) environment: Vec<(String, String)>,
}

impl Sources {
    /// These files and this data directory, with the environment of this process.
    pub(crate) fn of_this_process(files: Vec<PathBuf>, data_dir: Option<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .filter(|(name, _)| name.to_string_lossy().starts_with(PREFIX))
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        Self { files, data_dir, given: Vec::new(), environment }
    }

    /// Whether the environment says where the data directory is.
    pub(crate) fn moves_data_dir(&self) -> bool {
        let name = environment_name("data.dir");
        self.environment.iter().any(|(given, _)| *given == name)
    }
}

/// A whole, legal configuration.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) configuration: Configuration,
    /// Legal, but perhaps not meant.
    pub(crate) warnings: Vec<Warning>,
    /// Where each key's value comes from.
    pub(crate) origins: BTreeMap<String, Origin>,
}

impl Loaded {
    /// Logs what is legal and perhaps not meant, for commands that run on.
    pub(crate) fn tell_warnings(&self) {
        for warning in &self.warnings {
            tracing::warn!("configuration: {warning}");
        }
    }
}

/// Everything that is wrong, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problems(pub(crate) Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is not legal:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

/// The defaults as `section.key` → value.
pub(super) fn defaults() -> BTreeMap<String, Value> {
    flattened(DEFAULTS.parse::<Table>().expect("config/default.toml is TOML, or no test would pass"))
}

/// The configuration these sources make, or all their problems.
pub(crate) fn load(sources: &Sources) -> Result<Loaded, Problems> {
    load_noting(sources, &mut Vec::new())
}

/// The same, with every file that was looked for in `looked_for`, also where nothing comes of it.
pub(crate) fn load_noting(sources: &Sources, looked_for: &mut Vec<PathBuf>) -> Result<Loaded, Problems> {
    let defaults = defaults();
    let mut problems = Vec::new();
    let layers = layers(sources, &defaults, looked_for, &mut problems);

    let mut values = defaults.clone();
    let mut origins: BTreeMap<String, Origin> = values.keys().map(|key| (key.clone(), Origin::Default)).collect();
    for layer in layers {
        for secret in SECRETS {
            let file = format!("{secret}_file");
            let [given, named] = [secret, &file].map(|key| layer.values.get(key).map(|value| *value != empty()));
            if given == Some(true) && named == Some(true) {
                problems.push(format!("{}: {secret} and {file} exclude each other", layer.origin));
            }
            if given.is_some() && named != Some(true) {
                values.insert(file, empty());
            }
            if named.is_some() && given != Some(true) {
                values.insert(secret.to_owned(), empty());
            }
        }
        for (key, value) in layer.values {
            if let Some(reason) = refused(&defaults, &key, &value) {
                problems.push(told(&layer.origin, &key, &reason));
            } else if key.contains('.') {
                values.insert(key.clone(), value);
                origins.insert(key, layer.origin.clone());
            }
        }
    }
    read_secrets(&mut values, looked_for, &mut problems);

    let configuration: Configuration =
        sectioned(&values).try_into().expect("every value was tried by itself on top of legal defaults");
    problems.extend(checks::problems(&configuration));
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    Ok(Loaded { warnings: checks::warnings(&configuration), configuration, origins })
}

/// The sources beyond the defaults, weakest first.
fn layers(
    sources: &Sources,
    defaults: &BTreeMap<String, Value>,
    looked_for: &mut Vec<PathBuf>,
    problems: &mut Vec<String>,
) -> Vec<Layer> {
    let environment = Layer::of_environment(sources.environment.clone(), defaults);
    let dir = sources.data_dir.as_ref().map(|dir| ("data.dir", dir.to_string_lossy().into_owned()));
    let given: BTreeMap<String, Value> =
        sources.given.iter().cloned().chain(dir).map(|(key, text)| (key.to_owned(), Value::String(text))).collect();
    let command_line = (!given.is_empty()).then_some(Layer { origin: Origin::CommandLine, values: given });

    let mut layers = Vec::new();
    if sources.files.is_empty() {
        let strongest = command_line.iter().chain([&environment]).find_map(|layer| layer.values.get("data.dir"));
        let dir = strongest.or(defaults.get("data.dir")).and_then(Value::as_str).unwrap_or_default();
        let usual = Path::new(dir).join("dashoffice.toml");
        looked_for.push(usual.clone());
        if usual.exists() {
            layers.extend(file(&usual, problems));
            // It was found there: it cannot say that it lies elsewhere.
            if layers.last().is_some_and(|layer| layer.values.contains_key("data.dir")) {
                problems.push(format!(
                    "{}: data.dir cannot stand in the file inside the data directory; use {} or --data-dir",
                    usual.display(),
                    environment_name("data.dir")
                ));
            }
        }
    }
    for path in &sources.files {
        looked_for.push(path.clone());
        layers.extend(file(path, problems));
    }
    layers.push(environment);
    layers.extend(command_line);
    layers
}

fn file(path: &Path, problems: &mut Vec<String>) -> Option<Layer> {
    let read = fs::read_to_string(path).map_err(|error| error.to_string());
    let parsed = read
        .and_then(|text| Layer::of_toml(Origin::File(path.to_owned()), &text).map_err(|error| placed(&error, &text)));
    parsed.map_err(|error| problems.push(format!("{}: {error}", path.display()))).ok()
}

/// The error with its line, and without the line's text: it may hold a secret.
pub(crate) fn placed(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

/// Why this value cannot stand at this key; each is tried alone on the defaults, so that all are told at once.
fn refused(defaults: &BTreeMap<String, Value>, key: &str, value: &Value) -> Option<String> {
    if value.as_table().is_some_and(Table::is_empty) && !key.contains('.') {
        let known = defaults.keys().any(|name| name.split('.').next() == Some(key));
        return (!known).then(|| "there is no such section".to_owned());
    }
    if !defaults.contains_key(key) {
        let near = defaults.keys().find(|known| known.rsplit('.').next() == key.rsplit('.').next());
        return Some(near.map_or_else(
            || "there is no such key".to_owned(),
            |near| format!("there is no such key; did you mean {near}?"),
        ));
    }
    let mut tried = defaults.clone();
    tried.insert(key.to_owned(), value.clone());
    let result: Result<Configuration, toml::de::Error> = sectioned(&tried).try_into();
    result.err().map(|error| error.message().to_owned())
}

fn told(origin: &Origin, key: &str, reason: &str) -> String {
    match origin {
        Origin::Environment => format!("environment: {}: {reason}", environment_name(key)),
        origin => format!("{origin}: {key}: {reason}"),
    }
}

/// Puts what a `…_file` says in the place of the secret it stands for.
fn read_secrets(values: &mut BTreeMap<String, Value>, looked_for: &mut Vec<PathBuf>, problems: &mut Vec<String>) {
    for secret in SECRETS {
        let path = values.get(&format!("{secret}_file")).and_then(Value::as_str).unwrap_or_default();
        if path.is_empty() {
            continue;
        }
        looked_for.push(path.into());
        match fs::read_to_string(path) {
            Ok(text) => _ = values.insert(secret.to_owned(), Value::String(text.trim().to_owned())),
            Err(error) => problems.push(format!("{secret}_file: cannot read {path}: {error}")),
        }
    }
}

fn empty() -> Value {
    Value::String(String::new())
}
