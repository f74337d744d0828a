//! The chain that runs through every line of every segment. A line carries the chain's value
//! after it, so a changed line is found at itself, not only at the next checkpoint.

use std::fmt;

use sha2::{Digest, Sha256};

use super::merkle::Hash;
use crate::codec::{Corrupt, Decoder, Encoder, Record};

/// The value of the chain after some line: 128 bits. It locates damage; what proves the contents
/// is the tree and the signature over both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain(pub [u8; 16]);

impl Chain {
    /// Before the first line of the first segment.
    pub const START: Self = Self([0; 16]);

    /// After one more line: the first half of SHA-256 of `0x02`, this value and the line's hash.
    pub fn link(self, line: &Hash) -> Self {
        let mut bytes = [2; 49];
        bytes[1..17].copy_from_slice(&self.0);
        bytes[17..].copy_from_slice(line);
        let digest: Hash = Sha256::digest(bytes).into();
        Self(std::array::from_fn(|at| digest[at]))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode(self.0))
    }
}

/// The hash of a line that is not an entry: SHA-256 of `0x03` and its body.
pub fn line_hash(body: &[u8]) -> Hash {
    Sha256::new().chain_update([3]).chain_update(body).finalize().into()
}

/// How far the log reaches: what the store keeps sealed and checkpoints sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
    /// The chain after the last line.
    pub chain: Chain,
}

impl Head {
    /// The head of a log without a line.
    pub fn empty() -> Self {
        Self { size: 0, root: super::Tree::default().root(), chain: Chain::START }
    }
}

impl Record for Head {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.size).raw(&self.root).raw(&self.chain.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self { size: input.u64()?, root: input.array()?, chain: Chain(input.array()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_round_trips_and_links_depend_on_both_inputs() {
        let head = Head { size: 7, root: [1; 32], chain: Chain([2; 16]) };
        assert_eq!(Head::from_bytes(head.to_bytes().expose()), Ok(head));
        let link = Chain::START.link(&line_hash(b"a"));
        assert_ne!(link, Chain::START.link(&line_hash(b"b")));
        assert_ne!(link, Chain([1; 16]).link(&line_hash(b"a")));
    }
}
