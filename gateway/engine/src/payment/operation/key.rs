//! The keys of a job, opened: those in key blocks unwrapped, those of transactions derived.

use std::ops::Deref;

use arrayvec::ArrayVec;
use typex_core::key::payment::{Algorithm as Stored, Usage};
use typex_core::limits::PAYMENT_PARTS_MAX;
use typex_core::op::payment::{self as call, DukptKeyType, Operation, Part, fits};

use super::job::{JobKey, KeySource};
use crate::payment::component::is_weak_of_any_parity;
use crate::payment::dukpt::{CounterRule, Direction, Dukpt};
use crate::payment::dukpt_aes::KeyType;
use crate::payment::key_block;
use crate::payment::lanes::Lanes;
use crate::payment::loaded::PaymentKey;
use crate::payment::mac::{Hash, HmacKey};
use crate::payment::{Algorithm, Error, Key};

/// The keys of a job.
pub(super) struct Keys<'a>(ArrayVec<OpenKey<'a>, PAYMENT_PARTS_MAX>);

/// A key in its part.
pub(super) struct OpenKey<'a> {
    job: &'a JobKey,
    held: Held<'a>,
}

enum Held<'a> {
    Stored(&'a PaymentKey),
    Unwrapped(Key),
}

/// A key that an operation computes with: as it is, or derived for one transaction.
pub(super) enum Working<'a> {
    Stored(&'a Key),
    Own(Key),
}

impl Deref for Working<'_> {
    type Target = Key;

    fn deref(&self) -> &Key {
        match self {
            Self::Stored(key) => key,
            Self::Own(key) => key,
        }
    }
}

impl<'a> Keys<'a> {
    /// Unwraps what is wrapped.
    pub(super) async fn open(
        lanes: &Lanes,
        operation: Operation,
        named: &'a [JobKey],
    ) -> Result<Self, Error> {
        let mut keys = ArrayVec::new();
        for key in named {
            let held = Held::open(lanes, operation, key).await?;
            keys.try_push(OpenKey { job: key, held }).map_err(|_| Error::Internal)?;
        }
        Ok(Self(keys))
    }

    /// The key of a part.
    pub(super) fn find(&self, part: Part) -> Result<&OpenKey<'a>, Error> {
        self.optional(part).ok_or(Error::InvalidInput)
    }

    pub(super) fn optional(&self, part: Part) -> Option<&OpenKey<'a>> {
        self.0.iter().find(|key| key.job.part == part)
    }
}

impl<'a> Held<'a> {
    async fn open(lanes: &Lanes, operation: Operation, key: &'a JobKey) -> Result<Self, Error> {
        let (text, attributes, under) = match &key.source {
            KeySource::Stored(key) => {
                return Ok(Self::Stored(key.payment().ok_or(Error::KeyUsage)?));
            }
            KeySource::Block { text, attributes, under } => (text, attributes, under),
        };
        let under = under.payment().ok_or(Error::KeyUsage)?.cipher()?;
        let block = key_block::read(lanes, under, text.expose()).await?;
        let found = key_block::attributes(&block.header, block.key.expose().len());
        let found = found.ok_or(Error::KeyUsage)?;
        if (found.usage, found.mode) != (attributes.usage, attributes.mode) {
            return Err(Error::KeyBlockInvalid);
        }
        if !fits(operation, key.part, &found) {
            return Err(Error::KeyUsage);
        }
        let algorithm = match found.algorithm {
            Stored::Aes(_) => Algorithm::Aes,
            _ if is_weak_of_any_parity(block.key.expose()) => return Err(Error::KeyUsage),
            _ => Algorithm::Tdes,
        };
        Key::new(algorithm, block.key.expose()).map(Self::Unwrapped)
    }
}

