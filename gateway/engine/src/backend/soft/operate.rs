//! The one operation of a key, on the clear data in the middle of a chain.
// spec: enigma-bridge 4.1, 4.2, 4.3

use arrayvec::ArrayVec;
use subtle::{Choice, ConditionallySelectable, ConstantTimeGreater};
use typex_core::error::{ErrorKind, InvalidData};
use typex_core::key::Usage;
use typex_core::limits;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES};
use typex_core::secret::Secret;
use typex_kernels::EcbJob;
use typex_kernels::rsa::{self, RsaError, RsaPrivate};
use zeroize::Zeroize;

use super::cipher::{self, Call, Ecbs};
use super::process::Chain;
use super::{answer, random};
use crate::key::{LoadedKey, Operation};
use crate::limits::BATCH_JOBS_MAX;

/// Longest modulus, RSA-4096.
const MODULUS_BYTES_MAX: usize = 512;

/// What a failed request for random bytes gets made and thrown away.
const DUMMY_RANDOM_BYTES: u16 = 32;

/// What an operation left behind the header.
pub(super) struct Operated {
    /// Length of the result; there is one even where it is not to be released, so that what
    /// follows costs the same.
    pub(super) bytes: usize,
    pub(super) result: Result<(), ErrorKind>,
}

/// Operates in place. Without `sound` the work is the same, on data of no meaning.
#[inline]
pub(super) fn run(chain: &mut Chain<'_>, sound: Choice) -> Operated {
    if chain.key.record().usage == Usage::Random {
        return fill(chain, sound);
    }
    Operated { bytes: chain.data_bytes, result: compute(chain, sound) }
}

