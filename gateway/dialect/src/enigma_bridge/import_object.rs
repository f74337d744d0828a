//! The object of `CreateUserObject`: a filled template, sealed under an import key.
// spec: enigma-bridge 5.3

use bytes::Bytes;
use sha2::{Digest, Sha256};
use typex_core::ErrorKind;
use typex_core::error::{KeyImport, Malformed};
use typex_core::op::enrol::ImportKey;

use super::limits::{IMPORT_KEY_CHARS_MAX, IMPORT_OBJECT_BYTES_MAX};
use super::render::Fault;
use super::{handle, tlv, wire};

/// The RSA block, of any length up to the modulus: one client drops leading zeros.
const RSA_BLOCK: u8 = 0xa1;
/// The template.
const PROTECTED: u8 = 0xa2;

/// Reads an import request.
///
/// # Errors
/// `Member` if a member is missing, `Value` if one is not hex, `ImportKey` if its id is longer
/// than any, `TooLarge` above the largest object of any type, `Structure` if the object is not
/// exactly its two records.
pub(super) fn read(data: &wire::ImportData<'_>) -> Result<ImportKey, Fault> {
    if data.objectid.is_empty() || data.importkey.is_empty() || data.object.is_empty() {
        return Err(Fault::new(Malformed::Member, "objectid, importkey and object are needed"));
    }
    let object = handle::number(&data.objectid)
        .ok_or_else(|| Fault::new(Malformed::Value, "objectid must be 8 hex digits"))?;
    if data.importkey.len() > IMPORT_KEY_CHARS_MAX {
        return Err(ErrorKind::KeyImport(KeyImport::ImportKey).into());
    }
    let message = message(&data.object)?;
    let (wrapped_keys, protected) = cut(&message).ok_or_else(|| {
        Fault::new(Malformed::Structure, "object must be a record a1, a record a2, no more")
    })?;
    Ok(ImportKey {
        object,
        import_key: data.importkey.as_ref().to_owned(),
        wrapped_keys: message.slice_ref(wrapped_keys),
        protected: message.slice_ref(protected),
        digest: Sha256::digest(&message).into(),
    })
}

fn message(digits: &str) -> Result<Bytes, Fault> {
    let not_hex = || Fault::new(Malformed::Value, "object must be hex");
    if digits.len() > IMPORT_OBJECT_BYTES_MAX * 2 {
        return Err(Fault::new(ErrorKind::TooLarge, "object must be at most 2048 bytes"));
    }
    // The decoder would skip a leading 0x.
    if !const_hex::check_raw(digits) {
        return Err(not_hex());
    }
    Ok(const_hex::decode(digits).map_err(|_| not_hex())?.into())
}

fn cut(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (wrapped_keys, rest) = tlv::take(RSA_BLOCK, message)?;
    let (protected, rest) = tlv::take(PROTECTED, rest)?;
    rest.is_empty().then_some((wrapped_keys, protected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn import(objectid: &str, importkey: &str, object: &str) -> Result<ImportKey, Fault> {
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
        for (objectid, importkey, object, fault) in [
            ("", "1", "a10000a20000", 0x8036),
            ("00002248", "", "a10000a20000", 0x8036),
            ("00002248", "1", "", 0x8036),
            ("2248", "1", "a10000a20000", 0x8039),
            ("0x002248", "1", "a10000a20000", 0x8039),
            ("0x00002248", "1", "a10000a20000", 0x8039),
            ("00002248", "1", "a10000a2000", 0x8039),
            ("00002248", "1", "0xa10000a20000", 0x8039),
            ("00002248", "1", "a20000a10000", 0x804c),
            ("00002248", "1", "a10000", 0x804c),
            ("00002248", "1", "a10000a2000000", 0x804c),
            ("00002248", "1", "a10000a20001", 0x804c),
            ("00002248", "1", &long, 0x8031),
            ("00002248", "12345678901", "a10000a20000", 0x8033),
        ] {
            let found = import(objectid, importkey, object).err().map(|fault| fault.status.code());
            assert_eq!(found, Some(fault), "{objectid} {importkey} {object}");
        }
    }
}
