//! The figures of a card, as JSON on the standard output, and as plots.
//!
//! `cargo run --release -p typex-bench --example figures -- [OPTION VALUE]…`
//!
//! `--card model` or `rtl`, which needs `--features cosim`; `--only PREFIX` measures rows whose names begin like this (repeatable), `--messages N` of a main row,
//! `--sweep-messages N` of a sweep's row (0: no sweeps), `--seed N`, `--plots FOLDER`.

use pcie_sim::Device;
use std::error::Error;
use std::path::PathBuf;
use typex_abi::CardKind;
use typex_bench::card::{self, BenchError, Identity, Options, Row};
use typex_card::CardOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { kind, options, plots } = arguments()?;
    let mut progress = |row: &Row| eprintln!("{}", line(row));
    let report = card::run(&identity(kind), &options, &mut || build(kind), &mut progress)?;
    if let Some(folder) = plots {
        std::fs::create_dir_all(&folder)?;
        for path in card::plots(&report, &folder)? {
            eprintln!("{}", path.display());
        }
    }
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

struct Arguments {
    kind: CardKind,
    options: Options,
    plots: Option<PathBuf>,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let (mut kind, mut options, mut plots) = (CardKind::Model, Options::default(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("each option has a value")?;
        match name.as_str() {
            "--only" => options.only.push(value),
            "--messages" => options.messages = value.parse()?,
            "--sweep-messages" => options.sweep_messages = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--plots" => plots = Some(value.into()),
            "--card" if value == CardKind::Rtl.name() => kind = CardKind::Rtl,
            "--card" if value == CardKind::Model.name() => kind = CardKind::Model,
            other => return Err(format!("no option {other}").into()),
        }
    }
    if options.sweep_messages == 0 {
        options.sweeps.clear();
    }
    Ok(Arguments { kind, options, plots })
}

fn line(row: &Row) -> String {
    let figure = &row.figure;
    let target = figure.target.map_or(String::new(), |target| {
        let met = if figure.met == Some(true) { "met" } else { "MISSED" };
        format!(", target {target:.3} {met}")
    });
    let rate = row.cosim_cycles_per_s;
    let rate = rate.map_or(String::new(), |rate| format!("; {:.3} M cycles/s of CPU", rate / 1e6));
    let ns = row.latency_ns;
    format!(
        "{}: {:.4} {}{target}; {:.2} M/s of {:.1}, {:.3} blocks/cycle, {} to {} ns{rate}",
        row.name,
        figure.value,
        figure.unit,
        row.messages_per_s / 1e6,
        row.ceiling_messages_per_s / 1e6,
        row.blocks_per_cycle_per_lane,
        ns.min,
        ns.max
    )
}

/// A new card of a kind, for each row.
fn build(kind: CardKind) -> Result<Box<dyn Device>, BenchError> {
    typex_card::device(kind, &CardOptions::default())
        .map_err(|error| BenchError::NoCard(error.into()))
}

fn identity(kind: CardKind) -> Identity {
    let rtl_hash = if kind == CardKind::Rtl { RTL_HASH.to_owned() } else { String::new() };
    Identity { card: kind.name().to_owned(), rtl_hash }
}

#[cfg(feature = "cosim")]
const RTL_HASH: &str = verilated::shape::RTL_HASH;
#[cfg(not(feature = "cosim"))]
const RTL_HASH: &str = "";
