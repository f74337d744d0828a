//! Keys in parts, pairs of keys, ways of PIN blocks.

mod modes;

use super::pair::{End, Ends, Pair, PairGrant, PairGrants, Passage};
use super::payment::{Holder, KeyBlockVersions, PinRules, PinWay, Use, authorize, check, imported};
use super::{Verdict, authorize as authorize_one};
use crate::codec::{Corrupt, Record};
use crate::error::{ErrorKind, Malformed, Payment};
use crate::id::{CustodianId, KeyId, PartitionId};
use crate::key::payment::{
    Algorithm, Attributes, DecimalisationTable, Entry, ModeOfUse, Own, PinRule, Usage, UsageSet,
    ValidationRule,
};
use crate::key::{AesBits, KeyRecord, KeyState, Usage as KeyUsage};
use crate::limits::{APPROVERS_MAX, PAIR_GRANTS_MAX};
use crate::op::Action;
use crate::op::payment::{Operation, Part};
use crate::principal::{Principal, Proof};
use crate::secret::Secret;
use crate::time::UnixMs;
use proptest::prelude::*;

const OWNER: PartitionId = PartitionId([1; 16]);
const NOW: UnixMs = UnixMs(5);
const MEMBER: Option<ErrorKind> = Some(ErrorKind::Malformed(Malformed::Member));

fn attributes(usage: Usage, mode: ModeOfUse, entry: Entry) -> Attributes {
    Attributes { entry, ..Attributes::new(usage, Algorithm::Tdes2, mode) }
}

fn record(id: u8, attributes: Attributes) -> KeyRecord {
    KeyRecord::first(KeyId([id; 16]), OWNER, KeyUsage::Payment(attributes), UnixMs(1))
}

fn pin_key(id: u8, entry: Entry) -> KeyRecord {
    record(id, attributes(Usage::PIN, ModeOfUse::Both, entry))
}

fn kbpk(id: u8) -> KeyRecord {
    let own = Own::Brings(UsageSet::of(&[Usage::PIN, Usage::PIN_VISA]));
    let plain = attributes(Usage::KEY_BLOCKS, ModeOfUse::Both, Entry::Components);
    record(id, Attributes { own, ..plain })
}

fn caller(proof: Proof) -> Principal {
    Principal { partition: OWNER, client: None, api_key: None, proof }
}

fn stored(part: Part, key: &KeyRecord) -> Use<'_> {
    Use { part, holder: Holder::Stored(key), cipher: None }
}

fn pair(passage: Passage, incoming: &KeyRecord, outgoing: &KeyRecord, is_wrapped: bool) -> Pair {
    let incoming = End { key: incoming.id, is_wrapped: false };
    Pair { passage, incoming, outgoing: End { key: outgoing.id, is_wrapped } }
}

fn grants(pairs: &[(Pair, usize)]) -> PairGrants {
    let mut grants = PairGrants::default();
    for (pair, approvals) in pairs {
        let mut grant = PairGrant::new(OWNER, *pair, 1, UnixMs(1));
        (0..*approvals).for_each(|by| grant.approve(CustodianId([by as u8; 16])).unwrap());
        grants.insert(grant).unwrap();
    }
    grants
}

fn refusal(verdict: Verdict) -> Option<ErrorKind> {
    match verdict {
        Verdict::Allow(_) => None,
        Verdict::Deny(error) => Some(error.kind),
    }
}

