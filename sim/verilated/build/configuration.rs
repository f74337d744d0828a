//! The shape of the card that is built: a configuration of hdl/abi/abi.toml.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// Parameters of `card`, the keys of abi.toml, and the variables by which the Rust side sees them.
const PARAMETERS: [(&str, &str, &str); 6] = [
    ("NumLanes", "lanes", "RTL_LANES"),
    ("RegsPerRound", "regs_per_round", "RTL_REGS_PER_ROUND"),
    ("NumSlots", "key_slots", "RTL_KEY_SLOTS"),
    ("NumCtx", "contexts", "RTL_CONTEXTS"),
    ("NumRings", "rings", "RTL_RINGS"),
    ("ReadTags", "read_tags", "RTL_READ_TAGS"),
];

/// A configuration.
pub(crate) struct Configuration {
    table: Table,
}

impl Configuration {
    /// The one that CARD_CONFIGURATION names; `usp-model` unless it is set.
    pub(crate) fn read(abi: &Path) -> Result<Self, String> {
        println!("cargo:rerun-if-env-changed=CARD_CONFIGURATION");
        println!("cargo:rerun-if-changed={}", abi.display());
        let name = std::env::var("CARD_CONFIGURATION").unwrap_or_else(|_| "usp-model".to_owned());
        let text =
            fs::read_to_string(abi).map_err(|error| format!("{}: {error}", abi.display()))?;
        let all: Table = text.parse().map_err(|error| format!("{}: {error}", abi.display()))?;
        let list = all.get("configuration").and_then(Value::as_array).into_iter().flatten();
        let table = list
            .filter_map(Value::as_table)
            .find(|one| one.get("name").and_then(Value::as_str) == Some(&name))
            .ok_or_else(|| format!("{} has no configuration {name}", abi.display()))?;
        Ok(Self { table: table.clone() })
    }

    fn number(&self, key: &str) -> i64 {
        self.table.get(key).and_then(Value::as_integer).unwrap_or_default()
    }

    fn text(&self, key: &str) -> &str {
        self.table.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// As Verilator takes them.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let numbers = PARAMETERS.map(|(name, key, _)| format!("-G{name}={}", self.number(key)));
        let composite = u8::from(self.text("sbox") == "composite");
        let rest = [
            format!("-GSboxArch={composite}"),
            format!("-GConfiguration={}", self.number("id")),
            format!("-GClockKhz={}", self.number("clock_khz")),
        ];
        numbers.into_iter().chain(rest).collect()
    }

    /// Shows them to the Rust side.
    pub(crate) fn publish(&self) {
        for (_, key, variable) in PARAMETERS {
            println!("cargo:rustc-env={variable}={}", self.number(key));
        }
        println!("cargo:rustc-env=RTL_CONFIGURATION={}", self.text("name"));
        println!("cargo:rustc-env=RTL_CLOCK_KHZ={}", self.number("clock_khz"));
    }
}
