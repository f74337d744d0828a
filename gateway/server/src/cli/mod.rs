//! The command line.

/// Prints a line; whoever reads the output may have read enough, and that ends the command.
macro_rules! say {
    ($($text:tt)*) => {
        std::io::Write::write_fmt(
            &mut std::io::stdout(),
            format_args!("{}\n", format_args!($($text)*)),
        )?
    };
}

mod audit;
#[cfg(feature = "bench")]
mod bench;
#[cfg(feature = "bench")]
mod bench_load;
#[cfg(feature = "bench")]
mod bench_view;
mod card;
mod doctor;
mod hem;
mod payments;
#[cfg(feature = "bench")]
mod peers;
mod run;
mod table;
#[cfg(feature = "bench")]
mod targets;
mod terminal;
mod tokens;

#[cfg(feature = "bench")]
pub use bench::{BenchCardArgs, BenchCommand};
#[cfg(feature = "bench")]
pub use bench_load::BenchLoadArgs;
pub use payments::{
    AccessKeyCommand, ComponentsCommand, OwnArgs, PairArgs, PairCommand, PaymentKeyCommand,
    PaymentsCommand,
};
#[cfg(feature = "bench")]
pub use peers::BenchPeersArgs;
pub use run::run;
#[cfg(feature = "bench")]
pub use targets::BenchCheckArgs;
pub use tokens::{DomainArgs, DomainCommand, DomainNamed, RightsCommand, TokensCommand};

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};

use crate::config::{CardKind, backend_names};

/// The data directory, unless another is named.
pub(crate) const DATA: &str = "data";

/// The open payment HSM: a crypto gateway that speaks existing APIs.
#[derive(Parser)]
#[command(name = "typex", version, about, propagate_version = true)]
#[command(after_help = "Without a command, typex serves. A first start makes what is missing: a \
    store for development in ./data, certificates for localhost, and demo objects.\n\n\
    Configuration: typex.toml in the data directory, or --config FILE; every option there can be \
    overridden by TYPEX_<SECTION>_<OPTION>.")]
