//! Known-answer tests of every algorithm and variant, for power-up.
//!
//! They run through the functions that serve requests. Answers of the post-quantum algorithms are
//! kept as SHA-256 of what comes out, since a single key is longer than all the others together.

mod agreement;
mod pair;
mod signature;
mod symmetric;

use typex_core::Secret;
use typex_core::key::{Algorithm, Hash};
use typex_core::op::crypto::{AesCipher, AesMode, Scheme};

use super::{Bytes, Error};

/// An answer that an algorithm must give. Inputs are in hex.
#[derive(Clone, Debug)]
pub struct KnownAnswer {
    /// Of which algorithm.
    pub algorithm: Algorithm,
    /// What is asked.
    pub question: Question,
    /// What must come out.
    pub answer: Vec<u8>,
}

/// What is asked of an algorithm.
#[derive(Clone, Copy, Debug)]
pub enum Question {
    /// The public half of a key.
    Public {
        /// The private one.
        private: &'static str,
    },
    /// The secret shared with a peer.
    Agree {
        /// The private key.
        private: &'static str,
        /// The peer's public one.
        peer: &'static str,
    },
    /// A signature; where it is random, whether the known one verifies and a fresh one does.
    Sign {
        /// How.
        scheme: Scheme,
        /// The private key.
        private: &'static str,
        /// What is signed.
        message: &'static str,
        /// The context.
        context: &'static str,
    },
    /// A MAC.
    Mac {
        /// The hash.
        hash: Hash,
        /// The key.
        key: &'static str,
        /// What is authenticated.
        message: &'static str,
    },
    /// Ciphertext and tag, and the way back.
    Encrypt {
        /// The mode.
        mode: AesMode,
        /// The key.
        key: &'static str,
        /// The IV.
        iv: &'static str,
        /// GCM only.
        aad: &'static str,
        /// What is encrypted.
        message: &'static str,
    },
    /// The secret part of a key, derived without info.
    Derive {
        /// What was agreed.
        secret: &'static str,
    },
    /// An AES key for one message, without label and context.
    AgreedKey {
        /// What was agreed.
        secret: &'static str,
    },
    /// A wrapped key, and the way back.
    Wrap {
        /// The wrapping key.
        key: &'static str,
        /// What is wrapped.
        message: &'static str,
    },
    /// SHA-256 of public key, ciphertext and shared secret, and the way back.
    Encapsulate {
        /// The private key.
        seed: &'static str,
        /// The random input.
        message: &'static str,
    },
    /// SHA-256 of public key and deterministic signature, which must verify.
    SignByHash {
        /// The private key.
        seed: &'static str,
        /// What is signed.
        message: &'static str,
        /// The context.
        context: &'static str,
    },
}

/// A question and its answer in hex.
type Row = (Question, &'static str);

/// Runs the known-answer tests of `algorithm`, and one of random use where there is any.
///
/// # Errors
/// [`Error::Broken`] if an answer is not the known one.
pub fn self_test(algorithm: Algorithm) -> Result<(), Error> {
    known_answers(algorithm).iter().try_for_each(KnownAnswer::check)
}

/// The known answers of `algorithm`: at least one.
pub fn known_answers(algorithm: Algorithm) -> Vec<KnownAnswer> {
    let questions = match algorithm {
        Algorithm::Hmac(hash) => symmetric::mac(hash),
        Algorithm::Aes(bits) => symmetric::aes(bits),
        Algorithm::MlKem(set) => agreement::mlkem(set),
        Algorithm::MlDsa(set) => signature::mldsa(set),
        _ => [agreement::of(algorithm), signature::of(algorithm)].concat(),
    };
    let answers = questions.into_iter().map(|(question, answer)| KnownAnswer {
        algorithm,
        question,
        answer: const_hex::decode(answer).unwrap_or_default(),
    });
    answers.collect()
}

impl KnownAnswer {
    /// Asks, and compares.
    ///
    /// # Errors
    /// [`Error::Broken`] if the answer is another.
    pub fn check(&self) -> Result<(), Error> {
        let found = self.ask().map_err(|_| Error::Broken)?;
        if !self.answer.is_empty() && found == self.answer { Ok(()) } else { Err(Error::Broken) }
    }

    fn ask(&self) -> Result<Vec<u8>, Error> {
        let algorithm = self.algorithm;
        match self.question {
            Question::Public { private } => super::public_of(algorithm, &secret(private)?),
            Question::Agree { private, peer } => {
                super::agree(algorithm, &secret(private)?, &hex(peer)?)
                    .map(|shared| shared.expose().clone())
            }
            Question::Sign { scheme, private, message, context } => {
                let (message, context) = (hex(message)?, hex(context)?);
                let signed = pair::Signed { scheme, message: &message, context: &context };
                signed.check(algorithm, &secret(private)?, &self.answer)
            }
            Question::Mac { hash, key, message } => {
                Ok(super::mac(hash, &hex(key)?, &hex(message)?))
            }
            Question::Encrypt { mode, key, iv, aad, message } => {
                let Algorithm::Aes(bits) = algorithm else { return Err(Error::Unsupported) };
                let [key, aad, message] = [hex(key)?, hex(aad)?, hex(message)?];
                pair::sealed(AesCipher { bits, mode }, &key, &hex(iv)?, &aad, &message)
            }
            Question::Derive { secret: agreed } => {
                super::derive(algorithm, &secret(agreed)?, b"").map(|key| key.expose().clone())
            }
            Question::AgreedKey { secret: agreed } => agreed_key(algorithm, &secret(agreed)?),
            Question::Wrap { key, message } => pair::wrapped(algorithm, &hex(key)?, &hex(message)?),
            Question::Encapsulate { seed, message } => {
                pair::encapsulated(algorithm, &secret(seed)?, &hex(message)?)
            }
            Question::SignByHash { seed, message, context } => {
                pair::signed(algorithm, &secret(seed)?, &hex(message)?, &hex(context)?)
            }
        }
    }
}

fn agreed_key(algorithm: Algorithm, agreed: &Secret<Vec<u8>>) -> Result<Vec<u8>, Error> {
    let Algorithm::Aes(bits) = algorithm else { return Err(Error::Unsupported) };
    Ok(super::agreed_key(bits, agreed, b"", b"").expose().clone())
}

fn hex(text: &str) -> Result<Vec<u8>, Error> {
    const_hex::decode(text).map_err(|_| Error::Broken)
}

fn secret(text: &str) -> Result<Bytes, Error> {
    hex(text).map(Secret::new)
}
