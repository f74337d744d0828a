//! Derives the circuits of the S-boxes in `src/tdes/circuits` from the tables of FIPS 46-3.
//!
//! ```text
//! cargo run --release -p typex-kernels --example sboxes -- boolean 1 200 7
//! ```
//!
//! The arguments are the gates (`boolean`: and, or, xor, difference, not; `ternary`: any function
//! of three), the box from 1, the attempts and the seed. The shortest circuit found is printed.
//!
//! An attempt builds the four outputs in a random order. A function is looked for among the gates
//! there are, then as one to three new gates over them; failing that it is split on an input (or,
//! for ternary gates, on any gate), and each half must be right only where the split selects it.
//! Every circuit printed was evaluated for all 64 inputs against the table.

use std::{env, fmt};

#[path = "../src/tdes/boxes.rs"]
mod boxes;

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

/// A gate over earlier tables.
#[derive(Clone, Copy)]
enum Gate {
    Input,
    And(usize, usize),
    Or(usize, usize),
    Xor(usize, usize),
    /// The first without the second.
    Sub(usize, usize),
    Not(usize),
    /// The bit of the constant that the three select, the first as the highest.
    Ternary(u8, usize, usize, usize),
}

/// Gates and what they compute for all 64 inputs.
#[derive(Clone)]
struct Circuit {
    gates: Vec<Gate>,
    tables: Vec<u64>,
    limit: usize,
    ternary: bool,
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
        let (next, at) = build(&circuit, targets[output], u64::MAX, 0, 0, random)?;
        circuit = next;
        outputs[output] = at;
    }
    Some(Solution { circuit, outputs })
}

/// The circuit with gates added until one equals `target` where `mask` is set, and that gate.
/// Inputs in `split` are constant under the mask.
fn build(
    circuit: &Circuit,
    target: u64,
    mask: u64,
    split: u64,
    depth: usize,
    random: &mut Random,
) -> Option<(Circuit, usize)> {
    if circuit.len() > circuit.limit {
        return None;
    }
    let wanted = Wanted { target: target & mask, mask };
    if let Some(found) = circuit.direct(&wanted) {
        return Some(found);
    }
    let mut best: Option<(Circuit, usize)> = None;
    let mut room = circuit.clone();
    for (selector, form) in choices(circuit, mask, split, depth, random) {
        let now = if selector < 6 { split | 1 << selector } else { split };
        let found = divide(&room, &wanted, now, depth, (selector, form), random);
        if let Some(found) = found {
            room.limit = found.0.len() - 1;
            best = Some(found);
        }
    }
    best.map(|(mut found, at)| {
        found.limit = circuit.limit;
        (found, at)
    })
}

/// A function that matters only under a mask; clear elsewhere.
struct Wanted {
    target: u64,
    mask: u64,
}

/// How many selectors to try at each depth of splitting.
const TRIES: [usize; 6] = [2, 3, 4, 12, 12, 12];

/// Selectors to split on, each with the form of the combination.
fn choices(
    circuit: &Circuit,
    mask: u64,
    split: u64,
    depth: usize,
    random: &mut Random,
) -> Vec<(usize, usize)> {
    let selectors = if circuit.ternary { circuit.len() } else { 6 };
    let mut all = Vec::new();
    for selector in 0..selectors {
        let table = circuit.tables[selector] & mask;
        let constant = table == 0 || table == mask;
        if !constant && (selector >= 6 || split >> selector & 1 == 0) {
            let forms = if circuit.ternary { 0..2 } else { 0..6 };
            all.extend(forms.map(|form| (selector, form)));
        }
    }
    random.shuffle(&mut all);
    all.truncate(TRIES[depth.min(5)]);
    all
}

