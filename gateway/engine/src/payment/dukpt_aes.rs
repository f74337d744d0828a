//! DUKPT with AES (X9.24-3): a key for each transaction of a device.

use typex_core::Secret;

use super::dukpt::CounterRule;
use super::lanes::Lanes;
use super::{Algorithm, Error, Key};

/// Ones that a counter of a device has at most.
const ONES_MAX: u32 = 16;

/// The counter of the key that wraps a new initial key.
const UPDATE_COUNTER: u32 = u32::MAX;

/// A key of up to 32 bytes that was derived.
pub type DerivedKey = Secret<Vec<u8>>;

/// A key serial number of 12 bytes: base key, derivation and counter, 4 bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ksn {
    id: [u8; 8],
    counter: u32,
}

/// What a derived key serves, as the device calls it: a host decrypts with `DataEncrypt` and
/// verifies with `MacGenerate` what a device sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Usage {
    /// Wrapping of keys.
    KeyEncryption,
    /// PIN encryption.
    Pin,
    /// MACs of the device.
    MacGenerate,
    /// MACs of the host.
    MacVerify,
    /// MACs of both.
    MacBoth,
    /// Data of the device.
    DataEncrypt,
    /// Data of the host.
    DataDecrypt,
    /// Data of both.
    DataBoth,
}

/// Type of a derived key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Triple DES of 16 bytes.
    Tdes2,
    /// Triple DES of 24 bytes.
    Tdes3,
    /// AES of 16 bytes.
    Aes128,
    /// AES of 24 bytes.
    Aes192,
    /// AES of 32 bytes.
    Aes256,
    /// HMAC of 16 bytes.
    Hmac128,
    /// HMAC of 24 bytes.
    Hmac192,
    /// HMAC of 32 bytes.
    Hmac256,
}

/// Everything that a key is derived for.
#[derive(Clone, Copy)]
enum Code {
    Working(Usage),
    KeyDerivation,
    InitialKey,
}

impl Ksn {
    /// A serial number of 12 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidKsn`] for another length, or a counter that the rule does not allow.
    pub fn parse(bytes: &[u8], rule: CounterRule) -> Result<Self, Error> {
        let (id, counter) = bytes.split_first_chunk().ok_or(Error::InvalidKsn)?;
        let counter = counter.try_into().map_err(|_| Error::InvalidKsn)?;
        let ksn = Self { id: *id, counter: u32::from_be_bytes(counter) };
        let used = (1..=ONES_MAX).contains(&ksn.counter.count_ones());
        if used || rule == CounterRule::Any { Ok(ksn) } else { Err(Error::InvalidKsn) }
    }

    /// Its bytes.
    pub fn bytes(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.id);
        bytes[8..].copy_from_slice(&self.counter.to_be_bytes());
        bytes
    }

    /// What names the initial key: base key and derivation.
    pub fn initial_key_id(&self) -> &[u8; 8] {
        &self.id
    }

    /// The transaction counter.
    pub fn counter(&self) -> u32 {
        self.counter
    }

    /// What the device uses next, or nothing when its counter is used up.
    pub fn next(&self) -> Option<Self> {
        let mut counter = step(self.counter)?;
        while counter.count_ones() > ONES_MAX {
            counter = step(counter)?;
        }
        Some(Self { counter, ..*self })
    }
}

impl Usage {
    /// Every usage.
    pub const ALL: [Self; 8] = [
        Self::KeyEncryption,
        Self::Pin,
        Self::MacGenerate,
        Self::MacVerify,
        Self::MacBoth,
        Self::DataEncrypt,
        Self::DataDecrypt,
        Self::DataBoth,
    ];
}

