use std::collections::BTreeSet;

use super::*;
use crate::error::{ErrorKind, Unauthenticated};
use crate::id::KeyId;
use crate::op::Action;
use crate::op::payment::{MacMethod, Operation};
use crate::principal::Signed;

/// 2026-01-15T12:00:00Z
const AT: UnixMs = UnixMs(1_768_478_400_000);
const PROOF: &str = "2910fd3cb9bc3c6e5e327730ba96115c0a33b0c18d1ba59272ba6cc7e79ceb1a";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Id of the vector, SHA-256 of its canonical request, signature.
// spec: payments 12.1
const VECTORS: [(&str, &str, &str); 3] = [
    (
        "sigv4-0",
        "91ca8102b8571f1862e39edf5893a147a59e94023a0664ebcf5199d06616a5ae",
        "10a962d051a95a79a26de0bad26001542d1e18663280c1dfcac4a18a5f6eba48",
    ),
    (
        "sigv4-1",
        "813f823690dd2767b470cefeb4d63f26f3256486e7370bc9ec72987f34e04e0e",
        "2871ac18a4312339d254eac9e98e1ed2a714f53f84e1a9c21bf174dc1af2a6f3",
    ),
    (
        "sigv4-2",
        "b7fa2976002dbdb6e867e8e3bb337a0d177cefbc2f7abec83fadb158e1c28c20",
        "665f5b3d5c54d80576c5ac2f05a5cd8f1d7e8d2486974ca8f176a8ca0486f73a",
    ),
];

fn signed(request: &str, signature: &str) -> Signed {
    let scope = ["20260115", "us-east-1", SERVICE].map(str::to_owned);
    let text =
        format!("AWS4-HMAC-SHA256\n20260115T120000Z\n{}/aws4_request\n{request}", scope.join("/"));
    Signed {
        access_key: "AKIDEXAMPLE".to_owned(),
        scope,
        at: AT,
        to_sign: text.into_bytes(),
        signature: const_hex::decode_to_array(signature).expect("hex"),
    }
}

fn is_signed(signed: &Signed, secret: Option<&AccessSecret>, now: UnixMs) -> bool {
    check_signature(signed, secret, None, now).is_ok()
}

fn secret() -> AccessSecret {
    AccessSecret::parse(SECRET).expect("40 characters")
}

#[test]
fn signatures_of_the_vectors_hold() {
    for (id, request, signature) in VECTORS {
        let signed = signed(request, signature);
        assert!(is_signed(&signed, Some(&secret()), AT), "{id}");
        assert!(!is_signed(&signed, None, AT), "{id} without an access key");
        let other = AccessSecret::parse(&SECRET.to_lowercase()).expect("40 characters");
        assert!(!is_signed(&signed, Some(&other), AT), "{id} under another secret");
    }
}

#[test]
fn whatever_is_changed_breaks_a_signature() {
    let (_, request, signature) = VECTORS[0];
    let sound = signed(request, signature);
    for bit in 0..256 {
        let mut changed = sound.clone();
        changed.signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!is_signed(&changed, Some(&secret()), AT), "bit {bit} of the signature");
    }
    for at in 0..sound.to_sign.len() {
        let mut changed = sound.clone();
        changed.to_sign[at] ^= 1;
        assert!(!is_signed(&changed, Some(&secret()), AT), "byte {at} of what was signed");
    }
    for (part, value) in [(0, "20260116"), (1, "eu-west-1"), (2, "s3")] {
        let mut changed = sound.clone();
        value.clone_into(&mut changed.scope[part]);
        assert!(!is_signed(&changed, Some(&secret()), AT), "{value}");
    }
}

