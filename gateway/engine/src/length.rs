//! Lengths that a key permits, judged before anything is computed.
// spec: enigma-bridge 2.2

use typex_core::error::{ErrorKind, InvalidData, Malformed};
use typex_core::key::{KeyRecord, Usage};
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES};

/// What a request of `sealed_bytes` to this key is refused with; else how much data its operation
/// takes, which is public: it follows from the length of the ciphertext.
#[inline]
pub(crate) fn data_bytes(record: &KeyRecord, sealed_bytes: usize) -> Result<usize, ErrorKind> {
    let body = body_bytes(record, sealed_bytes)?;
    let room = body.saturating_sub(HEADER_BYTES + 1);
    let data = match record.usage {
        // The one whole number of blocks among the lengths that a ciphertext can stand for.
        Usage::EncryptBlocks | Usage::DecryptBlocks => room / 16 * 16,
        Usage::RsaPrivate { modulus_bytes } | Usage::RsaPublic { modulus_bytes } => {
            usize::from(modulus_bytes)
        }
        Usage::Random => 2,
        _ => return Err(ErrorKind::KeyUsage),
    };
    if data == 0 || data > room { Err(failure(record.usage)) } else { Ok(data) }
}

/// The same for user authentication, whose data tells its own length. Returns the length of the
/// ciphertext.
#[inline]
pub(crate) fn body_bytes(record: &KeyRecord, sealed_bytes: usize) -> Result<usize, ErrorKind> {
    let body = sealed_bytes.saturating_sub(TAG_BYTES);
    if body == 0 || !body.is_multiple_of(16) {
        return Err(ErrorKind::Malformed(Malformed::Length));
    }
    if record.lengths.admit_ciphertext(body) { Ok(body) } else { Err(failure(record.usage)) }
}

/// How a key of this usage refuses data of another length.
pub(crate) fn failure(usage: Usage) -> ErrorKind {
    ErrorKind::InvalidData(match usage {
        Usage::Random => InvalidData::Parameter,
        Usage::EncryptBlocks
        | Usage::DecryptBlocks
        | Usage::RsaPrivate { .. }
        | Usage::RsaPublic { .. }
        | Usage::ImportUnwrap
        | Usage::General(_)
        | Usage::Payment(_)
        | Usage::Token(_) => InvalidData::Raw,
        Usage::UserContextNew
        | Usage::UserHotp
        | Usage::UserPassword
        | Usage::UserContextUpdate
        | Usage::Object(_) => InvalidData::TooLong,
    })
}
