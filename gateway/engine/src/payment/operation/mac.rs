//! MACs made and checked.

use typex_core::op::payment::{Done, Mac, MacMethod, MacPadding, Part, Task};

use super::chip;
use super::key::Keys;
use crate::payment::lanes::Lanes;
use crate::payment::loaded::hash_of;
use crate::payment::mac::{Hash, MacWith, Padding, generate, verify};
use crate::payment::{Error, Key};

pub(super) async fn perform(lanes: &Lanes, task: &Task, keys: &Keys<'_>) -> Result<Done, Error> {
    let (mac, asked) = match task {
        Task::GenerateMac { mac, length } => (mac, Asked::Make(length.map(usize::from))),
        Task::VerifyMac { mac, claimed } => (mac, Asked::Check(claimed)),
        _ => return Err(Error::Internal),
    };
    let open = keys.find(Part::Mac)?;
    match mac.method {
        MacMethod::Iso16609 | MacMethod::Iso1 | MacMethod::Iso3 | MacMethod::Cmac => {
            asked.answer(lanes, by_cipher(mac, open.cipher()?), mac).await
        }
        MacMethod::DukptIso1 | MacMethod::DukptIso3 | MacMethod::DukptCmac => {
            let key = open.mac_key(lanes).await?;
            asked.answer(lanes, by_cipher(mac, &key), mac).await
        }
        MacMethod::Hmac => {
            let key = open.stored()?.hmac()?;
            if mac.hash.is_some_and(|hash| hash_of(hash) != key.hash()) {
                return Err(Error::KeyUsage);
            }
            asked.answer(lanes, MacWith::Hmac(key), mac).await
        }
        MacMethod::DukptHmac => {
            let hash = mac.hash.map_or(Hash::Sha256, hash_of);
            let key = open.hmac_key(lanes, hash).await?;
            asked.answer(lanes, MacWith::Hmac(&key), mac).await
        }
        MacMethod::Emv => {
            let session = mac.chip.as_ref().ok_or(Error::InvalidInput)?;
            let key = chip::session(lanes, open.cipher()?, session).await?;
            asked.answer(lanes, MacWith::Iso3(&key, Padding::Bit), mac).await
        }
    }
}

/// A MAC by a cipher.
fn by_cipher<'a>(mac: &Mac, key: &'a Key) -> MacWith<'a> {
    let padding = match mac.padding {
        MacPadding::Zeros => Padding::Zeros,
        MacPadding::Bit => Padding::Bit,
    };
    match mac.method {
        MacMethod::Iso3 | MacMethod::DukptIso3 => MacWith::Iso3(key, padding),
        MacMethod::Cmac | MacMethod::DukptCmac => MacWith::Cmac(key),
        _ => MacWith::Iso1(key, padding),
    }
}

/// Bytes of a whole MAC.
fn whole(with: &MacWith<'_>) -> usize {
    match with {
        MacWith::Iso1(key, _) | MacWith::Iso3(key, _) | MacWith::Cmac(key) => key.block_bytes(),
        MacWith::Hmac(key) => key.hash().bytes(),
    }
}

/// What is wanted of a MAC.
enum Asked<'a> {
    Make(Option<usize>),
    Check(&'a [u8]),
}

impl Asked<'_> {
    async fn answer(&self, lanes: &Lanes, with: MacWith<'_>, mac: &Mac) -> Result<Done, Error> {
        let message = mac.message.expose();
        match self {
            Self::Make(bytes) => {
                let bytes = bytes.unwrap_or_else(|| whole(&with));
                generate(lanes, with, message, bytes).await.map(Done::Mac)
            }
            Self::Check(claimed) => {
                verify(lanes, with, message, claimed).await.map(|()| Done::Verified(None))
            }
        }
    }
}
