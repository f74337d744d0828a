//! How fast a vault makes tokens, and how it grows.
//!
//! ```text
//! cargo run --release -p typex-store --example vault
//! ```
//!
//! 64 callers ask at once, each for its next token when it has the one before; every tenth asks
//! for a value that has one. The store is a real one, on the disk of the directory for temporary
//! files: each answer is durable. The engine's part, drawing and sealing, is left out: candidates
//! are made up. A million tokens, with `--full` ten, or as many as a number says; a row each
//! hundredth of the way. With `--out DIR` the rows go there as `vault.csv`, drawn in `vault.svg`.
//! Tokens keep the last four digits, or what `--keep FRONT+END` says: where few values are left
//! they are counted, which costs a row more.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plotters::prelude::*;
use typex_core::limits::VAULT_TOKENS_MAX;
use typex_core::token::domain::{
    DomainLimits, DomainRecord, Mode, NewDomain, NewScheme, Scheme, Vault,
};
use typex_core::token::vault::Sealed;
use typex_core::token::{Alphabet, DomainName, Layout, LuhnMode, Metadata, Pattern};
use typex_core::{KeyId, PartitionId, Secret, UnixMs};
use typex_store::{Candidate, KdfCost, Mark, NewStore, NewToken, Options, Store, Unlock};

const CALLERS: u64 = 64;
const STEPS: u64 = 100;
const DIGITS: usize = 16;
const NOW: UnixMs = UnixMs(1_000_000);

type Failed = Box<dyn std::error::Error>;

/// What to do.
struct Plan {
    tokens: u64,
    layout: Layout,
    out: Option<PathBuf>,
}

/// A stretch of the way.
struct Figure {
    tokens: u64,
    per_second: f64,
    p50_us: f64,
    p99_us: f64,
    file_mib: f64,
}

fn main() -> Result<(), Failed> {
    let plan = plan()?;
    let dir = tempfile::tempdir()?;
    let store = open(&dir.path().join("data"), &plan.layout)?;
    println!("tokens      per second  p50 us   p99 us   file MiB");
    let (mut figures, mut made) = (vec![], 0);
    while made < plan.tokens {
        let next = (plan.tokens / STEPS).max(CALLERS).min(plan.tokens - made);
        let figure = stretch(&store, &plan.layout, made, next, dir.path())?;
        made += next;
        println!(
            "{:>9}  {:>10.0}  {:>7.0}  {:>7.0}  {:>8.1}",
            figure.tokens, figure.per_second, figure.p50_us, figure.p99_us, figure.file_mib
        );
        figures.push(figure);
    }
    summary(&figures);
    store.close()?;
    reopen(&dir.path().join("data"))?;
    match &plan.out {
        Some(out) => write(out, &figures),
        None => Ok(()),
    }
}

fn plan() -> Result<Plan, Failed> {
    let (mut tokens, mut kept, mut out) = (1_000_000, (0, 4), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--full" => tokens = 10_000_000,
            "--out" => out = Some(arguments.next().ok_or("--out needs a directory")?.into()),
            "--keep" => {
                let text = arguments.next().ok_or("--keep needs FRONT+END")?;
                let (front, end) = text.split_once('+').ok_or("--keep needs FRONT+END")?;
                kept = (front.parse()?, end.parse()?);
            }
            count => tokens = count.parse()?,
        }
    }
    let layout = Layout::new(kept.0, kept.1, LuhnMode::Free, Alphabet::Digits)?;
    Ok(Plan { tokens, layout, out })
}

fn unlock() -> Unlock {
    Unlock::Passphrase(Secret::new("of no store that lasts".to_owned()))
}

fn open(path: &Path, layout: &Layout) -> Result<Store, Failed> {
    let new = NewStore { mark: Mark::Test, kdf: KdfCost::TEST, created: UnixMs(1) };
    Store::create(path, &unlock(), &new)?;
    let store = Store::open(path, &unlock(), Options::default())?;
    let domain = domain(layout)?;
    store.write(move |tx| tx.create_token_domain(&domain)).wait()?;
    Ok(store)
}

fn domain(layout: &Layout) -> Result<DomainRecord, Failed> {
    let limits = DomainLimits { tokens_max: VAULT_TOKENS_MAX, ..DomainLimits::default() };
    let scheme = NewScheme::Vaulted { deterministic: true, ttl_ms: None };
    let new =
        NewDomain { name: DomainName::parse("cards")?, layout: layout.clone(), scheme, limits };
    let mode = Mode::Deterministic { index: KeyId([8; 16]) };
    let vault = Vault { mode, ttl_ms: None, seal: KeyId([7; 16]), earlier: vec![] };
    Ok(DomainRecord::new(PartitionId([1; 16]), new, Scheme::Vaulted(vault), NOW)?)
}

