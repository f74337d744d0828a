//! In which modes a key enciphers and deciphers.

use super::*;
use crate::op::payment::{ChipCard, Cipher, DerivationOption, Mode};

/// What a data key does in a mode, in its letters of modes of use: those that encipher, those that
/// decipher. `g` are keys for GCM alone.
const CIPHERS: [(Option<Mode>, &str, &str); 10] = [
    (Some(Mode::Ecb), "EB", "DB"),
    (Some(Mode::Cbc), "EB", "DB"),
    (Some(Mode::Cfb), "B", "B"),
    (Some(Mode::Cfb1), "B", "B"),
    (Some(Mode::Cfb8), "B", "B"),
    (Some(Mode::Cfb64), "B", "B"),
    (Some(Mode::Cfb128), "B", "B"),
    (Some(Mode::Ofb), "B", "B"),
    (Some(Mode::Ctr), "B", "B"),
    (None, "B gE gB", "DB gD gB"),
];

fn cipher(mode: Option<Mode>) -> Cipher {
    match mode {
        Some(mode) => Cipher::Block { mode, iv: Some(vec![0; 16]) },
        None => Cipher::Gcm { aad: None, nonce: None, tag: None },
    }
}

fn data_key(id: u8, mode: ModeOfUse, own: Own) -> KeyRecord {
    let plain = Attributes::new(Usage::DATA, Algorithm::Aes(AesBits::Aes128), mode);
    record(id, Attributes { own, ..plain })
}

/// Whether a list of [`CIPHERS`] names such a key.
fn names(list: &str, mode: ModeOfUse, own: Own) -> bool {
    let code = char::from(mode.code());
    list.split(' ').any(|group| match group.strip_prefix('g') {
        Some(group) => own == Own::GcmOnly && group.contains(code),
        None => own == Own::Nothing && group.contains(code),
    })
}

/// What is decided of the four ways in which a data key is used, in a mode.
fn decided(key: &KeyRecord, mode: Option<Mode>) -> [(Operation, Option<ErrorKind>); 4] {
    let other = data_key(9, ModeOfUse::Both, Own::Nothing);
    let (asked, cbc) = (cipher(mode), cipher(Some(Mode::Cbc)));
    let used = |part| Use { cipher: Some(&asked), ..stored(part, key) };
    let beside = |part| Use { cipher: Some(&cbc), ..stored(part, &other) };
    let granted = grants(&[
        (pair(Passage::Data, &other, key, false), 0),
        (pair(Passage::Data, key, &other, false), 0),
    ]);
    let decided = |operation, uses: &[Use<'_>]| (operation, decide(operation, uses, &granted));
    [
        decided(Operation::EncryptData, &[used(Part::Data)]),
        decided(Operation::ReEncryptData, &[beside(Part::Incoming), used(Part::Outgoing)]),
        decided(Operation::DecryptData, &[used(Part::Data)]),
        decided(Operation::ReEncryptData, &[used(Part::Incoming), beside(Part::Outgoing)]),
    ]
}

#[test]
fn a_key_enciphers_and_deciphers_only_in_modes_that_keep_the_two_apart() {
    let modes = [ModeOfUse::Encrypt, ModeOfUse::Decrypt, ModeOfUse::Both];
    let owns = [Own::Nothing, Own::GcmOnly];
    for (mode, encipher, decipher) in CIPHERS {
        for (of_key, own) in modes.iter().flat_map(|one| owns.map(|own| (*one, own))) {
            let lists = [encipher, encipher, decipher, decipher];
            let decisions = decided(&data_key(1, of_key, own), mode);
            for ((operation, decision), list) in decisions.into_iter().zip(lists) {
                let expected = (!names(list, of_key, own)).then_some(ErrorKind::KeyUsage);
                assert_eq!(decision, expected, "{operation:?} {mode:?} {of_key:?} {own:?}");
            }
        }
    }
    let other = data_key(9, ModeOfUse::Both, Own::Nothing);
    let unsaid = [stored(Part::Data, &other)];
    assert_eq!(decide(Operation::EncryptData, &unsaid, &PairGrants::default()), MEMBER);
}

/// Or whoever enciphers every PIN under the session key of a script knows the one in it.
#[test]
fn a_key_for_scripts_enciphers_data_or_changes_pins() {
    let plain = attributes(Usage::CONFIDENTIALITY, ModeOfUse::Derive, Entry::Generated);
    let (pan, sequence) = (Secret::new(vec![]), Secret::new(vec![]));
    let card = ChipCard { pan, sequence, option: DerivationOption::A };
    let chip = Cipher::Chip { card, derivation: [0; 8], mode: Mode::Ecb, iv: None };
    for (own, encrypts) in [(Own::Nothing, false), (Own::ClientData, true)] {
        let (pin, key) = (pin_key(1, Entry::Generated), record(2, Attributes { own, ..plain }));
        let integrity = record(3, Attributes { usage: Usage::INTEGRITY, ..plain });
        let data = [Use { cipher: Some(&chip), ..stored(Part::Data, &key) }];
        let keys =
            [(Part::PinIn, &pin), (Part::Integrity, &integrity), (Part::Confidentiality, &key)];
        let change = keys.map(|(part, key)| stored(part, key));
        let granted = grants(&[(pair(Passage::ChipPin, &pin, &key, false), 0)]);
        let refused = |is: bool| is.then_some(ErrorKind::KeyUsage);
        assert_eq!(decide(Operation::EncryptData, &data, &granted), refused(!encrypts));
        assert_eq!(decide(Operation::ChangeChipPin, &change, &granted), refused(encrypts));
    }
}
