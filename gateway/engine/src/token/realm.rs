//! A domain with its keys expanded.

use std::sync::Arc;

use subtle::ConstantTimeEq;
use typex_core::error::ErrorKind;
use typex_core::key::KeyRecord;
use typex_core::limits::TOKEN_DRAWS;
use typex_core::secret::Secret;
use typex_core::token::domain::{DomainRecord, Mode, Scheme, Vault, Version, Versions};
use typex_core::token::vault::Sealed;
use typex_core::token::{Alphabet, TokenVersion};
use typex_core::{KeyId, PartitionId};

use super::derive::{Label, derive};
use super::perform::{Held, Made};
use super::seal::{Drawn, Place, SealKey, random_bytes, tokens};
use super::vault::index_of;
use super::{Domain, TextKey, Token, TokenKey};
use crate::key::LoadedKey;
use crate::payment::cipher::Nonce;
use crate::payment::lanes::Lanes;
use crate::payment::mac::{Hash, HmacKey};
use crate::payment::{Error, Key, Pan, public};

/// A domain and those of its keys that may be used, expanded once.
pub struct Realm {
    record: DomainRecord,
    keys: Vec<Arc<LoadedKey>>,
    scheme: Keys,
}

enum Keys {
    Digits(Domain),
    Text(Box<TextKey>),
    Vault { seals: Vec<SealKey>, index: Option<HmacKey> },
}

impl Realm {
    /// A domain with its keys, of which those may be missing that are for old tokens alone: such
    /// tokens are not found.
    ///
    /// # Errors
    /// [`ErrorKind::KeyState`] without a key that new tokens need, [`ErrorKind::Internal`] for a
    /// key that is none of the domain's.
    pub fn new(record: DomainRecord, keys: Vec<Arc<LoadedKey>>) -> Result<Self, ErrorKind> {
        let known = record.keys();
        for key in &keys {
            let known = known.iter().find(|(id, ..)| *id == key.record().id);
            if known.map(|(_, what, _)| *what) != key.record().usage.token() {
                return Err(ErrorKind::Internal);
            }
        }
        let scheme = match &record.scheme {
            Scheme::Vaultless(versions) => vaultless(&record, versions, &keys)?,
            Scheme::Vaulted(vault) => vaulted(&record, vault, &keys)?,
        };
        Ok(Self { record, keys, scheme })
    }

    /// What the domain is.
    pub fn record(&self) -> &DomainRecord {
        &self.record
    }

    /// The keys that it has here.
    pub fn keys(&self) -> impl Iterator<Item = &KeyRecord> {
        self.keys.iter().map(|key| key.record())
    }

    /// Whether a key that it has was revoked.
    pub fn is_revoked(&self) -> bool {
        self.keys.iter().any(|key| key.is_revoked())
    }

    /// Whether tokens of it are random, and kept.
    pub fn has_vault(&self) -> bool {
        matches!(self.scheme, Keys::Vault { .. })
    }

    fn partition(&self) -> PartitionId {
        self.record.partition
    }

    /// Random bytes that a new token of such a value takes.
    pub(super) fn random_bytes(&self, length: usize) -> usize {
        if self.has_vault() { random_bytes(&self.record.layout, length) } else { 0 }
    }

    /// What a token stands for; [`Error::NotFoundToken`] after the same work if that is nothing.
    pub(super) async fn resolve(
        &self,
        lanes: &Lanes,
        held: &Held,
    ) -> Result<Secret<Vec<u8>>, Error> {
        match &self.scheme {
            Keys::Digits(domain) => {
                let token = Token::parse(&held.token)?;
                domain.detokenize(lanes, &token).await.map(|pan| pan.ascii())
            }
            Keys::Text(key) => key.detokenize(&held.token),
            Keys::Vault { seals, .. } => {
                let own = held.sealed.as_ref();
                let key = own.and_then(|sealed| find(seals, sealed.key, sealed.version));
                match own.zip(key) {
                    Some((sealed, key)) => key.open(self.place(&held.token), &sealed.bytes),
                    None => self.resolve_nothing(held),
                }
            }
        }
    }

    /// The card number of a token and whether it has one; otherwise some number, after the same
    /// work.
    pub(super) async fn resolve_pan(
        &self,
        lanes: &Lanes,
        held: &Held,
    ) -> Result<(Pan, bool), Error> {
        let token = Token::parse(&held.token)?;
        match &self.scheme {
            Keys::Digits(domain) => domain.resolve(lanes, &token).await,
            Keys::Text(_) => Err(Error::InvalidInput),
            Keys::Vault { .. } => match self.resolve(lanes, held).await {
                Ok(value) => Ok((Pan::parse(value.expose())?, true)),
                Err(Error::NotFoundToken) => Ok((Pan::parse(&token.ascii())?, false)),
                Err(error) => Err(error),
            },
        }
    }

    /// Computes what finding the value of a token takes.
    fn resolve_nothing(&self, held: &Held) -> Result<Secret<Vec<u8>>, Error> {
        let key = SealKey { id: KeyId([0; 16]), version: 0, key: Key::aes(&[0; 32])? };
        let value = Secret::new(vec![b'0'; held.token.len()]);
        let nothing = Nonce::reserved([0; 12]);
        key.seal(self.place(&held.token), &value, &nothing).map(drop)?;
        Err(Error::NotFoundToken)
    }

