//! Every kind of error, for the goldens of each.

use typex_core::ErrorKind;
use typex_core::error::{InvalidData, KeyImport, Malformed, Payment, Unauthenticated, UserAuth};

/// The kind that is written like this.
pub(crate) fn named(name: &str) -> ErrorKind {
    let found = kinds().find(|kind| format!("{kind:?}") == name);
    found.unwrap_or_else(|| panic!("no kind {name}"))
}

/// The golden of a kind.
pub(crate) fn file_of(kind: ErrorKind) -> String {
    let name = format!("{kind:?}").to_lowercase().replace('(', "-").replace(')', "");
    format!("error-{name}.http")
}

/// Every kind.
pub(crate) fn kinds() -> impl Iterator<Item = ErrorKind> {
    std::iter::successors(Some(ErrorKind::Malformed(Malformed::Syntax)), |kind| after(*kind))
}

/// Walks every kind; a new one does not compile until it is given its place.
fn after(kind: ErrorKind) -> Option<ErrorKind> {
    Some(match kind {
        ErrorKind::Malformed(what) => return Some(after_malformed(what)),
        ErrorKind::Unsupported => ErrorKind::TooLarge,
        ErrorKind::TooLarge => ErrorKind::Unauthenticated(Unauthenticated::ApiKey),
        ErrorKind::Unauthenticated(what) => return Some(after_unauthenticated(what)),
        ErrorKind::Forbidden => ErrorKind::OriginRefused,
        ErrorKind::OriginRefused => ErrorKind::TlsRequired,
        ErrorKind::TlsRequired => ErrorKind::WrongState,
        ErrorKind::WrongState => ErrorKind::ApprovalRequired,
        ErrorKind::ApprovalRequired => ErrorKind::KeyNotFound,
        ErrorKind::KeyNotFound => ErrorKind::KeyExists,
        ErrorKind::KeyExists => ErrorKind::KeyState,
        ErrorKind::KeyState => ErrorKind::KeyUsage,
        ErrorKind::KeyUsage => ErrorKind::KeyImport(KeyImport::NoTemplate),
        ErrorKind::KeyImport(what) => return Some(after_key_import(what)),
        ErrorKind::InvalidData(what) => return Some(after_invalid_data(what)),
        ErrorKind::VerifyFailed => ErrorKind::Payment(Payment::Ksn),
        ErrorKind::Payment(what) => return Some(after_payment(what)),
        ErrorKind::UserAuth(what) => return Some(after_user_auth(what)),
        ErrorKind::Quota => ErrorKind::Busy,
        ErrorKind::Busy => ErrorKind::Timeout,
        ErrorKind::Timeout => ErrorKind::ShuttingDown,
        ErrorKind::ShuttingDown => ErrorKind::DeviceFault,
        ErrorKind::DeviceFault => ErrorKind::Storage,
        ErrorKind::Storage => ErrorKind::Internal,
        ErrorKind::Internal => return None,
    })
}

fn after_malformed(what: Malformed) -> ErrorKind {
    ErrorKind::Malformed(match what {
        Malformed::Syntax => Malformed::Version,
        Malformed::Version => Malformed::Function,
        Malformed::Function => Malformed::Member,
        Malformed::Member => Malformed::Value,
        Malformed::Value => Malformed::Length,
        Malformed::Length => Malformed::Nonce,
        Malformed::Nonce => Malformed::Structure,
        Malformed::Structure => return ErrorKind::Unsupported,
    })
}

fn after_unauthenticated(what: Unauthenticated) -> ErrorKind {
    ErrorKind::Unauthenticated(match what {
        Unauthenticated::ApiKey => Unauthenticated::Client,
        Unauthenticated::Client => Unauthenticated::Token,
        Unauthenticated::Token => Unauthenticated::Signature,
        Unauthenticated::Signature => Unauthenticated::SignatureTime,
        Unauthenticated::SignatureTime => return ErrorKind::Forbidden,
    })
}

fn after_key_import(what: KeyImport) -> ErrorKind {
    ErrorKind::KeyImport(match what {
        KeyImport::NoTemplate => KeyImport::ImportKey,
        KeyImport::ImportKey => KeyImport::Template,
        KeyImport::Template => KeyImport::Origin,
        KeyImport::Origin => KeyImport::Channel,
        KeyImport::Channel => KeyImport::Material,
        KeyImport::Material => return ErrorKind::InvalidData(InvalidData::Raw),
    })
}

fn after_invalid_data(what: InvalidData) -> ErrorKind {
    ErrorKind::InvalidData(match what {
        InvalidData::Raw => InvalidData::Parameter,
        InvalidData::Parameter => InvalidData::TooLong,
        InvalidData::TooLong => return ErrorKind::VerifyFailed,
    })
}

fn after_payment(what: Payment) -> ErrorKind {
    ErrorKind::Payment(match what {
        Payment::Ksn => Payment::KeyBlock,
        Payment::KeyBlock => Payment::Pin,
        Payment::Pin => Payment::Mac,
        Payment::Mac => Payment::ValidationData,
        Payment::ValidationData => Payment::Cryptogram,
        Payment::Cryptogram => Payment::Domain,
        Payment::Domain => Payment::Token,
        Payment::Token => return ErrorKind::UserAuth(UserAuth::Context),
    })
}

fn after_user_auth(what: UserAuth) -> ErrorKind {
    ErrorKind::UserAuth(match what {
        UserAuth::Context => UserAuth::Method,
        UserAuth::Method => UserAuth::UnknownMethod,
        UserAuth::UnknownMethod => UserAuth::Digits,
        UserAuth::Digits => UserAuth::SecretLength,
        UserAuth::SecretLength => return ErrorKind::Quota,
    })
}
