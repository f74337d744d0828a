//! Carries out what the command line asks for.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use typex_store::{Mark, StoreError, Unlock};

use super::{AuditCommand, Cli, ClientCommand, Command, InitArgs, KeyCommand, ServeArgs};
use super::{audit, card, doctor, hem, payments, table, tokens};
use crate::admin::{self, Answer, Change, Desk, Request};
use crate::config::{Backend, Config, LogFormat};
use crate::opening::{self, OpenError};
use crate::serve;

const WITHOUT_CONFIGURATION: &str = "carried out without a configuration";

/// Whatever ends a command with a message.
pub(super) type Failure = Box<dyn std::error::Error>;

/// Runs one command. The exit status is 1 when what was checked is not in order.
///
/// # Errors
/// A message for the person at the terminal.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let data = cli.data.as_path();
    let command = cli.command.unwrap_or_else(|| Command::Serve(cli.serve.clone()));
    match command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "typex", &mut script);
            std::io::stdout().write_all(&script)?;
        }
        Command::Man { dir } => clap_mangen::generate_to(Cli::command(), dir)?,
        Command::Init(args) => init(data, &args)?,
        #[cfg(feature = "bench")]
        Command::Bench(command) => return super::bench::bench(&command),
        command => {
            let config = Config::load(cli.config.as_deref(), data, environment())?;
            return configured(command, data, config);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Variables that are not Unicode cannot be ours.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
}

