//! `typex bench`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use pcie_sim::Device;
use typex_bench::card::{self, BenchError, Identity, Options, Report, Row, Sweep};
use typex_card::CardOptions;

use super::bench_load::{BenchLoadArgs, client, load};
use super::peers::{self, BenchPeersArgs};
use super::run::Failure;
use super::table::rows;
use super::targets::{self, BenchCheckArgs};
use crate::card::{abi_kind, available};
use crate::config::CardKind;

/// Messages of a sweep's row, as a share of those of a main row: it has dozens of rows.
const SWEEP_SHARE: u64 = 20;
/// Fewer have no steady part; more take hours on the RTL.
const MESSAGES: std::ops::RangeInclusive<u64> = 1000..=10_000_000;
/// How often the progress shows that the measurement lives.
const TICK: Duration = Duration::from_millis(100);

/// Things that can be measured.
#[derive(clap::Subcommand)]
pub enum BenchCommand {
    /// The card, in virtual time: exact and repeatable; no gateway is needed.
    Card(BenchCardArgs),
    /// The targets of the gateway: measures, or reads what `just bench-kernels` measured, and fails
    /// if one is missed.
    Check(BenchCheckArgs),
    /// The gateway beside other servers and libraries: a table of ratios.
    Peers(BenchPeersArgs),
    /// A gateway or any other server under load: rates, latencies, CPU time.
    Load(Box<BenchLoadArgs>),
    /// A client process of `load`.
    #[command(hide = true)]
    LoadClient,
}

/// Options of `typex bench card`.
#[derive(clap::Args)]
pub struct BenchCardArgs {
    /// Which card. Figures are those of the RTL; the model's are for comparison.
    #[arg(long, value_name = "KIND", default_value = "model")]
    card: CardKind,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Only rows whose name begins like this, of the sweeps too. Repeatable.
    #[arg(long = "row", value_name = "NAME")]
    rows: Vec<String>,
    /// The sweeps as well: message size, lanes, link, ring size, backlog.
    #[arg(long)]
    sweeps: bool,
    /// Messages of each row; a sweep's rows have a twentieth.
    #[arg(long, value_name = "COUNT", default_value_t = 100_000,
        value_parser = clap::value_parser!(u64).range(MESSAGES))]
    messages: u64,
    /// Seed of messages, keys and latencies.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Draw the sweeps as SVG files into a directory.
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
}

/// Measures and prints. The status is 1 if what was measured failed.
pub(super) fn bench(command: &BenchCommand) -> Result<ExitCode, Failure> {
    match command {
        BenchCommand::Card(args) => of_card(args)?,
        BenchCommand::Check(args) => targets::run(args)?,
        BenchCommand::Peers(args) => peers::run(args)?,
        BenchCommand::Load(args) => return load(args),
        BenchCommand::LoadClient => client()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn of_card(args: &BenchCardArgs) -> Result<(), Failure> {
    let report = measure(args)?;
    if let Some(folder) = &args.plots {
        std::fs::create_dir_all(folder)?;
        for file in card::plots(&report, folder)? {
            eprintln!("{}", file.display());
        }
    }
    if args.json { print_json(&report) } else { print(&report) }
}

fn options(args: &BenchCardArgs) -> Options {
    let sweeps = args.sweeps || args.plots.is_some() || !args.rows.is_empty();
    Options {
        messages: args.messages,
        sweep_messages: (args.messages / SWEEP_SHARE).max(100),
        sweeps: if sweeps { Sweep::ALL.to_vec() } else { Vec::new() },
        only: args.rows.clone(),
        seed: args.seed,
        ..Options::default()
    }
}

fn measure(args: &BenchCardArgs) -> Result<Report, Failure> {
    let options = options(args);
    let names = card::names(&options);
    if names.is_empty() {
        return Err(format!("--row {}: no row begins like this", args.rows.join(" ")).into());
    }
    available(args.card)?;
    let progress = progress(args.card, names.len())?;
    let mut left = names.iter();
    let report = card::run(&identity(args.card), &options, &mut || device(args.card), &mut |_| {
        progress.inc(1);
        left.next();
    });
    progress.finish_and_clear();
    report.map_err(|error| format!("{}: {error}", left.next().unwrap_or(&String::new())).into())
}

fn identity(card: CardKind) -> Identity {
    let rtl_hash = match card {
        CardKind::Model => "",
        CardKind::Rtl => RTL_HASH,
    };
    Identity { card: card.name().to_owned(), rtl_hash: rtl_hash.to_owned() }
}

#[cfg(feature = "cosim")]
const RTL_HASH: &str = verilated::shape::RTL_HASH;
#[cfg(not(feature = "cosim"))]
const RTL_HASH: &str = "";

fn device(card: CardKind) -> Result<Box<dyn Device>, BenchError> {
    let device = typex_card::device(abi_kind(card), &CardOptions::default());
    device.map_err(|error| BenchError::NoCard(error.into()))
}

/// On standard error, and only if that is a terminal.
fn progress(card: CardKind, count: usize) -> Result<ProgressBar, Failure> {
    let bar = ProgressBar::new(count as u64);
    let style = "{prefix} {wide_bar} {pos}/{len} {elapsed}";
    bar.set_style(ProgressStyle::with_template(style)?);
    bar.set_prefix(format!("card={}", card.name()));
    bar.enable_steady_tick(TICK);
    Ok(bar)
}

fn print_json(report: &Report) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, report)?;
    Ok(writeln!(out)?)
}

fn print(report: &Report) -> Result<(), Failure> {
    say!(
        "card={} config={} clock={} MHz link={} latency={} seed={}, virtual time",
        report.card,
        report.config,
        report.clock_mhz,
        report.link,
        report.latency_profile,
        report.seed
    );
    if !report.rtl_hash.is_empty() {
        say!("rtl {}", report.rtl_hash);
    }
    say!("");
    let header = ["ROW", "VALUE", "UNIT", "TARGET", "LANES", "BYTES", "M/s", "Gbit/s", "p50 ns"];
    rows(header, report.rows.iter().map(cells))
}

fn cells(row: &Row) -> [String; 9] {
    let figure = &row.figure;
    let target = match (figure.target, figure.met) {
        (Some(target), Some(true)) => format!("{target:.2} met"),
        (Some(target), _) => format!("{target:.2} MISSED"),
        (None, _) => String::new(),
    };
    [
        row.name.clone(),
        format!("{:.3}", figure.value),
        figure.unit.to_owned(),
        target,
        row.lanes.to_string(),
        row.data_bytes.to_string(),
        format!("{:.2}", row.messages_per_s / 1e6),
        format!("{:.2}", row.gbit_per_s),
        row.latency_ns.p50.to_string(),
    ]
}
