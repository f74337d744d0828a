//! From file and environment to a checked [`Config`].

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, Payments};

/// Prefix of the environment variables that override options.
const PREFIX: &str = "TYPEX_";
/// Variables with that prefix that are not options: the command line's own.
const RESERVED: [&str; 2] = ["TYPEX_DATA", "TYPEX_CONFIG"];

const KEYS_READY: RangeInclusive<u64> = 0..=typex_engine::limits::RSA_KEYS_READY_MAX as u64;
/// Less admits no RSA job; more than a minute of work is answered by nobody in time.
const OUTSTANDING_US: RangeInclusive<u64> = 1_000..=60_000_000;
/// What a bound of connections must be.
pub(super) const AT_LEAST_ONE: &str = "must be at least 1";

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or holds an unknown option or a value of the wrong type.
    #[error("{origin}: {source}")]
    Parse {
        /// The file, or the environment.
        origin: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A variable with our prefix that names no option.
    #[error("{name}: no such option; variables are TYPEX_<SECTION>_<OPTION>")]
    UnknownVariable {
        /// The variable.
        name: String,
    },
    /// A value that its option cannot take.
    #[error("{option} = {value}: {expected}")]
    Value {
        /// The option, as `section.name`.
        option: String,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: &'static str,
    },
}

pub(super) fn load(
    file: Option<&Path>,
    data: &Path,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let implied = data.join("typex.toml");
    let (path, text) = match file {
        Some(path) => (path, read(path)?),
        None if implied.exists() => (implied.as_path(), read(&implied)?),
        None => (implied.as_path(), String::new()),
    };
    from_text(&text, &path.display().to_string(), environment)
}

pub(super) fn from_text(
    text: &str,
    origin: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let from_file = parse(text, origin)?;
    let config = override_from(from_file, environment)?;
    check(config)
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

/// Ports not named in the file keep their defaults, so the port table is merged, not replaced.
fn parse(text: &str, origin: &str) -> Result<Config, ConfigError> {
    let mut config: Config = toml::from_str(text).map_err(|source| ConfigError::Parse {
        origin: origin.to_owned(),
        source: Box::new(source),
    })?;
    let given = std::mem::replace(&mut config.listen.ports, super::default_ports());
    for (dialect, listeners) in given {
        for (name, port) in listeners {
            let known = config.listen.ports.get_mut(&dialect).and_then(|all| all.get_mut(&name));
            *known.ok_or_else(|| unknown_port(&dialect, &name))? = port;
        }
    }
    Ok(config)
}

fn unknown_port(dialect: &str, name: &str) -> ConfigError {
    ConfigError::Value {
        option: format!("listen.ports.{dialect}.{name}"),
        value: "a port".to_owned(),
        expected: "no dialect has a listener of that name",
    }
}

/// Applies `TYPEX_SECTION_OPTION` for every leaf of the configuration.
fn override_from(
    config: Config,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let mut table = Table::try_from(&config).expect("the configuration is plain data");
    let ours = environment
        .filter(|(name, _)| name.starts_with(PREFIX) && !RESERVED.contains(&name.as_str()));
    for (name, text) in ours {
        let leaf = find_leaf(&mut table, &name[PREFIX.len()..])
            .ok_or_else(|| ConfigError::UnknownVariable { name: name.clone() })?;
        *leaf = typed_like(leaf, &text).ok_or_else(|| ConfigError::Value {
            option: name.clone(),
            value: text.clone(),
            expected: "must have the option's type",
        })?;
    }
    table.try_into().map_err(|source| ConfigError::Parse {
        origin: "environment".to_owned(),
        source: Box::new(source),
    })
}

/// The leaf whose upper-case path, joined with underscores, is `name`.
fn find_leaf<'a>(table: &'a mut Table, name: &str) -> Option<&'a mut Value> {
    table.iter_mut().find_map(|(key, value)| {
        let key = key.to_uppercase().replace('-', "_");
        let rest = name.strip_prefix(&key)?;
        match value {
            Value::Table(inner) => find_leaf(inner, rest.strip_prefix('_')?),
            leaf => rest.is_empty().then_some(leaf),
        }
    })
}

