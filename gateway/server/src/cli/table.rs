//! Prints what operator requests answer.

use std::io::Write;

use serde::Serialize;

use super::run::Failure;
use crate::admin::{Answer, Client, Hem, Key, Listed};

/// Keys, one a line.
pub(super) fn keys(answer: Answer, json: bool) -> Result<(), Failure> {
    let Answer::Keys(keys) = answer else { return Err(unexpected()) };
    let row = |key: &Key| {
        let object = key.object.clone().unwrap_or_default();
        let usage = usage(key);
        let label = key.label.clone().unwrap_or_default();
        [key.id.clone(), key.partition.clone(), object, usage, key.state.clone(), label]
    };
    listed(&keys, json, ["KEY", "PARTITION", "OBJECT", "USAGE", "STATE", "LABEL"], row)
}

/// What a key is for, in a few words.
fn usage(key: &Key) -> String {
    let usage = key.algorithm.as_ref().unwrap_or(&key.usage);
    key.modulus_bits.map_or_else(|| usage.clone(), |bits| format!("{usage} {bits}"))
}

/// One key, one member a line.
pub(super) fn key(answer: Answer, json: bool) -> Result<(), Failure> {
    let Answer::Keys(keys) = answer else { return Err(unexpected()) };
    if json {
        return lines(&keys);
    }
    for key in keys.iter() {
        let serde_json::Value::Object(members) = serde_json::to_value(key)? else {
            return Err(unexpected());
        };
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            say!("{name:<12} {text}");
        }
    }
    Ok(())
}

/// Clients, one a line.
pub(super) fn clients(answer: Answer, json: bool) -> Result<(), Failure> {
    let Answer::Clients(clients) = answer else { return Err(unexpected()) };
    let row = |one: &Client| {
        let keys = one.api_keys.to_string();
        [one.id.clone(), one.partition.clone(), keys, one.status.clone(), one.name.clone()]
    };
    listed(&clients, json, ["CLIENT", "PARTITION", "API KEYS", "STATUS", "NAME"], row)
}

/// A new client and its API key.
pub(super) fn added(answer: Answer) -> Result<(), Failure> {
    let Answer::Added { client, api_key } = answer else { return Err(unexpected()) };
    say!("client    {}\npartition {}", client.id, client.partition);
    say!("api key   {api_key}   (shown once, kept only as a digest)");
    Ok(())
}

/// Virtual security modules, one a line.
pub(super) fn hems(answer: Answer, json: bool) -> Result<(), Failure> {
    let Answer::Hems(hems) = answer else { return Err(unexpected()) };
    if json {
        return lines(&hems);
    }
    let row = |one: &Hem| {
        let state = if one.serves { "serves" } else { "stopped" }.to_owned();
        let owner = one.owner.clone().unwrap_or_else(|| "(none)".to_owned());
        let host = one.host.clone().unwrap_or_default();
        [one.name.clone(), one.partition.clone(), state, owner, host]
    };
    rows(["NAME", "PARTITION", "STATE", "OWNER", "CALLED"], hems.iter().map(row))
}

/// Rows as lines of JSON or as a table; standard error tells where there are more.
pub(super) fn listed<T: Serialize, const N: usize>(
    all: &Listed<T>,
    json: bool,
    header: [&str; N],
    row: impl Fn(&T) -> [String; N],
) -> Result<(), Failure> {
    if json {
        lines(all)?
    } else {
        rows(header, all.iter().map(row))?
    }
    if all.is_cut {
        writeln!(std::io::stderr(), "Only {} are shown: there are more.", all.len())?;
    }
    Ok(())
}

pub(super) fn lines(rows: &[impl Serialize]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for row in rows {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Columns as wide as their widest cell; the last one is free.
pub(super) fn rows<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<(), Failure> {
    let all: Vec<[String; N]> = std::iter::once(header.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = std::io::stdout().lock();
    for row in &all {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

pub(super) fn unexpected() -> Failure {
    "the gateway gave another answer than asked for".into()
}
