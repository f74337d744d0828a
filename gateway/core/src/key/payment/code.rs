//! The words of key blocks: usage, algorithm, mode of use, exportability, key context.

use crate::key::AesBits;

/// What a key is for: a letter and a digit of the standard.
// spec: payments 4.4
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Usage([u8; 2]);

/// Usages, one bit each in the order of [`Usage::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UsageSet(u64);

/// What a key computes with, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Triple DES with two keys, 16 bytes.
    Tdes2,
    /// Triple DES with three keys, 24 bytes.
    Tdes3,
    /// AES.
    Aes(AesBits),
    /// HMAC.
    Hmac(MacHash),
    /// RSA of so many bits: 2048, 3072 or 4096.
    Rsa(RsaBits),
    /// A curve for key agreement and signatures.
    Ec(Curve),
}

/// The hash of an HMAC key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MacHash {
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

/// Length of an RSA modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RsaBits {
    /// 2048
    Rsa2048,
    /// 3072
    Rsa3072,
    /// 4096
    Rsa4096,
}

/// A curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModeOfUse {
    /// Encrypt and decrypt, wrap and unwrap.
    Both,
    /// Generate and verify.
    GenerateAndVerify,
    /// Decrypt, unwrap.
    Decrypt,
    /// Encrypt, wrap.
    Encrypt,
    /// Generate.
    Generate,
    /// No restriction.
    Any,
    /// Sign.
    Sign,
    /// Sign and decrypt.
    SignAndDecrypt,
    /// Verify.
    Verify,
    /// Derive keys.
    Derive,
    /// Make variants.
    Variants,
}

/// Whether a key may leave again. Later ones allow more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exportability {
    /// Never.
    Never,
    /// In a key block under a key of the same trust.
    Trusted,
    /// Also in other forms.
    Sensitive,
}

/// Where a key block of the key may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// As the wrapping key says.
    Wrapping,
    /// In storage.
    Storage,
    /// In exchange.
    Exchange,
}

