//! A card number in the log: only as a hash under a key of the partition, so that entries about
//! one card can be found by who holds the key and by nobody else.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::codec::Corrupt;
use crate::id::PartitionId;
use crate::secret::Secret;

/// Hashes the card numbers of one partition. Card numbers are few enough to try them all, so the
/// hash hides nothing from whoever holds this key.
pub struct PanKey(Secret<[u8; 32]>);

impl PanKey {
    /// The key of `partition`, from a root that only this purpose uses.
    pub fn derive(root: &Secret<[u8; 32]>, partition: PartitionId) -> Self {
        Self(Secret::new(mac(root, b"typex pan key 1", &partition.0)))
    }

    /// The hash of a card number given by its digits.
    pub fn hash(&self, digits: &[u8]) -> PanHash {
        let tag = mac(&self.0, b"typex pan hash 1", digits);
        PanHash(std::array::from_fn(|at| tag[at]))
    }
}

/// A hashed card number: HMAC-SHA-256 cut to 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PanHash(pub [u8; 16]);

impl fmt::Display for PanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

impl FromStr for PanHash {
    type Err = Corrupt;

    fn from_str(text: &str) -> Result<Self, Corrupt> {
        const_hex::decode_to_array(text).map(Self).map_err(|_| Corrupt)
    }
}

fn mac(key: &Secret<[u8; 32]>, label: &[u8], data: &[u8]) -> [u8; 32] {
    let keyed = Hmac::<Sha256>::new_from_slice(key.expose());
    let mut mac = keyed.expect("HMAC takes keys of every length");
    mac.update(label);
    mac.update(&[0]);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_card_has_one_hash_per_partition() {
        let root = Secret::new([7; 32]);
        let [ours, theirs] = [1, 2].map(|id| PanKey::derive(&root, PartitionId([id; 16])));
        let hash = ours.hash(b"4111111111111111");
        assert_eq!(hash, ours.hash(b"4111111111111111"));
        assert_ne!(hash, ours.hash(b"4111111111111112"));
        assert_ne!(hash, theirs.hash(b"4111111111111111"));
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }
}
