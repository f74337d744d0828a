//! The subkeys of one store and what each is used for.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac, rand};
use typex_core::Secret;
use typex_core::codec::Encoder;
use typex_core::id::PartitionId;

use crate::error::{StoreError, Tampered};
use crate::header::Identity;
use crate::record::Table;
use crate::row::{self, Row, RowName, SALT_BYTES, TAG_BYTES};

/// What a looked-up name is for. Equal names of two purposes have unrelated digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The API key of a partition.
    ApiKey,
    /// The name of a registered client.
    ClientName,
    /// The secrets of an end user's authentication context.
    UserContext,
    /// The address of a peer.
    Peer,
    /// A card number in the audit log.
    Pan,
    /// The identity of a symmetric key, which must say nothing about its material.
    KeyId,
}

/// Everything derived from the master key.
pub(crate) struct Keyring {
    identity: Identity,
    seal: hkdf::Prk,
    names: hmac::Key,
    set: hmac::Key,
    lookup: hmac::Key,
    master: hkdf::Prk,
}

/// What a sealed record is bound to besides its place.
pub(crate) struct Place<'a> {
    pub(crate) table: Table,
    pub(crate) partition: PartitionId,
    pub(crate) id: &'a [u8],
    /// Further bytes that must be equal when the record is unsealed.
    pub(crate) binding: &'a [u8],
}

/// A record's true name, unsealed from its row.
pub(crate) struct Name {
    pub(crate) partition: PartitionId,
    pub(crate) id: Vec<u8>,
}

impl Keyring {
    pub(crate) fn new(identity: Identity, master: &Secret<[u8; 32]>) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &identity.store_id);
        let master = salt.extract(master.expose());
        let mac = |label: &str| hmac::Key::new(hmac::HMAC_SHA256, expand(&master, label).expose());
        let seal = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, expand(&master, "seal").expose());
        let (names, set, lookup) = (mac("names"), mac("set"), mac("lookup"));
        Self { identity, seal, names, set, lookup, master }
    }

    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// A key for a purpose outside the records, such as the audit log's.
    pub(crate) fn derive(&self, label: &str) -> Secret<[u8; 32]> {
        expand(&self.master, label)
    }

    /// A keyed digest by which a name is found without being stored.
    pub(crate) fn lookup(&self, purpose: Purpose, name: &[u8]) -> [u8; 32] {
        let purpose = match purpose {
            Purpose::ApiKey => "api key",
            Purpose::ClientName => "client name",
            Purpose::UserContext => "user context",
            Purpose::Peer => "peer",
            Purpose::Pan => "pan",
            Purpose::KeyId => "key id",
        };
        let mut input = Encoder::default();
        input.text(purpose).bytes(name);
        sign(&self.lookup, input.finish().expose())
    }

    /// Where a record stands: the names of tables show, those of partitions and records do not.
    pub(crate) fn row_name(&self, table: Table, partition: PartitionId, id: &[u8]) -> RowName {
        let mut input = Encoder::default();
        input.u16(table.number()).raw(&partition.0).bytes(id);
        let tag = sign(&self.names, input.finish().expose());
        RowName::new(table, self.partition_tag(table, partition), &tag)
    }

    /// What the rows of a partition in a table have in common.
    pub(crate) fn partition_tag(&self, table: Table, partition: PartitionId) -> [u8; 32] {
        let mut input = Encoder::default();
        input.u16(table.number()).raw(&partition.0);
        sign(&self.names, input.finish().expose())
    }

    /// What a row adds to the digest of the set of rows.
    pub(crate) fn element(&self, name: &RowName, row: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.set);
        context.update(name.as_bytes());
        context.update(row);
        tag_bytes(&context.sign())
    }

    /// A tag over a whole backup.
    pub(crate) fn backup_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.derive("backup").expose())
    }

    /// Seals `record` as the row that stands at `place`.
    pub(crate) fn seal(
        &self,
        place: &Place<'_>,
        epoch: u64,
        record: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let mut salt = [0; SALT_BYTES];
        fill_random(&mut salt)?;
        let row_name = self.row_name(place.table, place.partition, place.id);
        let key = self.row_key(&salt)?;
        let mut name = Encoder::default();
        name.raw(&place.partition.0).raw(place.id);
        let name_aad = self.name_aad(&row_name, epoch);
        let name = seal_part(&key, 0, &name_aad, name.finish())?;
        let body = Secret::new(record.to_vec());
        let body = seal_part(&key, 1, &self.body_aad(place, epoch), body)?;
        Ok(row::assemble(epoch, &salt, &name, &body))
    }

    /// The true name of the row at `row_name`.
    pub(crate) fn unseal_name(
        &self,
        row_name: &RowName,
        row: &Row<'_>,
    ) -> Result<Name, StoreError> {
        let key = self.row_key(row.salt)?;
        let bytes = open_part(&key, 0, &self.name_aad(row_name, row.epoch), row.name)?;
        let (partition, id) = bytes.expose().split_first_chunk().ok_or(Tampered::Row)?;
        let name = Name { partition: PartitionId(*partition), id: id.to_vec() };
        let expected = self.row_name(row_name.table(), name.partition, &name.id);
        if expected == *row_name { Ok(name) } else { Err(Tampered::Name.into()) }
    }

    /// The record of a row that must stand at `place`.
    pub(crate) fn unseal(
        &self,
        place: &Place<'_>,
        row: &Row<'_>,
    ) -> Result<Secret<Vec<u8>>, StoreError> {
        let key = self.row_key(row.salt)?;
        open_part(&key, 1, &self.body_aad(place, row.epoch), row.body)
    }

    /// Each row has a key of its own, so fixed nonces for its two parts are used once.
    fn row_key(&self, salt: &[u8; SALT_BYTES]) -> Result<LessSafeKey, StoreError> {
        let mut key = Secret::new([0; 32]);
        let info = [b"row".as_slice(), salt];
        self.seal
            .expand(&info, &AES_256_GCM)
            .and_then(|okm| okm.fill(key.expose_mut()))
            .and_then(|()| UnboundKey::new(&AES_256_GCM, key.expose()))
            .map(LessSafeKey::new)
            .map_err(|_| Tampered::Seal.into())
    }

    fn name_aad(&self, row_name: &RowName, epoch: u64) -> Vec<u8> {
        let mut aad = self.aad("name");
        aad.bytes(row_name.as_bytes()).u64(epoch);
        aad.finish().expose().clone()
    }

    fn body_aad(&self, place: &Place<'_>, epoch: u64) -> Vec<u8> {
        let mut aad = self.aad("body");
        aad.u16(place.table.number()).raw(&place.partition.0).bytes(place.id);
        aad.u64(epoch).bytes(place.binding);
        aad.finish().expose().clone()
    }

    fn aad(&self, part: &str) -> Encoder {
        let mut aad = Encoder::default();
        aad.text("typex store").u16(self.identity.format).raw(&self.identity.store_id);
        aad.u8(self.identity.flags()).text(part);
        aad
    }
}

