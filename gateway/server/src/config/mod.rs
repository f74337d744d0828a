//! Every option of the gateway, with its default. `typex.toml` beside this crate documents the
//! same options for people; a test keeps the two equal.

mod backend;
mod card;
pub mod fuzzing;
mod hem;
mod load;
mod payments;
mod vault;

pub use backend::{Backend, UnknownBackend, names as backend_names};
pub use card::{Card, CardKind, Fault, Latency, Link};
pub use hem::{Hem, HemClock};
pub use load::ConfigError;
pub use payments::{Abuse, PaymentRules, Payments};
pub use vault::Vault;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use typex_store::log::{CHECKPOINT_ENTRIES, CHECKPOINT_MS};

use crate::transport::limits;

/// The documented configuration file, as `typex init` writes it.
pub const EXAMPLE: &str = include_str!("../../typex.toml");

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Addresses, ports, certificates.
    pub listen: Listen,
    /// Where records live and how they are unlocked.
    pub store: Store,
    /// What computes, and how much may wait for it.
    pub engine: Engine,
    /// The card, for backends that drive one.
    pub card: Card,
    /// What clients may occupy.
    pub limits: Limits,
    /// The audit log.
    pub audit: Audit,
    /// Rules for new keys.
    pub keys: Keys,
    /// The registration of clients.
    pub registration: Registration,
    /// Virtual security modules.
    pub hem: Hem,
    /// Payment operations.
    pub payments: Payments,
    /// Codes for values.
    pub vault: Vault,
    /// Log output.
    pub log: Log,
}

/// Addresses, ports, certificates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Address of every dialect listener.
    pub address: IpAddr,
    /// Serve plain HTTP and TCP to peers that are not on loopback.
    pub plaintext: bool,
    /// PEM chain; empty: development certificate.
    pub certificate: PathBuf,
    /// PEM private key of it.
    pub private_key: PathBuf,
    /// Address of `/metrics`, `/healthz`, `/readyz`.
    pub operator_address: IpAddr,
    /// Port of those; 0 picks a free one.
    pub operator_port: u16,
    /// Ports by dialect and listener; 0 picks a free one.
    pub ports: BTreeMap<String, BTreeMap<String, u16>>,
}

/// Where records live and how they are unlocked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Refuse everything that is only fit for development.
    pub production: bool,
    /// File whose first line is the passphrase; empty: see `key_file`.
    pub passphrase_file: PathBuf,
    /// File with 32 random bytes; empty in development: one in the data directory.
    pub key_file: PathBuf,
}

/// What computes, and how much may wait for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Engine {
    /// Which backend.
    pub backend: Backend,
    /// Runtimes, one per core; 0: as many as there are cores.
    pub cores: usize,
    /// Threads for RSA, for key generation and passwords, and for batches that a core hands on; 0:
    /// as many as there are cores, for RSA one fewer.
    pub pool_threads: usize,
    /// RSA keys of each size that are kept ready once one of the size was created.
    pub rsa_keys_ready: usize,
    /// Estimated symmetric work that may wait, in microseconds, for each core.
    pub aes_outstanding_us: u64,
    /// Estimated RSA work that may wait, in microseconds, for each pool thread.
    pub rsa_outstanding_us: u64,
    /// Estimated password and key generation work that may wait, likewise.
    pub dear_outstanding_us: u64,
    /// A request not finished by then is dropped and answered as timed out.
    pub deadline_ms: u64,
}

/// What clients may occupy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Longest request body.
    pub body_bytes_max: usize,
    /// Longest request head; a GET carries its payload there.
    pub head_bytes_max: usize,
    /// From the end of a request's head to the end of its body.
    pub body_ms: u64,
    /// A connection without a request is closed after this.
    pub idle_ms: u64,
    /// Connections of all clients together.
    pub connections_max: usize,
    /// Connections of one client address; loopback is exempt.
    pub connections_per_peer_max: usize,
    /// Requests at once on one HTTP/2 or HTTP/3 connection.
    pub streams_per_connection_max: u32,
    /// How long shutdown waits for admitted requests.
    pub grace_ms: u64,
}

