//! What an operation yields, before a dialect renders it.

use bytes::BytesMut;

use super::enrol::KeyTemplate;

/// The result of one [`Op`](super::Op).
pub enum Output {
    /// Ciphertext and tag of an answer.
    Sealed(BytesMut),
    /// The public keys under which clients bring keys in.
    ImportKeys(Vec<ImportPublicKey>),
    /// An open template and the key to seal it under.
    Template {
        /// The template.
        template: KeyTemplate,
        /// The import key.
        import_key: ImportPublicKey,
    },
    /// A new key, or the one that the same message made before.
    KeyCreated {
        /// Its number.
        object: u32,
        /// The type a dialect shows for it.
        foreign_type: u32,
        /// Its public half, where it has one.
        public: Option<RsaPublicKey>,
    },
    /// The answer of an instance.
    Instance(Box<super::instance::Answer>),
    /// The answer to a registration request.
    Registration(Box<super::registration::Answer>),
    /// The answer to payment operations.
    Payment(super::payment::Answer),
    /// The answer of the management of payment keys.
    PaymentKeys(Box<super::payment::keys::Answer>),
    /// The answer to operations on tokens.
    Token(super::token::Answer),
    /// The answer of the management of domains of tokens.
    TokenDomains(Box<super::token::manage::Answer>),
    /// The answer about codes for values.
    Transform(Box<super::transform::Answer>),
}

/// An import key as clients see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportPublicKey {
    /// Names it; small and stable.
    pub id: u32,
    /// The key.
    pub key: RsaPublicKey,
}

/// An RSA public key; numbers big-endian without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaPublicKey {
    /// n
    pub modulus: Vec<u8>,
    /// e
    pub exponent: Vec<u8>,
}
