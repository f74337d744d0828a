//! `src/generated.rs`.

use crate::describe::{camel, paragraph, upper};
use crate::schema::{Abi, Bit, Configuration, Counter, Field, Register, Value};
use std::fmt::Write;

const HEAD: &str = "//! Generated from abi.toml by `just abi`; not to be edited.

use crate::configuration::{Configuration, Sbox};
use crate::counter::Counter;

";

pub(crate) fn render(abi: &Abi) -> String {
    let mut out = HEAD.to_owned();
    constant(&mut out, 0, "First register of every card.", "MAGIC", "u32", hex(abi.abi.magic));
    constant(&mut out, 0, "Major version.", "MAJOR", "u16", abi.abi.major);
    constant(&mut out, 0, "Minor version.", "MINOR", "u16", abi.abi.minor);
    let size = |limit: &Value| (limit.doc.clone(), upper(&limit.name), limit.value.to_string());
    module(&mut out, "limits", "Limits of every card.", "usize", abi.limit.iter().map(size));
    enumeration(&mut out, "Opcode", "What a descriptor asks for.", &abi.opcode);
    enumeration(&mut out, "Status", "How a job ended.", &abi.status);
    enumeration(&mut out, "StepKind", "What a step of a program does.", &abi.step);
    fields(&mut out, "descriptor_at", "Where fields begin in a descriptor.", &abi.descriptor);
    fields(&mut out, "completion_at", "Where fields begin in a completion.", &abi.completion);
    fields(&mut out, "header_at", "Where fields begin in a key's header.", &abi.wrapped_key);
    masks(&mut out, "flag", "Flags of a descriptor.", "u8", &abi.flag);
    masks(&mut out, "usage", "Single-step rights of a key.", "u16", &abi.usage);
    masks(&mut out, "error", "Bits of the registers error and error_mask.", "u32", &abi.error);
    names(&mut out, "ERRORS", "Error bits by name.", "u32", &abi.error);
    registers(&mut out, abi);
    counters(&mut out, &abi.counter);
    configurations(&mut out, &abi.configuration);
    out
}

fn hex(value: u32) -> String {
    format!("0x{:04x}_{:04x}", value >> 16, value & 0xffff)
}

fn constant(
    out: &mut String,
    indent: usize,
    doc: &str,
    name: &str,
    kind: &str,
    value: impl ToString,
) {
    let pad = " ".repeat(indent);
    out.push_str(&paragraph(&format!("{pad}///"), doc));
    let _ = writeln!(out, "{pad}pub const {name}: {kind} = {};", value.to_string());
}

fn module(
    out: &mut String,
    name: &str,
    doc: &str,
    kind: &str,
    rows: impl Iterator<Item = (String, String, String)>,
) {
    let _ = writeln!(out, "\n/// {doc}\npub mod {name} {{");
    for (doc, name, value) in rows {
        constant(out, 4, &doc, &name, kind, value);
    }
    out.push_str("}\n");
}

fn fields(out: &mut String, name: &str, doc: &str, fields: &[Field]) {
    let row = |f: &Field| (size_and(f), upper(&f.name), f.at.to_string());
    module(out, name, doc, "usize", fields.iter().map(row));
}

fn size_and(field: &Field) -> String {
    let bytes = if field.bytes == 1 { "1 byte.".into() } else { format!("{} bytes.", field.bytes) };
    format!("{bytes} {}", field.doc)
}

fn masks(out: &mut String, name: &str, doc: &str, kind: &str, bits: &[Bit]) {
    let row = |b: &Bit| (b.doc.clone(), upper(&b.name), format!("1 << {}", b.bit));
    module(out, name, doc, kind, bits.iter().map(row));
}

fn names(out: &mut String, name: &str, doc: &str, kind: &str, bits: &[Bit]) {
    let _ = writeln!(out, "\n/// {doc}\npub const {name}: &[(&str, {kind})] = &[");
    for bit in bits {
        let _ = writeln!(out, "    (\"{}\", 1 << {}),", bit.name, bit.bit);
    }
    out.push_str("];\n");
}

