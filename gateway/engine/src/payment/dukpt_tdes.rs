//! DUKPT with triple DES (X9.24-1): a key for each transaction of a device.

use typex_core::Secret;

use super::dukpt::{CounterRule, Direction};
use super::key::xor;
use super::lanes::Lanes;
use super::{Error, Key};

/// Bits of the transaction counter.
const COUNTER_BITS: u32 = 21;
const COUNTER_MASK: u32 = (1 << COUNTER_BITS) - 1;

/// Ones that a counter of a device has at most.
const ONES_MAX: u32 = 10;

/// What either part of a key is changed by to derive the other half.
const VARIANT: u64 = 0xC0C0_C0C0_0000_0000;

/// A key of 16 bytes that was derived.
pub type DerivedKey = Secret<[u8; 16]>;

/// A key serial number of 10 bytes: key set and device in 59 bits, transaction counter in 21.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ksn([u8; 10]);

/// What a key that is derived from that of a transaction serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// PIN encryption.
    Pin,
    /// MACs.
    Mac(Direction),
    /// Data encryption.
    Data(Direction),
    /// Data encryption without the one-way step, as some old readers have it.
    DataWithoutStep(Direction),
}

impl Ksn {
    /// A serial number of 8 bytes, before which FFFF stands, or 10.
    ///
    /// # Errors
    /// [`Error::InvalidKsn`] for another length, or a counter that the rule does not allow.
    pub fn parse(bytes: &[u8], rule: CounterRule) -> Result<Self, Error> {
        let mut ksn = [0xFF; 10];
        match bytes.len() {
            8 => ksn[2..].copy_from_slice(bytes),
            10 => ksn.copy_from_slice(bytes),
            _ => return Err(Error::InvalidKsn),
        }
        let ksn = Self(ksn);
        let used = (1..=ONES_MAX).contains(&ksn.counter().count_ones());
        if used || rule == CounterRule::Any { Ok(ksn) } else { Err(Error::InvalidKsn) }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// The transaction counter.
    pub fn counter(&self) -> u32 {
        let [.., a, b, c] = self.0;
        u32::from_be_bytes([0, a, b, c]) & COUNTER_MASK
    }

    /// The serial number with the counter zero: what names the device and its initial key.
    pub fn device(&self) -> Self {
        self.with_counter(0)
    }

    /// What the initial key of the device is derived from.
    pub(super) fn serial(&self) -> [u8; 8] {
        let [serial @ .., _, _] = self.device().0;
        serial
    }

    /// What the device uses next, or nothing when its counter is used up.
    pub fn next(&self) -> Option<Self> {
        let mut counter = step(self.counter());
        while counter.count_ones() > ONES_MAX {
            counter = step(counter);
        }
        (counter <= COUNTER_MASK).then(|| self.with_counter(counter))
    }

    fn with_counter(&self, counter: u32) -> Self {
        let mut ksn = self.0;
        let [.., a, b, c] = &mut ksn;
        let low = u32::from_be_bytes([0, *a, *b, *c]) & !COUNTER_MASK | counter;
        [_, *a, *b, *c] = low.to_be_bytes();
        Self(ksn)
    }

    /// The low 8 bytes, by which keys are derived.
    fn register(&self) -> u64 {
        let [_, _, low @ ..] = self.0;
        u64::from_be_bytes(low)
    }
}

/// The initial key of a device.
///
/// # Errors
/// [`Error::KeyUsage`] unless the base key is of 16 bytes and triple DES.
pub async fn initial_key(lanes: &Lanes, base: &Key, ksn: &Ksn) -> Result<DerivedKey, Error> {
    let (one, two) = base.halves()?;
    let (one, two) = (u64::from_be_bytes(*one), u64::from_be_bytes(*two));
    let serial = ksn.serial();
    let keys = [[one, two], [one ^ VARIANT, two ^ VARIANT]];
    let halves = lanes.tdes_pair(keys, [u64::from_be_bytes(serial); 2]).await?;
    Ok(joined(&halves))
}

/// The key of a transaction: a step of two DES blocks for each one of the counter, at most ten
/// unless the number was parsed by [`CounterRule::Any`].
///
/// # Errors
/// None that a serial number can cause.
pub async fn transaction_key(
    lanes: &Lanes,
    initial: &DerivedKey,
    ksn: &Ksn,
) -> Result<DerivedKey, Error> {
    let mut key = split(initial);
    let mut reached = 0;
    for bit in (0..COUNTER_BITS).rev().map(|bit| 1 << bit) {
        if ksn.counter() & bit != 0 {
            reached |= bit;
            key = child(lanes, &key, ksn.with_counter(reached).register()).await?;
        }
    }
    Ok(joined(&key))
}

/// The key for a purpose from that of a transaction.
///
/// # Errors
/// None that a key can cause.
pub async fn working_key(
    lanes: &Lanes,
    transaction: &DerivedKey,
    purpose: Purpose,
) -> Result<Key, Error> {
    let key = Secret::new(xor(transaction.expose(), &purpose.variant()).to_vec());
    if !matches!(purpose, Purpose::Data(_)) {
        return Key::tdes(key.expose());
    }
    let once = Key::tdes(key.expose())?;
    Key::tdes(lanes.encrypt(&once, key).await?.expose())
}

impl Purpose {
    fn variant(self) -> [u8; 16] {
        let mut variant = [0; 16];
        let place = match self {
            Self::Pin => 7,
            Self::Mac(Direction::Request | Direction::Both) => 6,
            Self::Mac(Direction::Response) => 4,
            Self::Data(Direction::Response) | Self::DataWithoutStep(Direction::Response) => 3,
            Self::Data(_) | Self::DataWithoutStep(_) => 5,
        };
        (variant[place], variant[place + 8]) = (0xFF, 0xFF);
        variant
    }
}

/// A key in two parts, as big-endian numbers.
type Parts = Secret<[u64; 2]>;

/// The key that a device derives when it sets the lowest one of the counter in `register`: of
/// either half a block, under the first part of a key, changed by the second before and after.
async fn child(lanes: &Lanes, key: &Parts, register: u64) -> Result<Parts, Error> {
    let [cipher, change] = *key.expose();
    let ciphers = [cipher ^ VARIANT, cipher];
    let blocks = [register ^ change ^ VARIANT, register ^ change];
    let mut halves = lanes.des_pair(ciphers, blocks).await?;
    let [left, right] = halves.expose_mut();
    let [_, change] = *key.expose();
    (*left, *right) = (*left ^ change ^ VARIANT, *right ^ change);
    Ok(halves)
}

/// A key that was derived before.
pub(super) fn again(bytes: &[u8]) -> Result<DerivedKey, Error> {
    let mut key = Secret::new([0; 16]);
    let bytes: &[u8; 16] = bytes.try_into().map_err(|_| Error::Internal)?;
    key.expose_mut().copy_from_slice(bytes);
    Ok(key)
}

fn split(key: &DerivedKey) -> Parts {
    let part = |at: usize| u64::from_be_bytes(std::array::from_fn(|byte| key.expose()[at + byte]));
    Secret::new([part(0), part(8)])
}

fn joined(parts: &Parts) -> DerivedKey {
    let mut key = Secret::new([0; 16]);
    for (bytes, part) in key.expose_mut().chunks_mut(8).zip(parts.expose()) {
        bytes.copy_from_slice(&part.to_be_bytes());
    }
    key
}

/// One more while there is room for a one, else past the lowest one.
fn step(counter: u32) -> u32 {
    if counter.count_ones() < ONES_MAX {
        counter + 1
    } else {
        counter + (counter & counter.wrapping_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_counts_to_the_end_and_stops() {
        let last = Ksn::parse(
            &[0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xFF, 0xF8, 0],
            CounterRule::Strict,
        );
        assert_eq!(last.unwrap().next(), None);
        let mut ksn = Ksn([0; 10]);
        let mut count = 0;
        while let Some(next) = ksn.next() {
            assert!(next.counter() > ksn.counter() && next.counter().count_ones() <= ONES_MAX);
            (ksn, count) = (next, count + 1);
        }
        assert_eq!(count, (1 << 20) - 1);
    }
}
