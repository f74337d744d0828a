//! HTTP statuses: one for each kind of error.
// spec: encedo-hem 1.4

use http::StatusCode;
use typex_core::ErrorKind;
use typex_core::error::Malformed;

/// The status of a kind of error.
pub(super) fn of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed(Malformed::Function) => StatusCode::NOT_FOUND,
        ErrorKind::Malformed(_) => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        // What was understood and did not succeed, whatever the cause.
        ErrorKind::Unsupported
        | ErrorKind::ApprovalRequired
        | ErrorKind::KeyNotFound
        | ErrorKind::KeyExists
        | ErrorKind::KeyState
        | ErrorKind::KeyUsage
        | ErrorKind::KeyImport(_)
        | ErrorKind::InvalidData(_)
        | ErrorKind::VerifyFailed
        | ErrorKind::Payment(_)
        | ErrorKind::UserAuth(_)
        | ErrorKind::Quota => StatusCode::NOT_ACCEPTABLE,
        ErrorKind::WrongState => StatusCode::CONFLICT,
        ErrorKind::OriginRefused => StatusCode::PRECONDITION_FAILED,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::TlsRequired => StatusCode::IM_A_TEAPOT,
        ErrorKind::Busy | ErrorKind::Timeout | ErrorKind::ShuttingDown => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::DeviceFault | ErrorKind::Storage | ErrorKind::Internal => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}
