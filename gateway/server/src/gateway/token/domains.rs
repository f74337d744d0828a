//! Domains in the store: what clients and operators change of them.

use typex_core::error::InvalidData;
use typex_core::key::{KeyName, KeyRecord, Material, TokenUse, Usage};
use typex_core::token::domain::{
    DomainRecord, Mode, NewDomain, NewScheme, Scheme, Vault, Versions,
};
use typex_core::token::{DomainName, TokenVersion};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret, UnixMs};
use typex_store::{NewKey, Tx};

/// Bytes of a master key.
const KEY_BYTES: usize = 32;

/// A key that was drawn and is not kept yet.
pub(crate) struct Drawn {
    id: KeyId,
    key: Secret<Vec<u8>>,
}

/// As many as a new domain may need: one that seals and one for its index.
pub(crate) const KEYS_MAX: usize = 2;

impl Drawn {
    /// Draws one.
    ///
    /// # Errors
    /// Those of `fill`.
    pub(crate) fn new<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut drawn = Self { id: KeyId([0; 16]), key: Secret::new(vec![0; KEY_BYTES]) };
        fill(&mut drawn.id.0)?;
        fill(drawn.key.expose_mut())?;
        Ok(drawn)
    }

    fn keep(
        self,
        tx: &mut Tx<'_>,
        place: (PartitionId, UnixMs),
        what: TokenUse,
    ) -> Result<(), Error> {
        let (partition, now) = place;
        let record = KeyRecord::first(self.id, partition, Usage::Token(what), now);
        let material = Material::Symmetric(self.key);
        tx.create_key(NewKey { record, channel: None, material }).map(drop)
    }
}

/// Makes a domain and its keys.
///
/// # Errors
/// What layout, limits and store refuse.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    partition: PartitionId,
    new: NewDomain,
    drawn: [Drawn; KEYS_MAX],
    now: UnixMs,
) -> Result<DomainRecord, Error> {
    new.limits.check()?;
    let [first, second] = drawn;
    let (scheme, uses) = match new.scheme {
        NewScheme::Vaultless => {
            let versions = Versions::first(&new.layout, first.id);
            (Scheme::Vaultless(versions), [Some(TokenUse::Encrypt), None])
        }
        NewScheme::Vaulted { deterministic, ttl_ms } => {
            if ttl_ms == Some(0) {
                return Err(ErrorKind::InvalidData(InvalidData::Parameter).into());
            }
            let (mode, index) = match deterministic {
                true => (Mode::Deterministic { index: second.id }, Some(TokenUse::Index)),
                false => (Mode::Multiple, None),
            };
            let vault = Vault { mode, ttl_ms, seal: first.id, earlier: vec![] };
            (Scheme::Vaulted(vault), [Some(TokenUse::Seal), index])
        }
    };
    let record = DomainRecord::new(partition, new, scheme, now).map_err(ErrorKind::from)?;
    tx.create_token_domain(&record)?;
    for (key, what) in [first, second].into_iter().zip(uses) {
        if let Some(what) = what {
            key.keep(tx, (partition, now), what)?;
        }
    }
    Ok(record)
}

/// Makes or seals new tokens under another key: one that is there, or the one that was drawn.
///
/// # Errors
/// Those of [`DomainRecord::rotate`]; [`ErrorKind::KeyUsage`] and [`ErrorKind::KeyState`] for a key
/// that cannot do it; those of the store.
pub(crate) fn rotate(
    tx: &mut Tx<'_>,
    place: (PartitionId, UnixMs),
    name: &DomainName,
    key: Option<KeyId>,
    drawn: Drawn,
) -> Result<DomainRecord, Error> {
    let (partition, now) = place;
    let mut record = tx.token_domain(partition, name)?;
    let what = match record.scheme {
        Scheme::Vaultless(_) => TokenUse::Encrypt,
        Scheme::Vaulted(_) => TokenUse::Seal,
    };
    let id = match key {
        Some(id) => {
            let key = tx.key_record(partition, KeyName::Id(id))?;
            let fits = key.usage == Usage::Token(what);
            fits.then_some(()).ok_or(ErrorKind::KeyUsage)?;
            key.is_usable(now).then_some(id).ok_or(ErrorKind::KeyState)?
        }
        None => drawn.id,
    };
    record.rotate(id, now)?;
    if key.is_none() {
        drawn.keep(tx, place, what)?;
    }
    tx.put(&record)?;
    Ok(record)
}

/// Has tokens of an earlier version mean nothing any more.
///
/// # Errors
/// Those of [`DomainRecord::retire`] and of the store.
pub(crate) fn retire(
    tx: &mut Tx<'_>,
    (partition, now): (PartitionId, UnixMs),
    name: &DomainName,
    version: TokenVersion,
) -> Result<DomainRecord, Error> {
    let mut record = tx.token_domain(partition, name)?;
    record.retire(version, now)?;
    tx.put(&record)?;
    Ok(record)
}
