//! What comes of a request.

use crate::error::Error;
use crate::id::KeyId;

use super::super::Part;
use super::{Account, Bytes};

/// What comes of a request.
pub enum Answer {
    /// Of [`Request::One`].
    One(Box<Answered>),
    /// Of [`Request::Batch`], each in its place.
    Batch(Vec<Result<Answered, Error>>),
}

/// What comes of one operation.
pub struct Answered {
    /// Whose keys they are.
    pub account: Account,
    /// The stored keys that took part; of a key block the one that protects it.
    pub keys: Vec<SeenKey>,
    /// The result.
    pub done: Done,
}

/// A key that took part.
pub struct SeenKey {
    /// In which part.
    pub part: Part,
    /// Which.
    pub key: KeyId,
    /// Its check value.
    pub check_value: Vec<u8>,
}

/// The result of an operation.
pub enum Done {
    /// Ciphertext; nonce and tag of GCM.
    Encrypted(Encrypted),
    /// Clear data.
    Decrypted(Bytes),
    /// A PIN block.
    PinBlock(Vec<u8>),
    /// A PIN block and the offset or PVV of its PIN, where one was asked for.
    Pin {
        /// The block.
        block: Vec<u8>,
        /// Digits.
        value: Option<Bytes>,
    },
    /// Digits of a card.
    CardValue(Bytes),
    /// A MAC or cryptogram.
    Mac(Vec<u8>),
    /// What was claimed is true; what to answer a chip.
    Verified(Option<Vec<u8>>),
    /// A script: the enciphered PIN block and the MAC of the whole.
    Script {
        /// The block.
        block: Vec<u8>,
        /// The MAC.
        mac: Vec<u8>,
    },
}

/// Enciphered data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The data.
    pub ciphertext: Vec<u8>,
    /// Of GCM.
    pub nonce: Option<[u8; 12]>,
    /// Of GCM.
    pub tag: Option<[u8; 16]>,
}
