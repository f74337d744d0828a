//! Keys on their way to the card, wrapped under the transport root.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use typex_abi::{Algorithm, HEADER_BYTES, Header, WRAPPED_KEY_BYTES};
use typex_core::error::ErrorKind;
use typex_core::secret::Secret;

use crate::slot_key::SlotKey;

/// The root under which the host wraps keys: drawn for each incarnation of the card, so IVs count
/// from zero.
pub(super) struct TransportRoot {
    key: LessSafeKey,
    next_iv: AtomicU64,
}

/// A wrapped key as the card reads it, and what its descriptor says of it.
pub(super) struct Wrapped {
    pub(super) bytes: [u8; WRAPPED_KEY_BYTES],
    pub(super) iv: [u8; 12],
    pub(super) tag: [u8; 16],
}

impl TransportRoot {
    /// A new root, with its bytes for the card.
    pub(super) fn draw() -> Result<(Self, Secret<[u8; 32]>), ErrorKind> {
        let mut bytes = Secret::new([0; 32]);
        aws_lc_rs::rand::fill(bytes.expose_mut()).map_err(|_| ErrorKind::DeviceFault)?;
        let key = UnboundKey::new(&AES_256_GCM, bytes.expose()).map_err(|_| ErrorKind::Internal)?;
        Ok((Self { key: LessSafeKey::new(key), next_iv: AtomicU64::new(0) }, bytes))
    }

    /// Wraps a key with its rights.
    pub(super) fn wrap(&self, key: &SlotKey) -> Result<Wrapped, ErrorKind> {
        let header = Header {
            algorithm: Algorithm::from_key_bytes(key.key_bytes).ok_or(ErrorKind::Internal)?,
            usage: key.usage,
            roles: key.roles,
            partition: key.partition,
            word: key.word,
            key_id: key.id,
            partners: key.partners,
        };
        let mut bytes = [0; WRAPPED_KEY_BYTES];
        let (head, body) = bytes.split_at_mut(HEADER_BYTES);
        head.copy_from_slice(&header.encode());
        body.copy_from_slice(key.material.expose());
        let mut iv = [0; 12];
        iv[4..].copy_from_slice(&self.next_iv.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(iv);
        let sealed = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*head), body);
        let sealed = sealed.map_err(|_| ErrorKind::Internal)?;
        let mut tag = [0; 16];
        tag.copy_from_slice(sealed.as_ref());
        Ok(Wrapped { bytes, iv, tag })
    }
}
