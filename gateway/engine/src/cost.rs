//! What jobs cost and where they belong, as data. Estimates are of one core, in nanoseconds;
//! admission and routing need the order of magnitude, not more.

use typex_core::key::payment::RsaBits;
use typex_core::key::{Algorithm, Usage};
use typex_core::limits;
use typex_core::op::crypto::{CryptoCall, Scheme};

use crate::crypto::CryptoJob;
use crate::job::{Computation, MakeKey, Task, Work};
use crate::key::LoadedKey;
use crate::limits::PAYMENT_LANES_NS_MAX;
use crate::payment::{KeyJob, PaymentJob};
use crate::rsa::modulus_bits;

/// Work that shares a budget, and threads when it does not run on its own core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LaneClass {
    /// Symmetric work.
    Aes,
    /// RSA operations of clients' requests.
    Rsa,
    /// Key generation and import, passwords.
    Dear,
}

impl LaneClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Aes, Self::Rsa, Self::Dear];

    /// Name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes => "aes",
            Self::Rsa => "rsa",
            Self::Dear => "dear",
        }
    }
}

/// Class and price of one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Estimate {
    pub(crate) class: LaneClass,
    pub(crate) cost_ns: u64,
    /// Whether lanes make it cheaper.
    pub(crate) lanes: bool,
}

/// Of a key block with a long key; it takes about as long as a chain of this length.
const KEY_BLOCK_BYTES: usize = 1024;
/// Fixed part of a chain: checks, copies, calls.
const CHAIN_NS: u64 = 100;
/// CBC-MAC, CBC decrypt, CBC encrypt and CBC-MAC of one block, alone, AES-256.
const CHAIN_BLOCK_NS: u64 = 50;
/// One block of a serial mode, alone, AES-256.
const CIPHER_BLOCK_NS: u64 = 15;
/// Raw RSA private operation of 1024 bits; cubic in the length.
const RSA_1024_PRIVATE_NS: u64 = 50_000;
/// Raw RSA public operation of 1024 bits, e = 65537; quadratic in the length.
const RSA_1024_PUBLIC_NS: u64 = 3_000;
/// Searching for the two primes of a 1024-bit key, on average.
const RSA_1024_GENERATE_NS: u64 = 20_000_000;
/// An operation on a usual curve or an ML-KEM lattice.
const CURVE_NS: u64 = 150_000;
/// One on a curve without assembly.
const SLOW_CURVE_NS: u64 = 1_500_000;
/// A signature of ML-DSA; rejections make some take several times as long.
const ML_DSA_NS: u64 = 800_000;
/// HMAC of a short message.
const HASH_NS: u64 = 2_000;
/// One block of 64 bytes of a hash in portable code.
const HASH_BLOCK_NS: u64 = 500;
/// One block of GCM or of a key wrap, whose six passes are counted as one.
const SOFT_AES_BLOCK_NS: u64 = 100;
/// One KiB of argon2id memory, once.
const ARGON2_KIB_NS: u64 = 700;
/// Modulus of a usual RSA key for data.
const RSA_PAYMENT_BYTES: u16 = 256;
/// Length of a usual answer of user authentication.
const USER_AUTH_ANSWER_BYTES: usize = 256;

#[inline]
pub(crate) fn estimate(task: &Task) -> Estimate {
    match &task.work {
        Computation::Client(work) => of_work(work),
        Computation::Password(job) => {
            let kib = u64::from(job.cost.memory_kib) * u64::from(job.cost.passes);
            dear(kib.saturating_mul(ARGON2_KIB_NS))
        }
        Computation::Cipher(job) => {
            Estimate { lanes: !job.cipher.is_gcm(), ..alone(cipher_ns(job.data.len())) }
        }
        Computation::Reencrypt(job) => alone(2 * cipher_ns(job.data.len())),
    }
}

#[inline]
fn of_work(work: &Work) -> Estimate {
    match work {
        Work::Process { key, sealed } => of_process(key, sealed.len()),
        Work::OpenUserAuth { sealed, .. } | Work::OpenObject { sealed, .. } => {
            alone(chain_ns(sealed.len()))
        }
        Work::SealUserAuth { .. } => alone(chain_ns(USER_AUTH_ANSWER_BYTES)),
        Work::SealObject { answer, .. } => alone(chain_ns(answer.data.expose().len())),
        Work::SessionKey { .. } => alone(chain_ns(KEY_BLOCK_BYTES)),
        Work::Unwrap { key, import } => {
            let modulus = key.modulus_bytes().unwrap_or(512);
            let cost_ns = private_ns(modulus) + chain_ns(import.protected.len());
            Estimate { class: LaneClass::Rsa, cost_ns, lanes: false }
        }
        Work::Crypto(job) => of_crypto(job),
        Work::Payment(job) => of_payment(job),
        Work::Seal(job) => alone(job.cost_ns()),
        // Priced as the cipher's job that it becomes.
        Work::Blocks(job) => lanes(cipher_ns(job.data.len())),
        Work::MakeKey(make) => of_making(make),
        Work::PaymentKey(job) => of_payment_key(job),
        Work::Token(job) => lanes(job.cost_ns()),
        Work::GenerateRsa { bits } => dear(scaled(RSA_1024_GENERATE_NS, u64::from(*bits), 4)),
        Work::ImportRsa { modulus_bytes, .. } => {
            // Both primes are tested.
            dear(private_ns(*modulus_bytes).saturating_mul(40))
        }
    }
}

