//! SIGKILL while values are tokenized: what was acknowledged is there after the restart, a value
//! has one token in a domain that gives it one, and a token stands for one value.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Gateway, Random, Vault, allow_tokens, card, full, typex};

/// How often the gateway is killed.
fn kills() -> usize {
    if full() { 1_000 } else { 200 }
}

/// Connections that tokenize side by side, two of them the same values at the same time.
const WRITERS: usize = 4;

/// Digits of a value.
const DIGITS: usize = 16;

/// Values of one request.
const BATCH: usize = 8;

/// More values than a writer comes to between kills.
const ROUND_VALUES: u64 = 20_000;

/// Values or tokens of one request when all are looked at.
const ALL_BATCH: usize = 500;

/// Values and the tokens that answers have promised for them.
type Promised = BTreeMap<String, String>;

#[test]
fn tokens_that_were_acknowledged_survive_being_killed() {
    let mut random = Random::seeded("tokens");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let gateway = Gateway::start_in(&data, &[], &[]);
    prepare(&gateway);
    gateway.stop();
    let mut promised = Promised::new();
    for round in 1..=kills() {
        let gateway = Gateway::start_in(&data, &[], &[]);
        let delay = Duration::from_micros(20_000 + random.next() % 180_000);
        for (value, token) in tokenize_until_killed(gateway, delay, (round, &promised)) {
            let known = promised.entry(value.clone()).or_insert_with(|| token.clone());
            assert_eq!(*known, token, "{value} has two tokens after {round} kills");
        }
    }
    let tokens: BTreeSet<_> = promised.values().collect();
    assert_eq!(tokens.len(), promised.len(), "a token stands for two values");
    check_all(&data, &promised);
    check_files(&data, &promised);
    println!("{} kills, {} tokens", kills(), promised.len());
    assert!(promised.len() > 10 * kills(), "too few tokens between kills");
}

/// A domain in which a value has one token, and whoever asks for them.
fn prepare(gateway: &Gateway) {
    let partition = allow_tokens(gateway);
    let domain = ["tokens", "domain", "create", "cards", "--partition", &partition];
    let form = ["--scheme", "vault", "--distinct", "none", "--detokenize", "100000000"];
    gateway.typex(&[&domain[..], &form[..]].concat()).succeeds();
    let mut vault = Vault::open(gateway);
    let cards = json!({ "allowed_roles": ["shop"], "convergent": true, "mapping_mode": "default" });
    vault.does("transformations/tokenization/cards", &cards);
    vault.does("role/shop", &json!({ "transformations": ["cards"] }));
}

/// What answers have promised until the gateway was gone: of some values that had a token before,
/// then of new ones.
fn tokenize_until_killed(
    gateway: Gateway,
    delay: Duration,
    (round, promised): (usize, &Promised),
) -> Vec<(String, String)> {
    let address = Vault::address(&gateway);
    let known: Vec<_> = promised.keys().skip(round).step_by(997).take(BATCH).cloned().collect();
    let starts = (0..WRITERS as u64).map(|writer| (2 * round as u64 + writer / 2) * ROUND_VALUES);
    std::thread::scope(|scope| {
        let known = known.as_slice();
        let writers = starts.map(|start| scope.spawn(move || tokenize(address, known, start)));
        let writers: Vec<_> = writers.collect();
        std::thread::sleep(delay);
        gateway.kill();
        writers.into_iter().flat_map(|writer| writer.join().expect("it ends")).collect()
    })
}

/// Batches of values until the gateway is gone: first `known`, then those of numbers from `start`.
fn tokenize(address: SocketAddr, known: &[String], start: u64) -> Vec<(String, String)> {
    let mut promised = Vec::new();
    let Some(mut vault) = Vault::try_open(address) else { return promised };
    let new = (start..start + ROUND_VALUES).map(value).collect::<Vec<_>>();
    let known = (!known.is_empty()).then_some(known);
    for values in known.into_iter().chain(new.chunks(BATCH)) {
        let Some((status, answer)) = vault.ask("encode/shop", &batch(values)) else { break };
        assert_eq!(status, 200, "{answer}");
        promised.extend(values.iter().cloned().zip(results(&answer["data"], "encoded_value")));
    }
    promised
}

/// Every token stands for its value, every value has its token, and the store is whole.
fn check_all(data: &Path, promised: &Promised) {
    let gateway = Gateway::start_in(data, &[], &[]);
    let mut vault = Vault::open(&gateway);
    let (values, tokens): (Vec<_>, Vec<_>) =
        promised.iter().map(|(value, token)| (value.clone(), token.clone())).unzip();
    for (values, tokens) in values.chunks(ALL_BATCH).zip(tokens.chunks(ALL_BATCH)) {
        let found = vault.does("decode/shop", &batch(tokens));
        assert_eq!(results(&found, "decoded_value"), values);
        let found = vault.does("encode/shop", &batch(values));
        assert_eq!(results(&found, "encoded_value"), tokens);
    }
    gateway.stop();
    typex(data, &["fsck"]).succeeds();
    typex(data, &["audit", "verify"]).succeeds();
}

/// No value is in a file in clear. Parts of so many stand in any log by chance.
fn check_files(folder: &Path, promised: &Promised) {
    for entry in folder.read_dir().expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            check_files(&path, promised);
            continue;
        }
        let bytes = std::fs::read(&path).expect("readable");
        for digits in bytes.split(|byte| !byte.is_ascii_digit()) {
            let found = digits.windows(DIGITS).any(|value| is_in(promised, value));
            assert!(!found, "a value is in {}", path.display());
        }
    }
}

fn is_in(promised: &Promised, value: &[u8]) -> bool {
    promised.contains_key(std::str::from_utf8(value).expect("digits"))
}

fn batch(values: &[String]) -> Value {
    let input: Vec<_> = values.iter().map(|value| json!({ "value": value })).collect();
    json!({ "batch_input": input })
}

/// A member of every result of a batch.
#[track_caller]
fn results(data: &Value, member: &str) -> Vec<String> {
    let results = data["batch_results"].as_array().expect("results");
    let text = |result: &Value| match &result[member] {
        Value::String(text) => text.clone(),
        _ => panic!("no {member}: {result}"),
    };
    results.iter().map(text).collect()
}

/// The card number of a number: different ones, with digits as of others.
fn value(number: u64) -> String {
    let mixed = u128::from(number + 1) * 2_497_302_113_747 % 10_000_000_000_000;
    card(&format!("45{mixed:013}"))
}