impl KeyType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::Tdes2,
        Self::Tdes3,
        Self::Aes128,
        Self::Aes192,
        Self::Aes256,
        Self::Hmac128,
        Self::Hmac192,
        Self::Hmac256,
    ];

    /// The type of an AES key.
    ///
    /// # Errors
    /// [`Error::KeyUsage`] for a key of another cipher.
    pub fn of(key: &Key) -> Result<Self, Error> {
        match (key.algorithm(), key.expose().len()) {
            (Algorithm::Tdes, _) => Err(Error::KeyUsage),
            (Algorithm::Aes, bytes) => Self::aes(bytes),
        }
    }

    /// Bytes of a key.
    pub fn bytes(self) -> usize {
        match self {
            Self::Tdes2 | Self::Aes128 | Self::Hmac128 => 16,
            Self::Tdes3 | Self::Aes192 | Self::Hmac192 => 24,
            Self::Aes256 | Self::Hmac256 => 32,
        }
    }

    /// The cipher of such a key; none of HMAC.
    pub fn cipher(self) -> Option<Algorithm> {
        match self {
            Self::Tdes2 | Self::Tdes3 => Some(Algorithm::Tdes),
            Self::Aes128 | Self::Aes192 | Self::Aes256 => Some(Algorithm::Aes),
            Self::Hmac128 | Self::Hmac192 | Self::Hmac256 => None,
        }
    }

    fn aes(bytes: usize) -> Result<Self, Error> {
        match bytes {
            16 => Ok(Self::Aes128),
            24 => Ok(Self::Aes192),
            32 => Ok(Self::Aes256),
            _ => Err(Error::KeyUsage),
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::Tdes2 => 0,
            Self::Tdes3 => 1,
            Self::Aes128 => 2,
            Self::Aes192 => 3,
            Self::Aes256 => 4,
            Self::Hmac128 | Self::Hmac192 | Self::Hmac256 => 5,
        }
    }

    /// Whether it is no stronger than a base key of so many bytes. Triple DES never is.
    fn is_within(self, base_bytes: usize) -> bool {
        self.cipher() == Some(Algorithm::Tdes) || self.bytes() <= base_bytes
    }
}

impl Code {
    fn number(self) -> u16 {
        match self {
            Self::Working(Usage::KeyEncryption) => 0x0002,
            Self::Working(Usage::Pin) => 0x1000,
            Self::Working(Usage::MacGenerate) => 0x2000,
            Self::Working(Usage::MacVerify) => 0x2001,
            Self::Working(Usage::MacBoth) => 0x2002,
            Self::Working(Usage::DataEncrypt) => 0x3000,
            Self::Working(Usage::DataDecrypt) => 0x3001,
            Self::Working(Usage::DataBoth) => 0x3002,
            Self::KeyDerivation => 0x8000,
            Self::InitialKey => 0x8001,
        }
    }
}

/// The initial key of a device, as long as the base key.
///
/// # Errors
/// [`Error::KeyUsage`] unless the base key is of AES.
pub async fn initial_key(lanes: &Lanes, base: &Key, id: &[u8; 8]) -> Result<DerivedKey, Error> {
    derived(lanes, base, Code::InitialKey, KeyType::of(base)?, *id).await
}

/// The key of a transaction: a step of one or two blocks for each one of the counter, at most 16
/// unless the number was parsed by [`CounterRule::Any`].
///
/// # Errors
/// [`Error::KeyUsage`] unless the initial key is of AES.
pub async fn transaction_key(
    lanes: &Lanes,
    initial: &DerivedKey,
    ksn: &Ksn,
) -> Result<DerivedKey, Error> {
    let key_type = KeyType::aes(initial.expose().len())?;
    let mut key = initial.clone();
    let mut reached = 0;
    for bit in (0..32).rev().map(|bit| 1 << bit) {
        if ksn.counter & bit != 0 {
            reached |= bit;
            let at = Ksn { counter: reached, ..*ksn };
            let parent = Key::aes(key.expose())?;
            key = derived(lanes, &parent, Code::KeyDerivation, key_type, at.derivation()).await?;
        }
    }
    Ok(key)
}

