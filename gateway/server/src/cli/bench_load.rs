//! `typex bench load`: options, and who watches.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use typex_bench::load::{
    self, Arrivals, Changes, Clients, Gateway, Options, Report, SHIPPED, Scenario, Target,
};

use super::bench_view::{View, summary};
use super::run::Failure;
use crate::config::backend_names;

/// By which a client process knows what it is.
const CLIENT: [&str; 2] = ["bench", "load-client"];

/// Options of `typex bench load`.
#[derive(clap::Args)]
#[command(
    after_help = "docs/benchmarking.md explains every option, every field of a scenario and \
    every field of the JSON."
)]
pub struct BenchLoadArgs {
    /// A file, or the name of a scenario that is built in; without one, those are listed.
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,
    /// Measure what is there, not a gateway of its own: URL, or LISTENER=URL. Repeatable.
    #[arg(long = "target", value_name = "URL")]
    targets: Vec<String>,
    /// Certificates to trust, in PEM.
    #[arg(long, value_name = "FILE", requires = "targets")]
    ca: Option<PathBuf>,
    /// A process of the target; default: those that listen there. Repeatable.
    #[arg(long = "pid", value_name = "PID", requires = "targets")]
    pids: Vec<u32>,
    /// What computes in the gateway of its own.
    #[arg(long, value_name = "NAME", conflicts_with = "targets",
        value_parser = clap::builder::PossibleValuesParser::new(backend_names()))]
    backend: Option<String>,
    /// Cores that the gateway of its own may use, as 0,1. Default: all.
    #[arg(long, value_name = "CORES", value_delimiter = ',', conflicts_with = "targets")]
    cores: Vec<usize>,
    /// Client processes.
    #[arg(long, value_name = "COUNT", default_value_t = 1,
        value_parser = clap::value_parser!(u64).range(1..=64))]
    processes: u64,
    /// Seconds of every measurement.
    #[arg(long, value_name = "SECONDS")]
    duration: Option<f64>,
    /// Seconds before every measurement.
    #[arg(long, value_name = "SECONDS")]
    warm_up: Option<f64>,
    /// Only open loops, at these rates, in requests per second. Repeatable.
    #[arg(long = "rate", value_name = "RATE", conflicts_with = "loads")]
    rates: Vec<f64>,
    /// Only a closed loop and open loops, at these shares of its rate. Repeatable.
    #[arg(long = "load", value_name = "SHARE")]
    loads: Vec<f64>,
    /// Only a closed loop.
    #[arg(long, conflicts_with_all = ["rates", "loads"])]
    closed: bool,
    /// When requests of open loops are due: poisson or constant.
    #[arg(long, value_name = "KIND")]
    arrivals: Option<Arrivals>,
    /// Connections of every link.
    #[arg(long, value_name = "COUNT")]
    connections: Option<usize>,
    /// Requests under way on a connection, of every link but those of HTTP/1.1.
    #[arg(long, value_name = "COUNT")]
    streams: Option<usize>,
    /// Seed of arrivals and of what requests carry.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Every so many answers one is opened and compared.
    #[arg(long, value_name = "COUNT")]
    verify_every: Option<u64>,
    /// Write the result as JSON; - is standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with plots.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Measures. The status is 1 if requests failed, or the run was ended.
pub(super) fn load(args: &BenchLoadArgs) -> Result<ExitCode, Failure> {
    let Some(named) = &args.scenario else {
        return list().map(|()| ExitCode::SUCCESS);
    };
    let (name, mut scenario) = scenario(named)?;
    scenario.change(&changes(args))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The second one ends the process as if nobody had listened.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut gateway = None;
    let target = match args.targets.is_empty() {
        true => {
            let started = Gateway::start(&std::env::current_exe()?, &scenario.gateway)?;
            started.furnish(&mut scenario)?;
            gateway.insert(started).target()?
        }
        false => target(args)?,
    };
    let options = Options { name, scenario, target, clients: clients(args)?, stop };
    let mut view = View::new();
    let report = load::run(&options, &mut |event| view.show(&event));
    view.clear();
    drop(gateway);
    let report = report?;
    write(args, &report)?;
    let is_well = report.complete && report.failures() == 0;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The life of a client process.
pub(super) fn client() -> Result<(), Failure> {
    Ok(load::client_process()?)
}

fn list() -> Result<(), Failure> {
    for (name, text) in SHIPPED {
        say!("{name:<22} {}", Scenario::parse(text)?.about);
    }
    Ok(())
}

/// Whatever has a separator or an ending is a file.
fn scenario(named: &str) -> Result<(String, Scenario), Failure> {
    if let Some((name, text)) = SHIPPED.iter().find(|(name, _)| *name == named) {
        return Ok(((*name).to_owned(), Scenario::parse(text)?));
    }
    let path = Path::new(named);
    if !path.exists() && !named.contains(['/', '.']) {
        return Err(format!("there is no scenario {named}: typex bench load lists them").into());
    }
    Ok((load::name_of(path), Scenario::read(path)?))
}

fn changes(args: &BenchLoadArgs) -> Changes {
    Changes {
        seconds: args.duration,
        warm_up: args.warm_up,
        rates: args.rates.clone(),
        loads: args.loads.clone(),
        closed: args.closed,
        arrivals: args.arrivals,
        connections: args.connections,
        streams: args.streams,
        seed: args.seed,
        verify_every: args.verify_every,
        backend: args.backend.clone(),
        cores: args.cores.clone(),
    }
}

fn target(args: &BenchLoadArgs) -> Result<Target, Failure> {
    let mut target = Target::urls(&args.targets)?;
    if let Some(file) = &args.ca {
        target.trust(file)?;
    }
    if !args.pids.is_empty() {
        target.processes = args.pids.clone();
    }
    Ok(target)
}

fn clients(args: &BenchLoadArgs) -> Result<Clients, Failure> {
    Ok(match usize::try_from(args.processes)? {
        1 => Clients::Thread,
        count => Clients::Processes {
            count,
            program: std::env::current_exe()?,
            arguments: CLIENT.map(str::to_owned).to_vec(),
        },
    })
}

fn write(args: &BenchLoadArgs, report: &Report) -> Result<(), Failure> {
    let is_output = args.json.as_deref() == Some(Path::new("-"));
    if !is_output {
        summary(report)?;
    }
    if let Some(path) = &args.json {
        let mut text = serde_json::to_string_pretty(report)?;
        text.push('\n');
        match is_output {
            true => std::io::stdout().write_all(text.as_bytes())?,
            false => std::fs::write(path, text)?,
        }
    }
    if let Some(path) = &args.html {
        std::fs::write(path, load::page(report)?)?;
        eprintln!("{}", path.display());
    }
    Ok(())
}
