//! The authenticated header of a wrapped key: all the rights that a key has on the card.

use crate::HEADER_BYTES;
use crate::bytes::{put, u16_at, u32_at, u64_at};
use crate::generated::{StepKind, header_at as at};

/// Version of the header.
const VERSION: u8 = 1;

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Algorithm {
    /// AES with 16 bytes of key.
    Aes128 = 1,
    /// AES with 24 bytes of key.
    Aes192 = 2,
    /// AES with 32 bytes of key.
    Aes256 = 3,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Aes128, Self::Aes192, Self::Aes256];

    /// Length of the key.
    pub fn key_bytes(self) -> usize {
        8 + 8 * self as usize
    }

    /// The algorithm with keys of this length.
    pub fn from_key_bytes(bytes: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.key_bytes() == bytes)
    }
}

/// The header of a wrapped key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What kind of key it is.
    pub algorithm: Algorithm,
    /// Single-step rights, see [`usage`](crate::usage). None: the slot serves programs only.
    pub usage: u16,
    /// Steps of programs that may use the key; see [`Header::role`].
    pub roles: u16,
    /// All keys of a program have the same.
    pub partition: u32,
    /// Public number that an envelope opened under this key must carry.
    pub word: u32,
    /// Names it to its partners; not 0 if it has any.
    pub key_id: u64,
    /// Key ids of keys that may stand in one program with it; 0 for none.
    pub partners: [u64; 3],
}

/// Why 64 bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Another version.
    #[error("no version {0}")]
    BadVersion(u8),
    /// No such algorithm.
    #[error("no algorithm {0}")]
    BadAlgorithm(u8),
    /// A reserved bit is set.
    #[error("a reserved bit is set")]
    Reserved,
}

impl Header {
    /// The role bit for steps of this kind.
    pub fn role(kind: StepKind) -> u16 {
        1 << kind as u16
    }

    /// The 64 bytes.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[at::VERSION] = VERSION;
        bytes[at::ALGORITHM] = self.algorithm as u8;
        put(&mut bytes, at::USAGE, &self.usage.to_le_bytes());
        put(&mut bytes, at::ROLES, &self.roles.to_le_bytes());
        put(&mut bytes, at::PARTITION, &self.partition.to_le_bytes());
        put(&mut bytes, at::WORD, &self.word.to_le_bytes());
        put(&mut bytes, at::KEY_ID, &self.key_id.to_le_bytes());
        for (index, partner) in self.partners.iter().enumerate() {
            put(&mut bytes, at::PARTNER_0 + 8 * index, &partner.to_le_bytes());
        }
        bytes
    }

    /// Reads 64 bytes.
    ///
    /// # Errors
    /// A version, an algorithm or a reserved byte that is not known.
    pub fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, HeaderError> {
        if bytes[at::VERSION] != VERSION {
            return Err(HeaderError::BadVersion(bytes[at::VERSION]));
        }
        let code = bytes[at::ALGORITHM];
        let algorithm = Algorithm::ALL.into_iter().find(|known| *known as u8 == code);
        let reserved = bytes[at::RESERVED..at::PARTITION].iter().chain(&bytes[at::RESERVED_TAIL..]);
        if reserved.into_iter().any(|byte| *byte != 0) {
            return Err(HeaderError::Reserved);
        }
        Ok(Self {
            algorithm: algorithm.ok_or(HeaderError::BadAlgorithm(code))?,
            usage: u16_at(bytes, at::USAGE),
            roles: u16_at(bytes, at::ROLES),
            partition: u32_at(bytes, at::PARTITION),
            word: u32_at(bytes, at::WORD),
            key_id: u64_at(bytes, at::KEY_ID),
            partners: [at::PARTNER_0, at::PARTNER_1, at::PARTNER_2].map(|at| u64_at(bytes, at)),
        })
    }
}
