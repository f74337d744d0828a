//! What a payment key may do, as one table.
// spec: payments 11.2

use super::{MacMethod, Operation, Part};
use crate::key::AesBits;
use crate::key::payment::{
    Algorithm, Attributes, Curve, Exportability, MacHash, ModeOfUse, RsaBits, Usage,
};

/// In these operations a key in this part may be of any of these usages, algorithms and modes.
struct Row {
    operations: &'static [Operation],
    part: Part,
    usages: &'static [Usage],
    algorithms: &'static [Algorithm],
    modes: &'static [ModeOfUse],
}

const TDES_2: &[Algorithm] = &[Algorithm::Tdes2];
const TDES: &[Algorithm] = &[Algorithm::Tdes2, Algorithm::Tdes3];
const AES: &[Algorithm] = &[
    Algorithm::Aes(AesBits::Aes128),
    Algorithm::Aes(AesBits::Aes192),
    Algorithm::Aes(AesBits::Aes256),
];
const CIPHERS: &[Algorithm] = &[Algorithm::Tdes2, Algorithm::Tdes3, AES[0], AES[1], AES[2]];
/// A base key of 24 bytes is not defined for triple DES.
const BASES: &[Algorithm] = &[Algorithm::Tdes2, AES[0], AES[1], AES[2]];
const HMACS: &[Algorithm] = &[
    Algorithm::Hmac(MacHash::Sha224),
    Algorithm::Hmac(MacHash::Sha256),
    Algorithm::Hmac(MacHash::Sha384),
    Algorithm::Hmac(MacHash::Sha512),
];
const RSA: &[Algorithm] = &[
    Algorithm::Rsa(RsaBits::Rsa2048),
    Algorithm::Rsa(RsaBits::Rsa3072),
    Algorithm::Rsa(RsaBits::Rsa4096),
];
const EC: &[Algorithm] =
    &[Algorithm::Ec(Curve::P256), Algorithm::Ec(Curve::P384), Algorithm::Ec(Curve::P521)];
const PAIRS: &[Algorithm] = &[RSA[0], RSA[1], RSA[2], EC[0], EC[1], EC[2]];

const IN: &[ModeOfUse] = &[ModeOfUse::Decrypt, ModeOfUse::Both];
const OUT: &[ModeOfUse] = &[ModeOfUse::Encrypt, ModeOfUse::Both];
const DERIVE: &[ModeOfUse] = &[ModeOfUse::Derive];
const MAKE: &[ModeOfUse] = &[ModeOfUse::Generate, ModeOfUse::GenerateAndVerify];
const CHECK: &[ModeOfUse] = &[ModeOfUse::Verify, ModeOfUse::GenerateAndVerify];
const MAKE_PIN: &[ModeOfUse] = &[ModeOfUse::Generate, ModeOfUse::GenerateAndVerify, ModeOfUse::Any];
const CHECK_PIN: &[ModeOfUse] = &[ModeOfUse::Verify, ModeOfUse::GenerateAndVerify, ModeOfUse::Any];

use Operation::{GenerateMac, VerifyMac};

const IMPORTERS: &[Usage] = &[Usage::KEY_ENCRYPTION, Usage::KEY_BLOCKS];
const PIN_READERS: &[Operation] = &[
    Operation::VerifyPin3624,
    Operation::VerifyPinVisa,
    Operation::GenerateOffset3624,
    Operation::GenerateValueVisa,
    Operation::ChangeChipPin,
];
/// The operations that take wrapped keys.
const DYNAMIC: &[Operation] = &[
    Operation::EncryptData,
    Operation::DecryptData,
    Operation::ReEncryptData,
    Operation::TranslatePin,
    Operation::VerifyPin3624,
    Operation::VerifyPinVisa,
    Operation::GeneratePin3624,
    Operation::GeneratePinVisa,
    Operation::GenerateOffset3624,
    Operation::GenerateValueVisa,
];

/// The usages of keys that may come wrapped in a request.
// spec: payments 9, 11.2
pub const WRAPPED: [Usage; 2] = [Usage::DATA, Usage::PIN];