/// A key for a usage from that of a transaction.
///
/// # Errors
/// [`Error::KeyUsage`] for a type that is stronger than the base key, and a usage other than MACs
/// of an HMAC key.
pub async fn working_key(
    lanes: &Lanes,
    transaction: &DerivedKey,
    ksn: &Ksn,
    usage: Usage,
    key_type: KeyType,
) -> Result<DerivedKey, Error> {
    let is_mac = matches!(usage, Usage::MacGenerate | Usage::MacVerify | Usage::MacBoth);
    if !key_type.is_within(transaction.expose().len()) || (key_type.cipher().is_none() && !is_mac) {
        return Err(Error::KeyUsage);
    }
    let key = Key::aes(transaction.expose())?;
    derived(lanes, &key, Code::Working(usage), key_type, ksn.derivation()).await
}

/// The key under which a device gets a new initial key of a type.
///
/// # Errors
/// [`Error::KeyUsage`] for a type that is stronger than the initial key.
pub async fn update_key(
    lanes: &Lanes,
    initial: &DerivedKey,
    id: &[u8; 8],
    key_type: KeyType,
) -> Result<DerivedKey, Error> {
    let ksn = Ksn { id: *id, counter: UPDATE_COUNTER };
    let transaction = transaction_key(lanes, initial, &ksn).await?;
    working_key(lanes, &transaction, &ksn, Usage::KeyEncryption, key_type).await
}

impl Ksn {
    /// Derivation and counter, of which keys below the initial one depend.
    fn derivation(&self) -> [u8; 8] {
        let mut derivation = [0; 8];
        derivation[..4].copy_from_slice(&self.id[4..]);
        derivation[4..].copy_from_slice(&self.counter.to_be_bytes());
        derivation
    }
}

/// Blocks of derivation data encrypted and cut to the length of the type.
async fn derived(
    lanes: &Lanes,
    key: &Key,
    code: Code,
    key_type: KeyType,
    who: [u8; 8],
) -> Result<DerivedKey, Error> {
    let bytes = key_type.bytes();
    let mut data = [0; 16];
    data[0] = 1;
    data[2..4].copy_from_slice(&code.number().to_be_bytes());
    data[4..6].copy_from_slice(&key_type.code().to_be_bytes());
    data[6..8].copy_from_slice(&(bytes as u16 * 8).to_be_bytes());
    data[8..].copy_from_slice(&who);
    let mut derived = Secret::new(Vec::with_capacity(32));
    for number in (1..).take(bytes.div_ceil(16)) {
        data[1] = number;
        derived.expose_mut().extend_from_slice(&data);
    }
    let mut derived = lanes.encrypt(key, derived).await?;
    derived.expose_mut().truncate(bytes);
    Ok(derived)
}

/// One more while there is room for a one, else past the lowest one.
fn step(counter: u32) -> Option<u32> {
    let lowest = counter & counter.wrapping_neg();
    counter.checked_add(if counter.count_ones() < ONES_MAX { 1 } else { lowest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::lanes::alone;

    /// The published table has a key for a counter that no device uses.
    #[test]
    fn a_counter_of_seventeen_ones_is_derived_where_any_is_allowed() {
        let base = [[0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10], [0xF1; 8]].concat();
        let serial = [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x00, 0x01, 0xFF, 0xFF];
        assert_eq!(Ksn::parse(&serial, CounterRule::Strict), Err(Error::InvalidKsn));
        let ksn = Ksn::parse(&serial, CounterRule::Any).unwrap();
        let base = Key::aes(&base).unwrap();
        let key = alone(async |lanes| {
            let initial = initial_key(lanes, &base, ksn.initial_key_id()).await?;
            transaction_key(lanes, &initial, &ksn).await
        });
        let key = key.unwrap();
        assert_eq!(const_hex::encode_upper(key.expose()), "1FE368988089CDD76DA18A3458E113BA");
    }
}
