//! Tokens over frames: as the Vault dialect has them, and after a SIGKILL in the middle of a frame.
// spec: stream 8.3

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use typex_client::{KeyName, Outcome, ParametersReader, Record, Status, Stream, operation, tag};

use super::service::{parameters, words};
use super::{connect, of, run, running};
use crate::harness::{Gateway, Random, Vault, allow_tokens, card, full};

const DOMAIN: &str = "domain/cards";
/// Values of one frame.
const VALUES: u64 = 64;

/// A domain in which a value has one token, and who may do all in it.
pub(super) fn prepare(gateway: &Gateway) {
    let partition = allow_tokens(gateway);
    let domain = ["tokens", "domain", "create", "cards", "--partition", &partition];
    let form = ["--scheme", "vault", "--distinct", "none", "--detokenize", "100000000"];
    gateway.typex(&[&domain[..], &form[..]].concat()).succeeds();
    let mut vault = Vault::open(gateway);
    let cards = json!({ "allowed_roles": ["shop"], "convergent": true, "mapping_mode": "default" });
    vault.does("transformations/tokenization/cards", &cards);
    vault.does("role/shop", &json!({ "transformations": ["cards"] }));
}

pub(super) async fn open(stream: &Stream) -> u32 {
    stream.open("TEST_API", KeyName::Text(DOMAIN)).await.expect("there are rights")
}

/// The card number of a number.
pub(super) fn value(number: u64) -> String {
    let mixed = u128::from(number + 1) * 2_497_302_113_747 % 10_000_000_000_000;
    card(&format!("45{mixed:013}"))
}

