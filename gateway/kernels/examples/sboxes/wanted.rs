//! Functions that matter only for some inputs, and the ternary gates that give them.

/// A function that matters only under a mask; clear elsewhere.
pub(crate) struct Wanted {
    pub(crate) target: u64,
    pub(crate) mask: u64,
}

impl Wanted {
    pub(crate) fn is(&self, table: u64) -> bool {
        (table ^ self.target) & self.mask == 0
    }

    /// The function of three tables that gives this one, if there is one.
    pub(crate) fn function(&self, tables: [u64; 3]) -> Option<u8> {
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
    pub(crate) fn inner(&self, outer: [u64; 2], inner: [u64; 3]) -> Option<u8> {
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

/// The bits of a ternary gate's output.
pub(crate) fn ternary(function: u8, a: u64, b: u64, c: u64) -> u64 {
    (0..8)
        .filter(|cell| function >> cell & 1 == 1)
        .fold(0, |all, cell| all | cell_of(&[a, b, c], cell))
}