/// Builds the function in two parts that the selector joins.
///
/// With ternary gates each part is right in its half. Otherwise the first part is right in one
/// half, the second mends the other: by `xor`, by `or` (then the first never exceeds the target)
/// or by `and` (then it never falls short of it).
fn divide(
    circuit: &Circuit,
    wanted: &Wanted,
    split: u64,
    depth: usize,
    (selector, form): (usize, usize),
    random: &mut Random,
) -> Option<(Circuit, usize)> {
    let Wanted { target, mask } = *wanted;
    let on = circuit.tables[selector];
    let mended = if form.is_multiple_of(2) { mask & on } else { mask & !on };
    let joints = if circuit.ternary { 1 } else { 2 };
    let mut room = circuit.clone();
    room.limit = circuit.limit.checked_sub(joints)?;
    let also = match form / 2 {
        1 => mended & !target,
        2 => mended & target,
        _ => 0,
    };
    let (next, first) = build(&room, target, mask & !mended | also, split, depth + 1, random)?;
    let start = next.tables[first];
    let (rest, rest_mask) = match (circuit.ternary, form / 2) {
        (true, _) => (target, mended),
        (_, 0) => (target ^ start, mended),
        (_, 1) => (target, mended & !start),
        _ => (target, mended & start),
    };
    let (mut next, second) = build(&next, rest, rest_mask, split, depth + 1, random)?;
    next.limit = circuit.limit;
    let at = next.join(form, selector, first, second)?;
    Some((next, at))
}

impl Circuit {
    fn len(&self) -> usize {
        self.gates.len()
    }

    fn add(&mut self, gate: Gate) -> Option<usize> {
        let table = |at: usize| self.tables[at];
        self.tables.push(match gate {
            Gate::Input => 0,
            Gate::And(a, b) => table(a) & table(b),
            Gate::Or(a, b) => table(a) | table(b),
            Gate::Xor(a, b) => table(a) ^ table(b),
            Gate::Sub(a, b) => table(a) & !table(b),
            Gate::Not(a) => !table(a),
            Gate::Ternary(function, a, b, c) => ternary(function, table(a), table(b), table(c)),
        });
        self.gates.push(gate);
        (self.len() <= self.limit).then_some(self.len() - 1)
    }

    /// The last gates of [`divide`].
    fn join(&mut self, form: usize, on: usize, first: usize, second: usize) -> Option<usize> {
        let set = form.is_multiple_of(2);
        if self.ternary {
            let (one, zero) = if set { (second, first) } else { (first, second) };
            return self.add(Gate::Ternary(0xca, on, one, zero));
        }
        let middle = match (form / 2, set) {
            (2, true) => return self.mend_by_and(on, first, second),
            (2, false) => Gate::Or(second, on),
            (_, true) => Gate::And(second, on),
            (_, false) => Gate::Sub(second, on),
        };
        let middle = self.add(middle)?;
        self.add(match form / 2 {
            0 => Gate::Xor(first, middle),
            1 => Gate::Or(first, middle),
            _ => Gate::And(first, middle),
        })
    }

    /// `first & (second | !on)`, which is `first` without what `on` has and `second` lacks.
    fn mend_by_and(&mut self, on: usize, first: usize, second: usize) -> Option<usize> {
        let lacking = self.add(Gate::Sub(on, second))?;
        self.add(Gate::Sub(first, lacking))
    }

    /// The wanted function from no or few more gates.
    fn direct(&self, wanted: &Wanted) -> Option<(Self, usize)> {
        if let Some(at) = (0..self.len()).find(|&at| wanted.is(self.tables[at])) {
            return Some((self.clone(), at));
        }
        let found = match self.ternary {
            true => self.ternary_one(wanted).or_else(|| self.ternary_two(wanted)),
            false => self.boolean_few(wanted),
        }?;
        let mut next = self.clone();
        let base = next.len();
        for gate in found {
            next.add(gate)?;
        }
        (next.len() > base).then(|| (next.clone(), next.len() - 1))
    }

