use proptest::prelude::*;

use super::*;
use crate::codec::{Corrupt, Record};
use crate::error::ErrorKind;
use crate::id::{CustodianId, KeyId, PartitionId};
use crate::key::payment::{Algorithm, Attributes, Entry, ModeOfUse, Own, RsaBits, Usage};
use crate::key::{self, AesBits, KeyRecord, KeyState};
use crate::policy::pair::{End, Pair, PairGrant, PairGrants, Passage};
use crate::secret::Secret;
use crate::time::UnixMs;

const PARTITION: PartitionId = PartitionId([7; 16]);
const NOW: UnixMs = UnixMs(1_000_000);
const AES: Algorithm = Algorithm::Aes(AesBits::Aes128);

fn record(id: u8, usage: Usage, entry: Entry) -> KeyRecord {
    let attributes = Attributes::new(usage, AES, ModeOfUse::Both);
    let attributes = Attributes { entry, ..attributes };
    KeyRecord::first(KeyId([id; 16]), PARTITION, key::Usage::Payment(attributes), NOW)
}

fn life() -> Life {
    Life::new(PARTITION, KeyId([1; 16]), (CheckKind::Cmac, vec![1, 2, 3]))
}

fn deletion(due: Due) -> Deletion {
    Deletion { partition: PARTITION, key: KeyId([1; 16]), due, at: UnixMs(5) }
}

#[test]
fn functions_have_names_of_their_own() {
    let mut names = Function::ALL.map(Function::name);
    names.sort_unstable();
    assert!(names.is_sorted_by(|one, next| one < next));
}

#[test]
fn a_key_stands_where_state_and_owner_put_it() {
    let stands = |state, enabled: bool, deletion: Option<&Deletion>| {
        let key = KeyRecord { state, ..record(1, Usage::DATA, Entry::Generated) };
        Standing::of(&key, &life().enabled(enabled, NOW), deletion)
    };
    let (erase, forget) = (deletion(Due::Erase), deletion(Due::Forget));
    assert_eq!(stands(KeyState::Active, true, None), Standing::Enabled);
    assert_eq!(stands(KeyState::Suspended, false, None), Standing::Disabled);
    assert_eq!(stands(KeyState::Suspended, true, None), Standing::Held);
    assert_eq!(stands(KeyState::Suspended, false, Some(&erase)), Standing::Pending(UnixMs(5)));
    assert_eq!(stands(KeyState::Destroyed, false, Some(&forget)), Standing::Erased);
    assert_eq!(stands(KeyState::Destroyed, true, None), Standing::Erased);
}

#[test]
fn owners_take_these_steps_and_no_other() {
    use Standing::{Disabled, Enabled, Erased, Held, Pending};
    let (at, steps) =
        (UnixMs(9), [Step::Start, Step::Stop, Step::Delete(UnixMs(9)), Step::Restore]);
    let expected = [
        (Enabled, [Some(Enabled), Some(Disabled), Some(Pending(at)), None]),
        (Disabled, [Some(Enabled), Some(Disabled), Some(Pending(at)), None]),
        (Held, [None; 4]),
        (Pending(UnixMs(3)), [None, None, None, Some(Disabled)]),
        (Erased, [None; 4]),
    ];
    for (from, outcomes) in expected {
        assert_eq!(steps.map(|step| from.after(step).ok()), outcomes, "{from:?}");
    }
    assert!(!matches!(Pending(at).state(), KeyState::Active), "a pending key is not used");
}

#[test]
fn check_values_are_of_a_kind_that_the_algorithm_has() {
    let chosen = |kind, algorithm| CheckKind::chosen(Some(kind), algorithm);
    assert_eq!(CheckKind::chosen(None, Algorithm::Tdes2), Ok(CheckKind::Zeros));
    assert_eq!(chosen(CheckKind::Cmac, Algorithm::Tdes3), Ok(CheckKind::Cmac));
    assert_eq!(chosen(CheckKind::Zeros, AES), Ok(CheckKind::Zeros));
    let rsa = Algorithm::Rsa(RsaBits::Rsa2048);
    for (kind, algorithm) in [
        (CheckKind::Hmac, AES),
        (CheckKind::Sha1, Algorithm::Tdes2),
        (CheckKind::Cmac, rsa),
        (CheckKind::Hmac, rsa),
    ] {
        assert_eq!(chosen(kind, algorithm), Err(ErrorKind::KeyUsage), "{kind:?} {algorithm:?}");
    }
}