/// Fills `bytes` from the system's generator.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), StoreError> {
    rand::fill(bytes).map_err(|_| StoreError::Random)
}

fn expand(prk: &hkdf::Prk, label: &str) -> Secret<[u8; 32]> {
    let mut key = Secret::new([0; 32]);
    prk.expand(&[b"typex store 1 ", label.as_bytes()], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(key.expose_mut()))
        .expect("32 bytes is one block of HKDF-SHA-256");
    key
}

fn sign(key: &hmac::Key, input: &[u8]) -> [u8; 32] {
    tag_bytes(&hmac::sign(key, input))
}

pub(crate) fn tag_bytes(tag: &hmac::Tag) -> [u8; 32] {
    tag.as_ref().try_into().expect("HMAC-SHA-256 has 32 bytes")
}

fn nonce(part: u8) -> Nonce {
    let mut bytes = [0; 12];
    bytes[11] = part;
    Nonce::assume_unique_for_key(bytes)
}

fn seal_part(
    key: &LessSafeKey,
    part: u8,
    aad: &[u8],
    mut clear: Secret<Vec<u8>>,
) -> Result<Vec<u8>, StoreError> {
    let tag = key
        .seal_in_place_separate_tag(nonce(part), Aad::from(aad), clear.expose_mut())
        .map_err(|_| StoreError::TooLarge { limit: crate::limits::RECORD_BYTES_MAX })?;
    let mut sealed = clear.expose().clone();
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn open_part(
    key: &LessSafeKey,
    part: u8,
    aad: &[u8],
    sealed: &[u8],
) -> Result<Secret<Vec<u8>>, StoreError> {
    let at = sealed.len().checked_sub(TAG_BYTES).ok_or(Tampered::Row)?;
    let (ciphertext, tag) = sealed.split_at(at);
    let mut clear = Secret::new(vec![0; ciphertext.len()]);
    key.open_separate_gather(nonce(part), Aad::from(aad), ciphertext, tag, clear.expose_mut())
        .map_err(|_| Tampered::Seal)?;
    Ok(clear)
}
