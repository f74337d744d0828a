//! What the shim and the Rust side must know of a top: its ports.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A port as the generated header declares it.
struct Port<'a> {
    name: &'a str,
    bits: u32,
    is_output: bool,
}

/// Reads `VL_IN8(&name,msb,lsb);` and its relatives.
fn port(line: &str) -> Result<Option<Port<'_>>, String> {
    let line = line.trim();
    let (is_output, rest) = match (line.strip_prefix("VL_IN"), line.strip_prefix("VL_OUT")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return Ok(None),
    };
    let fields = rest.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let mut fields = fields.map_or("", |(fields, _)| fields).split(',');
    let name = fields.next().and_then(|name| name.strip_prefix('&'));
    let mut number = || fields.next().and_then(|text| text.trim().parse::<u32>().ok());
    match (name, number(), number()) {
        (Some(name), Some(high), Some(low)) => {
            Ok(Some(Port { name, bits: high - low + 1, is_output }))
        }
        _ => Err(format!("a port must not be an unpacked array: {line}")),
    }
}

/// Writes `PORT(name, bits, is_output)` for each port that `header` declares.
pub(crate) fn write_ports(header: &Path, list: &Path) -> Result<(), String> {
    let text = fs::read_to_string(header).map_err(|error| format!("{header:?}: {error}"))?;
    let mut out = String::new();
    for line in text.lines() {
        if let Some(port) = port(line)? {
            let _ = writeln!(out, "PORT({}, {}, {})", port.name, port.bits, port.is_output);
        }
    }
    fs::write(list, out).map_err(|error| format!("{list:?}: {error}"))
}

/// Writes the list of tops that the crate declares.
pub(crate) fn write_tops(names: &[&str], file: &Path) -> Result<(), String> {
    let text = names.iter().map(|name| format!("{name} => {name}_top;\n")).collect::<String>();
    let text = format!("tops! {{\n{text}}}\n");
    fs::write(file, text).map_err(|error| format!("{file:?}: {error}"))
}