    /// The value sealed under the key that is now for that, if it is under another.
    pub(super) fn reseal(
        &self,
        held: &Held,
        value: &Secret<Vec<u8>>,
        nonce: Option<&Nonce>,
    ) -> Result<Option<Sealed>, Error> {
        let (Keys::Vault { seals, .. }, Some(old)) = (&self.scheme, &held.sealed) else {
            return Ok(None);
        };
        let current = seals.first().ok_or(Error::Internal)?;
        match nonce {
            Some(nonce) if old.key != current.id => {
                current.seal(self.place(&held.token), value, nonce).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Makes a token of a value.
    pub(super) async fn make(
        &self,
        lanes: &Lanes,
        value: &Secret<Vec<u8>>,
        random: &Secret<Vec<u8>>,
        nonces: &[Nonce],
    ) -> Result<Made, Error> {
        match &self.scheme {
            Keys::Digits(domain) => {
                let pan = Pan::parse(value.expose())?;
                domain.tokenize(lanes, &pan).await.map(|token| Made::Token(token.ascii()))
            }
            Keys::Text(key) => {
                key.tokenize(value.expose()).map(|token| Made::Token(token.expose().clone()))
            }
            Keys::Vault { seals, index } => {
                let seal = seals.first().ok_or(Error::Internal)?;
                let drawn = self.drawn(seal, value, random, nonces)?;
                let index = index
                    .as_ref()
                    .map(|key| index_of(key, &self.partition().0, &self.record.name, value));
                Ok(Made::Drawn(Box::new(Drawn { candidates: drawn, index: index.transpose()? })))
            }
        }
    }

    fn drawn(
        &self,
        seal: &SealKey,
        value: &Secret<Vec<u8>>,
        random: &Secret<Vec<u8>>,
        nonces: &[Nonce],
    ) -> Result<Vec<(Vec<u8>, Sealed)>, Error> {
        let tokens = tokens(&self.record.layout, self.record.version(), value, random)?;
        if tokens.len() != TOKEN_DRAWS || nonces.len() < TOKEN_DRAWS {
            return Err(Error::Internal);
        }
        // One in as many tokens as there are is the value itself, which nobody is to be told.
        let others = tokens.into_iter().filter(|token| {
            let is_value = token.as_slice().ct_eq(value.expose());
            !bool::from(public(is_value))
        });
        let sealed = others.zip(nonces).map(|(token, nonce)| {
            let sealed = seal.seal(self.place(&token), value, nonce)?;
            Ok((token, sealed))
        });
        sealed.collect()
    }

    /// Whether a text can be a token, without a vault.
    pub(super) fn validate(&self, text: &[u8]) -> Result<Option<TokenVersion>, Error> {
        match &self.scheme {
            Keys::Digits(domain) => domain.validate(&Token::parse(text)?),
            Keys::Text(key) => key.detokenize(text).map(|_| None),
            Keys::Vault { .. } => Err(Error::Internal),
        }
    }

    fn place<'a>(&'a self, token: &'a [u8]) -> Place<'a> {
        Place { tenant: &self.record.partition.0, domain: &self.record.name, token }
    }
}

fn find(seals: &[SealKey], id: KeyId, version: u32) -> Option<&SealKey> {
    seals.iter().find(|key| key.id == id && key.version == version)
}

/// A key of a domain, with the version of its master.
struct Derived {
    version: u32,
    key: Secret<Vec<u8>>,
}

/// A key of the domain, if it is there.
fn derived(
    record: &DomainRecord,
    keys: &[Arc<LoadedKey>],
    id: KeyId,
    label: Label,
) -> Result<Option<Derived>, ErrorKind> {
    let Some(key) = keys.iter().find(|key| key.record().id == id) else { return Ok(None) };
    let master = key.token().ok_or(ErrorKind::KeyUsage)?;
    let version = key.record().version;
    let key = derive(label, master, &record.partition.0, &record.name)?;
    Ok(Some(Derived { version, key }))
}

fn vaultless(
    record: &DomainRecord,
    versions: &Versions,
    keys: &[Arc<LoadedKey>],
) -> Result<Keys, ErrorKind> {
    let current = versions.current();
    let of = |version: &Version| derived(record, keys, version.key, Label::Encrypt);
    let Derived { key, .. } = of(current)?.ok_or(ErrorKind::KeyState)?;
    if matches!(record.layout.alphabet(), Alphabet::Characters(_)) {
        return Ok(Keys::Text(Box::new(TextKey::new(key.expose(), &record.layout)?)));
    }
    let token_key = |key: &Secret<Vec<u8>>, number| {
        TokenKey::new(key.expose(), &record.layout, number).map(Arc::new)
    };
    let mut older = Vec::new();
    for version in versions.live().filter(|one| one.key != current.key) {
        if let Some(Derived { key, .. }) = of(version)? {
            older.push(token_key(&key, version.number)?);
        }
    }
    Ok(Keys::Digits(Domain::new(token_key(&key, current.number)?, older)?))
}

fn vaulted(
    record: &DomainRecord,
    vault: &Vault,
    keys: &[Arc<LoadedKey>],
) -> Result<Keys, ErrorKind> {
    let mut seals = Vec::new();
    for id in std::iter::once(&vault.seal).chain(&vault.earlier) {
        let Some(Derived { version, key }) = derived(record, keys, *id, Label::Seal)? else {
            if *id == vault.seal {
                return Err(ErrorKind::KeyState);
            }
            continue;
        };
        seals.push(SealKey { id: *id, version, key: Key::aes(key.expose())? });
    }
    let index = match vault.mode {
        Mode::Multiple => None,
        Mode::Deterministic { index } => {
            let key = derived(record, keys, index, Label::Index)?;
            let Derived { key, .. } = key.ok_or(ErrorKind::KeyState)?;
            Some(HmacKey::new(Hash::Sha256, key.expose())?)
        }
    };
    Ok(Keys::Vault { seals, index })
}