/// Opening reads every row.
fn reopen(path: &Path) -> Result<(), Failed> {
    let start = Instant::now();
    Store::open(path, &unlock(), Options::default())?.close()?;
    println!("opened and verified again in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// `count` tokens after the first `made`.
fn stretch(
    store: &Store,
    layout: &Layout,
    made: u64,
    count: u64,
    dir: &Path,
) -> Result<Figure, Failed> {
    let next = Arc::new(AtomicU64::new(made));
    let times = Mutex::new(vec![]);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let own = call(store, layout, &next, made + count);
                times.lock().expect("no caller panics").extend(own);
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let mut times: Vec<Duration> = times.into_inner()?;
    times.sort();
    let at = |share: f64| {
        let place = ((times.len() - 1) as f64 * share) as usize;
        times[place].as_secs_f64() * 1e6
    };
    let bytes = dir.join("data/records.redb").metadata()?.len();
    Ok(Figure {
        tokens: made + count,
        per_second: times.len() as f64 / seconds,
        p50_us: at(0.5),
        p99_us: at(0.99),
        file_mib: bytes as f64 / 1_048_576.0,
    })
}

/// One caller: until all are made.
fn call(store: &Store, layout: &Layout, next: &AtomicU64, end: u64) -> Vec<Duration> {
    let mut times = vec![];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return times;
        }
        let new = new_token(layout, number);
        let again = number.is_multiple_of(10).then(|| new_token(layout, number / 2));
        for new in [Some(new), again].into_iter().flatten() {
            let start = Instant::now();
            let inserted = store.write(move |tx| tx.vault_insert_or_get(&new)).wait();
            inserted.expect("a token for every value");
            times.push(start.elapsed());
        }
    }
}

/// What asks for the token of the value of a number.
fn new_token(layout: &Layout, number: u64) -> NewToken {
    let value = format!("{:016}", mixed(number) % 10_000_000_000_000_000).into_bytes();
    let candidates = (0..8).map(|draw| {
        let mut token = value.clone();
        let drawn = format!("{:016}", mixed(number ^ ((draw + 1) << 48)) % 10_000_000_000_000_000);
        let free = usize::from(layout.front())..DIGITS - usize::from(layout.end());
        token[free.clone()].copy_from_slice(&drawn.as_bytes()[free]);
        // A nonce, the value and a tag.
        let sealed = Sealed { key: KeyId([7; 16]), version: 1, bytes: vec![draw as u8; 44] };
        Candidate { token, sealed }
    });
    let mut index = [0; 32];
    index[..DIGITS].copy_from_slice(&value);
    NewToken {
        partition: PartitionId([1; 16]),
        domain: DomainName::parse("cards").expect("a name"),
        made: NOW,
        candidates: candidates.collect(),
        index: Some(index),
        pattern: Pattern::of(layout, &value).expect("digits of a card"),
        values: layout.free_values(DIGITS).expect("digits of a card"),
        now: NOW,
        expiry: None,
        metadata: Metadata::default(),
    }
}

/// Numbers that look random, each from one number.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The median of the stretches, and how the last compares with the first.
fn summary(figures: &[Figure]) {
    let median = |of: &dyn Fn(&Figure) -> f64| {
        let mut values: Vec<f64> = figures.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (Some(first), Some(last)) = (figures.first(), figures.last()) else { return };
    println!(
        "median of {} stretches: {:.0} per second, p50 {:.0} us, p99 {:.0} us; {:.0} bytes a token",
        figures.len(),
        median(&|one| one.per_second),
        median(&|one| one.p50_us),
        median(&|one| one.p99_us),
        last.file_mib * 1_048_576.0 / last.tokens as f64,
    );
    println!("first {:.0}, last {:.0} per second", first.per_second, last.per_second);
}

fn write(out: &Path, figures: &[Figure]) -> Result<(), Failed> {
    std::fs::create_dir_all(out)?;
    let row = |one: &Figure| {
        let Figure { tokens, per_second, p50_us, p99_us, file_mib } = one;
        format!("{tokens},{per_second:.0},{p50_us:.0},{p99_us:.0},{file_mib:.1}\n")
    };
    let head = "tokens,per_second,p50_us,p99_us,file_mib\n".to_owned();
    std::fs::write(out.join("vault.csv"), head + &figures.iter().map(row).collect::<String>())?;
    let path = out.join("vault.svg");
    let area = SVGBackend::new(&path, (800, 720)).into_drawing_area();
    area.fill(&WHITE)?;
    let charts = area.split_evenly((3, 1));
    chart(&charts[0], "insert or get, per second", figures, |one| one.per_second)?;
    chart(&charts[1], "p99, microseconds", figures, |one| one.p99_us)?;
    chart(&charts[2], "database, MiB", figures, |one| one.file_mib)?;
    Ok(area.present()?)
}

fn chart(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    figures: &[Figure],
    of: impl Fn(&Figure) -> f64,
) -> Result<(), Failed> {
    let points: Vec<_> = figures.iter().map(|one| (one.tokens as f64, of(one))).collect();
    let right = points.last().map_or(1.0, |point| point.0);
    let top = points.iter().map(|point| point.1).fold(1.0, f64::max) * 1.1;
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 16))
        .margin(8)
        .x_label_area_size(24)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..right, 0.0..top)?;
    chart.configure_mesh().draw()?;
    chart.draw_series(LineSeries::new(points, &BLUE))?;
    Ok(())
}