fn typed_like(leaf: &Value, text: &str) -> Option<Value> {
    match leaf {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) => {
            let items = text.split(',').filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

/// Rules that types alone do not express.
fn check(config: Config) -> Result<Config, ConfigError> {
    let Config { listen, store, .. } = &config;
    let set = |path: &Path| !path.as_os_str().is_empty();
    if set(&listen.certificate) != set(&listen.private_key) {
        let expected = "certificate and private_key are given together or not at all";
        return Err(refused("listen.certificate", listen.certificate.display(), expected));
    }
    if set(&store.passphrase_file) && set(&store.key_file) {
        let expected = "give passphrase_file or key_file, not both";
        return Err(refused("store.key_file", store.key_file.display(), expected));
    }
    if config.hem.backend_keys().is_none() {
        let expected = "must be public keys of 32 bytes in base64";
        return Err(refused("hem.backends", config.hem.backends.join(", "), expected));
    }
    if !config.vault.has_mount() {
        let expected = "must be up to four names with / between, and not begin with sys or auth";
        return Err(refused("vault.transform", &config.vault.transform, expected));
    }
    if let Some(refusal) = check_payments(&config.payments) {
        return Err(refusal);
    }
    if !config.card.ring_entries.is_power_of_two() {
        let entries = config.card.ring_entries;
        return Err(refused("card.ring_entries", entries, "must be a power of two"));
    }
    let all = ranges(&config).into_iter().chain(config.card.ranges());
    let all = all.chain(config.payments.ranges());
    match all.into_iter().find(|(_, value, range, _)| !range.contains(value)) {
        None => Ok(config),
        Some((option, value, _, expected)) => Err(refused(option, value, expected)),
    }
}

fn check_payments(payments: &Payments) -> Option<ConfigError> {
    if payments.default_pin_rule().is_err() {
        let expected = "must be TABLE:START:COUNT:PAD, for example 0123456789012345:3:12:F";
        return Some(refused("payments.pin_rule", &payments.pin_rule, expected));
    }
    if payments.default_brings().is_none() {
        let expected = "must be usages of key blocks, for example P0";
        return Some(refused("payments.brings", payments.brings.join(", "), expected));
    }
    if payments.read_key_blocks().is_none() {
        let expected = "must be versions of key blocks, letters from A to E";
        return Some(refused("payments.key_blocks", payments.key_blocks.join(", "), expected));
    }
    None
}

/// An option, its value, what it may be, and the words for that.
pub(super) type Bounded = (&'static str, u64, RangeInclusive<u64>, &'static str);

fn ranges(config: &Config) -> Vec<Bounded> {
    let Config { engine, limits, .. } = config;
    let outstanding = "must be 1000 to 60000000";
    vec![
        ("engine.aes_outstanding_us", engine.aes_outstanding_us, OUTSTANDING_US, outstanding),
        ("engine.rsa_outstanding_us", engine.rsa_outstanding_us, OUTSTANDING_US, outstanding),
        ("engine.dear_outstanding_us", engine.dear_outstanding_us, OUTSTANDING_US, outstanding),
        ("engine.deadline_ms", engine.deadline_ms, 10..=600_000, "must be 10 to 600000"),
        ("engine.cores", engine.cores as u64, 0..=256, "must be 0 to 256"),
        ("engine.rsa_keys_ready", engine.rsa_keys_ready as u64, KEYS_READY, "must be 0 to 64"),
        ("engine.pool_threads", engine.pool_threads as u64, 0..=256, "must be 0 to 256"),
        (
            "limits.body_bytes_max",
            limits.body_bytes_max as u64,
            4_096..=16 << 20,
            "must be 4096 to 16777216",
        ),
        (
            "limits.head_bytes_max",
            limits.head_bytes_max as u64,
            16_384..=1 << 20,
            "must be 16384 to 1048576",
        ),
        ("limits.connections_max", limits.connections_max as u64, 1..=u64::MAX, AT_LEAST_ONE),
        (
            "limits.connections_per_peer_max",
            limits.connections_per_peer_max as u64,
            1..=u64::MAX,
            AT_LEAST_ONE,
        ),
        (
            "limits.streams_per_connection_max",
            limits.streams_per_connection_max.into(),
            1..=65_536,
            "must be 1 to 65536",
        ),
    ]
}

fn refused(option: &str, value: impl Display, expected: &'static str) -> ConfigError {
    ConfigError::Value { option: option.to_owned(), value: value.to_string(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// File, environment, and what the error names.
    type Refused = (&'static str, &'static [(&'static str, &'static str)], &'static str);

    fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("typex.toml");
        std::fs::write(&file, text).expect("writable");
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(Some(&file), dir.path(), environment)
    }

    #[test]
    fn example_documents_every_option_with_its_default() {
        let example: Table = toml::from_str(super::super::EXAMPLE).expect("valid TOML");
        let defaults = Table::try_from(Config::default()).expect("plain data");
        assert_eq!(example, defaults);
    }

    #[test]
    fn environment_overrides_file_and_file_overrides_default() {
        let text = "[engine]\ncores = 3\ndeadline_ms = 700\n";
        let config = load_text(text, &[("TYPEX_ENGINE_CORES", "5")]).expect("valid");
        assert_eq!((config.engine.cores, config.engine.deadline_ms), (5, 700));
    }

    #[test]
    fn every_leaf_has_its_variable() {
        let ports = [("TYPEX_LISTEN_PORTS_ENIGMA_BRIDGE_PROCESS", "0")];
        let config = load_text("", &ports).expect("valid");
        assert_eq!(config.listen.ports["enigma-bridge"]["process"], 0);
        let witnesses = [("TYPEX_AUDIT_WITNESSES", "file:a,file:b")];
        let config = load_text("", &witnesses).expect("valid");
        assert_eq!(config.audit.witnesses, ["file:a", "file:b"]);
        let abuse = [("TYPEX_PAYMENTS_ABUSE_PAN_FREE", "9"), ("TYPEX_PAYMENTS_FORMAT_1", "true")];
        let payments = load_text("", &abuse).expect("valid").payments;
        assert_eq!((payments.rules().abuse.pan.free, payments.format_1), (9, true));
    }

    #[test]
    fn unknown_options_are_errors_that_name_them() {
        let cases: [Refused; 7] = [
            ("[engine]\nbackend = \"gpu\"\n", &[], "one of soft, "),
            ("", &[("TYPEX_ENGINE_BACKEND", "gpu")], "engine.backend"),
            ("[engine]\nspeed = 1\n", &[], "speed"),
            ("[nothing]\n", &[], "nothing"),
            ("[listen.ports.enigma-bridge]\nnone = 1\n", &[], "enigma-bridge.none"),
            ("", &[("TYPEX_ENGINE_SPEED", "1")], "TYPEX_ENGINE_SPEED"),
            ("", &[("TYPEX_ENGINE_CORES", "many")], "TYPEX_ENGINE_CORES"),
        ];
        for (text, environment, name) in cases {
            let error = load_text(text, environment).expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn values_out_of_range_say_what_is_allowed() {
        for (text, allowed) in [
            ("[limits]\nbody_bytes_max = 1\n", "4096"),
            ("[engine]\ndeadline_ms = 0\n", "10 to 600000"),
            ("[listen]\ncertificate = \"a\"\n", "together"),
            ("[store]\nkey_file = \"a\"\npassphrase_file = \"b\"\n", "not both"),
            ("[hem]\nbackends = [\"AAAA\"]\n", "32 bytes"),
            ("[payments]\npin_rule = \"0123\"\n", "TABLE:START:COUNT:PAD"),
            ("[payments]\nbrings = [\"P9\"]\n", "for example P0"),
            ("[payments]\nkey_blocks = [\"B\", \"F\"]\n", "letters from A to E"),
            ("[payments.abuse]\nkey_span_ms = 9\n", "1000 to"),
        ] {
            let error = load_text(text, &[]).expect_err(text).to_string();
            assert!(error.contains(allowed), "{error}");
        }
    }
}
