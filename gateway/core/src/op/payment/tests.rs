//! Every operation and part with every usage, algorithm, length and mode.

use super::*;
use crate::key::payment::{Algorithm, Attributes, Exportability, ModeOfUse, Usage};
use std::collections::HashSet;

/// What clause 11.2 and those on the operations allow, written down a second time:
/// operation, part, and for each usage the algorithms and the modes. `2` and `3` are the lengths
/// of triple DES in keys, where the sections on the operation name one (2.1, 3.1, 5.1, 6, 8).
const EXPECTED: &[(&str, &str)] = &[
    // Encrypt/Decrypt/ReEncrypt data | D0 (sym), D1 (asym), B0 (DUKPT) | E or B / D or B / X;
    // E1 as the service has it, if an operator gave it to data: policy decides
    ("encrypt_data Data", "D0:23A:EB D1:R:EB B0:2A:X E1:2:X"),
    // 8.6: E1 enciphers scripts, so that nobody deciphers the PIN of one
    ("decrypt_data Data", "D0:23A:DB D1:R:DB B0:2A:X"),
    // 9: nothing goes out under RSA
    ("reencrypt_data Incoming", "D0:23A:DB D1:R:DB B0:2A:X"),
    ("reencrypt_data Outgoing", "D0:23A:EB B0:2A:X"),
    // 1.4: static keys and those of transactions
    ("translate_pin Incoming", "P0:23A:DB B0:2A:X"),
    ("translate_pin Outgoing", "P0:23A:EB B0:2A:X"),
    // 2: a key for the block, and one that checks
    ("verify_pin_3624 PinIn", "P0:23A:DB B0:2A:X"),
    ("verify_pin_visa PinIn", "P0:23A:DB B0:2A:X"),
    ("verify_pin_3624 Verification", "V1:23:VCN"),
    ("verify_pin_visa Verification", "V2:23:VCN"),
    // 2: the same with one that makes; P1 makes by either way
    ("generate_pin_3624 Generation", "V1:23:GCN P1:23:GCN"),
    ("generate_pin_visa Generation", "V2:23:GCN P1:23:GCN"),
    ("generate_offset_3624 Generation", "V1:23:GCN P1:23:GCN"),
    ("generate_value_visa Generation", "V2:23:GCN P1:23:GCN"),
    ("generate_pin_3624 PinOut", "P0:23A:EB"),
    ("generate_pin_visa PinOut", "P0:23A:EB"),
    ("generate_offset_3624 PinIn", "P0:23A:DB"),
    ("generate_value_visa PinIn", "P0:23A:DB"),
    // 6: one usage for each method; 8.6: of the three keys of a chip this is E2's work
    ("generate_mac_16609 Mac", "M0:23:GC"),
    ("verify_mac_16609 Mac", "M0:23:VC"),
    ("generate_mac_iso1 Mac", "M1:23:GC"),
    ("verify_mac_iso1 Mac", "M1:23:VC"),
    ("generate_mac_iso3 Mac", "M3:2:GC"),
    ("verify_mac_iso3 Mac", "M3:2:VC"),
    ("generate_mac_cmac Mac", "M6:23A:GC"),
    ("verify_mac_cmac Mac", "M6:23A:VC"),
    ("generate_mac_hmac Mac", "M7:H:GC"),
    ("verify_mac_hmac Mac", "M7:H:VC"),
    ("generate_mac_dukpt_iso1 Mac", "B0:2:X"),
    ("verify_mac_dukpt_iso1 Mac", "B0:2:X"),
    ("generate_mac_dukpt_iso3 Mac", "B0:2:X"),
    ("verify_mac_dukpt_iso3 Mac", "B0:2:X"),
    ("generate_mac_dukpt_cmac Mac", "B0:2A:X"),
    ("verify_mac_dukpt_cmac Mac", "B0:2A:X"),
    ("generate_mac_dukpt_hmac Mac", "B0:A:X"),
    ("verify_mac_dukpt_hmac Mac", "B0:A:X"),
    ("generate_mac_emv Mac", "E2:2:X"),
    ("verify_mac_emv Mac", "E2:2:X"),
    // 5.1
    ("generate_card_value Card", "C0:2:GC"),
    ("verify_card_value Card", "C0:2:VC"),
    // 5.2, 11.1: CVC3 from E4
    ("generate_dynamic_value Card", "E4:2:X"),
    ("verify_dynamic_value Card", "E4:2:X"),
    // 8: issuers' keys only derive; each of the three has its work
    ("generate_cryptogram Cryptogram", "E0:2:X"),
    ("verify_cryptogram Cryptogram", "E0:2:X"),
    ("change_chip_pin Cryptogram", "E0:2:X"),
    ("change_chip_pin Integrity", "E2:2:X"),
    ("change_chip_pin Confidentiality", "E1:2:X"),
    ("change_chip_pin PinIn", "P0:23A:DB"),
    // 4: opening takes D or B, writing E or B
    ("import_key_block Protection", "K0:23A:DB K1:23A:DB"),
    ("export_key_block Protection", "K0:23A:EB K1:23A:EB"),
    ("translate_key_block Protection", "K0:23A:EB K1:23A:EB"),
    // 4.4: key agreement, signature
    ("translate_key_block Agreement", "K3:P:X"),
    ("translate_key_block Authority", "S0:RP:V"),
    ("encrypt_data Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("decrypt_data Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("reencrypt_data Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("translate_pin Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("verify_pin_3624 Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("verify_pin_visa Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("generate_pin_3624 Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("generate_pin_visa Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("generate_offset_3624 Unwrapping", "K0:23A:DB K1:23A:DB"),
    ("generate_value_visa Unwrapping", "K0:23A:DB K1:23A:DB"),
];

fn letter(algorithm: Algorithm) -> char {
    match algorithm {
        Algorithm::Tdes2 => '2',
        Algorithm::Tdes3 => '3',
        Algorithm::Aes(_) => 'A',
        Algorithm::Hmac(_) => 'H',
        Algorithm::Rsa(_) => 'R',
        Algorithm::Ec(_) => 'P',
    }
}

fn expected(operation: Operation, part: Part, key: &Attributes) -> bool {
    let name = format!("{} {part:?}", operation.name());
    let code = String::from_utf8(key.usage.code().to_vec()).unwrap();
    let lines = EXPECTED.iter().filter(|(line, _)| *line == name);
    lines.flat_map(|(_, text)| text.split(' ')).any(|entry| {
        let mut fields = entry.split(':');
        let mut next = || fields.next().unwrap();
        next() == code
            && next().contains(letter(key.algorithm))
            && next().contains(char::from(key.mode.code()))
    })
}

fn keys() -> Vec<Attributes> {
    let mut keys = vec![];
    for usage in Usage::ALL {
        for algorithm in Algorithm::ALL {
            keys.extend(ModeOfUse::ALL.map(|mode| Attributes::new(usage, algorithm, mode)));
        }
    }
    keys
}

#[test]
fn every_combination_is_decided_as_the_specification_says() {
    let keys = keys();
    let (mut allowed, mut refused) = (0, 0);
    for operation in Operation::all() {
        for part in Part::ALL {
            for key in &keys {
                let fits = fits(operation, part, key);
                assert_eq!(fits, expected(operation, part, key), "{operation:?} {part:?} {key:?}");
                *if fits { &mut allowed } else { &mut refused } += 1;
            }
        }
    }
    assert_eq!(allowed + refused, 40 * 17 * 43 * 15 * 11);
    let entries: usize = EXPECTED.iter().map(|(_, text)| text.split(' ').count()).sum();
    assert!(allowed > entries && refused > 1000 * allowed / 3, "{allowed} {refused}");
}

#[test]
fn what_may_never_be_is_refused_for_every_algorithm_and_mode() {
    use Operation::{DecryptData, EncryptData, ReEncryptData};
    let refuses = |operation: Operation, usage: Usage| {
        let of_usage = keys().into_iter().filter(move |key| key.usage == usage);
        of_usage.flat_map(|key| Part::ALL.map(|part| (part, key))).all(|(part, key)| {
            part == Part::Exported || part == Part::Unwrapping || !fits(operation, part, &key)
        })
    };
    // Decrypt under P0 to data, encrypt data of callers under P0 or K*, MAC with D0.
    for usage in ["P0", "K0", "K1", "K2", "K3", "K4", "B1", "B3"] {
        let usage = Usage::from_code(usage.as_bytes().try_into().unwrap()).unwrap();
        for operation in [DecryptData, EncryptData, ReEncryptData] {
            assert!(refuses(operation, usage), "{operation:?} {usage:?}");
        }
    }
    for method in MacMethod::ALL {
        assert!(refuses(Operation::GenerateMac(method), Usage::DATA));
        assert!(refuses(Operation::VerifyMac(method), Usage::DATA));
    }
}

#[test]
fn only_exportable_secret_keys_are_exported() {
    for key in keys().into_iter().step_by(7) {
        for exportability in Exportability::ALL {
            let key = Attributes { exportability, ..key };
            for operation in Operation::all() {
                let expected = operation == Operation::ExportKey
                    && exportability != Exportability::Never
                    && !matches!(letter(key.algorithm), 'R' | 'P');
                assert_eq!(fits(operation, Part::Exported, &key), expected, "{key:?}");
            }
        }
    }
}

#[test]
fn each_part_of_an_operation_can_be_played_and_no_other() {
    let mut keys = keys();
    keys.iter_mut().for_each(|key| key.exportability = Exportability::Trusted);
    for operation in Operation::all() {
        let takes_wrapped = fits_any(&keys, operation, Part::Unwrapping);
        for part in Part::ALL {
            let wanted = operation.parts().contains(&part)
                || operation.optional_part() == Some(part)
                || (part == Part::Unwrapping && takes_wrapped);
            assert_eq!(fits_any(&keys, operation, part), wanted, "{operation:?} {part:?}");
        }
        let parts = operation.parts();
        let has = |part: Part| parts.contains(&part);
        assert!(operation.passage().is_none_or(|(from, to)| has(from) && has(to)));
        assert!(operation.counted_part().is_none_or(has), "{operation:?}");
    }
}

fn fits_any(keys: &[Attributes], operation: Operation, part: Part) -> bool {
    keys.iter().any(|key| fits(operation, part, key))
}

#[test]
fn names_are_unique_among_all_actions() {
    let names: Vec<&str> = crate::op::Action::all().map(crate::op::Action::name).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    assert_eq!(Operation::all().count(), 40);
}
