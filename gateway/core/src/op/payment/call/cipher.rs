//! How data is enciphered.

use crate::id::{KeyId, PartitionId};

use super::ChipCard;

/// How data is enciphered.
pub enum Cipher {
    /// Under the key, or the working key derived from it.
    Block {
        /// The mode.
        mode: Mode,
        /// IV; zeros where a mode that needs one has none.
        iv: Option<Vec<u8>>,
    },
    /// GCM.
    Gcm {
        /// Associated data; `None` is partition, key and version, as
        /// [`bound`](Self::bound) writes them.
        aad: Option<Vec<u8>>,
        /// Of what is deciphered; the gateway makes it otherwise.
        nonce: Option<[u8; 12]>,
        /// Of what is deciphered.
        tag: Option<[u8; 16]>,
    },
    /// RSA, of the key itself.
    Rsa(RsaPadding),
    /// Under a session key of a chip.
    Chip {
        /// Whose.
        card: ChipCard,
        /// What its session key is derived from.
        derivation: [u8; 8],
        /// [`Mode::Ecb`] or [`Mode::Cbc`].
        mode: Mode,
        /// IV; zeros without.
        iv: Option<Vec<u8>>,
    },
}

impl Cipher {
    /// The associated data that binds a message to its key.
    // spec: payments 7
    pub fn bound(partition: PartitionId, key: KeyId, version: u32) -> Vec<u8> {
        let hex = |bytes| const_hex::const_encode::<16, false>(bytes);
        let (partition, key) = (hex(&partition.0), hex(&key.0));
        format!("{}|{}|{version}", partition.as_str(), key.as_str()).into_bytes()
    }
}

/// Modes of block ciphers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Blocks alone.
    Ecb,
    /// Chained.
    Cbc,
    /// Feedback of a block, whatever its size.
    Cfb,
    /// Feedback of one bit.
    Cfb1,
    /// Of eight.
    Cfb8,
    /// Of 64.
    Cfb64,
    /// Of 128.
    Cfb128,
    /// Output feedback.
    Ofb,
    /// Counter.
    Ctr,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 9] = [
        Self::Ecb,
        Self::Cbc,
        Self::Cfb,
        Self::Cfb1,
        Self::Cfb8,
        Self::Cfb64,
        Self::Cfb128,
        Self::Ofb,
        Self::Ctr,
    ];

    /// Whether it adds a stream that the cipher enciphers from the IV: so the IV of a message gives
    /// its clear data to whoever may encipher, and whoever may decipher enciphers.
    pub fn is_stream(self) -> bool {
        !matches!(self, Self::Ecb | Self::Cbc)
    }
}

/// How RSA pads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSAES-PKCS1-v1_5
    Pkcs1,
    /// OAEP with SHA-1.
    OaepSha1,
    /// OAEP with SHA-256.
    OaepSha256,
    /// OAEP with SHA-512.
    OaepSha512,
}

/// How a track is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackForm {
    /// `;PAN=`
    Ascii,
    /// Two digits to a byte, D between.
    Packed,
}