    /// One to three gates of two inputs.
    fn boolean_few(&self, wanted: &Wanted) -> Option<Vec<Gate>> {
        if let Some(at) = (0..self.len()).find(|&at| wanted.is(!self.tables[at])) {
            return Some(vec![Gate::Not(at)]);
        }
        let base: Vec<(u64, Option<Gate>)> =
            self.tables.iter().map(|&table| (table & wanted.mask, None)).collect();
        let mut pairs = Vec::with_capacity(self.len() * self.len() * 5 / 2);
        for a in 0..self.len() {
            for b in 0..a {
                let (one, two) = (base[a].0, base[b].0);
                pairs.push((one & two, Gate::And(a, b)));
                pairs.push((one | two, Gate::Or(a, b)));
                pairs.push((one ^ two, Gate::Xor(a, b)));
                pairs.push((one & !two, Gate::Sub(a, b)));
                pairs.push((two & !one, Gate::Sub(b, a)));
            }
        }
        if let Some(&(_, gate)) = pairs.iter().find(|(table, _)| *table == wanted.target) {
            return Some(vec![gate]);
        }
        pairs.sort_unstable_by_key(|&(table, _)| table);
        pairs.dedup_by_key(|&mut (table, _)| table);
        self.two_gates(wanted, &pairs).or_else(|| self.three_gates(wanted, &pairs))
    }

    /// A pair and one more gate.
    fn two_gates(&self, wanted: &Wanted, pairs: &[(u64, Gate)]) -> Option<Vec<Gate>> {
        let (target, mask, new) = (wanted.target, wanted.mask, self.len());
        let find = |table: u64| {
            pairs.binary_search_by_key(&table, |pair| pair.0).ok().map(|at| pairs[at].1)
        };
        if let Some(gate) = find(!target & mask) {
            return Some(vec![gate, Gate::Not(new)]);
        }
        for (at, table) in self.tables.iter().map(|table| table & mask).enumerate() {
            if let Some(gate) = find(table ^ target) {
                return Some(vec![gate, Gate::Xor(new, at)]);
            }
            let joints: [(bool, Gate, u64, u64); 4] = [
                (target & !table == 0, Gate::And(new, at), target, table),
                (table & !target == 0, Gate::Or(new, at), target, !table),
                (target & table == 0, Gate::Sub(new, at), target, !table),
                (target & !table == 0, Gate::Sub(at, new), !target, table),
            ];
            for (possible, joint, value, care) in joints {
                let care = care & mask;
                if possible {
                    let fits = |pair: &&(u64, Gate)| (pair.0 ^ value) & care == 0;
                    if let Some((_, gate)) = pairs.iter().find(fits) {
                        return Some(vec![*gate, joint]);
                    }
                }
            }
        }
        None
    }

    /// Two pairs and a gate that joins them.
    fn three_gates(&self, wanted: &Wanted, pairs: &[(u64, Gate)]) -> Option<Vec<Gate>> {
        let (target, mask, new) = (wanted.target, wanted.mask, self.len());
        let above: Vec<_> = pairs.iter().filter(|pair| target & !pair.0 == 0).collect();
        let below: Vec<_> = pairs.iter().filter(|pair| pair.0 & !target == 0).collect();
        let apart: Vec<_> = pairs.iter().filter(|pair| pair.0 & target == 0).collect();
        for (one, first) in &above {
            if let Some((_, second)) = above.iter().find(|two| one & two.0 == target) {
                return Some(vec![*first, *second, Gate::And(new, new + 1)]);
            }
            if let Some((_, second)) = apart.iter().find(|two| one & !two.0 & mask == target) {
                return Some(vec![*first, *second, Gate::Sub(new, new + 1)]);
            }
        }
        for (one, first) in &below {
            if let Some((_, second)) = below.iter().find(|two| one | two.0 == target) {
                return Some(vec![*first, *second, Gate::Or(new, new + 1)]);
            }
        }
        for (one, first) in pairs {
            if let Ok(at) = pairs.binary_search_by_key(&(one ^ target), |pair| pair.0) {
                return Some(vec![*first, pairs[at].1, Gate::Xor(new, new + 1)]);
            }
        }
        None
    }

    /// One ternary gate.
    fn ternary_one(&self, wanted: &Wanted) -> Option<Vec<Gate>> {
        for a in 0..self.len() {
            for b in 0..a {
                for c in 0..b {
                    let tables = [self.tables[a], self.tables[b], self.tables[c]];
                    if let Some(function) = wanted.function(tables) {
                        return Some(vec![Gate::Ternary(function, a, b, c)]);
                    }
                }
            }
        }
        None
    }