macro_rules! usages {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        impl Usage {
            $($(#[$doc])* pub const $name: Self = Self(*$code);)*

            /// Every usage, in the order of their codes. Stored sets number them by their place.
            pub const ALL: [Self; 43] = [$(Self::$name,)*];
        }
    };
}

usages! {
    /// DUKPT base key.
    BASE = b"B0",
    /// DUKPT initial key.
    INITIAL = b"B1",
    /// Deprecated.
    BASE_VARIANT = b"B2",
    /// Other derivation key.
    DERIVATION = b"B3",
    /// Card verification.
    CARD = b"C0",
    /// Data encryption.
    DATA = b"D0",
    /// Asymmetric data encryption.
    DATA_PAIR = b"D1",
    /// Encryption of decimalisation tables.
    TABLE = b"D2",
    /// Encryption of sensitive data.
    SENSITIVE_DATA = b"D3",
    /// EMV application cryptograms.
    CRYPTOGRAM = b"E0",
    /// EMV confidentiality of scripts.
    CONFIDENTIALITY = b"E1",
    /// EMV integrity of scripts.
    INTEGRITY = b"E2",
    /// EMV data authentication code.
    AUTHENTICATION_CODE = b"E3",
    /// EMV dynamic numbers.
    DYNAMIC_NUMBERS = b"E4",
    /// EMV personalisation.
    PERSONALISATION = b"E5",
    /// EMV, other.
    EMV_OTHER = b"E6",
    /// Key pair of a chip.
    CHIP_PAIR = b"E7",
    /// Initial values.
    INITIAL_VALUE = b"I0",
    /// Key encryption.
    KEY_ENCRYPTION = b"K0",
    /// Protection of key blocks.
    KEY_BLOCKS = b"K1",
    /// Protection of TR-34 keys.
    KEY_TRANSPORT = b"K2",
    /// Key agreement.
    AGREEMENT = b"K3",
    /// Protection of ISO 20038 key blocks.
    KEY_BLOCKS_ISO = b"K4",
    /// MAC of ISO 16609.
    MAC_16609 = b"M0",
    /// MAC algorithm 1 of ISO 9797-1.
    MAC_1 = b"M1",
    /// MAC algorithm 2.
    MAC_2 = b"M2",
    /// MAC algorithm 3.
    MAC_3 = b"M3",
    /// MAC algorithm 4.
    MAC_4 = b"M4",
    /// MAC algorithm 5 of 1999.
    MAC_5 = b"M5",
    /// CMAC.
    CMAC = b"M6",
    /// HMAC.
    HMAC = b"M7",
    /// MAC algorithm 6.
    MAC_6 = b"M8",
    /// PIN encryption.
    PIN = b"P0",
    /// PIN generation.
    PIN_GENERATION = b"P1",
    /// Signatures.
    SIGNATURE = b"S0",
    /// Signatures of a certification authority.
    AUTHORITY = b"S1",
    /// Other signatures.
    SIGNATURE_OTHER = b"S2",
    /// PIN verification, other.
    PIN_OTHER = b"V0",
    /// PIN verification, IBM 3624.
    PIN_3624 = b"V1",
    /// PIN verification, VISA PVV.
    PIN_VISA = b"V2",
    /// PIN verification, X9.132 algorithm 1.
    PIN_X9_132_1 = b"V3",
    /// PIN verification, X9.132 algorithm 2.
    PIN_X9_132_2 = b"V4",
    /// PIN verification, X9.132 algorithm 3.
    PIN_X9_132_3 = b"V5",
}

impl Usage {
    /// The usage of this code, if it is one of the standard.
    pub fn from_code(code: [u8; 2]) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.0 == code)
    }

    /// Its code.
    pub fn code(self) -> [u8; 2] {
        self.0
    }

    /// Whether keys of it wrap other keys.
    pub fn wraps_keys(self) -> bool {
        matches!(self, Self::KEY_ENCRYPTION | Self::KEY_BLOCKS | Self::KEY_BLOCKS_ISO)
    }

    fn place(self) -> usize {
        let place = Self::ALL.iter().position(|usage| *usage == self);
        place.expect("every usage is among all")
    }
}

impl std::fmt::Debug for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl UsageSet {
    /// No usage.
    pub const EMPTY: Self = Self(0);

    /// These.
    pub fn of(usages: &[Usage]) -> Self {
        Self(usages.iter().fold(0, |bits, usage| bits | 1 << usage.place()))
    }

    /// Whether `usage` is in it.
    pub fn contains(self, usage: Usage) -> bool {
        self.0 & 1 << usage.place() != 0
    }

    /// Whether all of `other` is in it.
    pub fn includes(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// Its usages, in the order of [`Usage::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Usage> {
        Usage::ALL.into_iter().filter(move |usage| self.contains(*usage))
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }

    /// The set of these bits, if each stands for a usage.
    pub(super) fn from_bits(bits: u64) -> Option<Self> {
        Some(Self(bits)).filter(|_| bits >> Usage::ALL.len() == 0)
    }
}

impl Algorithm {
    /// Every algorithm. The store numbers them by their place here, so new ones go to the end.
    pub const ALL: [Self; 15] = [
        Self::Tdes2,
        Self::Tdes3,
        Self::Aes(AesBits::Aes128),
        Self::Aes(AesBits::Aes192),
        Self::Aes(AesBits::Aes256),
        Self::Hmac(MacHash::Sha224),
        Self::Hmac(MacHash::Sha256),
        Self::Hmac(MacHash::Sha384),
        Self::Hmac(MacHash::Sha512),
        Self::Rsa(RsaBits::Rsa2048),
        Self::Rsa(RsaBits::Rsa3072),
        Self::Rsa(RsaBits::Rsa4096),
        Self::Ec(Curve::P256),
        Self::Ec(Curve::P384),
        Self::Ec(Curve::P521),
    ];

