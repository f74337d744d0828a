//! What a card says of a transaction, and what it is answered.

use subtle::ConstantTimeEq;

use crate::payment::cipher::add;
use crate::payment::lanes::Lanes;
use crate::payment::limits::{CARD_KEY_DATA_BYTES_MIN, MAC_MESSAGE_BYTES_MAX};
use crate::payment::mac::Padding;
use crate::payment::outcome::public;
use crate::payment::{Error, Key};

/// A cryptogram of a card, over the data of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cryptogram(pub [u8; 8]);

/// The key of a transaction, and how its data is filled up: a bit and zeros under a session key,
/// zeros under the card's own.
#[derive(Clone, Copy)]
pub struct MacKey<'a> {
    /// What [`session_key`](super::session_key) gave.
    pub key: &'a Key,
    /// [`Padding::Bit`] or [`Padding::Zeros`].
    pub padding: Padding,
}

/// A cryptogram that was verified: only to such a one there is an answer.
pub struct Verified<'a> {
    key: &'a Key,
    cryptogram: Cryptogram,
}

impl<'a> MacKey<'a> {
    /// The cryptogram of a transaction.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for data over [`MAC_MESSAGE_BYTES_MAX`] and, under a card's own key,
    /// below [`CARD_KEY_DATA_BYTES_MIN`]; [`Error::KeyUsage`] unless the key is of 16 bytes and
    /// triple DES.
    pub async fn cryptogram(&self, lanes: &Lanes, data: &[u8]) -> Result<Cryptogram, Error> {
        let bytes_min = match self.padding {
            Padding::Zeros => CARD_KEY_DATA_BYTES_MIN,
            _ => 0,
        };
        if !(bytes_min..=MAC_MESSAGE_BYTES_MAX).contains(&data.len()) {
            return Err(Error::InvalidInput);
        }
        let mac = lanes.retail_mac(self.key, data, self.padding).await?;
        Ok(Cryptogram(block(mac.expose())?))
    }

    /// Verifies a cryptogram in constant time.
    ///
    /// # Errors
    /// [`Error::InvalidAuthRequestCryptogram`] if it is another; as of
    /// [`cryptogram`](Self::cryptogram).
    pub async fn verify(
        &self,
        lanes: &Lanes,
        data: &[u8],
        cryptogram: Cryptogram,
    ) -> Result<Verified<'a>, Error> {
        let right = bool::from(public(self.cryptogram(lanes, data).await?.0.ct_eq(&cryptogram.0)));
        let verified = Verified { key: self.key, cryptogram };
        if right { Ok(verified) } else { Err(Error::InvalidAuthRequestCryptogram) }
    }
}

impl Verified<'_> {
    /// The answer with an authorisation response code.
    ///
    /// # Errors
    /// None that a response code can cause.
    pub async fn respond(&self, lanes: &Lanes, response_code: [u8; 2]) -> Result<[u8; 8], Error> {
        let mut changed = self.cryptogram.0;
        add(&mut changed, &response_code);
        block(lanes.tdes_block(self.key, &changed).await?.expose())
    }

    /// The answer with a card status update and up to 8 bytes of the issuer's own.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for more than 8 bytes.
    pub async fn respond_with_status(
        &self,
        lanes: &Lanes,
        status: [u8; 4],
        own: &[u8],
    ) -> Result<[u8; 4], Error> {
        if own.len() > 8 {
            return Err(Error::InvalidInput);
        }
        let message = [self.cryptogram.0.as_slice(), &status, own].concat();
        let mac = lanes.retail_mac(self.key, &message, Padding::Bit).await?;
        let [a, b, c, d, ..] = block(mac.expose())?;
        Ok([a, b, c, d])
    }
}

fn block(bytes: &[u8]) -> Result<[u8; 8], Error> {
    bytes.try_into().map_err(|_| Error::Internal)
}