fn configured(command: Command, data: &Path, mut config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => {
            apply(&args, &mut config)?;
            start_logging(&config)?;
            serve::serve(data, &config, args.ready_file.as_deref())?;
        }
        Command::Key(command) => key(data, &config, command)?,
        Command::Client(command) => client(data, &config, command)?,
        Command::Hem(command) => hem::hem(data, &config, command)?,
        Command::Tokens(command) => tokens::tokens(data, &config, command)?,
        Command::Payments(command) => payments::payments(data, &config, command)?,
        Command::Audit(AuditCommand::Verify { since }) => {
            return audit::verify(data, &config, since.as_deref());
        }
        Command::Audit(show) => audit::show(data, show)?,
        Command::Card(args) => return card::card(data, &args),
        Command::Fsck => return fsck(data, &config),
        Command::Backup { file } => backup(data, &config, file)?,
        Command::Restore { file } => restore(data, &config, &file)?,
        Command::Doctor => return doctor::doctor(data, &config),
        #[cfg(feature = "bench")]
        Command::Bench(_) => unreachable!("{WITHOUT_CONFIGURATION}"),
        Command::Init(_) | Command::Completions { .. } | Command::Man { .. } => {
            unreachable!("{WITHOUT_CONFIGURATION}")
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Options of the command line win over file and environment.
fn apply(args: &ServeArgs, config: &mut Config) -> Result<(), Failure> {
    if let Some(name) = args.backend.clone() {
        config.engine.backend = Backend::try_from(name)?;
    }
    if let Some(kind) = args.card {
        if !config.engine.backend.needs_card() {
            return Err("--card needs a backend that drives one: add --backend fpga".into());
        }
        config.card.kind = kind;
    }
    if args.free_ports {
        config.listen.ports.values_mut().flat_map(|ports| ports.values_mut()).for_each(|p| *p = 0);
        config.listen.operator_port = 0;
    }
    for text in &args.ports {
        let named = text.split_once('=').and_then(|(name, port)| {
            let (dialect, listener) = name.split_once('.')?;
            let known = config.listen.ports.get_mut(dialect)?.get_mut(listener)?;
            Some((known, port.parse().ok()?))
        });
        let (known, port) =
            named.ok_or_else(|| format!("--port {text}: must be DIALECT.LISTENER=PORT"))?;
        *known = port;
    }
    Ok(())
}

fn start_logging(config: &Config) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.filter)
        .map_err(|error| format!("log.filter = {}: {error}", config.log.filter))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Human => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

fn init(data: &Path, args: &InitArgs) -> Result<(), Failure> {
    if opening::exists(data) {
        return Err(format!("{} holds a store already", data.display()).into());
    }
    let mut config = Config::default();
    config.store.production = args.production;
    config.store.passphrase_file = args.passphrase_file.clone().unwrap_or_default();
    config.store.key_file = args.key_file.clone().unwrap_or_default();
    config.audit.signing_key_file = args.signing_key.clone().unwrap_or_default();
    if args.production && args.signing_key.is_none() {
        return Err("--production needs --signing-key FILE outside the data directory".into());
    }
    let store = &config.store;
    let keys = [&store.key_file, &store.passphrase_file, &config.audit.signing_key_file];
    refuse_inside(data, keys, args)?;
    let unlock = opening::unlock(data, &config)?;
    let mark = if args.production { Mark::Production } else { Mark::Development };
    opening::create(data, &unlock, mark)?;
    if let Some(path) = &args.signing_key
        && !path.exists()
    {
        typex_store::create_signing_key(path)?;
    }
    std::fs::write(data.join("typex.toml"), configuration(&config))?;
    say!("{} made. Its configuration is typex.toml there.", data.display());
    if args.production {
        say!("Set listen.certificate and listen.private_key, then run `typex serve`.");
        if let Unlock::KeyFile(path) = unlock {
            say!("Keep {} safe: without it the store cannot be opened.", path.display());
        }
    }
    Ok(())
}

/// Keys that lie beside what they protect protect nothing.
fn refuse_inside(
    data: &Path,
    files: [&std::path::PathBuf; 3],
    args: &InitArgs,
) -> Result<(), Failure> {
    for file in files.into_iter().filter(|file| !file.as_os_str().is_empty()) {
        if args.production && opening::lies_inside(file, data) {
            return Err(format!("{} lies inside the data directory", file.display()).into());
        }
    }
    Ok(())
}

/// The documented file with the options that `init` was told.
fn configuration(config: &Config) -> String {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let changes = [
        ("production = false", format!("production = {}", config.store.production)),
        (
            "passphrase_file = \"\"",
            format!("passphrase_file = {}", quoted(&config.store.passphrase_file)),
        ),
        ("\nkey_file = \"\"", format!("\nkey_file = {}", quoted(&config.store.key_file))),
        (
            "signing_key_file = \"\"",
            format!("signing_key_file = {}", quoted(&config.audit.signing_key_file)),
        ),
        (
            "block_lengths = \"one-or-two-blocks\"",
            if config.store.production {
                "block_lengths = \"one-block\"".to_owned()
            } else {
                "block_lengths = \"one-or-two-blocks\"".to_owned()
            },
        ),
    ];
    changes
        .iter()
        .fold(crate::config::EXAMPLE.to_owned(), |text, (from, to)| text.replacen(from, to, 1))
}

/// Asks the gateway that runs, or opens the store itself.
pub(super) fn ask(data: &Path, config: &Config, request: Request) -> Result<Answer, Failure> {
    let answer = match admin::ask(data, &request)? {
        Some(answer) => answer,
        None => {
            if !opening::exists(data) {
                let text = "holds no store: start typex there, or name its directory by --data";
                return Err(format!("{} {text}", data.display()).into());
            }
            let store = opening::open(data, config).map_err(unheard)?;
            let desk = Desk::alone(&store, config.payments.rules());
            let answer = admin::perform(&desk, request);
            store.close()?;
            answer
        }
    };
    match answer {
        Answer::Refused { reason } => Err(reason.into()),
        answer => Ok(answer),
    }
}

/// A store in use means a process that would have answered, had it been able to.
fn unheard(error: OpenError) -> Failure {
    match error {
        OpenError::Store(StoreError::InUse) => {
            "the store is in use by a process that does not answer at control.sock: a gateway that \
             starts or ends, or another command: try again; otherwise see the gateway's log"
                .into()
        }
        error => error.into(),
    }
}

fn key(data: &Path, config: &Config, command: KeyCommand) -> Result<(), Failure> {
    let change = |id, to| ask(data, config, Request::ChangeKey { id, to }).map(drop);
    match command {
        KeyCommand::List { partition, json } => {
            table::keys(ask(data, config, Request::Keys { partition })?, json)
        }
        KeyCommand::Show { id, json } => table::key(ask(data, config, Request::Key { id })?, json),
        KeyCommand::Suspend { id } => change(id, Change::Suspend),
        KeyCommand::Resume { id } => change(id, Change::Resume),
        KeyCommand::Destroy { id, yes } => {
            if !yes && !confirmed(&format!("Erase the material of key {id} for ever?"))? {
                return Err("nothing done".into());
            }
            change(id, Change::Destroy)
        }
        KeyCommand::Components(command) => payments::components(data, config, command),
    }
}

fn client(data: &Path, config: &Config, command: ClientCommand) -> Result<(), Failure> {
    match command {
        ClientCommand::Add { name } => {
            table::added(ask(data, config, Request::AddClient { name })?)
        }
        ClientCommand::Confirm { registration } => {
            ask(data, config, Request::ConfirmClient { registration }).map(drop)
        }
        ClientCommand::List { json } => table::clients(ask(data, config, Request::Clients)?, json),
        ClientCommand::Revoke { id } => ask(data, config, Request::RevokeClient { id }).map(drop),
    }
}

pub(super) fn confirmed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err("not a terminal: confirm with --yes".into());
    }
    write!(std::io::stdout(), "{question} Type yes: ")?;
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim() == "yes")
}

fn fsck(data: &Path, config: &Config) -> Result<ExitCode, Failure> {
    let report = typex_store::fsck(&opening::store_dir(data), &opening::unlock(data, config)?)?;
    say!("{} records, epoch {}", report.records, report.epoch);
    for finding in &report.findings {
        say!("{finding}");
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn backup(data: &Path, config: &Config, file: std::path::PathBuf) -> Result<(), Failure> {
    let file = std::path::absolute(file)?;
    match ask(data, config, Request::Backup { file: file.clone() })? {
        Answer::BackedUp { records, epoch } => {
            say!("{}: {records} records, epoch {epoch}", file.display());
            Ok(())
        }
        _ => Err("the gateway gave another answer than asked for".into()),
    }
}

fn restore(data: &Path, config: &Config, file: &Path) -> Result<(), Failure> {
    let unlock = opening::unlock(data, config)?;
    opening::private_directory(data)?;
    let summary = typex_store::restore(file, &opening::store_dir(data), &unlock)?;
    say!("{}: {} records, epoch {}", data.display(), summary.records, summary.epoch);
    Ok(())
}
