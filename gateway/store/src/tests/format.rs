//! The bytes as `docs/store-format.md` gives them, read with other code than the store's own.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use typex_core::codec::Record;
use typex_core::key::KeyRecord;
use typex_core::{PartitionId, Secret};

use super::keys::{OWNER, new_key};
use crate::header::Identity;
use crate::keyring::{Keyring, Place};
use crate::{Mark, Purpose, StoredRecord};

const STORE_ID: [u8; 16] = [0x51; 16];
const MASTER: [u8; 32] = [0x4d; 32];

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// One block of HKDF-Expand.
fn expand(prk: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    hmac(prk, &[info, &[&[1u8][..]]].concat())
}

fn subkey(label: &str) -> [u8; 32] {
    expand(&hmac(&STORE_ID, &[&MASTER]), &[b"typex store 1 ", label.as_bytes()])
}

fn len32(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

fn keyring() -> Keyring {
    let identity = Identity { format: 2, store_id: STORE_ID, mark: Mark::Development };
    Keyring::new(identity, &Secret::new(MASTER))
}

fn associated(part: &str) -> Vec<u8> {
    [len32(b"typex store"), vec![0, 2], STORE_ID.to_vec(), vec![1], len32(part.as_bytes())].concat()
}

#[test]
fn names_and_digests_are_as_described() {
    let (partition, id) = (PartitionId([7; 16]), b"some id");
    let table = [0, 1];
    let partition_tag = hmac(&subkey("names"), &[&table, &partition.0]);
    let name_tag = hmac(&subkey("names"), &[&table, &partition.0, &len32(id)]);
    let expected = [&table[..], &partition_tag[..8], &name_tag[..16]].concat();
    let name = keyring().row_name(KeyRecord::TABLE, partition, id);
    assert_eq!(name.as_bytes().as_slice(), expected);
    let element = hmac(&subkey("set"), &[&expected, b"row"]);
    assert_eq!(keyring().element(&name, b"row"), element);
    let digest = hmac(&subkey("lookup"), &[&len32(b"api key"), &len32(b"TEST_API")]);
    assert_eq!(keyring().lookup(Purpose::ApiKey, b"TEST_API"), digest);
    assert!(bool::from(keyring().derive("audit tail").ct_eq(&subkey("audit tail"))));
}

#[test]
fn a_row_opens_with_another_library() {
    let record = new_key(OWNER, 1, Some(5)).record;
    let (clear, id) = (record.to_bytes(), record.key());
    let place = Place { table: KeyRecord::TABLE, partition: OWNER, id: &id, binding: b"bound" };
    let row = keyring().seal(&place, 9, clear.expose()).unwrap();
    let row_name = keyring().row_name(KeyRecord::TABLE, OWNER, &id);

    let (epoch, salt) = (&row[..8], &row[8..40]);
    let name_len = usize::from(u16::from_be_bytes([row[40], row[41]]));
    let (name, body) = row[42..].split_at(name_len);
    let key = expand(&subkey("seal"), &[b"row", salt]);
    let cipher = Aes256Gcm::new_from_slice(&key).unwrap();
    let open = |nonce: u8, msg: &[u8], aad: Vec<u8>| {
        let mut bytes = [0; 12];
        bytes[11] = nonce;
        cipher.decrypt(&Nonce::from(bytes), Payload { msg, aad: &aad }).unwrap()
    };
    assert_eq!(epoch, 9u64.to_be_bytes());
    let aad = [associated("name"), len32(row_name.as_bytes()), epoch.to_vec()].concat();
    assert_eq!(open(0, name, aad), [&OWNER.0[..], &id].concat());
    let place = [vec![0, 1], OWNER.0.to_vec(), len32(&id), epoch.to_vec(), len32(b"bound")];
    assert_eq!(open(1, body, [associated("body"), place.concat()].concat()), *clear.expose());
}
