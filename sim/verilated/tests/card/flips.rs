//! Single bits of control state flipped while jobs run: who notices?
//!
//! - harmless: every answer right, then and afterwards
//! - detected: the card said so, by status or error register
//! - caught: the host sees it without the card's help: a completion that is missing, doubled,
//!   damaged or of nobody, a wrong length, a card that no longer answers
//! - undetected: a wrong answer that looks right, or a write beside the output
//!
//! Control state is every register of up to 64 bits that is no data of the AES lanes, multipliers
//! and counters. Memories are not part of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use pcie_sim::{Device, Inputs, Outputs};
use typex_abi::{Status, error, register, state};
use verilated::{Register, RtlCard};

use crate::bench::{Bench, Damage};
use crate::full;
use crate::jobs::{Job, Key, Kind};
use crate::programs;
use crate::random::Random;

/// Virtual time after which a host gives a burst up, ps.
const PATIENCE_PS: u64 = 60_000_000;
/// Cycles of a burst within which the flip happens.
const WITHIN: usize = 1500;
/// Places without control state.
const DATA: [&str; 7] =
    ["u_lane.u_lane", "u_mult", "u_powers", "gen_rings", "u_counters", "u_expand", "u_key_ram"];
/// Where the published count is.
const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../hdl/results/bit_flips.md");

/// A card that the bench drives and the test reaches into.
#[derive(Clone)]
struct Reached(Arc<Mutex<RtlCard>>);

impl Device for Reached {
    fn clock_khz(&self) -> u32 {
        self.0.lock().expect("not poisoned").clock_khz()
    }

    fn cycle(&mut self, inputs: &Inputs, outputs: &mut Outputs) {
        self.0.lock().expect("not poisoned").cycle(inputs, outputs);
    }
}

fn test_card(seed: u64) -> Reached {
    let card = RtlCard::named("card_test", 250_000, seed).expect("the test card was built");
    Reached(Arc::new(Mutex::new(card)))
}

fn is_control(register: &Register) -> bool {
    register.bits <= 64 && !DATA.iter().any(|place| register.name.contains(place))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Harmless,
    Detected,
    Caught,
    Undetected,
}

/// Jobs of every kind, some of them programs and key loads.
fn workload(random: &mut Random, bench: &mut Bench) -> Vec<Job> {
    let loads = programs::Kind::ALL.map(programs::load_job);
    bench.run(&loads);
    let sets = [(0, [16; 3]), (3, [32; 3])].map(|(at, bytes)| programs::keys(random, at, bytes));
    let keys: Vec<_> = (10..16).map(|slot| Key::random(random, slot, 32)).collect();
    sets.iter().flatten().chain(&keys).for_each(|key| bench.load(key));
    let spare = Key::random(random, 20, 24);
    let mut jobs: Vec<_> =
        Kind::ALL.iter().map(|kind| kind.job(random, &keys[0], 80, 20)).collect();
    jobs.extend(keys.iter().map(|key| Kind::CbcEncrypt.job(random, key, 200, 0)));
    let kinds = programs::Kind::ALL.into_iter().zip(sets.iter().cycle());
    jobs.extend(kinds.map(|(kind, set)| kind.job(random, set, 64, [20, 16]).0));
    jobs.push(bench.load_job(&spare));
    let mut forged = Kind::GcmDecrypt.job(random, &keys[1], 64, 0);
    forged.descriptor.inline[3] ^= 4;
    forged.expected = (Status::TagMismatch, vec![0; 64]);
    jobs.push(forged);
    jobs
}

/// What a burst tells that ended, or did not.
fn judge(bench: &mut Bench, jobs: &[Job], idle: bool) -> Verdict {
    let errors = bench.simulation.read(register::ERROR);
    let told = errors.is_ok_and(|bits| bits & !error::DESCRIPTOR != 0)
        || bench.simulation.read(register::STATE).is_ok_and(|word| word & state::FATAL != 0);
    let noticed = if told { Verdict::Detected } else { Verdict::Caught };
    let outcomes = match bench.collect(jobs) {
        Err(Damage::Beside(_)) => return Verdict::Undetected,
        Err(_) => return noticed,
        Ok(outcomes) => outcomes,
    };
    let verdicts = jobs.iter().zip(outcomes).map(|(job, outcome)| {
        let zeros = outcome.output.iter().all(|byte| *byte == 0);
        let expected = &job.expected;
        if outcome.status != expected.0 {
            // A refusal in place of an answer; never an answer in place of a refusal.
            let refused = outcome.status != Status::Ok;
            return if refused { Verdict::Detected } else { Verdict::Undetected };
        }
        match outcome.output == expected.1 || (outcome.status != Status::Ok && zeros) {
            true => Verdict::Harmless,
            false if outcome.output.len() != expected.1.len() => Verdict::Caught,
            false => Verdict::Undetected,
        }
    });
    let worst = verdicts.max().unwrap_or(Verdict::Harmless);
    if worst == Verdict::Harmless && (told || !idle) { noticed } else { worst }
}

