//! Answers of an instance, before they become JSON. Tokens are texts already: their signature is
//! over the text.

use super::view::{ConfigView, SelfTestView, StatusView, VersionView};
use crate::id::KeyId;
use crate::key::Algorithm;
use crate::op::crypto::CryptoAnswer;
use crate::op::manage::Managed;
use crate::secret::Secret;

/// What an instance answers.
pub enum Answer {
    /// Done; nothing to say.
    Done,
    /// A browser may ask.
    Preflight,
    /// Versions.
    Version(VersionView),
    /// Health.
    Status(StatusView),
    /// A statement for the time service.
    CheckIn {
        /// Token.
        check: String,
    },
    /// The clock is set.
    CheckedIn,
    /// The configuration.
    Config(Box<ConfigView>),
    /// What became of a change.
    Updated(Updated),
    /// Everything was erased.
    Wiped,
    /// That the instance is genuine.
    Attestation {
        /// Statement.
        genuine: String,
        /// Certificate, DER.
        certificate: Vec<u8>,
    },
    /// Self-tests.
    SelfTest(SelfTestView),
    /// A challenge for a login.
    Challenge(Challenge),
    /// A challenge for the first configuration.
    InitChallenge {
        /// As for a login; the label is empty.
        challenge: Challenge,
        /// Statement that the instance is genuine.
        genuine: String,
    },
    /// An access token.
    Token(Secret<String>),
    /// The first configuration holds.
    Initialised {
        /// UUID of the instance.
        instance: String,
        /// Access token.
        token: Secret<String>,
        /// Certificate request, PEM, with the statement that the instance is genuine.
        csr: Option<(String, String)>,
    },
    /// A request to pair.
    PairRequest {
        /// Token.
        request: String,
        /// The instance's public key.
        eid: [u8; 32],
    },
    /// An authenticator is paired.
    Paired {
        /// Its key.
        key: KeyId,
        /// Proof for the authenticator.
        code: [u8; 32],
    },
    /// Proof of the instance to an authenticator.
    Proof {
        /// Nonce.
        nonce: [u8; 32],
        /// Its MAC.
        mac: [u8; 32],
        /// The instance's public key.
        eid: [u8; 32],
    },
    /// A request for a login, for authenticators.
    LoginRequest {
        /// Token.
        request: String,
        /// As it came.
        epk: [u8; 32],
    },
    /// Of management of keys.
    Managed(Managed),
    /// Of use of a key.
    Crypto {
        /// Algorithm of the key.
        algorithm: Algorithm,
        /// What came of it.
        answer: CryptoAnswer,
    },
    /// The key under which logs are signed.
    LogKey {
        /// Ed25519.
        key: [u8; 32],
        /// Nonce.
        nonce: [u8; 32],
        /// Its signature.
        signature: [u8; 64],
    },
    /// Log files.
    Logs {
        /// How many there are in all.
        total: usize,
        /// Their names, oldest first.
        names: Vec<u32>,
    },
    /// One log file: UTF-8.
    Log(bytes::Bytes),
}

/// What became of a change of the configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// Whether anything is different now.
    pub updated: bool,
    /// Whether it holds after the next boot only.
    pub reboot_required: bool,
    /// Certificate request, PEM, with the statement that the instance is genuine.
    pub csr: Option<(String, String)>,
}

/// A challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Until when, seconds.
    pub exp: u64,
    /// Public half of the session key.
    pub spk: [u8; 32],
    /// Nonce.
    pub jti: [u8; 32],
    /// Whose instance it is.
    pub label: String,
    /// The instance's public key.
    pub eid: [u8; 32],
}