    /// The symmetric algorithm of a key block's letter and a key of so many bytes. HMAC keys need
    /// their hash beside.
    pub fn of_block(letter: u8, key_bytes: usize) -> Option<Self> {
        Some(match (letter, key_bytes) {
            (b'T', 16) => Self::Tdes2,
            (b'T', 24) => Self::Tdes3,
            (b'A', 16) => Self::Aes(AesBits::Aes128),
            (b'A', 24) => Self::Aes(AesBits::Aes192),
            (b'A', 32) => Self::Aes(AesBits::Aes256),
            _ => return None,
        })
    }

    /// Its letter in a key block.
    pub fn code(self) -> u8 {
        match self {
            Self::Tdes2 | Self::Tdes3 => b'T',
            Self::Aes(_) => b'A',
            Self::Hmac(_) => b'H',
            Self::Rsa(_) => b'R',
            Self::Ec(_) => b'E',
        }
    }

    /// Whether its keys are pairs.
    pub fn is_pair(self) -> bool {
        matches!(self, Self::Rsa(_) | Self::Ec(_))
    }

    /// Whether a symmetric key may have so many bytes.
    pub fn has_length(self, key_bytes: usize) -> bool {
        match self {
            Self::Tdes2 => key_bytes == 16,
            Self::Tdes3 => key_bytes == 24,
            Self::Aes(bits) => key_bytes == bits.bytes(),
            Self::Hmac(hash) => (16..=hash.block_bytes()).contains(&key_bytes),
            Self::Rsa(_) | Self::Ec(_) => false,
        }
    }
}

impl MacHash {
    /// Bytes of its block: the longest key that is not hashed first.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }
}

impl RsaBits {
    /// Bytes of the modulus.
    pub fn modulus_bytes(self) -> usize {
        match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
        }
    }
}

impl Curve {
    /// Bytes of a scalar.
    pub fn scalar_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl ModeOfUse {
    /// Every mode.
    pub const ALL: [Self; 11] = [
        Self::Both,
        Self::GenerateAndVerify,
        Self::Decrypt,
        Self::Encrypt,
        Self::Generate,
        Self::Any,
        Self::Sign,
        Self::SignAndDecrypt,
        Self::Verify,
        Self::Derive,
        Self::Variants,
    ];

    /// Its letter.
    pub fn code(self) -> u8 {
        match self {
            Self::Both => b'B',
            Self::GenerateAndVerify => b'C',
            Self::Decrypt => b'D',
            Self::Encrypt => b'E',
            Self::Generate => b'G',
            Self::Any => b'N',
            Self::Sign => b'S',
            Self::SignAndDecrypt => b'T',
            Self::Verify => b'V',
            Self::Derive => b'X',
            Self::Variants => b'Y',
        }
    }

    /// The mode of this letter.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == code)
    }

    /// Whether it allows all that `other` allows.
    pub fn includes(self, other: Self) -> bool {
        self == other
            || match self {
                Self::Any => true,
                Self::Both => matches!(other, Self::Decrypt | Self::Encrypt),
                Self::GenerateAndVerify => matches!(other, Self::Generate | Self::Verify),
                Self::SignAndDecrypt => matches!(other, Self::Sign | Self::Decrypt),
                _ => false,
            }
    }
}

impl Exportability {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Never, Self::Trusted, Self::Sensitive];

    /// Its letter.
    pub fn code(self) -> u8 {
        match self {
            Self::Never => b'N',
            Self::Trusted => b'E',
            Self::Sensitive => b'S',
        }
    }

    /// The one of this letter.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 3] = [Self::Wrapping, Self::Storage, Self::Exchange];

    /// Its number.
    pub fn code(self) -> u8 {
        match self {
            Self::Wrapping => 0,
            Self::Storage => 1,
            Self::Exchange => 2,
        }
    }

    /// The context of this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}
