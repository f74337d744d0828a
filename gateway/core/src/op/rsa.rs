//! Paddings of RSA, as requests name them. RFC 8017.

/// A hash function of a padding. SHA-1 is for what is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RsaHash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A padding of encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RsaEncryption {
    /// RSAES-PKCS1-v1_5.
    Pkcs1,
    /// RSAES-OAEP.
    Oaep(Oaep),
}

/// RSAES-OAEP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oaep {
    /// Of the label.
    pub hash: RsaHash,
    /// Of MGF1.
    pub mask: RsaHash,
    /// What the message is bound to; usually nothing.
    pub label: Vec<u8>,
}

/// A padding of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RsaSignature {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(RsaHash),
    /// RSASSA-PSS.
    Pss(Pss),
}

/// RSASSA-PSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pss {
    /// Of the message.
    pub hash: RsaHash,
    /// Of MGF1.
    pub mask: RsaHash,
    /// How much salt.
    pub salt: Salt,
}

/// How many bytes of salt a signature has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Salt {
    /// As many as the hash.
    Hash,
    /// So many.
    Bytes(u16),
    /// Making one, as many as fit; checking one, as many as it has.
    Any,
}

impl RsaHash {
    /// Every hash.
    pub const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];
}

impl Oaep {
    /// One hash for both, and no label.
    pub fn plain(hash: RsaHash) -> Self {
        Self { hash, mask: hash, label: Vec::new() }
    }
}

impl RsaSignature {
    /// The hash of the message.
    pub fn hash(self) -> RsaHash {
        match self {
            Self::Pkcs1(hash) | Self::Pss(Pss { hash, .. }) => hash,
        }
    }
}
