//! Statuses: one for each kind of error.
// spec: stream 7

use typex_core::ErrorKind;
use typex_wire::Status;

/// The status of a kind of error.
pub fn of(kind: ErrorKind) -> Status {
    match kind {
        ErrorKind::Malformed(_) => Status::Malformed,
        ErrorKind::Unsupported => Status::Unsupported,
        ErrorKind::TooLarge => Status::TooLarge,
        ErrorKind::Unauthenticated(_) => Status::Unauthenticated,
        ErrorKind::Forbidden
        | ErrorKind::OriginRefused
        | ErrorKind::TlsRequired
        | ErrorKind::WrongState
        | ErrorKind::ApprovalRequired => Status::Forbidden,
        ErrorKind::KeyNotFound => Status::NotFound,
        ErrorKind::KeyState | ErrorKind::KeyUsage | ErrorKind::KeyExists => Status::Key,
        ErrorKind::KeyImport(_) | ErrorKind::InvalidData(_) | ErrorKind::UserAuth(_) => {
            Status::InvalidData
        }
        ErrorKind::VerifyFailed | ErrorKind::Payment(_) => Status::VerifyFailed,
        ErrorKind::Quota => Status::Quota,
        ErrorKind::Busy => Status::Busy,
        ErrorKind::Timeout => Status::Timeout,
        ErrorKind::ShuttingDown => Status::ShuttingDown,
        ErrorKind::DeviceFault | ErrorKind::Storage | ErrorKind::Internal => Status::Fault,
    }
}