/// Enciphers and deciphers blocks of chains side by side.
pub(super) fn run_blocks(chains: &mut [Chain<'_>]) {
    let (mut up, mut down) = (Ecbs::new(), Ecbs::new());
    for chain in chains {
        let key = chain.key;
        let jobs = match key.record().usage {
            Usage::EncryptBlocks => &mut up,
            Usage::DecryptBlocks => &mut down,
            _ => continue,
        };
        if let Operation::Aes(keys) = key.operation()
            && let Some(data) = chain.sealed.get_mut(HEADER_BYTES..HEADER_BYTES + chain.data_bytes)
            && let Ok(job) = EcbJob::new(keys, data)
        {
            chain.ahead = Some(Ok(()));
            jobs.push(job);
        }
    }
    if !up.is_empty() {
        cipher::ecb_encrypt_lanes(&mut up);
    }
    if !down.is_empty() {
        cipher::ecb_decrypt_lanes(&mut down);
    }
}

/// Raises to private exponents side by side. One alone is left to [`run`].
pub(super) fn run_private(chains: &mut [Chain<'_>]) {
    let mut private: ArrayVec<(&RsaPrivate, &mut Chain<'_>), BATCH_JOBS_MAX> =
        chains.iter_mut().filter_map(|chain| Some((private_key(chain.key)?, chain))).collect();
    if private.len() < 2 {
        return;
    }
    for (_, chain) in &mut private {
        cipher::count(Call::RsaPrivate, chain.data_bytes);
        let sound = chain.is_sound();
        substitute(chain.data(), sound);
    }
    let zeros = |bytes| Secret::new(vec![0; bytes]);
    let mut outputs: Vec<_> = private.iter().map(|(key, _)| zeros(key.modulus_len())).collect();
    let results = raise(&mut private, &mut outputs);
    for (((_, chain), output), result) in private.into_iter().zip(&outputs).zip(results) {
        if result.is_ok() {
            chain.data().copy_from_slice(output.expose());
        }
        chain.ahead = Some(result);
    }
}

fn private_key(key: &LoadedKey) -> Option<&RsaPrivate> {
    match (key.record().usage, key.operation()) {
        (Usage::RsaPrivate { .. }, Operation::RsaPrivate(key)) => Some(key),
        _ => None,
    }
}

/// One operation a chain, each into its own output.
fn raise(
    private: &mut [(&RsaPrivate, &mut Chain<'_>)],
    outputs: &mut [Secret<Vec<u8>>],
) -> ArrayVec<Result<(), ErrorKind>, BATCH_JOBS_MAX> {
    let mut places = ArrayVec::<Result<usize, RsaError>, BATCH_JOBS_MAX>::new();
    let mut operations = Vec::with_capacity(private.len());
    for ((key, chain), output) in private.iter_mut().zip(outputs) {
        let operation = rsa::Operation::new(key, chain.data(), output.expose_mut());
        places.push(operation.map(|operation| {
            operations.push(operation);
            operations.len() - 1
        }));
    }
    rsa::private_raw_many(&mut operations);
    let outcome = |place: usize| operations[place].outcome();
    places.into_iter().map(|place| place.and_then(outcome).map_err(rsa_failure)).collect()
}

#[inline]
fn compute(chain: &mut Chain<'_>, sound: Choice) -> Result<(), ErrorKind> {
    if let Some(result) = chain.ahead {
        return result;
    }
    match (chain.key.record().usage, chain.key.operation()) {
        (Usage::EncryptBlocks, Operation::Aes(keys)) => cipher::ecb_encrypt(keys, chain.data()),
        (Usage::DecryptBlocks, Operation::Aes(keys)) => cipher::ecb_decrypt(keys, chain.data()),
        (Usage::RsaPrivate { .. }, Operation::RsaPrivate(key)) => {
            cipher::count(Call::RsaPrivate, chain.data_bytes);
            raise_one(chain.data(), sound, |input, output| key.private_raw(input, output))
        }
        (Usage::RsaPublic { .. }, Operation::RsaPublic(key)) => {
            cipher::count(Call::RsaPublic, chain.data_bytes);
            raise_one(chain.data(), sound, |input, output| key.public_raw(input, output))
        }
        _ => Err(ErrorKind::Internal),
    }
}

fn raise_one(
    data: &mut [u8],
    sound: Choice,
    operation: impl FnOnce(&[u8], &mut [u8]) -> Result<(), RsaError>,
) -> Result<(), ErrorKind> {
    substitute(data, sound);
    let mut output = [0; MODULUS_BYTES_MAX];
    let output = output.get_mut(..data.len()).ok_or(ErrorKind::Internal)?;
    let result = operation(data, output).map_err(rsa_failure);
    if result.is_ok() {
        data.copy_from_slice(output);
    }
    output.zeroize();
    result
}

/// A failed record computes on 2, which costs what any other number does.
fn substitute(data: &mut [u8], sound: Choice) {
    let last = data.len().saturating_sub(1);
    for (at, byte) in data.iter_mut().enumerate() {
        let dummy = if at == last { 2 } else { 0 };
        *byte = u8::conditional_select(&dummy, byte, sound);
    }
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

/// How much a request wants is seen in its answer; one that is not answered gets a fixed amount
/// made, whatever it holds.
fn fill(chain: &mut Chain<'_>, sound: Choice) -> Operated {
    let wanted = match *chain.data() {
        [high, low] => u16::from_be_bytes([high, low]),
        _ => 0,
    };
    let in_range = !wanted.ct_gt(&limits::RANDOM_BYTES_MAX);
    let bytes = u16::conditional_select(&DUMMY_RANDOM_BYTES, &wanted, sound & in_range);
    let bytes = usize::from(bytes);
    answer::resize(chain.sealed, HEADER_BYTES + bytes + TAG_BYTES);
    let out = &mut chain.sealed[HEADER_BYTES..HEADER_BYTES + bytes];
    let filled = chain.seed.ok_or(ErrorKind::Internal).and_then(|seed| random::expand(seed, out));
    let in_range = bool::from(in_range).then_some(());
    let result = filled.and(in_range.ok_or(ErrorKind::InvalidData(InvalidData::Parameter)));
    Operated { bytes, result }
}