#[test]
fn possession_is_proved_for_one_text_alone() {
    let text = b"exporter, handle and name";
    // HMAC-SHA-256 by another implementation.
    let proof = const_hex::decode_to_array(PROOF).expect("hex");
    assert_eq!(check_possession(text, &proof, Some(&secret())), Ok(()));
    let refused = Err(Unauthenticated::Signature);
    assert_eq!(check_possession(text, &proof, None), refused, "without an access key");
    let other = AccessSecret::parse(&SECRET.to_lowercase()).expect("40 characters");
    assert_eq!(check_possession(text, &proof, Some(&other)), refused, "another secret");
    for bit in 0..256 {
        let mut proof: [u8; 32] = proof;
        proof[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(check_possession(text, &proof, Some(&secret())), refused, "bit {bit}");
    }
    for at in 0..text.len() {
        let mut text = *text;
        text[at] ^= 1;
        assert_eq!(check_possession(&text, &proof, Some(&secret())), refused, "byte {at}");
    }
}

#[test]
fn a_signature_holds_for_five_minutes_around_its_time() {
    let (_, request, signature) = VECTORS[1];
    let signed = signed(request, signature);
    let minutes = 5 * 60 * 1000;
    for (now, holds) in [
        (AT.0 - minutes - 1, false),
        (AT.0 - minutes, true),
        (AT.0 + minutes, true),
        (AT.0 + minutes + 1, false),
        (0, false),
        (u64::MAX, false),
    ] {
        let found = check_signature(&signed, Some(&secret()), None, UnixMs(now)).map(drop);
        let expected = if holds { Ok(()) } else { Err(Unauthenticated::SignatureTime) };
        assert_eq!(found, expected, "{now}");
        let unknown = check_signature(&signed, None, None, UnixMs(now)).map(drop);
        assert_eq!(unknown, expected.and(Err(Unauthenticated::Signature)), "{now}");
    }
}

#[test]
fn a_key_that_was_derived_before_serves_its_scope_only() {
    let (_, request, signature) = VECTORS[1];
    let ask = || signed(request, signature);
    let derived = check_signature(&ask(), Some(&secret()), None, AT).ok().flatten();
    let known = derived.expect("the first time it is derived");
    let again = |signed: &Signed| check_signature(signed, Some(&secret()), Some(&known), AT);
    assert!(again(&ask()).is_ok_and(|derived| derived.is_none()));
    let mut wrong = ask();
    wrong.signature[0] ^= 1;
    assert_eq!(again(&wrong).err(), Some(Unauthenticated::Signature));
    // Another region: the key at hand is of no use, and the signature is of the first.
    let mut elsewhere = ask();
    elsewhere.scope[1] = "eu-west-1".to_owned();
    assert_eq!(again(&elsewhere).err(), Some(Unauthenticated::Signature));
    elsewhere.signature = secret().sign(&elsewhere.scope, &elsewhere.to_sign);
    assert!(again(&elsewhere).is_ok_and(|derived| derived.is_some()));
}

/// The day of the scope is the one that the key is derived for; without this check a signature of
/// one day would hold on another.
#[test]
fn the_day_of_the_scope_is_that_of_the_signature() {
    let (_, request, signature) = VECTORS[1];
    let mut signed = signed(request, signature);
    signed.at = UnixMs(AT.0 + 24 * 60 * 60 * 1000);
    let now = signed.at;
    assert!(!is_signed(&signed, Some(&secret()), now));
}

fn names(names: &[&str]) -> Option<BTreeSet<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn rules_allow_what_they_name_and_nothing_else() {
    let rules = AccessRules::new(names(&["translate_pin", "verify_mac"]), None).expect("known");
    let allowed = |operation| rules.check(Action::Payment(operation));
    assert_eq!(allowed(Operation::TranslatePin), Ok(()));
    for method in MacMethod::ALL {
        assert_eq!(allowed(Operation::VerifyMac(method)), Ok(()));
        assert_eq!(allowed(Operation::GenerateMac(method)), Err(ErrorKind::Forbidden));
    }
    assert_eq!(allowed(Operation::DecryptData), Err(ErrorKind::Forbidden));
    let all = AccessRules::default();
    assert!(Operation::all().all(|operation| all.check(Action::Payment(operation)).is_ok()));
    assert_eq!(all.check(Action::ProcessData), Err(ErrorKind::Forbidden));
    assert_eq!(all.check(Action::ImportKeys), Err(ErrorKind::Forbidden));
}

#[test]
fn names_that_allow_nothing_are_refused() {
    for name in ["", "translate", "translate_pi", "process_data", "import_keys"] {
        let refused = AccessRules::new(names(&[name]), None);
        let begins_one =
            Operation::all().any(|operation| operation.name().starts_with(&format!("{name}_")));
        assert_eq!(refused.is_ok(), begins_one, "{name}");
        assert_eq!(AccessRules::names().contains(name), begins_one, "{name}");
    }
    for name in AccessRules::names() {
        assert!(AccessRules::new(names(&[name]), None).is_ok(), "{name}");
    }
    let many = (0..=ACCESS_KEYS_MAX).map(|count| KeyId((count as u128).to_be_bytes()));
    assert_eq!(AccessRules::new(None, Some(many.collect())), Err(UnknownName::TooMany));
}

const ACCESS_KEYS_MAX: usize = crate::limits::ACCESS_KEYS_ALLOWED_MAX;

#[test]
fn keys_that_are_not_listed_are_forbidden() {
    let [one, two, three] = [1, 2, 3].map(|byte| KeyId([byte; 16]));
    let rules = AccessRules::new(None, Some([one, two].into())).expect("few");
    assert_eq!(rules.check_keys([one, two]), Ok(()));
    assert_eq!(rules.check_keys([one, three]), Err(ErrorKind::Forbidden));
    assert_eq!(AccessRules::default().check_keys([three]), Ok(()));
}

#[test]
fn records_round_trip_and_identities_read_back() {
    for (state, rules) in [
        (AccessState::Enabled, AccessRules::default()),
        (
            AccessState::Disabled,
            AccessRules::new(names(&["verify_pin"]), Some([KeyId([7; 16])].into())).expect("known"),
        ),
    ] {
        let record = AccessKeyRecord {
            id: AccessKeyId::of_random([0xe5; 16]),
            api_key: ApiKeyId([2; 16]),
            partition: PartitionId([3; 16]),
            name: "terminals".to_owned(),
            secret: secret(),
            state,
            rules,
            created: AT,
        };
        let bytes = record.to_bytes();
        let again = AccessKeyRecord::from_bytes(bytes.expose()).expect("as written");
        assert_eq!(again.to_bytes().expose(), bytes.expose());
        assert_eq!(record.id.to_string().parse(), Ok(record.id));
        assert_eq!(record.principal().proof, Proof::Signature);
        for end in 0..bytes.expose().len() {
            assert!(AccessKeyRecord::from_bytes(&bytes.expose()[..end]).is_err());
        }
    }
    for text in ["", "AKIA", "akiaaaaaaaaaaaaaaaaa", "AKIAAAAAAAAAAAAAAAA/", "AKIDEXAMPLE"] {
        assert_eq!(text.parse::<AccessKeyId>(), Err(AccessKeyIdError), "{text}");
    }
}

#[test]
fn times_are_written_as_signatures_have_them() {
    assert_eq!(stamp(AT), "20260115T120000Z");
    assert_eq!(stamp(UnixMs(951_827_696_789)), "20000229T123456Z");
    assert_eq!(stamp(UnixMs(0)), "19700101T000000Z");
}

#[test]
fn random_secrets_have_forty_characters() {
    let secret = AccessSecret::of_random(&Secret::new([0xff; 30]));
    assert_eq!(secret.expose(), &[b'/'; 40]);
}
