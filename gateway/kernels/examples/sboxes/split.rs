//! The search: a function that no few gates give is split in two.

use crate::Random;
use crate::circuit::Circuit;
use crate::wanted::Wanted;

/// The circuit with gates added until one equals `target` where `mask` is set, and that gate.
/// Inputs in `split` are constant under the mask.
pub(crate) fn build(
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

/// How many selectors to try at each depth of splitting.
const TRIES: [usize; 6] = [6, 6, 12, 36, 36, 36];

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