#[test]
fn new_keys_that_wrap_bring_in_nothing_until_someone_says_so() {
    let own = Defaults::default().own(Usage::KEY_BLOCKS);
    assert_eq!(own, Own::Brings(key::payment::UsageSet::EMPTY));
    assert_eq!(Defaults::default().own(Usage::PIN_3624), Own::Nothing);
}

#[test]
fn keys_are_made_of_these_kinds() {
    let create = |usage, algorithm, mode| {
        Defaults::default().created(Attributes::new(usage, algorithm, mode))
    };
    let rsa = Algorithm::Rsa(RsaBits::Rsa2048);
    assert!(create(Usage::DATA, AES, ModeOfUse::Both).is_ok());
    assert!(create(Usage::DATA_PAIR, rsa, ModeOfUse::Decrypt).is_ok());
    let refused = create(Usage::DATA, AES, ModeOfUse::Derive);
    assert_eq!(refused, Err(ErrorKind::KeyUsage));
    let of_no_operation = [
        (Usage::CARD, AES, ModeOfUse::GenerateAndVerify),
        (Usage::MAC_3, AES, ModeOfUse::GenerateAndVerify),
        (Usage::BASE, Algorithm::Tdes3, ModeOfUse::Derive),
    ];
    for (usage, algorithm, mode) in of_no_operation {
        assert_eq!(create(usage, algorithm, mode), Err(ErrorKind::KeyUsage), "{usage:?}");
    }
    assert!(create(Usage::BASE, Algorithm::Tdes2, ModeOfUse::Derive).is_ok());
    let refused = create(Usage::SIGNATURE, rsa, ModeOfUse::Sign);
    assert_eq!(refused, Err(ErrorKind::Unsupported));
    let wanted = Attributes::new(Usage::DATA_PAIR, rsa, ModeOfUse::Decrypt);
    assert_eq!(Defaults::default().imported(wanted), Err(ErrorKind::Unsupported));
    let wanted = Attributes::new(Usage::PIN, AES, ModeOfUse::Both);
    let wanted = Attributes { entry: Entry::Clear, ..wanted };
    assert_eq!(Defaults::default().created(wanted).map(|key| key.entry), Ok(Entry::Generated));
    assert_eq!(Defaults::default().imported(wanted).map(|key| key.entry), Ok(Entry::Clear));
}

#[test]
fn what_a_caller_may_read_leaves_with_two_approvals_only() {
    let (key, known) = (record(1, Usage::DATA, Entry::Generated), Entry::Clear);
    let own = record(2, Usage::KEY_BLOCKS, Entry::Generated);
    let foreign = record(3, Usage::KEY_BLOCKS, known);
    let mut pairs = PairGrants::default();
    assert_eq!(may_leave(&key, &own, &pairs, NOW), Ok(()));
    assert_eq!(may_leave(&key, &foreign, &pairs, NOW), Err(ErrorKind::Forbidden));
    let end = |id| End { key: KeyId([id; 16]), is_wrapped: false };
    let pair = Pair { passage: Passage::Key, incoming: end(1), outgoing: end(3) };
    let mut grant = PairGrant::new(PARTITION, pair, 1, NOW);
    grant.approve(CustodianId([1; 16])).expect("the first");
    pairs.insert(grant.clone()).expect("room");
    assert_eq!(may_leave(&key, &foreign, &pairs, NOW), Err(ErrorKind::ApprovalRequired));
    grant.approve(CustodianId([2; 16])).expect("the second");
    pairs.insert(grant).expect("room");
    assert_eq!(may_leave(&key, &foreign, &pairs, NOW), Ok(()));
    let other = record(4, Usage::PIN, Entry::Generated);
    assert_eq!(may_leave(&other, &foreign, &pairs, NOW), Err(ErrorKind::Forbidden));
}

#[test]
fn aliases_have_few_characters() {
    for good in ["a", "pin/translate_2-x", &"z".repeat(250)] {
        assert!(AliasName::new(good).is_some(), "{good}");
    }
    for bad in ["", "a b", "ä", "a:b", &"z".repeat(251)] {
        assert!(AliasName::new(bad).is_none(), "{bad}");
    }
}