/// In blocks of the cipher; RSA by its modulus. What is long has threads of its own, so that
/// neither the core nor what waits for it waits for that.
fn of_payment(job: &PaymentJob) -> Estimate {
    if job.has_rsa() {
        let cost_ns = private_ns(RSA_PAYMENT_BYTES);
        return Estimate { class: LaneClass::Rsa, cost_ns, lanes: false };
    }
    match job.cost_ns() {
        cost_ns if cost_ns > PAYMENT_LANES_NS_MAX => dear(cost_ns),
        cost_ns if job.is_one_seal() => alone(cost_ns),
        cost_ns => lanes(cost_ns),
    }
}

/// A key block has some thirty blocks of a cipher.
fn of_payment_key(job: &KeyJob) -> Estimate {
    match job.rsa_bits() {
        Some((bits, true)) => dear(scaled(RSA_1024_GENERATE_NS, u64::from(bits), 4)),
        Some((bits, false)) => {
            let cost_ns = scaled(RSA_1024_PRIVATE_NS, u64::from(bits), 3);
            Estimate { class: LaneClass::Rsa, cost_ns, lanes: false }
        }
        None => alone(chain_ns(KEY_BLOCK_BYTES)),
    }
}

/// Symmetric work runs where it is; what has to do with curves and lattices in a pool.
fn of_crypto(job: &CryptoJob) -> Estimate {
    let rsa = |cost_ns| Estimate { class: LaneClass::Rsa, cost_ns, lanes: false };
    let Some(symmetric) = symmetric_ns(&job.call) else { return rsa(of_pair(job)) };
    // A party's half is agreed with first.
    if job.peer.is_some() { rsa(symmetric + of_pair(job)) } else { alone(symmetric) }
}

/// What an operation without a party costs one core, in nanoseconds, by order of magnitude,
/// whatever its key is.
pub fn crypto_ns(call: &CryptoCall) -> u64 {
    symmetric_ns(call).unwrap_or(match call {
        CryptoCall::Sign { scheme, .. } | CryptoCall::Verify { scheme, .. } => match scheme {
            Scheme::MlDsa => ML_DSA_NS,
            Scheme::Ed448 | Scheme::Ed448Ph => SLOW_CURVE_NS,
            Scheme::Rsa { .. } => of_rsa(RsaBits::Rsa2048, call),
            _ => CURVE_NS,
        },
        CryptoCall::EncryptRsa { .. } | CryptoCall::DecryptRsa { .. } => {
            of_rsa(RsaBits::Rsa2048, call)
        }
        _ => CURVE_NS,
    })
}

/// The same of what takes neither curves nor lattices.
fn symmetric_ns(call: &CryptoCall) -> Option<u64> {
    Some(match call {
        CryptoCall::Mac { message, .. } | CryptoCall::VerifyMac { message, .. } => {
            HASH_NS + HASH_BLOCK_NS * (message.expose().len() as u64 / 64)
        }
        CryptoCall::Encrypt { message, .. } | CryptoCall::Wrap { message, .. } => {
            soft_aes_ns(message.expose().len())
        }
        CryptoCall::Decrypt { message, .. } | CryptoCall::Unwrap { message, .. } => {
            soft_aes_ns(message.len())
        }
        _ => return None,
    })
}

fn of_pair(job: &CryptoJob) -> u64 {
    match algorithm_of(&job.key) {
        Some(Algorithm::Rsa(bits)) => of_rsa(bits, &job.call),
        algorithm => algorithm.map_or(CURVE_NS, operation_ns),
    }
}

/// Checks and encryption take the public operation.
fn of_rsa(bits: RsaBits, call: &CryptoCall) -> u64 {
    let bits = u64::from(modulus_bits(bits));
    match call {
        CryptoCall::Verify { .. } | CryptoCall::EncryptRsa { .. } => {
            scaled(RSA_1024_PUBLIC_NS, bits, 2)
        }
        _ => scaled(RSA_1024_PRIVATE_NS, bits, 3),
    }
}

/// A public half or its check; what is derived has a public half of its own besides. The primes of
/// RSA are searched or tested.
fn of_making(make: &MakeKey) -> Estimate {
    let cost_ns = match make {
        MakeKey::GenerateRsa { bits } => {
            return dear(scaled(RSA_1024_GENERATE_NS, u64::from(modulus_bits(*bits)), 4));
        }
        MakeKey::ImportRsa { bits, .. } => {
            return dear(operation_ns(Algorithm::Rsa(*bits)).saturating_mul(40));
        }
        MakeKey::Complete { algorithm, .. } | MakeKey::Import { algorithm, .. } => {
            operation_ns(*algorithm)
        }
        MakeKey::Derive { from, target, .. } => {
            algorithm_of(from).map_or(CURVE_NS, operation_ns) + operation_ns(*target)
        }
    };
    Estimate { class: LaneClass::Rsa, cost_ns, lanes: false }
}

