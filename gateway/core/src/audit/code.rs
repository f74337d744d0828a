//! The names of outcomes in the log. They are part of the format: a name is never changed or
//! given to another kind.

use crate::error::{
    ErrorKind, InvalidData, KeyImport, Malformed, Payment, Unauthenticated, UserAuth,
};

macro_rules! codes {
    ($($kind:ident $(($inner:ident::$what:ident))? => $code:literal,)*) => {
        /// The name of a kind of failure.
        pub fn name(kind: ErrorKind) -> &'static str {
            match kind {
                $(ErrorKind::$kind $(($inner::$what))? => $code,)*
            }
        }

        /// The kind of failure with this name.
        pub fn parse(name: &str) -> Option<ErrorKind> {
            match name {
                $($code => Some(ErrorKind::$kind $(($inner::$what))?),)*
                _ => None,
            }
        }

        #[cfg(test)]
        pub(super) const ALL: &[ErrorKind] = &[$(ErrorKind::$kind $(($inner::$what))?,)*];
    };
}

codes! {
    Malformed(Malformed::Syntax) => "malformed.syntax",
    Malformed(Malformed::Version) => "malformed.version",
    Malformed(Malformed::Function) => "malformed.function",
    Malformed(Malformed::Member) => "malformed.member",
    Malformed(Malformed::Value) => "malformed.value",
    Malformed(Malformed::Length) => "malformed.length",
    Malformed(Malformed::Nonce) => "malformed.nonce",
    Malformed(Malformed::Structure) => "malformed.structure",
    Unsupported => "unsupported",
    TooLarge => "too_large",
    Unauthenticated(Unauthenticated::ApiKey) => "unauthenticated.api_key",
    Unauthenticated(Unauthenticated::Client) => "unauthenticated.client",
    Unauthenticated(Unauthenticated::Token) => "unauthenticated.token",
    Unauthenticated(Unauthenticated::Signature) => "unauthenticated.signature",
    Unauthenticated(Unauthenticated::SignatureTime) => "unauthenticated.signature_time",
    Forbidden => "forbidden",
    OriginRefused => "origin_refused",
    TlsRequired => "tls_required",
    WrongState => "wrong_state",
    ApprovalRequired => "approval_required",
    KeyNotFound => "key_not_found",
    KeyExists => "key_exists",
    KeyState => "key_state",
    KeyUsage => "key_usage",
    KeyImport(KeyImport::NoTemplate) => "key_import.no_template",
    KeyImport(KeyImport::ImportKey) => "key_import.import_key",
    KeyImport(KeyImport::Template) => "key_import.template",
    KeyImport(KeyImport::Origin) => "key_import.origin",
    KeyImport(KeyImport::Channel) => "key_import.channel",
    KeyImport(KeyImport::Material) => "key_import.material",
    InvalidData(InvalidData::Raw) => "invalid_data.raw",
    InvalidData(InvalidData::Parameter) => "invalid_data.parameter",
    InvalidData(InvalidData::TooLong) => "invalid_data.too_long",
    VerifyFailed => "verify_failed",
    Payment(Payment::Ksn) => "payment.ksn",
    Payment(Payment::KeyBlock) => "payment.key_block",
    Payment(Payment::Pin) => "payment.pin",
    Payment(Payment::Mac) => "payment.mac",
    Payment(Payment::ValidationData) => "payment.validation_data",
    Payment(Payment::Cryptogram) => "payment.cryptogram",
    Payment(Payment::Domain) => "payment.domain",
    Payment(Payment::Token) => "payment.token",
    UserAuth(UserAuth::Context) => "user_auth.context",
    UserAuth(UserAuth::Method) => "user_auth.method",
    UserAuth(UserAuth::UnknownMethod) => "user_auth.unknown_method",
    UserAuth(UserAuth::Digits) => "user_auth.digits",
    UserAuth(UserAuth::SecretLength) => "user_auth.secret_length",
    Quota => "quota",
    Busy => "busy",
    Timeout => "timeout",
    ShuttingDown => "shutting_down",
    DeviceFault => "device_fault",
    Storage => "storage",
    Internal => "internal",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_kind() {
        for kind in ALL {
            assert_eq!(parse(name(*kind)), Some(*kind));
        }
        assert_eq!(parse("ok"), None);
    }
}
