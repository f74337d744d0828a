//! `hdl/rtl/pkg/abi_pkg.sv`.

use crate::describe::{camel, paragraph};
use crate::schema::{Abi, Bit, Configuration, Counter, Field, Register, Value};
use std::fmt::{Display, Write};

const HEAD: &str = "// Generated from hdl/abi/abi.toml by `just abi`; not to be edited.
//
// Fields of lines (Desc, Cpl, Key): Lsb is the lowest bit of the field in the little-endian line,
// W its width. Flag, Usage, Err: bit numbers. Reg: offsets in the BAR. Cnt: numbers of counters.

package abi_pkg;
";

pub(crate) fn render(abi: &Abi) -> String {
    let mut out = HEAD.to_owned();
    section(&mut out, "Version.");
    parameter(&mut out, "logic [31:0]", "Magic", format!("32'h{:08x}", abi.abi.magic));
    number(&mut out, "AbiMajor", abi.abi.major);
    number(&mut out, "AbiMinor", abi.abi.minor);
    for configuration in &abi.configuration {
        render_configuration(&mut out, configuration);
    }
    section(&mut out, "Limits.");
    abi.limit.iter().for_each(|l| number(&mut out, &camel(&l.name), l.value));
    enumeration(&mut out, "opcode_e", "Op", 8, &abi.opcode);
    enumeration(&mut out, "status_e", "Status", 8, &abi.status);
    enumeration(&mut out, "step_e", "Step", 4, &abi.step);
    fields(&mut out, "Descriptor.", "Desc", &abi.descriptor);
    fields(&mut out, "Completion.", "Cpl", &abi.completion);
    fields(&mut out, "Header of a wrapped key.", "Key", &abi.wrapped_key);
    bits(&mut out, "Flags of a descriptor.", "Flag", &abi.flag);
    bits(&mut out, "Single-step rights.", "Usage", &abi.usage);
    bits(&mut out, "Errors.", "Err", &abi.error);
    registers(&mut out, &abi.register, abi.ring.stride);
    counters(&mut out, &abi.counter);
    out.push_str("\nendpackage\n");
    out
}

fn section(out: &mut String, title: &str) {
    out.push('\n');
    out.push_str(&paragraph("  //", title));
}

fn parameter(out: &mut String, kind: &str, name: &str, value: impl Display) {
    let _ = writeln!(out, "  parameter {kind} {name} = {value};");
}

fn number(out: &mut String, name: &str, value: impl Display) {
    parameter(out, "int unsigned", name, value);
}

fn render_configuration(out: &mut String, c: &Configuration) {
    section(out, &format!("Configuration {}. {}", c.name, c.doc));
    let name = camel(&c.name);
    for (field, value) in [
        ("Id", c.id),
        ("NumLanes", c.lanes),
        ("RegsPerRound", c.regs_per_round),
        ("SboxArch", c.sbox as u32),
        ("NumSlots", c.key_slots),
        ("NumCtx", c.contexts),
        ("NumRings", c.rings),
        ("ReadTags", c.read_tags),
        ("ClockKhz", c.clock_khz),
    ] {
        number(out, &format!("{name}{field}"), value);
    }
}

fn enumeration(out: &mut String, name: &str, prefix: &str, width: u32, values: &[Value]) {
    let _ = writeln!(out, "\n  typedef enum logic [{}:0] {{", width - 1);
    for (index, value) in values.iter().enumerate() {
        out.push_str(&paragraph("    //", &value.doc));
        let comma = if index + 1 < values.len() { "," } else { "" };
        let name = format!("{prefix}{}", camel(&value.name));
        let _ = writeln!(out, "    {name} = {width}'d{}{comma}", value.value);
    }
    let _ = writeln!(out, "  }} {name};");
}

fn fields(out: &mut String, title: &str, prefix: &str, fields: &[Field]) {
    section(out, title);
    for field in fields {
        let name = format!("{prefix}{}", camel(&field.name));
        number(out, &format!("{name}Lsb"), 8 * field.at);
        number(out, &format!("{name}W"), 8 * field.bytes);
    }
}

fn bits(out: &mut String, title: &str, prefix: &str, bits: &[Bit]) {
    section(out, title);
    bits.iter().for_each(|b| number(out, &format!("{prefix}{}", camel(&b.name)), b.bit));
}

fn registers(out: &mut String, registers: &[Register], stride: u32) {
    section(out, "Registers; those of rings are ring 0's.");
    for register in registers {
        let name = format!("Reg{}", camel(&register.name));
        parameter(out, "logic [15:0]", &name, format!("16'h{:04x}", register.at));
    }
    number(out, "RingStride", stride);
}

fn counters(out: &mut String, counters: &[Counter]) {
    section(out, "Counters; those of lanes are lane 0's.");
    counters.iter().for_each(|c| number(out, &format!("Cnt{}", camel(&c.name)), c.at));
}