const fn row(
    operations: &'static [Operation],
    part: Part,
    usages: &'static [Usage],
    algorithms: &'static [Algorithm],
    modes: &'static [ModeOfUse],
) -> Row {
    Row { operations, part, usages, algorithms, modes }
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(&[Operation::EncryptData], Part::Data, &[Usage::DATA], CIPHERS, OUT),
    row(&[Operation::EncryptData], Part::Data, &[Usage::DATA_PAIR], RSA, OUT),
    row(&[Operation::EncryptData], Part::Data, &[Usage::BASE], BASES, DERIVE),
    row(&[Operation::DecryptData], Part::Data, &[Usage::DATA], CIPHERS, IN),
    row(&[Operation::DecryptData], Part::Data, &[Usage::DATA_PAIR], RSA, IN),
    row(&[Operation::DecryptData], Part::Data, &[Usage::BASE], BASES, DERIVE),
    row(&[Operation::EncryptData], Part::Data, &[Usage::CONFIDENTIALITY], TDES_2, DERIVE),
    row(&[Operation::ReEncryptData], Part::Incoming, &[Usage::DATA], CIPHERS, IN),
    row(&[Operation::ReEncryptData], Part::Incoming, &[Usage::DATA_PAIR], RSA, IN),
    row(&[Operation::ReEncryptData], Part::Incoming, &[Usage::BASE], BASES, DERIVE),
    row(&[Operation::ReEncryptData], Part::Outgoing, &[Usage::DATA], CIPHERS, OUT),
    row(&[Operation::ReEncryptData], Part::Outgoing, &[Usage::BASE], BASES, DERIVE),

    row(&[Operation::TranslatePin], Part::Incoming, &[Usage::PIN], CIPHERS, IN),
    row(&[Operation::TranslatePin], Part::Incoming, &[Usage::BASE], BASES, DERIVE),
    row(&[Operation::TranslatePin], Part::Outgoing, &[Usage::PIN], CIPHERS, OUT),
    row(&[Operation::TranslatePin], Part::Outgoing, &[Usage::BASE], BASES, DERIVE),
    row(PIN_READERS, Part::PinIn, &[Usage::PIN], CIPHERS, IN),
    row(&[Operation::VerifyPin3624, Operation::VerifyPinVisa],
        Part::PinIn, &[Usage::BASE], BASES, DERIVE),
    row(&[Operation::GeneratePin3624, Operation::GeneratePinVisa],
        Part::PinOut, &[Usage::PIN], CIPHERS, OUT),
    row(&[Operation::VerifyPin3624], Part::Verification, &[Usage::PIN_3624], TDES, CHECK_PIN),
    row(&[Operation::VerifyPinVisa], Part::Verification, &[Usage::PIN_VISA], TDES, CHECK_PIN),
    row(&[Operation::GeneratePin3624, Operation::GenerateOffset3624],
        Part::Generation, &[Usage::PIN_3624, Usage::PIN_GENERATION], TDES, MAKE_PIN),
    row(&[Operation::GeneratePinVisa, Operation::GenerateValueVisa],
        Part::Generation, &[Usage::PIN_VISA, Usage::PIN_GENERATION], TDES, MAKE_PIN),

    row(&[GenerateMac(MacMethod::Iso16609)], Part::Mac, &[Usage::MAC_16609], TDES, MAKE),
    row(&[VerifyMac(MacMethod::Iso16609)], Part::Mac, &[Usage::MAC_16609], TDES, CHECK),
    row(&[GenerateMac(MacMethod::Iso1)], Part::Mac, &[Usage::MAC_1], TDES, MAKE),
    row(&[VerifyMac(MacMethod::Iso1)], Part::Mac, &[Usage::MAC_1], TDES, CHECK),
    row(&[GenerateMac(MacMethod::Iso3)], Part::Mac, &[Usage::MAC_3], TDES_2, MAKE),
    row(&[VerifyMac(MacMethod::Iso3)], Part::Mac, &[Usage::MAC_3], TDES_2, CHECK),
    row(&[GenerateMac(MacMethod::Cmac)], Part::Mac, &[Usage::CMAC], CIPHERS, MAKE),
    row(&[VerifyMac(MacMethod::Cmac)], Part::Mac, &[Usage::CMAC], CIPHERS, CHECK),
    row(&[GenerateMac(MacMethod::Hmac)], Part::Mac, &[Usage::HMAC], HMACS, MAKE),
    row(&[VerifyMac(MacMethod::Hmac)], Part::Mac, &[Usage::HMAC], HMACS, CHECK),
    row(&[GenerateMac(MacMethod::DukptIso1), VerifyMac(MacMethod::DukptIso1),
          GenerateMac(MacMethod::DukptIso3), VerifyMac(MacMethod::DukptIso3)],
        Part::Mac, &[Usage::BASE], TDES_2, DERIVE),
    row(&[GenerateMac(MacMethod::DukptCmac), VerifyMac(MacMethod::DukptCmac)],
        Part::Mac, &[Usage::BASE], BASES, DERIVE),
    row(&[GenerateMac(MacMethod::DukptHmac), VerifyMac(MacMethod::DukptHmac)],
        Part::Mac, &[Usage::BASE], AES, DERIVE),
    row(&[GenerateMac(MacMethod::Emv), VerifyMac(MacMethod::Emv)],
        Part::Mac, &[Usage::INTEGRITY], TDES_2, DERIVE),

    row(&[Operation::GenerateCardValue], Part::Card, &[Usage::CARD], TDES_2, MAKE),
    row(&[Operation::VerifyCardValue], Part::Card, &[Usage::CARD], TDES_2, CHECK),
    row(&[Operation::GenerateDynamicValue, Operation::VerifyDynamicValue],
        Part::Card, &[Usage::DYNAMIC_NUMBERS], TDES_2, DERIVE),
    row(&[Operation::GenerateCryptogram, Operation::VerifyCryptogram, Operation::ChangeChipPin],
        Part::Cryptogram, &[Usage::CRYPTOGRAM], TDES_2, DERIVE),
    row(&[Operation::ChangeChipPin], Part::Integrity, &[Usage::INTEGRITY], TDES_2, DERIVE),
    row(&[Operation::ChangeChipPin],
        Part::Confidentiality, &[Usage::CONFIDENTIALITY], TDES_2, DERIVE),

    row(DYNAMIC, Part::Unwrapping, IMPORTERS, CIPHERS, IN),
    row(&[Operation::ImportKey], Part::Protection, IMPORTERS, CIPHERS, IN),
    row(&[Operation::ExportKey, Operation::TranslateKey],
        Part::Protection, IMPORTERS, CIPHERS, OUT),
    row(&[Operation::TranslateKey], Part::Agreement, &[Usage::AGREEMENT], EC, DERIVE),
    row(&[Operation::TranslateKey],
        Part::Authority, &[Usage::SIGNATURE], PAIRS, &[ModeOfUse::Verify]),
];

