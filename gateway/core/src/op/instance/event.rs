//! What happens to an instance, as its log numbers it.
// spec: encedo-hem 7.3

use super::role::Role;
use crate::id::KeyId;
use crate::limits::INSTANCE_LOG_EXTRA_BYTES_MAX;
use crate::op::crypto::CryptoKind;
use crate::op::manage::ManageKind;

/// What happened. The numbers are those of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A log began, or its key changed.
    KeyInit = 0,
    /// A boot.
    Startup = 1,
    /// The end of a boot, by request.
    Reboot = 2,
    /// The end of service, by request.
    Shutdown = 3,
    /// New firmware; there is none.
    Upgrade = 4,
    /// The random generator failed its test.
    RandomFailed = 5,
    /// TLS could not begin.
    TlsError = 6,
    /// Self-tests passed.
    SelfTestPassed = 7,
    /// A failure ends service until the next boot.
    Failed = 8,
    /// Logs were listed.
    LogListed = 9,
    /// A log was deleted; that is not served.
    LogDeleted = 10,
    /// A log was read.
    LogRead = 11,
    /// A token did not open what it was presented for.
    ScopeRefused = 12,
    /// The user or the administrator logged in.
    Login = 13,
    /// An authenticator approved a login.
    PeerLogin = 14,
    /// An authenticator was paired.
    Paired = 15,
    /// The configuration changed.
    ConfigUpdated = 18,
    /// The clock was set.
    ClockSet = 19,
    /// A key was made.
    KeyMade = 20,
    /// A key was removed.
    KeyDeleted = 21,
    /// A key was brought in.
    KeyImported = 22,
    /// A private key was used.
    KeyUsed = 23,
    /// A key does not verify.
    KeyCorrupt = 24,
    /// What a key is called changed.
    KeyUpdated = 25,
    /// A key was derived.
    KeyDerived = 26,
    /// There is an owner.
    Initialised = 29,
    /// HMAC.
    Mac = 30,
    /// Its check.
    VerifyMac = 31,
    /// A signature.
    Sign = 32,
    /// Its check.
    Verify = 33,
    /// A wrapped key.
    Wrap = 34,
    /// An unwrapped key.
    Unwrap = 35,
    /// Encryption.
    Encrypt = 36,
    /// Decryption.
    Decrypt = 37,
    /// Key agreement.
    Agree = 38,
    /// Encapsulation.
    Encapsulate = 39,
    /// Its inverse.
    Decapsulate = 40,
    /// A post-quantum signature.
    SignPostQuantum = 41,
    /// Its check.
    VerifyPostQuantum = 42,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done = 0,
    /// Not done.
    Failed = 1,
    /// Not tried: the request was not of its form.
    Malformed = 2,
}

/// One thing to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// What.
    pub event: Event,
    /// How it ended.
    pub outcome: Outcome,
    /// Who.
    pub subject: Option<Role>,
    /// More.
    pub extra: Vec<u8>,
}

impl LogEvent {
    /// Something that was done.
    pub fn done(event: Event, subject: Option<Role>) -> Self {
        Self { event, outcome: Outcome::Done, subject, extra: Vec::new() }
    }

    /// With a key.
    pub fn of_key(event: Event, outcome: Outcome, subject: Option<Role>, key: KeyId) -> Self {
        Self { event, outcome, subject, extra: key.0.to_vec() }
    }

    /// With a text, cut to what a line takes.
    pub fn with_text(mut self, text: &str) -> Self {
        self.extra = text.bytes().take(INSTANCE_LOG_EXTRA_BYTES_MAX).collect();
        self
    }

    /// A token that did not open what it was presented for.
    pub(super) fn refused(role: Role, scope: &str) -> Self {
        let event = Self::done(Event::ScopeRefused, Some(role)).with_text(scope);
        Self { outcome: Outcome::Failed, ..event }
    }
}

impl Event {
    /// Of management of keys; `None` for what is not logged.
    pub fn of_management(kind: ManageKind) -> Option<Self> {
        Some(match kind {
            ManageKind::Create => Self::KeyMade,
            ManageKind::Import => Self::KeyImported,
            ManageKind::Derive => Self::KeyDerived,
            ManageKind::Update => Self::KeyUpdated,
            ManageKind::Delete => Self::KeyDeleted,
            ManageKind::List | ManageKind::Search | ManageKind::Get => return None,
        })
    }

    /// Of use of a key.
    pub fn of_use(kind: CryptoKind, post_quantum: bool) -> Self {
        match kind {
            CryptoKind::Mac => Self::Mac,
            CryptoKind::VerifyMac => Self::VerifyMac,
            CryptoKind::Sign if post_quantum => Self::SignPostQuantum,
            CryptoKind::Sign => Self::Sign,
            CryptoKind::Verify if post_quantum => Self::VerifyPostQuantum,
            CryptoKind::Verify => Self::Verify,
            CryptoKind::Encrypt => Self::Encrypt,
            CryptoKind::Decrypt => Self::Decrypt,
            CryptoKind::Wrap => Self::Wrap,
            CryptoKind::Unwrap => Self::Unwrap,
            CryptoKind::Agree => Self::Agree,
            CryptoKind::Encapsulate => Self::Encapsulate,
            CryptoKind::Decapsulate => Self::Decapsulate,
        }
    }
}
