use super::*;
use crate::codec::{Corrupt, Record};
use crate::error::InvalidData;
use crate::key::{AesBits, Usage as KeyUsage};
use crate::secret::Secret;

const TABLE: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5];

fn pin_rule() -> PinRule {
    PinRule {
        table: DecimalisationTable::new(TABLE).unwrap(),
        validation: ValidationRule::new(4, 8, 15).unwrap(),
    }
}

fn owns() -> [Own; 6] {
    let brings = UsageSet::of(&[Usage::PIN, Usage::DATA, Usage::PIN_X9_132_3]);
    let rule = Own::PinRule(pin_rule());
    [Own::Nothing, Own::Brings(brings), rule, Own::Format1, Own::GcmOnly, Own::ClientData]
}

/// All attributes with one exportability, context and entry.
fn grid() -> impl Iterator<Item = Attributes> {
    let keys = Usage::ALL.into_iter().flat_map(|usage| {
        Algorithm::ALL.into_iter().flat_map(move |algorithm| {
            ModeOfUse::ALL.map(|mode| Attributes::new(usage, algorithm, mode))
        })
    });
    keys.flat_map(|key| owns().map(|own| Attributes { own, ..key }))
}

#[test]
fn sound_attributes_round_trip_and_others_are_corrupt() {
    let (mut sound, mut corrupt) = (0, 0);
    for key in grid() {
        let bytes = key.to_bytes();
        let expected = key.check().map(|()| key).map_err(|_| Corrupt);
        assert_eq!(Attributes::from_bytes(bytes.expose()), expected, "{key:?}");
        *if expected.is_ok() { &mut sound } else { &mut corrupt } += 1;
    }
    assert!(sound > 500 && corrupt > sound, "{sound} {corrupt}");
}

#[test]
fn each_byte_counts_and_every_form_is_canonical() {
    let mut keys = vec![];
    for exportability in Exportability::ALL {
        for entry in Entry::ALL {
            let (context, own) = (Context::Exchange, Own::PinRule(pin_rule()));
            let mode = ModeOfUse::Verify;
            let key = Attributes::new(Usage::PIN_3624, Algorithm::Tdes2, mode);
            keys.push(Attributes { exportability, entry, context, own, ..key });
        }
    }
    for key in keys {
        let bytes = key.to_bytes().expose().clone();
        assert_eq!(Attributes::from_bytes(&bytes), Ok(key));
        for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let read = Attributes::from_bytes(&changed);
            assert_ne!(read, Ok(key), "byte {at}");
            assert!(read.is_err() || read.unwrap().to_bytes().expose() == &changed);
        }
        for length in 0..bytes.len() {
            assert_eq!(Attributes::from_bytes(&bytes[..length]), Err(Corrupt));
        }
    }
}

#[test]
fn an_unknown_form_or_number_is_corrupt() {
    let key = Attributes::new(Usage::DATA, Algorithm::Tdes3, ModeOfUse::Both);
    let bytes = key.to_bytes().expose().clone();
    let decodes = |at: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[at] = byte;
        Attributes::from_bytes(&changed).is_ok()
    };
    let known = |at| (0..=255).filter(|byte| decodes(at, *byte)).count();
    // Form; letter and digit of the usage; algorithm; mode; exportability; context; entry; own.
    // D0 and K0 and so on share a digit; D0 takes triple DES and AES.
    assert_eq!((known(0), known(3), known(4)), (1, 5, 4));
    assert_eq!((known(5), known(6), known(7), known(8)), (3, 3, 5, 1));
    let all_bits = Own::Brings(UsageSet::of(&Usage::ALL)).to_bytes().expose().clone();
    assert!(Own::from_bytes(&all_bits).is_ok());
    let mut beyond = all_bits;
    beyond[1] |= 0x80;
    assert_eq!(Own::from_bytes(&beyond), Err(Corrupt));
}

#[test]
fn a_payment_key_is_a_usage_of_a_record() {
    for key in grid().filter(|key| key.check().is_ok()).step_by(17) {
        let usage = KeyUsage::Payment(key);
        assert_eq!(KeyUsage::from_bytes(usage.to_bytes().expose()), Ok(usage));
        assert_eq!(usage.payment(), Some(&key));
        assert!(!usage.serves_process_data() && usage.general().is_none());
    }
    assert_eq!(KeyUsage::Random.payment(), None);
}