/// One operation on each of some texts, in one frame.
pub(super) async fn ask(
    stream: &Stream,
    (operation, handle): (u16, u32),
    fields: &[(u8, &[u8])],
    texts: &[String],
) -> Option<Vec<Outcome>> {
    let parameters = parameters(fields);
    let parameters = parameters.bytes();
    let record = |(id, text): (u32, &'_ String)| (id, text.clone());
    let texts: Vec<_> = (0..).zip(texts).map(record).collect();
    let records: Vec<_> = texts
        .iter()
        .map(|(id, text)| Record { id: *id, operation, handle, parameters, data: text.as_bytes() })
        .collect();
    stream.batch(&records, None).await.ok()
}

/// The data of every answer, in the order of what was asked.
#[track_caller]
pub(super) fn texts(answers: &[Outcome]) -> Vec<String> {
    let count = u32::try_from(answers.len()).expect("a frame's");
    let text = |id: u32| {
        let answer = of(answers, id);
        assert_eq!(answer.status, Status::Done, "{}", words(answer));
        String::from_utf8(answer.data.to_vec()).expect("a text")
    };
    (0..count).map(text).collect()
}

#[test]
fn tokens_are_those_of_the_other_dialect() {
    run(async |gateway, client| {
        prepare(gateway);
        let stream = client.stream().await.expect("a stream");
        let handle = open(&stream).await;
        let values: Vec<_> = (0..VALUES).map(value).collect();
        let answers = ask(&stream, (operation::TOKENIZE, handle), &[], &values).await;
        let tokens = texts(&answers.expect("answers"));
        let input: Vec<_> = values.iter().map(|value| json!({ "value": value })).collect();
        let encoded = Vault::open(gateway).does("encode/shop", &json!({ "batch_input": input }));
        let others = encoded["batch_results"].as_array().expect("results").iter();
        let others: Vec<_> =
            others.map(|one| one["encoded_value"].as_str().expect("a text")).collect();
        assert_eq!(tokens, others);

        let why: [(u8, &[u8]); 1] = [(tag::PURPOSE, b"refund 12")];
        let back = (operation::DETOKENIZE, handle);
        let answers = ask(&stream, back, &why, &tokens).await.expect("answers");
        assert_eq!(texts(&answers), values);
        let masked = [why[0], (tag::MASK, &[1])];
        let answers = ask(&stream, back, &masked, &tokens[..1]).await.expect("an answer");
        let value = &values[0];
        let shown = format!("{}******{}", &value[..6], &value[12..]);
        assert_eq!(texts(&answers), [shown]);
        let answers = ask(&stream, back, &[], &tokens[..1]).await.expect("an answer");
        assert_eq!(answers[0].status, Status::Malformed, "without a purpose");
    });
}

#[test]
fn what_stands_beside_a_token_is_told() {
    run(async |gateway, client| {
        prepare(gateway);
        let stream = client.stream().await.expect("a stream");
        let handle = open(&stream).await;
        let day = 86_400_000_u64.to_be_bytes();
        let pair = [&[0, 4][..], b"shop17"].concat();
        let fields: [(u8, &[u8]); 2] = [(tag::LIFE, &day), (tag::METADATA, &pair)];
        let made = ask(&stream, (operation::TOKENIZE, handle), &fields, &[value(7)]).await;
        let made = made.expect("an answer");
        let token = texts(&made);
        let ends =
            ParametersReader::new(&made[0].parameters).take(tag::ENDS).expect("an end").to_vec();
        let about = ask(&stream, (operation::LOOKUP, handle), &[], &token).await;
        let about = about.expect("an answer");
        assert_eq!(about[0].status, Status::Done, "{}", words(&about[0]));
        let mut told = ParametersReader::new(&about[0].parameters);
        assert_eq!(told.take(tag::METADATA), Some(&pair[..]));
        assert_eq!(told.take(tag::ENDS), Some(&ends[..]));
        assert_eq!(told.take(tag::CREATED).map(<[u8]>::len), Some(8));
        assert!(told.is_empty());
        let no_right = ask(&stream, (operation::DELETE, handle), &[], &token).await;
        assert_eq!(no_right.expect("an answer")[0].status, Status::Forbidden);
    });
}

#[test]
fn domains_without_rights_are_not_opened() {
    run(async |gateway, client| {
        let stream = client.stream().await.expect("a stream");
        let refused = stream.open("TEST_API", KeyName::Text(DOMAIN)).await;
        assert!(super::is_refused(&refused, Status::Forbidden), "{refused:?}");
        allow_tokens(gateway);
        let refused = stream.open("TEST_API", KeyName::Text(DOMAIN)).await;
        assert!(super::is_refused(&refused, Status::NotFound), "{refused:?}");
    });
}

/// Rounds in which the gateway is killed.
fn rounds() -> u64 {
    if full() { 100 } else { 20 }
}

/// Frames that are answered before the one in which the gateway is killed.
const FRAMES: u64 = 3;

#[test]
fn acknowledged_tokens_survive_a_kill_within_a_frame() {
    let mut random = Random::seeded("tokens over frames");
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data = dir.path().join("data");
    let gateway = Gateway::start_in(&data, &[], &[]);
    prepare(&gateway);
    gateway.stop();
    let mut promised = BTreeMap::new();
    for round in 0..rounds() {
        let delay = Duration::from_micros(random.next() % 3000);
        promised.extend(tokenize_until_killed(&data, round, delay));
    }
    assert!(promised.len() as u64 >= rounds() * FRAMES * VALUES, "{}", promised.len());
    let gateway = Gateway::start_in(&data, &[], &[]);
    running(async {
        let client = connect(&gateway, "frames/typex/1").await.expect("it listens");
        let stream = client.stream().await.expect("a stream");
        let handle = open(&stream).await;
        let why: [(u8, &[u8]); 1] = [(tag::PURPOSE, b"after a kill")];
        let (values, tokens): (Vec<_>, Vec<_>) = promised.into_iter().unzip();
        for (values, tokens) in values.chunks(500).zip(tokens.chunks(500)) {
            let back = (operation::DETOKENIZE, handle);
            let answers = ask(&stream, back, &why, tokens).await.expect("answers");
            assert_eq!(texts(&answers), values);
        }
    });
    gateway.stop();
}

/// What was acknowledged until the gateway was gone, in the middle of the last frame.
fn tokenize_until_killed(data: &Path, round: u64, delay: Duration) -> Vec<(String, String)> {
    let gateway = Gateway::start_in(data, &[], &[]);
    let mut promised = Vec::new();
    running(async {
        let client = connect(&gateway, "frames/typex/1").await.expect("it listens");
        let stream = client.stream().await.expect("a stream");
        let handle = open(&stream).await;
        for frame in 0..=FRAMES {
            let first = (round * (FRAMES + 1) + frame) * VALUES;
            let values: Vec<_> = (first..first + VALUES).map(value).collect();
            let asked = ask(&stream, (operation::TOKENIZE, handle), &[], &values);
            let answers = if frame < FRAMES {
                asked.await
            } else {
                tokio::time::timeout(delay, asked).await.ok().flatten()
            };
            if let Some(answers) = answers {
                promised.extend(values.into_iter().zip(texts(&answers)));
            }
        }
    });
    gateway.kill();
    promised
}
