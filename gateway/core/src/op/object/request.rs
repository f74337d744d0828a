//! What a request asks.
// spec: enigma-bridge 4.5

use super::{CIPHERTEXT, IV, KSN, LIFE, MAC, PAN, PIN_BLOCK, PURPOSE, TOKEN, VALUE, WHICH};
use crate::error::{ErrorKind, InvalidData, Malformed};
use crate::key::ObjectUse;
use crate::key::object::Settings;
use crate::key::payment::MacHash;
use crate::op::payment::{
    self, Bytes, Cipher, Direction, Dukpt, MacMethod, MacPadding, Mode, PinBlock, PinForm,
    RsaPadding, TrackForm,
};
use crate::op::token::{Mask, Purpose};
use crate::secret::Secret;
use crate::tlv::Reader;

/// What a request asks.
pub enum Ask {
    /// A payment operation under the object's keys.
    Payment {
        /// What to do.
        task: payment::Task,
        /// The transaction of the base key, where the object has one.
        dukpt: Option<Dukpt>,
    },
    /// A key of a transaction.
    SessionKey(SessionKey),
    /// A token for a value.
    Tokenize {
        /// The value.
        value: Bytes,
        /// How long the token shall live.
        ttl_ms: Option<u64>,
    },
    /// The value of a token.
    Detokenize {
        /// The token.
        token: Vec<u8>,
        /// Why.
        purpose: Purpose,
        /// How much of the value.
        mask: Mask,
    },
    /// A token for a value that comes under the object's key.
    TokenizeTransport {
        /// How it is enciphered.
        cipher: Cipher,
        /// The transaction of the base key, where the object has one.
        dukpt: Option<Dukpt>,
        /// The value, enciphered.
        ciphertext: Vec<u8>,
        /// How the track is written whose card number it is.
        track: Option<TrackForm>,
    },
}

/// Which key of which transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// Key serial number.
    pub ksn: Vec<u8>,
    /// Which key.
    pub which: WhichKey,
}

/// A key of a terminal's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhichKey {
    /// Of PIN blocks.
    Pin,
    /// Of MACs, from the terminal.
    Mac,
    /// Of data, from the terminal.
    Data,
}

/// In front of a value that is scrambled, so that no HMAC object makes the same of it.
const SCRAMBLED: u8 = 0x02;

/// Bytes of a MAC that is verified, at least.
const MAC_BYTES_MIN: usize = 16;

const BAD_VALUE: ErrorKind = ErrorKind::InvalidData(InvalidData::Parameter);

impl Ask {
    /// Reads the records of a request to an object of this use. `iv` is what it may be enciphered
    /// with where the object chooses that: random bytes that nobody uses else.
    ///
    /// # Errors
    /// [`Malformed::Structure`] if the records are not those of such a request,
    /// [`InvalidData::Parameter`] if one cannot have its value, [`Malformed::Member`] if neither
    /// object nor request say why a value is asked for.
    pub fn read(
        (what, settings): (ObjectUse, &Settings),
        records: &[u8],
        iv: &[u8; 16],
    ) -> Result<Self, ErrorKind> {
        let mut records = Records { reader: Reader::new(records), settings, iv };
        let ask = match what {
            ObjectUse::Hmac => records.hmac(),
            ObjectUse::Scramble => records.scramble(),
            ObjectUse::AesToRsa | ObjectUse::DesToRsa => records.rsa_out(),
            ObjectUse::RsaToAes | ObjectUse::RsaToDes => records.rsa_in(),
            ObjectUse::DukptRewrap => records.rewrap(),
            ObjectUse::DukptSessionKeys => records.session_key(),
            ObjectUse::DukptPinTranslate => records.pin(),
            ObjectUse::Tokenize => records.tokenize(),
            ObjectUse::Detokenize => records.detokenize(),
            ObjectUse::TokenizeWrap => records.tokenize_wrap(),
        }?;
        records.reader.finish().map(|()| ask)
    }
}

struct Records<'a> {
    reader: Reader<'a>,
    settings: &'a Settings,
    iv: &'a [u8; 16],
}

