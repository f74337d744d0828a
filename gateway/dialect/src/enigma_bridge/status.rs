//! Status codes: one for each kind of error, one text for each code.
// spec: enigma-bridge 7

use std::borrow::Cow;

use typex_core::error::{InvalidData, KeyImport, Malformed, Payment, Unauthenticated, UserAuth};
use typex_core::{Error, ErrorKind};

/// A status of the Enigma Bridge API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status(u16);

impl Status {
    pub(super) const SUCCESS: Self = Self(0x9000);
    /// The type of a key to be does not exist; no other dialect numbers its operations.
    pub(super) const OPERATION_TYPE: Self = Self(0x8083);

    /// The status of a kind of error.
    pub(super) fn of(kind: ErrorKind) -> Self {
        Self(match kind {
            ErrorKind::Malformed(what) => malformed(what),
            ErrorKind::Unsupported => 0x8004,
            ErrorKind::TooLarge => 0x8031,
            ErrorKind::Unauthenticated(what) => unauthenticated(what),
            // No origin or instance is looked at here, and TLS is not asked for.
            ErrorKind::Forbidden
            | ErrorKind::OriginRefused
            | ErrorKind::TlsRequired
            | ErrorKind::WrongState
            | ErrorKind::ApprovalRequired => 0x20bc,
            ErrorKind::KeyNotFound => 0x8034,
            ErrorKind::KeyExists => 0x4078,
            ErrorKind::KeyState => 0x4081,
            ErrorKind::KeyUsage => 0x803c,
            ErrorKind::KeyImport(what) => key_import(what),
            ErrorKind::InvalidData(InvalidData::Raw) => 0x6f00,
            ErrorKind::InvalidData(InvalidData::Parameter) => 0x8032,
            ErrorKind::InvalidData(InvalidData::TooLong) => 0x8054,
            ErrorKind::VerifyFailed => 0xa0a1,
            ErrorKind::Payment(what) => payment(what),
            ErrorKind::UserAuth(what) => user_auth(what),
            ErrorKind::Quota => 0x4070,
            ErrorKind::Busy => 0x10a6,
            ErrorKind::Timeout => 0x1006,
            ErrorKind::ShuttingDown => 0x100f,
            ErrorKind::DeviceFault => 0xf012,
            ErrorKind::Storage | ErrorKind::Internal => 0xf003,
        })
    }

    /// The number.
    pub(super) fn code(self) -> u16 {
        self.0
    }

    /// Exactly four lower-case hex digits, which is what every client reads.
    // spec: enigma-bridge 1.6
    pub(super) fn hex(self) -> [u8; 4] {
        let mut text = [0; 4];
        const_hex::encode_to_slice(self.code().to_be_bytes(), &mut text)
            .expect("two bytes are four digits");
        text
    }

    /// What it means, where nothing more exact is said.
    pub(super) fn text(self) -> &'static str {
        TEXTS.iter().find(|(code, _)| *code == self.0).map_or("error", |(_, text)| text)
    }
}

impl From<ErrorKind> for Status {
    fn from(kind: ErrorKind) -> Self {
        Self::of(kind)
    }
}

impl From<Malformed> for Status {
    fn from(what: Malformed) -> Self {
        Self(malformed(what))
    }
}

/// What a client may read of an error. An answer about a MAC or padding never says more than its
/// status does.
pub(super) fn detail(error: &Error) -> Cow<'static, str> {
    if error.kind == ErrorKind::VerifyFailed || error.public == error.kind.text() {
        return Status::of(error.kind).text().into();
    }
    error.public.clone()
}

fn malformed(what: Malformed) -> u16 {
    match what {
        Malformed::Syntax => 0x8037,
        Malformed::Version => 0x8038,
        Malformed::Function => 0x8001,
        Malformed::Member => 0x8036,
        Malformed::Value => 0x8039,
        Malformed::Length => 0x8049,
        Malformed::Nonce => 0x803a,
        Malformed::Structure => 0x804c,
    }
}

