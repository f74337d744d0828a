//! The figures of the cards that there are.

use pcie_sim::{Device, Latency};
use typex_abi::CardKind;
use typex_bench::card::{self, BenchError, Identity, Options, Report};
use typex_card::CardOptions;

fn device(kind: CardKind) -> Result<Box<dyn Device>, BenchError> {
    typex_card::device(kind, &CardOptions::default())
        .map_err(|error| BenchError::NoCard(error.into()))
}

fn measure(kind: CardKind, rtl_hash: &str, options: &Options) -> Result<Report, BenchError> {
    let identity = Identity { card: kind.name().into(), rtl_hash: rtl_hash.into() };
    card::run(&identity, options, &mut || device(kind), &mut |_| ())
}

fn short(seed: u64) -> Options {
    Options { messages: 600, sweep_messages: 100, sweeps: vec![], seed, ..Options::default() }
}

#[test]
fn the_model_meets_every_target() {
    let report = measure(CardKind::Model, "", &short(1)).unwrap();
    let missed = report.rows.iter().filter(|row| row.figure.met == Some(false));
    let missed: Vec<_> = missed.map(|row| (&row.name, row.figure.value)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    let with_target = report.rows.iter().filter(|row| row.figure.met.is_some()).count();
    assert!(with_target >= 7 && report.row("cbc64_key16").unwrap().keys_loaded > 30);
    assert_eq!((report.config.as_str(), report.lanes, report.clock_mhz), ("usp-model", 2, 250.0));
}

#[test]
fn the_seed_decides_every_digit() {
    let text = |seed| {
        let only = vec!["gcm64".into(), "idle64".into()];
        let options = Options { only, latency: Latency::bad_host(), ..short(seed) };
        serde_json::to_string(&measure(CardKind::Model, "", &options).unwrap()).unwrap()
    };
    assert_eq!(text(5), text(5));
    assert_ne!(text(5), text(6));
}

#[test]
#[cfg(feature = "cosim")]
fn the_model_agrees_with_the_rtl_within_1_percent() {
    let sweeps = vec![card::Sweep::Lanes, card::Sweep::Ring];
    let options = Options { sweeps, ..short(2) };
    let rtl = measure(CardKind::Rtl, verilated::shape::RTL_HASH, &options).unwrap();
    let model = measure(CardKind::Model, "", &options).unwrap();
    assert_eq!(rtl.rows.len(), model.rows.len());
    assert_eq!(model.differences(&rtl, 0.01), []);
}

#[test]
fn a_report_names_the_rtl_that_was_measured() {
    let identity = Identity { card: "rtl".into(), rtl_hash: "12345678".repeat(8) };
    let options = Options { only: vec!["idle64_gcm".into()], ..short(1) };
    let build = &mut || device(CardKind::Model);
    let error = card::run(&identity, &options, build, &mut |_| ()).unwrap_err();
    let named = 0x1234_5678;
    assert!(matches!(error, BenchError::OtherCard { named: n, build: 0 } if n == named));
}