impl Records<'_> {
    fn bytes(&mut self, tag: u8) -> Result<Vec<u8>, ErrorKind> {
        self.reader.required(tag).map(<[u8]>::to_vec)
    }

    fn secret(&mut self, tag: u8) -> Result<Bytes, ErrorKind> {
        self.bytes(tag).map(Secret::new)
    }

    fn dukpt(&mut self) -> Result<Dukpt, ErrorKind> {
        let ksn = self.bytes(KSN)?;
        Ok(Dukpt { ksn, key_type: None, direction: Direction::Request })
    }

    /// CBC under an IV of the request, or under zeros.
    fn incoming(&mut self) -> Result<Cipher, ErrorKind> {
        let iv = self.reader.optional(IV)?.map(<[u8]>::to_vec);
        Ok(Cipher::Block { mode: Mode::Cbc, iv })
    }

    /// CBC under the IV that was drawn.
    fn outgoing(&self) -> Result<Cipher, ErrorKind> {
        let iv = self.iv.get(..self.settings.block_bytes).ok_or(ErrorKind::Internal)?;
        Ok(Cipher::Block { mode: Mode::Cbc, iv: Some(iv.to_vec()) })
    }

    fn hmac(&mut self) -> Result<Ask, ErrorKind> {
        let mac = hmac(self.secret(VALUE)?);
        let task = match self.reader.optional(MAC)? {
            None => payment::Task::GenerateMac { mac, length: None },
            Some(claimed) if claimed.len() >= MAC_BYTES_MIN => {
                payment::Task::VerifyMac { mac, claimed: claimed.to_vec() }
            }
            Some(_) => return Err(BAD_VALUE),
        };
        Ok(Ask::Payment { task, dukpt: None })
    }

    fn scramble(&mut self) -> Result<Ask, ErrorKind> {
        let value = self.reader.required(VALUE)?;
        if value.is_empty() {
            return Err(BAD_VALUE);
        }
        let mut message = Vec::with_capacity(1 + value.len());
        message.push(SCRAMBLED);
        message.extend_from_slice(value);
        let mac = hmac(Secret::new(message));
        Ok(Ask::Payment { task: payment::Task::GenerateMac { mac, length: None }, dukpt: None })
    }

    fn reencrypt(
        &mut self,
        incoming: Cipher,
        outgoing: Cipher,
        dukpt: Option<Dukpt>,
    ) -> Result<Ask, ErrorKind> {
        let ciphertext = self.bytes(CIPHERTEXT)?;
        let task = payment::Task::ReEncrypt { incoming, outgoing, ciphertext, track: None };
        Ok(Ask::Payment { task, dukpt })
    }

    fn rsa_out(&mut self) -> Result<Ask, ErrorKind> {
        let incoming = self.incoming()?;
        self.reencrypt(incoming, Cipher::Rsa(RsaPadding::OaepSha256), None)
    }

    fn rsa_in(&mut self) -> Result<Ask, ErrorKind> {
        let outgoing = self.outgoing()?;
        self.reencrypt(Cipher::Rsa(RsaPadding::OaepSha256), outgoing, None)
    }

    fn rewrap(&mut self) -> Result<Ask, ErrorKind> {
        let (dukpt, incoming) = (self.dukpt()?, self.incoming()?);
        let outgoing = self.outgoing()?;
        self.reencrypt(incoming, outgoing, Some(dukpt))
    }

    fn session_key(&mut self) -> Result<Ask, ErrorKind> {
        let ksn = self.bytes(KSN)?;
        let which = match self.reader.required(WHICH)? {
            [1] => WhichKey::Pin,
            [2] => WhichKey::Mac,
            [3] => WhichKey::Data,
            _ => return Err(BAD_VALUE),
        };
        Ok(Ask::SessionKey(SessionKey { ksn, which }))
    }

    fn pin(&mut self) -> Result<Ask, ErrorKind> {
        let dukpt = self.dukpt()?;
        let (pan, block) = (self.secret(PAN)?, self.bytes(PIN_BLOCK)?);
        let (from, to) = self.settings.formats.ok_or(ErrorKind::Internal)?;
        let names_pan = from != 1;
        let form = PinForm { format: from, pan: names_pan.then(|| pan.clone()) };
        let incoming = PinBlock { form, block };
        let outgoing = PinForm { format: to, pan: Some(pan) };
        let task = payment::Task::TranslatePin { incoming, outgoing };
        Ok(Ask::Payment { task, dukpt: Some(dukpt) })
    }

    fn tokenize(&mut self) -> Result<Ask, ErrorKind> {
        let value = self.secret(VALUE)?;
        let ttl_ms = match self.reader.optional(LIFE)? {
            None => None,
            Some(life) => {
                let life: [u8; 8] = life.try_into().map_err(|_| BAD_VALUE)?;
                Some(u64::from_be_bytes(life))
            }
        };
        Ok(Ask::Tokenize { value, ttl_ms })
    }

    fn detokenize(&mut self) -> Result<Ask, ErrorKind> {
        let token = self.bytes(TOKEN)?;
        let purpose = match self.reader.optional(PURPOSE)? {
            Some(text) => Some(purpose(text)?),
            None => self.settings.purpose,
        };
        let purpose = purpose.ok_or(ErrorKind::Malformed(Malformed::Member))?;
        Ok(Ask::Detokenize { token, purpose, mask: Mask::Full })
    }

    fn tokenize_wrap(&mut self) -> Result<Ask, ErrorKind> {
        let dukpt = match self.reader.next_tag() {
            Some(KSN) => Some(self.dukpt()?),
            _ => None,
        };
        let (cipher, ciphertext) = (self.incoming()?, self.bytes(CIPHERTEXT)?);
        Ok(Ask::TokenizeTransport { cipher, dukpt, ciphertext, track: self.settings.track })
    }
}

fn hmac(message: Bytes) -> payment::Mac {
    let (method, hash) = (MacMethod::Hmac, Some(MacHash::Sha256));
    payment::Mac { method, hash, padding: MacPadding::default(), message, chip: None }
}

fn purpose(text: &[u8]) -> Result<Purpose, ErrorKind> {
    let text = std::str::from_utf8(text).map_err(|_| BAD_VALUE)?;
    text.parse().map_err(|_| BAD_VALUE)
}
