//! The file `tail`: the ratchet's state, sealed, in two slots of a sector each that are written
//! in turn. The slot before is wiped once its successor is durable.

use std::io;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use typex_core::Secret;
use typex_core::audit::chain::Chain;
use typex_core::codec::{Corrupt, Decoder, Encoder, Record};

use super::disk::{Disk, FileName};
use super::error::LogError;
use super::ratchet::{Ratchet, expand};

const SLOT_BYTES: usize = 512;
const SALT_BYTES: usize = 32;
const STATE_BYTES: usize = 72;
const TAG_BYTES: usize = 16;
const SEALED_BYTES: usize = SALT_BYTES + STATE_BYTES + TAG_BYTES;

/// Where the ratchet stood after some write, and how far the log reached then.
pub(super) struct TailState {
    /// Counts the states written, to tell the newer of two.
    count: u64,
    pub(super) step: u64,
    pub(super) size: u64,
    pub(super) chain: Chain,
    key: Secret<[u8; 32]>,
}

impl TailState {
    /// The state of a log that is about to begin.
    pub(super) fn first(key: Secret<[u8; 32]>) -> Self {
        Self { count: 0, step: 1, size: 0, chain: Chain::START, key }
    }

    pub(super) fn ratchet(&self) -> Ratchet {
        Ratchet::new(self.step, self.key.clone())
    }
}

impl Record for TailState {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.count).u64(self.step).u64(self.size);
        out.raw(&self.chain.0).raw(self.key.expose());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            count: input.u64()?,
            step: input.u64()?,
            size: input.u64()?,
            chain: Chain(input.array()?),
            key: Secret::new(input.array()?),
        })
    }
}

/// What the file holds.
pub(super) struct TailFound {
    /// The newest state.
    pub(super) state: Option<TailState>,
    /// Whether there is anything that is neither a state nor wiped.
    pub(super) damaged: bool,
}

/// Writes states.
pub(super) struct Tail {
    key: Secret<[u8; 32]>,
    count: u64,
}

impl Tail {
    /// Seals under `key`; continues after `state`.
    pub(super) fn new(key: Secret<[u8; 32]>, state: &TailState) -> Self {
        Self { key, count: state.count }
    }

    /// Makes the present state durable and wipes the one before.
    pub(super) fn store(
        &mut self,
        disk: &mut dyn Disk,
        ratchet: &Ratchet,
        size: u64,
        chain: Chain,
    ) -> Result<(), LogError> {
        self.count = self.count.saturating_add(1);
        let key = ratchet.key().clone();
        let state = TailState { count: self.count, step: ratchet.step(), size, chain, key };
        let slot = self.count % 2;
        disk.write(FileName::Tail, offset(slot), &seal(&self.key, slot, &state)?)?;
        disk.sync(FileName::Tail)?;
        disk.write(FileName::Tail, offset(1 - slot), &[0; SLOT_BYTES])?;
        Ok(())
    }

    /// Reads the file. One that is missing holds nothing and is not damaged.
    pub(super) fn load(disk: &dyn Disk, key: &Secret<[u8; 32]>) -> io::Result<TailFound> {
        let bytes = disk.read_start(FileName::Tail, 2 * SLOT_BYTES + 1)?;
        let mut found = TailFound { state: None, damaged: bytes.len() > 2 * SLOT_BYTES };
        for (slot, bytes) in bytes.chunks(SLOT_BYTES).take(2).enumerate() {
            if bytes.iter().all(|byte| *byte == 0) {
                continue;
            }
            match open(key, slot as u64, bytes) {
                None => found.damaged = true,
                Some(state) => {
                    if found.state.as_ref().is_none_or(|other| other.count < state.count) {
                        found.state = Some(state);
                    }
                }
            }
        }
        Ok(found)
    }
}

fn offset(slot: u64) -> u64 {
    slot * SLOT_BYTES as u64
}

/// Salt, sealed state, tag, zeros. The salt makes a key of its own, used once.
fn seal(
    key: &Secret<[u8; 32]>,
    slot: u64,
    state: &TailState,
) -> Result<[u8; SLOT_BYTES], LogError> {
    let mut salt = [0; SALT_BYTES];
    rand::fill(&mut salt).map_err(|_| LogError::Crypto)?;
    let mut clear = state.to_bytes();
    let sealing = cipher(key, &salt).ok_or(LogError::Crypto)?;
    let (nonce, aad) = (Nonce::assume_unique_for_key([0; NONCE_LEN]), aad(slot));
    let tag = sealing
        .seal_in_place_separate_tag(nonce, aad, clear.expose_mut())
        .map_err(|_| LogError::Crypto)?;
    let mut bytes = [0; SLOT_BYTES];
    bytes[..SALT_BYTES].copy_from_slice(&salt);
    bytes[SALT_BYTES..SALT_BYTES + STATE_BYTES].copy_from_slice(clear.expose());
    bytes[SALT_BYTES + STATE_BYTES..SEALED_BYTES].copy_from_slice(tag.as_ref());
    Ok(bytes)
}

fn open(key: &Secret<[u8; 32]>, slot: u64, bytes: &[u8]) -> Option<TailState> {
    let (salt, rest) = bytes.split_first_chunk()?;
    let (sealed, padding) = rest.split_at_checked(STATE_BYTES + TAG_BYTES)?;
    if padding.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut state = Secret::new(sealed.to_vec());
    let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
    let clear = cipher(key, salt)?.open_in_place(nonce, aad(slot), state.expose_mut()).ok()?;
    TailState::from_bytes(clear).ok()
}

fn cipher(key: &Secret<[u8; 32]>, salt: &[u8; SALT_BYTES]) -> Option<LessSafeKey> {
    let once = Secret::new(expand(key, salt));
    UnboundKey::new(&AES_256_GCM, once.expose()).ok().map(LessSafeKey::new)
}

fn aad(slot: u64) -> Aad<[u8; 24]> {
    let mut bytes = *b"typex audit tail 1\0\0\0\0\0\0";
    bytes[23] = u8::from(slot == 1);
    Aad::from(bytes)
}
