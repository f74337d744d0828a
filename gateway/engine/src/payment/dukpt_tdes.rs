//! DUKPT with triple DES (X9.24-1): a key for each transaction of a device.

use typex_core::Secret;

use super::cipher::add;
use super::dukpt::{CounterRule, Direction};
use super::key::xor;
use super::lanes::{Bytes, Lanes};
use super::{Error, Key};

/// Bits of the transaction counter.
const COUNTER_BITS: u32 = 21;
const COUNTER_MASK: u32 = (1 << COUNTER_BITS) - 1;

/// Ones that a counter of a device has at most.
const ONES_MAX: u32 = 10;

/// What a key is changed by to derive the other half.
const VARIANT: [u8; 16] = [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0, 0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0];

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
    fn register(&self) -> [u8; 8] {
        let [_, _, low @ ..] = self.0;
        low
    }
}

/// The initial key of a device.
///
/// # Errors
/// [`Error::KeyUsage`] unless the base key is of 16 bytes and triple DES.
pub async fn initial_key(lanes: &Lanes, base: &Key, ksn: &Ksn) -> Result<DerivedKey, Error> {
    base.halves()?;
    let [serial @ .., _, _] = ksn.device().0;
    let varied = varied(base.expose())?;
    let work = [base.expose(), varied.expose(), &serial, &serial].concat();
    let work = lanes.tdes_pair(Bytes::new(work)).await?;
    fixed(&work.expose()[32..])
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
    let mut key = Bytes::new(initial.expose().to_vec());
    let mut reached = 0;
    for bit in (0..COUNTER_BITS).rev().map(|bit| 1 << bit) {
        if ksn.counter() & bit != 0 {
            reached |= bit;
            key = child(lanes, &key, &ksn.with_counter(reached)).await?;
        }
    }
    fixed(key.expose())
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

/// The key that a device derives when it sets the lowest one of the counter in `ksn`: of either
/// half a block, under the one part of a key and changed by the other before and after.
async fn child(lanes: &Lanes, key: &Bytes, ksn: &Ksn) -> Result<Bytes, Error> {
    let varied = varied(key.expose())?;
    let (left, left_change) = varied.expose().split_at(8);
    let (right, right_change) = key.expose().split_at(8);
    let mut work = Bytes::new([left, right, left_change, right_change].concat());
    add_each(&mut work, &ksn.register(), &ksn.register());
    let mut work = lanes.des_pair(work).await?;
    add_each(&mut work, left_change, right_change);
    Ok(Bytes::new(work.expose()[16..].to_vec()))
}

/// Adds to the two blocks behind two keys.
fn add_each(work: &mut Bytes, left: &[u8], right: &[u8]) {
    let (one, two) = work.expose_mut()[16..].split_at_mut(8);
    add(one, left);
    add(two, right);
}

/// The key changed for the left half of another.
fn varied(key: &[u8]) -> Result<DerivedKey, Error> {
    let key = fixed(key)?;
    Ok(Secret::new(xor(key.expose(), &VARIANT)))
}

fn fixed(key: &[u8]) -> Result<DerivedKey, Error> {
    key.try_into().map(Secret::new).map_err(|_| Error::Internal)
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
