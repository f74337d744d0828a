//! Where values of general registers come from: a data flow over one function.
//!
//! A function that works on secrets gets a pointer to them. What is loaded through it, or through
//! a pointer made of it, into a general register is secret, and so is what is computed of that; a
//! secret that is put into a slot of the stack comes out as one. Values of vector registers are
//! all taken for secret: none may come to a general register or to flags.

use std::collections::{BTreeMap, BTreeSet};

use crate::listing::{Function, Instruction};

/// What a general register or a slot of the stack holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    #[default]
    Public,
    /// A pointer to secrets.
    Pointer,
    Secret,
}

/// What is known before an instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    registers: BTreeMap<&'static str, Value>,
    slots: BTreeMap<String, Value>,
    flags: Value,
    /// Whether the vectors hold the lengths left of messages, of which the least was taken.
    lengths: bool,
}

/// General registers by all their names.
const REGISTERS: [[&str; 5]; 16] = [
    ["rax", "eax", "ax", "al", "ah"],
    ["rbx", "ebx", "bx", "bl", "bh"],
    ["rcx", "ecx", "cx", "cl", "ch"],
    ["rdx", "edx", "dx", "dl", "dh"],
    ["rsi", "esi", "si", "sil", ""],
    ["rdi", "edi", "di", "dil", ""],
    ["rbp", "ebp", "bp", "bpl", ""],
    ["rsp", "esp", "sp", "spl", ""],
    ["r8", "r8d", "r8w", "r8b", ""],
    ["r9", "r9d", "r9w", "r9b", ""],
    ["r10", "r10d", "r10w", "r10b", ""],
    ["r11", "r11d", "r11w", "r11b", ""],
    ["r12", "r12d", "r12w", "r12b", ""],
    ["r13", "r13d", "r13w", "r13b", ""],
    ["r14", "r14d", "r14w", "r14b", ""],
    ["r15", "r15d", "r15w", "r15b", ""],
];

/// What a call may change.
const CALLED: [&str; 9] = ["rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"];

/// Instructions that take time by their data, load by vector, or turn vectors into flags.
const REFUSED: [&str; 15] = [
    "div",
    "idiv",
    "vpgather",
    "vgather",
    "vpscatter",
    "vscatter",
    "ptest",
    "vtestp",
    "kortest",
    "ktest",
    "vpmovmsk",
    "vmovmsk",
    "movmsk",
    "pmovmsk",
    "vcomis",
];

/// What stands between the minima of halves of a vector.
const REDUCING: [&str; 6] = ["vextract", "vpshuf", "vshuf", "vxorp", "vpcmpgtq", "vmovq"];

/// What only moves or computes without flags.
const FLAGLESS: [&str; 11] =
    ["mov", "lea", "not", "push", "pop", "shlx", "shrx", "sarx", "bswap", "nop", "set"];

/// Faults of a function: its secrets are behind its first argument if it `has_pointer`, and else
/// in vectors only.
pub(crate) fn faults(function: &Function, has_pointer: bool) -> BTreeSet<String> {
    let code = &function.instructions;
    let mut faults = BTreeSet::new();
    let mut before: Vec<Option<State>> = vec![None; code.len()];
    let mut first = State::default();
    if has_pointer {
        first.registers.insert("rdi", Value::Pointer);
    }
    let mut waiting = vec![(0, first)];
    while let Some((at, state)) = waiting.pop() {
        let Some(slot) = before.get_mut(at) else { continue };
        let joined = slot.as_ref().map_or_else(|| state.clone(), |known| known.joined(&state));
        if slot.as_ref() == Some(&joined) {
            continue;
        }
        *slot = Some(joined.clone());
        let after = joined.step(&code[at], &mut faults);
        waiting.extend(next(code, at).into_iter().map(|next| (next, after.clone())));
    }
    faults
}

/// Where execution goes on within the function.
fn next(code: &[Instruction], at: usize) -> Vec<usize> {
    let Instruction { mnemonic, operands, .. } = &code[at];
    let target = operands.first().and_then(|target| u64::from_str_radix(target.trim(), 16).ok());
    let target = target.and_then(|target| {
        code.binary_search_by_key(&target, |instruction| instruction.address).ok()
    });
    match mnemonic.as_str() {
        "ret" | "ud2" | "hlt" => Vec::new(),
        "jmp" => target.into_iter().collect(),
        jump if jump.starts_with('j') => target.into_iter().chain([at + 1]).collect(),
        _ => vec![at + 1],
    }
}