/// One flip: after `cycle` cycles of a burst, bit `bit` of control register `index`.
fn flip(index: usize, bit: u32, cycle: usize) -> (String, Verdict) {
    let card = test_card(0);
    let mut bench = Bench::new(Box::new(card.clone()), 1);
    let jobs = workload(&mut Random::new(41), &mut bench);
    bench.submit(&jobs);
    bench.simulation.step_cycles(cycle as u64);
    let name = {
        let mut card = card.0.lock().expect("not poisoned");
        let control: Vec<_> = card.registers().into_iter().filter(is_control).collect();
        let register = &control[index % control.len()];
        card.flip(register, bit % register.bits);
        format!("{}[{}]", register.name, bit % register.bits)
    };
    let mut verdict = Verdict::Harmless;
    for _ in 0..2 {
        let idle = bench.simulation.run_until_idle(PATIENCE_PS);
        verdict = judge(&mut bench, &jobs, idle);
        if verdict != Verdict::Harmless {
            break;
        }
        bench.submit(&jobs);
    }
    (name, verdict)
}

fn published() -> Option<f64> {
    let text = std::fs::read_to_string(PUBLISHED).ok()?;
    let line = text.lines().find(|line| line.starts_with("| undetected |"))?;
    line.split('|').nth(3)?.trim().trim_end_matches(" %").parse().ok()
}

/// The table of hdl/results.
fn report(seed: u64, counts: &BTreeMap<Verdict, usize>, undetected: &[String]) -> String {
    let all: usize = counts.values().sum();
    let mut text = format!("| Of {all} flips, seed {seed:#x} | count | share |\n|---|---:|---:|\n");
    let verdicts = [Verdict::Harmless, Verdict::Detected, Verdict::Caught, Verdict::Undetected];
    for verdict in verdicts {
        let count = counts.get(&verdict).copied().unwrap_or_default();
        let share = 100.0 * count as f64 / all as f64;
        let name = format!("{verdict:?}").to_lowercase();
        let _ = writeln!(text, "| {name} | {count} | {share:.2} % |");
    }
    let _ = writeln!(text, "\nUndetected:\n");
    for name in undetected {
        let _ = writeln!(text, "- `{name}`");
    }
    text
}

#[test]
fn few_flips_pass_unnoticed() {
    let (seed, count) = (0xf11b_0001, if full() { 2_000 } else { 60 });
    let mut random = Random::new(seed);
    let (mut counts, mut undetected) = (BTreeMap::new(), Vec::new());
    for _ in 0..count {
        let (index, bit) = (random.below(1 << 20), random.below(64) as u32);
        let (name, verdict) = flip(index, bit, random.below(WITHIN));
        *counts.entry(verdict).or_default() += 1;
        if verdict == Verdict::Undetected {
            undetected.push(name);
        }
    }
    undetected.sort();
    let text = report(seed, &counts, &undetected);
    println!("{text}");
    assert!(counts.len() >= 3, "flips have effects");
    let share = undetected.len() as f64 / f64::from(count);
    let published = published().expect("a published count") / 100.0;
    assert!(share <= 2.0 * published + 0.03, "{share} of the flips, {published} published");
}

#[test]
fn without_a_flip_all_is_well() {
    let mut bench = Bench::new(Box::new(test_card(0)), 1);
    let jobs = workload(&mut Random::new(41), &mut bench);
    bench.submit(&jobs);
    let idle = bench.simulation.run_until_idle(PATIENCE_PS);
    assert!(idle);
    assert_eq!(judge(&mut bench, &jobs, idle), Verdict::Harmless);
}

/// Registers without reset may hold anything when power comes.
#[test]
fn any_initial_state_works() {
    for seed in 1..=if full() { 50 } else { 4 } {
        let mut bench = Bench::new(Box::new(test_card(seed)), 1);
        let jobs = workload(&mut Random::new(41), &mut bench);
        bench.submit(&jobs);
        let idle = bench.simulation.run_until_idle(PATIENCE_PS);
        assert_eq!(judge(&mut bench, &jobs, idle), Verdict::Harmless, "seed {seed}");
    }
}
