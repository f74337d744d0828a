//! What every key refuses.

use super::{Verdict, authorize, authorize_agreed};
use crate::error::ErrorKind;
use crate::id::{KeyId, PartitionId};
use crate::key::{Algorithm, General, KeyRecord, KeyState, Purposes, Usage};
use crate::op::Action;
use crate::op::crypto::CryptoKind;
use crate::op::manage::ManageKind;
use crate::principal::{Principal, Proof};
use crate::time::UnixMs;

const OWNER: PartitionId = PartitionId([1; 16]);
const NOW: UnixMs = UnixMs(5);

/// The letters of the kinds of operation, in the order of [`CryptoKind::ALL`]; the last is for
/// derivation.
const LETTERS: &str = "mvsyedwuacpD";

/// Which algorithms; whose half and purposes; what is allowed under the key; under an agreed one.
type Row = (fn(Algorithm) -> bool, Option<Purposes>, bool, &'static str, &'static str);

const TABLE: &[Row] = &[
    (|one| matches!(one, Algorithm::Hmac(_)), None, true, "mv", ""),
    (|one| matches!(one, Algorithm::Aes(_)), None, true, "edwu", ""),
    (Algorithm::is_ecdsa, Some(Purposes::Agree), true, "aD", "mvedwua"),
    (Algorithm::is_ecdsa, Some(Purposes::Agree), false, "", ""),
    (Algorithm::is_ecdsa, Some(Purposes::Sign), true, "sy", ""),
    (Algorithm::is_ecdsa, Some(Purposes::Sign), false, "y", ""),
    (Algorithm::is_ecdsa, Some(Purposes::AgreeAndSign), true, "syaD", "mvedwua"),
    (Algorithm::is_ecdsa, Some(Purposes::AgreeAndSign), false, "y", ""),
    (is_montgomery, Some(Purposes::Agree), true, "aD", "mvedwua"),
    (is_montgomery, Some(Purposes::Agree), false, "", ""),
    (is_edwards, Some(Purposes::Sign), true, "sy", ""),
    (is_edwards, Some(Purposes::Sign), false, "y", ""),
    (|one| matches!(one, Algorithm::MlKem(_)), None, true, "cp", ""),
    (|one| matches!(one, Algorithm::MlKem(_)), None, false, "", ""),
    (|one| matches!(one, Algorithm::MlDsa(_)), None, true, "sy", ""),
    (|one| matches!(one, Algorithm::MlDsa(_)), None, false, "y", ""),
    (is_rsa, Some(Purposes::Sign), true, "sy", ""),
    (is_rsa, Some(Purposes::Sign), false, "y", ""),
    (is_rsa, Some(Purposes::Decrypt), true, "ed", ""),
    (is_rsa, Some(Purposes::Decrypt), false, "e", ""),
];

fn is_montgomery(one: Algorithm) -> bool {
    matches!(one, Algorithm::X25519 | Algorithm::X448)
}

fn is_edwards(one: Algorithm) -> bool {
    matches!(one, Algorithm::Ed25519 | Algorithm::Ed448)
}

fn is_rsa(one: Algorithm) -> bool {
    matches!(one, Algorithm::Rsa(_))
}

fn actions() -> impl Iterator<Item = (char, Action)> {
    let kinds = CryptoKind::ALL.map(Action::Crypto).into_iter();
    LETTERS.chars().zip(kinds.chain([Action::Manage(ManageKind::Derive)]))
}

fn record(usage: Usage) -> KeyRecord {
    KeyRecord::first(KeyId([2; 16]), OWNER, usage, UnixMs(1))
}

fn caller(proof: Proof) -> Principal {
    Principal { partition: OWNER, client: None, api_key: None, proof }
}

fn decided(verdict: Verdict) -> Result<bool, ErrorKind> {
    match verdict {
        Verdict::Allow(grant) => {
            assert_eq!(grant.key(), Some((KeyId([2; 16]), 1)));
            Ok(grant.is_agreed())
        }
        Verdict::Deny(error) => Err(error.kind),
    }
}

/// Letters of what is allowed under the key, and under an agreed one.
fn allowed(key: &KeyRecord) -> (String, String) {
    let token = caller(Proof::Token);
    let (mut own, mut agreed) = (String::new(), String::new());
    for (letter, action) in actions() {
        match decided(authorize(&token, action, Some(key), NOW)) {
            Ok(is_agreed) => {
                assert!(!is_agreed);
                own.push(letter);
            }
            Err(kind) => assert_eq!(kind, ErrorKind::KeyUsage, "{action:?}"),
        }
        match decided(authorize_agreed(&token, action, Some(key), NOW)) {
            Ok(is_agreed) => {
                assert!(is_agreed);
                agreed.push(letter);
            }
            Err(kind) => assert_eq!(kind, ErrorKind::KeyUsage, "{action:?}"),
        }
    }
    (own, agreed)
}

