//! Which algorithms and modes of use the standard has for which usage.

use super::{ModeOfUse, Usage};

/// Letters of algorithms and of modes beside `N`, for each usage.
// spec: payments 4.1, 4.4
const USAGES: [(Usage, &[u8], &[u8]); 43] = [
    (Usage::BASE, CIPHER, b"X"),
    (Usage::INITIAL, CIPHER, b"X"),
    (Usage::BASE_VARIANT, CIPHER, b"X"),
    (Usage::DERIVATION, SECRET, b"X"),
    (Usage::CARD, CIPHER, MAC),
    (Usage::DATA, CIPHER, TO_AND_FRO),
    (Usage::DATA_PAIR, PAIR, TO_AND_FRO),
    (Usage::TABLE, CIPHER, TO_AND_FRO),
    (Usage::SENSITIVE_DATA, ANY, TO_AND_FRO),
    (Usage::CRYPTOGRAM, CIPHER, b"CGVX"),
    (Usage::CONFIDENTIALITY, CIPHER, b"BDEX"),
    (Usage::INTEGRITY, CIPHER, b"CGVX"),
    (Usage::AUTHENTICATION_CODE, CIPHER, b"CGVX"),
    (Usage::DYNAMIC_NUMBERS, CIPHER, b"CGVX"),
    (Usage::PERSONALISATION, CIPHER, b"BCDEGVX"),
    (Usage::EMV_OTHER, CIPHER, b"BCDEGVX"),
    (Usage::CHIP_PAIR, PAIR, b"BDESTVX"),
    (Usage::INITIAL_VALUE, CIPHER, TO_AND_FRO),
    (Usage::KEY_ENCRYPTION, CIPHER, TO_AND_FRO),
    (Usage::KEY_BLOCKS, CIPHER, b"BDEX"),
    (Usage::KEY_TRANSPORT, PAIR, TO_AND_FRO),
    (Usage::AGREEMENT, ANY, b"BDEX"),
    (Usage::KEY_BLOCKS_ISO, CIPHER, TO_AND_FRO),
    (Usage::MAC_16609, CIPHER, MAC),
    (Usage::MAC_1, CIPHER, MAC),
    (Usage::MAC_2, CIPHER, MAC),
    (Usage::MAC_3, CIPHER, MAC),
    (Usage::MAC_4, CIPHER, MAC),
    (Usage::MAC_5, CIPHER, MAC),
    (Usage::CMAC, CIPHER, MAC),
    (Usage::HMAC, b"H", MAC),
    (Usage::MAC_6, CIPHER, MAC),
    (Usage::PIN, CIPHER, TO_AND_FRO),
    (Usage::PIN_GENERATION, CIPHER, b"CGX"),
    (Usage::SIGNATURE, PAIR, b"STV"),
    (Usage::AUTHORITY, PAIR, b"STV"),
    (Usage::SIGNATURE_OTHER, PAIR, b"STV"),
    (Usage::PIN_OTHER, CIPHER, MAC),
    (Usage::PIN_3624, CIPHER, MAC),
    (Usage::PIN_VISA, CIPHER, MAC),
    (Usage::PIN_X9_132_1, CIPHER, MAC),
    (Usage::PIN_X9_132_2, CIPHER, MAC),
    (Usage::PIN_X9_132_3, CIPHER, MAC),
];

const CIPHER: &[u8] = b"AT";
const SECRET: &[u8] = b"AHT";
const PAIR: &[u8] = b"ER";
const ANY: &[u8] = b"AEHRT";
const TO_AND_FRO: &[u8] = b"BDE";
const MAC: &[u8] = b"CGV";

impl Usage {
    /// Whether a key of the algorithm with this letter can have it.
    pub fn is_for(self, letter: u8) -> bool {
        row(self).is_some_and(|(_, letters, _)| letters.contains(&letter))
    }

    /// Whether a key can have it with the mode.
    pub fn goes_with(self, mode: ModeOfUse) -> bool {
        let permitted = |(_, _, modes): (_, _, &[u8])| modes.contains(&mode.code());
        mode == ModeOfUse::Any || row(self).is_some_and(permitted)
    }
}

fn row(usage: Usage) -> Option<(Usage, &'static [u8], &'static [u8])> {
    USAGES.into_iter().find(|(one, _, _)| *one == usage)
}