impl State {
    fn joined(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (name, value) in &other.registers {
            let known = all.registers.entry(name).or_default();
            *known = (*known).max(*value);
        }
        for (slot, value) in &other.slots {
            let known = all.slots.entry(slot.clone()).or_default();
            *known = (*known).max(*value);
        }
        all.flags = all.flags.max(other.flags);
        all.lengths &= other.lengths;
        all
    }

    /// The state after an instruction.
    fn step(&self, code: &Instruction, faults: &mut BTreeSet<String>) -> Self {
        let mut after = self.clone();
        let Instruction { mnemonic, operands, .. } = code;
        let mut fault = |what: &str| {
            faults.insert(format!("{what}: {:x} {mnemonic} {}", code.address, operands.join(",")));
        };
        // Longer names are of comparisons into masks, which stay vectors.
        let is_test = mnemonic == "vptest";
        if is_test || REFUSED.iter().any(|refused| mnemonic.starts_with(refused)) {
            fault("an instruction that is refused");
        }
        let is_nothing = mnemonic == "nop" || mnemonic.starts_with("data16") || mnemonic == "cs";
        if !is_nothing && operands.iter().any(|one| self.address(one) == Value::Secret) {
            fault("an address of a secret");
        }
        if mnemonic.starts_with('j') && mnemonic != "jmp" && self.flags == Value::Secret {
            fault("a branch on a secret");
        }
        if mnemonic == "call" {
            after.registers.extend(CALLED.map(|name| (name, Value::Public)));
            after.flags = Value::Public;
            return after;
        }
        if operands.iter().any(|operand| is_vector(operand)) {
            let goes_on = REDUCING.iter().any(|one| mnemonic.starts_with(one));
            after.lengths = self.lengths && goes_on || is_minimum(mnemonic);
            self.leave_vectors(code, &mut after, &mut fault);
        } else {
            self.compute(code, &mut after);
        }
        after
    }

    /// Vectors stay among themselves, but for the least of public lengths.
    fn leave_vectors(&self, code: &Instruction, after: &mut Self, fault: &mut impl FnMut(&str)) {
        let Some(to) = code.operands.first() else { return };
        if let Some(name) = register(to) {
            if !self.lengths {
                fault("a vector in a general register");
            }
            after.registers.insert(name, Value::Public);
        }
    }

    fn compute(&self, code: &Instruction, after: &mut Self) {
        let mnemonic = code.mnemonic.as_str();
        let Some(to) = code.operands.first() else { return };
        let sources = code.operands.iter().skip(1).map(|operand| self.value(operand, mnemonic));
        let sources = sources.max().unwrap_or_default();
        let own = self.value(to, mnemonic);
        let moves = mnemonic.starts_with("mov") || mnemonic == "lea" || mnemonic == "pop";
        let clears = mnemonic == "xor" && code.operands.get(1) == Some(to);
        let chosen = mnemonic.starts_with("cmov") || mnemonic.starts_with("set");
        let mut value = match () {
            () if clears => Value::Public,
            () if moves || code.operands.len() == 3 => sources,
            () => own.max(sources),
        };
        if chosen || matches!(mnemonic, "adc" | "sbb") {
            value = value.max(self.flags);
        }
        if !FLAGLESS.iter().chain(&["cmov"]).any(|one| mnemonic.starts_with(one)) {
            let compared = own.max(sources);
            let secret = compared == Value::Secret && !clears;
            after.flags = if secret { Value::Secret } else { Value::Public };
        }
        if !matches!(mnemonic, "cmp" | "test" | "push" | "bt") {
            after.put(to, value);
        }
    }

    fn put(&mut self, to: &str, value: Value) {
        if let Some(name) = register(to) {
            self.registers.insert(name, value);
        } else if let Some(slot) = stack_slot(to) {
            self.slots.insert(slot.to_owned(), value);
        }
    }

    /// What an operand holds.
    fn value(&self, operand: &str, mnemonic: &str) -> Value {
        if let Some(name) = register(operand) {
            return self.registers.get(name).copied().unwrap_or_default();
        }
        let address = self.address(operand);
        match (mnemonic, stack_slot(operand)) {
            ("lea", _) => address,
            (_, Some(slot)) => self.slots.get(slot).copied().unwrap_or_default(),
            // Behind the pointer, bytes with a fixed place are settings, not secrets.
            _ if is_setting(operand) => Value::Public,
            _ if address == Value::Public => Value::Public,
            _ => Value::Secret,
        }
    }

