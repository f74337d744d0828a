use super::*;
use crate::audit::pan::PanHash;
use crate::codec::Corrupt;
use crate::id::{ApiKeyId, ClientId, CustodianId, PartitionId};
use crate::op::user_auth::InnerStatus;
use crate::token::DomainName;

const PATH: Template = Template::new("/1.0/{handle}/{function}/{nonce}/{data}");

/// Entries that differ in every member as `pick` goes from 0 up.
pub(crate) fn sample(pick: usize) -> Entry {
    let results = [Ok(()), Err(ErrorKind::VerifyFailed), Err(ErrorKind::Busy)];
    let result = results[pick % 3];
    let verbs = [
        Verb::Request(Action::all().nth(pick % Action::all().count()).unwrap()),
        Verb::Unknown,
        Verb::Operator(Operator::ALL[pick % Operator::ALL.len()]),
    ];
    let phases =
        [Phase::Intent, Phase::Outcome { intent: pick as u64, result }, Phase::Single { result }];
    let details = details(pick);
    let proofs = Proof::ALL;
    let peers = [None, Some("127.0.0.1".parse().unwrap()), Some("2001:db8::1".parse().unwrap())];
    let optional = !pick.is_multiple_of(2);
    Entry {
        time: UnixMs(1_700_000_000_000 + pick as u64),
        principal: Principal {
            partition: PartitionId([1; 16]),
            client: optional.then_some(ClientId([2; 16])),
            api_key: pick.is_multiple_of(4).then_some(ApiKeyId([6; 16])),
            proof: proofs[pick / 2 % proofs.len()],
        },
        peer: peers[pick / 3 % 3],
        verb: verbs[pick / 5 % 3],
        key: (pick % 5 > 2).then_some((KeyId([3; 16]), u32::MAX)),
        path: optional.then_some(PATH),
        phase: phases[pick / 7 % 3],
        detail: details[pick % details.len()].clone(),
    }
}

/// Every kind of detail.
fn details(pick: usize) -> [Detail; 12] {
    [
        Detail::None,
        Detail::Object(0xee01),
        Detail::Client(ClientId([4; 16])),
        Detail::Count(u64::MAX),
        Detail::Bytes(12),
        Detail::Pan(PanHash([5; 16])),
        Detail::UserAuth(InnerStatus::ALL[pick / 7 % InnerStatus::ALL.len()]),
        Detail::AccessKey(ApiKeyId([7; 16])),
        Detail::Pair {
            incoming: KeyId([8; 16]),
            custodian: pick.is_multiple_of(2).then_some(CustodianId([9; 16])),
        },
        Detail::Component { custodian: CustodianId([9; 16]), number: 9, check_value: [1; 3] },
        Detail::Components { count: 2, check_value: pick.is_multiple_of(2).then_some([2; 3]) },
        Detail::Token(Box::new(TokenDetail {
            domain: DomainName::parse("cards.eu").unwrap(),
            pan: pick.is_multiple_of(2).then_some(PanHash([5; 16])),
            purpose: pick.is_multiple_of(3).then(|| "refund: case 17".parse().unwrap()),
        })),
    ]
}

fn written(entry: &Entry, seq: u64) -> String {
    let mut out = Vec::new();
    entry.write(seq, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn an_entry_reads_as_documented() {
    let entry = Entry {
        verb: Verb::Request(Action::ProcessData),
        principal: Principal {
            partition: PartitionId([1; 16]),
            client: None,
            api_key: Some(ApiKeyId([4; 16])),
            proof: Proof::ApiKey,
        },
        peer: None,
        key: Some((KeyId([3; 16]), 2)),
        path: Some(PATH),
        phase: Phase::Single { result: Err(ErrorKind::VerifyFailed) },
        detail: Detail::None,
        time: UnixMs(1_700_000_000_000),
    };
    let expected = format!(
        "{{\"seq\":17,\"time\":\"2023-11-14T22:13:20.000Z\",\"partition\":\"{}\",\
         \"api_key\":\"{}\",\"proof\":\"api_key\",\"action\":\"process_data\",\"key\":\"{}\",\"version\":2,\
         \"path\":\"/1.0/{{handle}}/{{function}}/{{nonce}}/{{data}}\",\
         \"result\":\"verify_failed\"",
        "01".repeat(16),
        "04".repeat(16),
        "03".repeat(16),
    );
    assert_eq!(written(&entry, 17), expected);
}

#[test]
fn every_entry_round_trips_and_shows_in_one_line() {
    for pick in 0..420 {
        let logged = Logged { seq: pick as u64, entry: sample(pick) };
        let text = written(&logged.entry, logged.seq);
        assert_eq!(Logged::parse(text.as_bytes()), Ok(logged.clone()), "{text}");
        assert!(!logged.to_string().contains('\n'));
    }
}

#[test]
fn a_user_that_is_not_proven_is_a_failure_of_a_request_that_is_none() {
    for status in InnerStatus::ALL {
        let mut entry = sample(1);
        entry.phase = Phase::Single { result: Ok(()) };
        entry.detail = Detail::UserAuth(status);
        assert_eq!(entry.is_failure(), status != InnerStatus::Success, "{status:?}");
        let text = written(&entry, 3);
        let end = format!("\"result\":\"ok\",\"user_auth\":\"{}\"", status.name());
        assert!(text.ends_with(&end), "{text}");
        let logged = Logged::parse(text.as_bytes()).expect("as written");
        assert_eq!(logged.entry, entry);
        assert!(logged.to_string().ends_with(&format!(" user_auth={}", status.name())));
    }
}

#[test]
fn other_forms_of_the_same_entry_are_refused() {
    let text = written(&sample(3), 5);
    let bad = [
        text.replace("\"seq\":5", "\"seq\":05"),
        text.replace("\"seq\":5", "\"seq\":+5"),
        text.replace("\"seq\":5", "\"seq\": 5"),
        text.replace("\"0101", "\"A101"),
        text.replace("\"proof\":\"api_key\"", "\"proof\":\"\""),
        format!("{text},\"more\":1"),
        text.replace('{', "["),
    ];
    for other in bad {
        assert_ne!(other, text);
        assert_eq!(Logged::parse(other.as_bytes()), Err(Corrupt), "{other}");
    }
}

#[test]
fn verbs_round_trip_by_name() {
    let requests = Action::all().map(Verb::Request);
    let operators = Operator::ALL.iter().copied().map(Verb::Operator);
    for verb in requests.chain(operators).chain([Verb::Unknown]) {
        assert_eq!(verb.to_string().parse(), Ok(verb));
    }
    assert_eq!("operator.unknown".parse::<Verb>(), Err(UnknownVerb));
}