/// What keys do besides that an object holds: no API names two keys and RSA behind them, an object
/// does.
// spec: enigma-bridge 4.5
const OF_OBJECTS: &[Row] =
    &[row(&[Operation::ReEncryptData], Part::Outgoing, &[Usage::DATA_PAIR], RSA, OUT)];

/// Whether any operation takes a key of this usage, algorithm and mode.
pub fn is_served(key: &Attributes) -> bool {
    TABLE.iter().any(|row| row.takes(key))
}

/// Whether a key of these attributes may play the part.
pub fn fits(operation: Operation, part: Part, key: &Attributes) -> bool {
    if part == Part::Exported {
        return operation == Operation::ExportKey
            && key.exportability != Exportability::Never
            && !key.algorithm.is_pair();
    }
    TABLE.iter().any(|row| row.has(operation, part) && row.takes(key))
}

/// The same of a key that an object holds.
pub fn fits_in_object(operation: Operation, part: Part, key: &Attributes) -> bool {
    let besides = OF_OBJECTS.iter().any(|row| row.has(operation, part) && row.takes(key));
    besides || fits(operation, part, key)
}

impl Row {
    fn has(&self, operation: Operation, part: Part) -> bool {
        self.operations.contains(&operation) && self.part == part
    }

    fn takes(&self, key: &Attributes) -> bool {
        self.usages.contains(&key.usage)
            && self.algorithms.contains(&key.algorithm)
            && self.modes.contains(&key.mode)
    }
}
