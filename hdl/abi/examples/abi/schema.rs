//! What `abi.toml` holds, and whether it can be.

use serde::Deserialize;
use std::fmt::Display;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Abi {
    pub(crate) abi: Head,
    pub(crate) configuration: Vec<Configuration>,
    pub(crate) limit: Vec<Value>,
    pub(crate) opcode: Vec<Value>,
    pub(crate) status: Vec<Value>,
    pub(crate) descriptor: Vec<Field>,
    pub(crate) flag: Vec<Bit>,
    pub(crate) completion: Vec<Field>,
    pub(crate) wrapped_key: Vec<Field>,
    pub(crate) usage: Vec<Bit>,
    pub(crate) step: Vec<Value>,
    pub(crate) register: Vec<Register>,
    pub(crate) ring: Ring,
    pub(crate) error: Vec<Bit>,
    pub(crate) counter: Vec<Counter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) major: u16,
    pub(crate) minor: u16,
    pub(crate) magic: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) name: String,
    pub(crate) id: u32,
    pub(crate) doc: String,
    pub(crate) lanes: u32,
    pub(crate) regs_per_round: u32,
    pub(crate) sbox: Sbox,
    pub(crate) key_slots: u32,
    pub(crate) contexts: u32,
    pub(crate) rings: u32,
    pub(crate) read_tags: u32,
    #[serde(default)]
    pub(crate) clock_khz: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sbox {
    Table = 0,
    Composite = 1,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) value: u32,
    pub(crate) doc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bit {
    pub(crate) name: String,
    pub(crate) bit: u32,
    pub(crate) doc: String,
}

/// Bytes of a descriptor, a completion or a wrapped key's header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) at: u32,
    pub(crate) bytes: u32,
    pub(crate) doc: String,
    /// The opcode that has this field, over a part of `iv` or `inline`; without it, all have it.
    pub(crate) of: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    pub(crate) name: String,
    pub(crate) at: u32,
    pub(crate) access: Access,
    pub(crate) doc: String,
    #[serde(default)]
    pub(crate) shadowed: bool,
    #[serde(default)]
    pub(crate) ring: bool,
    #[serde(default = "word")]
    pub(crate) bytes: u32,
    #[serde(default = "one")]
    pub(crate) count: u32,
    #[serde(default = "word")]
    pub(crate) stride: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    Ro,
    Rw,
    Wo,
    W1c,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ring {
    pub(crate) stride: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counter {
    pub(crate) name: String,
    pub(crate) at: u32,
    pub(crate) doc: String,
    #[serde(default = "one")]
    pub(crate) per_lane: u32,
}

fn word() -> u32 {
    4
}

fn one() -> u32 {
    1
}

const BAR_BYTES: u32 = 0x1_0000;
const RINGS_AT: u32 = 0x1000;
const DESCRIPTOR_BYTES: u32 = 64;
const COMPLETION_BYTES: u32 = 32;
const HEADER_BYTES: u32 = 64;

impl Abi {
    /// Refuses names that repeat, values out of range, and places that overlap.
    pub(crate) fn check(&self) -> Result<(), String> {
        values("limit", &self.limit, u32::MAX, false)?;
        values("opcode", &self.opcode, 31, true)?;
        values("status", &self.status, 255, true)?;
        values("step", &self.step, 15, true)?;
        bits("flag", &self.flag, 8)?;
        bits("usage", &self.usage, 16)?;
        bits("error", &self.error, 31)?;
        self.check_descriptor()?;
        fields("completion", &self.completion.iter().collect::<Vec<_>>(), COMPLETION_BYTES)?;
        fields("wrapped_key", &self.wrapped_key.iter().collect::<Vec<_>>(), HEADER_BYTES)?;
        self.check_registers()?;
        self.check_counters()
    }

    /// Fields that all opcodes have; then, per opcode, its own over `iv` and `inline`.
    fn check_descriptor(&self) -> Result<(), String> {
        let shared: Vec<_> = self.descriptor.iter().filter(|f| f.of.is_none()).collect();
        fields("descriptor", &shared, DESCRIPTOR_BYTES)?;
        for opcode in &self.opcode {
            let own = |f: &&Field| f.of.as_ref() == Some(&opcode.name);
            let mut all: Vec<_> = self.descriptor.iter().filter(own).collect();
            all.extend(shared.iter().filter(|f| !["iv", "inline"].contains(&f.name.as_str())));
            fields(&opcode.name, &all, DESCRIPTOR_BYTES)?;
        }
        let known = |name: &String| self.opcode.iter().any(|o| o.name == *name);
        match self.descriptor.iter().filter_map(|f| f.of.as_ref()).find(|of| !known(of)) {
            Some(of) => Err(format!("descriptor: no opcode {of}")),
            None => Ok(()),
        }
    }

    fn check_registers(&self) -> Result<(), String> {
        let rings = self.configuration.iter().map(|c| c.rings).max().unwrap_or(0).max(16);
        let mut spans = Vec::new();
        for r in &self.register {
            if r.at % 4 != 0 || r.bytes % 4 != 0 || r.stride % 4 != 0 {
                return Err(format!("register {}: not whole words", r.name));
            }
            let bytes = r.bytes.max((r.count - 1) * r.stride + 4);
            let copies = if r.ring { rings } else { 1 };
            for ring in 0..copies {
                spans.push((&r.name, r.at + ring * self.ring.stride, bytes));
            }
            let outside = r.at < RINGS_AT || r.at + bytes > RINGS_AT + self.ring.stride;
            if r.ring && outside {
                return Err(format!("register {}: outside the ring's stride", r.name));
            }
        }
        disjoint("register", spans, BAR_BYTES)
    }

    fn check_counters(&self) -> Result<(), String> {
        let room = self.register.iter().find(|r| r.name == "counter").map_or(0, |r| r.count);
        disjoint("counter", self.counter.iter().map(|c| (&c.name, c.at, c.per_lane)), room)
    }
}

fn values(what: &str, values: &[Value], max: u32, distinct: bool) -> Result<(), String> {
    names(what, values.iter().map(|v| &v.name))?;
    if let Some(value) = values.iter().find(|v| v.value > max) {
        return Err(format!("{what} {}: above {max}", value.name));
    }
    let spans = values.iter().map(|v| (&v.name, v.value, 1));
    if distinct { disjoint(what, spans, max + 1) } else { Ok(()) }
}

fn bits(what: &str, bits: &[Bit], width: u32) -> Result<(), String> {
    disjoint(what, bits.iter().map(|b| (&b.name, b.bit, 1)), width)
}

fn fields(what: &str, fields: &[&Field], size: u32) -> Result<(), String> {
    disjoint(what, fields.iter().map(|f| (&f.name, f.at, f.bytes)), size)
}

fn names<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), String> {
    let mut names: Vec<_> = names.collect();
    names.sort();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{what} {} twice", pair[0])),
        None => Ok(()),
    }
}

/// Spans of (name, begin, length) have to be apart and below `end`.
fn disjoint<N: Display>(
    what: &str,
    spans: impl IntoIterator<Item = (N, u32, u32)>,
    end: u32,
) -> Result<(), String> {
    let mut spans: Vec<_> = spans.into_iter().collect();
    spans.sort_by_key(|span| span.1);
    for (index, (name, begin, length)) in spans.iter().enumerate() {
        let limit = spans.get(index + 1).map_or(end, |next| next.1.min(end));
        if *length == 0 || begin + length > limit {
            return Err(format!("{what} {name}: overlaps or goes beyond"));
        }
    }
    Ok(())
}
