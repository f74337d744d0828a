//! Reads the vector files of NIST's validation program.

use std::path::PathBuf;

/// One record of a vector file: its section and its `NAME = value` lines.
#[derive(Default, Clone)]
pub(crate) struct Record {
    section: String,
    fields: Vec<(String, Vec<u8>)>,
}

impl Record {
    pub(crate) fn field(&self, name: &str) -> &[u8] {
        self.find(name).unwrap_or_else(|| panic!("the record has no {name}"))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&[u8]> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| &value[..])
    }

    pub(crate) fn block<const BYTES: usize>(&self, name: &str) -> [u8; BYTES] {
        self.field(name).try_into().unwrap()
    }
}

/// All records of the files of `folder` whose name starts with one of the prefixes; at least
/// `least`.
pub(crate) fn records(folder: &str, prefixes: &[&str], least: usize) -> Vec<Record> {
    let vectors = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let mut records = Vec::new();
    for entry in std::fs::read_dir(vectors.join(folder)).unwrap() {
        let file = entry.unwrap();
        let name = file.file_name().into_string().unwrap();
        if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            parse(&std::fs::read_to_string(file.path()).unwrap(), &mut records);
        }
    }
    assert!(records.len() >= least, "{prefixes:?}: only {} records", records.len());
    records
}

fn parse(text: &str, records: &mut Vec<Record>) {
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if line.starts_with("COUNT") {
            records.push(Record { section: section.clone(), fields: Vec::new() });
        } else if let (Some((name, value)), Some(record)) =
            (line.split_once('='), records.last_mut())
        {
            let value = const_hex::decode(value.trim()).unwrap();
            record.fields.push((name.trim().to_owned(), value));
        }
    }
}

/// The records of one direction.
pub(crate) fn of(records: &[Record], section: &str) -> Vec<Record> {
    records.iter().filter(|record| record.section == section).cloned().collect()
}

/// Input and expected output of a record, by its section.
pub(crate) fn sides(record: &Record) -> (Vec<u8>, Vec<u8>) {
    let (plain, cipher) = (record.field("PLAINTEXT").to_vec(), record.field("CIPHERTEXT").to_vec());
    if record.section == "ENCRYPT" { (plain, cipher) } else { (cipher, plain) }
}