fn algorithm_of(key: &LoadedKey) -> Option<Algorithm> {
    key.general().map(|key| key.general().algorithm)
}

/// One operation of an algorithm: a signature, an agreement, a public half.
fn operation_ns(algorithm: Algorithm) -> u64 {
    match algorithm {
        Algorithm::Hmac(_) | Algorithm::Aes(_) => HASH_NS,
        Algorithm::MlDsa(_) => ML_DSA_NS,
        Algorithm::Ed448 | Algorithm::X448 | Algorithm::P521 => SLOW_CURVE_NS,
        Algorithm::Rsa(bits) => scaled(RSA_1024_PRIVATE_NS, u64::from(modulus_bits(bits)), 3),
        _ => CURVE_NS,
    }
}

fn soft_aes_ns(bytes: usize) -> u64 {
    CHAIN_NS + SOFT_AES_BLOCK_NS * (bytes as u64 / 16)
}

#[inline]
pub(crate) fn of_process(key: &LoadedKey, sealed_bytes: usize) -> Estimate {
    let chain = chain_ns(sealed_bytes);
    let rsa = |cost_ns| Estimate { class: LaneClass::Rsa, cost_ns, lanes: false };
    match key.record().usage {
        Usage::RsaPrivate { modulus_bytes } => rsa(chain + private_ns(modulus_bytes)),
        Usage::RsaPublic { modulus_bytes } => {
            rsa(chain + scaled(RSA_1024_PUBLIC_NS, u64::from(modulus_bytes) * 8, 2))
        }
        // How much is wanted is sealed; most ask for little.
        Usage::Random => lanes(chain + chain_ns(usize::from(limits::RANDOM_BYTES_MAX) / 8)),
        _ => lanes(chain),
    }
}

fn chain_ns(bytes: usize) -> u64 {
    CHAIN_NS + CHAIN_BLOCK_NS * (bytes as u64 / 16)
}

fn cipher_ns(bytes: usize) -> u64 {
    CHAIN_NS + CIPHER_BLOCK_NS * (bytes as u64 / 16)
}

fn private_ns(modulus_bytes: u16) -> u64 {
    scaled(RSA_1024_PRIVATE_NS, u64::from(modulus_bytes) * 8, 3)
}

/// `base` is for 1024 bits; the cost grows with this power of the length.
fn scaled(base: u64, bits: u64, power: u32) -> u64 {
    let ratio = bits.div_ceil(1024).clamp(1, 16);
    base.saturating_mul(ratio.pow(power))
}

fn lanes(cost_ns: u64) -> Estimate {
    Estimate { class: LaneClass::Aes, cost_ns, lanes: true }
}

fn alone(cost_ns: u64) -> Estimate {
    Estimate { class: LaneClass::Aes, cost_ns, lanes: false }
}

fn dear(cost_ns: u64) -> Estimate {
    Estimate { class: LaneClass::Dear, cost_ns, lanes: false }
}

#[cfg(test)]
mod tests {
    use typex_core::Secret;
    use typex_core::key::Hash;
    use typex_core::op::rsa::RsaEncryption;

    use super::*;

    fn price(algorithm: Algorithm) -> u64 {
        let secret = Secret::new(vec![1; algorithm.secret_bytes()]);
        of_work(&Work::MakeKey(MakeKey::Complete { algorithm, secret })).cost_ns
    }

    #[test]
    fn dear_curves_are_charged_more() {
        for dear in [Algorithm::X448, Algorithm::Ed448, Algorithm::P521] {
            assert!(price(dear) >= 5 * price(Algorithm::P256), "{dear:?}");
            assert!(price(dear) >= 5 * price(Algorithm::X25519), "{dear:?}");
        }
        assert!(price(Algorithm::Hmac(Hash::Sha256)) < price(Algorithm::P256));
    }

    #[test]
    fn keys_of_rsa_are_made_where_dear_work_is_done() {
        let bits = RsaBits::Rsa2048;
        let der = Secret::new(vec![]);
        for make in [MakeKey::GenerateRsa { bits }, MakeKey::ImportRsa { bits, der }] {
            assert_eq!(of_work(&Work::MakeKey(make)).class, LaneClass::Dear);
        }
        let padding = RsaEncryption::Pkcs1;
        let message = Secret::new(vec![]);
        let public = CryptoCall::EncryptRsa { padding: padding.clone(), message };
        let private = CryptoCall::DecryptRsa { padding, message: vec![] };
        assert!(10 * crypto_ns(&public) < crypto_ns(&private));
        assert!(of_rsa(RsaBits::Rsa4096, &private) >= 8 * crypto_ns(&private));
    }
}
