//! Key usages, and what may go with them.

use super::{KeyAlgorithm, ModeOfUse};

/// The usage of a key: a letter and a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Usage([u8; 2]);

/// Keys of what a usage is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// AES, DES, triple DES.
    Cipher,
    /// HMAC.
    Hash,
    /// Either of both.
    Secret,
    /// RSA, EC, DSA.
    Pair,
    /// Anything.
    Any,
}

const TO_AND_FRO: &[u8] = b"BDE";
const MAC: &[u8] = b"CGV";
const DERIVE: &[u8] = b"X";

/// Usages, algorithms, and modes of use beside "no restriction".
const USAGES: [(&[u8; 2], Of, &[u8]); 43] = [
    (b"B0", Of::Cipher, DERIVE),
    (b"B1", Of::Cipher, DERIVE),
    (b"B2", Of::Cipher, DERIVE),
    (b"B3", Of::Secret, DERIVE),
    (b"C0", Of::Cipher, MAC),
    (b"D0", Of::Cipher, TO_AND_FRO),
    (b"D1", Of::Pair, TO_AND_FRO),
    (b"D2", Of::Cipher, TO_AND_FRO),
    (b"D3", Of::Any, TO_AND_FRO),
    (b"E0", Of::Cipher, b"CGVX"),
    (b"E1", Of::Cipher, b"BDEX"),
    (b"E2", Of::Cipher, b"CGVX"),
    (b"E3", Of::Cipher, b"CGVX"),
    (b"E4", Of::Cipher, b"CGVX"),
    (b"E5", Of::Cipher, b"BCDEGVX"),
    (b"E6", Of::Cipher, b"BCDEGVX"),
    (b"E7", Of::Pair, b"BDESTVX"),
    (b"I0", Of::Cipher, TO_AND_FRO),
    (b"K0", Of::Cipher, TO_AND_FRO),
    (b"K1", Of::Cipher, b"BDEX"),
    (b"K2", Of::Pair, TO_AND_FRO),
    (b"K3", Of::Any, b"BDEX"),
    (b"K4", Of::Cipher, TO_AND_FRO),
    (b"M0", Of::Cipher, MAC),
    (b"M1", Of::Cipher, MAC),
    (b"M2", Of::Cipher, MAC),
    (b"M3", Of::Cipher, MAC),
    (b"M4", Of::Cipher, MAC),
    (b"M5", Of::Cipher, MAC),
    (b"M6", Of::Cipher, MAC),
    (b"M7", Of::Hash, MAC),
    (b"M8", Of::Cipher, MAC),
    (b"P0", Of::Cipher, TO_AND_FRO),
    (b"P1", Of::Cipher, b"GX"),
    (b"S0", Of::Pair, b"STV"),
    (b"S1", Of::Pair, b"STV"),
    (b"S2", Of::Pair, b"STV"),
    (b"V0", Of::Cipher, MAC),
    (b"V1", Of::Cipher, MAC),
    (b"V2", Of::Cipher, MAC),
    (b"V3", Of::Cipher, MAC),
    (b"V4", Of::Cipher, MAC),
    (b"V5", Of::Cipher, MAC),
];

impl Usage {
    /// DUKPT base key.
    pub const BASE: Self = Self(*b"B0");
    /// Data encryption.
    pub const DATA: Self = Self(*b"D0");
    /// Key encryption.
    pub const KEY_ENCRYPTION: Self = Self(*b"K0");
    /// Protection of key blocks.
    pub const KEY_BLOCKS: Self = Self(*b"K1");
    /// PIN encryption.
    pub const PIN: Self = Self(*b"P0");

    /// The usage of this code, if it is one of the standard.
    pub fn from_code(code: [u8; 2]) -> Option<Self> {
        Some(Self(code)).filter(|usage| usage.row().is_some())
    }

    /// Its code.
    pub fn code(self) -> [u8; 2] {
        self.0
    }

    /// Whether a key of the algorithm can have it.
    pub fn is_for(self, algorithm: KeyAlgorithm) -> bool {
        use KeyAlgorithm::{Aes, Des, Dsa, Ec, Hmac, Rsa, Tdes};
        self.row().is_some_and(|(_, of, _)| match of {
            Of::Cipher => matches!(algorithm, Aes | Des | Tdes),
            Of::Hash => algorithm == Hmac,
            Of::Secret => matches!(algorithm, Aes | Des | Tdes | Hmac),
            Of::Pair => matches!(algorithm, Rsa | Ec | Dsa),
            Of::Any => true,
        })
    }

    /// Whether a key may be written with it and the mode. Readers meet other pairs.
    pub fn goes_with(self, mode: ModeOfUse) -> bool {
        let permitted = |(_, _, modes): (_, _, &[u8])| modes.contains(&mode.code());
        mode == ModeOfUse::Any || self.row().is_some_and(permitted)
    }

    fn row(self) -> Option<(&'static [u8; 2], Of, &'static [u8])> {
        USAGES.into_iter().find(|(code, _, _)| **code == self.0)
    }
}