fn key_import(what: KeyImport) -> u16 {
    match what {
        KeyImport::NoTemplate => 0x803b,
        KeyImport::ImportKey => 0x8033,
        KeyImport::Template => 0x803e,
        KeyImport::Origin => 0x8099,
        KeyImport::Channel => 0x8097,
        KeyImport::Material => 0x8096,
    }
}

fn unauthenticated(what: Unauthenticated) -> u16 {
    match what {
        Unauthenticated::ApiKey => 0x8068,
        Unauthenticated::Client => 0x8069,
        // Neither is looked at here.
        Unauthenticated::Token | Unauthenticated::Signature | Unauthenticated::SignatureTime => {
            0x20bc
        }
    }
}

/// What of them an answer tells inside never comes here.
// spec: enigma-bridge 4.5
fn payment(what: Payment) -> u16 {
    match what {
        Payment::Ksn | Payment::Domain => 0x8032,
        Payment::Token => 0x803b,
        Payment::Mac => 0xa0a1,
        Payment::KeyBlock | Payment::Pin | Payment::ValidationData | Payment::Cryptogram => 0x6f00,
    }
}

fn user_auth(what: UserAuth) -> u16 {
    match what {
        UserAuth::Context => 0xa0b6,
        UserAuth::Method => 0x80b9,
        UserAuth::UnknownMethod => 0xa0ba,
        UserAuth::Digits => 0x80b4,
        UserAuth::SecretLength => 0xa056,
    }
}

const TEXTS: [(u16, &str); 40] = [
    (0x9000, "success (ok)"),
    (0x1006, "timed out, try again"),
    (0x100f, "service going down"),
    (0x10a6, "queues full, try again"),
    (0x20bc, "not authorised"),
    (0x4070, "quota used up"),
    (0x4078, "object exists already"),
    (0x4081, "object not active"),
    (0x6f00, "wrong input length or value"),
    (0x8001, "operation unknown"),
    (0x8004, "operation not available"),
    (0x8031, "input too long"),
    (0x8032, "parameter length or value wrong"),
    (0x8033, "import key not valid"),
    (0x8034, "user object not valid"),
    (0x8036, "argument missing or bad"),
    (0x8037, "request does not parse"),
    (0x8038, "version not supported"),
    (0x8039, "request content not valid"),
    (0x803a, "nonce missing"),
    (0x803b, "no open template of this object id, or no such token"),
    (0x803c, "operation not supported by the object"),
    (0x803e, "template changed where it must not be"),
    (0x8049, "data too short or not of whole blocks"),
    (0x804c, "TLV format not valid"),
    (0x8054, "data too long"),
    (0x8068, "API key not valid"),
    (0x8069, "client not valid"),
    (0x8083, "operation type not valid"),
    (0x8096, "application key not valid"),
    (0x8097, "communication keys must be set and differ"),
    (0x8099, "usage flags not valid"),
    (0x80b4, "HOTP digits must be 6 to 8"),
    (0x80b9, "authentication method not allowed"),
    (0xa056, "HOTP key must be 16 to 64 bytes"),
    (0xa0a1, "MAC on data wrong"),
    (0xa0b6, "user context not valid"),
    (0xa0ba, "authentication method unknown"),
    (0xf003, "processing error"),
    (0xf012, "processor failed"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_unique_and_short() {
        for (at, (code, text)) in TEXTS.iter().enumerate() {
            assert!(TEXTS[at + 1..].iter().all(|(other, _)| other != code), "{code:04x} twice");
            assert!(text.len() < 64 && text.is_ascii() && !text.contains(['"', '\\']));
        }
        assert_eq!(Status::SUCCESS.text(), "success (ok)");
        assert_eq!(Status(0x20bc).hex(), *b"20bc");
        assert_eq!(Status(0x000f).hex(), *b"000f");
    }

    #[test]
    fn a_failed_verification_never_tells_its_cause() {
        let error = Error::new(ErrorKind::VerifyFailed, "padding wrong");
        assert_eq!(detail(&error), "MAC on data wrong");
        let error = Error::new(ErrorKind::TooLarge, "at most 1056 bytes");
        assert_eq!(detail(&error), "at most 1056 bytes");
        assert_eq!(detail(&ErrorKind::KeyNotFound.into()), "user object not valid");
    }
}