    /// The highest of what an address is made of.
    fn address(&self, operand: &str) -> Value {
        let Some((_, inside)) = operand.split_once('[') else { return Value::Public };
        let parts = inside.trim_end_matches(']').split(['+', '-', '*']);
        let values = parts.filter_map(register).map(|name| self.registers.get(name));
        values.flatten().copied().max().unwrap_or_default()
    }
}

fn register(operand: &str) -> Option<&'static str> {
    let names = REGISTERS.iter().find(|names| names.contains(&operand))?;
    (!operand.is_empty()).then_some(names[0])
}

fn is_vector(operand: &str) -> bool {
    ["xmm", "ymm", "zmm", "k"].iter().any(|kind| {
        let number = operand.strip_prefix(kind).map(|rest| rest.split('{').next().unwrap_or(""));
        number.is_some_and(|number| number.parse::<u8>().is_ok())
    })
}

/// The least of two, by an instruction or by a comparison and a choice. Blocks are never compared.
fn is_minimum(mnemonic: &str) -> bool {
    mnemonic.starts_with("vpminu") || mnemonic.starts_with("vblendvpd")
}

/// A place of the stack that does not depend on registers.
fn stack_slot(operand: &str) -> Option<&str> {
    let (_, inside) = operand.split_once('[')?;
    let inside = inside.trim_end_matches(']');
    let fixed = inside.strip_prefix("rsp").is_some_and(|rest| rest.is_empty() || is_fixed(rest));
    fixed.then_some(inside)
}

fn is_setting(operand: &str) -> bool {
    let inside = operand.strip_prefix("BYTE PTR [").map(|inside| inside.trim_end_matches(']'));
    let offset = inside.and_then(|inside| inside.split_once('+'));
    offset.is_some_and(|(base, offset)| register(base).is_some() && offset.starts_with("0x"))
}

fn is_fixed(offset: &str) -> bool {
    offset.strip_prefix(['+', '-']).is_some_and(|number| number.starts_with("0x"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing;

    fn found(lines: &[&str]) -> usize {
        let body: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        let functions = listing::parse(&format!("0000 <name>:\n{body}"));
        faults(&functions[0], true).len()
    }

    #[test]
    fn branches_and_indices_of_secrets_are_found() {
        assert_eq!(
            found(&["0:\tmov    rax,QWORD PTR [rdi]", "1:\ttest   al,al", "2:\tje     0"]),
            1
        );
        assert_eq!(
            found(&["0:\tmovzx  eax,BYTE PTR [rdi+rcx*1]", "1:\tmov    cl,BYTE PTR [rdx+rax*1]"]),
            1
        );
        let spilled = [
            "0:\tmov    rax,QWORD PTR [rdi+0x8]",
            "1:\tmov    QWORD PTR [rsp+0x10],rax",
            "2:\tcmp    QWORD PTR [rsp+0x10],0x3",
            "3:\tmov    ecx,0x7",
            "4:\tjne    0",
        ];
        assert_eq!(found(&spilled), 1);
    }

    #[test]
    fn instructions_by_data_are_found() {
        for line in [
            "0:\tdiv    rcx",
            "0:\tvpgatherqq zmm0{k1},QWORD PTR [rax+zmm1*8]",
            "0:\tvptest ymm0,ymm0",
            "0:\tvmovq  rax,xmm0",
            "0:\tkmovw  eax,k1",
        ] {
            assert_eq!(found(&[line]), 1, "{line}");
        }
    }

    #[test]
    fn masks_are_vectors() {
        let code = ["0:\tvptestnmq k1,zmm0,zmm0", "1:\tvmovdqa64 zmm1{k1},ZMMWORD PTR [rax]"];
        assert_eq!(found(&code), 0);
        assert_eq!(found(&["0:\tvptestnmq k1,zmm0,zmm0", "1:\tkmovb  eax,k1"]), 1);
    }

    #[test]
    fn counters_and_settings_are_public() {
        let code = [
            "0:\tcmp    BYTE PTR [rdi+0xa400],0x0",
            "1:\tje     5",
            "2:\tvpternlogq zmm0,zmm1,ZMMWORD PTR [rdi+rax*1],0x96",
            "3:\tadd    rax,0x40",
            "4:\tjne    2",
            "5:\tmov    rcx,QWORD PTR [rdi]",
            "6:\tshr    rcx,0x3",
            "7:\tmov    QWORD PTR [rdi+0x40],rcx",
            "8:\tcmp    rdx,rsi",
            "9:\tjb     5",
            "a:\tret",
        ];
        assert_eq!(found(&code), 0);
    }
}