fn enumeration(out: &mut String, name: &str, doc: &str, values: &[Value]) {
    let _ = writeln!(out, "\n/// {doc}");
    let _ = writeln!(out, "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n#[repr(u8)]");
    let _ = writeln!(out, "pub enum {name} {{");
    for value in values {
        out.push_str(&paragraph("    ///", &value.doc));
        let _ = writeln!(out, "    {} = {},", camel(&value.name), value.value);
    }
    let _ = writeln!(out, "}}\n\nimpl {name} {{\n    /// All of them.");
    let _ = writeln!(out, "    pub const ALL: &[Self] = &[");
    for value in values {
        let _ = writeln!(out, "        Self::{},", camel(&value.name));
    }
    out.push_str("    ];\n\n    /// Name, as the documentation writes it.\n");
    out.push_str("    pub fn name(self) -> &'static str {\n        match self {\n");
    for value in values {
        let _ = writeln!(out, "            Self::{} => \"{}\",", camel(&value.name), value.name);
    }
    out.push_str("        }\n    }\n\n    /// The one with this code.\n");
    out.push_str("    pub fn from_code(code: u8) -> Option<Self> {\n");
    out.push_str(
        "        Self::ALL.iter().copied().find(|known| *known as u8 == code)\n    }\n}\n",
    );
}

fn registers(out: &mut String, abi: &Abi) {
    let row = |r: &Register| (r.doc.clone(), upper(&r.name), format!("0x{:04x}", r.at));
    let stride = (
        "From one ring's registers to the next's.".into(),
        "RING_STRIDE".into(),
        format!("0x{:x}", abi.ring.stride),
    );
    let rows = abi.register.iter().map(row).chain([stride]);
    module(out, "register", "Offsets of registers; those of rings are ring 0's.", "u32", rows);
}

fn counters(out: &mut String, counters: &[Counter]) {
    let row = |c: &Counter| (c.doc.clone(), upper(&c.name), c.at.to_string());
    let doc = "Numbers of counters; those of lanes are lane 0's.";
    module(out, "counter_at", doc, "u32", counters.iter().map(row));
    let _ = writeln!(out, "\n/// The counters.\npub const COUNTERS: &[Counter] = &[");
    for c in counters {
        let _ = writeln!(
            out,
            "    Counter {{ name: \"{}\", at: {}, per_lane: {} }},",
            c.name,
            c.at,
            c.per_lane > 1
        );
    }
    out.push_str("];\n");
}

fn configurations(out: &mut String, configurations: &[Configuration]) {
    for c in configurations {
        out.push('\n');
        out.push_str(&paragraph("///", &c.doc));
        let _ = writeln!(out, "pub const {}: Configuration = Configuration {{", upper(&c.name));
        let _ = writeln!(out, "    name: \"{}\",\n    id: {},", c.name, c.id);
        let _ = writeln!(out, "    lanes: {},\n    regs_per_round: {},", c.lanes, c.regs_per_round);
        let sbox = if c.sbox as u8 == 0 { "Table" } else { "Composite" };
        let _ = writeln!(out, "    sbox: Sbox::{sbox},\n    key_slots: {},", c.key_slots);
        let _ = writeln!(out, "    contexts: {},\n    rings: {},", c.contexts, c.rings);
        let _ = writeln!(out, "    read_tags: {},\n    clock_khz: {},", c.read_tags, c.clock_khz);
        out.push_str("};\n");
    }
    out.push_str("\n/// The configurations.\npub const CONFIGURATIONS: &[Configuration] = &[");
    let names: Vec<_> = configurations.iter().map(|c| upper(&c.name)).collect();
    let _ = writeln!(out, "{}];", names.join(", "));
}