fn translate(uses: &[Use<'_>], grants: &PairGrants) -> Option<ErrorKind> {
    refusal(authorize(&caller(Proof::ApiKey), Operation::TranslatePin, uses, grants, NOW))
}

#[test]
fn a_pair_needs_a_grant_of_its_own_in_its_direction() {
    let (a, b) = (pin_key(1, Entry::Generated), pin_key(2, Entry::Generated));
    let uses = [stored(Part::Incoming, &a), stored(Part::Outgoing, &b)];
    let back = [stored(Part::Incoming, &b), stored(Part::Outgoing, &a)];
    let granted = grants(&[(pair(Passage::Pin, &a, &b, false), 0)]);
    assert_eq!(translate(&uses, &granted), None);
    assert_eq!(translate(&back, &granted), Some(ErrorKind::Forbidden));
    assert_eq!(translate(&uses, &PairGrants::default()), Some(ErrorKind::Forbidden));
    let others = [
        pair(Passage::Data, &a, &b, false),
        pair(Passage::Pin, &a, &b, true),
        pair(Passage::Pin, &b, &b, false),
    ];
    for other in others {
        assert_eq!(translate(&uses, &grants(&[(other, 2)])), Some(ErrorKind::Forbidden));
    }
    let rotated = KeyRecord { version: 2, ..b.clone() };
    let uses = [stored(Part::Incoming, &a), stored(Part::Outgoing, &rotated)];
    assert_eq!(translate(&uses, &granted), Some(ErrorKind::Forbidden), "approved was another");
}

#[test]
fn keys_that_were_brought_in_need_two_custodians() {
    let a = pin_key(1, Entry::Clear);
    for entry in Entry::ALL {
        let b = pin_key(2, entry);
        let uses = [stored(Part::Incoming, &a), stored(Part::Outgoing, &b)];
        let refusals = [0, 1, 2, 3].map(|approvals| {
            translate(&uses, &grants(&[(pair(Passage::Pin, &a, &b, false), approvals)]))
        });
        let expected = match entry {
            Entry::Clear | Entry::CallerBlock | Entry::Block => Some(ErrorKind::ApprovalRequired),
            Entry::Generated | Entry::Components => None,
        };
        assert_eq!(refusals, [expected, expected, None, None], "{entry:?}");
    }
}

/// Whoever filled an object in knows both of its keys.
#[test]
fn an_object_is_the_grant_of_its_own_pair_alone() {
    let of_object = |id| KeyRecord { object: Some(7), ..pin_key(id, Entry::Clear) };
    let (one, other) = (of_object(1), of_object(2));
    let uses = |to| [stored(Part::Incoming, &one), stored(Part::Outgoing, to)];
    assert_eq!(translate(&uses(&one), &grants(&[])), None);
    assert_eq!(translate(&uses(&other), &grants(&[])), Some(ErrorKind::Forbidden));
    let plain = pin_key(1, Entry::Clear);
    let both = [stored(Part::Incoming, &plain), stored(Part::Outgoing, &plain)];
    assert_eq!(translate(&both, &grants(&[])), Some(ErrorKind::Forbidden));
}

/// An operation under a key for PIN blocks and one of VISA PVVs, and the pair that it needs.
fn pin_uses<'a>(
    operation: Operation,
    pek: &'a KeyRecord,
    pvk: &'a KeyRecord,
) -> ([Use<'a>; 2], Pair) {
    let (parts, ends, passage) = match operation {
        Operation::GeneratePinVisa => {
            ([Part::PinOut, Part::Generation], (pvk, pek), Passage::Generation)
        }
        Operation::GenerateValueVisa => {
            ([Part::PinIn, Part::Generation], (pek, pvk), Passage::Generation)
        }
        _ => ([Part::PinIn, Part::Verification], (pek, pvk), Passage::Verification),
    };
    let uses = [stored(parts[0], pek), stored(parts[1], pvk)];
    (uses, pair(passage, ends.0, ends.1, false))
}

fn visa_key(id: u8, entry: Entry) -> KeyRecord {
    record(id, attributes(Usage::PIN_VISA, ModeOfUse::GenerateAndVerify, entry))
}

fn decide(operation: Operation, uses: &[Use<'_>], grants: &PairGrants) -> Option<ErrorKind> {
    refusal(authorize(&caller(Proof::ApiKey), operation, uses, grants, NOW))
}

#[test]
fn pins_are_made_only_between_granted_keys() {
    for operation in [Operation::GeneratePinVisa, Operation::GenerateValueVisa] {
        for (of_pek, of_pvk) in ENTRIES {
            let (pek, pvk) = (pin_key(1, of_pek), visa_key(2, of_pvk));
            let (uses, pair) = pin_uses(operation, &pek, &pvk);
            let none = decide(operation, &uses, &PairGrants::default());
            assert_eq!(none, Some(ErrorKind::Forbidden), "{operation:?}");
            let back = Pair { incoming: pair.outgoing, outgoing: pair.incoming, ..pair };
            for other in [back, Pair { passage: Passage::Pin, ..pair }] {
                let other = decide(operation, &uses, &grants(&[(other, 2)]));
                assert_eq!(other, Some(ErrorKind::Forbidden), "{operation:?}");
            }
            let alone = is_known(of_pek, of_pvk).then_some(ErrorKind::ApprovalRequired);
            let refusals = [0, 1, 2].map(|by| decide(operation, &uses, &grants(&[(pair, by)])));
            assert_eq!(refusals, [alone, alone, None], "{operation:?} {of_pek:?} {of_pvk:?}");
        }
    }
}

/// How a key for PIN blocks and one that makes or verifies PINs came here.
const ENTRIES: [(Entry, Entry); 6] = [
    (Entry::Generated, Entry::Components),
    (Entry::Generated, Entry::Block),
    (Entry::Block, Entry::Generated),
    (Entry::CallerBlock, Entry::Generated),
    (Entry::Clear, Entry::Components),
    (Entry::Components, Entry::Clear),
];

fn is_known(one: Entry, other: Entry) -> bool {
    one.is_brought_in() || other.is_brought_in()
}

#[test]
fn pins_are_verified_under_keys_that_were_brought_in_only_if_two_custodians_agree() {
    let operation = Operation::VerifyPinVisa;
    for (of_pek, of_pvk) in ENTRIES {
        let (pek, pvk) = (pin_key(1, of_pek), visa_key(2, of_pvk));
        let (uses, pair) = pin_uses(operation, &pek, &pvk);
        let none = decide(operation, &uses, &PairGrants::default());
        let known = is_known(of_pek, of_pvk);
        assert_eq!(none, known.then_some(ErrorKind::Forbidden), "{of_pek:?} {of_pvk:?}");
        let refusals = [0, 1, 2].map(|by| decide(operation, &uses, &grants(&[(pair, by)])));
        let alone = known.then_some(ErrorKind::ApprovalRequired);
        assert_eq!(refusals, [alone, alone, None], "{of_pek:?} {of_pvk:?}");
        let making = Pair { passage: Passage::Generation, ..pair };
        assert_eq!(decide(operation, &uses, &grants(&[(making, 2)])), none);
    }
    // A key that comes with the request is the caller's.
    let (under, pvk) = (kbpk(3), visa_key(2, Entry::Generated));
    let pek = attributes(Usage::PIN, ModeOfUse::Both, Entry::Generated);
    let holder = Holder::Wrapped { attributes: &pek, under: &under };
    let uses = [Use { part: Part::PinIn, holder, cipher: None }, stored(Part::Verification, &pvk)];
    let incoming = End { key: under.id, is_wrapped: true };
    let outgoing = End { key: pvk.id, is_wrapped: false };
    let pair = Pair { passage: Passage::Verification, incoming, outgoing };
    let refusals = [&[][..], &[(pair, 1)], &[(pair, 2)]]
        .map(|granted| decide(operation, &uses, &grants(granted)));
    assert_eq!(refusals, [Some(ErrorKind::Forbidden), Some(ErrorKind::ApprovalRequired), None]);
}

#[test]
fn a_wrapped_outgoing_key_needs_two_custodians_and_a_listed_usage() {
    let (a, under) = (pin_key(1, Entry::Generated), kbpk(3));
    let wrapped = |attributes| Use {
        part: Part::Outgoing,
        holder: Holder::Wrapped { attributes, under: &under },
        cipher: None,
    };
    let way = pair(Passage::Pin, &a, &under, true);
    let decide = |attributes, approvals| {
        translate(&[stored(Part::Incoming, &a), wrapped(attributes)], &grants(&[(way, approvals)]))
    };
    let pin = attributes(Usage::PIN, ModeOfUse::Encrypt, Entry::Generated);
    assert_eq!(decide(&pin, 1), Some(ErrorKind::ApprovalRequired));
    assert_eq!(decide(&pin, 2), None);
    let base = attributes(Usage::BASE, ModeOfUse::Derive, Entry::Generated);
    let decrypt = attributes(Usage::PIN, ModeOfUse::Decrypt, Entry::Generated);
    let data = attributes(Usage::DATA, ModeOfUse::Encrypt, Entry::Generated);
    for other in &[base, decrypt, data] {
        assert_eq!(decide(other, 2), Some(ErrorKind::KeyUsage), "{other:?}");
    }
    let plain = attributes(Usage::KEY_BLOCKS, ModeOfUse::Both, Entry::Components);
    let unlisted = record(3, plain);
    let holder = Holder::Wrapped { attributes: &pin, under: &unlisted };
    let uses = [stored(Part::Incoming, &a), Use { part: Part::Outgoing, holder, cipher: None }];
    assert_eq!(translate(&uses, &grants(&[(way, 2)])), Some(ErrorKind::KeyUsage));
    let own = [stored(Part::Incoming, &a), stored(Part::Outgoing, &under)];
    assert_eq!(translate(&own, &grants(&[(way, 2)])), Some(ErrorKind::KeyUsage));
}

#[test]
fn parts_partition_state_dates_and_proof_count() {
    let (a, b) = (pin_key(1, Entry::Generated), pin_key(2, Entry::Generated));
    let granted = grants(&[(pair(Passage::Pin, &a, &b, false), 0)]);
    let with = |outgoing: &KeyRecord| {
        translate(&[stored(Part::Incoming, &a), stored(Part::Outgoing, outgoing)], &granted)
    };
    assert_eq!(with(&b), None);
    let state = Some(ErrorKind::KeyState);
    assert_eq!(with(&KeyRecord { state: KeyState::Suspended, ..b.clone() }), state);
    assert_eq!(with(&KeyRecord { not_before: Some(UnixMs(6)), ..b.clone() }), state);
    assert_eq!(with(&KeyRecord { not_after: Some(NOW), ..b.clone() }), state);
    let foreign = KeyRecord { partition: PartitionId([9; 16]), ..b.clone() };
    assert_eq!(with(&foreign), Some(ErrorKind::KeyNotFound));
    let general = KeyRecord { usage: KeyUsage::Random, ..b.clone() };
    assert_eq!(with(&general), Some(ErrorKind::KeyUsage));

    let incoming = stored(Part::Incoming, &a);
    let outgoing = stored(Part::Outgoing, &b);
    assert_eq!(translate(&[incoming], &granted), MEMBER);
    assert_eq!(translate(&[incoming, outgoing, outgoing], &granted), MEMBER);
    assert_eq!(translate(&[incoming, outgoing, stored(Part::Data, &b)], &granted), MEMBER);
    for proof in Proof::ALL {
        let uses = [incoming, outgoing];
        let verdict = authorize(&caller(proof), Operation::TranslatePin, &uses, &granted, NOW);
        let suffices = matches!(proof, Proof::ApiKey | Proof::Signature | Proof::Operator);
        assert_eq!(refusal(verdict).is_none(), suffices, "{proof:?}");
        let action = Action::Payment(Operation::TranslatePin);
        assert!(refusal(authorize_one(&caller(proof), action, Some(&a), NOW)).is_some());
    }
}

#[test]
fn a_grant_names_each_key_and_its_part() {
    let (a, b) = (pin_key(1, Entry::Generated), pin_key(2, Entry::Generated));
    let b = KeyRecord { isolate: true, ..b };
    let granted = grants(&[(pair(Passage::Pin, &a, &b, false), 0)]);
    let uses = [stored(Part::Incoming, &a), stored(Part::Outgoing, &b)];
    let verdict = authorize(&caller(Proof::ApiKey), Operation::TranslatePin, &uses, &granted, NOW);
    let Verdict::Allow(grant) = verdict else { panic!("refused") };
    assert_eq!(grant.key(), Some((a.id, 1)));
    assert!(grant.isolate());
    let parts: Vec<_> = grant.parts().iter().map(|one| (one.part, one.key)).collect();
    assert_eq!(parts, [(Part::Incoming, a.id), (Part::Outgoing, b.id)]);
}

#[test]
fn pins_by_ibm_3624_need_a_rule_of_the_key() {
    let plain = attributes(Usage::PIN_3624, ModeOfUse::Verify, Entry::Generated);
    let table = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5];
    let own = Own::PinRule(PinRule {
        table: DecimalisationTable::new(table).unwrap(),
        validation: ValidationRule::new(4, 8, 15).unwrap(),
    });
    let decide = |key| check(Operation::VerifyPin3624, Part::Verification, &record(1, key), NOW);
    assert_eq!(decide(plain), Err(ErrorKind::KeyUsage));
    assert_eq!(decide(Attributes { own, ..plain }), Ok(()));
}

#[test]
fn what_is_brought_in_is_listed_and_marked() {
    let under = kbpk(3);
    let header = attributes(Usage::PIN, ModeOfUse::Encrypt, Entry::Generated);
    assert_eq!(imported(&under, header, NOW).map(|key| key.entry), Ok(Entry::Block));
    let data = attributes(Usage::DATA, ModeOfUse::Encrypt, Entry::Generated);
    let odd = attributes(Usage::PIN, ModeOfUse::Sign, Entry::Generated);
    assert_eq!(imported(&under, data, NOW), Err(ErrorKind::KeyUsage));
    assert_eq!(imported(&under, odd, NOW), Err(ErrorKind::KeyUsage));
    let KeyUsage::Payment(wrapping) = under.usage else { panic!("a payment key") };
    let known = Attributes { entry: Entry::Clear, ..wrapping };
    let entry = imported(&record(4, known), header, NOW).map(|key| key.entry);
    assert_eq!(entry, Ok(Entry::CallerBlock));
}

#[test]
fn format_1_and_weaker_ciphers_are_off_unless_allowed() {
    let plain = attributes(Usage::PIN, ModeOfUse::Both, Entry::Generated);
    let flagged = Attributes { own: Own::Format1, ..plain };
    let decide =
        |format_1, aes_to_tdes, way, key| PinRules { format_1, aes_to_tdes }.check(way, key);
    let format_1 = PinWay { from_format_1: true, ..PinWay::default() };
    let downgrade = PinWay { aes_to_tdes: true, ..PinWay::default() };
    assert_eq!(PinRules::default(), PinRules { format_1: false, aes_to_tdes: false });
    assert_eq!(decide(false, false, PinWay::default(), &plain), Ok(()));
    assert_eq!(decide(false, true, format_1, &flagged), Err(ErrorKind::Forbidden));
    assert_eq!(decide(true, false, format_1, &plain), Err(ErrorKind::KeyUsage));
    assert_eq!(decide(true, false, format_1, &flagged), Ok(()));
    assert_eq!(decide(true, false, downgrade, &flagged), Err(ErrorKind::Forbidden));
    assert_eq!(decide(false, true, downgrade, &plain), Ok(()));
}

#[test]
fn key_blocks_with_a_mac_of_four_bytes_do_not_come_in_unless_allowed() {
    let refused = Err(ErrorKind::Payment(Payment::KeyBlock));
    let decide = |versions: KeyBlockVersions| {
        [&b"A0072"[..], b"B0080", b"C0072", b"D0112", b"E0112", b"F0112", b"b0080", b""]
            .map(|text| versions.check(text))
    };
    let (of_all, strict) = (KeyBlockVersions::of(b"EDCBA").unwrap(), KeyBlockVersions::default());
    let (ok, no) = (Ok(()), refused);
    assert_eq!(decide(strict), [no, ok, no, ok, ok, no, no, no]);
    assert_eq!(decide(of_all), [ok, ok, ok, ok, ok, no, no, no]);
    assert_eq!(decide(KeyBlockVersions::of(b"D").unwrap()), [no, no, no, ok, no, no, no, no]);
    assert_eq!(KeyBlockVersions::of(b"BF"), None);
}

#[test]
fn grants_are_bounded_and_end() {
    let (a, b) = (pin_key(1, Entry::Generated), pin_key(2, Entry::Generated));
    let way = pair(Passage::Pin, &a, &b, false);
    let mut grant = PairGrant::new(OWNER, way, 1, UnixMs(1));
    for by in 0..APPROVERS_MAX {
        assert_eq!(grant.approve(CustodianId([by as u8; 16])), Ok(()));
        assert_eq!(grant.approve(CustodianId([by as u8; 16])), Err(ErrorKind::KeyExists));
    }
    assert_eq!(grant.approve(CustodianId([99; 16])), Err(ErrorKind::Quota));
    grant.not_after = Some(UnixMs(7));
    let (incoming, outgoing) = (Entry::Generated, Entry::Clear);
    let ends = Ends { version: 1, incoming, outgoing };
    assert_eq!(grant.check(ends, UnixMs(6)), Ok(()));
    assert_eq!(grant.check(ends, UnixMs(7)), Err(ErrorKind::Forbidden));

    let mut grants = PairGrants::default();
    for number in 0..PAIR_GRANTS_MAX as u128 {
        let incoming = End { key: KeyId(number.to_be_bytes()), is_wrapped: false };
        let grant = PairGrant::new(OWNER, Pair { incoming, ..way }, 1, NOW);
        assert_eq!(grants.insert(grant), Ok(()));
    }
    assert_eq!(grants.insert(grant.clone()), Err(ErrorKind::Quota));
    let other = grants.iter().next().map(|one| one.pair).unwrap();
    assert!(grants.remove(&other).is_some());
    assert_eq!(grants.insert(grant), Ok(()));
    let foreign = PartitionId([8; 16]);
    assert_eq!(grants.check(foreign, &way, ends, NOW), Err(ErrorKind::Forbidden));
    assert_eq!(grants.check(OWNER, &way, ends, NOW), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn grants_round_trip(
        ids: [[u8; 16]; 3], place in 0_usize..6, wrapped: [bool; 2], version: u32,
        made: u64, end: Option<u64>,
        approvers in prop::collection::btree_set(any::<[u8; 16]>(), 0..8),
    ) {
        let [partition, incoming, outgoing] = ids;
        let pair = Pair {
            passage: Passage::ALL[place],
            incoming: End { key: KeyId(incoming), is_wrapped: wrapped[0] },
            outgoing: End { key: KeyId(outgoing), is_wrapped: wrapped[1] },
        };
        let mut grant = PairGrant::new(PartitionId(partition), pair, version, UnixMs(made));
        grant.not_after = end.map(UnixMs);
        approvers.iter().rev().for_each(|by| grant.approve(CustodianId(*by)).unwrap());
        let bytes = grant.to_bytes().expose().clone();
        prop_assert_eq!(PairGrant::from_bytes(&bytes), Ok(grant.clone()));
        for length in 0..bytes.len() {
            prop_assert_eq!(PairGrant::from_bytes(&bytes[..length]), Err(Corrupt));
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = PairGrant::from_bytes(&changed);
            prop_assert_ne!(&read, &Ok(grant.clone()));
            prop_assert!(read.is_err() || read.unwrap().to_bytes().expose() == &changed);
        }
        prop_assert_eq!(PairGrant::from_bytes(&[&[2], &bytes[1..]].concat()), Err(Corrupt));
    }
}