fn tag(name: &str, value: &str) -> Tag {
    Tag { name: name.into(), value: value.into() }
}

#[test]
fn tags_are_bounded_and_named_once() {
    let twice = Tags::new(vec![tag("a", "1"), tag("a", "2")]);
    assert!(matches!(twice, Err(ErrorKind::Malformed(_))));
    for (name, value) in [("", "x".into()), (&*"n".repeat(129), "x".into()), ("n", "v".repeat(257))]
    {
        assert!(Tags::new(vec![tag(name, &value)]).is_err(), "{name} {value}");
    }
    let many = |from: usize, count: usize| {
        Tags::new((from..from + count).map(|n| tag(&n.to_string(), "x")).collect())
    };
    let full = many(0, 200).expect("as many as may be");
    assert_eq!(full.clone().with(many(0, 10).expect("few")), Ok(full.clone()), "replaced");
    assert_eq!(full.with(many(200, 1).expect("one")), Err(ErrorKind::Quota));
    let long = (0..200).map(|n| tag(&format!("{n:0128}"), &"ä".repeat(256))).collect();
    assert_eq!(Tags::new(long), Err(ErrorKind::Quota));
}

fn every_cut_is_corrupt<R: Record>(record: &R) -> R {
    let bytes = record.to_bytes();
    for length in 0..bytes.expose().len() {
        assert!(matches!(R::from_bytes(&bytes.expose()[..length]), Err(Corrupt)));
    }
    R::from_bytes(bytes.expose()).expect("as it was written")
}

#[test]
fn tokens_and_deletions_read_as_they_were_written() {
    for due in [Due::Erase, Due::Forget] {
        assert_eq!(every_cut_is_corrupt(&deletion(due)), deletion(due));
    }
    let token = ImportToken {
        partition: PARTITION,
        id: TokenId([3; 16]),
        bits: RsaBits::Rsa3072,
        private: Secret::new(vec![1, 2]),
        certificate: vec![4],
        until: NOW,
    };
    let read = every_cut_is_corrupt(&token);
    assert_eq!((read.id, read.bits, read.until), (token.id, token.bits, token.until));
    assert_eq!((read.private.expose(), read.certificate), (token.private.expose(), vec![4]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn lives_names_and_tags_read_as_they_were_written(
        place: u64, check in proptest::collection::vec(any::<u8>(), 0..=8), kind in 0..4_usize,
        times: [Option<u64>; 3], name in "[a-zA-Z0-9/_-]{1,250}", key: Option<[u8; 16]>,
        tags in proptest::collection::btree_map(".{1,20}", ".{0,20}", 0..20),
    ) {
        let [started, stopped, deleted] = times.map(|time| time.map(UnixMs));
        let life = Life {
            place, check_kind: CheckKind::ALL[kind], check_value: check, started, stopped, deleted,
            ..life()
        };
        prop_assert_eq!(every_cut_is_corrupt(&life), life);
        let name = AliasName::new(&name).expect("of permitted characters");
        let alias = Alias { partition: PARTITION, name, key: key.map(KeyId) };
        prop_assert_eq!(every_cut_is_corrupt(&alias), alias);
        let tags = tags.into_iter().map(|(name, value)| Tag { name, value }).collect();
        let tags = Tags::new(tags).expect("few and short");
        let tags = KeyTags { partition: PARTITION, key: KeyId([1; 16]), tags };
        prop_assert_eq!(every_cut_is_corrupt(&tags), tags);
    }

    #[test]
    fn a_list_part_is_in_order(places in proptest::collection::btree_set(any::<u64>(), 0..20)) {
        let keys = places.iter().map(|place| (*place, KeyId([1; 16]))).collect();
        let part = ListPart { partition: PARTITION, number: 3, keys };
        prop_assert_eq!(&every_cut_is_corrupt(&part), &part);
        let mut turned = part.clone();
        turned.keys.reverse();
        let sound = ListPart::from_bytes(turned.to_bytes().expose()).is_ok();
        prop_assert_eq!(sound, turned.keys.len() < 2);
    }
}
