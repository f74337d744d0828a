//! The object of `CreateUserObject`: a filled template, sealed under an import key.
// spec: enigma-bridge 5.3

use bytes::Bytes;
use sha2::{Digest, Sha256};
use typex_core::ErrorKind;
use typex_core::error::Malformed;
use typex_core::op::enrol::ImportKey;

use super::limits::IMPORT_OBJECT_BYTES_MAX;
use super::{handle, tlv, wire};

/// The RSA block, of any length up to the modulus: one client drops leading zeros.
const RSA_BLOCK: u8 = 0xa1;
/// The template.
const PROTECTED: u8 = 0xa2;

/// Reads an import request.
///
/// # Errors
/// `Member` if a member is missing, `Value` if one is not hex, `TooLarge` above the largest
/// object of any type, `Structure` if the object is not exactly its two records.
pub(super) fn read(data: &wire::ImportData<'_>) -> Result<ImportKey, ErrorKind> {
    if data.objectid.is_empty() || data.importkey.is_empty() || data.object.is_empty() {
        return Err(ErrorKind::Malformed(Malformed::Member));
    }
    let object = handle::number(&data.objectid).ok_or(ErrorKind::Malformed(Malformed::Value))?;
    let message = message(&data.object)?;
    let (wrapped_keys, protected) =
        cut(&message).ok_or(ErrorKind::Malformed(Malformed::Structure))?;
    Ok(ImportKey {
        object,
        import_key: data.importkey.as_ref().to_owned(),
        wrapped_keys: message.slice_ref(wrapped_keys),
        protected: message.slice_ref(protected),
        digest: Sha256::digest(&message).into(),
    })
}

fn message(digits: &str) -> Result<Bytes, ErrorKind> {
    if digits.len() > IMPORT_OBJECT_BYTES_MAX * 2 {
        return Err(ErrorKind::TooLarge);
    }
    if !const_hex::check_raw(digits) {
        return Err(ErrorKind::Malformed(Malformed::Value));
    }
    let bytes = const_hex::decode(digits).map_err(|_| ErrorKind::Malformed(Malformed::Value))?;
    Ok(bytes.into())
}

fn cut(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (wrapped_keys, rest) = tlv::take(RSA_BLOCK, message)?;
    let (protected, rest) = tlv::take(PROTECTED, rest)?;
    rest.is_empty().then_some((wrapped_keys, protected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(objectid: &str, importkey: &str, object: &str) -> Result<ImportKey, ErrorKind> {
        read(&wire::ImportData {
            objectid: objectid.into(),
            importkey: importkey.into(),
            object: object.into(),
        })
    }

    #[test]
    fn both_records_and_a_digest_of_all() {
        let import = import("00002248", "1", "a10002abcda20001ef").unwrap();
        assert_eq!((import.object, import.import_key.as_str()), (0x2248, "1"));
        assert_eq!(&import.wrapped_keys[..], [0xab, 0xcd]);
        assert_eq!(&import.protected[..], [0xef]);
        let whole = Sha256::digest(const_hex::decode("a10002abcda20001ef").unwrap());
        assert_eq!(import.digest, *whole);
    }

    #[test]
    fn faults() {
        let long = "0".repeat(IMPORT_OBJECT_BYTES_MAX * 2 + 1);
        let malformed = ErrorKind::Malformed;
        for (objectid, importkey, object, fault) in [
            ("", "1", "a10000a20000", malformed(Malformed::Member)),
            ("00002248", "", "a10000a20000", malformed(Malformed::Member)),
            ("00002248", "1", "", malformed(Malformed::Member)),
            ("2248", "1", "a10000a20000", malformed(Malformed::Value)),
            ("0x002248", "1", "a10000a20000", malformed(Malformed::Value)),
            ("0x00002248", "1", "a10000a20000", malformed(Malformed::Value)),
            ("00002248", "1", "a10000a2000", malformed(Malformed::Value)),
            ("00002248", "1", "0xa10000a20000", malformed(Malformed::Value)),
            ("00002248", "1", "a20000a10000", malformed(Malformed::Structure)),
            ("00002248", "1", "a10000", malformed(Malformed::Structure)),
            ("00002248", "1", "a10000a2000000", malformed(Malformed::Structure)),
            ("00002248", "1", "a10000a20001", malformed(Malformed::Structure)),
            ("00002248", "1", &long, ErrorKind::TooLarge),
        ] {
            let found = import(objectid, importkey, object).err();
            assert_eq!(found, Some(fault), "{objectid} {importkey} {object}");
        }
    }
}
