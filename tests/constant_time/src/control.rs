//! Functions that leak on purpose: a method that does not find them proves nothing.

use std::hint::black_box;

use typex_engine::payment::lanes::Lanes;
use typex_engine::payment::pin_block::{self, EncryptedPin, Format};
use typex_engine::payment::{Error, Key, Pan};

use crate::Record;

const TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = (at as u8).wrapping_mul(29) ^ 0x5a;
        at += 1;
    }
    table
};

/// Looks a secret up in a table.
#[inline(never)]
pub fn leaky_index(secret: &[u8]) -> u8 {
    secret.iter().fold(0, |sum, byte| sum ^ black_box(&TABLE)[usize::from(*byte)])
}

/// Compares up to the first difference.
#[inline(never)]
pub fn leaky_equal(one: &[u8], other: &[u8]) -> bool {
    for (left, right) in one.iter().zip(other) {
        if black_box(*left) != black_box(*right) {
            return false;
        }
    }
    one.len() == other.len()
}

/// Divides by a secret, a bit at a time, as long as something is left.
#[inline(never)]
pub fn leaky_bits(mut secret: u64) -> u32 {
    let mut count = 0;
    while black_box(secret) != 0 {
        count += (secret & 1) as u32;
        secret >>= 1;
    }
    count
}

/// Verifies a PVV the way that it must not be done: a block that does not decode is refused
/// before anything is computed with its PIN.
///
/// # Errors
/// [`Error::InvalidPin`].
pub async fn leaky_verify(lanes: &Lanes, record: &Record) -> Result<(), Error> {
    let key = Key::tdes(&record.secrets.key)?;
    let pan = Pan::parse(&record.secrets.pan)?;
    let pin =
        EncryptedPin { key: &key, format: Format::Iso0, pan: Some(&pan), block: &record.seen };
    pin_block::decrypt(lanes, &pin).await?;
    record.perform(lanes).await
}
