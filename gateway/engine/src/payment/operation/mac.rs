//! MACs made and checked.

use typex_core::op::payment::{Done, Mac, MacMethod, MacPadding, Part, Task};

use super::chip;
use super::key::Keys;
use crate::payment::emv::script_mac;
use crate::payment::lanes::Lanes;
use crate::payment::loaded::hash_of;
use crate::payment::mac::{Hash, MacWith, Padding, generate, verify};
use crate::payment::{Error, Key};

/// Bytes of the MACs of triple DES.
const TDES_BYTES: usize = 8;

pub(super) async fn perform(lanes: &Lanes, task: &Task, keys: &Keys<'_>) -> Result<Done, Error> {
    let asked = match task {
        Task::GenerateMac { length, .. } => Asked::Make(length.map(usize::from)),
        Task::VerifyMac { claimed, .. } => Asked::Check(claimed),
        _ => return Err(Error::Internal),
    };
    let (Task::GenerateMac { mac, .. } | Task::VerifyMac { mac, .. }) = task else {
        return Err(Error::Internal);
    };
    let open = keys.find(Part::Mac)?;
    let padding = match mac.padding {
        MacPadding::Zeros => Padding::Zeros,
        MacPadding::Bit => Padding::Bit,
    };
    match mac.method {
        MacMethod::Iso16609 | MacMethod::Iso1 => {
            asked.answer(lanes, MacWith::Iso1(open.cipher()?, padding), mac, TDES_BYTES).await
        }
        MacMethod::Iso3 => {
            asked.answer(lanes, MacWith::Iso3(open.cipher()?, padding), mac, TDES_BYTES).await
        }
        MacMethod::Cmac => {
            let key = open.cipher()?;
            asked.answer(lanes, MacWith::Cmac(key), mac, key.block_bytes()).await
        }
        MacMethod::Hmac => {
            let key = open.stored()?.hmac()?;
            if mac.hash.is_some_and(|hash| hash_of(hash) != key.hash()) {
                return Err(Error::KeyUsage);
            }
            asked.answer(lanes, MacWith::Hmac(key), mac, key.hash().bytes()).await
        }
        MacMethod::DukptHmac => {
            let hash = mac.hash.map_or(Hash::Sha256, hash_of);
            let key = open.hmac_key(lanes, hash).await?;
            asked.answer(lanes, MacWith::Hmac(&key), mac, key.hash().bytes()).await
        }
        MacMethod::DukptIso1 | MacMethod::DukptIso3 | MacMethod::DukptCmac => {
            let key = open.mac_key(lanes).await?;
            let with = of_transaction(mac.method, &key, padding);
            asked.answer(lanes, with, mac, key.block_bytes()).await
        }
        MacMethod::Emv => {
            let session = mac.chip.as_ref().ok_or(Error::InvalidInput)?;
            let key = chip::session(lanes, open.cipher()?, session).await?;
            asked.answer_chip(lanes, &key, mac).await
        }
    }
}

fn of_transaction(method: MacMethod, key: &Key, padding: Padding) -> MacWith<'_> {
    match method {
        MacMethod::DukptIso1 => MacWith::Iso1(key, padding),
        MacMethod::DukptIso3 => MacWith::Iso3(key, padding),
        _ => MacWith::Cmac(key),
    }
}

/// What is wanted of a MAC.
enum Asked<'a> {
    Make(Option<usize>),
    Check(&'a [u8]),
}

impl Asked<'_> {
    async fn answer(
        &self,
        lanes: &Lanes,
        with: MacWith<'_>,
        mac: &Mac,
        whole: usize,
    ) -> Result<Done, Error> {
        let message = mac.message.expose();
        match self {
            Self::Make(bytes) => {
                generate(lanes, with, message, bytes.unwrap_or(whole)).await.map(Done::Mac)
            }
            Self::Check(claimed) => {
                verify(lanes, with, message, claimed).await.map(|()| Done::Verified(None))
            }
        }
    }

    /// Of a script, whose padding is another.
    async fn answer_chip(&self, lanes: &Lanes, key: &Key, mac: &Mac) -> Result<Done, Error> {
        let message = mac.message.expose();
        match self {
            Self::Make(bytes) => {
                let bytes = bytes.unwrap_or(TDES_BYTES);
                script_mac(lanes, key, message, bytes).await.map(Done::Mac)
            }
            Self::Check(claimed) => {
                let with = MacWith::Iso3(key, Padding::Bit);
                verify(lanes, with, message, claimed).await.map(|()| Done::Verified(None))
            }
        }
    }
}