impl OpenKey<'_> {
    /// Where it came from.
    pub(super) fn job(&self) -> &JobKey {
        self.job
    }

    /// What it is for.
    pub(super) fn usage(&self) -> Result<Usage, Error> {
        match &self.job.source {
            KeySource::Stored(key) => {
                key.payment().map(|key| key.attributes().usage).ok_or(Error::KeyUsage)
            }
            KeySource::Block { attributes, .. } => Ok(attributes.usage),
        }
    }

    /// A stored key, with what policy does not look at.
    pub(super) fn stored(&self) -> Result<&PaymentKey, Error> {
        match &self.held {
            Held::Stored(key) => Ok(key),
            Held::Unwrapped(_) => Err(Error::KeyUsage),
        }
    }

    /// The key itself, of one that is no base key.
    pub(super) fn cipher(&self) -> Result<&Key, Error> {
        if self.job.dukpt.is_some() {
            return Err(Error::InvalidInput);
        }
        self.held_cipher()
    }

    /// For data.
    pub(super) async fn data_key(&self, lanes: &Lanes) -> Result<Working<'_>, Error> {
        match self.dukpt()? {
            Some(dukpt) => dukpt.data_key(lanes).await.map(Working::Own),
            None => self.held_cipher().map(Working::Stored),
        }
    }

    /// For PIN blocks.
    pub(super) async fn pin_key(&self, lanes: &Lanes) -> Result<Working<'_>, Error> {
        match self.dukpt()? {
            Some(dukpt) => dukpt.pin_key(lanes).await.map(Working::Own),
            None => self.held_cipher().map(Working::Stored),
        }
    }

    /// For MACs by a cipher, of a transaction.
    pub(super) async fn mac_key(&self, lanes: &Lanes) -> Result<Key, Error> {
        self.dukpt()?.ok_or(Error::InvalidInput)?.mac_key(lanes).await
    }

    /// For HMAC, of a transaction.
    pub(super) async fn hmac_key(&self, lanes: &Lanes, hash: Hash) -> Result<HmacKey, Error> {
        let dukpt = self.dukpt()?.ok_or(Error::InvalidInput)?;
        let key_type = match dukpt.key_type {
            KeyType::Aes128 => KeyType::Hmac128,
            KeyType::Aes192 => KeyType::Hmac192,
            KeyType::Aes256 => KeyType::Hmac256,
            _ => return Err(Error::KeyUsage),
        };
        Dukpt { key_type, ..dukpt }.hmac_key(lanes, hash).await
    }

    fn held_cipher(&self) -> Result<&Key, Error> {
        match &self.held {
            Held::Stored(key) => key.cipher(),
            Held::Unwrapped(key) => Ok(key),
        }
    }

    /// The transaction: one is given for base keys and for no others.
    fn dukpt(&self) -> Result<Option<Dukpt<'_>>, Error> {
        let is_base = match &self.held {
            Held::Stored(key) => key.attributes().usage == Usage::BASE,
            Held::Unwrapped(_) => false,
        };
        match &self.job.dukpt {
            None if !is_base => Ok(None),
            Some(given) if is_base => {
                let devices = self.stored().ok().map(PaymentKey::devices);
                let dukpt = dukpt(self.held_cipher()?, given)?;
                Ok(Some(Dukpt { devices, ..dukpt }))
            }
            _ => Err(Error::InvalidInput),
        }
    }
}

fn dukpt<'a>(base: &'a Key, given: &'a call::Dukpt) -> Result<Dukpt<'a>, Error> {
    let key_type = match (given.key_type, base.algorithm()) {
        (Some(DukptKeyType::Tdes2), _) | (None, Algorithm::Tdes) => KeyType::Tdes2,
        (None, Algorithm::Aes) => KeyType::of(base)?,
        (Some(DukptKeyType::Tdes3), _) => KeyType::Tdes3,
        (Some(DukptKeyType::Aes128), _) => KeyType::Aes128,
        (Some(DukptKeyType::Aes192), _) => KeyType::Aes192,
        (Some(DukptKeyType::Aes256), _) => KeyType::Aes256,
    };
    let direction = match given.direction {
        call::Direction::Request => Direction::Request,
        call::Direction::Response => Direction::Response,
        call::Direction::Both => Direction::Both,
    };
    let rule = CounterRule::Strict;
    Ok(Dukpt { base, ksn: &given.ksn, rule, direction, key_type, devices: None })
}