pub struct Cli {
    /// Directory of the store, the audit log and development certificates.
    #[arg(long, global = true, value_name = "DIR", default_value = DATA, env = "TYPEX_DATA")]
    pub data: PathBuf,
    /// Configuration file; default: typex.toml in the data directory, if there is one.
    #[arg(long, global = true, value_name = "FILE", env = "TYPEX_CONFIG")]
    pub config: Option<PathBuf>,
    /// Options of `serve`, which is what runs without a command.
    #[command(flatten)]
    pub serve: ServeArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Everything `typex` can do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve every dialect until SIGTERM or SIGINT.
    Serve(ServeArgs),
    /// Make a data directory: store, configuration file, keys.
    Init(InitArgs),
    /// Look at keys and end their life.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Clients and their API keys.
    #[command(subcommand)]
    Client(ClientCommand),
    /// Virtual security modules of the Encedo HEM dialect.
    #[command(subcommand)]
    Hem(HemCommand),
    /// Access keys, granted pairs and keys of payment operations.
    #[command(subcommand)]
    Payments(PaymentsCommand),
    /// Domains of tokens, rights to them, how full they are.
    #[command(subcommand)]
    Tokens(TokensCommand),
    /// Read and verify the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The card of the running gateway: what it is, how it is doing.
    Card(CardArgs),
    /// Measure.
    #[cfg(feature = "bench")]
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Check every record of the store. The gateway must not be running.
    Fsck,
    /// Write a consistent, sealed copy of the store to FILE; the gateway may be running.
    Backup {
        /// Must not exist yet.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Make a data directory from a backup. The directory must be empty or absent.
    Restore {
        /// A file that `backup` wrote.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check this machine, the configuration, the store and the certificates.
    Doctor,
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Write man pages into a directory.
    Man {
        /// Must exist.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Options of `typex serve`.
#[derive(Args, Clone, Default)]
pub struct ServeArgs {
    /// Write FILE once every listener accepts: JSON with version, pid and listeners, each of these
    /// with dialect, listener, transport and address.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// What computes. Overrides engine.backend.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(backend_names()))]
    pub backend: Option<String>,
    /// Which card the backend drives. Overrides card.kind.
    #[arg(long, value_name = "KIND")]
    pub card: Option<CardKind>,
    /// Another port for one listener, as DIALECT.LISTENER=PORT; 0 picks a free one. Repeatable.
    #[arg(long = "port", value_name = "NAME=PORT")]
    pub ports: Vec<String>,
    /// A free port for every listener.
    #[arg(long)]
    pub free_ports: bool,
}

/// Options of `typex init`.
#[derive(Args)]
pub struct InitArgs {
    /// For production: no demo objects, no development certificates, a passphrase or key file.
    #[arg(long)]
    pub production: bool,
    /// File whose first line is the passphrase.
    #[arg(long, value_name = "FILE", conflicts_with = "key_file")]
    pub passphrase_file: Option<PathBuf>,
    /// File with 32 random bytes, outside the data directory.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Where the audit signing key is or will be made; outside the data directory.
    #[arg(long, value_name = "FILE")]
    pub signing_key: Option<PathBuf>,
}

/// `typex key`.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// List keys: id, partition, object, usage or algorithm, state, label.
    List {
        /// Only this partition.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show all that is public about a key.
    Show {
        /// As `key list` prints it; PARTITION/ID where several partitions have it.
        id: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Stop a key from being used until it is resumed.
    Suspend {
        /// As `key list` prints it; PARTITION/ID where several partitions have it.
        id: String,
    },
    /// Let a suspended key be used again.
    Resume {
        /// As `key list` prints it; PARTITION/ID where several partitions have it.
        id: String,
    },
    /// Erase the material of a key for ever.
    Destroy {
        /// As `key list` prints it; PARTITION/ID where several partitions have it.
        id: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Bring in a payment key in components, each by another custodian of the running gateway.
    #[command(subcommand)]
    Components(ComponentsCommand),
}

/// `typex client`.
#[derive(Subcommand)]
pub enum ClientCommand {
    /// Make a client with one API key; prints both, once.
    Add {
        /// A name for people.
        name: String,
    },
    /// Confirm a registration, so that its client may be created.
    Confirm {
        /// The `clientid` that opening it answered.
        #[arg(value_name = "CLIENTID")]
        registration: String,
    },
    /// List clients.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a client and its API keys at once.
    Revoke {
        /// As `client list` prints it.
        id: String,
    },
}

/// `typex hem`.
#[derive(Subcommand)]
pub enum HemCommand {
    /// Make a module without an owner; a running gateway serves it at once.
    Add {
        /// The host name by which clients call it.
        name: String,
    },
    /// List modules: name, partition, state, owner, the name that the owner gave it.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Let a module serve again that its owner shut down.
    Start {
        /// As `hem list` prints it.
        name: String,
    },
    /// Erase a module with its keys and logs for ever.
    Remove {
        /// As `hem list` prints it.
        name: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Run a check-in service, which confirms the time to modules, until interrupted.
    Backend {
        /// File with its private key; made if it does not exist.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Loopback address and port.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8190")]
        listen: SocketAddr,
    },
}

/// `typex card`.
#[derive(Args)]
pub struct CardArgs {
    /// As JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Nothing: show everything that is known of it.
    #[command(subcommand)]
    pub action: Option<CardAction>,
}

/// What may be done with a card.
#[derive(Subcommand)]
pub enum CardAction {
    /// Run the known-answer tests of the card; jobs of the card wait meanwhile.
    Selftest,
    /// Reset the card, load everything again and put it back to work; requests go on meanwhile.
    Reset,
    /// Print the last transactions of its link, without what they carried.
    Trace {
        /// How many.
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        last: usize,
        /// Keep printing as transactions come.
        #[arg(long, short)]
        follow: bool,
    },
}

/// `typex audit`.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Verify every entry, chain, signature and root.
    Verify {
        /// A checkpoint kept elsewhere: finds rollback and forks as well.
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    /// Print entries.
    Show {
        /// Keep printing as entries come.
        #[arg(long, short)]
        follow: bool,
        /// Only this partition.
        #[arg(long, value_name = "ID")]
        partition: Option<String>,
        /// Only this action, for example process_data.
        #[arg(long, value_name = "NAME")]
        action: Option<String>,
        /// Only failures and refusals.
        #[arg(long)]
        failed: bool,
        /// Only the last COUNT.
        #[arg(long, value_name = "COUNT")]
        last: Option<usize>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
}
