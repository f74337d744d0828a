//! Derives the circuits of the S-boxes in `src/tdes/circuits` from the tables of FIPS 46-3.
//!
//! ```text
//! cargo run --release -p typex-kernels --example sboxes -- boolean 1 20 11
//! ```
//!
//! The arguments are the gates (`boolean`: and, or, xor, difference, not; `ternary`: any function
//! of three), the box from 1, the attempts and the seed. The shortest circuit found is printed.
//!
//! An attempt builds the four outputs in a random order. A function is looked for among the gates
//! there are, then as one to three new gates over them; failing that it is split on an input (or,
//! for ternary gates, on any gate), and each half must be right only where the split selects it.
//! Every circuit printed was evaluated for all 64 inputs against the table.

use std::env;

#[path = "../../src/tdes/boxes.rs"]
mod boxes;
mod circuit;
mod split;
mod wanted;

use circuit::{Circuit, Gate};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [gates, number, attempts, seed] = &arguments[..] else {
        eprintln!("arguments: boolean|ternary, box 1 to 8, attempts, seed");
        return;
    };
    let number: usize = number.parse().expect("the box is a number");
    let attempts: usize = attempts.parse().expect("the attempts are a number");
    let mut random = Random(seed.parse().expect("the seed is a number"));
    let targets = std::array::from_fn(|at| boxes::output(number - 1, at as u32));
    let mut best: Option<Solution> = None;
    for attempt in 0..attempts {
        let limit = best.as_ref().map_or(90, |best| best.circuit.gates.len() - 1);
        let found = solve(&targets, gates == "ternary", limit, &mut random);
        if let Some(found) = found {
            eprintln!("s{number} attempt {attempt}: {} gates", found.circuit.len());
            best = Some(found);
        }
    }
    if let Some(best) = best {
        best.print(number, &targets);
    }
}

struct Solution {
    circuit: Circuit,
    outputs: [usize; 4],
}

/// One attempt: all outputs in a random order, at most `limit` gates and inputs.
fn solve(targets: &[u64; 4], ternary: bool, limit: usize, random: &mut Random) -> Option<Solution> {
    let mut circuit = Circuit {
        gates: vec![Gate::Input; 6],
        tables: (0..6).map(boxes::input).collect(),
        limit,
        ternary,
    };
    let mut order = [0, 1, 2, 3];
    random.shuffle(&mut order);
    let mut outputs = [0; 4];
    for output in order {
        let (next, at) = split::build(&circuit, targets[output], u64::MAX, 0, 0, random)?;
        circuit = next;
        outputs[output] = at;
    }
    Some(Solution { circuit, outputs })
}

impl Solution {
    /// Prints the circuit in the notation of `src/tdes/circuits`.
    fn print(&self, number: usize, targets: &[u64; 4]) {
        for (at, target) in self.outputs.iter().zip(targets) {
            assert_eq!(self.circuit.tables[*at], *target, "the circuit computes another function");
        }
        println!("    s{number}(g0 g1 g2 g3 g4 g5):");
        let lines: Vec<String> = (6..self.circuit.len())
            .map(|at| format!("g{at} = {};", self.circuit.gates[at]))
            .collect();
        let width = if self.circuit.ternary { 3 } else { 4 };
        for line in lines.chunks(width) {
            println!("        {}", line.join(" "));
        }
        let [a, b, c, d] = self.outputs;
        println!("        => [g{a} g{b} g{c} g{d}]");
    }
}

/// Xorshift: the same seed finds the same circuits.
pub(crate) struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