#[test]
fn every_key_does_what_its_row_says_and_refuses_the_rest() {
    let mut seen = 0;
    for (is_in, purposes, has_secret, own, agreed) in TABLE {
        for algorithm in Algorithm::every().filter(|one| is_in(*one)) {
            let (purposes, has_secret) = (*purposes, *has_secret);
            let key = record(Usage::General(General { algorithm, purposes, has_secret }));
            let expected = ((*own).to_owned(), (*agreed).to_owned());
            assert_eq!(allowed(&key), expected, "{:?}", key.usage);
            let token = caller(Proof::Token);
            let process = authorize(&token, Action::ProcessData, Some(&key), NOW);
            assert!(decided(process).is_err());
            seen += 1;
        }
    }
    // 9 symmetric; 4 curves with 3 purposes, RSA thrice with 2, 4 and 6 algorithms with one: whole
    // and public half.
    assert_eq!(seen, 9 + 2 * (4 * 3 + 3 * 2 + 4 + 6));
}

#[test]
fn a_key_of_one_operation_serves_no_other() {
    let usages = [
        Usage::EncryptBlocks,
        Usage::RsaPrivate { modulus_bytes: 256 },
        Usage::Random,
        Usage::UserHotp,
        Usage::ImportUnwrap,
    ];
    for usage in usages {
        assert_eq!(allowed(&record(usage)), (String::new(), String::new()), "{usage:?}");
    }
}

#[test]
fn partition_state_and_proof_count() {
    let usage = Usage::General(General::new(Algorithm::P256, Some(Purposes::AgreeAndSign)));
    let key = record(usage);
    let foreign = KeyRecord { partition: PartitionId([9; 16]), ..key.clone() };
    let suspended = KeyRecord { state: KeyState::Suspended, ..key.clone() };
    let expired = KeyRecord { not_after: Some(NOW), ..key.clone() };
    let (sign, mac) = (Action::Crypto(CryptoKind::Sign), Action::Crypto(CryptoKind::Mac));
    let decide = |proof, key: Option<&KeyRecord>| {
        let own = decided(authorize(&caller(proof), sign, key, NOW)).err();
        let agreed = decided(authorize_agreed(&caller(proof), mac, key, NOW)).err();
        assert_eq!(own, agreed);
        own
    };
    assert_eq!(decide(Proof::Token, Some(&key)), None);
    assert_eq!(decide(Proof::Operator, Some(&key)), None);
    assert_eq!(decide(Proof::Token, None), Some(ErrorKind::KeyNotFound));
    assert_eq!(decide(Proof::Token, Some(&foreign)), Some(ErrorKind::KeyNotFound));
    assert_eq!(decide(Proof::Token, Some(&suspended)), Some(ErrorKind::KeyState));
    assert_eq!(decide(Proof::Token, Some(&expired)), Some(ErrorKind::KeyState));
    for proof in [Proof::Anonymous, Proof::ApiKey, Proof::Password] {
        assert!(matches!(decide(proof, Some(&key)), Some(ErrorKind::Unauthenticated(_))));
    }
}

#[test]
fn handles_are_for_those_whose_keys_they_are() {
    let general = record(Usage::General(General::new(Algorithm::Ed25519, None)));
    let block = record(Usage::EncryptBlocks);
    let open = |proof, key: &KeyRecord| {
        decided(authorize(&caller(proof), Action::OpenHandle, Some(key), NOW)).err()
    };
    assert_eq!(open(Proof::Token, &general), None);
    let suspended = KeyRecord { state: KeyState::Suspended, ..general.clone() };
    assert_eq!(open(Proof::Token, &suspended), Some(ErrorKind::KeyState));
    let foreign = KeyRecord { partition: PartitionId([9; 16]), ..general.clone() };
    assert_eq!(open(Proof::Token, &foreign), Some(ErrorKind::KeyNotFound));
    assert_eq!(open(Proof::Token, &block), Some(ErrorKind::KeyUsage));
    for proof in [Proof::ApiKey, Proof::Signature] {
        assert_eq!(open(proof, &general), Some(ErrorKind::KeyUsage));
    }
    for proof in [Proof::Anonymous, Proof::Password] {
        assert!(matches!(open(proof, &general), Some(ErrorKind::Unauthenticated(_))));
    }
}
