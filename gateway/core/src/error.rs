//! What can go wrong, in terms that every dialect can render.
//!
//! Each dialect maps [`ErrorKind`] to its own status in one `match` without `_`, so a new kind
//! does not compile until every dialect has an answer for it.

use std::borrow::Cow;
use std::fmt;

/// A failed request: what kind, what the client may read, what only the log may hold.
#[derive(Debug)]
pub struct Error {
    /// Decides the dialect's status.
    pub kind: ErrorKind,
    /// For the client: names the member, the limit or the fix; never what helps an attack.
    pub public: Cow<'static, str>,
    /// For the client: when to ask again, in seconds, where it must wait.
    pub retry_after_s: Option<u64>,
    /// For the log only.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error with nothing to hide.
    pub fn new(kind: ErrorKind, public: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, public: public.into(), retry_after_s: None, source: None }
    }

    /// What another client is told that it concerns as well.
    pub fn shared(&self) -> Self {
        Self { source: None, public: self.public.clone(), ..*self }
    }

    /// Adds when the client may ask again, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds what the log should say; the client never sees it.
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind, kind.text())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.public)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Every way a request can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request cannot be understood.
    Malformed(Malformed),
    /// Understood, but this gateway or backend does not do it.
    Unsupported,
    /// Over a limit of size.
    TooLarge,
    /// The credential is missing, unknown or wrong.
    Unauthenticated(Unauthenticated),
    /// Known caller, not allowed.
    Forbidden,
    /// A page of this origin may not ask.
    OriginRefused,
    /// Only over TLS.
    TlsRequired,
    /// Not in the state in which this can be done.
    WrongState,
    /// Allowed once enough approvers agree.
    ApprovalRequired,
    /// No such key in the caller's partition.
    KeyNotFound,
    /// The name is taken.
    KeyExists,
    /// The key is blocked, not yet valid, expired or destroyed.
    KeyState,
    /// The key may not do this.
    KeyUsage,
    /// A key that was brought in is not acceptable.
    KeyImport(KeyImport),
    /// The data does not fit the operation.
    InvalidData(InvalidData),
    /// A MAC, tag, padding or signature does not verify. One answer for all of them.
    VerifyFailed,
    /// A payment operation fails as only payment operations do.
    Payment(Payment),
    /// A request about an end user's authentication context is not acceptable.
    UserAuth(UserAuth),
    /// A usage count, rate or number of objects is used up.
    Quota,
    /// No room now; the same request may succeed later.
    Busy,
    /// The deadline passed before the work was done.
    Timeout,
    /// The gateway is going down.
    ShuttingDown,
    /// The accelerator failed and nothing could take over.
    DeviceFault,
    /// The store or the audit log could not record what must be recorded.
    Storage,
    /// A defect of the gateway.
    Internal,
}

/// What about a request cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// The outer syntax (JSON, XML, URL) does not parse.
    Syntax,
    /// The version of the API or format is not one that is served.
    Version,
    /// No such function.
    Function,
    /// A member is missing or has the wrong type.
    Member,
    /// A member's content is not of its form.
    Value,
    /// A sealed message is too short or not of whole blocks.
    Length,
    /// The request identifier is missing.
    Nonce,
    /// An inner TLV structure is broken.
    Structure,
}

/// Which credential failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unauthenticated {
    /// The API key is unknown or revoked.
    ApiKey,
    /// The client is unknown or its password wrong: one answer.
    Client,
    /// The access token or the proof for one is missing, expired, used or wrong: one answer.
    Token,
    /// The access key of a signature is unknown or disabled, or the signature wrong: one answer.
    Signature,
    /// A signature was made too long ago, or is not valid yet.
    SignatureTime,
}

/// What is wrong with a key brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyImport {
    /// No open template of that id: never given, expired or another client's.
    NoTemplate,
    /// The import key id is unknown.
    ImportKey,
    /// The public part of the template was changed.
    Template,
    /// The origin flags contradict each other or cannot be served.
    Origin,
    /// The channel keys are all zero or equal.
    Channel,
    /// The application key has the wrong length or is not a consistent key.
    Material,
}

/// How data does not fit its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvalidData {
    /// A raw cipher operation got a wrong length or a value out of range.
    Raw,
    /// A parameter record has the wrong length, or its count is out of range.
    Parameter,
    /// Longer than this key's operation takes.
    TooLong,
}