/// When a data operation's audit entry is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Within 50 ms of the answer.
    #[default]
    Bulk,
    /// Before the answer.
    Strict,
}

/// The audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// When data operations are on disk.
    pub data: Durability,
    /// Ed25519 key that signs checkpoints; empty in development: one in the data directory.
    pub signing_key_file: PathBuf,
    /// A checkpoint at least every so many entries.
    pub checkpoint_entries: u64,
    /// And at least every so many seconds while there are new entries.
    pub checkpoint_seconds: u64,
    /// Where checkpoints are sent as well: `file:PATH`, `syslog:PATH`, `http://HOST:PORT/PATH`.
    pub witnesses: Vec<String>,
}

/// Which data lengths new AES keys accept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockLengths {
    /// 16 bytes.
    OneBlock,
    /// 16 or 32 bytes.
    #[default]
    OneOrTwoBlocks,
}

/// Rules for new keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Which data lengths new AES keys accept.
    pub block_lengths: BlockLengths,
}

/// The registration of clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// Whether `create` is open to everyone who reaches the port.
    pub open: bool,
    /// API keys of one client.
    pub api_keys_max: u32,
    /// Keys of one client.
    pub objects_max: u32,
    /// Host name under which clients are told to reach the gateway.
    pub host: String,
    /// Domain under which enrolled clients get their names.
    pub domain_suffix: String,
    /// File whose first line is the token of whoever approves key types; empty: nobody can.
    pub approval_token_file: PathBuf,
}

/// Form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// For machines.
    Json,
}

/// Log output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Form of the lines.
    pub format: LogFormat,
    /// What is logged, as `level` or `module=level,…`.
    pub filter: String,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            plaintext: false,
            certificate: PathBuf::new(),
            private_key: PathBuf::new(),
            operator_address: IpAddr::from([127, 0, 0, 1]),
            operator_port: 9180,
            ports: default_ports(),
        }
    }
}

/// The ports that the dialects' own documents name.
fn default_ports() -> BTreeMap<String, BTreeMap<String, u16>> {
    let ports = |dialect: &&dyn typex_dialect::Dialect| {
        let listeners = dialect.listeners().iter();
        listeners.map(|listener| (listener.name.to_owned(), listener.default_port)).collect()
    };
    typex_dialect::DIALECTS
        .iter()
        .map(|dialect| (dialect.name().to_owned(), ports(dialect)))
        .collect()
}

impl Default for Engine {
    fn default() -> Self {
        let tuning = typex_engine::Tuning::default();
        Self {
            backend: Backend::default(),
            cores: 0,
            pool_threads: 0,
            rsa_keys_ready: 4,
            aes_outstanding_us: tuning.aes_outstanding_ns / 1000,
            rsa_outstanding_us: tuning.rsa_outstanding_ns / 1000,
            dear_outstanding_us: tuning.dear_outstanding_ns / 1000,
            deadline_ms: 5_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: limits::BODY_BYTES,
            head_bytes_max: limits::HEAD_BYTES,
            body_ms: milliseconds(limits::BODY_TIME),
            idle_ms: milliseconds(limits::IDLE_TIME),
            connections_max: limits::CONNECTIONS_MAX,
            connections_per_peer_max: limits::CONNECTIONS_PER_PEER,
            streams_per_connection_max: limits::STREAMS_MAX,
            grace_ms: 10_000,
        }
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            data: Durability::Bulk,
            signing_key_file: PathBuf::new(),
            checkpoint_entries: CHECKPOINT_ENTRIES,
            checkpoint_seconds: CHECKPOINT_MS / 1000,
            witnesses: Vec::new(),
        }
    }
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            open: true,
            api_keys_max: 10,
            objects_max: 10_000,
            host: "localhost".to_owned(),
            domain_suffix: "gateway.localhost".to_owned(),
            approval_token_file: PathBuf::new(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info".to_owned() }
    }
}

impl Config {
    /// Reads `file` (or, without one, `typex.toml` in `data` if it exists), then lets environment
    /// variables override, then checks.
    ///
    /// # Errors
    /// [`ConfigError`] names the option, the value and what is allowed.
    pub fn load(
        file: Option<&Path>,
        data: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        load::load(file, data, environment)
    }
}
