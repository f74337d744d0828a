//! Keys of one transaction under a base key of either kind, by what a host does with them.

use typex_core::Secret;

use super::devices::Devices;
use super::dukpt_aes::{KeyType, Usage};
use super::dukpt_tdes::Purpose;
use super::lanes::Lanes;
use super::mac::{Hash, HmacKey};
use super::{Algorithm, Error, Key, dukpt_aes, dukpt_tdes};

/// From which side a message comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the device.
    Request,
    /// From the host.
    Response,
    /// From either.
    #[default]
    Both,
}

/// Which counters are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CounterRule {
    /// Those that a device uses: not zero, and few enough ones.
    #[default]
    Strict,
    /// Any, in a laboratory.
    Any,
}

/// A transaction: which base key, which device and counter, which kind of keys.
pub struct Dukpt<'a> {
    /// Triple DES of 16 bytes, or AES.
    pub base: &'a Key,
    /// 8 or 10 bytes under triple DES, 12 under AES.
    pub ksn: &'a [u8],
    /// Which counters are taken.
    pub rule: CounterRule,
    /// From which side the message comes. PIN keys do not depend on it.
    pub direction: Direction,
    /// What kind of key is derived. Under triple DES only [`KeyType::Tdes2`].
    pub key_type: KeyType,
    /// Where initial keys of this base key are kept, if they are.
    pub devices: Option<&'a Devices>,
}

impl Dukpt<'_> {
    /// The key of PIN blocks.
    ///
    /// # Errors
    /// [`Error::InvalidKsn`]; [`Error::KeyUsage`] for a type that cannot be had from the base key
    /// or is none of a cipher.
    pub async fn pin_key(&self, lanes: &Lanes) -> Result<Key, Error> {
        self.key(lanes, Purpose::Pin, Usage::Pin).await
    }

    /// The key of MACs by a cipher.
    ///
    /// # Errors
    /// As of [`pin_key`](Self::pin_key).
    pub async fn mac_key(&self, lanes: &Lanes) -> Result<Key, Error> {
        self.key(lanes, Purpose::Mac(self.direction), self.mac_usage()).await
    }

    /// The key of HMAC, under AES only.
    ///
    /// # Errors
    /// [`Error::InvalidKsn`]; [`Error::KeyUsage`] for a type that cannot be had from the base key
    /// or is not of HMAC.
    pub async fn hmac_key(&self, lanes: &Lanes, hash: Hash) -> Result<HmacKey, Error> {
        let wrong = self.base.algorithm() == Algorithm::Tdes || self.key_type.cipher().is_some();
        if wrong {
            return Err(Error::KeyUsage);
        }
        HmacKey::new(hash, self.aes(lanes, self.mac_usage()).await?.expose())
    }

    /// The key of data.
    ///
    /// # Errors
    /// As of [`pin_key`](Self::pin_key).
    pub async fn data_key(&self, lanes: &Lanes) -> Result<Key, Error> {
        let usage = match self.direction {
            Direction::Request => Usage::DataEncrypt,
            Direction::Response => Usage::DataDecrypt,
            Direction::Both => Usage::DataBoth,
        };
        self.key(lanes, Purpose::Data(self.direction), usage).await
    }

    /// The key of data of old readers that leave the one-way step out. Triple DES only.
    ///
    /// # Errors
    /// As of [`pin_key`](Self::pin_key).
    pub async fn data_key_without_step(&self, lanes: &Lanes) -> Result<Key, Error> {
        self.tdes(lanes, Purpose::DataWithoutStep(self.direction)).await
    }

    fn known(&self, device: &[u8; 8]) -> Option<Secret<Vec<u8>>> {
        self.devices?.find(device)
    }

    fn keep(&self, device: [u8; 8], initial: &[u8]) {
        if let Some(devices) = self.devices {
            devices.keep(device, initial);
        }
    }

    fn mac_usage(&self) -> Usage {
        match self.direction {
            Direction::Request => Usage::MacGenerate,
            Direction::Response => Usage::MacVerify,
            Direction::Both => Usage::MacBoth,
        }
    }

    async fn key(&self, lanes: &Lanes, purpose: Purpose, usage: Usage) -> Result<Key, Error> {
        if self.base.algorithm() == Algorithm::Tdes {
            return self.tdes(lanes, purpose).await;
        }
        let cipher = self.key_type.cipher().ok_or(Error::KeyUsage)?;
        Key::new(cipher, self.aes(lanes, usage).await?.expose())
    }

    async fn tdes(&self, lanes: &Lanes, purpose: Purpose) -> Result<Key, Error> {
        if self.key_type != KeyType::Tdes2 {
            return Err(Error::KeyUsage);
        }
        let ksn = dukpt_tdes::Ksn::parse(self.ksn, self.rule)?;
        let initial = match self.known(&ksn.serial()) {
            Some(key) => dukpt_tdes::again(key.expose())?,
            None => dukpt_tdes::initial_key(lanes, self.base, &ksn).await?,
        };
        self.keep(ksn.serial(), initial.expose());
        let transaction = dukpt_tdes::transaction_key(lanes, &initial, &ksn).await?;
        dukpt_tdes::working_key(lanes, &transaction, purpose).await
    }

    async fn aes(&self, lanes: &Lanes, usage: Usage) -> Result<Secret<Vec<u8>>, Error> {
        let ksn = dukpt_aes::Ksn::parse(self.ksn, self.rule)?;
        let initial = match self.known(ksn.initial_key_id()) {
            Some(key) => key,
            None => dukpt_aes::initial_key(lanes, self.base, ksn.initial_key_id()).await?,
        };
        self.keep(*ksn.initial_key_id(), initial.expose());
        let transaction = dukpt_aes::transaction_key(lanes, &initial, &ksn).await?;
        dukpt_aes::working_key(lanes, &transaction, &ksn, usage, self.key_type).await
    }
}