/// How only payment operations fail.
// spec: payments 0.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payment {
    /// The key serial number has a wrong length, or a counter that no device uses.
    Ksn,
    /// Any defect of a key block: one answer.
    KeyBlock,
    /// A PIN block does not decode, or a PIN does not verify: one answer.
    Pin,
    /// A MAC does not verify.
    Mac,
    /// A value of a card does not verify.
    ValidationData,
    /// A cryptogram of a chip does not verify.
    Cryptogram,
    /// Too few values for format-preserving encryption.
    Domain,
    /// The token is unknown, or another tenant's: one answer.
    Token,
}

/// What is wrong with a user authentication request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserAuth {
    /// The context does not verify, is not known, or names another user: one answer.
    Context,
    /// The context lacks the method, or the key does not serve it.
    Method,
    /// No such method.
    UnknownMethod,
    /// HOTP digits outside 6 to 8.
    Digits,
    /// HOTP secret outside 16 to 64 bytes.
    SecretLength,
}

impl ErrorKind {
    /// A short text fit for a client that gets nothing more exact.
    pub fn text(self) -> &'static str {
        match self {
            Self::Malformed(what) => what.text(),
            Self::Unsupported => "operation not available",
            Self::TooLarge => "input too long",
            Self::Unauthenticated(what) => what.text(),
            Self::Forbidden => "not authorised",
            Self::OriginRefused => "origin not permitted",
            Self::TlsRequired => "TLS required",
            Self::WrongState => "not possible in this state",
            Self::ApprovalRequired => "approval required",
            Self::KeyNotFound => "key not found",
            Self::KeyExists => "key exists already",
            Self::KeyState => "key not active",
            Self::KeyUsage => "operation not permitted by the key",
            Self::KeyImport(what) => what.text(),
            Self::InvalidData(InvalidData::Raw) => "wrong input length or value",
            Self::InvalidData(InvalidData::Parameter) => "wrong parameter length or value",
            Self::InvalidData(InvalidData::TooLong) => "data too long",
            Self::VerifyFailed => "verification failed",
            Self::Payment(what) => what.text(),
            Self::UserAuth(what) => what.text(),
            Self::Quota => "quota used up",
            Self::Busy => "queues full, try again",
            Self::Timeout => "timed out",
            Self::ShuttingDown => "service going down",
            Self::DeviceFault => "processor failed",
            Self::Storage => "request could not be recorded",
            Self::Internal => "processing error",
        }
    }

    /// Whether the same request may succeed when sent again unchanged.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::Timeout | Self::ShuttingDown | Self::DeviceFault)
    }
}

impl Unauthenticated {
    fn text(self) -> &'static str {
        match self {
            Self::ApiKey => "API key not valid",
            Self::Client => "client not valid",
            Self::Token => "token not valid",
            Self::Signature => "signature not valid",
            Self::SignatureTime => "signature expired or not yet valid",
        }
    }
}

impl Malformed {
    fn text(self) -> &'static str {
        match self {
            Self::Syntax => "input does not parse",
            Self::Version => "version not supported",
            Self::Function => "function unknown",
            Self::Member => "member missing or of the wrong type",
            Self::Value => "member content not valid",
            Self::Length => "sealed data too short or not of whole blocks",
            Self::Nonce => "nonce missing",
            Self::Structure => "TLV structure not valid",
        }
    }
}

impl KeyImport {
    fn text(self) -> &'static str {
        match self {
            Self::NoTemplate => "no open template with this id",
            Self::ImportKey => "import key id not known",
            Self::Template => "template changed where it must not be",
            Self::Origin => "usage flags not valid",
            Self::Channel => "communication keys must be set and differ",
            Self::Material => "application key not valid",
        }
    }
}

impl Payment {
    fn text(self) -> &'static str {
        match self {
            Self::Ksn => "key serial number not valid",
            Self::KeyBlock => "key block not valid",
            Self::Pin => "PIN not valid",
            Self::Mac => "MAC not valid",
            Self::ValidationData => "validation data not valid",
            Self::Cryptogram => "cryptogram not valid",
            Self::Domain => "too few values for a token",
            Self::Token => "token not found",
        }
    }
}

impl UserAuth {
    fn text(self) -> &'static str {
        match self {
            Self::Context => "user context not valid",
            Self::Method => "method not in the context or not served by the key",
            Self::UnknownMethod => "authentication method unknown",
            Self::Digits => "HOTP digits must be 6 to 8",
            Self::SecretLength => "HOTP key must be 16 to 64 bytes",
        }
    }
}
