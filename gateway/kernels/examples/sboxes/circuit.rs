//! Circuits, and functions that one or a few more gates give.

use std::fmt;

use crate::wanted::{Wanted, ternary};

/// A gate over earlier tables.
#[derive(Clone, Copy)]
pub(crate) enum Gate {
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
pub(crate) struct Circuit {
    pub(crate) gates: Vec<Gate>,
    pub(crate) tables: Vec<u64>,
    pub(crate) limit: usize,
    pub(crate) ternary: bool,
}

impl Circuit {
    pub(crate) fn len(&self) -> usize {
        self.gates.len()
    }

    pub(crate) fn add(&mut self, gate: Gate) -> Option<usize> {
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
    pub(crate) fn join(
        &mut self,
        form: usize,
        on: usize,
        first: usize,
        second: usize,
    ) -> Option<usize> {
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
    pub(crate) fn direct(&self, wanted: &Wanted) -> Option<(Self, usize)> {
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
