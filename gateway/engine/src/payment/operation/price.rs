//! What payment operations cost, by what they do.

use typex_core::op::payment::{Cipher, Mode, Task};

/// One block of triple DES in company.
pub const BLOCK_NS: u64 = 100;
/// One step of a mode that needs the block before for the next one: alone it takes the lanes for
/// itself, which cost the same however many are in use, and its way there and back.
pub const STEP_NS: u64 = 2500;
/// An operation under an RSA key: of 2048 bits, private.
const RSA_NS: u64 = 400_000;
/// Blocks of a usual operation: a PIN block in and out, a check.
const CALL_BLOCKS: u64 = 10;
/// Blocks that deriving the keys of a transaction takes.
const DUKPT_BLOCKS: u64 = 20;
/// A message of GCM, which takes no lanes.
const GCM_NS: u64 = 50;
/// Bytes of one that take another nanosecond.
const GCM_BYTES: u64 = 5;
/// Bytes of a block of triple DES, the shorter and dearer one: which key it will be is not known.
const BLOCK_BYTES: usize = 8;

/// What a task costs one core, in nanoseconds, by order of magnitude; `derived` of its keys are
/// those of a transaction.
pub fn price_ns(task: &Task, derived: usize) -> u64 {
    let blocks = CALL_BLOCKS.saturating_add(DUKPT_BLOCKS.saturating_mul(derived as u64));
    let data = match task {
        Task::Encrypt { cipher, .. } | Task::Decrypt { cipher, .. } => {
            cipher_ns(cipher, data_bytes(task))
        }
        Task::ReEncrypt { incoming, outgoing, .. } => [incoming, outgoing]
            .into_iter()
            .fold(0, |sum, cipher| cipher_ns(cipher, data_bytes(task)).saturating_add(sum)),
        _ => blocks_ns(data_bytes(task)),
    };
    blocks.saturating_mul(BLOCK_NS).saturating_add(data)
}

/// Bytes of data that pass through a task.
pub(super) fn data_bytes(task: &Task) -> usize {
    match task {
        Task::Encrypt { plaintext, .. } => plaintext.expose().len(),
        Task::Decrypt { ciphertext, .. } | Task::ReEncrypt { ciphertext, .. } => ciphertext.len(),
        Task::GenerateMac { mac, .. } | Task::VerifyMac { mac, .. } => mac.message.expose().len(),
        _ => 0,
    }
}

fn cipher_ns(cipher: &Cipher, bytes: usize) -> u64 {
    let steps = match cipher {
        Cipher::Rsa(_) => return RSA_NS,
        Cipher::Gcm { .. } => return GCM_NS + bytes as u64 / GCM_BYTES,
        Cipher::Block { mode: Mode::Cfb1, .. } => bytes.saturating_mul(8),
        Cipher::Block { mode: Mode::Cfb8, .. } => bytes,
        Cipher::Block { mode: Mode::Cfb | Mode::Cfb64 | Mode::Cfb128 | Mode::Ofb, .. } => {
            bytes.div_ceil(BLOCK_BYTES)
        }
        _ => return blocks_ns(bytes),
    };
    STEP_NS.saturating_mul(steps as u64)
}

fn blocks_ns(bytes: usize) -> u64 {
    BLOCK_NS.saturating_mul(bytes.div_ceil(BLOCK_BYTES) as u64)
}
