//! `docs/registers.md`.

use crate::schema::{Abi, Access, Bit, Field, Register, Value};
use std::fmt::Write;

const HEAD: &str = "# Registers, descriptors, completions

Generated from `hdl/abi/abi.toml` by `just abi`; not to be edited. How they are used is in
`docs/hardware.md`.

Integers are little-endian wherever they lie in memory. Byte strings (IV, tag, data) are in the
order in which the standards write them.
";

pub(crate) fn render(abi: &Abi) -> String {
    let mut out = HEAD.to_owned();
    let _ = writeln!(out, "\nVersion {}.{} of the interface.", abi.abi.major, abi.abi.minor);
    configurations(&mut out, abi);
    values(&mut out, "Limits", "Limit", &abi.limit);
    registers(&mut out, abi);
    bits(&mut out, "Errors", "Registers `error` and `error_mask`.", &abi.error);
    layout(&mut out, "Descriptor, 64 bytes", &abi.descriptor, 64);
    bits(&mut out, "Flags", "Byte 1 of a descriptor.", &abi.flag);
    values(&mut out, "Opcodes", "Opcode", &abi.opcode);
    layout(&mut out, "Completion, 16 or 32 bytes", &abi.completion, 32);
    values(&mut out, "Status", "Status", &abi.status);
    layout(&mut out, "Header of a wrapped key, 64 bytes", &abi.wrapped_key, 64);
    out.push_str(WRAPPED);
    bits(&mut out, "Usage", "Single-step rights in the header of a key.", &abi.usage);
    values(&mut out, "Program steps", "Kind", &abi.step);
    out.push_str(STEPS);
    counters(&mut out, abi);
    out
}

const WRAPPED: &str = "
`key_load` reads 96 bytes: this header, authenticated, and 32 bytes of ciphertext. A key of 16 or
24 bytes stands first in the clear text, zeros follow. The algorithm is AES-256-GCM under a root;
IV and tag are in the descriptor.
";

const STEPS: &str = "
A step has 16 bits: the kind in bits 0 to 3, which key in 4 and 5, envelope in 6, iv in 7, zeros
above. A key needs role bit `kind` for it. The first step of kind `end`, or the eighth step, ends
the program. A program is accepted when its kinds spell

    mac_check? (cbc_open | gcm_open | ctr_open | ecb_open)
    (operate_encrypt | operate_decrypt)? (cbc_seal | gcm_seal | ctr_seal) mac_seal? end

with `mac_check` only before `cbc_open`, `mac_seal` only after `cbc_seal`, an operate step only
between `cbc_open` and `cbc_seal` that carry `envelope`, and `envelope` only where there is an
operate step.
";

fn configurations(out: &mut String, abi: &Abi) {
    out.push_str("\n## Configurations\n\n");
    for c in &abi.configuration {
        let _ = writeln!(out, "- `{}` (id {}): {}", c.name, c.id, c.doc);
    }
    out.push_str(
        "\n| Configuration | lanes | registers per round | key slots | contexts per lane |",
    );
    out.push_str(" rings | read tags |\n|---|---:|---:|---:|---:|---:|---:|\n");
    for c in &abi.configuration {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            c.name, c.lanes, c.regs_per_round, c.key_slots, c.contexts, c.rings, c.read_tags
        );
    }
}

fn values(out: &mut String, title: &str, column: &str, values: &[Value]) {
    let _ = writeln!(out, "\n## {title}\n\n| {column} | value | meaning |\n|---|---:|---|");
    for value in values {
        let _ = writeln!(out, "| `{}` | {} | {} |", value.name, value.value, value.doc);
    }
}

fn bits(out: &mut String, title: &str, intro: &str, bits: &[Bit]) {
    let _ = writeln!(out, "\n## {title}\n\n{intro}\n\n| bit | name | meaning |\n|---:|---|---|");
    for bit in bits {
        let _ = writeln!(out, "| {} | `{}` | {} |", bit.bit, bit.name, bit.doc);
    }
}

fn registers(out: &mut String, abi: &Abi) {
    out.push_str("\n## Registers\n\nBAR0, 64 KiB, 32 bits each.\n\n");
    out.push_str("`ro` read, `rw` read and write, `wo` write, `w1c` write 1 to clear.\n\n");
    register_table(out, abi.register.iter().filter(|r| !r.ring));
    let _ = writeln!(
        out,
        "\n### Registers of a ring\n\nRing n adds n times 0x{:x}.\n",
        abi.ring.stride
    );
    register_table(out, abi.register.iter().filter(|r| r.ring));
}

fn register_table<'a>(out: &mut String, registers: impl Iterator<Item = &'a Register>) {
    out.push_str("| offset | name | access | meaning |\n|---|---|---|---|\n");
    for register in registers {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {}{} |",
            place(register),
            register.name,
            access(register.access),
            register.doc,
            if register.shadowed {
                " Takes effect when written twice with the same value."
            } else {
                ""
            },
        );
    }
}

fn place(register: &Register) -> String {
    match (register.count, register.bytes) {
        (1, 4) => format!("0x{:04x}", register.at),
        (1, _) => format!("0x{:04x}, 0x{:04x}", register.at, register.at + 4),
        (n, _) => format!("0x{:04x} + {} n, n < {n}", register.at, register.stride),
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Ro => "ro",
        Access::Rw => "rw",
        Access::Wo => "wo",
        Access::W1c => "w1c",
    }
}

/// Sixteen bytes per row, then the fields in words.
fn layout(out: &mut String, title: &str, fields: &[Field], size: u32) {
    let _ = writeln!(out, "\n## {title}\n\n```text");
    let columns: String = (0..16).map(|byte| format!("{byte:>5}")).collect();
    let _ = writeln!(out, "     {columns}");
    for row in (0..size).step_by(16) {
        draw(out, row, &fields.iter().filter(|f| f.of.is_none()).collect::<Vec<_>>());
    }
    let _ = writeln!(out, "     +{}\n```\n", "-".repeat(79) + "+");
    out.push_str("| bytes | field | meaning |\n|---|---|---|\n");
    for field in fields {
        let of = field.of.as_ref().map_or(String::new(), |of| format!("`{of}`: "));
        let last = field.at + field.bytes - 1;
        let bytes =
            if field.bytes == 1 { last.to_string() } else { format!("{}-{last}", field.at) };
        let _ = writeln!(out, "| {bytes} | `{}` | {of}{} |", field.name, field.doc);
    }
}

fn draw(out: &mut String, row: u32, fields: &[&Field]) {
    let mut line = format!("{row:>4} ");
    let mut rule = "     ".to_owned();
    let mut at = row;
    while at < row + 16 {
        let field = fields.iter().find(|f| (f.at..f.at + f.bytes).contains(&at));
        let end = field.map_or(at + 1, |f| f.at + f.bytes).min(row + 16);
        let width = (5 * (end - at) - 1) as usize;
        let name = field.map_or("", |f| f.name.as_str());
        let name = if name.len() > width { &name[..width] } else { name };
        let _ = write!(line, "|{name:^width$}");
        let _ = write!(rule, "+{}", "-".repeat(width));
        at = end;
    }
    let _ = writeln!(out, "{rule}+\n{line}|");
}

fn counters(out: &mut String, abi: &Abi) {
    out.push_str("\n## Counters\n\n64 bits each, in cycles, bytes or events.\n\n");
    out.push_str("| number | name | meaning |\n|---|---|---|\n");
    for c in &abi.counter {
        let lane = if c.per_lane > 1 { " + n" } else { "" };
        let _ = writeln!(out, "| {}{lane} | `{}` | {} |", c.at, c.name, c.doc);
    }
}
