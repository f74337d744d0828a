//! Types of errors: one for each kind.
// spec: aws-payment 4

use http::StatusCode;
use typex_core::ErrorKind;
use typex_core::error::{Malformed, Payment, Unauthenticated};

use super::Plane;

/// A type of error as clients know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) name: &'static str,
    pub(super) status: StatusCode,
}

impl Type {
    const fn new(name: &'static str, status: StatusCode) -> Self {
        Self { name, status }
    }
}

pub(super) const VALIDATION: Type = Type::new("ValidationException", StatusCode::BAD_REQUEST);
pub(super) const SERIALIZATION: Type = Type::new("SerializationException", StatusCode::BAD_REQUEST);
pub(super) const UNKNOWN_OPERATION: Type =
    Type::new("UnknownOperationException", StatusCode::NOT_FOUND);
pub(super) const MISSING_TOKEN: Type =
    Type::new("MissingAuthenticationTokenException", StatusCode::FORBIDDEN);
pub(super) const INCOMPLETE_SIGNATURE: Type =
    Type::new("IncompleteSignatureException", StatusCode::BAD_REQUEST);
pub(super) const UNRECOGNIZED_CLIENT: Type =
    Type::new("UnrecognizedClientException", StatusCode::FORBIDDEN);
pub(super) const INVALID_SIGNATURE: Type =
    Type::new("InvalidSignatureException", StatusCode::FORBIDDEN);
pub(super) const NOT_FOUND: Type = Type::new("ResourceNotFoundException", StatusCode::NOT_FOUND);
pub(super) const VERIFICATION_FAILED: Type =
    Type::new("VerificationFailedException", StatusCode::BAD_REQUEST);
const ACCESS_DENIED: Type = Type::new("AccessDeniedException", StatusCode::FORBIDDEN);
const CONFLICT: Type = Type::new("ConflictException", StatusCode::CONFLICT);
const TOO_LARGE: Type = Type::new("RequestEntityTooLargeException", StatusCode::PAYLOAD_TOO_LARGE);
const THROTTLING: Type = Type::new("ThrottlingException", StatusCode::TOO_MANY_REQUESTS);
const SERVICE_QUOTA: Type =
    Type::new("ServiceQuotaExceededException", StatusCode::PAYMENT_REQUIRED);
const UNAVAILABLE: Type = Type::new("ServiceUnavailableException", StatusCode::SERVICE_UNAVAILABLE);
pub(super) const INTERNAL: Type =
    Type::new("InternalServerException", StatusCode::INTERNAL_SERVER_ERROR);

/// The type of a kind of error.
pub(super) fn of(kind: ErrorKind, plane: Plane) -> Type {
    match kind {
        ErrorKind::Malformed(Malformed::Function) => UNKNOWN_OPERATION,
        ErrorKind::Malformed(Malformed::Syntax) => SERIALIZATION,
        ErrorKind::Malformed(_)
        | ErrorKind::Unsupported
        | ErrorKind::KeyState
        | ErrorKind::KeyUsage
        | ErrorKind::KeyImport(_)
        | ErrorKind::InvalidData(_)
        | ErrorKind::VerifyFailed
        | ErrorKind::UserAuth(_) => VALIDATION,
        ErrorKind::Payment(what) => of_payment(what),
        ErrorKind::TooLarge => TOO_LARGE,
        ErrorKind::Unauthenticated(_) => INVALID_SIGNATURE,
        ErrorKind::Forbidden
        | ErrorKind::OriginRefused
        | ErrorKind::TlsRequired
        | ErrorKind::ApprovalRequired => ACCESS_DENIED,
        ErrorKind::KeyNotFound => NOT_FOUND,
        ErrorKind::WrongState | ErrorKind::KeyExists => plane.choose(VALIDATION, CONFLICT),
        ErrorKind::Quota => plane.choose(THROTTLING, SERVICE_QUOTA),
        ErrorKind::Busy | ErrorKind::Timeout | ErrorKind::ShuttingDown | ErrorKind::DeviceFault => {
            UNAVAILABLE
        }
        ErrorKind::Storage | ErrorKind::Internal => INTERNAL,
    }
}

fn of_payment(what: Payment) -> Type {
    match what {
        Payment::Token => NOT_FOUND,
        Payment::Ksn
        | Payment::KeyBlock
        | Payment::Pin
        | Payment::Mac
        | Payment::ValidationData
        | Payment::Cryptogram
        | Payment::Domain => VALIDATION,
    }
}

impl Plane {
    fn choose<T>(self, data: T, control: T) -> T {
        match self {
            Self::Data => data,
            Self::Control => control,
        }
    }
}

/// What a failed verification tells, for operations that verify.
// spec: aws-payment 4.2
pub(super) fn reason(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Payment(Payment::Pin) => "INVALID_PIN",
        ErrorKind::Payment(Payment::Mac) => "INVALID_MAC",
        ErrorKind::Payment(Payment::ValidationData) => "INVALID_VALIDATION_DATA",
        ErrorKind::Payment(Payment::Cryptogram) => "INVALID_AUTH_REQUEST_CRYPTOGRAM",
        _ => return None,
    })
}

/// What is told in the place of an error's own text.
// spec: aws-payment 2.4
pub(super) fn text(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::Unauthenticated(Unauthenticated::SignatureTime) => {
            "Signature expired, or not yet valid: x-amz-date must be within 5 minutes of the \
             gateway's time"
        }
        ErrorKind::Unauthenticated(_) => {
            "The signature does not match the request, or the access key is not known"
        }
        ErrorKind::Storage | ErrorKind::Internal | ErrorKind::DeviceFault => kind.text(),
        _ => return None,
    })
}

/// What is told of a key that is not there, whatever was asked of it.
pub(super) const NO_KEY: &str =
    "key not found: the partition of this access key has none of the name in ResourceId";

/// What a client has to mend, for errors that say no more than their kind.
pub(super) fn advice(kind: ErrorKind, plane: Plane) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::KeyUsage => {
            "operation not permitted by the key: its usage, algorithm, modes of use or \
             exportability (GetKey shows them), or what an operator gave it, do not allow this"
        }
        ErrorKind::KeyState => {
            "key not active: it is stopped, suspended or to be deleted (GetKey shows its state)"
        }
        ErrorKind::InvalidData(_) => {
            "a length or value does not fit the key or the other members: in ECB and CBC data is \
             whole blocks and a vector is one, of 8 bytes for triple DES and 16 for AES; ECB goes \
             out one block at a time; a PAN stays the same in a translation"
        }
        ErrorKind::Payment(Payment::Ksn) => {
            "key serial number not valid: its length does not fit the base key, or no device uses \
             its counter"
        }
        ErrorKind::Quota => plane.choose(
            "too much of this card, access key or key failed lately: wait before you try again",
            "there are as many of them as there may be",
        ),
        ErrorKind::KeyExists => "there is one of this name already",
        ErrorKind::Forbidden => {
            "not authorised: an operator gave this access key other operations or keys"
        }
        _ => return None,
    })
}