    /// A ternary gate, and a second over it and two more.
    fn ternary_two(&self, wanted: &Wanted) -> Option<Vec<Gate>> {
        for d in 0..self.len() {
            for e in 0..d {
                let outer = [self.tables[d], self.tables[e]];
                for a in 0..self.len() {
                    for b in 0..a {
                        for c in 0..b {
                            let inner = [self.tables[a], self.tables[b], self.tables[c]];
                            let Some(first) = wanted.inner(outer, inner) else { continue };
                            let [one, two, three] = inner;
                            let table = ternary(first, one, two, three);
                            let second = wanted.function([outer[0], outer[1], table])?;
                            return Some(vec![
                                Gate::Ternary(first, a, b, c),
                                Gate::Ternary(second, d, e, self.len()),
                            ]);
                        }
                    }
                }
            }
        }
        None
    }
}

impl Wanted {
    fn is(&self, table: u64) -> bool {
        (table ^ self.target) & self.mask == 0
    }

    /// The function of three tables that gives this one, if there is one.
    fn function(&self, tables: [u64; 3]) -> Option<u8> {
        let mut function = 0;
        for cell in 0..8 {
            let cells = cell_of(&tables, cell) & self.mask;
            let value = cells & self.target;
            if value != 0 && value != cells {
                return None;
            }
            function |= u8::from(value != 0) << cell;
        }
        Some(function)
    }

    /// A function of `inner` with which some function of it and `outer` gives this one: where
    /// `outer` alone does not decide, it tells the cells of set and of clear values apart.
    fn inner(&self, outer: [u64; 2], inner: [u64; 3]) -> Option<u8> {
        let mut apart = [0_u8; 8];
        for cell in 0..4 {
            let base = cell_of(&outer, cell) & self.mask;
            let (mut set, mut clear) = (0_u8, 0_u8);
            if base & self.target == 0 || base & !self.target == 0 {
                continue;
            }
            for at in 0..8 {
                let cells = cell_of(&inner, at) & base;
                set |= u8::from(cells & self.target != 0) << at;
                clear |= u8::from(cells & !self.target != 0) << at;
            }
            if set & clear != 0 {
                return None;
            }
            for (at, others) in apart.iter_mut().enumerate() {
                *others |= if set >> at & 1 == 1 { clear } else { 0 };
                *others |= if clear >> at & 1 == 1 { set } else { 0 };
            }
        }
        two_sides(&apart)
    }
}

/// Colours eight points with two colours so that points named apart differ, if that is possible.
fn two_sides(apart: &[u8; 8]) -> Option<u8> {
    let (mut set, mut clear) = (0_u8, 0_u8);
    for start in 0..8 {
        if (set | clear) >> start & 1 == 1 {
            continue;
        }
        clear |= 1 << start;
        for _ in 0..8 {
            for (at, others) in apart.iter().enumerate() {
                set |= if clear >> at & 1 == 1 { *others } else { 0 };
                clear |= if set >> at & 1 == 1 { *others } else { 0 };
            }
        }
    }
    (set & clear == 0).then_some(set)
}

/// The inputs for which the tables, the first as the highest bit, read `cell`.
fn cell_of(tables: &[u64], cell: usize) -> u64 {
    tables
        .iter()
        .rev()
        .enumerate()
        .fold(u64::MAX, |all, (at, table)| all & if cell >> at & 1 == 1 { *table } else { !table })
}

fn ternary(function: u8, a: u64, b: u64, c: u64) -> u64 {
    (0..8)
        .filter(|cell| function >> cell & 1 == 1)
        .fold(0, |all, cell| all | cell_of(&[a, b, c], cell))
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

impl fmt::Display for Gate {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Gate::Input => Ok(()),
            Gate::And(a, b) => write!(to, "and g{a} g{b}"),
            Gate::Or(a, b) => write!(to, "or g{a} g{b}"),
            Gate::Xor(a, b) => write!(to, "xor g{a} g{b}"),
            Gate::Sub(a, b) => write!(to, "sub g{a} g{b}"),
            Gate::Not(a) => write!(to, "not g{a}"),
            Gate::Ternary(function, a, b, c) => write!(to, "{function:#04x} g{a} g{b} g{c}"),
        }
    }
}

/// Xorshift: the same seed finds the same circuits.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}
