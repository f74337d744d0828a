//! The one operation of a key, on the clear data in the middle of a chain.
// spec: enigma-bridge 4.1, 4.2, 4.3

use subtle::{Choice, ConditionallySelectable};
use typex_core::error::{ErrorKind, InvalidData};
use typex_core::key::Usage;
use typex_core::limits;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES};
use typex_core::secret::Secret;
use typex_kernels::rsa::RsaError;
use zeroize::Zeroize;

use super::cipher::{self, Call};
use super::process::Chain;
use super::{answer, random};
use crate::key::Operation;

/// Longest modulus, RSA-4096.
const MODULUS_BYTES_MAX: usize = 512;

/// What a failed request for random bytes gets made and thrown away.
const DUMMY_RANDOM_BYTES: u16 = 32;

/// Operates in place and tells how long the result is. Without `sound` the work is the same, on
/// data of no meaning.
pub(super) fn run(chain: &mut Chain<'_>, sound: Choice) -> Result<usize, ErrorKind> {
    match (chain.key.record().usage, chain.key.operation()) {
        (Usage::EncryptBlocks, Operation::Aes(keys)) => cipher::ecb_encrypt(keys, chain.data())?,
        (Usage::DecryptBlocks, Operation::Aes(keys)) => cipher::ecb_decrypt(keys, chain.data())?,
        (Usage::RsaPrivate { .. }, Operation::RsaPrivate(key)) => {
            cipher::count(Call::RsaPrivate, chain.data_bytes);
            rsa(chain.data(), sound, |input, output| key.private_raw(input, output))?;
        }
        (Usage::RsaPublic { .. }, Operation::RsaPublic(key)) => {
            cipher::count(Call::RsaPublic, chain.data_bytes);
            rsa(chain.data(), sound, |input, output| key.public_raw(input, output))?;
        }
        (Usage::Random, _) => return fill(chain, sound),
        _ => return Err(ErrorKind::Internal),
    }
    Ok(chain.data_bytes)
}

/// A failed record computes on 2, which costs what any other number does.
fn rsa(
    data: &mut [u8],
    sound: Choice,
    operation: impl FnOnce(&[u8], &mut [u8]) -> Result<(), RsaError>,
) -> Result<(), ErrorKind> {
    let last = data.len().saturating_sub(1);
    for (at, byte) in data.iter_mut().enumerate() {
        let dummy = if at == last { 2 } else { 0 };
        *byte = u8::conditional_select(&dummy, byte, sound);
    }
    let mut output = [0; MODULUS_BYTES_MAX];
    let output = output.get_mut(..data.len()).ok_or(ErrorKind::Internal)?;
    let result = operation(data, output).map_err(rsa_failure);
    if result.is_ok() {
        data.copy_from_slice(output);
    }
    output.zeroize();
    result
}

/// A fault found by the check with the public exponent must not look like bad input.
fn rsa_failure(error: RsaError) -> ErrorKind {
    match error {
        RsaError::InputRange | RsaError::InputLength { .. } => {
            ErrorKind::InvalidData(InvalidData::Raw)
        }
        RsaError::Fault => ErrorKind::DeviceFault,
        _ => ErrorKind::Internal,
    }
}

fn fill(chain: &mut Chain<'_>, sound: Choice) -> Result<usize, ErrorKind> {
    let data = chain.data();
    let wanted = match *data {
        [high, low] => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    let in_range = Choice::from(u8::from(wanted <= limits::RANDOM_BYTES_MAX));
    let count = u16::conditional_select(&DUMMY_RANDOM_BYTES, &wanted, sound & in_range);
    let count = usize::from(count);
    let seed: &Secret<[u8; 32]> = chain.seed.ok_or(ErrorKind::Internal)?;
    answer::resize(chain.sealed, HEADER_BYTES + count + TAG_BYTES);
    random::expand(seed, &mut chain.sealed[HEADER_BYTES..HEADER_BYTES + count])?;
    if bool::from(in_range) {
        Ok(count)
    } else {
        Err(ErrorKind::InvalidData(InvalidData::Parameter))
    }
}