#[test]
fn material_has_the_form_and_length_of_the_algorithm() {
    let lengths = |algorithm: Algorithm| -> Vec<usize> {
        let key = Attributes::new(Usage::DATA, algorithm, ModeOfUse::Both);
        let fits = |bytes: &usize| key.holds(&Material::Symmetric(Secret::new(vec![1; *bytes])));
        (0..200).filter(fits).collect()
    };
    assert_eq!(lengths(Algorithm::Tdes2), [16]);
    assert_eq!(lengths(Algorithm::Tdes3), [24]);
    assert_eq!(lengths(Algorithm::Aes(AesBits::Aes256)), [32]);
    assert_eq!(lengths(Algorithm::Hmac(MacHash::Sha224)), (16..=64).collect::<Vec<_>>());
    assert_eq!(lengths(Algorithm::Hmac(MacHash::Sha512)), (16..=128).collect::<Vec<_>>());
    assert_eq!(lengths(Algorithm::Rsa(RsaBits::Rsa2048)), [0; 0]);
    let pair = Material::Pair { private: Secret::new(vec![1; 66]), public: vec![2; 67] };
    let key = |curve| Attributes::new(Usage::AGREEMENT, Algorithm::Ec(curve), ModeOfUse::Derive);
    assert!(key(Curve::P521).holds(&pair) && !key(Curve::P384).holds(&pair));
    let longest = Material::Symmetric(Secret::new(vec![7; 128]));
    assert!(Material::from_bytes(longest.to_bytes().expose()).is_ok());
}

#[test]
fn only_listed_usages_are_brought_in_and_trust_is_inherited() {
    let listed = UsageSet::of(&[Usage::PIN, Usage::DATA]);
    let plain = Attributes::new(Usage::KEY_BLOCKS, Algorithm::Tdes2, ModeOfUse::Both);
    let kbpk = Attributes { own: Own::Brings(listed), ..plain };
    for usage in Usage::ALL {
        let expected = matches!(usage, Usage::PIN | Usage::DATA);
        assert_eq!(kbpk.may_bring_in(usage).is_ok(), expected, "{usage:?}");
        assert_eq!(plain.may_bring_in(usage), Err(ErrorKind::KeyUsage));
    }
    for entry in Entry::ALL {
        let known = matches!(entry, Entry::Clear | Entry::CallerBlock);
        let wrapped = Attributes { entry, ..kbpk }.entry_of_wrapped();
        assert_eq!(wrapped.is_known_to_caller(), known, "{entry:?}");
    }
}

#[test]
fn a_copy_never_gains_rights() {
    use Exportability::{Never, Sensitive, Trusted};
    let key = |mode, exportability| Attributes {
        exportability,
        ..Attributes::new(Usage::DATA, Algorithm::Tdes2, mode)
    };
    let both = key(ModeOfUse::Both, Trusted);
    let narrower = [(ModeOfUse::Decrypt, Trusted), (ModeOfUse::Encrypt, Never)];
    let wider = [(ModeOfUse::Both, Sensitive), (ModeOfUse::Any, Never)];
    assert!(narrower.iter().all(|(mode, out)| both.includes(&key(*mode, *out))));
    assert!(!wider.iter().any(|(mode, out)| both.includes(&key(*mode, *out))));
    assert!(!narrower.iter().any(|(mode, out)| key(*mode, *out).includes(&both)));
    assert!(!both.includes(&Attributes { usage: Usage::PIN, ..both }));
    assert!(!both.includes(&Attributes { entry: Entry::Components, ..both }));
    let pin = Attributes::new(Usage::PIN, Algorithm::Tdes2, ModeOfUse::Both);
    let flagged = Attributes { own: Own::Format1, ..pin };
    assert!(flagged.includes(&pin) && !pin.includes(&flagged));
}

#[test]
fn lopsided_tables_are_refused() {
    let digits = |text: &str| -> [u8; 16] {
        let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
        digits.try_into().unwrap()
    };
    // spec: payments 2.1
    for sound in ["0123456789012345", "8351296477461538"] {
        assert!(DecimalisationTable::new(digits(sound)).is_some(), "{sound}");
    }
    for lopsided in ["0000000000000001", "0123456012345601", "0000012345678912"] {
        assert!(DecimalisationTable::new(digits(lopsided)).is_none(), "{lopsided}");
    }
    assert!(DecimalisationTable::new([10; 16]).is_none());
    let rules = [(0, 3, 0), (0, 17, 0), (4, 16, 0), (0, 16, 16), (200, 4, 0)];
    assert!(rules.iter().all(|(a, b, c)| ValidationRule::new(*a, *b, *c).is_none()));
}

#[test]
fn a_differing_table_or_validation_data_is_refused() {
    let wrong = Err(ErrorKind::InvalidData(InvalidData::Parameter));
    let given = PinRuleInput {
        table: b"0123456789012345",
        validation: b"33445566",
        pad: b'f',
        pan: b"1122334455667788",
    };
    assert_eq!(pin_rule().check(given), Ok(()));
    let others = [
        PinRuleInput { table: b"0123456789012354", ..given },
        PinRuleInput { table: b"", ..given },
        PinRuleInput { validation: b"33445567", ..given },
        PinRuleInput { validation: b"3344556", ..given },
        PinRuleInput { pad: b'0', ..given },
        PinRuleInput { pan: b"1122334455667", ..given },
        PinRuleInput { pan: b"11223344556", ..given },
        PinRuleInput { pan: b"1122344455667788", ..given },
    ];
    let refused = others.map(|other| pin_rule().check(other));
    assert_eq!(refused, [wrong, wrong, wrong, wrong, wrong, Ok(()), wrong, wrong]);
}
